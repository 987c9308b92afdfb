"""Salesforce over HTTP: log-in, REST, SOAP and the manners of both, with faults that can be planted."""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from adapters.sandbox.salesforce.api import ApiReply, OrgApi, no
from adapters.sandbox.salesforce.login import ClientApp, SalesforceLogin
from adapters.sandbox.salesforce.org import Org
from adapters.sandbox.salesforce.soap import OrgSoap
from services.kernel.signals import Signal

Endpoint = Callable[[Request], Awaitable[Response]]
METHODS = ["GET", "POST", "PATCH", "PUT", "DELETE"]


class SalesforceTwin:
    """Salesforce as a program meets it. `faults` are answers that it gives next to the API, whatever it is asked."""

    def __init__(self, org: Org, app: ClientApp, *, calls_per_day: int = 100_000, page_size: int = 2000) -> None:
        self.org, self.api = org, OrgApi(org, page_size)
        self.log_in = SalesforceLogin(org, app)
        self.soap = OrgSoap(org, self.log_in)
        self.calls_per_day, self.calls_made = calls_per_day, 0
        self.faults: deque[Callable[[], Response]] = deque()
        self.lose_answers = 0  # so many calls are done, and their answer does not arrive
        self.open: asyncio.Event = asyncio.Event()  # cleared: answers wait until it is set
        self.open.set()
        self.away = False  # set: each call is answered 503, and nothing is done
        self.turned_away = Signal()  # called at each of them
        self.byte_order_mark = False  # as some proxies put before JSON
        self.calls: list[str] = []
        self.sizes: list[int] = []  # of collections
        self.app = Starlette(
            routes=[
                Route("/services/oauth2/token", self._unless_away(self.log_in.token), methods=["POST"]),
                Route("/services/Soap/u/{version}", self._unless_away(self.soap.answer), methods=["POST"]),
                Route("/services/data/{path:path}", self._unless_away(self._called), methods=METHODS),
            ]
        )

    def _unless_away(self, answer: Endpoint) -> Endpoint:
        async def answered(request: Request) -> Response:
            if not self.away:
                return await answer(request)
            self.turned_away.call()
            return page(503)

        return answered

    async def _called(self, request: Request) -> Response:
        raw = request.scope["raw_path"].decode()
        self.calls.append(f"{request.method} {raw.partition('/services/data/')[2]}")
        await self.open.wait()
        if self.faults:
            return self.faults.popleft()()
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() not in ("bearer", "oauth") or not self.log_in.is_in_force(token):
            return self._answered(no(401, "INVALID_SESSION_ID", "Session expired or invalid"))
        if self.calls_made >= self.calls_per_day:
            return self._answered(no(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."))
        self.calls_made += 1
        body = await request.body()
        people, self.org.acting = self.org.acting, self.log_in.user_of(token)
        try:
            reply = self._done(request, raw, body)
        finally:
            self.org.acting = people
        if self.lose_answers:
            self.lose_answers -= 1
            return Response("<html>Bad Gateway</html>", 502, media_type="text/html")
        return self._answered(reply)

    def _done(self, request: Request, raw: str, content: bytes) -> ApiReply:
        body: Any = None
        if content:
            try:
                body = json.loads(content)
            except ValueError as wrong:
                return no(400, "JSON_PARSER_ERROR", f"Unexpected character: {wrong}")
        url = f"{raw}?{request.url.query}" if request.url.query else raw
        if (refusal := self.api.version_refusal(raw)) is not None:
            return refusal
        path = raw.split("/")[4:]  # behind /services/data/v66.0
        if request.method == "GET" and path == ["limits"]:
            left = self.calls_per_day - self.calls_made
            return ApiReply(200, {"DailyApiRequests": {"Max": self.calls_per_day, "Remaining": left}})
        if path[:2] == ["composite", "sobjects"] and isinstance(body, dict) and isinstance(body.get("records"), list):
            self.sizes.append(len(body["records"]))
        return self.api.answer(request.method, url, body)

    def _answered(self, reply: ApiReply) -> Response:
        headers = {"Sforce-Limit-Info": f"api-usage={self.calls_made}/{self.calls_per_day}"}
        if reply.location:
            headers["Location"] = reply.location
        if reply.body is None:
            return Response(status_code=reply.status, headers=headers)
        if not self.byte_order_mark:
            return JSONResponse(reply.body, reply.status, headers)
        content = b"\xef\xbb\xbf" + json.dumps(reply.body).encode()
        return Response(content, reply.status, headers, "application/json;charset=UTF-8")


def page(status: int = 200) -> Response:
    """A page of maintenance instead of an answer."""
    return Response("<html><body>We are down for maintenance.</body></html>", status, media_type="text/html")
