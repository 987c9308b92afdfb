"""The network as it is stored: one row a resource of master data."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from asyncpg import Pool, Record
from doselane.masterdata.v1 import resources_pb2

from services.kernel.db import Connection
from services.network import Lane, reading
from services.slotting import events
from services.slotting.domain import Change, Network

_PUT = """
    INSERT INTO network (name, kind, version, deleted, document, conflicts, leads_to)
    SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::boolean[], $5::bytea[], $6::bigint[], $7::text[])
    ON CONFLICT (name) DO UPDATE SET
        version = excluded.version, deleted = excluded.deleted, document = excluded.document,
        conflicts = excluded.conflicts, leads_to = excluded.leads_to, updated_at = clock_timestamp()
"""


async def put(connection: Connection | Pool, changes: Iterable[tuple[Change, int]]) -> None:
    """Store versions of resources, each with the number of its conflicts so far."""
    rows = [
        (
            c.name,
            c.kind,
            c.version,
            c.deleted,
            c.document,
            conflicts,
            c.resource.site if isinstance(c.resource, Lane) else "",
        )
        for c, conflicts in changes
    ]
    if not rows:
        return
    await connection.execute(_PUT, *zip(*rows, strict=True))


async def put_resources(connection: Connection | Pool, *resources: resources_pb2.Resource, version: int = 1) -> None:
    """Store resources that no slot rests on yet."""
    changes = [events.change_of(resource, version) for resource in resources]
    await put(connection, [(change, 0) for change in changes if change])


async def resting_on(connection: Connection, names: Sequence[str], *, alone: bool) -> list[Record]:
    """The promised slots that use any of these resources. With `alone`, no batch runs beside this transaction."""
    if alone:
        await connection.execute("SELECT pg_advisory_xact_lock(network_lock())")
    rows: list[Record] = await connection.fetch("SELECT * FROM standing_on($1, (SELECT present()))", names)
    return rows


async def known_resources(connection: Connection, deleted: Sequence[str]) -> list[Change]:
    """Resources that would be deleted, as changes; what was never heard of holds nobody up."""
    rows = await connection.fetch("SELECT * FROM network WHERE name = ANY ($1)", deleted)
    changes = [_change(row["name"], row["kind"], row["version"], True, row["document"]) for row in rows]
    return [change._replace(version=change.version + 1) for change in changes]


def network_of_rows(rows: Sequence[Record]) -> Network:
    """The network of these resources."""
    conflicts = {row["name"]: row["conflicts"] for row in rows}
    changes = [_change(row["name"], row["kind"], row["version"], row["deleted"], row["document"]) for row in rows]
    return Network(conflicts=conflicts).after(changes)


# Few resources serve many claims, and their documents seldom change: parsed once per version.
@lru_cache(maxsize=8192)
def _change(name: str, kind: str, version: int, deleted: bool, document: bytes) -> Change:
    resource = reading.resource_of(kind, reading.MESSAGES[kind].FromString(document))
    return Change(name, kind, version, resource, deleted, document)
