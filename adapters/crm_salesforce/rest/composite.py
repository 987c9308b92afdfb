"""Several changes in one call: in order (composite), or as graphs, each of which is done as a whole or not at all."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from adapters.crm_salesforce.rest.client import SalesforceRest
from adapters.crm_salesforce.rest.errors import ROLLED_BACK, Ambiguous, Fault, SalesforceError, errors_of, fault_of
from adapters.outbound import Away, Declined, Uncertain

SUBREQUESTS_MAX, LISTS_MAX = 25, 5
GRAPHS_MAX, NODES_MAX, DEPTH_MAX, KINDS_MAX = 75, 500, 15, 15
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_REFERRED = re.compile(r"@\{([A-Za-z][A-Za-z0-9_]*)")
_LIST = re.compile(r"(?:composite/sobjects|query|queryAll)(?:[/?]|$)")


@dataclass(frozen=True, slots=True)
class Subrequest:
    """One change or look inside a composite call. Later ones may refer to it: `@{name.id}`."""

    name: str
    method: str
    path: str  # below the version, encoded
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Subanswer:
    """What became of one: a body, or a fault. What was rolled back with another has a fault too."""

    name: str
    status: int
    body: Any
    fault: Fault | None = None


# The answers to a graph's subrequests, or why nothing of it was done.
GraphOutcome = Sequence[Subanswer] | Away | Declined | Uncertain


def upserting(name: str, sobject: str, external_id: str, value: str, record: Mapping[str, Any]) -> Subrequest:
    """A record by its external id; `@{…}` in the value refers, so it stays as it is."""
    where = value if _REFERRED.match(value) else quote(value, safe="")
    path = f"sobjects/{quote(sobject, safe='')}/{quote(external_id, safe='')}/{where}"
    return Subrequest(name, "PATCH", path, record)


async def composite(
    rest: SalesforceRest, subrequests: Sequence[Subrequest], *, all_or_none: bool = True
) -> list[Subanswer]:
    """Makes the subrequests in their order. Raises Away, Declined or Uncertain if that is true of all of them."""
    check_composite(subrequests)
    asked = [_written(rest, each) for each in subrequests]
    body = {"allOrNone": all_or_none, "collateSubrequests": False, "compositeRequest": asked}
    answer = await rest.change("POST", "composite", body)
    told = answer.body.get("compositeResponse") if isinstance(answer.body, dict) else None
    return subanswers(told, [each.name for each in subrequests], all_or_none=all_or_none)


async def send_graphs(rest: SalesforceRest, graphs: Sequence[Sequence[Subrequest]]) -> list[GraphOutcome]:
    """Does each graph as a whole or not at all, and answers what became of each, by position.

    Those whose turn did not come, because too many failed before them, are sent again.
    """
    for graph in graphs:
        check_graph(graph)
    outcomes: list[GraphOutcome] = [Away("its turn did not come")] * len(graphs)
    left = list(range(len(graphs)))
    while left:
        call = _that_fit(graphs, left)
        done = await _graphs_sent(rest, {position: graphs[position] for position in call})
        outcomes = [done.get(position, before) for position, before in enumerate(outcomes)]
        halted = {position for position in call if position not in done}
        if halted == set(call):
            return outcomes
        left = [position for position in left if position not in done]
    return outcomes


def check_composite(subrequests: Sequence[Subrequest]) -> None:
    """Raises ValueError if Salesforce would not take these in one composite call."""
    _check_names(subrequests)
    lists = sum(bool(_LIST.match(each.path)) for each in subrequests)
    if not 0 < len(subrequests) <= SUBREQUESTS_MAX or lists > LISTS_MAX:
        words = f"a composite call has at most {SUBREQUESTS_MAX} subrequests, {LISTS_MAX} of them lists or queries"
        raise ValueError(f"{words}; these are {len(subrequests)} and {lists}")


def check_graph(graph: Sequence[Subrequest]) -> None:
    """Raises ValueError if Salesforce would not take this as one graph."""
    _check_names(graph)
    depths: dict[str, int] = {}
    for each in graph:
        referred = set(_REFERRED.findall(f"{each.path} {each.body}"))
        if unknown := referred - depths.keys():
            raise ValueError(f"{each.name} refers to {', '.join(sorted(unknown))}, which does not stand before it")
        depths[each.name] = 1 + max((depths[name] for name in referred), default=0)
    kinds = _kinds(graph)
    if not 0 < len(graph) <= NODES_MAX or max(depths.values()) > DEPTH_MAX or len(kinds) > KINDS_MAX:
        words = f"a graph has at most {NODES_MAX} nodes of {KINDS_MAX} kinds, {DEPTH_MAX} deep"
        raise ValueError(f"{words}; this has {len(graph)}, {len(kinds)} and {max(depths.values(), default=0)}")


def subanswers(told: Any, names: Sequence[str], *, all_or_none: bool) -> list[Subanswer]:
    """The answers by position, of what Salesforce tells. Raises Uncertain if it tells something else. Pure.

    Where all or none was wanted and one failed, nothing was written, whatever the others say of themselves.
    """
    listed = told if isinstance(told, list) else []
    if [each.get("referenceId") for each in listed if isinstance(each, dict)] != list(names):
        raise Uncertain(f"{len(names)} subrequests were answered by something else")
    answers = [_subanswer(each) for each in listed]
    if not all_or_none or not (failed := [each for each in answers if each.fault is not None]):
        return answers
    culprit = next((each for each in failed if not _halted(each.body)), failed[0])
    words = f"rolled back, as {culprit.name} failed: {culprit.fault}"
    return [
        each if each.fault is not None and not _halted(each.body)
        else Subanswer(each.name, each.status, None, Away(words))
        for each in answers
    ]  # fmt: skip


def graph_outcomes(told: Any, asked: Mapping[str, Sequence[str]]) -> dict[str, GraphOutcome]:
    """What became of graphs, by their names, of what Salesforce tells; those whose turn did not come are left out.

    A graph that failed is the fault of the one in it that did. `asked`: the names inside each. Pure.
    """
    listed = [each for each in told if isinstance(each, dict)] if isinstance(told, list) else []
    by_name = {str(each.get("graphId")): each for each in listed}
    outcomes: dict[str, GraphOutcome] = {}
    for graph, names in asked.items():
        found = by_name.get(graph, {})
        response = found.get("graphResponse")
        inner = response.get("compositeResponse") if isinstance(response, dict) else None
        if found.get("isSuccessful") is False and _never_begun(inner):
            continue
        try:
            answers = subanswers(inner, names, all_or_none=True)
        except Uncertain as unclear:
            outcomes[graph] = unclear
            continue
        faults = [each.fault for each in answers if each.fault is not None]
        stays = next((each for each in faults if isinstance(each, Declined)), None)
        outcomes[graph] = answers if not faults else stays or _own(answers)
        if not faults and found.get("isSuccessful") is not True:
            outcomes[graph] = Uncertain("the graph does not say whether it was done")
    return outcomes


async def _graphs_sent(rest: SalesforceRest, graphs: Mapping[int, Sequence[Subrequest]]) -> dict[int, GraphOutcome]:
    names = {f"g{position}": position for position in graphs}
    asked = [
        {"graphId": name, "compositeRequest": [_written(rest, each) for each in graphs[position]]}
        for name, position in names.items()
    ]
    try:
        answer = await rest.change("POST", "composite/graph", {"graphs": asked})
    except (Away, Declined, Uncertain) as fault:
        return dict.fromkeys(graphs, fault)
    told = answer.body.get("graphs") if isinstance(answer.body, dict) else None
    inside = {name: [each.name for each in graphs[position]] for name, position in names.items()}
    return {names[name]: outcome for name, outcome in graph_outcomes(told, inside).items()}


def _that_fit(graphs: Sequence[Sequence[Subrequest]], left: Sequence[int]) -> list[int]:
    """The next graphs that fit into one call."""
    call: list[int] = []
    nodes, kinds = 0, set[tuple[str, str]]()
    for position in left:
        graph = graphs[position]
        together = kinds | _kinds(graph)
        if call and (len(call) == GRAPHS_MAX or nodes + len(graph) > NODES_MAX or len(together) > KINDS_MAX):
            break
        call.append(position)
        nodes, kinds = nodes + len(graph), together
    return call


def _check_names(subrequests: Sequence[Subrequest]) -> None:
    names = [each.name for each in subrequests]
    wrong = [name for name in names if not _NAME.fullmatch(name)]
    if wrong or len(set(names)) != len(names):
        raise ValueError(f"names are letters, digits and _, begin with a letter, and stand once: {names}")


def _kinds(graph: Sequence[Subrequest]) -> set[tuple[str, str]]:
    return {(each.method, each.path.split("/")[1] if "/" in each.path else each.path) for each in graph}


def _written(rest: SalesforceRest, subrequest: Subrequest) -> dict[str, Any]:
    written: dict[str, Any] = {
        "method": subrequest.method,
        "url": f"{rest.root}/{subrequest.path}",
        "referenceId": subrequest.name,
    }
    if subrequest.body is not None:
        written["body"] = subrequest.body
    if subrequest.headers:
        written["httpHeaders"] = subrequest.headers
    return written


def _subanswer(told: Mapping[str, Any]) -> Subanswer:
    status, body = told.get("httpStatusCode"), told.get("body")
    name = str(told.get("referenceId"))
    if not isinstance(status, int):
        raise Uncertain(f"the answer to {name} has no status")
    fault: Fault | None = None
    if status >= 400:
        fault = fault_of(errors_of(body), f"status {status}")
    elif status == 300:
        fault = Ambiguous(f"the external id is that of several records: {body}")
    elif errors := _inside(body):
        fault = fault_of(errors)
    return Subanswer(name, status, body, fault)


def _inside(body: Any) -> list[SalesforceError]:
    """The errors of the records of a list that stands inside."""
    listed = body if isinstance(body, list) else []
    failed = [each for each in listed if isinstance(each, dict) and each.get("success") is False]
    return [error for each in failed for error in errors_of(each.get("errors"))]


def _halted(body: Any) -> bool:
    errors = errors_of(body)
    return bool(errors) and all(each.code in ROLLED_BACK for each in errors)


def _never_begun(inner: Any) -> bool:
    """Nothing in it is at fault: it was halted as a whole."""
    listed = inner if isinstance(inner, list) else []
    return all(_halted(each.get("body")) for each in listed if isinstance(each, dict))


def _own(answers: Sequence[Subanswer]) -> Fault:
    """The fault of the one that failed by itself, which passes."""
    faults = [each.fault for each in answers if each.fault is not None]
    own = [each.fault for each in answers if each.fault is not None and each.body is not None]
    return (own or faults)[0]
