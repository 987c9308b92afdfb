"""The façade's addresses, in the form that Salesforce's Intelligent Appointment Management and FHIR clients ask."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp

from services.edge.api import Binding
from services.edge.fhir import capability, finding, parameters, reading, writing
from services.edge.fhir.booking import Bookings
from services.edge.fhir.calls import Calls, Methods, methods_of
from services.edge.fhir.ids import OfferKey, ScheduleKey
from services.edge.fhir.outcomes import MEDIA_TYPE, Outcomes, answer, outcome, outcome_of
from services.edge.media import JSON, MediaType, require_accepted
from services.edge.requests import IF_MATCH, timeout_s
from services.edge.routes import Door, metadata
from services.kernel.errors import GatewayError, NotFound
from services.kernel.http import HttpProblem
from services.kernel.http.coding import Codings
from services.kernel.http.guard import BodyLimit
from services.kernel.identity import bearer
from services.kernel.ids import parsed

PREFIX: Final = "/fhir/r4"
BODY_BYTES_MAX: Final = 64 << 10
FORM: Final = "application/x-www-form-urlencoded"
_PRECONDITIONS: Final = (IF_MATCH, "if-none-match", "if-unmodified-since", "if-none-exist")
_STRICT = re.compile(r"(?:^|[,;\s])handling\s*=\s*\"?strict\b", re.IGNORECASE)
_ETAG = re.compile(r'(?:W/)?"([^"]+)"')

Act = Callable[[Calls], Awaitable[Response]]


def app(door: Door, bindings: Sequence[Binding], version: str, public_url: str, source_system: str) -> ASGIApp:
    """The application that is mounted at PREFIX."""
    facade = _Facade(door, methods_of(bindings), public_url.rstrip("/") + PREFIX, source_system)
    made = FastAPI(
        title="Doselane FHIR façade", openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False
    )
    made.add_middleware(BodyLimit, bytes_max=BODY_BYTES_MAX)
    made.add_middleware(Codings)
    made.add_middleware(Outcomes)
    made.add_exception_handler(HTTPException, _told)
    made.add_exception_handler(GatewayError, _told)
    told = capability.statement(version, facade.base, datetime.now(UTC).isoformat(timespec="seconds"))

    async def capabilities(request: Request) -> Response:
        return answer(told)

    for method, path, serve in (
        ("GET", "/metadata", capabilities),
        ("POST", "/Slot/_search", facade.search_slots),
        ("GET", "/Slot", facade.search_slots),
        ("GET", "/Slot/{name}", facade.read_slot),
        ("GET", "/Slot/{source}/{name}", facade.read_slot),
        ("POST", "/Schedule/_search", facade.search_schedules),
        ("GET", "/Schedule", facade.search_schedules),
        ("GET", "/Schedule/{name}", facade.read_schedule),
        ("POST", "/Appointment", facade.book),
        ("POST", "/Appointment/{name}", facade.book_or_cancel),
        ("POST", "/Appointment/{source}/{name}", facade.cancel),
        ("GET", "/Appointment/{name}", facade.read_appointment),
        ("GET", "/Appointment/{source}/{name}", facade.read_appointment),
    ):
        made.add_api_route(path, serve, methods=[method])
    return made


@dataclass(frozen=True, slots=True)
class _Facade:
    """What each address does: who asks, what is asked, and what is answered."""

    door: Door
    methods: Methods
    base: str
    source_system: str

    async def search_slots(self, request: Request) -> Response:
        """Free slots, the earliest first, with their schedules where they are asked for."""
        pairs = await _pairs(request, "Slot")
        search = parameters.slot_search(pairs, self.source_system)

        async def act(calls: Calls) -> Response:
            slots, refused = await finding.slots_of(calls, search)
            page = slots[search.within.offset :][: search.within.count]
            beside = [outcome(each.status_code, each.reason, str(each.detail), "warning") for each in refused]
            if search.others:
                words = "Only free slots can be found; of the others nothing is told."
                beside.append(outcome(501, "STATUS_NOT_SEARCHED", words, "warning"))
            if search.with_schedules:
                schedules = {each.key.schedule: each.schedule for each in page}
                beside = [*map(writing.schedule, schedules.values()), *beside]
            shown = [writing.slot(each, self.source_system) for each in page]
            told = parameters.used(pairs, "Slot")
            return answer(writing.searchset(f"{self.base}/Slot", told, shown, beside, len(slots)))

        return await self._served(request, act)

    async def read_slot(self, request: Request) -> Response:
        """A slot as it stands now: an offer's, or that of an appointment."""
        name = self._name(request)

        async def act(calls: Calls) -> Response:
            if parsed(name):
                return answer(await self._bookings(calls).claimed_slot(name))
            key = OfferKey.read(name)
            if key is None:
                raise NotFound("There is no such slot.")
            return answer(writing.slot(await finding.slot_of(calls, key), self.source_system))

        return await self._served(request, act)

    async def search_schedules(self, request: Request) -> Response:
        """Schedules: products at centres."""
        pairs = await _pairs(request, "Schedule")
        search = parameters.schedule_search(pairs, self.source_system)

        async def act(calls: Calls) -> Response:
            found = await finding.schedules_of(calls, search)
            page = [writing.schedule(each) for each in found[search.offset :][: search.count]]
            told = parameters.used(pairs, "Schedule")
            return answer(writing.searchset(f"{self.base}/Schedule", told, page, [], len(found)))

        return await self._served(request, act)

    async def read_schedule(self, request: Request) -> Response:
        """One schedule."""
        key = ScheduleKey.read(self._name(request))

        async def act(calls: Calls) -> Response:
            if key is None:
                raise NotFound("There is no such schedule.")
            return answer(writing.schedule(await finding.schedule_of(calls, key)))

        return await self._served(request, act)

    async def book(self, request: Request) -> Response:
        """Claims what a Slot stands for. The answer is final: booked, or proposed and nothing done."""

        async def act(calls: Calls) -> Response:
            _refuse_preconditions(request, _PRECONDITIONS)
            wish = reading.booking(await _json(request), self.source_system)
            return _versioned(*await self._bookings(calls).book(wish))

        return await self._served(request, act)

    async def book_or_cancel(self, request: Request) -> Response:
        """One address for two things: under the source system's name it books, under an appointment's it cancels."""
        booking = request.path_params["name"] == self.source_system
        return await (self.book(request) if booking else self.cancel(request))

    async def cancel(self, request: Request) -> Response:
        """Releases the slot of an appointment."""
        name = self._name(request)

        async def act(calls: Calls) -> Response:
            _refuse_preconditions(request, _PRECONDITIONS[1:])
            wish = reading.cancellation(await _json(request), name)
            return _versioned(*await self._bookings(calls).cancel(name, wish, _etag(request)))

        return await self._served(request, act)

    async def read_appointment(self, request: Request) -> Response:
        """An appointment as it stands now."""
        name = self._name(request)

        async def act(calls: Calls) -> Response:
            return _versioned(*await self._bookings(calls).read(name))

        return await self._served(request, act)

    def _bookings(self, calls: Calls) -> Bookings:
        return Bookings(calls, self.source_system)

    def _name(self, request: Request) -> str:
        """The id in the address; nothing is here of another source system."""
        source = request.path_params.get("source", self.source_system)
        return str(request.path_params["name"]) if source == self.source_system else ""

    async def _served(self, request: Request, act: Act) -> Response:
        """The answer to one request, in its caller's turn and with its token, in the form of JSON that it takes."""
        kind = _accepted(request)
        token = bearer(request.headers.get("authorization"))
        caller = await self.door.verifier.verify(token)
        self.door.count(request.scope, caller)
        async with self.door.turns.turn(caller.partner):
            calls = Calls(self.door.backends, self.methods, caller, metadata(token), timeout_s(request.headers))
            answered = await act(calls)
        answered.headers["content-type"] = kind
        return answered


