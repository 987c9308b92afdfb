"""What is answered: Streamable HTTP without sessions, each request on its own."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import grpc.aio
from google.protobuf.message import Message
from mcp.server import Server, ServerRequestContext
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
    ToolAnnotations,
)
from starlette.types import Receive, Scope, Send

from services.edge import json_in
from services.edge.agents.drafts import CARRY_OUT, DraftTools, Made
from services.edge.agents.tools import DATA_ONLY, REQUEST_ID, VALIDATE_ONLY, AgentTool, tools_of
from services.edge.api import Api, Binding
from services.edge.replies import refusal_of_call, value_of
from services.edge.routes import Door, metadata
from services.kernel.errors import GatewayError, Invalid
from services.kernel.http import HttpProblem
from services.kernel.identity import AGENT_SCOPE, Caller
from services.kernel.ids import uuid7

ANSWER_CHARACTERS_MAX: Final = 400_000  # What is longer nobody reads, and a page can be asked for.
TIMEOUT_S: Final = 10.0
INSTRUCTIONS: Final = (
    "Doselane shows what a radiopharmaceutical factory can make, when doses reach a centre, and where they are. "
    "Tools read, search and say what would come of a change. What changes something is drafted (`draft_…`), and carried"
    " out (`carry_out_draft`) once a person has consented; until then nothing is changed. Instants are UTC, "
    f"activities in MBq or kBq as the names say. {DATA_ONLY}"
)
_ASKING: Final = "doselane.asking"
WHOAMI: Final = Tool(
    name="whoami",
    title="Who am I",
    description="The partner and the scopes of this connection, whether it is an agent's, and what bounds it has.",
    input_schema={"type": "object", "properties": {}, "additionalProperties": False},
    annotations=ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False),
)


# Tools that are no call, and what each takes.
_OWN: Final[Mapping[str, frozenset[str]]] = {
    tool.name: frozenset(tool.input_schema["properties"]) for tool in (WHOAMI, CARRY_OUT)
}


class AnswerTooLong(Invalid):
    """The answer has more characters than an agent reads; the facts say how many."""

    reason = "ANSWER_TOO_LONG"


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, and by which token."""

    caller: Caller
    token: str


async def serve(server: Server[Any], asking: Asking, scope: Scope, receive: Receive, send: Send) -> None:
    """Answers one request. The manager lives as long as that: nothing is kept from one to the next."""
    scope[_ASKING] = asking
    manager = StreamableHTTPSessionManager(server, json_response=True, stateless=True)
    async with manager.run():
        await manager.handle_request(scope, receive, send)


def server_of(door: Door, api: Api, version: str) -> Server[Any]:
    """The tools, and how they are called."""
    tools, drafts = tools_of(api), DraftTools.of(api)

    async def list_tools(ctx: ServerRequestContext[Any], params: PaginatedRequestParams | None) -> ListToolsResult:
        if params is not None and params.cursor is not None:
            raise MCPError(INVALID_PARAMS, "All tools stand on one page: list them without a cursor.")
        scopes = _asking(ctx).caller.scopes
        known = (*tools.values(), *(drafts.tools.values() if AGENT_SCOPE in scopes else ()))
        carrying = [CARRY_OUT] if AGENT_SCOPE in scopes else []
        return ListToolsResult(tools=[WHOAMI, *carrying, *(each.tool for each in known if each.open_to(scopes))])

    async def call_tool(ctx: ServerRequestContext[Any], params: CallToolRequestParams) -> CallToolResult:
        asking, given, tool = _asking(ctx), params.arguments or {}, tools.get(params.name)
        if tool is None and params.name not in drafts.tools and params.name not in _OWN:
            raise MCPError(INVALID_PARAMS, "There is no such tool; list the tools.", {"tool": params.name})
        try:
            if params.name in _OWN and (unknown := sorted(given.keys() - _OWN[params.name])):
                words = f"This tool takes {' and '.join(_OWN[params.name]) or 'no arguments'}."
                raise Invalid(words, field=unknown[0])
            if params.name == WHOAMI.name:
                return _told(_whoami(asking.caller))
            made = partial(_made, door, asking.token)
            if params.name == CARRY_OUT.name:
                return _told(await drafts.carry_out(given, made))
            if tool is None:
                return _told(await drafts.draft(drafts.tools[params.name], given, made))
            return _told(await _called(tool, given, made))
        except GatewayError as refused:
            return _refused(refused.reason, refused.message, refused.facts)
        except HttpProblem as refused:
            return _refused(refused.reason, str(refused.detail), refused.facts)

    return Server(
        "doselane", version=version, instructions=INSTRUCTIONS, on_list_tools=list_tools, on_call_tool=call_tool
    )


async def _called(tool: AgentTool, given: Mapping[str, Any], made: Made) -> Any:
    request: Any = tool.binding.request()
    json_in.read(request, dict(given))
    if tool.what_if:
        setattr(request, VALIDATE_ONLY, True)
    if REQUEST_ID in request.DESCRIPTOR.fields_by_name and not request.request_id:
        request.request_id = str(uuid7())
    return value_of(await made(tool.binding, request, ""))


async def _made(door: Door, token: str, binding: Binding, request: Message, consent: str) -> Message:
    try:
        call = door.backends.call(binding)
        answered: Message = await call(request, timeout=TIMEOUT_S, metadata=metadata(token, consent))
    except grpc.aio.AioRpcError as error:
        raise refusal_of_call(error, binding.method.input_type) from None
    return answered


def _asking(ctx: ServerRequestContext[Any]) -> Asking:
    assert ctx.request is not None
    found: Asking = ctx.request.scope[_ASKING]
    return found


def _whoami(caller: Caller) -> Mapping[str, Any]:
    return {
        "partner": caller.partner,
        "actor": caller.actor,
        "agent": AGENT_SCOPE in caller.scopes,
        "scopes": sorted(caller.scopes),
        "limits": {"answerCharactersMax": ANSWER_CHARACTERS_MAX, "timeoutSeconds": TIMEOUT_S},
    }


def _told(value: Any) -> CallToolResult:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    if len(text) > ANSWER_CHARACTERS_MAX:
        words = "The answer is too long to be read: ask for a smaller pageSize, or filter."
        raise AnswerTooLong(words, characters=len(text), characters_max=ANSWER_CHARACTERS_MAX)
    return CallToolResult(content=[TextContent(type="text", text=text)], structured_content=value)


def _refused(reason: str, words: str, facts: Mapping[str, str]) -> CallToolResult:
    said = {"reason": reason, "detail": words, "facts": dict(facts)}
    text = json.dumps(said, ensure_ascii=False)
    return CallToolResult(content=[TextContent(type="text", text=text)], structured_content=said, is_error=True)
