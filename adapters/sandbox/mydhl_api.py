"""MyDHL API's own side of the tracking, with the rules of its OpenAPI (3.1.1).

Times are local to the service area; the offset comes with the call for one shipment, if it is asked for. It keeps its
state in memory, as a sandbox may.
"""

import base64
import json
import re
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

VIEWS = frozenset(
    """all-checkpoints all-checkpoints-with-remarks last-checkpoint shipment-details-only advance-shipment
    bbx-children""".split()
)
NUMBERS_MAX = 200
Serve = Callable[[Request], Awaitable[Response]]


class MyDhlTwin:
    """MyDHL API, as far as one who asks meets it. `faults` are answers that it gives next, whatever it is asked."""

    def __init__(self, user: str, password: str) -> None:
        self._pair = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        self._shipments: dict[str, dict[str, Any]] = {}
        self._offsets: dict[int, str] = {}  # by the identity of an event
        self.faults: deque[Callable[[], Response]] = deque()
        self.calls: list[str] = []
        self.app = Starlette(
            routes=[
                Route("/mydhlapi/tracking", self._checked(self._many), methods=["GET"]),
                Route("/mydhlapi/shipments/{number}/tracking", self._checked(self._one), methods=["GET"]),
            ]
        )

    def clear(self) -> None:
        """Nothing was scanned."""
        self._shipments.clear()
        self._offsets.clear()

    def scanned(
        self, waybill: str, at: datetime, code: str, area: str, zone: str, *pieces: str, **beside: Any
    ) -> dict[str, Any]:
        """A shipment was scanned in a service area, whose clocks keep a zone; `area` is such as SYD SYDNEY-AU."""
        local = at.astimezone(ZoneInfo(zone))
        name, _, description = area.partition(" ")
        event = {
            "date": f"{local:%Y-%m-%d}",
            "time": f"{local:%H:%M:%S}",
            "typeCode": code,
            "description": f"As DHL words {code}",
            "serviceArea": [{"code": name, "description": description}],
            **beside,
        }
        self._offsets[id(event)] = f"{local:%z}"[:3] + ":" + f"{local:%z}"[3:]
        shipment = self._shipments.setdefault(
            waybill,
            {
                "shipmentTrackingNumber": waybill,
                "status": "Success",
                "productCode": "D",
                "shipperDetails": {"name": "", "postalAddress": {"cityName": "", "countryCode": "AU"}},
                "receiverDetails": {"name": "", "postalAddress": {"cityName": "", "countryCode": "NZ"}},
                "events": [],
                "pieces": [],
            },
        )
        shipment["events"].append(event)
        for piece in pieces:
            shipment["pieces"].append({"number": 1, "trackingNumber": piece, "events": []})
        for each in shipment["pieces"]:
            each["events"].append(event)
        return event

    def _checked(self, serve: Serve) -> Serve:
        async def served(request: Request) -> Response:
            self.calls.append(request.url.path.removeprefix("/mydhlapi"))
            if self.faults:
                return self.faults.popleft()()
            if request.headers.get("authorization") != self._pair:
                return Response("<html>Unauthorized</html>", 401, {"www-authenticate": "Basic"}, "text/html")
            if not request.headers.get("x-version"):
                return _error(400, "Missing parameters", "Missing mandatory parameters: x-version")
            if not 1 <= len(request.headers.get("message-reference", "1")) <= 36:
                return _error(400, "Wrong format", "Message-Reference must have 1 to 36 characters")
            view = request.query_params.get("trackingView", "all-checkpoints")
            if view not in VIEWS:
                return _error(400, "Wrong format", f"Parameters not having correct format: trackingView ({view})")
            return await serve(request)

        return served

    async def _many(self, request: Request) -> Response:
        waybills = request.query_params.getlist("shipmentTrackingNumber")
        pieces = request.query_params.getlist("pieceTrackingNumber")
        if bool(waybills) == bool(pieces) or len(waybills + pieces) > NUMBERS_MAX:
            return _error(400, "Missing parameters", "One kind of number is wanted, and at most 200 of them.")
        if any(not re.fullmatch("[0-9]{10}", each) for each in waybills):
            return _error(400, "Wrong format", "Parameters not having correct format: shipmentTrackingNumber")
        found = [
            each
            for number, each in self._shipments.items()
            if number in waybills or {piece["trackingNumber"] for piece in each["pieces"]} & set(pieces)
        ]
        return self._answer(found, with_offsets=False) if found else _not_found()

    async def _one(self, request: Request) -> Response:
        shipment = self._shipments.get(request.path_params["number"])
        asked = request.query_params.get("requestGMTOffsetPerEvent") == "true"
        return self._answer([shipment], with_offsets=asked) if shipment else _not_found()

    def _answer(self, found: list[dict[str, Any]], *, with_offsets: bool) -> Response:
        def told(events: list[dict[str, Any]]) -> list[Mapping[str, Any]]:
            return [{**each, **({"GMTOffset": self._offsets[id(each)]} if with_offsets else {})} for each in events]

        whole = [
            {
                **each,
                "events": told(each["events"]),
                "pieces": [{**piece, "events": told(piece["events"])} for piece in each["pieces"]],
            }
            for each in found
        ]
        return Response(json.dumps({"shipments": whole}), media_type="application/json")


def _not_found() -> Response:
    return _error(404, "Not data found", "No data found")


def _error(status: int, title: str, detail: str) -> Response:
    body = {"instance": "/expressapi", "detail": detail, "title": title, "message": title, "status": str(status)}
    return Response(json.dumps(body), status, media_type="application/problem+json")


def error_inside_success(status: str) -> Callable[[], Response]:
    """An answer that is 200 outside and an error inside."""
    body = json.dumps({"status": status, "title": "Error", "message": "Error", "detail": "as DHL words it"})
    return lambda: Response(body, 200, media_type="application/json")


def failing(status: int, **headers: str) -> Callable[[], Response]:
    """An error document with this status."""

    def answer() -> Response:
        failed = _error(status, "Error", "as DHL words it")
        failed.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
        return failed

    return answer


def spoilt(body: bytes, status: int = 200, media_type: str = "application/json") -> Callable[[], Response]:
    """An answer with this body, whatever it is."""
    return lambda: Response(body, status, media_type=media_type)
