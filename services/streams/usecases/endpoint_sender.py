"""Sends one event to one endpoint: signed with the keys that are live, at the machine's time, as receivers compare it
with theirs; as a webhook, or as a record for a topic on brokers of the partner's."""

from collections.abc import Mapping
from typing import Protocol

from services.kernel.bus.cloudevents import Record
from services.kernel.clock import Clock, SystemClock
from services.kernel.ids import uuid7
from services.kernel.webhook_signing import WebhookSigner
from services.streams.domain.endpoint import Endpoint
from services.streams.domain.endpoint_delivery import AttemptCause, WebhookAttempt, WebhookMessage
from services.streams.domain.endpoint_retries import WebhookAnswer
from services.streams.domain.feed_topics import RecordMode
from services.streams.domain.kafka_destination import BrokerAccess, KafkaDestination, is_kafka, read_destination
from services.streams.events import binary_value, structured_value

_CONTENT_TYPE = {"content-type": "application/cloudevents+json; charset=utf-8"}
_MACHINE = SystemClock()


class WebhookPoster(Protocol):
    """Sends over HTTP."""

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        """What came back; never raises for what the other side does."""
        ...


class RecordPusher(Protocol):
    """Sends to brokers."""

    async def push(self, to: KafkaDestination, record: Record) -> WebhookAnswer:
        """What came of it; never raises for what the other side does."""
        ...


class WebhookSender:
    """Signs and sends, with the keys of one endpoint."""

    def __init__(self, poster: WebhookPoster, pusher: RecordPusher, clock: Clock, endpoint: Endpoint) -> None:
        self._poster, self._pusher, self._clock = poster, pusher, clock
        self._endpoint = endpoint
        self._know_keys()
        self._access = endpoint.access or BrokerAccess()

    async def send(self, url: str, message: WebhookMessage, cause: AttemptCause, number: int) -> WebhookAttempt:
        """The attempt, with what came back."""
        answer = await (self._pushed(url, message) if is_kafka(url) else self._posted(url, message))
        return WebhookAttempt(uuid7(), message, cause, number, self._clock.now(), answer)

    def _know_keys(self) -> None:
        now = self._clock.now()
        live = self._endpoint.live_keys(now)
        self._signer = WebhookSigner(live)
        self._signs_until = min((key.expires_at for key in live if key.expires_at), default=None)

    async def _posted(self, url: str, message: WebhookMessage) -> WebhookAnswer:
        return await self._poster.post(url, {**self._signed(message, message.body), **_CONTENT_TYPE}, message.body)

    async def _pushed(self, url: str, message: WebhookMessage) -> WebhookAnswer:
        in_mode = binary_value if self._access.mode is RecordMode.BINARY else structured_value
        value, headers = in_mode(message.body)
        signed = [(name, each.encode()) for name, each in self._signed(message, value).items()]
        record = message.subject.encode(), value, [*headers, *signed]
        return await self._pusher.push(read_destination(url, self._access), record)

    def _signed(self, message: WebhookMessage, content: bytes) -> dict[str, str]:
        if self._signs_until and self._clock.now() >= self._signs_until:
            self._know_keys()
        return self._signer.headers(str(message.event_id), _MACHINE.now(), content)
