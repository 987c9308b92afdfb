"""What holds for the events of all systems: how old or early one may be, and how large."""

from datetime import UTC, datetime, timedelta

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from adapters.manifest import Refused
from services.kernel.timestamps import stamp

# Older than any dose that could still be under way. The event counts all the same; the sender is told.
OLD_AFTER = timedelta(days=30)
# Clocks differ. A clock set to the wrong zone is at most 14 hours ahead; what is later than this is no clock's fault.
EARLY_AFTER = timedelta(minutes=5)
IMPOSSIBLE_AFTER = timedelta(hours=24)
# A record of Kafka holds 1 MB unless all brokers and clients were told otherwise; one too large would stop the relay.
FACT_BYTES_MAX = 900_000
# Who keeps events looks them up by these, and an index has its limit.
NAME_CHARACTERS_MAX = 1000

_CALENDAR = (datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC))


def check_time(at: datetime, received_at: datetime, place: str) -> None:
    """Refuses an event that claims to come from the future, as it would stand above every later truth."""
    if at < _CALENDAR[0]:
        raise Refused("TIME_OUT_OF_RANGE", "The time lies at the edge of the calendar.", place)
    if at - received_at > IMPOSSIBLE_AFTER:
        raise Refused("TIME_IN_FUTURE", "The event claims a time more than a day ahead of its arrival.", place)


def time_warnings(at: datetime, received_at: datetime) -> tuple[str, ...]:
    """What the sender should know of the time."""
    if received_at - at > OLD_AFTER:
        return ("EVENT_OLD",)
    return ("EVENT_EARLY",) if at - received_at > EARLY_AFTER else ()


def stamp_if_possible(at: datetime | None) -> Timestamp | None:
    """The instant on the wire; nothing for one at the edge of the calendar, which only a placeholder is."""
    return stamp(at) if at is not None and _CALENDAR[0] <= at <= _CALENDAR[1] else None


def check_size(said: Message, event_id: str, place: str) -> None:
    """Refuses an event that no bus would carry."""
    if len(event_id) > NAME_CHARACTERS_MAX:
        detail = f"The event's id is longer than {NAME_CHARACTERS_MAX} characters."
        raise Refused("EVENT_ID_TOO_LONG", detail, place)
    if said.ByteSize() > FACT_BYTES_MAX:
        size = said.ByteSize()
        detail = f"The event comes to {size} bytes; at most {FACT_BYTES_MAX} can be published. Split it."
        raise Refused("EVENT_TOO_LARGE", detail, place)
