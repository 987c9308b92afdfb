"""Builders for status: they hide what a test does not care about."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from doselane.capacity.v1 import capacity_pb2
from doselane.capacity.v1 import events_pb2 as capacity_events
from doselane.courier.v1 import courier_pb2
from doselane.distribution.v1 import events_pb2 as distribution_events
from doselane.distribution.v1 import shipment_pb2
from doselane.slotting.v1 import events_pb2 as slotting_events
from doselane.slotting.v1 import slotting_pb2
from doselane.type.v1 import type_pb2

from services.kernel.db import Database, migrate
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from services.status.store import SCHEMA

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
NORTHLAKE, HARBOR = "partners/northlake", "partners/harbor"
SWIFT, ARROW = "partners/swift-courier", "partners/arrow-courier"
TRACKING = "1Z0000000000000001"
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

_SLOT_EVENTS = {
    "held": (slotting_events.SlotHeld, slotting_pb2.Slot.HELD),
    "confirmed": (slotting_events.SlotConfirmed, slotting_pb2.Slot.CONFIRMED),
    "released": (slotting_events.SlotReleased, slotting_pb2.Slot.RELEASED),
    "expired": (slotting_events.SlotExpired, slotting_pb2.Slot.EXPIRED),
    "moved": (slotting_events.SlotMoved, slotting_pb2.Slot.CONFIRMED),
    "at_risk": (slotting_events.SlotAtRisk, slotting_pb2.Slot.CONFIRMED),
    "fulfilled": (slotting_events.SlotFulfilled, slotting_pb2.Slot.FULFILLED),
    "replaced": (slotting_events.SlotReplaced, slotting_pb2.Slot.LOST),
    "fulfilment_withdrawn": (slotting_events.SlotFulfilmentWithdrawn, slotting_pb2.Slot.CONFIRMED),
    "lost": (slotting_events.SlotLost, slotting_pb2.Slot.LOST),
}


_SHIPMENT_EVENTS: Mapping[str, Any] = {
    "shipment.booked": distribution_events.ShipmentBooked,
    "shipment.replanned": distribution_events.ShipmentReplanned,
    "shipment.followed": distribution_events.ShipmentFollowed,
    "shipment.delivered": distribution_events.ShipmentDelivered,
    "shipment.cancelled": distribution_events.ShipmentCancelled,
    "shipment.excursion_detected": distribution_events.ExcursionDetected,
    "shipment.handed_over": distribution_events.ShipmentHandedOver,
    "shipment.lost": distribution_events.ShipmentLost,
    "milestone.recorded": distribution_events.MilestoneRecorded,
    "milestone.settled": distribution_events.MilestoneSettled,
    "milestone.overdue": distribution_events.MilestoneOverdue,
}
_RUN_EVENTS = {
    "created": capacity_events.RunCreated,
    "opened": capacity_events.RunOpened,
    "cut": capacity_events.RunCut,
    "cancelled": capacity_events.RunCancelled,
}


def at(minutes: float) -> datetime:
    """So many minutes after noon."""
    return NOON + timedelta(minutes=minutes)


def a_slot(dose_id: str, **changes: Any) -> slotting_pb2.Slot:
    """A slot of Northlake's as slotting publishes it."""
    facts: dict[str, Any] = {
        "name": f"slots/{dose_id}",
        "partner": NORTHLAKE,
        "run": "runs/lu-1",
        "site": "sites/lakeside-clinic",
        "order_reference": "order-1",
        "patient_reference": "p-17",
        "administration": type_pb2.Activity(activity_mbq=7400, time=stamp(NOON + timedelta(days=2))),
    }
    return slotting_pb2.Slot(**{**facts, **changes})


def slot_event(dose_id: str, what: str = "confirmed", sequence: int = 1, minutes: float = 0, **changes: Any) -> Event:
    """An event of slotting."""
    message_type, state = _SLOT_EVENTS[what]
    at_risk = what == "at_risk"
    said = message_type(slot=a_slot(dose_id, **{"state": state, "at_risk": at_risk, **changes}))
    return Event(
        id=uuid7(),
        type=f"doselane.slotting.slot.{what}.v1",
        source="doselane/slotting",
        subject=f"slots/{dose_id}",
        sequence=sequence,
        time=at(minutes),
        data=said.SerializeToString(),
        partner=said.slot.partner,
        actor="northlake-orchestrator",
        traceparent=TRACE,
    )


def shipment_event(
    dose_id: str, news: str = "shipment.booked", sequence: int = 1, shipment: str = "shipments/1", **fields: Any
) -> Event:
    """An event of distribution about the shipment of a dose; `said` are further fields of the event."""
    said = fields.pop("said", {})
    given: dict[str, Any] = {
        "name": shipment,
        "partner": NORTHLAKE,
        "courier": SWIFT,
        "references": [TRACKING],
        "site": "sites/lakeside-clinic",
        "state": shipment_pb2.Shipment.BOOKED,
        "doses": [shipment_pb2.CarriedDose(dose=f"doses/{dose_id}", run="runs/lu-1")],
    }
    message = _SHIPMENT_EVENTS[news](shipment=shipment_pb2.Shipment(**{**given, **fields}), **said)
    return Event(
        id=uuid7(),
        type=f"doselane.distribution.{news}.v1",
        source="doselane/distribution",
        subject=shipment,
        sequence=sequence,
        time=at(sequence),
        data=message.SerializeToString(),
        partner=message.shipment.partner,
        actor="control-room",
        reason="booked by phone",
        traceparent=TRACE,
    )


def milestone_event(dose_id: str, kind: int, sequence: int, minutes: float | None = 0, **fields: Any) -> Event:
    """A milestone of the shipment of a dose was recorded."""
    milestone = courier_pb2.Milestone(
        event_id=f"e{sequence}", kind=kind, time=None if minutes is None else stamp(at(minutes)),  # type: ignore[arg-type]
        **fields.pop("milestone", {}),
    )  # fmt: skip
    said = {"milestone": milestone, "record_time": stamp(at((minutes or 0) + 1)), **fields.pop("said", {})}
    return shipment_event(dose_id, "milestone.recorded", sequence, said=said, **fields)


def run_event(
    what: str = "created", version: int = 1, ready: float = -600, run: str = "runs/lu-1", minutes: float = -6000
) -> Event:
    """An event of capacity; the run's synthesis ends so many minutes after noon."""
    state = capacity_pb2.Run.CANCELLED if what == "cancelled" else capacity_pb2.Run.OPEN
    message = capacity_pb2.Run(name=run, state=state, end_of_synthesis_time=stamp(at(ready)))
    said = _RUN_EVENTS[what](run=message, version=version)
    return Event(
        id=uuid7(),
        type=f"doselane.capacity.run.{what}.v1",
        source="doselane/capacity",
        subject=run,
        sequence=version,
        time=at(minutes),
        data=said.SerializeToString(),
        actor="planner",
        traceparent=TRACE,
    )


def numbers(sequences: Sequence[int]) -> bool:
    """Whether these are 1, 2, 3, … in this order."""
    return list(sequences) == list(range(1, len(sequences) + 1))


async def status_schema(dsn: str) -> None:
    """Make status's schema."""
    database = await Database.connect(dsn, "status", pool_size=2)
    await migrate(database, SCHEMA)
    await database.close()
