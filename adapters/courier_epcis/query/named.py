"""Named queries: made, read, listed, asked, and dropped together with their subscriptions."""

from typing import Any
from urllib.parse import quote

from adapters.courier_epcis.asking import (
    json_reply,
    may_answer,
    next_link,
    no_more_than_paging,
    page_size,
)
from adapters.courier_epcis.port import EpcisReader
from adapters.courier_epcis.query.language import Query, of_json
from adapters.courier_epcis.query.pages import found_events
from adapters.courier_epcis.query.schedule import BOUNDS
from adapters.json_body import read_json
from adapters.manifest import Archive, PageRequest, Refused, Reply
from adapters.record import KeptDocument

QUERY, SUBSCRIPTION = "query", "subscription"
QUERIES_MAX = 1000
NAME_CHARACTERS_MAX = 200
BODY_BYTES_MAX = 64 << 10
SUBSCRIPTIONS_AT_ONCE = 1000
# What asks for a subscription over a WebSocket.
_STREAMING = frozenset({*BOUNDS, "stream", "reportIfEmpty", "initialRecordTime"})


async def create(request: PageRequest, archive: Archive, reader: EpcisReader) -> Reply:
    """Names a query."""
    may_answer(request)
    given = read_json(request.body)
    if not isinstance(given, dict) or not isinstance(given.get("name"), str):
        raise Refused("QUERY_NOT_VALID", "The body must be an object with a name and a query.")
    if unknown := [name for name in given if name not in ("name", "query", "@context")]:
        raise Refused("QUERY_NOT_VALID", f"The body cannot have {unknown[0][:80]!r}.", f"/{unknown[0][:80]}")
    name: str = given["name"]
    if not 0 < len(name) <= NAME_CHARACTERS_MAX or not name.isprintable() or name in (".", ".."):
        detail = f"The name must be 1 to {NAME_CHARACTERS_MAX} printable characters."
        raise Refused("QUERY_NOT_VALID", detail, "/name")
    of_json(given.get("query"))
    refused = await archive.keep(QUERY, KeptDocument(name, {"query": given["query"]}, archive.now()), QUERIES_MAX)
    if refused == "exists":
        raise Refused("QUERY_EXISTS", "There is a query of this name; drop it first.", status=409)
    if refused:
        raise Refused("QUERIES_TOO_MANY", f"There are {QUERIES_MAX} queries; drop one first.", status=403)
    return json_reply(_told(name, given["query"]), (("Location", f"{request.path}/{quote(name, safe='')}"),), 201)


async def queries(request: PageRequest, archive: Archive, reader: EpcisReader) -> Reply:
    """The named queries, in the order of their names."""
    may_answer(request)
    no_more_than_paging(request)
    size = page_size(request)
    found = await archive.documents(QUERY, "", request.asked("nextPageToken", ""), size + 1)
    link = next_link(request, size, found[size - 1].name) if len(found) > size else ()
    return json_reply([_told(each.name, each.body["query"]) for each in found[:size]], link)


async def query(request: PageRequest, archive: Archive, reader: EpcisReader) -> Reply:
    """One named query."""
    may_answer(request)
    found = await named(request, archive)
    return json_reply(_told(found.name, found.body["query"]))


async def drop(request: PageRequest, archive: Archive, reader: EpcisReader) -> Reply:
    """Forgets a query, and all who subscribed to it."""
    may_answer(request)
    found = await named(request, archive)
    # The query goes first, so that nobody subscribes to it while its subscriptions go.
    if not await archive.drop(QUERY, found.name):
        raise _unknown()
    while some := await archive.documents(SUBSCRIPTION, subscriptions_of(found.name), "", SUBSCRIPTIONS_AT_ONCE):
        for each in some:
            await archive.drop(SUBSCRIPTION, each.name)
    return Reply(204, (), b"")


async def events(request: PageRequest, archive: Archive, reader: EpcisReader) -> Reply:
    """A page of the events that a named query means."""
    may_answer(request)
    if "upgrade" in request.headers or any(name in _STREAMING for name, _ in request.query):
        detail = "Subscriptions over a WebSocket are not supported; subscribe with POST …/subscriptions."
        raise Refused("NOT_IMPLEMENTED", detail, status=501)
    no_more_than_paging(request)
    found = await named(request, archive)
    return await found_events(request, archive, reader, query_of(found.body), found.name)


async def named(request: PageRequest, archive: Archive) -> KeptDocument:
    """The query that the address names; Refused if there is none."""
    found = await archive.document(QUERY, request.parameters["queryName"])
    if found is None:
        raise _unknown()
    return found


def query_of(body: Any) -> Query:
    """The query in a document, which was checked before it was kept."""
    return of_json(body["query"])


def subscriptions_of(name: str) -> str:
    """What the names of a query's subscriptions begin with."""
    return f"{quote(name, safe='')}/"


def _told(name: str, given: Any) -> dict[str, Any]:
    return {"name": name, "query": given}


def _unknown() -> Refused:
    return Refused("QUERY_NOT_FOUND", "There is no query of this name.", status=404)
