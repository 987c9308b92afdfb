"""What a sponsor's forecasts stand on, from the projection of master data: its products, regions and agreements."""

from collections.abc import Collection

from doselane.masterdata.v1 import resources_pb2

from services.kernel.db import Connection
from services.network import Agreement, reading


async def product_names(conn: Connection, product: str, partner: str) -> bool:
    """Whether there is such a product, and it names the sponsor."""
    return await conn.fetchval(
        "SELECT EXISTS (SELECT FROM resource"
        " WHERE name = $1 AND kind = 'product' AND NOT deleted AND partners @> ARRAY[$2::text])",
        product,
        partner,
    )


async def region_names(conn: Connection, region: str, partner: str) -> bool:
    """Whether a centre in such a region names the sponsor."""
    return await conn.fetchval(
        "SELECT EXISTS (SELECT FROM resource"
        " WHERE kind = 'site' AND NOT deleted AND region = $1 AND region <> '' AND partners @> ARRAY[$2::text])",
        region,
        partner,
    )


async def agreed(conn: Connection, partners: Collection[str]) -> list[Agreement]:
    """All agreements of some sponsors, whether in force or not."""
    rows = await conn.fetch(
        "SELECT document FROM resource WHERE kind = 'agreement' AND NOT deleted AND partners && $1::text[]",
        list(partners),
    )
    return [reading.agreement_of(resources_pb2.Agreement.FromString(row["document"])) for row in rows]
