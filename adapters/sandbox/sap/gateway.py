"""SAP Gateway as a program meets it: log-on, sessions and their tokens, repetitions, errors, and what goes wrong."""

import asyncio
import base64
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.sandbox.sap.batch import TwinBatch
from adapters.sandbox.sap.calls import TwinCall, TwinResult
from adapters.sandbox.sap.function_modules import PATH as FUNCTION_PATH
from adapters.sandbox.sap.function_modules import FunctionModules
from adapters.sandbox.sap.idocs import PATH as IDOC_PATH
from adapters.sandbox.sap.idocs import SOAP_PATH, IdocInbox
from adapters.sandbox.sap.refusals import INVALID, OUTDATED, GatewayRefusal, refused
from adapters.sandbox.sap.service import TwinODataService
from adapters.sandbox.sap.system import SapSystem
from services.kernel.signals import Signal

ROOT = "/sap/opu/odata/sap"
CLIENT = "100"
XSRF, SESSION = f"sap-XSRF_TST_{CLIENT}", f"SAP_SESSIONID_TST_{CLIENT}"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
HTML = "<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"


@dataclass
class GatewaySession:
    """The one session of a user: its token counts with its cookies, in its client."""

    token: str
    cookie: str
    client: str


@dataclass
class KeptAnswer:
    """What was answered under a RequestID."""

    creation: str
    request: tuple[str, str, bytes]
    answer: Response | None  # None: executed, and the answer is no longer kept


