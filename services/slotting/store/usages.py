"""What has become of a sponsor's allotments, run by run: true of one instant."""

from dataclasses import dataclass
from datetime import datetime

from asyncpg import Pool, Record

from services.kernel.db import Connection
from services.kernel.visibility import visible
from services.network import Capacity
from services.slotting.domain import Usage, usage_of
from services.slotting.domain.book import Audience, RunState
from services.slotting.store.reads import settled_book
from services.slotting.store.resources import network_of_rows

# The runs that the sponsor may know of, as Book.audience says once the clock has been followed: an allotment whose
# release-back has come shows the run to all, whether or not anybody has touched the run since.
_VISIBLE = f"""
    (r.audience = {Audience.ALL}
     OR r.audience = {Audience.HOLDERS}
        AND EXISTS (SELECT FROM allotment a WHERE a.run = r.name AND a.partner = $1)
     OR (r.state = {RunState.OPEN} OR r.audience <> {Audience.NOBODY})
        AND EXISTS (SELECT FROM allotment a WHERE a.run = r.name AND a.size_kbq > 0 AND a.size_vials > 0
                    AND a.release_back_at <= (SELECT instant FROM at)))
"""
_USAGES = f"""
    WITH at AS MATERIALIZED (SELECT present() AS instant)
    SELECT r.*, (SELECT instant FROM at) AS read_at,
           ARRAY (SELECT a FROM allotment a WHERE a.run = r.name) AS allotments,
           ARRAY (
               SELECT s FROM slot s WHERE s.run = r.name AND s.state = 1 AND s.hold_until <= (SELECT instant FROM at)
           ) AS overdue,
           own.pool_kbq AS own_pool_kbq, own.pool_vials AS own_pool_vials
    FROM run r
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(s.pool_kbq), 0)::bigint AS pool_kbq, coalesce(sum(s.pool_vials), 0)::int AS pool_vials
        FROM slot s WHERE s.run = r.name AND s.partner = $1 AND s.state IN (1, 2, 3, 6)
          AND (s.state <> 1 OR s.hold_until > (SELECT instant FROM at))
    ) own
    WHERE {_VISIBLE}
      AND r.product = ANY ($8::text[])
      AND ($2::text IS NULL OR r.product = $2)
      AND ($3::timestamptz IS NULL OR r.end_of_synthesis_at >= $3)
      AND ($4::timestamptz IS NULL OR r.end_of_synthesis_at < $4)
      AND ($5::timestamptz IS NULL OR (r.end_of_synthesis_at, r.name) > ($5, $6::text))
    ORDER BY r.end_of_synthesis_at, r.name LIMIT $7
"""


@dataclass(frozen=True, slots=True)
class UsageFilter:
    """Which usages to list. The interval is of the end of synthesis; its end is exclusive."""

    partner: str
    product: str = ""
    from_at: datetime | None = None
    until_at: datetime | None = None


async def list_usages(
    connection: Connection | Pool, wanted: UsageFilter, after: tuple[datetime, str] | None, limit: int
) -> list[Usage]:
    """Usages by end of synthesis and name of the run, after the given ones."""
    after_at, after_run = after or (None, "")
    interval = wanted.from_at, wanted.until_at
    shown = await _products_of(connection, wanted.partner)
    rows = await connection.fetch(
        _USAGES, wanted.partner, wanted.product or None, *interval, after_at, after_run, limit, shown
    )
    return [_usage(row, wanted.partner) for row in rows]


async def _products_of(connection: Connection | Pool, partner: str) -> list[str]:
    """Products that the sponsor may know of; it knows of no run of others."""
    rows = await connection.fetch("SELECT * FROM network WHERE kind = 'product'")
    return [product.name for product in network_of_rows(rows).products.values() if visible(partner, product.partners)]


def _usage(row: Record, partner: str) -> Usage:
    book = settled_book(row)
    return usage_of(book, partner, Capacity(row["own_pool_kbq"], row["own_pool_vials"]), row["read_at"])
