"""Builders for distribution: they hide what a test does not care about."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from doselane.capacity.v1 import capacity_pb2
from doselane.capacity.v1 import events_pb2 as capacity_events
from doselane.courier.v1 import courier_pb2
from doselane.courier.v1 import events_pb2 as courier_events
from doselane.erp.v1 import erp_pb2
from doselane.erp.v1 import events_pb2 as erp_events
from doselane.masterdata.v1 import events_pb2 as masterdata_events
from doselane.masterdata.v1 import resources_pb2
from doselane.quality.v1 import batch_pb2
from doselane.quality.v1 import events_pb2 as quality_events
from doselane.slotting.v1 import events_pb2 as slotting_events
from doselane.slotting.v1 import slotting_pb2
from doselane.type.v1 import type_pb2
from google.protobuf.message import Message

from services.distribution.domain.milestone import Milestone, MilestoneKind
from services.distribution.store import SCHEMA
from services.kernel.db import Database, migrate
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
NORTHLAKE, HARBOR, PLANT = "partners/northlake", "partners/harbor", "partners/plant"
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
    "lost": (slotting_events.SlotLost, slotting_pb2.Slot.LOST),
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


def a_milestone(kind: MilestoneKind, minutes: float | None = 0, event_id: str = "", **facts: Any) -> Milestone:
    """A milestone as the rules see it; `minutes` None: the time is not known."""
    time = None if minutes is None else at(minutes)
    return Milestone(event_id=event_id or f"{kind.name}@{minutes}", kind=kind, time=time, **facts)


def a_slot(dose_id: str, **changes: Any) -> slotting_pb2.Slot:
    """A slot of Northlake's as slotting publishes it."""
    facts: dict[str, Any] = {
        "name": f"slots/{dose_id}",
        "partner": NORTHLAKE,
        "run": "runs/lu-1",
        "site": "sites/lakeside-clinic",
        "lane": "lanes/lakeside",
        "product": "products/lu-ligand",
        "order_reference": "order-1",
        "patient_reference": "p-17",
        "administration": type_pb2.Activity(activity_mbq=7400, time=stamp(NOON + timedelta(days=2))),
        "departure_time": stamp(NOON),
        "delivery_time": stamp(NOON + timedelta(hours=10)),
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


def told(kind: MilestoneKind, minutes: float | None = 0, event_id: str = "", **fields: Any) -> courier_pb2.Milestone:
    """A milestone as a courier's adapter publishes it."""
    facts: dict[str, Any] = {
        "event_id": event_id or f"{kind.name}@{minutes}",
        "kind": int(kind),
        "code": kind.name[:2],
        "time": None if minutes is None else stamp(at(minutes)),
        "shipment_references": [TRACKING],
    }
    return courier_pb2.Milestone(**{**facts, **fields})


def milestone_event(
    milestone: courier_pb2.Milestone, courier: str = SWIFT, minutes: float = 0, event_id: UUID | None = None
) -> Event:
    """The event that a courier's push becomes."""
    said = courier_events.MilestoneReported(
        courier=courier, adapter="courier_ups", push="pushes/1", milestone=milestone
    )
    return Event(
        id=event_id or uuid7(),
        type="doselane.courier.milestone.reported.v1",
        source="doselane/courier",
        subject=f"shipments/{(list(milestone.shipment_references) or ['none'])[0]}",
        sequence=1,
        time=at(minutes),
        data=said.SerializeToString(),
        partner=courier,
        actor="swift-push",
        traceparent=TRACE,
    )


def reported(kind: MilestoneKind, minutes: float | None = 0, courier: str = SWIFT, **fields: Any) -> Event:
    """The event of a milestone."""
    return milestone_event(told(kind, minutes, **fields), courier, minutes=minutes or 0)


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


def resource_event(version: int = 1, **resource: Any) -> Event:
    """A resource of master data, as it was published."""
    said = masterdata_events.ResourceUpdated(resource=resources_pb2.Resource(**resource), version=version)
    (message,) = resource.values()
    return _event("masterdata.resource.updated", message.name, said, version)


def a_lane(version: int = 1, **fields: Any) -> Event:
    """The lane to Lakeside: by road to the airport, by air, by road; half arrive in 8 hours, nine of ten in 10."""
    leg = resources_pb2.Leg
    given: dict[str, Any] = {
        "name": "lanes/lakeside",
        "facility": "facilities/north",
        "site": "sites/lakeside-clinic",
        "legs": [
            leg(mode=leg.ROAD, carrier=SWIFT, accepts_class_7=True, minutes=60),
            leg(mode=leg.AIR, carrier=ARROW, accepts_class_7=True, minutes=240),
            leg(mode=leg.ROAD, carrier=SWIFT, accepts_class_7=True, minutes=180),
        ],
        "transit_quantiles": [
            resources_pb2.TransitQuantile(percentile=50, minutes=480),
            resources_pb2.TransitQuantile(percentile=90, minutes=600),
        ],
        "promised_percentile": 90,
        "valid_until_time": stamp(NOON + timedelta(days=365)),
    }
    return resource_event(version, lane=resources_pb2.Lane(**{**given, **fields}))


def a_product(version: int = 1, **fields: Any) -> Event:
    """A product that may be from 2 to 25 degrees warm."""
    given: dict[str, Any] = {
        "name": "products/lu-ligand",
        "nuclide": type_pb2.NUCLIDE_LU_177,
        "partners": [NORTHLAKE],
        "activity_nominal_mbq": 7400,
        "shelf_life_minutes": 4320,
        "transport_temperature_min_cel": 2,
        "transport_temperature_max_cel": 25,
    }
    return resource_event(version, product=resources_pb2.Product(**{**given, **fields}))


def batch_event(
    state: str = "READY_TO_SHIP", version: int = 2, run: str = "runs/lu-1", name: str = "batches/b"
) -> Event:
    """A batch of a run, as quality published it."""
    batch = batch_pb2.Batch(name=name, run="runs/lu-1", state=batch_pb2.Batch.State.Value(state))
    said = quality_events.BatchCreated(batch=batch, version=version)
    return _event(f"quality.batch.{state.lower()}", name, said, version)


def vial_event(dose_id: str, batch: str = "batches/b", version: int = 1, surplus: bool = False) -> Event:
    """The vial of a dose."""
    since = stamp(NOON) if surplus else None
    vial = batch_pb2.Vial(name=f"{batch}/vials/{dose_id[-4:]}", slot=f"slots/{dose_id}", surplus_time=since)
    return _event("quality.vial.changed", vial.name, quality_events.VialChanged(vial=vial), version)


def delivery_event(
    delivery: str = "80001234", *references: str, stated_by: str = PLANT, minutes: float = 0, **fields: Any
) -> Event:
    """The manufacturer's ERP states a delivery of an order."""
    facts: dict[str, Any] = {
        "partner": NORTHLAKE,
        "order_reference": "order-1",
        "state_time": stamp(at(minutes)),
        **fields,
    }
    told = erp_pb2.OutboundDelivery(delivery=delivery, references=references, **facts)
    said = erp_events.OutboundDeliveryChanged(
        partner=stated_by, adapter="erp_tiny", message="messages/1", outbound_delivery=told
    )
    return _event("erp.outbound_delivery.changed", "messages/1", said, 1)


def _event(type_: str, subject: str, said: Message, sequence: int) -> Event:
    return Event(
        id=uuid7(),
        type=f"doselane.{type_}.v1",
        source=f"doselane/{type_.partition('.')[0]}",
        subject=subject,
        sequence=sequence,
        time=at(-6000),
        data=said.SerializeToString(),
        actor="somebody",
        traceparent=TRACE,
    )


def numbers(sequences: Sequence[int]) -> bool:
    """Whether these are 1, 2, 3, … in this order."""
    return list(sequences) == list(range(1, len(sequences) + 1))


async def distribution_schema(dsn: str) -> None:
    """Make the schema."""
    database = await Database.connect(dsn, "distribution", pool_size=2)
    await migrate(database, SCHEMA)
    await database.close()
