"""UPS's own side: tokens, Track, and subscriptions to Track Alert, with the rules of its specifications.

The error codes are those of UPSTrackAlert.yaml and Tracking.yaml. It keeps its state in memory, as a sandbox may.
"""

import base64
import json
import re
import secrets
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from adapters.sandbox.ups_intercept import KINDS, Intercepts
from services.kernel.clock import Clock

INTERCEPT = "/api/deliveryintercept/v2"
LIFE = timedelta(days=14)
TOKEN_S = 14_399
TOKENS_MAX = 20  # a minute; UPS publishes no figure, but who asks for a token for each call is refused
NUMBERS_MAX = 100
_NUMBER = re.compile(r"1Z[0-9A-Z]{16}|1R[0-9A-Z]{14}|1R[0-9A-Z]{26}")

Serve = Callable[[Request], Awaitable[Response]]


class UpsTwin:
    """UPS, as far as a subscriber meets it. `faults` are answers that it gives next, whatever it is asked."""

    def __init__(self, clock: Clock, client: str, secret: str) -> None:
        self._clock, self._client, self._secret = clock, client, secret
        self._tokens: dict[str, datetime] = {}
        self._token_calls: deque[datetime] = deque()
        self._activities: dict[str, list[Mapping[str, Any]]] = {}
        self.subscriptions: dict[str, datetime] = {}  # when each number's ends
        self.faults: deque[Callable[[], Response]] = deque()
        self.calls: list[str] = []
        self.lose_answers = 0  # so many subscriptions are done and then answered with an error
        self.intercepts = Intercepts(lambda number: self._activities.get(number, ()))
        intercepting = self._authorized(self.intercepts.intercept)
        self.app = Starlette(
            routes=[
                Route("/security/v1/oauth/token", self._token, methods=["POST"]),
                Route("/api/track/v1/details/{number}", self._checked(self._details), methods=["GET"]),
                Route("/api/track/v2/subscription/{type}/package", self._checked(self._subscribe), methods=["POST"]),
                Route(f"{INTERCEPT}/eligibility/intercept/{{number}}", self._authorized(self.intercepts.eligibility)),
                *(Route(f"{INTERCEPT}/{path}/{{number}}", intercepting, methods=["POST"]) for path in KINDS),
            ]
        )

    def scanned(self, number: str, activity: Mapping[str, Any]) -> bool:
        """A package was scanned. Whether a subscription is alive, so that the scan is to be pushed."""
        self._activities.setdefault(number, []).insert(0, activity)
        return self.subscriptions.get(number, self._clock.now()) > self._clock.now()

    def clear(self) -> None:
        """Nothing was scanned or asked for, and nobody has a token."""
        self._activities.clear()
        self._tokens.clear()
        self.subscriptions.clear()
        self.intercepts.standing.clear()

    def issued(self, token: str) -> None:
        """Somebody was given this token just now."""
        self._tokens[token] = self._clock.now() + timedelta(seconds=TOKEN_S)

    def expire_tokens(self) -> None:
        """All tokens are over."""
        self._tokens = dict.fromkeys(self._tokens, self._clock.now())

    async def _token(self, request: Request) -> Response:
        self.calls.append("token")
        now = self._clock.now()
        while self._token_calls and now - self._token_calls[0] > timedelta(minutes=1):
            self._token_calls.popleft()
        self._token_calls.append(now)
        if len(self._token_calls) > TOKENS_MAX:
            return _errors(429, ("10429", "Too Many Requests"))
        pair = base64.b64encode(f"{self._client}:{self._secret}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {pair}":
            return _errors(401, ("10401", "ClientId is Invalid"))
        if parse_qs((await request.body()).decode("latin-1")).get("grant_type") != ["client_credentials"]:
            return _errors(400, ("10400", "Invalid/Missing grant_type"))
        token = secrets.token_hex()
        self.issued(token)
        issued = str(int(now.timestamp() * 1000))
        return JSONResponse(
            {
                "token_type": "Bearer",
                "issued_at": issued,
                "client_id": self._client,
                "access_token": token,
                "expires_in": str(TOKEN_S),
                "status": "approved",
            }
        )

    def _checked(self, serve: Serve) -> Serve:
        """Track and Track Alert want to know which transaction a call is, and whose."""

        async def served(request: Request) -> Response:
            if not request.headers.get("transId"):
                return _errors(400, ("VSS002", "Missing transId"))
            if not request.headers.get("transactionSrc"):
                return _errors(400, ("VSS004", "Missing transactionSrc"))
            return await serve(request)

        return self._authorized(served)

    def _authorized(self, serve: Serve) -> Serve:
        async def served(request: Request) -> Response:
            self.calls.append(f"{request.method} {request.url.path}")
            if self.faults:
                return self.faults.popleft()()
            scheme, _, token = request.headers.get("authorization", "").partition(" ")
            if scheme != "Bearer" or token not in self._tokens:
                return _errors(401, ("UJ0001", "Invalid token or token is not present"))
            if self._tokens[token] <= self._clock.now():
                return _errors(401, ("251004", "Bearer Token expired (oauth)"))
            return await serve(request)

        return served

    async def _details(self, request: Request) -> Response:
        number = request.path_params["number"]
        if not _NUMBER.fullmatch(number):
            return _errors(400, ("TV1002", "Invalid inquiry number"))
        if number not in self._activities:
            # UPS has three ways to say so; this one looks like a success.
            unknown = {"warnings": [{"code": "TW0001", "message": "Tracking Information Not Found"}]}
            return JSONResponse({"trackResponse": {"shipment": [unknown]}})
        package = {"trackingNumber": number, "activity": self._activities[number]}
        return JSONResponse({"trackResponse": {"shipment": [{"inquiryNumber": number, "package": [package]}]}})

    async def _subscribe(self, request: Request) -> Response:
        if request.path_params["type"] not in ("standard", "enhanced"):
            return _errors(400, ("VSS930", "Type is missing or invalid"))
        if request.headers.get("content-type", "").partition(";")[0] != "application/json":
            return _errors(400, ("10007", "Requested Content Type is not supported"))
        try:
            asked = json.loads(await request.body())
        except ValueError:
            asked = None
        if fault := _fault_of(asked):
            return _errors(400, fault)
        numbers = asked["trackingNumberList"]
        valid = [number for number in numbers if isinstance(number, str) and _NUMBER.fullmatch(number)]
        invalid = [number for number in numbers if number not in valid]
        if not valid:
            words = "The Subscription request should have at least one valid tracking number."
            return _errors(400, ("VSS210", words), invalidTrackingNumbers=invalid)
        self.subscriptions |= dict.fromkeys(valid, self._clock.now() + LIFE)
        if self.lose_answers:
            self.lose_answers -= 1
            return _errors(500, ("VSS100", "We're sorry, the system is temporarily unavailable."))
        return JSONResponse({"validTrackingNumbers": valid, **({"invalidTrackingNumbers": invalid} if invalid else {})})


def _fault_of(asked: Any) -> tuple[str, str] | None:
    """The first rule that a subscription breaks."""
    if not isinstance(asked, dict) or not asked:
        return "VSS110", "Subscription request is empty or not present."
    if "locale" not in asked:
        return "VSS300", "Locale is required."
    if asked["locale"] != "en_US":
        return "VSS310", "Please enter a valid locale."
    if not re.fullmatch("[A-Z]{2}", str(asked.get("countryCode", "US"))):
        return "VSS400", "Please enter a valid country code."
    numbers = asked.get("trackingNumberList")
    if not isinstance(numbers, list) or not numbers:
        return "VSS200", "Tracking Number List is required."
    if len(numbers) > NUMBERS_MAX:
        return "VSS220", "You have submitted over 100 tracking numbers which is not allowed."
    return None


def _errors(status: int, *errors: tuple[str, str], **beside: Any) -> Response:
    listed = [{"code": code, "message": message} for code, message in errors]
    return JSONResponse({**beside, "response": {"errors": listed}}, status)
