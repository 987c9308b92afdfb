"""`doselane events rehearse`: the orders of a feed, driven again at another gateway."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from google.protobuf import json_format

from doselane.client.cli.calling import (
    DONE,
    SAYS_NO,
    AsJson,
    Invocation,
    errors,
    help_of,
    invocation,
    know_all,
    run,
    told,
    write_json,
)
from doselane.client.cli.calling import USED_WRONGLY as WRONGLY
from doselane.client.cli.profiles import Profile, ProfileError, kept
from doselane.client.gateway import Gateway
from doselane.client.paging import items
from doselane.client.rehearsing import A_WEEK, Answer, Rehearsed, Step, rehearse, steps_of, summary, weeks_on
from doselane.clock.v1.clock_pb2 import GetClockRequest
from doselane.clock.v1.clock_pb2_grpc import ClockServiceStub
from doselane.streams.v1.feed_pb2 import FeedEvent, ListFeedEventsRequest
from doselane.streams.v1.feed_pb2_grpc import FeedServiceStub

_HELP = (
    "Drive the orders and returns of a feed again at the gateway that is asked, such as your staging: each claim is"
    " moved on by whole weeks and takes the offer whose administration is nearest. Asked again, it acts once. Ends with"
    " 1 if an order was refused, or nothing was offered for it."
)


def register(app: typer.Typer, groups: Mapping[str, typer.Typer]) -> None:
    """Adds the command."""
    example = "--profile staging events rehearse --from-profile production"
    groups["events"].command("rehearse", help=help_of(_HELP, example))(command)


def command(
    context: typer.Context,
    feed: Annotated[
        Path | None,
        typer.Argument(help="A file of what `doselane events tail --json` printed.", show_default=False),
    ] = None,
    from_profile: Annotated[
        str, typer.Option(help="Instead: the profile whose own feed is read, as far as it is kept.", show_default=False)
    ] = "",
    weeks: Annotated[
        int | None, typer.Option(help="How many weeks to move all on; by itself: up to now.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Drives a feed again; the help is above."""
    asked = invocation(context, as_json)
    if (feed is None) == (not from_profile):
        raise typer.BadParameter("name a file of events, or --from-profile", param_hint="FEED")
    steps = _steps(_read(feed) if feed else _fetched(asked, from_profile), feed)

    async def driven(gateway: Gateway) -> tuple[Sequence[Rehearsed], timedelta]:
        now = (await ClockServiceStub(gateway).GetClock(GetClockRequest())).time.ToDatetime(UTC)
        by = weeks_on(steps, now) if weeks is None else weeks * A_WEEK
        return await rehearse(gateway, steps, by), by

    done, by = run(asked, driven)
    said = summary(done, by)
    if asked.as_json:
        write_json(said)
    else:
        _show(said)
    missed = {Answer.REFUSED, Answer.NOT_OFFERED}
    raise typer.Exit(SAYS_NO if any(each.answer in missed for each in done) else DONE)


def _steps(events: Sequence[FeedEvent], feed: Path | None) -> Sequence[Step]:
    if steps := steps_of(events):
        return steps
    raise typer.BadParameter(f"nothing was claimed in these {len(events)} events", param_hint=str(feed or "FEED"))


def _read(feed: Path) -> Sequence[FeedEvent]:
    """The events of a file; other lines, as of a connection that broke, say nothing of orders."""
    know_all()
    try:
        lines = feed.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as wrong:
        raise typer.BadParameter(str(wrong), param_hint="FEED") from None
    return [event for number, line in enumerate(lines, 1) if line.strip() for event in _event(number, line)]


def _event(number: int, line: str) -> Sequence[FeedEvent]:
    try:
        said = json.loads(line)
        if "event" not in said:
            return ()
        return (json_format.ParseDict(said["event"], FeedEvent(), ignore_unknown_fields=True),)
    except (ValueError, TypeError, json_format.ParseError) as wrong:
        words = f"line {number} is none that `doselane events tail --json` prints: {wrong}"
        raise typer.BadParameter(words, param_hint="FEED") from None


def _fetched(asked: Invocation, name: str) -> Sequence[FeedEvent]:
    """The events of another profile's own feed."""

    async def listed(gateway: Gateway) -> list[FeedEvent]:
        request = ListFeedEventsRequest(parent="feeds/-", page_size=1000)
        return [event async for event in items(FeedServiceStub(gateway).ListFeedEvents, request)]

    try:
        kept(name)
    except ProfileError as wrong:
        raise told(asked, "NOT_SET_UP", wrong.words, wrong.remedy, WRONGLY) from None
    return run(replace(asked, profile_name=name, said=Profile()), listed)


def _show(said: Mapping[str, Any]) -> None:
    err = errors()
    for each in said["steps"]:
        if each["answer"] in (Answer.REFUSED, Answer.NOT_OFFERED):
            err.print(f"{each['orderReference']}: {each['answer']} {each.get('reason', '')}", markup=False)
    counted = ", ".join(f"{number} {answer.replace('_', ' ').lower()}" for answer, number in said["answers"].items())
    typer.echo(f"{said['orders']} orders, moved on by {said['weeksOn']} weeks: {counted}.")
