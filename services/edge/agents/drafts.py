"""What an agent would change: a tool for each call that can be drafted, and one that carries out what was consented to.

Derived from the protos, as all tools are. Drafts are kept, and consents given, where they are over REST.
"""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf import json_format
from mcp_types import Tool, ToolAnnotations

from services.edge import json_in
from services.edge.agents.tools import input_schema
from services.edge.api import Api, Binding
from services.edge.replies import value_of
from services.kernel.agent_consents import can_be_drafted
from services.kernel.errors import Invalid
from services.kernel.ids import uuid7

DRAFT: Final = "draft_"
_TOWER: Final = "doselane.tower.v1.TowerService."
_SCOPE: Final = "tower.read"
_REASON: Final = {
    "type": "string",
    "maxLength": 500,
    "description": "Why, for the person who is to consent; in your own words, and true.",
}
_EXPIRE_TIME: Final = {
    "type": "string",
    "format": "date-time",
    "description": "Until before when it can be carried out, at most a day ahead; an hour if not said.",
}
CARRY_OUT: Final = Tool(
    name="carry_out_draft",
    title="Carry out a draft",
    description=(
        "Makes the request of a draft of yours to which a person consented, exactly as it was drafted, once. "
        "What the call answers is answered. A consent is used up by this, also if the request is refused: draft anew."
    ),
    input_schema={
        "type": "object",
        "properties": {"name": {"type": "string", "description": "The draft's name, `drafts/{draft}`."}},
        "required": ["name"],
        "additionalProperties": False,
    },
    annotations=ToolAnnotations(
        read_only_hint=False, destructive_hint=True, idempotent_hint=False, open_world_hint=False
    ),
)
# Makes a call for whoever asks, with a consent if there is one, and answers what came back.
Made = Callable[[Binding, Any, str], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class DraftTool:
    """A call that can be drafted, as a tool."""

    tool: Tool
    binding: Binding

    def open_to(self, scopes: frozenset[str]) -> bool:
        """Whether a token with these scopes may draft the call."""
        return scopes.issuperset((*self.binding.scopes, _SCOPE))


@dataclass(frozen=True, slots=True)
class DraftTools:
    """All of them, and the calls that keep drafts."""

    tools: Mapping[str, DraftTool]
    by_call: Mapping[str, Binding]
    create: Binding
    redeem: Binding

    @classmethod
    def of(cls, api: Api) -> "DraftTools":
        """The tools of what is published."""
        named = {each.method.full_name: each for each in reversed(api.bindings)}
        by_call = {name: each for name, each in named.items() if can_be_drafted(each.method)}
        tools = {each.tool.name: each for each in (_tool(api, binding) for binding in by_call.values())}
        return cls(tools, by_call, named[f"{_TOWER}CreateDraft"], named[f"{_TOWER}RedeemDraft"])

    async def draft(self, tool: DraftTool, given: Mapping[str, Any], made: Made) -> Any:
        """Keeps a draft of what was given, and answers it."""
        if unknown := sorted(given.keys() - {"request", "reason", "expireTime"}):
            raise Invalid("This tool takes request, reason and expireTime.", field=unknown[0])
        drafted: Any = tool.binding.request()
        json_in.read(drafted, given.get("request", {}), "request")
        asked: Any = self.create.request()
        json_in.read(asked, {name: given[name] for name in ("reason", "expireTime") if name in given})
        asked.call, asked.request_id = tool.binding.method.full_name, str(uuid7())
        asked.request_json = json_format.MessageToJson(drafted, ensure_ascii=False)
        return value_of(await made(self.create, asked, ""))

    async def carry_out(self, given: Mapping[str, Any], made: Made) -> Any:
        """Uses the consent to a draft, and makes its request."""
        asked: Any = self.redeem.request()
        json_in.read(asked, dict(given))
        asked.request_id = str(uuid7())
        redeemed = await made(self.redeem, asked, "")
        binding = self.by_call[redeemed.draft.call]
        request = binding.request()
        json_in.read(request, json.loads(redeemed.draft.request_json))
        return value_of(await made(binding, request, redeemed.consent))


def _tool(api: Api, binding: Binding) -> DraftTool:
    words = [
        "Drafts this, for a person to consent to; nothing is changed before they have:",
        api.comment(binding.method.full_name),
        f"Needs {' and '.join(f'`{scope}`' for scope in (*binding.scopes, _SCOPE))}.",
    ]
    request = input_schema(api, binding, left_out=("request_id",))
    definitions = {"$defs": request.pop("$defs")} if "$defs" in request else {}
    tool = Tool(
        name=DRAFT + re.sub(r"(?<!^)(?=[A-Z])", "_", binding.method.name).lower(),
        title=f"Draft: {re.sub(r'(?<!^)(?=[A-Z])', ' ', binding.method.name)}",
        description=" ".join(words),
        input_schema={
            "type": "object",
            "properties": {"request": request, "reason": _REASON, "expireTime": _EXPIRE_TIME},
            "required": ["request"],
            "additionalProperties": False,
            **definitions,
        },
        annotations=ToolAnnotations(
            read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=False
        ),
    )
    return DraftTool(tool, binding)
