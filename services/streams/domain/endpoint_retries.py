"""When an event that an endpoint did not take is sent again, and when no more: as long as its dose lives."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import Enum

FIRST_PAUSE = timedelta(seconds=1)
PAUSE_MAX = timedelta(hours=1)
# Of what is left until an event is given up, a pause is at most this share: whoever is back is told in time.
PAUSE_SHARE = 0.05
# What an endpoint asks for by Retry-After is kept to, but not beyond this share of what is left.
ASKED_SHARE = 0.5
PAUSE_MIN = timedelta(seconds=1)
# An event without a dose whose time is known is tried for so long; one of a dose until that is administered.
GIVE_UP_AFTER = timedelta(days=3)
# For so long an endpoint as a whole is left alone if it asks for it (429, 503): news of live doses may come meanwhile.
REST_MAX = timedelta(minutes=5)

_ZERO = timedelta()
_DOUBLINGS_MAX = 20  # beyond PAUSE_MAX by far
_ASKS_FOR_REST = (429, 503)


class WebhookOutcome(Enum):
    """What an answer means."""

    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    GONE = "GONE"  # the endpoint wants no more, ever


@dataclass(frozen=True, slots=True)
class WebhookAnswer:
    """What came back: a status with the body's first bytes, or, without a status, why there was none. Brokers have no
    status: `taken` says that they have it, and the body where."""

    status: int | None
    latency_ms: int
    body: bytes = b""
    fault: str = ""
    retry_after: str = ""
    taken: bool = False

    @property
    def outcome(self) -> WebhookOutcome:
        """2xx: delivered. 410: gone. All else failed; a redirect too, as it is not followed."""
        if self.taken or (self.status is not None and 200 <= self.status < 300):
            return WebhookOutcome.DELIVERED
        return WebhookOutcome.GONE if self.status == 410 else WebhookOutcome.FAILED

    def asks_for_rest(self, now: datetime) -> timedelta | None:
        """How long the endpoint asks to be left alone (429 and 503 with Retry-After); None if it does not."""
        return read_retry_after(self.retry_after, now) if self.status in _ASKS_FOR_REST else None


def read_retry_after(text: str, now: datetime) -> timedelta | None:
    """The pause that a Retry-After header asks for: seconds, or an HTTP date (RFC 9110); None if it cannot be read."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:10]), 10**9))
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # the second: a year, or a zone, that no integer of C holds
        return None
    return max(_ZERO, (at if at.tzinfo else at.replace(tzinfo=UTC)) - now)


def give_up_at(now: datetime, dose_ends_at: datetime | None) -> datetime:
    """Until when an event that failed now is tried: until its dose is administered, if that is still to come."""
    if dose_ends_at is not None and dose_ends_at > now:
        return dose_ends_at
    return now + GIVE_UP_AFTER


def next_try_at(
    now: datetime, failures: int, ends_at: datetime, asked: timedelta | None, jitter: float
) -> datetime | None:
    """When an event that failed for the `failures`th time is sent again; None: its time is over.

    `asked` is what Retry-After said, `jitter` from 0 to 1. The last try is at `ends_at` itself.
    """
    left = ends_at - now
    if left <= _ZERO:
        return None
    pause = min(FIRST_PAUSE * 2 ** min(failures - 1, _DOUBLINGS_MAX), PAUSE_MAX) * (0.5 + 0.5 * jitter)
    pause = max(PAUSE_MIN, min(pause, left * PAUSE_SHARE))
    if asked is not None:
        pause = max(pause, min(asked, left * ASKED_SHARE))
    return min(now + pause, ends_at)
