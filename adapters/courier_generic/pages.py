"""Where a courier reads the schemas of what it may push, and of what it is asked."""

from importlib.resources import files
from typing import Any

from adapters.courier_generic.schema import SCHEMA
from adapters.manifest import Archive, Page, PageRequest, Reply

ORDERS_SCHEMA = (files(__package__) / "orders.schema.json").read_text("utf-8")


def _page(path: str, schema: str) -> Page:
    """A page with a schema, for everybody: it holds nothing of anybody's."""
    reply = Reply(200, (("Cache-Control", "max-age=86400"),), schema.encode(), "application/schema+json")

    async def render(request: PageRequest, archive: Archive, reader: Any) -> Reply:
        return reply

    return Page("GET", path, render, public=lambda request, reader: reply)


SCHEMA_PAGES = (_page("/courier/{account}/schema", SCHEMA), _page("/courier/{account}/orders/schema", ORDERS_SCHEMA))
