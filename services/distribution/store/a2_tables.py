"""Tables of A2 values, and what they are compared by: products, lanes, and packages on their way."""

from collections.abc import AsyncIterator
from dataclasses import replace

from services.distribution.domain import a2_tables as rules
from services.distribution.domain.a2_tables import A2TableVersion
from services.distribution.domain.shipment import ENDED, Shipment
from services.distribution.store.unit import SHIPMENT
from services.kernel.db import Connection
from services.kernel.stored import Stored
from services.network.a2 import NO_TABLE, A2Edition
from services.network.reading import resource_from
from services.network.resources import Lane, Product, Resource, Site

A2_TABLE = Stored(A2TableVersion)
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('a2 table ' || $1, 0))"
_PUT = """
INSERT INTO a2_table (name, version, signed, value) VALUES ($1, $2, $3, $4)
ON CONFLICT (name, version) DO UPDATE SET signed = excluded.signed, value = excluded.value"""
_NEWEST = "SELECT value FROM a2_table WHERE name = $1 AND signed = $2 ORDER BY version DESC LIMIT 1"
_NEWEST_SIGNED = "SELECT DISTINCT ON (name) value FROM a2_table WHERE signed ORDER BY name, version DESC"
_PAGE = "SELECT DISTINCT ON (name) value FROM a2_table WHERE name > $1 ORDER BY name, version DESC LIMIT $2"
_PACKED = """
SELECT value FROM shipment WHERE NOT state = ANY ($1::smallint[]) AND jsonb_array_length(value->'packages') > 0
ORDER BY name"""
_NETWORK = "SELECT kind, document FROM resource WHERE kind = ANY ($1) AND NOT deleted ORDER BY name"


async def lock(conn: Connection, name: str) -> None:
    """Until the transaction ends, nobody else changes the table."""
    await conn.execute(_LOCK, name)


async def version(conn: Connection, name: str, number: int) -> A2TableVersion | None:
    """One version of a table."""
    text = await conn.fetchval("SELECT value FROM a2_table WHERE name = $1 AND version = $2", name, number)
    return A2_TABLE.read(text) if text else None


async def newest(conn: Connection, name: str, *, signed: bool) -> A2TableVersion | None:
    """The newest signed version, or the proposed one."""
    text = await conn.fetchval(_NEWEST, name, signed)
    return A2_TABLE.read(text) if text else None


async def put(conn: Connection, table: A2TableVersion) -> None:
    """Stores a version, whose table is locked."""
    await conn.execute(_PUT, table.name, table.version, table.signature is not None, A2_TABLE.text(table))


async def in_force(conn: Connection) -> A2TableVersion | None:
    """The table that is in force; None if none is."""
    return rules.in_force([A2_TABLE.read(row["value"]) for row in await conn.fetch(_NEWEST_SIGNED)])


async def edition(conn: Connection) -> A2Edition:
    """The A2 values in force; without any table, default rows alone."""
    table = await in_force(conn)
    if table is None:
        return NO_TABLE
    values = table.values.as_edition()
    return replace(values, name=f"{values.name} ({table.name} version {table.version})")


async def tables(conn: Connection, after: str, limit: int) -> list[A2TableVersion]:
    """The newest version of each table, by name."""
    return [A2_TABLE.read(row["value"]) for row in await conn.fetch(_PAGE, after, limit)]


async def signatures_on(conn: Connection, name: str) -> int:
    """How many signatures a table has had, in all its versions: each is an event of it."""
    return int(await conn.fetchval("SELECT count(*) FROM signature WHERE record = $1", name))


async def packed_shipments(conn: Connection) -> AsyncIterator[Shipment]:
    """The shipments that are packed and not at their end."""
    async for row in conn.cursor(_PACKED, [int(state) for state in ENDED]):
        yield SHIPMENT.read(row["value"])


async def network(conn: Connection) -> tuple[list[Product], list[Lane], list[Site]]:
    """The products, lanes and sites that there are."""
    found: list[Resource] = [
        resource_from(row["kind"], row["document"]) for row in await conn.fetch(_NETWORK, ["product", "lane", "site"])
    ]
    return (
        [each for each in found if isinstance(each, Product)],
        [each for each in found if isinstance(each, Lane)],
        [each for each in found if isinstance(each, Site)],
    )
