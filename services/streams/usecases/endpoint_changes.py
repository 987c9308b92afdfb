"""What callers may do with endpoints. Each partner has its own; operators see and may change all."""

import secrets
import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from services.kernel.db import Connection
from services.kernel.errors import Invalid
from services.kernel.idempotency import RequestKey
from services.kernel.identity import Caller
from services.kernel.ids import parsed, uuid7
from services.kernel.public_addresses import why_not
from services.kernel.sealing import Cipher
from services.kernel.webhook_signing import KEY_BYTES, SignatureKind, SigningKey
from services.streams import store
from services.streams.client_tls import tls_of
from services.streams.domain import EventFilter, Feed
from services.streams.domain.endpoint import (
    OVERLAP,
    Endpoint,
    EndpointState,
    EndpointUrlRefused,
    endpoint_unknown,
    require_room,
)
from services.streams.domain.kafka_destination import BrokerAccess, is_kafka, read_destination
from services.streams.usecases.endpoint_ledger import DeliveryParts, save_change

_SECRET = b"endpoint secret in an answer"


@dataclass(frozen=True, slots=True)
class EndpointAsk:
    """Who asks for a change, and why; how a repetition is known; which version was seen, if that matters."""

    caller: Caller
    key: RequestKey
    reason: str = ""
    etag: str = ""
    traceparent: str = ""


@dataclass(frozen=True, slots=True)
class StatedEndpoint:
    """What a partner says of an endpoint."""

    url: str
    description: str = ""
    wanted: EventFilter = field(default_factory=EventFilter)
    second_channel_url: str = ""
    access: BrokerAccess | None = None


# Writes what is answered: of an endpoint as it is at an instant, and a secret that is shown here alone, or sealed.
Answering = Callable[[Endpoint, datetime, str], bytes]


