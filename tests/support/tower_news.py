"""What other services publish that the tower hears, of the dose of `tests.support.tower`."""

from datetime import datetime
from typing import Any

from doselane.capacity.v1 import capacity_pb2
from doselane.capacity.v1 import events_pb2 as capacity_events
from doselane.courier.v1 import courier_pb2
from doselane.distribution.v1 import events_pb2 as distribution_events
from doselane.distribution.v1 import lane_pb2, shipment_pb2
from doselane.masterdata.v1 import events_pb2 as masterdata_events
from doselane.masterdata.v1 import resources_pb2
from doselane.planning.v1 import events_pb2 as planning_events
from doselane.planning.v1 import planning_pb2
from doselane.quality.v1 import batch_pb2, critical_path_pb2
from doselane.quality.v1 import events_pb2 as quality_events
from doselane.slotting.v1 import events_pb2 as slotting_events
from doselane.slotting.v1 import slotting_pb2
from doselane.type.v1 import type_pb2
from google.protobuf.message import Message
from google.type.timeofday_pb2 import TimeOfDay

from services.kernel.db import Database, migrate
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from services.tower.store import SCHEMA
from tests.support.tower import BATCH, FACILITY, LANE, NORTHLAKE, PRODUCT, RUN, SHIPMENT, SITE, at

Slot, Run, Batch, Shipment = slotting_pb2.Slot, capacity_pb2.Run, batch_pb2.Batch, shipment_pb2.Shipment
SLOT_EVENTS: dict[str, tuple[Any, int]] = {
    "held": (slotting_events.SlotHeld, Slot.HELD),
    "confirmed": (slotting_events.SlotConfirmed, Slot.CONFIRMED),
    "released": (slotting_events.SlotReleased, Slot.RELEASED),
    "moved": (slotting_events.SlotMoved, Slot.CONFIRMED),
    "at_risk": (slotting_events.SlotAtRisk, Slot.CONFIRMED),
    "fulfilled": (slotting_events.SlotFulfilled, Slot.FULFILLED),
    "lost": (slotting_events.SlotLost, Slot.LOST),
}
RUN_EVENTS: dict[str, tuple[Any, int]] = {
    "opened": (capacity_events.RunOpened, Run.OPEN),
    "failed": (capacity_events.RunFailed, Run.FAILED),
    "cancelled": (capacity_events.RunCancelled, Run.CANCELLED),
    "produced": (capacity_events.RunProduced, Run.PRODUCED),
}


def event(type_: str, subject: str, said: Message, sequence: int = 1, partner: str = "") -> Event:
    """An event of another service."""
    source = f"doselane/{type_.partition('.')[0]}"
    data = said.SerializeToString()
    return Event(uuid7(), f"doselane.{type_}.v1", source, subject, sequence, at(0), data, partner, actor="somebody")


def slot_news(dose: str = "d1", what: str = "confirmed", sequence: int = 1, **changes: Any) -> Event:
    """A slot after an event; what is not said is as everything else here has it."""
    message, state = SLOT_EVENTS[what]
    slot_facts: dict[str, Any] = {
        "name": f"slots/{dose}",
        "partner": NORTHLAKE,
        "run": RUN,
        "state": state,
        "site": SITE,
        "lane": LANE,
        "product": PRODUCT,
        "order_reference": "NL-1",
        "patient_reference": "px-77",
        "administration": type_pb2.Activity(activity_mbq=7400, time=stamp(at(24))),
        "departure_time": stamp(at(6)),
        "delivery_time": stamp(at(12)),
        "at_risk": what == "at_risk",
        "risk": Slot.RUN if what == "at_risk" else 0,
    }
    slot = Slot(**{**slot_facts, **changes})
    said = message(slot=slot, cause="DAMAGED") if what == "lost" else message(slot=slot)
    return event(f"slotting.slot.{what}", slot.name, said, sequence, slot.partner)


def run_news(what: str = "opened", version: int = 1, name: str = RUN, ends_at: float = 0, **changes: Any) -> Event:
    """A run after an event."""
    message, state = RUN_EVENTS[what]
    run_facts: dict[str, Any] = {
        "name": name,
        "product": PRODUCT,
        "line": f"{FACILITY}/lines/1",
        "state": state,
        "end_of_synthesis_time": stamp(at(ends_at)),
        "claim_cutoff_time": stamp(at(ends_at - 4)),
        "use_by_time": stamp(at(ends_at + 72)),
    }
    if what == "produced":
        run_facts["production"] = capacity_pb2.Production(end_of_synthesis_time=stamp(at(ends_at)))
    run = Run(**{**run_facts, **changes})
    return event(f"capacity.run.{what}", name, message(run=run, version=version), version)


