"""Master data as this service last heard of it: one row a resource, the newest version wins."""

from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

from services.kernel.db import Connection
from services.kernel.projection import Projection
from services.network import reading
from services.network.reading import HeardResource

ResourceKind = Literal["product", "facility", "line", "site", "lane", "agreement"]


class StoredResource(NamedTuple):
    """A row. Partners and region are taken from the document, to be looked up by."""

    name: str
    kind: str
    version: int
    document: bytes
    deleted: bool
    partners: list[str]
    region: str


_resources = Projection("resource", StoredResource)


async def put(conn: Connection, heard: Iterable[HeardResource]) -> None:
    """Takes over what is newer than what is stored."""
    await _resources.put(conn, map(_row, heard))


async def resources(conn: Connection, kind: ResourceKind) -> list[Any]:
    """The resources of a kind by name: `resources(conn, "line")` are Lines."""
    rows = await conn.fetch("SELECT document FROM resource WHERE kind = $1 AND NOT deleted ORDER BY name", kind)
    return [reading.resource_from(kind, row["document"]) for row in rows]


async def exists(conn: Connection, name: str) -> bool:
    """Whether there is a resource of this name."""
    return await conn.fetchval("SELECT EXISTS (SELECT FROM resource WHERE name = $1 AND NOT deleted)", name)


def _row(heard: HeardResource) -> StoredResource:
    name, kind, version, message, deleted = heard
    partners = [message.partner] if kind == "agreement" else list(getattr(message, "partners", ()))
    region = message.region if kind == "site" else ""
    return StoredResource(name, kind, version, heard.document, deleted, partners, region)
