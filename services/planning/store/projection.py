"""Master data as this service last heard of it: one row a resource, the newest version wins."""

from collections.abc import Sequence
from typing import Any, Literal

from doselane.masterdata.v1 import resources_pb2

from services.kernel.db import Connection
from services.network import reading
from services.planning.events.consumed import Heard

# Fields of masterdata.v1.Resource.
ResourceKind = Literal["product", "facility", "line", "site", "lane", "agreement"]

_PUT = """
INSERT INTO resource (name, kind, version, document, deleted, partners, region)
SELECT name, kind, version, document, deleted, string_to_array(partners, ' '), region
FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bytea[], $5::boolean[], $6::text[], $7::text[])
    AS r(name, kind, version, document, deleted, partners, region)
ON CONFLICT (name) DO UPDATE
SET kind = excluded.kind, version = excluded.version, document = excluded.document, deleted = excluded.deleted,
    partners = excluded.partners, region = excluded.region
WHERE resource.version < excluded.version"""


async def put(conn: Connection, heard: Sequence[Heard]) -> None:
    """Takes over what is newer than what is stored; order and repetition do not matter."""
    newest = {each.name: each for each in sorted(heard, key=lambda each: each.version)}
    # In one order, so that two who store the same resources wait for each other instead of deadlocking.
    rows = [newest[name] for name in sorted(newest)]
    await conn.execute(
        _PUT,
        [row.name for row in rows],
        [row.message.WhichOneof("kind") for row in rows],
        [row.version for row in rows],
        [row.message.SerializeToString() for row in rows],
        [row.deleted for row in rows],
        [" ".join(_partners(row.message)) for row in rows],  # names have no blanks, and arrays cannot be unnested apart
        [row.message.site.region for row in rows],
    )


async def resources(conn: Connection, kind: ResourceKind) -> list[Any]:
    """The resources of a kind by name: `resources(conn, "line")` are Lines."""
    rows = await conn.fetch("SELECT document FROM resource WHERE kind = $1 AND NOT deleted ORDER BY name", kind)
    messages = (getattr(resources_pb2.Resource.FromString(row["document"]), kind) for row in rows)
    return [reading.resource_of(kind, message) for message in messages]


async def resource(conn: Connection, name: str) -> Any | None:
    """The resource of this name as a masterdata.v1 message, such as a Product; None if there is none."""
    document = await conn.fetchval("SELECT document FROM resource WHERE name = $1 AND NOT deleted", name)
    if document is None:
        return None
    message = resources_pb2.Resource.FromString(document)
    kind = message.WhichOneof("kind")
    return getattr(message, kind) if kind else None


def _partners(message: resources_pb2.Resource) -> Sequence[str]:
    named = getattr(message, message.WhichOneof("kind") or "product")
    if isinstance(named, resources_pb2.Agreement):
        return [named.partner]
    return getattr(named, "partners", ())
