"""Entries of feeds: appended under the lock of their feed, and read in order."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from services.kernel.db import Connection
from services.streams.domain import EventCopy, EventFilter, FeedEntry, numbered
from services.streams.store.feeds import lock_feeds

COLUMNS = "partner, position, event_id, type, source, subject, sequence, time, recorded_at, traceparent, data"
_KINDS = ("text", "bigint", "uuid", "text", "text", "text", "bigint", "timestamptz", "timestamptz", "text", "bytea")
_ARRAYS = ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(_KINDS, 1))
_INSERT = f"INSERT INTO feed_entry ({COLUMNS}) SELECT * FROM unnest({_ARRAYS})"

# How many entries the subjects have now, and how far the locked feeds go.
_MOVE = """
WITH counted AS (
    INSERT INTO feed_subject (partner, subject, sequence) SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])
    ON CONFLICT (partner, subject) DO UPDATE SET sequence = excluded.sequence)
UPDATE feed SET latest = moved.latest, latest_at = moved.latest_at
FROM unnest($4::text[], $5::bigint[], $6::timestamptz[]) AS moved (partner, latest, latest_at)
WHERE feed.partner = moved.partner"""


async def append(conn: Connection, copies: Sequence[EventCopy], now: datetime) -> list[FeedEntry]:
    """Adds copies to the feeds of their partners, in their order, inside the caller's transaction."""
    if not copies:
        return []
    feeds = await lock_feeds(conn, (copy.partner for copy in copies))
    sequences = await _sequences(conn, copies)
    entries = numbered(copies, feeds, sequences, now)
    for day in sorted({entry.recorded_at.date() for entry in entries}):
        await conn.execute("SELECT add_feed_day($1)", day)
    await conn.execute(_INSERT, *zip(*map(_row_of, entries), strict=True))
    counted = [(*subject, sequence) for subject, sequence in sequences.items()]
    moved = [(each.partner, each.latest, each.latest_at) for each in feeds.values()]
    await conn.execute(_MOVE, *zip(*counted, strict=True), *zip(*moved, strict=True))
    return entries


async def entries_after(
    conn: Connection,
    partner: str,
    place: int,
    limit: int,
    wanted: EventFilter = EventFilter(),  # noqa: B008  frozen
    *,
    through: int | None = None,
    since: datetime | None = None,
    before: datetime | None = None,
) -> list[FeedEntry]:
    """The entries of a feed after a place, in order: those that are wanted, up to a position and between two instants.

    What is kept no more is not there: whoever must not miss it asks the feed (`Feed.keeps_after`).
    """
    arguments: list[object] = [partner, place]
    clauses = ["partner = $1", "position > $2"]
    for clause, value in (
        ("position <= ${}", through),
        ("recorded_at >= ${}", since),
        ("recorded_at < ${}", before),
        ("subject = ANY (${}::text[])", wanted.subjects or None),
    ):
        if value is not None:
            arguments.append(value)
            clauses.append(clause.format(len(arguments)))
    if wanted.types:
        arguments += [wanted.exact_types, wanted.type_beginnings]
        named, begun = len(arguments) - 1, len(arguments)
        clauses.append(
            f"(type = ANY (${named}::text[]) OR EXISTS (SELECT FROM unnest(${begun}::text[]) AS b"
            " WHERE starts_with(type, b)))"
        )
    rows = await conn.fetch(
        f"SELECT {COLUMNS} FROM feed_entry WHERE {' AND '.join(clauses)} ORDER BY position LIMIT ${len(arguments) + 1}",
        *arguments,
        limit,
    )
    return [entry_of(row) for row in rows]


async def first_position_since(conn: Connection, partner: str, at: datetime) -> int | None:
    """The position of the first entry that was recorded at an instant or later; None if there is none yet."""
    return await conn.fetchval(  # type: ignore[no-any-return]
        "SELECT position FROM feed_entry WHERE partner = $1 AND recorded_at >= $2 ORDER BY position LIMIT 1",
        partner,
        at,
    )


async def _sequences(conn: Connection, copies: Sequence[EventCopy]) -> dict[tuple[str, str], int]:
    """How many entries the subjects of these copies have."""
    subjects = sorted({(copy.partner, copy.subject) for copy in copies})
    rows = await conn.fetch(
        "SELECT partner, subject, sequence FROM feed_subject"
        " JOIN unnest($1::text[], $2::text[]) AS w (partner, subject) USING (partner, subject)",
        *zip(*subjects, strict=True),
    )
    return {(row["partner"], row["subject"]): row["sequence"] for row in rows}


def _row_of(entry: FeedEntry) -> tuple[Any, ...]:
    copy = entry.copy
    return (
        copy.partner,
        entry.position,
        copy.event_id,
        copy.type,
        copy.source,
        copy.subject,
        entry.sequence,
        copy.time,
        entry.recorded_at,
        copy.traceparent,
        copy.data,
    )


def entry_of(row: Mapping[str, Any]) -> FeedEntry:
    """The entry in a row."""
    partner, position, event_id, kind, source, subject, sequence, time, recorded_at, traceparent, data = row.values()
    copy = EventCopy(partner, event_id, kind, source, subject, time, traceparent, data)
    return FeedEntry(copy, position, sequence, recorded_at)