class EndpointChanges:
    """The changes that callers make, each in one transaction and once per request."""

    def __init__(self, parts: DeliveryParts, *, loopback: bool) -> None:
        self._parts, self._loopback = parts, loopback

    async def create(
        self, ask: EndpointAsk, stated: StatedEndpoint, kind: SignatureKind, answering: Answering, *, earliest: bool
    ) -> bytes:
        """A new endpoint; it begins with what comes next, or with the earliest that its partner's feed keeps."""
        now, partner, cipher = self._parts.clock.now(), ask.caller.partner, await self._parts.cipher()

        async def work(conn: Connection) -> bytes:
            require_room(await store.lock_room(conn, partner), partner)
            feed = await store.find_feed(conn, partner) or Feed(partner)
            endpoint = Endpoint(
                id=uuid7(),
                partner=partner,
                url=stated.url,
                created_at=now,
                updated_at=now,
                state_at=now,
                description=stated.description,
                wanted=stated.wanted,
                second_channel_url=stated.second_channel_url,
                access=stated.access,
                keys=(_new_key(kind),),
                place=feed.earliest - 1 if earliest else feed.latest,
            )
            await store.insert_endpoint(conn, endpoint, cipher)
            return answering(endpoint, now, _sealed_secret(endpoint, cipher))

        async def decide() -> bytes:
            await self._check(stated)
            return await self._parts.transactions.perform(ask.key, now, work)

        return await self._parts.transactions.unless_answered(ask.key, decide)

    async def update(
        self, ask: EndpointAsk, name: str, stated: Callable[[Endpoint], StatedEndpoint], answering: Answering
    ) -> bytes:
        """Other addresses, filters or words. What waits is sent at once, as something may have been mended."""

        def change(endpoint: Endpoint, now: datetime) -> Endpoint:
            wanted = stated(endpoint)
            return endpoint.changed(
                now,
                url=wanted.url,
                description=wanted.description,
                wanted=wanted.wanted,
                second_channel_url=wanted.second_channel_url,
                access=wanted.access,
            )

        async def decide() -> bytes:
            await self._check(stated(await get_endpoint(self._parts, ask.caller, name)))
            return await self._change(ask, name, change, answering, hurry=True)

        return await self._parts.transactions.unless_answered(ask.key, decide)

    async def enable(self, ask: EndpointAsk, name: str, answering: Answering) -> bytes:
        """Sends to it again, from where it stopped."""

        def change(endpoint: Endpoint, now: datetime) -> Endpoint:
            if endpoint.state is not EndpointState.DISABLED:
                return endpoint
            return endpoint.in_state(EndpointState.ENABLED, "", now)

        return await self._change(ask, name, change, answering, hurry=True)

    async def disable(self, ask: EndpointAsk, name: str, answering: Answering) -> bytes:
        """Sends to it no more."""
        return await self._change(
            ask,
            name,
            lambda endpoint, now: endpoint.in_state(EndpointState.DISABLED, "REQUESTED: its partner asked for it", now),
            answering,
        )

    async def rotate(
        self,
        ask: EndpointAsk,
        name: str,
        kind: SignatureKind | None,
        overlap: timedelta | None,
        answering: Answering,
    ) -> bytes:
        """A new key; the one before it signs beside it for a while."""

        def change(endpoint: Endpoint, now: datetime) -> Endpoint:
            key = _new_key(kind or endpoint.signature_kind)
            return endpoint.rotated(key, OVERLAP if overlap is None else overlap, now)

        return await self._change(ask, name, change, answering, shows_secret=True)

    async def recover(
        self, ask: EndpointAsk, name: str, since: datetime, before: datetime | None, answering: Answering
    ) -> bytes:
        """Sends again what was recorded within a span of time, as far as the endpoint was sent it before."""
        endpoint = await get_endpoint(self._parts, ask.caller, name)
        pool = self._parts.transactions.database.pool
        feed = await store.find_feed(pool, endpoint.partner) or Feed(endpoint.partner)
        if not feed.keeps_since(since):
            raise Invalid(
                "The feed keeps less than that; send a start_time from its earliest on.",
                field="start_time",
                earliest_time=feed.earliest_at,
            )
        first = await store.first_position_since(pool, endpoint.partner, since) or feed.latest + 1
        after = None if before is None else await store.first_position_since(pool, endpoint.partner, before)
        last = feed.latest if after is None else after - 1
        return await self._change(
            ask, name, lambda stored, now: stored.recovering(first, min(last, stored.place), now), answering
        )

    async def delete(self, ask: EndpointAsk, name: str, answer: bytes) -> bytes:
        """Forgets it, with its keys and all that was noted of it."""

        async def work(conn: Connection) -> bytes:
            endpoint = await self._locked(conn, ask, name)
            await store.delete_endpoint(conn, endpoint.id)
            return answer

        return await self._parts.transactions.perform(ask.key, self._parts.clock.now(), work)

    async def opened_secret(self, sealed: str) -> str:
        """The secret in an answer, which is stored sealed for repetitions of its call."""
        return (await self._parts.cipher()).open(sealed, _SECRET).decode()

    async def _change(
        self,
        ask: EndpointAsk,
        name: str,
        change: Callable[[Endpoint, datetime], Endpoint],
        answering: Answering,
        *,
        hurry: bool = False,
        shows_secret: bool = False,
    ) -> bytes:
        now, cipher = self._parts.clock.now(), await self._parts.cipher()

        async def work(conn: Connection) -> bytes:
            before = await self._locked(conn, ask, name)
            after = await save_change(
                conn,
                self._parts,
                before,
                change(before, now),
                actor=ask.caller.actor,
                reason=ask.reason,
                traceparent=ask.traceparent,
            )
            if hurry:
                await store.hurry(conn, after.id, now)
            return answering(after, now, _sealed_secret(after, cipher) if shows_secret else "")

        return await self._parts.transactions.perform(ask.key, now, work)

    async def _locked(self, conn: Connection, ask: EndpointAsk, name: str) -> Endpoint:
        endpoint_id = _id_of(name)
        found = await store.find_endpoint(conn, await self._parts.cipher(), endpoint_id, ask.caller.viewer, lock=True)
        if found is None:
            raise endpoint_unknown(name)
        found.require_etag(ask.etag)
        return found

    async def _check(self, stated: StatedEndpoint) -> None:
        for named, url in self._addresses(stated):
            if (url or named == "url") and (why := await why_not(url, loopback=self._loopback)):
                raise EndpointUrlRefused(f"Nothing is sent to this address. {why}", field=f"endpoint.{named}")

    def _addresses(self, stated: StatedEndpoint) -> Iterator[tuple[str, str]]:
        """All that is sent to, with the field that states it; Invalid for what makes no sense of brokers."""
        if not is_kafka(stated.url):
            if stated.access is not None:
                raise Invalid("Only a kafka:// address has brokers to be spoken to.", field="endpoint.kafka")
            yield "url", stated.url
        else:
            access = stated.access or BrokerAccess()
            try:
                access.check(self._parts.clock.now())
                tls_of(access)
            except ssl.SSLError as wrong:
                why = f"client_certificates: they cannot be used: {wrong.reason}."
                raise Invalid(why, field="endpoint.kafka.client_certificates") from None
            except ValueError as wrong:
                named, _, why = str(wrong).partition(": ")
                raise Invalid(f"{named}: {why}.", field=f"endpoint.kafka.{named}") from None
            if access.plaintext and not self._loopback:
                raise Invalid("Brokers are spoken to by TLS.", field="endpoint.kafka.plaintext")
            try:
                destination = read_destination(stated.url, access)
            except ValueError as wrong:
                raise EndpointUrlRefused(f"Nothing is sent to this address. {wrong}", field="endpoint.url") from None
            yield from (("url", url) for url in destination.urls)
            yield "kafka.sasl_token_url", access.token_url
        yield "second_channel_url", stated.second_channel_url


async def get_endpoint(parts: DeliveryParts, caller: Caller, name: str) -> Endpoint:
    """One endpoint that the caller may see."""
    pool = parts.transactions.database.pool
    found = await store.find_endpoint(pool, await parts.cipher(), _id_of(name), caller.viewer)
    if found is None:
        raise endpoint_unknown(name)
    return found


async def list_endpoints(
    parts: DeliveryParts, caller: Caller, after: tuple[datetime, str] | None, limit: int
) -> Sequence[Endpoint]:
    """The next endpoints that the caller may see."""
    pool = parts.transactions.database.pool
    return await store.list_endpoints(pool, await parts.cipher(), caller.viewer, after, limit)


def _id_of(name: str) -> UUID:
    found = parsed(name.removeprefix("endpoints/"))
    if found is None or name != f"endpoints/{found}":
        raise endpoint_unknown(name)
    return found


def _sealed_secret(endpoint: Endpoint, cipher: Cipher) -> str:
    key = endpoint.keys[0]
    return cipher.seal((key.public or key.secret).encode(), _SECRET)


def _new_key(kind: SignatureKind) -> SigningKey:
    return SigningKey(kind, secrets.token_bytes(KEY_BYTES))
