"""Instants between protobuf and Python: whole microseconds, always UTC."""

from datetime import UTC, datetime, timedelta

from google.protobuf.timestamp_pb2 import Timestamp

from services.kernel.errors import Invalid

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS_MIN = int((datetime(1, 1, 2, tzinfo=UTC) - EPOCH).total_seconds())
_SECONDS_MAX = int((datetime(9999, 12, 30, tzinfo=UTC) - EPOCH).total_seconds())


def stamp(at: datetime | None) -> Timestamp | None:
    """The protobuf form of an instant; None stays None (an unset field)."""
    if at is None:
        return None
    since = at - EPOCH
    return Timestamp(seconds=since.days * 86_400 + since.seconds, nanos=since.microseconds * 1000)


def instant(value: Timestamp, field: str) -> datetime:
    """The instant of a set timestamp field, cut to microseconds. Invalid, naming the field, if out of range."""
    if not (_SECONDS_MIN <= value.seconds <= _SECONDS_MAX and 0 <= value.nanos < 1_000_000_000):
        raise Invalid(f"{field} is not a valid instant.", field=field)
    return EPOCH + timedelta(seconds=value.seconds, microseconds=value.nanos // 1000)


def required_instant(message: object, path: str, field: str) -> datetime:
    """The instant in `message.<path>`; Invalid, naming `field`, if it is unset."""
    if not message.HasField(path):  # type: ignore[attr-defined]
        raise Invalid(f"{field} is required.", field=field)
    return instant(getattr(message, path), field)
