"""The pages of the query interface that read: events, by themselves and below what they are about."""

from collections.abc import Mapping
from dataclasses import dataclass

from adapters.courier_epcis.asking import (
    PAGE_MAX,
    PAGING,
    json_reply,
    may_answer,
    next_link,
    no_more_than_paging,
    page_size,
)
from adapters.courier_epcis.model import words
from adapters.courier_epcis.model.event import EVENT_TYPES
from adapters.courier_epcis.port import EpcisReader
from adapters.courier_epcis.query.language import Condition, Query, of_address
from adapters.courier_epcis.query.results import CONTEXT, SIMPLE, query_document
from adapters.courier_epcis.query.search import RecordSearch, token_of
from adapters.manifest import Archive, PageRequest, Refused, Render, Reply
from services.kernel.references import canonical

_TOP_LEVEL = "events eventTypes epcs bizSteps bizLocations readPoints dispositions capture queries".split()


@dataclass(frozen=True, slots=True)
class TopLevel:
    """A collection of what events are about: `/bizSteps/{bizStep}/events` are those that a parameter means."""

    name: str
    parameter: str  # of the path
    asks: str  # the parameter of the query language
    members: tuple[str, ...] | None  # None: whatever the record names


TOP_LEVELS = (
    TopLevel("eventTypes", "eventType", "eventType", tuple(sorted(EVENT_TYPES))),
    TopLevel("epcs", "epc", "MATCH_anyEPC", None),
    TopLevel("bizSteps", "bizStep", "EQ_bizStep", tuple(sorted(words.BIZ_STEPS))),
    TopLevel("bizLocations", "bizLocation", "EQ_bizLocation", None),
    TopLevel("readPoints", "readPoint", "EQ_readPoint", None),
    TopLevel("dispositions", "disposition", "EQ_disposition", tuple(sorted(words.DISPOSITIONS))),
)


async def events(request: PageRequest, archive: Archive, reader: EpcisReader) -> Reply:
    """The events that the address asks for."""
    may_answer(request)
    query = of_address([(name, value) for name, value in request.query if name not in PAGING])
    return await found_events(request, archive, reader, query, SIMPLE)


async def event(request: PageRequest, archive: Archive, reader: EpcisReader) -> Reply:
    """One event by its id, with the declarations that it was wrong."""
    may_answer(request)
    no_more_than_paging(request)
    wanted = canonical(request.parameters["eventID"])
    query = Query((Condition("eventID", "EQ", (wanted,)),))
    page = await RecordSearch(archive, reader).page(query, PAGE_MAX, None)
    if not page.events:
        raise Refused("EVENT_NOT_FOUND", "There is no event with this id.", status=404)
    return Reply(200, (), query_document(page.events, archive.now(), SIMPLE))


def events_of(top: TopLevel) -> Render:
    """The page of the events below one member of a collection."""

    async def render(request: PageRequest, archive: Archive, reader: EpcisReader) -> Reply:
        may_answer(request)
        asked = of_address([(name, value) for name, value in request.query if name not in PAGING])
        return await found_events(request, archive, reader, _below(top, request, asked), SIMPLE)

    return render


def below(top: TopLevel) -> Render:
    """The page of what there is below one member of a collection."""

    async def render(request: PageRequest, archive: Archive, reader: EpcisReader) -> Reply:
        may_answer(request)
        _below(top, request, Query())
        return _collection(["events"])

    return render


def members_of(top: TopLevel) -> Render:
    """The page of the members of a collection."""

    async def render(request: PageRequest, archive: Archive, reader: EpcisReader) -> Reply:
        may_answer(request)
        after, size = request.asked("nextPageToken", ""), page_size(request)
        if top.members is None:
            rest = await RecordSearch(archive, reader).members(top.name, size + 1, after)
        else:
            rest = [(each, each) for each in top.members if each > after]
        link = next_link(request, size, rest[size - 1][0]) if len(rest) > size else ()
        return _collection([name for _, name in rest[:size]], link)

    return render


async def top_level(request: PageRequest, archive: Archive, reader: EpcisReader) -> Reply:
    """What there is at the root."""
    may_answer(request)
    return _collection(_TOP_LEVEL)


async def token_released(request: PageRequest, archive: Archive, reader: EpcisReader) -> Reply:
    """A token holds nothing here, so there is nothing to be released."""
    token_of(request.parameters["token"])
    return Reply(204, (), b"")


async def found_events(request: PageRequest, archive: Archive, reader: EpcisReader, query: Query, name: str) -> Reply:
    """A page of the events that a query means, in a query document."""
    size, token = page_size(request), request.asked("nextPageToken", "")
    page = await RecordSearch(archive, reader).page(query, size, token_of(token) if token else None)
    link = next_link(request, size, page.following.written()) if page.following else ()
    return Reply(200, link, query_document(page.events, archive.now(), name))


def _below(top: TopLevel, request: PageRequest, query: Query) -> Query:
    try:
        return query.and_also(top.asks, request.parameters[top.parameter])
    except Refused as refused:
        raise Refused("RESOURCE_NOT_FOUND", refused.detail, status=404) from None


def _collection(members: list[str], headers: tuple[tuple[str, str], ...] = ()) -> Reply:
    told: Mapping[str, object] = {"@context": CONTEXT, "type": "Collection", "member": members}
    return json_reply(told, headers)
