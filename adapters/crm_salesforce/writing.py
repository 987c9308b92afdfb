"""From our events to fields of Salesforce's records: pure. What is not known is null, so that no old value stays."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from doselane.courier.v1.courier_pb2 import Milestone
from doselane.distribution.v1.shipment_pb2 import Shipment
from doselane.slotting.v1.events_pb2 import OrderDecided
from doselane.slotting.v1.slotting_pb2 import Slot
from doselane.status.v1.events_pb2 import DoseUpdated
from google.protobuf.message import Message

from adapters.mapping import AccountMapping
from services.kernel.timestamps import instant

Record = dict[str, Any]
_EPOCH, _MILLISECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)


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


def dose_fields(updated: DoseUpdated, mapping: AccountMapping) -> Record:
    """What is written into the record of a dose: where its slot and its shipment stand, and what happened last."""
    dose, entry = updated.dose, updated.entry
    shipment = dose.shipment if dose.HasField("shipment") else None
    said = {
        "dose": dose_id(updated),
        "order_reference": dose.order_reference or None,
        "slot_state": _word(mapping, "slot_state", Slot.State.Name(dose.slot_state)) if dose.slot_state else None,
        "at_risk": dose.at_risk,
        "run": dose.run or None,
        "site": _theirs(mapping, "site", dose.site),
        "activity_mbq": dose.administration.activity_mbq if dose.HasField("administration") else None,
        "administration_time": _instant(dose.administration, "time") if dose.HasField("administration") else None,
        "shipment_state": _shipment_state(mapping, shipment),
        "courier": _theirs(mapping, "courier", shipment.courier) if shipment else None,
        "expected_delivery_time": _instant(shipment, "expected_delivery_time") if shipment else None,
        "last_event": _last_event(updated),
        "last_event_time": _instant(entry, "event_time"),
        "last_event_summary": entry.summary or None,
    }
    return _renamed(said, mapping, "dose")


def dose_id(updated: DoseUpdated) -> str:
    """Under which external id a dose is kept: the last part of its name."""
    return updated.dose.name.rpartition("/")[2]


def _last_event(updated: DoseUpdated) -> str | None:
    """What happened last, such as `slot.confirmed` or `DEPARTED`."""
    entry = updated.entry
    if entry.HasField("milestone") and entry.milestone.kind:
        return Milestone.Kind.Name(entry.milestone.kind)
    return ".".join(entry.event_type.split(".")[2:-1]) or None


def _shipment_state(mapping: AccountMapping, shipment: Shipment | None) -> str | None:
    if shipment is None or not shipment.state:
        return None
    return _word(mapping, "shipment_state", Shipment.State.Name(shipment.state))


def _renamed(said: Mapping[str, Any], mapping: AccountMapping, kind: str) -> Record:
    return {theirs: said[ours] for ours, theirs in mapping.of_kind(kind).items()}


def _word(mapping: AccountMapping, table: str, ours: str) -> str:
    return mapping.theirs(table, ours) or ours


def _theirs(mapping: AccountMapping, table: str, ours: str) -> str | None:
    return _word(mapping, table, ours) if ours else None


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


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
