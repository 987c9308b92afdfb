"""The derived routes: one for each address, made from the bindings at start, and found by the collection asked."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

import grpc.aio
from google.protobuf.message import Message
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from services.edge.api import Binding
from services.edge.backends import Backends
from services.edge.large import json_answer, message_of
from services.edge.media import require_accepted, text_wanted
from services.edge.replies import ENDED, NO_STORE, json_reply, problem_of_call, text_answer
from services.edge.requests import LAST_EVENT_ID, timeout_s
from services.edge.streams import MEDIA_TYPE, STREAM_HEADERS, Events, Streams
from services.edge.templates import Template
from services.kernel.agent_consents import CONSENT_HEADER
from services.kernel.aside import Aside
from services.kernel.http.guard import ADDED_HEADERS
from services.kernel.http.problem import problem
from services.kernel.identity import Caller, TokenVerifier, bearer
from services.kernel.quotas import Quotas
from services.kernel.shares import Turns
from services.kernel.telemetry import current_traceparent

WAIT_S_MAX = 15.0


@dataclass(frozen=True, slots=True)
class Door:
    """What all routes share: who is let in, how much at once, and where the calls go."""

    verifier: TokenVerifier
    turns: Turns
    streams: Streams
    aside: Aside
    backends: Backends
    quotas: Quotas | None = None  # None: nobody has one

    def count(self, scope: Scope, caller: Caller) -> None:
        """Counts a request of a caller's, whose answer tells what is left; QuotaExceeded if it is one too many."""
        if self.quotas:
            state = self.quotas.count(caller)
            scope[ADDED_HEADERS] += state.told
            state.require()


class DerivedRoute(BaseRoute):
    """All calls under one address, by HTTP method. Each has a template of its own: what GET calls `name`, PATCH
    calls `site.name`."""

    def __init__(self, bindings: Sequence[Binding], door: Door) -> None:
        self.template = bindings[0].template
        self.path = self.template.text
        self._calls = {binding.http_method: binding for binding in bindings}
        self._door = door

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether the address is this one; partly, if only the method is another."""
        binding = self._calls.get(scope["method"])
        fields = (binding.template if binding else self.template).match(scope["doselane.path"])
        if fields is None:
            return Match.NONE, {}
        return Match.FULL if binding else Match.PARTIAL, {"path_params": fields, "route": self}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request. Its token is checked before its body is read, or a place taken for it."""
        request = Request(scope, receive)
        binding = self._calls.get(scope["method"])
        if binding is None:
            response = self._not_this_method(scope)
        else:
            if binding.deprecated:
                scope[ADDED_HEADERS][:] = binding.deprecated.told()
            token = bearer(request.headers.get("authorization"))
            known = await self._door.verifier.verify(token)
            caller = known.partner
            self._door.count(scope, known)
            response = await (self._stream if binding.streams else self._call)(binding, request, caller, token)
        await response(scope, receive, send)

    async def _call(self, binding: Binding, request: Request, caller: str, token: str) -> Response:
        text = text_wanted(binding, _accepted(request))
        async with self._door.turns.turn(caller):
            message = await self._message(binding, request, caller)
            try:
                call, consent = self._door.backends.call(binding), request.headers.get(CONSENT_HEADER, "")
                answered = await call(message, timeout=timeout_s(request.headers), metadata=metadata(token, consent))
            except grpc.aio.AioRpcError as error:
                return problem_of_call(error, binding.method.input_type, request.url.path)
            if text:
                return text_answer(answered, text)
            return json_reply(answered, await json_answer(self._door.aside, caller, binding, answered), binding)

    async def _stream(self, binding: Binding, request: Request, caller: str, token: str) -> Response:
        require_accepted(_accepted(request), MEDIA_TYPE)
        async with self._door.turns.turn(caller):  # Not longer: from then on it waits more than it works.
            message = await self._message(binding, request, caller)
        if not binding.goes_on and request.headers.get(LAST_EVENT_ID) == ENDED:
            return Response(status_code=204, headers=STREAM_HEADERS)  # By which a browser knows to come no more.
        self._door.streams.enter(caller)
        call = self._door.backends.call(binding)(message, metadata=metadata(token))
        events = Events(call, self._door.streams, caller, binding, request.url.path)
        refused = await events.first()
        if refused is not None or request.scope.get("doselane.head"):
            events.close()
            return refused or StreamingResponse(_nothing(), 200, STREAM_HEADERS, MEDIA_TYPE)
        return StreamingResponse(events.all(), 200, STREAM_HEADERS, MEDIA_TYPE)

    async def _message(self, binding: Binding, request: Request, caller: str) -> Message:
        message = await message_of(self._door.aside, caller, binding, request)
        if binding.deprecated:
            added, better = request.scope[ADDED_HEADERS], binding.deprecated.told(message)
            added[:] = [*(pair for pair in added if pair not in binding.deprecated.told()), *better]
        return message

    def _not_this_method(self, scope: Scope) -> Response:
        allowed = {*self._calls, "OPTIONS"} | ({"HEAD"} if "GET" in self._calls else set())
        headers = {"allow": ", ".join(sorted(allowed))}
        if scope["method"] == "OPTIONS":
            return Response(status_code=204, headers=headers)
        detail = "This address does not take this method; see the header `allow`."
        headers |= NO_STORE
        return problem(
            405, "METHOD_NOT_ALLOWED", detail, {"allow": headers["allow"]}, instance=scope["path"], headers=headers
        )


class DerivedRoutes(BaseRoute):
    """All addresses, by their collection: the framework would try one after the other for each request."""

    def __init__(self, routes: Sequence[DerivedRoute]) -> None:
        self._by_collection: dict[str, list[DerivedRoute]] = {}
        for route in routes:
            self._by_collection.setdefault(route.template.collection, []).append(route)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether one of the addresses fits; partly, if only the method is another."""
        if scope["type"] != "http":
            return Match.NONE, {}
        raw = scope.get("raw_path") or quote(scope["path"]).encode()
        scope["doselane.path"] = path = raw.decode("latin-1")
        partial: tuple[Match, Scope] = Match.NONE, {}
        for route in self._by_collection.get(Template.collection_of(path), ()):
            found = route.matches(scope)
            if found[0] is Match.FULL:
                return found
            if found[0] is Match.PARTIAL:
                partial = found
        return partial

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        await scope["route"].handle(scope, receive, send)


def derived_routes(bindings: Sequence[Binding], door: Door) -> DerivedRoutes:
    """One route for each address."""
    by_address: dict[str, list[Binding]] = {}
    for binding in bindings:
        by_address.setdefault(binding.template.pattern.pattern, []).append(binding)
    return DerivedRoutes([DerivedRoute(together, door) for together in by_address.values()])


def _accepted(request: Request) -> str:
    return ",".join(request.headers.getlist("accept"))


def metadata(token: str, consent: str = "") -> tuple[tuple[str, str], ...]:
    """What travels beside a call: its trace, who asks, and a person's consent to what an agent asks.

    What gRPC cannot carry is no consent that we gave, and so none.
    """
    told = (("traceparent", current_traceparent()), ("authorization", f"Bearer {token}"))
    return (*told, (CONSENT_HEADER, consent)) if consent and consent.isascii() and consent.isprintable() else told


async def _nothing() -> AsyncIterator[bytes]:
    """The body of an answer to HEAD whose length nobody knows."""
    return
    yield b""