def batch_news(what: str = "created", version: int = 1, **changes: Any) -> Event:
    """A batch after an event."""
    states = {"rejected": Batch.REJECTED, "ready_to_ship": Batch.READY_TO_SHIP}
    batch_facts: dict[str, Any] = {"name": BATCH, "run": RUN, "product": PRODUCT, "expire_time": stamp(at(72))}
    batch = Batch(**{"state": states.get(what, Batch.IN_QC), **batch_facts, **changes})
    messages = {"rejected": quality_events.BatchRejected, "ready_to_ship": quality_events.BatchReadyToShip}
    message = messages.get(what, quality_events.BatchJudged)
    return event(f"quality.batch.{what}", BATCH, message(batch=batch, version=version), version)


def deadline_news(item: str, left_percent: int, sequence: int = 1) -> Event:
    """The time for something comes to its end."""
    missing = critical_path_pb2.MissingItem(item=item, owner="laboratory", gate="DISPATCH", latest_time=stamp(at(6)))
    said = quality_events.DeadlineClosing(batch=BATCH, item=missing, left_percent=left_percent)
    return event("quality.qc.deadline_closing", f"{BATCH}/criticalPath", said, sequence)


def shipment_news(what: str = "shipment.booked", version: int = 1, *doses: str, **changes: Any) -> Event:
    """A shipment after an event."""
    shipment_facts: dict[str, Any] = {
        "name": SHIPMENT,
        "partner": NORTHLAKE,
        "site": SITE,
        "lane": LANE,
        "state": Shipment.BOOKED,
        "departure_time": stamp(at(6)),
        "doses": [shipment_pb2.CarriedDose(dose=f"doses/{dose}", run=RUN) for dose in doses or ("d1",)],
        "prediction": shipment_pb2.Prediction(p50_time=stamp(at(11)), p90_time=stamp(at(12))),
    }
    said = distribution_events.ShipmentBooked(shipment=Shipment(**{**shipment_facts, **changes}))
    return event(f"distribution.{what}", SHIPMENT, said, version, NORTHLAKE)


def overdue(*kinds: int) -> list[shipment_pb2.ExpectedMilestone]:
    """Expected milestones that have not come."""
    return [shipment_pb2.ExpectedMilestone(kind=kind, overdue_time=stamp(at(8))) for kind in kinds]  # type: ignore[arg-type]


def moved(hours: float) -> courier_pb2.Milestone:
    """A milestone on the way."""
    return courier_pb2.Milestone(kind=courier_pb2.Milestone.DEPARTED, time=stamp(at(hours)))


def denial_news(**changes: Any) -> Event:
    """Somebody refused the shipment."""
    denial_facts: dict[str, Any] = {
        "name": "denials/1",
        "kind": lane_pb2.Denial.DENIED,
        "lane": LANE,
        "departure_time": stamp(at(6)),
        "shipment": SHIPMENT,
        "denial_time": stamp(at(7)),
    }
    denial = lane_pb2.Denial(**{**denial_facts, **changes})
    return event("distribution.denial.recorded", denial.name, distribution_events.DenialRecorded(denial=denial))


def supply_news(sequence: int, *conflicting: str) -> Event:
    """A delivery of isotope was changed."""
    delivery = planning_pb2.IsotopeDelivery(
        name="isotopeDeliveries/1", state=planning_pb2.IsotopeDelivery.PLANNED, conflicting_runs=conflicting
    )
    said = planning_events.IsotopeDeliveryUpdated(isotope_delivery=delivery)
    return event("planning.isotope_delivery.updated", delivery.name, said, sequence)


def network_news() -> list[Event]:
    """The product, the centre, the facility and the lane."""
    departs = resources_pb2.Departure(
        days=list(range(1, 8)),
        time=TimeOfDay(hours=18),
        cutoff_minutes=60,
        places=10,
    )
    resources: list[resources_pb2.Resource] = [
        resources_pb2.Resource(
            product=resources_pb2.Product(
                name=PRODUCT,
                nuclide=type_pb2.NUCLIDE_LU_177,
                partners=[NORTHLAKE],
                activity_nominal_mbq=7400,
                activity_min_mbq=6660,
                qc_minutes=240,
                shelf_life_minutes=4320,
            )
        ),
        resources_pb2.Resource(site=resources_pb2.Site(name=SITE, time_zone="UTC")),
        resources_pb2.Resource(facility=resources_pb2.Facility(name=FACILITY, time_zone="UTC")),
        resources_pb2.Resource(
            lane=resources_pb2.Lane(
                name=LANE,
                site=SITE,
                facility=FACILITY,
                dispatch_minutes=30,
                transit_minutes=360,
                departures=[departs],
                valid_until_time=stamp(datetime.fromisoformat("2040-01-01T00:00:00+00:00")),
            )
        ),
    ]
    return [_created(each) for each in resources]


def _created(resource: resources_pb2.Resource) -> Event:
    name = getattr(resource, resource.WhichOneof("kind") or "").name
    return event("masterdata.resource.created", name, masterdata_events.ResourceCreated(resource=resource, version=1))


async def tower_schema(dsn: str) -> None:
    """Prepares a database with the tower's schema."""
    database = await Database.connect(dsn, "tower", pool_size=2)
    await migrate(database, SCHEMA)
    await database.close()
