"""What ERP systems last stated of their production orders."""

from datetime import datetime
from typing import NamedTuple

from services.capacity.domain import StatedOrder
from services.kernel.db import Connection
from services.network import Capacity

_LOCK = """
INSERT INTO production_order AS o (name) VALUES ($1)
ON CONFLICT (name) DO UPDATE SET refusals = o.refusals RETURNING stated_at, pledged_kbq, pledged_vials"""
_PUT = """
UPDATE production_order SET stated_at = $2, pledged_kbq = coalesce($3, pledged_kbq),
    pledged_vials = coalesce($4, pledged_vials) WHERE name = $1"""
_REFUSED = """
INSERT INTO production_order AS o (name, refusals) VALUES ($1, 1)
ON CONFLICT (name) DO UPDATE SET refusals = o.refusals + 1 RETURNING refusals"""


class LastStated(NamedTuple):
    """Since when an ERP says what it last said of an order, None if nothing has counted yet; and its pledge, if any."""

    since: datetime | None
    pledged: Capacity | None


async def lock(conn: Connection, production_order: str) -> LastStated:
    """What was last stated of an order, which nobody else takes a statement of until this transaction ends."""
    row = await conn.fetchrow(_LOCK, production_order)
    kbq, vials = row["pledged_kbq"], row["pledged_vials"]
    return LastStated(row["stated_at"], None if kbq is None else Capacity(kbq, vials))


async def put(conn: Connection, stated: StatedOrder) -> None:
    """Keeps that this was stated."""
    pledged = stated.pledged or (None, None)
    await conn.execute(_PUT, stated.production_order, stated.since, *pledged)


async def refused(conn: Connection, production_order: str) -> int:
    """Counts a refusal; how many there were."""
    return int(await conn.fetchval(_REFUSED, production_order))
