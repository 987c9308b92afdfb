"""A courier's own platform that speaks our JSON: it takes, cancels and redirects bookings, and tells where they are.

Strict, as a good one is: a key of the account, an idempotency key with each order, and orders by our published schema.
It keeps its state in memory.
"""

import json
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

KEY_HEADER = "x-api-key"
PATHS = {
    "book": "/v1/bookings",
    "cancel": "/v1/bookings/{reference}/cancel",
    "redirect": "/v1/bookings/{reference}/redirect",
    "track": "/v1/shipments/{reference}/milestones",
}


@dataclass
class PlatformBooking:
    """A shipment that the courier took on."""

    reference: str
    order: dict[str, Any]
    is_cancelled: bool = False
    is_collected: bool = False
    milestones: list[dict[str, Any]] = field(default_factory=list)


class CourierPlatform:
    """The platform of a courier. `faults` are answers that it gives next, whatever it is asked."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._answered: dict[str, tuple[Any, int, dict[str, Any]]] = {}  # the order and its answer, by idempotency key
        self.bookings: dict[str, PlatformBooking] = {}  # by reference
        self.faults: deque[Callable[[], Response]] = deque()
        self.lose_answers = 0  # so many orders are done, and their answers cut on the way
        self.decides_later = False
        self.calls: list[str] = []
        self.app = Starlette(
            routes=[
                Route("/v1/bookings", self._once(self._book), methods=["POST"]),
                Route("/v1/bookings/{reference}/cancel", self._once(self._cancel), methods=["POST"]),
                Route("/v1/bookings/{reference}/redirect", self._once(self._redirect), methods=["POST"]),
                Route("/v1/shipments/{reference}/milestones", self._track, methods=["GET"]),
            ]
        )

    def clear(self) -> None:
        """Nobody has ordered anything."""
        self.bookings.clear()
        self._answered.clear()
        self.decides_later = False

    def took(self, order: dict[str, Any], key: str = "") -> PlatformBooking:
        """A shipment was booked before; with a key, a repetition of it is known."""
        booking = self._booked(order)
        if key:
            self._answered[key] = (order, 201, {"references": [booking.reference]})
        return booking

    def _once(
        self, do: Callable[[Request, dict[str, Any]], tuple[int, dict[str, Any]]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def served(request: Request) -> Response:
            self.calls.append(f"{request.method} {request.url.path}")
            if self.faults:
                return self.faults.popleft()()
            key, body = request.headers.get("idempotency-key", ""), await request.body()
            if refused := self._refused(request, key):
                return refused
            try:
                order = json.loads(body)
            except ValueError:
                return _problem(400, "The body is not JSON.")
            if key not in self._answered:
                self._answered[key] = (order, *do(request, order))
            told, status, answer = self._answered[key]
            if told != order:
                return _problem(422, "This key was used with another order.")
            if self.lose_answers:
                self.lose_answers -= 1
                return _problem(502, "Bad gateway")
            return JSONResponse(answer, status)

        return served

    def _refused(self, request: Request, key: str) -> Response | None:
        if request.headers.get(KEY_HEADER) != self._key:
            return _problem(401, "Unknown key.")
        if request.headers.get("content-type") != "application/json":
            return _problem(415, "Orders are JSON.")
        return None if key else _problem(400, "Each order needs an Idempotency-Key.")

    def _book(self, request: Request, order: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if order.get("order") != "book" or not order.get("delivery"):
            return 400, {"detail": "A booking says where it goes."}
        booking = self._booked(order)
        if self.decides_later:
            return 202, {"detail": "We look into it."}
        return 201, {"references": [booking.reference]}

    def _booked(self, order: dict[str, Any]) -> PlatformBooking:
        reference = f"VEGA-{len(self.bookings) + 1:04}"
        self.bookings[reference] = PlatformBooking(reference, order)
        return self.bookings[reference]

    def _cancel(self, request: Request, order: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        booking = self.bookings.get(request.path_params["reference"])
        if booking is None:
            return 404, {"detail": "There is no such booking."}
        if booking.is_collected:
            return 409, {"detail": "It is on its way."}
        booking.is_cancelled = True
        return 200, {}

    def _redirect(self, request: Request, order: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        booking = self.bookings.get(request.path_params["reference"])
        if booking is None or booking.is_cancelled:
            return 404, {"detail": "There is no such booking."}
        booking.order = {**booking.order, "delivery": order.get("delivery")}
        return 200, {"references": [booking.reference]}

    async def _track(self, request: Request) -> Response:
        self.calls.append(f"{request.method} {request.url.path}")
        if self.faults:
            return self.faults.popleft()()
        if request.headers.get(KEY_HEADER) != self._key:
            return _problem(401, "Unknown key.")
        booking = self.bookings.get(request.path_params["reference"])
        if booking is None or not booking.milestones:
            return _problem(404, "Nothing is known of it.")
        return JSONResponse({"milestones": booking.milestones})


def _problem(status: int, detail: str) -> Response:
    return JSONResponse({"status": status, "detail": detail}, status, media_type="application/problem+json")
