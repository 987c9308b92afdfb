"""Where feeds stand."""

from collections.abc import Collection, Iterable

from services.kernel.db import Connection
from services.streams.domain import Feed

COLUMNS = "partner, latest, latest_at, earliest, earliest_at"


async def find_feed(conn: Connection, partner: str) -> Feed | None:
    """The feed of a partner; None while nothing has ever been recorded for it."""
    row = await conn.fetchrow(f"SELECT {COLUMNS} FROM feed WHERE partner = $1", partner)
    return Feed(*row) if row else None


async def latest_positions(conn: Connection, partners: Collection[str]) -> dict[str, int]:
    """How far the feeds of these partners go."""
    return dict(await conn.fetch("SELECT partner, latest FROM feed WHERE partner = ANY ($1)", list(partners)))


async def lock_feeds(conn: Connection, partners: Iterable[str]) -> dict[str, Feed]:
    """The feeds of these partners, new ones made, locked until the transaction ends, in one order."""
    wanted = sorted(set(partners))
    select = f"SELECT {COLUMNS} FROM feed WHERE partner = ANY ($1) ORDER BY partner FOR UPDATE"
    rows = await conn.fetch(select, wanted)
    if len(rows) < len(wanted):  # the first event of a partner
        await conn.execute("INSERT INTO feed (partner) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING", wanted)
        rows = await conn.fetch(select, wanted)
    return {row["partner"]: Feed(*row) for row in rows}
