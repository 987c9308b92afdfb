"""Claims as slotting published them: one row a slot, the newest version wins."""

from collections.abc import Sequence

from services.kernel.db import Connection
from services.planning.events.consumed import Claimed

_PUT = """
INSERT INTO claimed (slot, version, partner, product, site, week_start, counts)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::date[], $7::boolean[])
ON CONFLICT (slot) DO UPDATE
SET version = excluded.version, partner = excluded.partner, product = excluded.product, site = excluded.site,
    week_start = excluded.week_start, counts = excluded.counts
WHERE claimed.version < excluded.version"""


async def put(conn: Connection, claims: Sequence[Claimed]) -> None:
    """Takes over what is newer than what is stored; order and repetition do not matter."""
    newest = {each.slot: each for each in sorted(claims, key=lambda each: each.version)}
    rows = [newest[slot] for slot in sorted(newest)]
    await conn.execute(
        _PUT,
        [row.slot for row in rows],
        [row.version for row in rows],
        [row.partner for row in rows],
        [row.product for row in rows],
        [row.site for row in rows],
        [row.week_start for row in rows],
        [row.counts for row in rows],
    )
