"""Instants between their texts, protobuf and Python: whole microseconds, always UTC, in the calendar's range.

Nanoseconds may be stated and are cut to the microsecond that they lie in, never rounded up: an instant that was asked
for is never exceeded. Everything that is answered, compared or counted is that microsecond.
"""

import re
from datetime import UTC, datetime, timedelta, timezone

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from services.kernel.calendar import EARLIEST, LATEST, RANGE
from services.kernel.errors import Invalid

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# What is wrong with an instant that is none, to go on with after the name of its field.
WANTED = f"must be an instant {RANGE}"
_SECOND = timedelta(seconds=1)
_SECONDS_MIN, _SECONDS_MAX = (EARLIEST - EPOCH) // _SECOND, (LATEST - EPOCH) // _SECOND
_RFC3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])([01]\d|2[0-3]):([0-5]\d))", re.ASCII
)


def stamp(at: datetime | None) -> Timestamp | None:
    """The protobuf form of an instant; None stays None (an unset field)."""
    if at is None:
        return None
    since = at - EPOCH
    return Timestamp(seconds=since.days * 86_400 + since.seconds, nanos=since.microseconds * 1000)


def instant(value: Timestamp, field: str) -> datetime:
    """The instant of a set timestamp field, cut to microseconds. Invalid, naming field and range, if out of range."""
    seconds, nanos = value.seconds, value.nanos
    if not are_in_range(seconds, nanos):
        raise Invalid(f"{field} {WANTED}.", field=field, earliest_time=EARLIEST, latest_time=LATEST)
    return EPOCH + timedelta(0, seconds, nanos // 1000)


def in_range(value: Timestamp) -> bool:
    """Whether it is an instant of the calendar's range."""
    return are_in_range(value.seconds, value.nanos)


def are_in_range(seconds: int, nanos: int) -> bool:
    """The same of the two numbers that a timestamp is."""
    return _SECONDS_MIN <= seconds <= _SECONDS_MAX and 0 <= nanos < 1_000_000_000


def optional_instant(message: Message, path: str, field: str = "") -> datetime | None:
    """The instant in `message.<path>`; None if it is unset. `field` names it in an Invalid, as the path if empty."""
    return instant(getattr(message, path), field or path) if message.HasField(path) else None


def known_instant(message: Message, path: str) -> datetime | None:
    """The instant in `message.<path>`; None if it is unset, or no instant at all: a bad time must not cost the fact."""
    found: Timestamp = getattr(message, path)
    return instant(found, path) if message.HasField(path) and in_range(found) else None


def required_instant(message: Message, path: str, field: str) -> datetime:
    """The instant in `message.<path>`; Invalid, naming `field`, if it is unset."""
    if not message.HasField(path):
        raise Invalid(f"{field} is required.", field=field)
    return instant(getattr(message, path), field)


def read(text: object) -> tuple[int, int]:
    """Seconds since 1970 and nanoseconds of an RFC 3339 text that says its offset. ValueError says what is wrong.

    A leap second (:60) is refused: no clock here knows it, and the second before or after would be a guess.
    """
    found = _RFC3339.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError("must be an instant such as 2026-12-01T08:30:00Z")
    offset = timedelta(hours=int(found[5] or 0), minutes=int(found[6] or 0))
    try:
        at = datetime.fromisoformat(f"{found[1]}T{found[2]}").replace(
            tzinfo=timezone(-offset if found[4] == "-" else offset)
        )
        seconds = (at - EPOCH) // _SECOND
    except (ValueError, OverflowError):
        seconds = _SECONDS_MAX + 1
    if not _SECONDS_MIN <= seconds <= _SECONDS_MAX:
        raise ValueError(f"{WANTED}, its seconds from 00 to 59")
    return seconds, int((found[3] or "0").ljust(9, "0"))
