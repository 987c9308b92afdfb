"""What sponsors' ERP systems last stated that they need."""

from datetime import datetime
from typing import NamedTuple

from services.kernel.db import Connection
from services.planning.domain.forecast import Series


class LastDemand(NamedTuple):
    """Since when an ERP says what counts, and the digest that tells a repetition from another statement."""

    stated_at: datetime
    digest: bytes


async def last(conn: Connection, series: Series) -> LastDemand | None:
    """What counts of a series, None if nothing was ever stated. The series must be locked."""
    row = await conn.fetchrow(
        "SELECT stated_at, digest FROM demand WHERE partner = $1 AND product = $2 AND region = $3", *series
    )
    return LastDemand(*row) if row else None


async def put(conn: Connection, series: Series, stated: LastDemand) -> None:
    """Keeps that this counts now."""
    await conn.execute(
        "INSERT INTO demand VALUES ($1, $2, $3, $4, $5) ON CONFLICT (partner, product, region)"
        " DO UPDATE SET stated_at = excluded.stated_at, digest = excluded.digest",
        *series,
        *stated,
    )
