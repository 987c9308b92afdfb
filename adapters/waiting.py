"""How long an answer asks us to wait."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

# Nobody asks for more in earnest; the host waits no longer than to the next poll anyway.
WAIT_MAX = timedelta(days=7)


def asked_to_wait(headers: Mapping[str, str]) -> timedelta | None:
    """What Retry-After says (RFC 9110): seconds, or an instant by the sender's own clock, which stands in Date."""
    asked = headers.get("retry-after", "").strip()
    if asked.isascii() and asked.isdigit():
        return min(timedelta(seconds=int(asked[:9])), WAIT_MAX)
    until, now = _instant(asked), _instant(headers.get("date", ""))
    if until is None or now is None:
        return None
    return min(max(until - now, timedelta()), WAIT_MAX)


def until_midnight(headers: Mapping[str, str]) -> timedelta | None:
    """How long until midnight in UTC by the sender's clock, when quotas of a day begin anew."""
    now = _instant(headers.get("date", ""))
    if now is None:
        return None
    begun = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return begun + timedelta(days=1) - now


def _instant(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None
