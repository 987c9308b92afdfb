"""Searches the record of an account, page by page, with bounds on how much is read for one answer."""

import base64
import binascii
import heapq
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from adapters.courier_epcis.port import EpcisReader
from adapters.courier_epcis.query.language import Query
from adapters.courier_epcis.query.results import FoundEvent, Place, members, places, results
from adapters.manifest import Archive, Refused
from adapters.record import RecordedMessage, RecordSpan

PAGE_BYTES_MAX = 4 << 20
MATCHES_MAX = 10_000
PART_MESSAGES_MAX = 200
PART_BYTES_MAX = 2 << 20
# For one answer. What only pages through goes on with the next page; what needs all of it is refused. More than the
# largest message, which a page may begin in the middle of: so each page comes further than the one before.
READ_BYTES_MAX = 96 << 20
READ_PARTS_MAX = 200

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class PageToken:
    """Where the next page begins: behind a place of the record, or behind so many of what is in order."""

    until: int  # the record as it was when the first page was asked for
    behind: Place = (0, 0)
    skipped: int = 0

    def written(self) -> str:
        """As it stands in an address."""
        told = json.dumps([self.until, *self.behind, self.skipped]).encode()
        return base64.urlsafe_b64encode(told).decode().rstrip("=")


def token_of(text: str) -> PageToken:
    """The token; Refused if it is none of ours. All it can name is a place in the record of who brings it."""
    try:
        told = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
        if len(text) > 200 or not all(type(each) is int and 0 <= each < 1 << 62 for each in told):
            raise ValueError(text)
        until, position, index, skipped = told
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise Refused("PAGE_TOKEN_NOT_VALID", "nextPageToken is none that was given here.") from None
    return PageToken(until, (position, index), skipped)


@dataclass(frozen=True, slots=True)
class FoundPage:
    """The events of one page, and the token of the next."""

    events: Sequence[FoundEvent]
    following: PageToken | None = None


class RecordSearch:
    """The record of one account."""

    def __init__(self, archive: Archive, reader: EpcisReader) -> None:
        self._archive, self._reader = archive, reader

    async def page(self, query: Query, size: int, token: PageToken | None) -> FoundPage:
        """The events of a page."""
        token = token or PageToken(await self._archive.record_end())
        if query.needs_all:
            return await self._ordered(query, size, token)
        return await self._in_turn(query, size, token)

    async def members(self, collection: str, size: int, after: str) -> list[tuple[str, str]]:
        """Of all that the record names of a collection the first ones behind a key, with their keys, in their order.

        The whole record is read for each page: what was told before, and what not yet, only it can say.
        """
        token = PageToken(await self._archive.record_end())
        named: dict[str, str] = {}
        async for _, more, last in self._parts(Query(), token, partial(members, collection)):
            if last:
                detail = f"The record is too long to list its {collection}. Ask for events, as GET /events does."
                raise Refused("QUERY_TOO_COMPLEX", detail, status=413)
            for key, name in more:
                if key > after:
                    named.setdefault(key, name)
            named = dict(heapq.nsmallest(size, named.items()))
        return sorted(named.items())

    async def _in_turn(self, query: Query, size: int, token: PageToken) -> FoundPage:
        """What comes first in the record comes first. A page may end before it is full, with a token to go on with."""
        found: list[FoundEvent] = []
        held, seen = 0, token.behind
        async for part, more, last in self._parts(query, token, results):
            for each in more:
                if len(found) == size or (found and held + len(each.text) > PAGE_BYTES_MAX):
                    return FoundPage(found, replace(token, behind=found[-1].place))
                found.append(each)
                held += len(each.text)
            seen = (part[-1].position, part[-1].indexes[-1])
            if last:
                return FoundPage(found, replace(token, behind=seen))
        return FoundPage(found)

    async def _ordered(self, query: Query, size: int, token: PageToken) -> FoundPage:
        """All places are known and put in order before the first event is told."""
        known: list[tuple[Any, Place]] = []
        async for _, more, last in self._parts(query, replace(token, behind=(0, 0)), places):
            known += more
            self._check(query, len(known), unread=last)
        if query.order_by:
            known.sort(reverse=not query.ascending)
        chosen = [place for _, place in known[: query.count_limit]]
        page = chosen[token.skipped : token.skipped + size]
        events = await self._at(query, page)
        told, held = 0, 0
        for each in events:
            held += len(each.text)
            if told and held > PAGE_BYTES_MAX:
                break
            told += 1
        reached = token.skipped + told
        following = replace(token, skipped=reached) if reached < len(chosen) else None
        return FoundPage(events[:told], following)

    def _check(self, query: Query, number: int, *, unread: bool) -> None:
        if query.count_max is not None and number > query.count_max:
            raise Refused("QUERY_TOO_LARGE", f"More than {query.count_max} events meet the query.", status=413)
        if number > MATCHES_MAX:
            detail = f"More than {MATCHES_MAX} events meet the query, too many to put in order. Ask for a shorter time."
            raise Refused("QUERY_TOO_LARGE", detail, status=413)
        if unread:
            detail = "Too much of the record would be read to answer this. Narrow it by GE_recordTime or LT_recordTime."
            raise Refused("QUERY_TOO_COMPLEX", detail, status=413)

    async def _parts(
        self, query: Query, token: PageToken, make: Callable[..., list[Made]]
    ) -> AsyncIterator[tuple[Sequence[RecordedMessage], list[Made], bool]]:
        """Part by part what was made of it, and whether it is the last that is read although there is more."""
        span = await self._span(query, token)
        behind, read = token.behind, 0
        for number in range(1, READ_PARTS_MAX + 1):
            part = await self._archive.recorded(span, PART_MESSAGES_MAX, PART_BYTES_MAX)
            if not part:
                return
            size = sum(len(each.body) for each in part)
            made = await self._archive.beside(size, make, self._reader, query, part, behind)
            read, span = read + size, replace(span, after=part[-1].position)
            ends = number == READ_PARTS_MAX or read >= READ_BYTES_MAX
            last = ends and bool(await self._archive.recorded(span, 1, 1))
            yield part, made, last
            if last:
                return

    async def _span(self, query: Query, token: PageToken) -> RecordSpan:
        messages = None
        if query.event_ids is not None:
            found = [await self._archive.places_of_event(each) for each in query.event_ids]
            messages = tuple(message for places_of_one in found for message, _ in places_of_one)
        # The first message may hold more behind the place.
        after = max(0, token.behind[0] - 1)
        return RecordSpan(after, token.until, query.bound("GE"), query.bound("LT"), messages)

    async def _at(self, query: Query, page: Sequence[Place]) -> list[FoundEvent]:
        """The events at these places, in their order."""
        found: dict[Place, FoundEvent] = {}
        span = RecordSpan(positions=tuple(sorted({position for position, _ in page})))
        while page and (part := await self._archive.recorded(span, PART_MESSAGES_MAX, PART_BYTES_MAX)):
            size = sum(len(each.body) for each in part)
            made = await self._archive.beside(size, results, self._reader, query, part, (0, -1))
            found |= {each.place: each for each in made}
            span = replace(span, after=part[-1].position)
        return [found[place] for place in page]
