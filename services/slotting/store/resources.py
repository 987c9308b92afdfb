"""The network as it is stored: one row a resource of master data."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from asyncpg import Pool, Record

from services.kernel.db import Connection
from services.kernel.projection import Projection
from services.network import Lane, ResourceVersion, reading
from services.slotting.domain import Network


class NetworkResource(NamedTuple):
    """A row. `conflicts`: how often a version of it put slots at risk; `leads_to`: a lane's centre."""

    name: str
    kind: str
    version: int
    deleted: bool
    document: bytes
    conflicts: int
    leads_to: str


_network = Projection("network", NetworkResource)


async def put(connection: Connection | Pool, changes: Iterable[tuple[ResourceVersion, int]]) -> None:
    """Store versions of resources, each with the number of its conflicts so far."""
    await _network.put(connection, [_row(change, conflicts) for change, conflicts in changes])


def _row(change: ResourceVersion, conflicts: int) -> NetworkResource:
    leads_to = change.resource.site if isinstance(change.resource, Lane) else ""
    return NetworkResource(
        change.name, change.kind, change.version, change.deleted, change.document, conflicts, leads_to
    )


async def resting_on(connection: Connection, names: Sequence[str], *, alone: bool) -> list[Record]:
    """The promised slots that use any of these resources. With `alone`, no batch runs beside this transaction."""
    if alone:
        await connection.execute("SELECT pg_advisory_xact_lock(network_lock())")
    rows: list[Record] = await connection.fetch("SELECT * FROM standing_on($1, (SELECT present()))", names)
    return rows


async def known_resources(connection: Connection, deleted: Sequence[str]) -> list[ResourceVersion]:
    """Resources that would be deleted, as changes; what was never heard of holds nobody up."""
    known = await _network.of(connection, deleted)
    return [_change(row.name, row.kind, row.version + 1, True, row.document) for row in known.values()]


def network_of_rows(rows: Sequence[Record]) -> Network:
    """The network of these resources."""
    conflicts = {row["name"]: row["conflicts"] for row in rows}
    changes = [_change(row["name"], row["kind"], row["version"], row["deleted"], row["document"]) for row in rows]
    return Network(conflicts=conflicts).after(changes)


# Few resources serve many claims, and their documents seldom change: parsed once per version (6 µs
# each, four a claim: bench case `claims spread`).
@lru_cache(maxsize=8192)
def _change(name: str, kind: str, version: int, deleted: bool, document: bytes) -> ResourceVersion:
    return ResourceVersion(name, kind, version, reading.resource_from(kind, document), deleted, document)
