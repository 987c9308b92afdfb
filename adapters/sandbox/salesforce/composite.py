"""Composite calls and graphs: several calls in one, done as a whole where that is asked for."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from adapters.sandbox.salesforce.api import ApiReply, OrgApi, no

SUBREQUESTS_MAX, LISTS_MAX = 25, 5
GRAPHS_MAX, NODES_MAX, KINDS_MAX, FAILED_MAX = 75, 500, 15, 14
HALTED = {
    "errorCode": "PROCESSING_HALTED",
    "message": "The transaction was rolled back since another operation in the same transaction failed.",
}
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_GRAPH = re.compile(r"[A-Za-z0-9][\w.-]{0,39}")
_REFERRED = re.compile(r"@\{([A-Za-z]\w*)((?:\.\w+|\[\d+\])+)\}")
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
_LIST = re.compile(r"/services/data/v[\d.]+/(?:composite/sobjects|query)")
Replies = dict[str, ApiReply]


class _RolledBack(Exception):
    """One failed, so none is done."""


def composite_answer(api: OrgApi, body: Any) -> ApiReply:
    """The answer to POST composite."""
    asked: Any = body.get("compositeRequest") if isinstance(body, dict) else None
    if (wrong := _wrong(asked)) is not None:
        return wrong
    lists = sum(bool(_LIST.match(str(each["url"]))) for each in asked)
    if len(asked) > SUBREQUESTS_MAX or lists > LISTS_MAX:
        words = f"The limit of {SUBREQUESTS_MAX} subrequests, {LISTS_MAX} of them collections or queries, is exceeded"
        return no(400, "LIMIT_EXCEEDED", words)
    return ApiReply(200, {"compositeResponse": _done(api, asked, all_or_none=body.get("allOrNone") is True)[0]})


def graph_answer(api: OrgApi, body: Any) -> ApiReply:
    """The answer to POST composite/graph."""
    graphs = body.get("graphs") if isinstance(body, dict) else None
    if not isinstance(graphs, list) or not all(isinstance(each, dict) for each in graphs):
        return no(400, "JSON_PARSER_ERROR", "graphs is required")
    names = [each.get("graphId") for each in graphs]
    if not all(isinstance(name, str) and _GRAPH.fullmatch(name) for name in names) or len(set(names)) != len(names):
        return no(400, "INVALID_INPUT", "graphId must be unique and valid")
    for each in graphs:
        if (wrong := _wrong(each.get("compositeRequest"))) is not None:
            return wrong
    nodes = [node for each in graphs for node in each["compositeRequest"]]
    kinds = {(node["method"], *node["url"].split("?")[0].split("/")[3:6]) for node in nodes}
    if len(graphs) > GRAPHS_MAX or len(nodes) > NODES_MAX or len(kinds) > KINDS_MAX:
        return no(400, "LIMIT_EXCEEDED", f"{len(graphs)} graphs, {len(nodes)} nodes, {len(kinds)} kinds are too many")
    answers, failed = [], 0
    for each in graphs:
        if failed > FAILED_MAX:
            inner = [_inner(node["referenceId"], ApiReply(400, [HALTED])) for node in each["compositeRequest"]]
            done = False
        else:
            inner, done = _done(api, each["compositeRequest"], all_or_none=True)
        failed += not done
        response = {"compositeResponse": inner}
        answers.append({"graphId": each["graphId"], "graphResponse": response, "isSuccessful": done})
    return ApiReply(200, {"graphs": answers})


def _done(api: OrgApi, asked: Sequence[Mapping[str, Any]], *, all_or_none: bool) -> tuple[list[dict[str, Any]], bool]:
    replies: Replies = {}
    try:
        with api.org.transaction():
            for each in asked:
                reply = _reply(api, each, replies)
                replies[each["referenceId"]] = reply
                if all_or_none and reply.failed:
                    raise _RolledBack
    except _RolledBack:
        culprit = list(replies)[-1]
        return [
            _inner(name, replies[name] if name == culprit else _spared(replies.get(name)))
            for name in (each["referenceId"] for each in asked)
        ], False
    return [_inner(name, reply) for name, reply in replies.items()], True


def _spared(reply: ApiReply | None) -> ApiReply:
    """What another one's failure makes of an answer. A list that was done keeps on saying that it was."""
    if reply is not None and isinstance(reply.body, list) and reply.status == 200:
        return reply
    return ApiReply(400, [HALTED])


def _reply(api: OrgApi, asked: Mapping[str, Any], replies: Replies) -> ApiReply:
    try:
        url = _resolved(asked["url"], replies)
        body = json.loads(_resolved(json.dumps(asked["body"]), replies, quoted=True)) if "body" in asked else None
    except LookupError as wrong:
        return no(400, "PROCESSING_HALTED", f"Invalid reference specified. No value for {wrong.args[0]} found")
    return api.answer(asked["method"], url, body)


def _resolved(text: str, replies: Replies, *, quoted: bool = False) -> str:
    def value(found: re.Match[str]) -> str:
        reply = replies.get(found[1])
        if reply is None or reply.failed:
            raise LookupError(found[0])
        at = reply.body
        try:
            for name, index in _STEP.findall(found[2]):
                at = at[name] if name else at[int(index)]
        except (LookupError, TypeError):
            raise LookupError(found[0]) from None
        return json.dumps(str(at))[1:-1] if quoted else str(at)

    return _REFERRED.sub(value, text)


def _inner(name: str, reply: ApiReply) -> dict[str, Any]:
    headers = {"Location": reply.location} if reply.location else {}
    return {"body": reply.body, "httpHeaders": headers, "httpStatusCode": reply.status, "referenceId": name}


def _wrong(asked: Any) -> ApiReply | None:
    if not isinstance(asked, list) or not asked:
        return no(400, "JSON_PARSER_ERROR", "compositeRequest is required")
    names = [each.get("referenceId") for each in asked if isinstance(each, dict)]
    named = all(isinstance(name, str) and _NAME.fullmatch(name) for name in names)
    if not named or len(set(names)) != len(asked):
        return no(400, "INVALID_INPUT", "referenceId must be unique, and of letters, digits and underscores")
    if not all(str(each.get("url", "")).startswith("/services/") and each.get("method") for each in asked):
        return no(400, "INVALID_INPUT", "url must begin with /services/")
    return None