class SapTwin:
    """The gateway of a system. `faults` are answers that it gives next, whatever it is asked, and does nothing."""

    def __init__(self, system: SapSystem, user: str, password: str) -> None:
        self.system, self.user, self.password = system, user, password
        self.faults: deque[Callable[[], Response]] = deque()
        self.spoilt: deque[Callable[[], Response]] = deque()  # what it answers to a change, which it has done
        self.held: asyncio.Event | None = None  # a change is done, and answered only when this is set
        self.away = False  # set: each call is answered 503, and nothing is done
        self.turned_away = Signal()  # called at each of them
        self.calls: list[str] = []
        self.executed: list[str] = []
        self.page_size = 50
        self.knows_repetitions = True
        self.refuses_repetitions = False
        self.has_generic_errors = False
        self.messages = ""  # what it adds to a success, in the header SAP-Messages
        self.fetched = 0
        self.idocs = IdocInbox()
        self.functions = FunctionModules(system)
        self._session: GatewaySession | None = None
        self._kept: dict[str, KeptAnswer] = {}
        methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "MERGE"]
        self.app = Starlette(routes=[Route("/{path:path}", self._serve, methods=methods)])

    def begin_session(self, token: str, cookie: str) -> None:
        """The user's session is this one from now on."""
        self._session = GatewaySession(token, cookie, CLIENT)

    def expire_session(self) -> None:
        """The session is over: its token does not count any more."""
        self._session = None

    def forget_answers(self) -> None:
        """What was executed is still known, and its answers are gone."""
        for each in self._kept.values():
            each.answer = None

    async def _serve(self, request: Request) -> Response:
        self.calls.append(f"{request.method} {request.url.path.removeprefix(ROOT)}")
        body = await request.body()
        if self.away:
            self.turned_away.call()
            return away()
        if self.faults:
            return self.faults.popleft()()
        pair = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {pair}":
            return _html(401, "Logon failed", {"www-authenticate": 'Basic realm="SAP NetWeaver Application Server"'})
        if request.scope["path"] in (IDOC_PATH, SOAP_PATH):
            if not self.idocs.is_active:
                return _html(403, "Service is not active")
            if request.method != "POST":
                return _html(405, "Method not allowed")
            if request.scope["path"] == SOAP_PATH:
                return await self._spoilt(self.idocs.take_soap(body))
            return await self._spoilt(self.idocs.take(request.headers.get("content-type", ""), body))
        if request.scope["path"] == FUNCTION_PATH:
            return await self._spoilt(self.functions.answer(request, body))
        name = _name_of(request)
        service = self.system.services.get(name.partition(";")[0])
        if not request.scope["path"].startswith(f"{ROOT}/") or service is None:
            return _html(404, "Service cannot be reached")
        if request.headers.get("x-csrf-token", "").lower() == "fetch" and request.method in _SAFE:
            return self._fetch(request)
        if request.method in _SAFE:
            return self._read(request, name)
        if (refusal := self._without_token(request)) is not None:
            return refusal
        return await self._repeatable(request, name, body)

    # Sessions.

    def _fetch(self, request: Request) -> Response:
        if request.method != "GET":
            return _html(405, "Method not allowed")
        if request.url.query:
            # Something on the way answers it, with a token that was over long ago.
            return Response("{}", 200, {"x-csrf-token": "stale=="}, "application/json")
        self.fetched += 1
        client = request.headers.get("sap-client", CLIENT)
        self._session = GatewaySession(secrets.token_urlsafe(12) + "==", secrets.token_hex(16), client)
        answer = Response('{"d":{"EntitySets":[]}}', 200, {"x-csrf-token": self._session.token}, "application/json")
        answer.set_cookie(XSRF, self._session.token, path=ROOT, httponly=True)
        answer.set_cookie(SESSION, self._session.cookie, path="/", httponly=True)
        answer.set_cookie("sap-usercontext", f"sap-client={client}", path="/")
        return answer

    def _without_token(self, request: Request) -> Response | None:
        session, cookies = self._session, request.cookies
        client = request.query_params.get("sap-client") or request.headers.get("sap-client", CLIENT)
        if session is not None and (
            (request.headers.get("x-csrf-token"), cookies.get(XSRF), cookies.get(SESSION), client)
            == (session.token, session.token, session.cookie, session.client)
        ):
            return None
        return Response("CSRF token validation failed", 403, {"x-csrf-token": "Required"}, "text/plain")

    # What is asked.

    def _read(self, request: Request, name: str) -> Response:
        try:
            return self._written(self._service(request, name).answer(_call(request, name, b"")))
        except GatewayRefusal as refusal:
            return self._written(self._spelled(name, refusal))

    async def _repeatable(self, request: Request, name: str, body: bytes) -> Response:
        """Executes a change once for each RequestID, and answers a repetition as the first time."""
        identity, creation = request.headers.get("requestid", ""), request.headers.get("repeatabilitycreation", "")
        if not identity or not self.knows_repetitions:
            return await self._spoilt(self._change(request, name, body))
        if self.refuses_repetitions:
            refusal = GatewayRefusal(400, INVALID, "Repeatable requests are not supported for this service")
            answer = self._written(self._spelled(name, refusal))
            answer.headers["repeatabilityresult"] = "unsupported"
            return answer
        if len(identity) != 32 or any(each not in "0123456789abcdefABCDEF" for each in identity) or not creation:
            return self._written(self._spelled(name, refused(INVALID, "RequestID or RepeatabilityCreation is invalid")))
        asked = (request.method, str(request.url), body)
        if (kept := self._kept.get(identity.upper())) is None:
            kept = KeptAnswer(creation, asked, self._change(request, name, body))
            kept.answer.headers["repeatabilityresult"] = "accepted"  # type: ignore[union-attr]
            self._kept[identity.upper()] = kept
        elif (kept.creation, kept.request) != (creation, asked):
            return self._written(self._spelled(name, refused(INVALID, "RequestID was used for another request")))
        if kept.answer is None:
            return self._written(self._spelled(name, refused(OUTDATED, "RequestID is outdated")))
        return await self._spoilt(kept.answer)

    def _change(self, request: Request, name: str, body: bytes) -> Response:
        call = _call(request, name, body)
        service = self._service(request, name)
        try:
            if call.path == "$batch":
                batch = TwinBatch(self.system, service, lambda refusal: self._spelled(name, refusal))
                result = batch.answer(call.headers.get("content-type", ""), body)
            else:
                with self.system.unit():
                    result = service.answer(call)
        except GatewayRefusal as refusal:
            return self._written(self._spelled(name, refusal))
        self.executed.append(f"{call.method} {call.path}")
        answer = self._written(result)
        if self.messages:
            answer.headers["sap-messages"] = self.messages
        return answer

    async def _spoilt(self, answer: Response) -> Response:
        if self.held is not None:
            await self.held.wait()
        return self.spoilt.popleft()() if self.spoilt and answer.status_code < 300 else answer

    def _service(self, request: Request, name: str) -> TwinODataService:
        root = f"{request.url.scheme}://{request.url.netloc}{ROOT}/{name}"
        return TwinODataService(self.system, self.system.services[name.partition(";")[0]], root, self.page_size)

    def _spelled(self, name: str, refusal: GatewayRefusal) -> TwinResult:
        body = refusal.body(name.partition(";")[0], is_generic=self.has_generic_errors)
        return TwinResult(refusal.status, body, {"content-type": "application/json;charset=utf-8", **refusal.headers})

    def _written(self, result: TwinResult) -> Response:
        return Response(result.content, result.status, {"dataserviceversion": "2.0", **result.headers})


def away(status: int = 503) -> Response:
    """What stands before the gateway answers while it is away."""
    return _html(status, "Service Unavailable")


def _name_of(request: Request) -> str:
    return str(request.scope["path"]).removeprefix(f"{ROOT}/").partition("/")[0]


def _call(request: Request, name: str, body: bytes) -> TwinCall:
    raw = request.scope["raw_path"].decode("latin-1").partition("?")[0]
    path = raw.removeprefix(f"{ROOT}/").partition("/")[2]
    headers = {key.lower(): value for key, value in request.headers.items()}
    return TwinCall(request.method, path, request.url.query, headers, body)


def _html(status: int, words: str, headers: dict[str, Any] | None = None) -> Response:
    return Response(HTML.format(words), status, headers, "text/html")
