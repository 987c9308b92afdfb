"""How far feeds have been relayed to their topics."""

from collections.abc import Mapping

from services.kernel.db import Connection
from services.streams.domain import Feed, FeedEntry
from services.streams.store import entries, feeds
from services.streams.store.entries import entry_of


async def topic_places(conn: Connection) -> dict[str, int]:
    """The position up to which the topic of each partner has its feed."""
    return dict(await conn.fetch("SELECT partner, place FROM feed_topic"))


async def save_topic_places(conn: Connection, places: Mapping[str, int]) -> None:
    """Moves topics on, and none back."""
    await conn.execute(
        "INSERT INTO feed_topic AS t (partner, place) SELECT * FROM unnest($1::text[], $2::bigint[])"
        " ON CONFLICT (partner) DO UPDATE SET place = excluded.place WHERE t.place < excluded.place",
        list(places),
        list(places.values()),
    )


async def all_feeds(conn: Connection) -> list[Feed]:
    """The feeds as they stand."""
    return [Feed(*row) for row in await conn.fetch(f"SELECT {feeds.COLUMNS} FROM feed")]


async def entries_of_feeds(conn: Connection, places: Mapping[str, int], limit: int) -> dict[str, list[FeedEntry]]:
    """The next entries of several feeds, by partner: of each those after its place, in order, up to the limit."""
    rows = await conn.fetch(
        "SELECT e.* FROM unnest($1::text[], $2::bigint[]) AS w (partner, place),"
        f" LATERAL (SELECT {entries.COLUMNS} FROM feed_entry f WHERE f.partner = w.partner AND f.position > w.place"
        " ORDER BY f.position LIMIT $3) AS e",
        list(places),
        list(places.values()),
        limit,
    )
    found: dict[str, list[FeedEntry]] = {}
    for row in rows:
        found.setdefault(row["partner"], []).append(entry_of(row))
    return found
