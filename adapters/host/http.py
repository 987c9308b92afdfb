"""The push door: a plain ASGI application, because a framework would cost more than the rest of a push."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from doselane.exchange.v1.exchange_pb2 import Message

from adapters.host.answers import PLAIN, PUSH_HEADER, Problem, message_json, problem_reply
from adapters.host.archive import AccountArchive
from adapters.host.auth import CHALLENGE
from adapters.host.body import Body, Disconnected, Receive, read_body
from adapters.host.doorkeeper import NO_BODY, Doorkeeper
from adapters.host.intake import Intake
from adapters.host.judge import shown
from adapters.host.rates import RateExceeded, Rates
from adapters.host.routes import Route, Routes, query_of
from adapters.host.settings import Settings
from adapters.host.values import Account, ReceivedMessage, Verdict, digest
from adapters.manifest import Kept, Page, PageRequest, Refused, Reply, ResponseProfile, Webhook
from services.kernel.clock import Clock
from services.kernel.db import Database
from services.kernel.errors import Busy, Denied, GatewayError, Unauthenticated, Unavailable
from services.kernel.http.coding import ACCEPTED, check_coding
from services.kernel.http.problem import STATUS_OF_KIND, HttpProblem, retry_after
from services.kernel.ids import uuid7
from services.kernel.telemetry import current_traceparent

KEPT_HEADERS = frozenset({"content-type", "content-encoding", "user-agent", "date", "x-request-id", "traceparent"})
KEPT_HEADER_CHARACTERS_MAX = 500
PARAMETER_CHARACTERS_MAX = 1000

log = logging.getLogger(__name__)


class PushDoor:
    """Answers outside systems. Mounted under /push, or served by itself."""

    def __init__(
        self,
        settings: Settings,
        accounts: Mapping[str, Account],
        routes: Routes,
        intake: Intake,
        database: Database,
        clock: Clock,
        doorkeeper: Doorkeeper,
    ) -> None:
        self._settings, self._accounts, self._routes = settings, accounts, routes
        self._intake, self._database, self._clock = intake, database, clock
        self._body_s_max = settings.body_within.total_seconds()
        self._profiles = {
            account.adapter.name: _encoded(account.adapter.profile.headers) for account in accounts.values()
        }
        self._doorkeeper = doorkeeper
        self._rates = Rates({account.id: account.rate for account in accounts.values()})

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Any) -> None:
        """Handles one request."""
        if scope["type"] == "lifespan":
            return await _lifespan(receive, send)
        if scope["type"] != "http":
            return None
        path = _path(scope)
        found = self._routes.find(scope["method"], path)
        if isinstance(found, frozenset):
            return await _send(send, _no_route(scope["method"], found, scope["path"]), [])
        route, parameters = found
        try:
            reply = await self._answer(route, parameters, scope, receive)
        except Disconnected:
            return None
        return await _send(send, reply, self._profiles.get(route.adapter.name, []))

    async def _answer(
        self, route: Route, parameters: dict[str, str], scope: Mapping[str, Any], receive: Receive
    ) -> Reply:
        headers = _headers(scope["headers"])
        account = self._accounts.get(parameters["account"])
        if account is not None and account.adapter is not route.adapter:
            account = None
        try:
            if isinstance(route.target, Page):
                return await self._page(route.target, account, parameters, headers, scope, receive)
            return await self._push(route.target, account, parameters, headers, scope, receive)
        except (Refused, GatewayError) as error:
            problem = self._problem(error, route)
            return problem_reply(problem, route.adapter.profile, scope["path"])

    async def _push(
        self,
        webhook: Webhook,
        account: Account | None,
        parameters: Mapping[str, str],
        headers: dict[str, str],
        scope: Mapping[str, Any],
        receive: Receive,
    ) -> Reply:
        limit = self._settings.body_bytes_max
        declared = _declared(headers)
        actor = await self._doorkeeper.admit(account, headers)
        needs_body = actor is None
        if account and not needs_body:
            self._rates.take(account.id)
        # Until a signature has proven who sends, he is an address to us. Who does not say how much he sends is given
        # room for the most.
        sender = account.partner if account and not needs_body else (scope.get("client") or ("",))[0]
        place = self._intake.enter(sender, limit if declared is None else min(declared, limit))
        try:
            body = await self._body(receive, declared or 0, headers, limit)
            place.needs(len(body.data or b""))
            if needs_body and body.data is None:
                raise _too_large(limit)  # A signature over what is not kept proves nothing, so nothing is recorded.
            if actor is None:
                actor = await self._doorkeeper.admit_by_body(account, headers, body)
            assert account is not None  # Nobody's key fits where there is no account.
            if needs_body:
                self._rates.take(account.id)
            received = self._received(account, webhook, kept(headers) | _named(parameters), headers, body, actor)
            found = await self._intake.take(received, account, webhook)
            return await self._told(received, found, webhook, account, scope["path"])
        finally:
            place.leave()

    async def _body(self, receive: Receive, declared: int, headers: Mapping[str, str], bytes_max: int) -> Body:
        waits = headers.get("expect", "").lower() == "100-continue"
        try:
            return await read_body(receive, declared, bytes_max, self._body_s_max, waits=waits)
        except TimeoutError:
            raise Refused("BODY_TOO_SLOW", "The body did not come in time.", status=408) from None

    def _received(
        self,
        account: Account,
        webhook: Webhook,
        kept: dict[str, str],
        headers: dict[str, str],
        body: Body,
        actor: str,
    ) -> ReceivedMessage:
        return ReceivedMessage(
            message_id=uuid7(),
            account=account.id,
            partner=account.partner,
            adapter=account.adapter.name,
            source=webhook.name,
            received_at=self._clock.now(),
            headers=kept,
            body=body.data,
            body_bytes=body.size,
            body_sha256=digest(body.data) if body.data is not None else b"",
            traceparent=current_traceparent(),
            actor=actor,
            port=account.port.name,
            collection=account.port.collection,
            refusal=_unreadable(webhook.media_types, headers, body, self._settings.body_bytes_max),
        )

    async def _told(
        self, received: ReceivedMessage, found: Verdict | None, webhook: Webhook, account: Account, path: str
    ) -> Reply:
        """The answer to a push that is kept."""
        profile = account.adapter.profile
        if found is not None and found.state == Message.REFUSED:
            headers = self._headers_of(found.status, profile)
            problem = Problem(found.status, found.reason, found.detail, received.name, found.place, headers)
            return problem_reply(problem, profile, path)
        mark = (PUSH_HEADER, received.name)
        if found is None or webhook.taken is None:
            return Reply(200 if found else 202, (mark,), message_json(received, found, account.port.partner_field))
        kept = Kept(shown(received, found, body=True), webhook.name, received.headers, found.judged_at)
        size = received.body_bytes
        reply = await self._intake.aside.work(account.id, size, webhook.taken, kept, path.rstrip("/"))
        body = message_json(received, found, account.port.partner_field) if reply.body is None else reply.body
        return Reply(reply.status, (*reply.headers, mark), body)

    async def _page(
        self,
        page: Page,
        account: Account | None,
        parameters: dict[str, str],
        headers: dict[str, str],
        scope: Mapping[str, Any],
        receive: Receive,
    ) -> Reply:
        query = query_of(scope["query_string"])
        path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")  # as it can be asked for again
        request = PageRequest(path, parameters, query, headers, self._settings.body_bytes_max)
        try:
            body = await self._doorkeeper.who(account, headers, partial(self._page_body, page, headers, scope, receive))
        except (Unauthenticated, Denied):
            if page.public is None:
                raise
            return page.public(request, account.reader if account else None)
        assert account is not None  # Nobody's key fits where there is no account.
        self._rates.take(account.id)
        if page.body_bytes_max:
            if refusal := _unreadable(page.media_types, headers, body, page.body_bytes_max):
                raise refusal
            request = replace(request, body=body.data or b"")
        aside, loopback = self._intake.aside, self._settings.loopback
        archive = AccountArchive(self._database, account, aside, self._clock, loopback=loopback)
        return await page.render(request, archive, account.reader)

    async def _page_body(
        self, page: Page, headers: Mapping[str, str], scope: Mapping[str, Any], receive: Receive
    ) -> Body:
        if not page.body_bytes_max:
            return NO_BODY
        place = self._intake.enter((scope.get("client") or ("",))[0], page.body_bytes_max)
        try:
            return await self._body(receive, _declared(headers) or 0, headers, page.body_bytes_max)
        finally:
            place.leave()

    def _headers_of(self, status: int, profile: ResponseProfile) -> tuple[tuple[str, str], ...]:
        """What a refused sender is told in headers of what would be taken."""
        if status == 413:
            return profile.limit_headers(self._settings.body_bytes_max)
        return tuple(ACCEPTED.items()) if status == 415 else ()

    def _problem(self, error: Refused | GatewayError, route: Route) -> Problem:
        if isinstance(error, Refused):
            headers = self._headers_of(error.status, route.adapter.profile)
            return Problem(error.status, error.reason, error.words, place=error.place, headers=headers)
        if isinstance(error, Busy | Unavailable | RateExceeded):
            status = 429 if isinstance(error, RateExceeded) else 503
            return Problem(status, error.reason, error.message, headers=(("Retry-After", retry_after(error.facts)),))
        if isinstance(error, Unauthenticated):
            return Problem(401, error.reason, error.message, headers=(("WWW-Authenticate", CHALLENGE),))
        status = 403 if isinstance(error, Denied) else STATUS_OF_KIND[error.kind]
        return Problem(status, error.reason, error.message)


def _unreadable(kinds: frozenset[str], headers: Mapping[str, str], body: Body, bytes_max: int) -> Refused | None:
    """Why an authenticated push is kept and not read."""
    if body.data is None:
        return _too_large(bytes_max)
    try:
        check_coding(headers.get("content-encoding", ""), headers.get("content-type", ""))
    except HttpProblem as refused:
        return Refused(refused.reason, refused.detail, status=refused.status_code)
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kinds and kind not in kinds:
        accepted = " or ".join(sorted(kinds))
        return Refused("FORMAT_NOT_SUPPORTED", f"The body must be {accepted}, not {kind[:80]!r}.", status=415)
    return None


def _too_large(bytes_max: int) -> Refused:
    return Refused("BODY_TOO_LARGE", f"The body is larger than {bytes_max} bytes.", status=413)


def _no_route(method: str, allowed: frozenset[str], path: str) -> Reply:
    """The answer where nothing stands, or something else: OPTIONS is answered everywhere, as by the REST door."""
    if not allowed:
        return problem_reply(Problem(404, "ROUTE_NOT_FOUND", "Nothing is served at this address."), PLAIN, path)
    offered = allowed | {"OPTIONS"} | ({"HEAD"} if "GET" in allowed else set())
    methods = (("Allow", ", ".join(sorted(offered))),)
    if method == "OPTIONS":
        return Reply(204, methods)
    detail = "This address does not take this method; see the header `allow`."
    return problem_reply(Problem(405, "METHOD_NOT_ALLOWED", detail, headers=methods), PLAIN, path)


def _headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """The headers by name. Lines of one name are one list, so a credential that is given twice is none that fits."""
    found: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1"), value.decode("latin-1")
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found


def _declared(headers: Mapping[str, str]) -> int | None:
    length = headers.get("content-length", "")
    return int(length[:18]) if length.isascii() and length.isdigit() else None


def kept(headers: Mapping[str, str]) -> dict[str, str]:
    """Of a request's headers, by names in lower case, those that explain its body and are kept with it."""
    return {
        name: value[:KEPT_HEADER_CHARACTERS_MAX]
        for name, value in headers.items()
        if name in KEPT_HEADERS or name.startswith("gs1-")
    }


def _named(parameters: Mapping[str, str]) -> dict[str, str]:
    """What the path says beside the account, under names that no header has."""
    return {f":{name}": value[:PARAMETER_CHARACTERS_MAX] for name, value in parameters.items() if name != "account"}


def _path(scope: Mapping[str, Any]) -> str:
    """The path below the mount, still percent-encoded, because an event's id may hold an encoded slash."""
    raw = scope.get("raw_path")
    path: str = raw.decode("latin-1") if raw else scope["path"]
    root: str = scope.get("root_path", "")
    return path.removeprefix(root) if path.startswith(root) else ""


async def _send(send: Any, reply: Reply, added: list[tuple[bytes, bytes]]) -> None:
    body = reply.body or b""
    headers = _encoded(reply.headers) + added
    if reply.status != 204:
        headers += [(b"content-type", reply.media_type.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _encoded(headers: tuple[tuple[str, str], ...]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in headers]


async def _lifespan(receive: Receive, send: Any) -> None:
    while (await receive())["type"] == "lifespan.startup":
        await send({"type": "lifespan.startup.complete"})
    await send({"type": "lifespan.shutdown.complete"})
