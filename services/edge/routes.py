"""The derived routes: one for each address, made from the bindings at start, and found by the collection asked."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from urllib.parse import quote

import grpc.aio
from google.protobuf.message import Message
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from services.edge.api import Binding
from services.edge.backends import Backends
from services.edge.replies import (
    ENDED,
    NO_STORE,
    answer,
    problem_of_call,
    server_sent,
    server_sent_end,
    server_sent_error,
)
from services.edge.requests import LAST_EVENT_ID, request_of, timeout_s
from services.edge.spelling import respelled
from services.edge.templates import Template
from services.kernel.errors import Busy, Invalid
from services.kernel.http.problem import problem
from services.kernel.telemetry import current_traceparent
from services.kernel.tokens import TokenMalformed

STREAM_HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}
RETRY_MS = 2000
# An error that comes at once is answered with its status. A stream that has nothing to say yet begins after this,
# so that its reader sees that it is connected.
FIRST_ANSWER_S = 0.5


class TooManyStreams(Busy):
    """The door already holds as many streams as it may."""

    reason = "TOO_MANY_STREAMS"


class Streams:
    """Counts the open streams and tells them when the door closes."""

    def __init__(self, at_once_max: int) -> None:
        self.at_once_max, self.open = at_once_max, 0
        self.stopping = asyncio.Event()

    def enter(self) -> None:
        """Counts one in, or refuses it."""
        if self.open >= self.at_once_max:
            raise TooManyStreams("Too many streams are open.", at_once_max=self.at_once_max, retry_after_ms=5000)
        self.open += 1


class DerivedRoute(BaseRoute):
    """All calls under one address, by HTTP method. Each has a template of its own: what GET calls `name`, PATCH
    calls `site.name`."""

    def __init__(self, bindings: Sequence[Binding], backends: Backends, streams: Streams) -> None:
        self.template = bindings[0].template
        self.path = self.template.text
        self._calls = {binding.http_method: binding for binding in bindings}
        self._backends, self._streams = backends, streams

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether the address is this one; partly, if only the method is another."""
        binding = self._calls.get(scope["method"])
        fields = (binding.template if binding else self.template).match(scope["doselane.path"])
        if fields is None:
            return Match.NONE, {}
        return Match.FULL if binding else Match.PARTIAL, {"path_params": fields, "route": self}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        request = Request(scope, receive)
        binding = self._calls.get(scope["method"])
        if binding is None:
            response = self._not_this_method(scope)
        elif binding.streams:
            response = await self._stream(binding, request)
        else:
            response = await self._call(binding, request)
        await response(scope, receive, send)

    async def _call(self, binding: Binding, request: Request) -> Response:
        message = await _message(binding, request)
        try:
            answered = await self._backends.call(binding)(
                message, timeout=timeout_s(request.headers), metadata=_metadata(request)
            )
            return answer(answered, binding.text_answer, request.headers)
        except grpc.aio.AioRpcError as error:
            return problem_of_call(error, binding.method.input_type, request.url.path)

    async def _stream(self, binding: Binding, request: Request) -> Response:
        message = await _message(binding, request)
        if not binding.goes_on and request.headers.get(LAST_EVENT_ID) == ENDED:
            return Response(status_code=204, headers=STREAM_HEADERS)  # By which a browser knows to come no more.
        self._streams.enter()
        call = self._backends.call(binding)(message, metadata=_metadata(request))
        events = Events(call, self._streams, binding, request.url.path)
        refused = await events.first()
        if refused is not None or request.scope.get("doselane.head"):
            events.close()
            return refused or Response(b"", 200, STREAM_HEADERS, "text/event-stream")
        if release := request.scope.get("doselane.release"):
            release()  # From here on it waits more than it works.
        return StreamingResponse(events.all(), 200, STREAM_HEADERS, "text/event-stream")

    def _not_this_method(self, scope: Scope) -> Response:
        allowed = {*self._calls, "OPTIONS"} | ({"HEAD"} if "GET" in self._calls else set())
        headers = {"allow": ", ".join(sorted(allowed))}
        if scope["method"] == "OPTIONS":
            return Response(status_code=204, headers=headers)
        detail = "This address does not take this method; see the header `allow`."
        return problem(405, "METHOD_NOT_ALLOWED", detail, instance=scope["path"], headers={**headers, **NO_STORE})


class Events:
    """A gRPC stream as server-sent events. One that `ends` says so: a browser would take it for a broken connection."""

    def __init__(
        self, call: "grpc.aio.UnaryStreamCall[Message, Message]", streams: Streams, binding: Binding, instance: str
    ) -> None:
        self._call, self._streams, self._instance, self._ends = call, streams, instance, not binding.goes_on
        self._request = binding.method.input_type
        self._next: asyncio.Task[Message | None] = asyncio.create_task(self._read())
        self._closed = False

    async def first(self) -> Response | None:
        """Waits a moment for the first answer; the problem, if it is one."""
        await asyncio.wait([self._next], timeout=FIRST_ANSWER_S)
        if self._next.done() and isinstance(error := self._next.exception(), grpc.aio.AioRpcError):
            return problem_of_call(error, self._request, self._instance)
        return None

    async def all(self) -> AsyncIterator[bytes]:
        """The events, until the service ends the stream, the reader leaves, or the door closes."""
        stopping = asyncio.create_task(self._streams.stopping.wait())
        retry_ms: int | None = RETRY_MS
        try:
            yield b": connected\n\n"
            while True:
                await asyncio.wait([self._next, stopping], return_when=asyncio.FIRST_COMPLETED)
                if not self._next.done():
                    return  # The reader connects again, with the id of the last event.
                message = self._next.result()
                if message is None:
                    if self._ends:
                        yield server_sent_end()
                    return
                yield server_sent(message, retry_ms)
                retry_ms = None
                self._next = asyncio.create_task(self._read())
        except grpc.aio.AioRpcError as error:
            yield server_sent_error(problem_of_call(error, self._request, self._instance))
        finally:
            stopping.cancel()
            self.close()

    def close(self) -> None:
        """Cancels the call and gives the place back."""
        if not self._closed:
            self._closed = True
            self._streams.open -= 1
            self._next.cancel()
            self._call.cancel()

    async def _read(self) -> Message | None:
        found = await self._call.read()
        return None if found is grpc.aio.EOF else found


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


def derived_routes(bindings: Sequence[Binding], backends: Backends, streams: Streams) -> DerivedRoutes:
    """One route for each address."""
    by_address: dict[str, list[Binding]] = {}
    for binding in bindings:
        by_address.setdefault(binding.template.pattern.pattern, []).append(binding)
    return DerivedRoutes([DerivedRoute(together, backends, streams) for together in by_address.values()])


async def _message(binding: Binding, request: Request) -> Message:
    body, fields = await request.body(), request.scope["path_params"]
    try:
        return request_of(binding, fields, request.scope["query_string"], body, request.headers)
    except Invalid as wrong:
        raise respelled(wrong, binding.method.input_type) from None


def _metadata(request: Request) -> tuple[tuple[str, str], ...]:
    traced = (("traceparent", current_traceparent()),)
    authorization = request.headers.get("authorization")
    if authorization and not (authorization.isascii() and authorization.isprintable()):
        raise TokenMalformed("The header `authorization` has characters that no token has.")
    return (*traced, ("authorization", authorization)) if authorization else traced
