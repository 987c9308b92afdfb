"""FedEx's own side: tokens and Track, with the rules and the oddities of its API. It keeps its state in memory.

Codes and words of errors are those of track.openapi.json; a number that FedEx does not know is an error inside a 200.
"""

import json
import re
import secrets
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from adapters.sandbox.fedex import answer, track_result
from services.kernel.clock import Clock

TOKEN_S = 3599
NUMBERS_MAX = 30
NOT_FOUND = {
    "code": "TRACKING.TRACKINGNUMBER.NOTFOUND",
    "message": "Tracking number cannot be found. Please correct the tracking number and try again.",
}
_NUMBER = re.compile(r"[0-9]{12,34}|DT[0-9]{12}")


class FedexTwin:
    """FedEx, as far as who tracks meets it. `faults` are answers that it gives next to Track, whatever it is asked."""

    def __init__(self, clock: Clock, client: str, secret: str) -> None:
        self._clock, self._client, self._secret = clock, client, secret
        self._tokens: dict[str, datetime] = {}
        self.results: dict[str, list[dict[str, Any]]] = {}  # by number; a number that is used again has several
        self.invalid: set[str] = set()  # numbers for which it declines the whole call
        self.faults: deque[Callable[[], Response]] = deque()
        self.calls: list[str] = []
        self.asked: list[list[str]] = []  # the numbers of each call
        self.app = Starlette(
            routes=[
                Route("/oauth/token", self._token, methods=["POST"]),
                Route("/track/v1/trackingnumbers", self._track, methods=["POST"]),
            ]
        )

    def scanned(self, number: str, *events: Mapping[str, Any], **more: Any) -> None:
        """A package was scanned; FedEx tells the newest first."""
        self.results.setdefault(number, [track_result(number, [])])
        result = self.results[number][-1]
        result["scanEvents"] = [*events, *result["scanEvents"]]
        result |= more

    def clear(self) -> None:
        """Nothing was scanned, and nobody has a token."""
        self.results.clear()
        self.invalid.clear()
        self._tokens.clear()

    def issued(self, token: str) -> None:
        """Somebody was given this token just now."""
        self._tokens[token] = self._clock.now() + timedelta(seconds=TOKEN_S)

    def expire_tokens(self) -> None:
        """All tokens are over."""
        self._tokens = dict.fromkeys(self._tokens, self._clock.now())

    async def _token(self, request: Request) -> Response:
        self.calls.append("token")
        form = parse_qs((await request.body()).decode("latin-1"))
        if form.get("grant_type") != ["client_credentials"]:
            return errors(400, "BAD.REQUEST.ERROR", "Missing or duplicate parameters.")
        # What stands in a header FedEx does not read.
        if (form.get("client_id"), form.get("client_secret")) != ([self._client], [self._secret]):
            return errors(401, "NOT.AUTHORIZED.ERROR", "The given client credentials were not valid.")
        token = secrets.token_hex()
        self.issued(token)
        return JSONResponse({"access_token": token, "token_type": "bearer", "expires_in": TOKEN_S, "scope": "CXS-TP"})

    async def _track(self, request: Request) -> Response:
        self.calls.append("track")
        if self.faults:
            return self.faults.popleft()()
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or self._tokens.get(token, self._clock.now()) <= self._clock.now():
            return errors(
                401, "NOT.AUTHORIZED.ERROR", "Access token expired. Please modify your request and try again."
            )
        numbers = _numbers(await request.body())
        if isinstance(numbers, Response):
            return numbers
        self.asked.append(numbers)
        if self.invalid.intersection(numbers):
            return errors(400, "TRACKING.TRACKINGNUMBER.INVALID", "Invalid tracking number.")
        return JSONResponse(answer({number: self.results.get(number) or [_unknown(number)] for number in numbers}))


def _numbers(body: bytes) -> list[str] | Response:
    """The numbers of a request, or the first rule that it breaks."""
    try:
        asked = json.loads(body)
        info = asked["trackingInfo"]
        numbers = [each["trackingNumberInfo"]["trackingNumber"] for each in info]
        detailed = asked["includeDetailedScans"]
    except (ValueError, LookupError, TypeError):
        return errors(400, "INVALID.INPUT.EXCEPTION", "Invalid field value in the input")
    if not numbers or not all(numbers):
        return errors(400, "TRACKING.TRACKINGNUMBER.EMPTY", "Please provide tracking number.")
    if len(numbers) > NUMBERS_MAX:
        return errors(400, "TRACKING.TRACKINGNUMBER.SIZEEXCEEDED", "Please limit your inquiry to 30 numbers.")
    if not all(isinstance(number, str) and _NUMBER.fullmatch(number) for number in numbers):
        return errors(400, "TRACKING.TRACKINGNUMBER.INVALID", "Invalid tracking number.")
    if detailed is not True:
        return errors(400, "INVALID.INPUT.EXCEPTION", "This twin tells scans alone.")
    return numbers


def _unknown(number: str) -> dict[str, Any]:
    info = {"trackingNumber": number, "trackingNumberUniqueId": "", "carrierCode": ""}
    return {"trackingNumberInfo": info, "error": NOT_FOUND}


def errors(status: int, code: str, message: str, **headers: str) -> Response:
    """An error as FedEx tells it."""
    told = {"transactionId": secrets.token_hex(8), "errors": [{"code": code, "message": message}]}
    return JSONResponse(told, status, {name.replace("_", "-"): value for name, value in headers.items()})