async def _told(request: Request, error: Exception) -> Response:
    assert isinstance(error, GatewayError | HTTPException)
    return outcome_of(error)


async def _pairs(request: Request, of: str) -> list[tuple[str, str]]:
    body = await request.body()
    if body and MediaType.read(request.headers.get("content-type", "")).name != FORM:
        raise _unsupported(FORM)
    pairs = parameters.pairs_of(request.scope["query_string"], body)
    if _STRICT.search(",".join(request.headers.getlist("prefer"))):
        parameters.require_known(pairs, of)
    return pairs


async def _json(request: Request) -> bytes:
    if MediaType.read(request.headers.get("content-type", "")).name not in (MEDIA_TYPE, JSON):
        raise _unsupported(f"{MEDIA_TYPE} or {JSON}")
    return await request.body()


def _unsupported(accepted: str) -> HttpProblem:
    detail = f"The header `content-type` must say what the body is: {accepted}."
    return HttpProblem(415, "UNSUPPORTED_MEDIA_TYPE", detail, {"field": "content-type", "accepted": accepted})


def _accepted(request: Request) -> str:
    """FHIR's own media type, or JSON where only that is taken."""
    # A + that nobody encoded is a blank, and a media type has none; parameters such as fhirVersion=4.0 may follow.
    asked = MediaType.read(request.query_params.get("_format", "json")).name.replace(" ", "+")
    if asked not in ("json", JSON, MEDIA_TYPE):
        raise HttpProblem(406, "NOT_ACCEPTABLE", f"This address answers with {MEDIA_TYPE}.", {"field": "_format"})
    accept = ",".join(request.headers.getlist("accept"))
    try:
        require_accepted(accept, MEDIA_TYPE)
    except HttpProblem:
        require_accepted(accept, JSON)
        return JSON
    return MEDIA_TYPE


def _refuse_preconditions(request: Request, names: Sequence[str]) -> None:
    for name in names:
        if name in request.headers:
            detail = f"The header {name} asks for what this address cannot promise."
            raise HttpProblem(412, "PRECONDITION_NOT_SUPPORTED", detail, {"field": name})


def _etag(request: Request) -> str:
    said = request.headers.get(IF_MATCH)
    if said is None:
        return ""
    found = _ETAG.fullmatch(said.strip())
    if not found:
        raise HttpProblem(412, "PRECONDITION_NOT_SUPPORTED", 'If-Match must be an etag, W/"…".', {"field": IF_MATCH})
    return found[1]


def _versioned(resource: dict[str, Any], etag: str) -> Response:
    return answer(resource, headers={"etag": f'W/"{etag}"'} if etag else None)
