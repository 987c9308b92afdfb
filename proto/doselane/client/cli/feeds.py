"""`doselane events tail`: a feed, as it grows."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

import typer
from google.protobuf.timestamp_pb2 import Timestamp

from doselane.client.cli.calling import AsJson, help_of, invocation
from doselane.client.cli.values import Unreadable, instant
from doselane.client.cli.watching import LINES, Count, Cursor, Shown, watched
from doselane.client.following import follow
from doselane.streams.v1.feed_pb2 import SubscribeRequest
from doselane.streams.v1.feed_pb2_grpc import FeedServiceStub

_HELP = "Follow a feed: all since a cursor, an instant or the earliest event that is kept, then what comes."


class Beginning(StrEnum):
    """Where a feed is begun without a cursor."""

    EARLIEST = "earliest"
    LATEST = "latest"


def register(app: typer.Typer, groups: Mapping[str, typer.Typer]) -> None:
    """Adds the command."""
    example = "events tail --begin earliest --types 'doselane.slotting.*' --json"
    groups["events"].command("tail", help=help_of(f"{_HELP} {LINES}", example))(tail)


def tail(
    context: typer.Context,
    feed: Annotated[str, typer.Argument(help="The feed; your own if none is named.")] = "-",
    begin: Annotated[Beginning, typer.Option(help="Where to begin without a cursor.")] = Beginning.LATEST,
    since: Annotated[
        str, typer.Option(help="Begin with what was recorded at this instant or later.", show_default=False)
    ] = "",
    types: Annotated[
        list[str] | None, typer.Option(help="Only events of these types; doselane.slotting.* is all of slotting's.")
    ] = None,
    subjects: Annotated[list[str] | None, typer.Option(help="Only events of these subjects.")] = None,
    cursor: Cursor = "",
    count: Count = 0,
    as_json: AsJson = False,
) -> None:
    """Follows a feed."""
    asked = invocation(context, as_json)
    request = SubscribeRequest(
        parent=feed if "/" in feed else f"feeds/{feed}",
        cursor=cursor,
        types=types,
        subjects=subjects,
        **({"start_time": _since(since)} if since else {"start": begin.name}),
    )
    shown = Shown(asked, lambda each: f"{each['position']}  {each['recordTime']}  {each['type']}  {each['subject']}")
    where = {"parent": "FEED", "types": "--types", "subjects": "--subjects", "start_time": "--since"}
    # A filter leaves positions out, which is no gap.
    gapless = not (types or subjects)
    watched(
        asked, shown, lambda gateway: follow(FeedServiceStub(gateway).Subscribe, request, gapless=gapless), count, where
    )


def _since(text: str) -> Timestamp | None:
    try:
        return instant(text) if text else None
    except Unreadable as wrong:
        raise typer.BadParameter(str(wrong), param_hint="--since") from None
