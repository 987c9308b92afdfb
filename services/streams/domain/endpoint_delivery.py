"""What is known of the delivery of events to one endpoint: what waits, what was tried, what was given up."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from uuid import UUID

from services.streams.domain.endpoint_retries import WebhookAnswer, WebhookOutcome

RESPONSE_BYTES_MAX = 1024  # kept of an answer's body
DETAIL_CHARACTERS_MAX = 200


class AttemptCause(IntEnum):
    """Why something was sent."""

    FEED = 1
    RECOVERY = 2
    RESEND = 3
    TEST = 4
    SECOND_CHANNEL = 5


class ParkReason(IntEnum):
    """Why an event was given up."""

    OUT_OF_TIME = 1
    NOT_KEPT = 2


@dataclass(frozen=True, slots=True)
class WaitingSubject:
    """A subject whose next event, at `position`, is to be sent at `next_at`; those behind it wait in the feed."""

    subject: str
    position: int
    failures: int
    next_at: datetime
    give_up_at: datetime | None = None  # None while it has not failed
    detail: str = ""


@dataclass(frozen=True, slots=True)
class WebhookMessage:
    """What is sent: an event's id, type and subject, its place if it is in the feed, and the body."""

    event_id: UUID
    type: str
    subject: str
    position: int | None
    body: bytes


@dataclass(frozen=True, slots=True)
class WebhookAttempt:
    """One try, and what came back."""

    id: UUID
    message: WebhookMessage
    cause: AttemptCause
    number: int
    sent_at: datetime
    answer: WebhookAnswer
    next_try_at: datetime | None = None

    @property
    def delivered(self) -> bool:
        """Whether the endpoint took it."""
        return self.answer.outcome is WebhookOutcome.DELIVERED


@dataclass(frozen=True, slots=True)
class ParkedEvent:
    """An event that was given up, or a part of the feed that was not kept long enough."""

    position: int
    last: int
    reason: ParkReason
    parked_at: datetime
    attempts: int = 0
    detail: str = ""
    event_id: UUID | None = None
    type: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class EndpointNotice:
    """What the second channel is to be told of the endpoint's state."""

    event_id: UUID
    type: str
    body: bytes
    failures: int
    next_at: datetime
    give_up_at: datetime


def detail_of(answer: WebhookAnswer) -> str:
    """What came back, in words for people: short, and of characters that can be stored and shown."""
    if answer.status is None:
        return answer.fault[:DETAIL_CHARACTERS_MAX]
    said = "".join(each if each.isprintable() else " " for each in answer.body.decode("utf-8", "replace")).strip()
    return f"it answered {answer.status}{': ' + said if said else ''}"[:DETAIL_CHARACTERS_MAX]
