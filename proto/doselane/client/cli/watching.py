"""`doselane watch`: what happens, as it happens, through broken connections."""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from typing import Annotated, Any

import typer
from rich.markup import escape

from doselane.capacity.v1.capacity_pb2 import WatchRunsRequest
from doselane.capacity.v1.capacity_pb2_grpc import CapacityServiceStub
from doselane.client.cli.calling import (
    AsJson,
    Invocation,
    as_dict,
    errors,
    help_of,
    invocation,
    output,
    run,
    write_json,
)
from doselane.client.following import Blind, GapFound, News, Seeing, Told, follow
from doselane.client.gateway import Gateway
from doselane.status.v1.status_pb2 import WatchTimelineRequest
from doselane.status.v1.status_pb2_grpc import StatusServiceStub

Cursor = Annotated[str, typer.Option(help="Go on after this cursor, from an earlier line.", show_default=False)]
Count = Annotated[int, typer.Option(help="End after so many; 0 goes on until it is interrupted.", min=0)]

LINES = (
    "With --json each line is an object: what is new under its own name with its `cursor`; `blind` (since when nothing"
    " is seen, and why), `seeing` (it is over), `gap` (something will not be told, and has to be fetched)."
)


_WHERE = {"parent": "DOSE", "cursor": "--cursor", "product": "--product"}


def register(app: typer.Typer, groups: Mapping[str, typer.Typer]) -> None:
    """Adds the commands to `doselane watch`."""
    doses_help = "Follow the timelines of one dose, or of all that you may see."
    runs_help = "Follow the changes of runs that you may see."
    groups["watch"].command("doses", help=help_of(f"{doses_help} {LINES}", "watch doses --json"))(doses)
    groups["watch"].command("runs", help=help_of(f"{runs_help} {LINES}", "watch runs --product lu-ligand"))(runs)


def doses(
    context: typer.Context,
    dose: Annotated[str, typer.Argument(help="The dose; all if none is named.")] = "-",
    cursor: Cursor = "",
    count: Count = 0,
    as_json: AsJson = False,
) -> None:
    """Follows timelines."""
    request = WatchTimelineRequest(parent=dose if "/" in dose else f"doses/{dose}", cursor=cursor)
    asked = invocation(context, as_json)
    shown = Shown(asked, lambda entry: f"{entry['name']}  {entry.get('eventTime', '')}  {entry['summary']}")
    watched(asked, shown, lambda gateway: follow(StatusServiceStub(gateway).WatchTimeline, request), count)


def runs(
    context: typer.Context,
    product: Annotated[str, typer.Option(help="Only runs of this product.", show_default=False)] = "",
    cursor: Cursor = "",
    count: Count = 0,
    as_json: AsJson = False,
) -> None:
    """Follows runs."""
    named = product if "/" in product or not product else f"products/{product}"
    request, asked = WatchRunsRequest(product=named, cursor=cursor), invocation(context, as_json)
    shown = Shown(asked, lambda run: f"{run['name']}  {run['state']}  {run['endOfSynthesisTime']}")
    watched(asked, shown, lambda gateway: follow(CapacityServiceStub(gateway).WatchRuns, request), count)


class Shown:
    """How what is told is shown: `line` says news in one, of their JSON form."""

    def __init__(self, asked: Invocation, line: Callable[[dict[str, Any]], str]) -> None:
        self._as_json, self._line = asked.as_json, line
        self._out, self._err = output(), errors()

    def __call__(self, told: Told) -> None:
        """Shows one."""
        if self._as_json:
            write_json(as_line(told), line=True)
        elif isinstance(told, News):
            self._out.print(escape(self._line(as_dict(told.value))), soft_wrap=True)
        else:
            self._err.print(escape(_words(told)), style="yellow")


def as_line(told: Told) -> dict[str, Any]:
    """What is told, as one JSON object."""
    match told:
        case News(cursor, kind, value):
            return {"cursor": cursor, kind: as_dict(value)}
        case Blind(since, why):
            return {"blind": {"since": since.isoformat(), "reason": why.reason, "message": why.message}}
        case Seeing(blind_since):
            return {"seeing": {"blindSince": blind_since.isoformat()}}
        case GapFound(subject, last_seen, next_seen, why):
            return {
                "gap": {"subject": subject, "lastSeen": last_seen, "nextSeen": next_seen, "message": str(why or "")}
            }
    raise TypeError(f"{told!r} cannot be told")


def _words(told: Told) -> str:
    match told:
        case Blind(since, why):
            return f"blind since {since:%Y-%m-%dT%H:%M:%SZ}: {why.message}"
        case Seeing(blind_since):
            return f"seeing again what happened since {blind_since:%Y-%m-%dT%H:%M:%SZ}"
        case GapFound(subject, last_seen, next_seen, why):
            return f"a gap in {subject}: {last_seen} is followed by {next_seen}" if subject else f"a gap: {why}"
    return ""


def watched(
    asked: Invocation,
    show: Callable[[Told], None],
    begin: Callable[[Gateway], AsyncGenerator[Told, None]],
    count: int,
    where: Mapping[str, str] = _WHERE,
) -> None:
    """Shows what is told until there were so many news, or somebody interrupts."""

    async def until_enough(gateway: Gateway) -> None:
        seen = 0
        async with aclosing(begin(gateway)) as all_told:
            async for told in all_told:
                show(told)
                seen += isinstance(told, News)
                if count and seen >= count:
                    return

    run(asked, until_enough, {**_WHERE, **where})
