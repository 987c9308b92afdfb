"""DHL's own side of the unified tracking: keys, divisions, a quota of the day, and answers as real ones come.

The problem documents are those of `unified-tracking-notes.md`. It keeps its state in memory, as a sandbox may.
"""

import json
from collections import Counter, deque
from collections.abc import Callable, Mapping
from email.utils import format_datetime
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.kernel.clock import Clock

CALLS_A_DAY = 250  # of a first key
_PROBLEM = "application/problem+json"


class DhlTwin:
    """DHL, as far as one who asks meets it. `faults` are answers that it gives next, whatever it is asked."""

    def __init__(self, clock: Clock, key: str, calls_a_day: int = CALLS_A_DAY) -> None:
        self._clock, self._key, self._calls_a_day = clock, key, calls_a_day
        self._shipments: dict[tuple[str, str], dict[str, Any]] = {}
        self._names: dict[tuple[str, str], str] = {}  # piece numbers, to the shipment's own
        self._served: Counter[str] = Counter()
        self.faults: deque[Callable[[], Response]] = deque()
        self.calls: list[str] = []
        self.app = Starlette(routes=[Route("/track/shipments", self._track, methods=["GET"])])

    def clear(self) -> None:
        """Nothing was scanned, and nobody has called today."""
        self._shipments.clear()
        self._names.clear()
        self._served.clear()

    def use_up(self) -> None:
        """The calls of today are used up."""
        self._served[self._today()] = self._calls_a_day

    def scanned(self, service: str, number: str, event: Mapping[str, Any], *pieces: str, **beside: Any) -> None:
        """A shipment of a division was scanned; it may have piece numbers, by which it is found too."""
        shipment = self._shipments.setdefault(
            (service, number), {"id": number, "service": service, "events": [], "details": {"pieceIds": []}}
        )
        shipment |= beside
        shipment["status"] = event
        shipment["events"].insert(0, event)
        for piece in pieces:
            self._names[service, piece] = number
            shipment["details"]["pieceIds"] = [*shipment["details"]["pieceIds"], piece]

    async def _track(self, request: Request) -> Response:
        number = request.query_params.get("trackingNumber", "")
        self.calls.append(number)
        if self.faults:
            return self.faults.popleft()()
        if request.headers.get("DHL-API-Key") != self._key:
            return self._problem(401, "Unauthorized", "Unauthorized for given resource.")
        self._served[self._today()] += 1
        if self._served[self._today()] > self._calls_a_day:
            words = "Too many requests within defined time period, please try again later."
            return self._problem(429, "Too Many Requests", words)
        if not number:
            return self._problem(400, "Bad Request", "The tracking number is missing.")
        return self._found(number, request.query_params.get("service"))

    def _today(self) -> str:
        return self._clock.now().date().isoformat()

    def _found(self, number: str, service: str | None) -> Response:
        """Without the division all that have this number come, for numbers are unique within one only."""
        found = [
            shipment
            for (theirs, own), shipment in self._shipments.items()
            if service in (None, theirs) and number in (own, *self._pieces(theirs, own))
        ]
        if not found:
            return self._problem(404, "No result found", "No shipment with given tracking number found.")
        path = f"/shipments?trackingNumber={number}"
        return self._answer(200, {"url": path, "firstUrl": path, "shipments": found}, "application/json")

    def _pieces(self, service: str, number: str) -> list[str]:
        return [piece for (theirs, piece), own in self._names.items() if (theirs, own) == (service, number)]

    def _problem(self, status: int, title: str, detail: str) -> Response:
        return self._answer(status, {"title": title, "status": status, "detail": detail}, _PROBLEM)

    def _answer(self, status: int, body: Mapping[str, Any], media_type: str) -> Response:
        dated = {"date": format_datetime(self._clock.now(), usegmt=True)}
        return Response(json.dumps(body), status, dated, media_type)


def problem(status: int, title: str, **headers: str) -> Callable[[], Response]:
    """A problem document; with a success for a status it is an error inside one."""
    body = json.dumps({"title": title, "status": status, "detail": "as DHL words it"})
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda: Response(body, status, named, _PROBLEM)


def error_inside_success(status: int) -> Callable[[], Response]:
    """An answer that is 200 outside and an error inside."""
    body = json.dumps({"title": "Error", "status": status, "detail": "as DHL words it"})
    return lambda: Response(body, 200, media_type="application/json")


def html_page(status: int = 200) -> Callable[[], Response]:
    """What a proxy before DHL answers."""
    return lambda: Response("<html><body>Service is being maintained</body></html>", status, media_type="text/html")


def spoilt(body: bytes) -> Callable[[], Response]:
    """A success with this body, whatever it is."""
    return lambda: Response(body, 200, media_type="application/json")
