"""What a caller has sent now, by hand: a test notification, or one event of the feed again."""

from collections.abc import Callable
from uuid import UUID

from services.kernel.db import Connection
from services.kernel.errors import Invalid
from services.streams import events, store
from services.streams.domain.endpoint import Endpoint, EndpointBusy, EventUnknown
from services.streams.domain.endpoint_delivery import AttemptCause, WebhookAttempt, WebhookMessage
from services.streams.usecases.endpoint_changes import EndpointAsk, get_endpoint
from services.streams.usecases.endpoint_ledger import DeliveryParts
from services.streams.usecases.endpoint_sender import WebhookSender

AT_ONCE_MAX = 16  # of one process

Written = Callable[[str, WebhookAttempt], bytes]


class SendingByHand:
    """Sends while the caller waits. A repetition of an answered call sends nothing; of one that was not, it may."""

    def __init__(self, parts: DeliveryParts, written: Written) -> None:
        self._parts, self._written = parts, written
        self._database = parts.transactions.database
        self._sending = 0

    async def test(self, ask: EndpointAsk, name: str, event_type: str) -> bytes:
        """Sends a test notification."""
        if not events.is_told(event_type):
            raise Invalid("Partners are told of no events of this type.", field="type", value=event_type)

        async def send() -> bytes:
            endpoint = await get_endpoint(self._parts, ask.caller, name)
            like = await store.newest_entry(self._database.pool, endpoint.partner, event_type)
            message = events.test_message(event_type, like, self._parts.clock.now(), endpoint.partner)
            return await self._send(ask, endpoint, message, AttemptCause.TEST)

        return await self._parts.transactions.unless_answered(ask.key, send)

    async def resend(self, ask: EndpointAsk, name: str, event_id: UUID) -> bytes:
        """Sends an event of the partner's feed."""

        async def send() -> bytes:
            endpoint = await get_endpoint(self._parts, ask.caller, name)
            entry = await store.find_entry(self._database.pool, endpoint.partner, event_id)
            if entry is None:
                words = "The partner's feed has no event of this id, or keeps it no more."
                raise EventUnknown(words, event_id=event_id)
            message = events.webhook_message(entry, self._parts.body_of(entry))
            return await self._send(ask, endpoint, message, AttemptCause.RESEND)

        return await self._parts.transactions.unless_answered(ask.key, send)

    async def _send(self, ask: EndpointAsk, endpoint: Endpoint, message: WebhookMessage, cause: AttemptCause) -> bytes:
        if self._sending >= AT_ONCE_MAX:
            raise EndpointBusy("Too much is being sent by hand at once.", retry_after_ms=1000)
        self._sending += 1
        try:
            sender = WebhookSender(self._parts.poster, self._parts.pusher, self._parts.clock, endpoint)
            attempt = await sender.send(endpoint.url, message, cause, 1)
        finally:
            self._sending -= 1
        return await self._keep(ask, endpoint, attempt)

    async def _keep(self, ask: EndpointAsk, endpoint: Endpoint, attempt: WebhookAttempt) -> bytes:
        cipher = await self._parts.cipher()

        async def work(conn: Connection) -> bytes:
            stored = await store.find_endpoint(conn, cipher, endpoint.id, ask.caller.viewer, lock=True)
            if stored:
                await store.put_attempts(conn, endpoint.id, [attempt])
                if attempt.delivered and attempt.message.position is not None:
                    await store.unpark(conn, endpoint.id, [attempt.message.position])
            return self._written(endpoint.name, attempt)

        return await self._parts.transactions.perform(ask.key, self._parts.clock.now(), work)
