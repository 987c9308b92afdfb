"""From our events to fields of Salesforce's records: pure. What is not known is null, so that no old value stays."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from doselane.courier.v1.courier_pb2 import Milestone
from doselane.distribution.v1.shipment_pb2 import Shipment
from doselane.slotting.v1.events_pb2 import OrderDecided
from doselane.slotting.v1.slotting_pb2 import Slot
from doselane.status.v1.events_pb2 import DoseUpdated
from doselane.status.v1.status_pb2 import TimelineEntry
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from adapters.mapping import AccountMapping
from services.kernel.timestamps import are_in_range, instant

Record = dict[str, Any]
_EPOCH, _MILLISECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)
# Words of ours, empty for one that nobody says; KeyError for one that is not ours.
_SLOT_STATES = {number: name if number else "" for name, number in Slot.State.items()}
_SHIPMENT_STATES = {number: name if number else "" for name, number in Shipment.State.items()}


def _as_it_is(at: Timestamp) -> datetime:
    return instant(at, "an instant")


def outcome_fields(decided: OrderDecided, mapping: AccountMapping) -> Record:
    """What is written into an order: what came of it, and its slot."""
    slot = decided.slot if decided.HasField("slot") else None
    nearest = decided.nearest_offer if decided.HasField("nearest_offer") else None
    said = {
        "outcome": _word(mapping, "outcome", OrderDecided.Outcome.Name(decided.outcome)),
        "slot": slot.name if slot else None,
        "reason": decided.reason or None,
        "detail": decided.detail or None,
        "administration_time": _instant(slot.administration, "time") if slot else None,
        "delivery_time": _instant(slot, "delivery_time") if slot else None,
        "nearest_administration_time": _instant(nearest, "administration_time") if nearest else None,
    }
    return _renamed(said, mapping, "outcome")


def dose_fields(updated: DoseUpdated, mapping: AccountMapping, at: Callable[[Timestamp], Any] = _as_it_is) -> Record:
    """What is written into the record of a dose: where its slot and its shipment stand, and what happened last.

    `at` says an instant as whoever takes the fields wants it.
    """
    dose, entry = updated.dose, updated.entry
    administration = dose.administration if dose.HasField("administration") else None
    said = {
        "dose": dose.name.rpartition("/")[2],
        "order_reference": dose.order_reference or None,
        "slot_state": _word(mapping, "slot_state", _SLOT_STATES[dose.slot_state]),
        "at_risk": dose.at_risk,
        "run": dose.run or None,
        "site": _word(mapping, "site", dose.site),
        "activity_mbq": administration.activity_mbq if administration else None,
        "administration_time": at(administration.time) if administration and administration.HasField("time") else None,
        "shipment_state": None,
        "courier": None,
        "expected_delivery_time": None,
        "last_event": _last_event(entry),
        "last_event_time": at(entry.event_time) if entry.HasField("event_time") else None,
        "last_event_summary": entry.summary or None,
    }
    if dose.HasField("shipment"):
        shipment = dose.shipment
        said["shipment_state"] = _word(mapping, "shipment_state", _SHIPMENT_STATES[shipment.state])
        said["courier"] = _word(mapping, "courier", shipment.courier)
        if shipment.HasField("expected_delivery_time"):
            said["expected_delivery_time"] = at(shipment.expected_delivery_time)
    return _renamed(said, mapping, "dose")


def dose_id(updated: DoseUpdated) -> str:
    """Under which external id a dose is kept: the last part of its name."""
    return updated.dose.name.rpartition("/")[2]


def _last_event(entry: TimelineEntry) -> str | None:
    """What happened last, such as `slot.confirmed` or `DEPARTED`."""
    if entry.HasField("milestone") and entry.milestone.kind:
        return Milestone.Kind.Name(entry.milestone.kind)
    return _shortened(entry.event_type) or None


# This and the two below pay in the bench case `crm composite`.
@lru_cache(1024)
def _shortened(event_type: str) -> str:
    return ".".join(event_type.split(".")[2:-1])


def _renamed(said: Mapping[str, Any], mapping: AccountMapping, kind: str) -> Record:
    return {theirs: said[ours] for ours, theirs in mapping.of_kind(kind).items()}


def _word(mapping: AccountMapping, table: str, ours: str) -> str | None:
    """Their word, or ours where the table has none; null for nothing."""
    return (mapping.theirs(table, ours) or ours) if ours else None


def _instant(message: Message | None, field: str) -> datetime | None:
    """An instant; null if it is not known."""
    if message is None or not message.HasField(field):
        return None
    return instant(getattr(message, field), field)


def as_rest(record: Record) -> Record:
    """The fields as REST takes them: instants to the millisecond, such as 2026-12-03T08:00:00.000Z."""
    return {name: _text(value) if isinstance(value, datetime) else value for name, value in record.items()}


def as_event(record: Record) -> Record:
    """The fields as a platform event has them: instants in milliseconds since 1970."""
    return {
        name: (value - _EPOCH) // _MILLISECOND if isinstance(value, datetime) else value
        for name, value in record.items()
    }


def rest_instant(at: Timestamp) -> str:
    """An instant as REST takes it, such as 2026-12-03T08:00:00.000Z. Invalid if out of the calendar's range."""
    seconds, nanos = at.seconds, at.nanos
    if not are_in_range(seconds, nanos):
        instant(at, "an instant")  # says what is wrong
    days, second = divmod(seconds, 86_400)
    return f"{_date(days)}T{_time(second)}.{nanos // 1_000_000:03}Z"


@lru_cache(1024)
def _date(days: int) -> str:
    return (_EPOCH + timedelta(days=days)).date().isoformat()


@lru_cache(4096)
def _time(second: int) -> str:
    return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
