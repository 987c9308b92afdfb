"""Sends one webhook: signed with the keys that are live, at the machine's time, as receivers compare it with theirs."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from services.kernel.clock import Clock, SystemClock
from services.kernel.ids import uuid7
from services.streams.domain.endpoint_delivery import AttemptCause, WebhookAttempt, WebhookMessage
from services.streams.domain.endpoint_retries import WebhookAnswer
from services.streams.domain.endpoint_signing import SigningKey, WebhookSigner

_CONTENT_TYPE = {"content-type": "application/cloudevents+json; charset=utf-8"}
_MACHINE = SystemClock()


class WebhookPoster(Protocol):
    """Sends over HTTP."""

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        """What came back; never raises for what the other side does."""
        ...


class WebhookSender:
    """Signs and sends, with the keys of one endpoint."""

    def __init__(self, poster: WebhookPoster, clock: Clock, keys: Sequence[SigningKey]) -> None:
        self._poster, self._clock, self._signer = poster, clock, WebhookSigner(keys)

    async def send(self, url: str, message: WebhookMessage, cause: AttemptCause, number: int) -> WebhookAttempt:
        """The attempt, with what came back."""
        signed = self._signer.headers(str(message.event_id), _MACHINE.now(), message.body)
        answer = await self._poster.post(url, {**signed, **_CONTENT_TYPE}, message.body)
        return WebhookAttempt(uuid7(), message, cause, number, self._clock.now(), answer)
