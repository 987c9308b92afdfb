"""What came of a try to deliver an event: it is done with, or its subject waits."""

from dataclasses import dataclass, replace
from datetime import datetime
from random import random

from services.streams import events
from services.streams.domain import FeedEntry
from services.streams.domain.endpoint_delivery import (
    ParkedEvent,
    ParkReason,
    WaitingSubject,
    WebhookAttempt,
    detail_of,
)
from services.streams.domain.endpoint_retries import WebhookOutcome, give_up_at, next_try_at


@dataclass(frozen=True, slots=True)
class TriedEvent:
    """An attempt, what waits after it, and whether the event is done with: delivered, or given up."""

    attempt: WebhookAttempt
    waiting: WaitingSubject
    settled: bool


def tried_event(entry: FeedEntry, attempt: WebhookAttempt, failures: int, ends_at: datetime | None) -> TriedEvent:
    """What an attempt is the end of: the event's, or of this try of it only."""
    now, subject = attempt.sent_at, entry.copy.subject
    done = TriedEvent(attempt, WaitingSubject(subject, entry.position + 1, 0, now), settled=True)
    if attempt.delivered:
        return done
    ends_at = ends_at or give_up_at(now, events.dose_ends_at(entry))
    again: datetime | None = now  # of one that is gone: whenever it is enabled
    if attempt.answer.outcome is not WebhookOutcome.GONE:
        again = next_try_at(now, failures, ends_at, attempt.answer.asks_for_rest(now), random())
    if again is None:
        return done
    waiting = WaitingSubject(subject, entry.position, failures, again, ends_at, detail_of(attempt.answer))
    return TriedEvent(replace(attempt, next_try_at=again), waiting, settled=False)


def parked_event(attempt: WebhookAttempt, reason: ParkReason) -> ParkedEvent:
    """The event of a last attempt, given up."""
    message = attempt.message
    assert message.position is not None
    return ParkedEvent(
        message.position,
        message.position,
        reason,
        attempt.sent_at,
        attempt.number,
        detail_of(attempt.answer),
        message.event_id,
        message.type,
        message.subject,
    )
