"""Where a courier reads the schema of what it may push."""

from typing import Any

from adapters.courier_generic.schema import SCHEMA
from adapters.manifest import Archive, Page, PageRequest, Reply


def published(request: PageRequest) -> Reply:
    """The schema, for everybody: it holds nothing of anybody's."""
    return Reply(200, (("Cache-Control", "max-age=86400"),), SCHEMA.encode(), "application/schema+json")


async def _render(request: PageRequest, archive: Archive, reader: Any) -> Reply:
    return published(request)


SCHEMA_PAGE = Page("GET", "/courier/{account}/schema", _render, public=published)
