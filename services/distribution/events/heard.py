"""What distribution hears: slots, runs, batches and vials, the network, and what couriers tell."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from math import isfinite
from typing import Any

from doselane.capacity.v1 import capacity_pb2
from doselane.courier.v1 import courier_pb2
from doselane.courier.v1 import events_pb2 as courier_events
from doselane.exchange.v1.events_pb2 import DeliveryFailed
from doselane.quality.v1 import batch_pb2
from doselane.quality.v1 import events_pb2 as quality_events
from doselane.slotting.v1 import events_pb2 as slotting_events
from doselane.slotting.v1 import slotting_pb2
from doselane.type.v1 import type_pb2

from services.distribution.domain.known import (
    BatchTold,
    DeclarationTold,
    OrderFailed,
    Promise,
    ResourceTold,
    RunTold,
    VialTold,
)
from services.distribution.domain.milestone import Milestone, MilestoneFact, MilestoneKind, Position, SensorReading
from services.kernel.errors import Invalid
from services.kernel.event import Event
from services.kernel.references import canonical
from services.kernel.stored import storable
from services.kernel.timestamps import known_instant
from services.network.reading import RESOURCE_EVENTS, RUN_EVENTS, resource_in, run_in

MILESTONE_REPORTED = "doselane.courier.milestone.reported.v1"
DELIVERY_FAILED = "doselane.courier.delivery.failed.v1"
VIAL_CHANGED = "doselane.quality.vial.changed.v1"
OUTBOUND_DELIVERY_CHANGED = "doselane.erp.outbound_delivery.changed.v1"
DOCUMENT_ISSUED = "doselane.quality.document.issued.v1"
SLOT_EVENTS: Mapping[str, Any] = {
    "doselane.slotting.slot.held.v1": slotting_events.SlotHeld,
    "doselane.slotting.slot.confirmed.v1": slotting_events.SlotConfirmed,
    "doselane.slotting.slot.released.v1": slotting_events.SlotReleased,
    "doselane.slotting.slot.expired.v1": slotting_events.SlotExpired,
    "doselane.slotting.slot.moved.v1": slotting_events.SlotMoved,
    "doselane.slotting.slot.at_risk.v1": slotting_events.SlotAtRisk,
    # What follows from a delivery is known here; but a dose that was lost is not booked anew.
    "doselane.slotting.slot.lost.v1": slotting_events.SlotLost,
}
BATCH_EVENTS = frozenset(
    f"doselane.quality.batch.{news}.v1"
    for news in ("created", "ready_to_ship", "reopened", "certified_for_use", "certified_final", "rejected")
)
HEARD = frozenset(
    {
        MILESTONE_REPORTED,
        DELIVERY_FAILED,
        VIAL_CHANGED,
        DOCUMENT_ISSUED,
        OUTBOUND_DELIVERY_CHANGED,
        *SLOT_EVENTS,
        *BATCH_EVENTS,
        *RUN_EVENTS,
        *RESOURCE_EVENTS,
    }
)
TOPICS_HEARD = (
    "doselane.masterdata",
    "doselane.slotting",
    "doselane.capacity",
    "doselane.quality",
    "doselane.courier",
    "doselane.erp",
)
# A longer reference cannot be attached, so nothing is ever found by it; an index has a limit on the length of its keys.
REFERENCE_LENGTH_MAX = 500

_KIND_OF_NUMBER: Mapping[int, MilestoneKind] = {int(kind): kind for kind in MilestoneKind}
_MAY_LEAVE = frozenset(
    {batch_pb2.Batch.READY_TO_SHIP, batch_pb2.Batch.CERTIFIED_FOR_USE, batch_pb2.Batch.CERTIFIED_FINAL}
)


def kind_of(event: Event) -> str:
    """What an event tells of, as a word that events which are applied together share."""
    if event.type in SLOT_EVENTS:
        return "slot"
    if event.type in BATCH_EVENTS:
        return "batch"
    if event.type in RUN_EVENTS:
        return "run"
    return "resource" if event.type in RESOURCE_EVENTS else event.type


def resource_version_in(event: Event) -> ResourceTold | None:
    """The version of a resource that an event of master data tells of; None for a kind that is not known here."""
    told = resource_in(event)
    return told and ResourceTold(told.name, told.version, told.kind, told.deleted, told.document)


def promise_in(event: Event) -> Promise:
    """A slot after one of its events."""
    slot: slotting_pb2.Slot = SLOT_EVENTS[event.type].FromString(event.data).slot
    collection, _, dose = slot.name.partition("/")
    if collection != "slots" or not dose or not slot.partner:
        raise Invalid("The event does not say which slot it is about, or whose it is.", field="slot", event=event.id)
    wanted = slot.administration
    return Promise(
        dose=dose,
        version=event.sequence,
        partner=slot.partner,
        run=slot.run,
        product=slot.product,
        site=slot.site,
        lane=slot.lane,
        confirmed=slot.state == slotting_pb2.Slot.CONFIRMED,
        over=slot.state in (slotting_pb2.Slot.RELEASED, slotting_pb2.Slot.EXPIRED, slotting_pb2.Slot.LOST),
        administration_mbq=wanted.activity_mbq if slot.HasField("administration") else None,
        administration_at=known_instant(wanted, "time"),
        departure_at=known_instant(slot, "departure_time"),
        delivery_at=known_instant(slot, "delivery_time"),
        order_reference=storable(slot.order_reference),
    )


def run_told_in(event: Event) -> RunTold:
    """A run after one of its events."""
    told = run_in(event)
    assert told, "it is read by its type"
    run, version = told
    withdrawn = run.state in (capacity_pb2.Run.CANCELLED, capacity_pb2.Run.FAILED)
    ends_at = known_instant(run.production, "end_of_synthesis_time") or known_instant(run, "end_of_synthesis_time")
    return RunTold(run.name, version, ends_at, withdrawn)


def batch_in(event: Event) -> BatchTold:
    """A batch after one of its events; every one has the batch as its first field, so one message reads them all."""
    told = quality_events.BatchCreated.FromString(event.data)
    return BatchTold(told.batch.name, event.sequence, told.batch.run, told.batch.state in _MAY_LEAVE)


def vial_in(event: Event) -> VialTold:
    """A vial after a change."""
    vial = quality_events.VialChanged.FromString(event.data).vial
    batch = vial.name.partition("/vials/")[0]
    return VialTold(vial.name, event.sequence, vial.slot.removeprefix("slots/"), batch, vial.HasField("surplus_time"))


def declaration_in(event: Event) -> DeclarationTold | None:
    """A declaration of dangerous goods that was issued; None: another document."""
    document = quality_events.DocumentIssued.FromString(event.data).document
    if document.kind != type_pb2.DOCUMENT_KIND_DANGEROUS_GOODS_DECLARATION:
        return None
    batch = document.name.partition("/documents/")[0]
    return DeclarationTold(document.name, event.sequence, document.slot.removeprefix("slots/"), batch)


def failed_order_in(event: Event) -> OrderFailed:
    """Something that was not sent to a courier."""
    failed = DeliveryFailed.FromString(event.data)
    about = storable(failed.about).rpartition(" ")[2]  # adapters may say in front of a name what they do with it
    return OrderFailed(failed.event_id, storable(failed.detail), canonical(about))


def reported_in(event: Event) -> MilestoneFact:
    """A courier's milestone."""
    said = courier_events.MilestoneReported.FromString(event.data)
    if not said.courier:
        raise Invalid("The event does not say whose milestone it is.", field="courier", event=event.id)
    told = said.milestone
    return MilestoneFact(
        courier=said.courier,
        references=keys_of(text for text in told.shipment_references if len(text) <= REFERENCE_LENGTH_MAX),
        milestone=milestone_of(told, event.time),
        push=said.push,
        event_id=str(event.id),
        recorded_at=event.time,
        actor=event.actor,
        traceparent=event.traceparent,
    )


def milestone_of(told: courier_pb2.Milestone, told_at: datetime | None = None) -> Milestone:
    """What the rules need of a courier's milestone."""
    message = told.SerializeToString(deterministic=True)
    where = told.location
    return Milestone(
        # A fact without an id of its own is told apart by what it says.
        event_id=_key(told.event_id) or f"sha256:{sha256(message).hexdigest()}",
        # A number that is newer than this program says nothing to it, and is not guessed.
        kind=_KIND_OF_NUMBER.get(told.kind, MilestoneKind.UNKNOWN),
        time=known_instant(told, "time"),
        local_time=storable(told.local_time),
        retracted=told.retracted,
        retracts=tuple(dict.fromkeys(_key(event_id) for event_id in told.retracts_event_ids if event_id)),
        expected_delivery_at=known_instant(told, "expected_delivery_time"),
        message=message,
        told_at=told_at,
        position=_position(where),
        readings=tuple(_reading(each) for each in told.sensor_readings),
        place=storable(", ".join(filter(None, (where.city, where.country))) or where.place),
        answers=_key(told.answers_event_id),
    )


def visible_to(milestone: Milestone, own: Collection[str], references: Collection[str]) -> Milestone:
    """The milestone without the shipments of others that it also names.

    A courier's event can speak of many shipments (the parcels of a pallet); a partner may know of its own only.
    """
    keys = frozenset(keys_of(references))
    if keys.issuperset(own):
        return milestone
    told = courier_pb2.Milestone.FromString(milestone.message)
    mine = [reference for reference in told.shipment_references if keys.intersection(keys_of([reference]))]
    del told.shipment_references[:]
    told.shipment_references.extend(mine)
    return replace(milestone, message=told.SerializeToString(deterministic=True))


def references_in(milestone: Milestone) -> tuple[str, ...]:
    """The names of shipments in a milestone, as its courier wrote them."""
    told = courier_pb2.Milestone.FromString(milestone.message)
    return tuple(text for text in told.shipment_references if text and len(text) <= REFERENCE_LENGTH_MAX)


def keys_of(references: Iterable[str]) -> tuple[str, ...]:
    """The keys by which shipments are found, each once: one shipment has one, however its name is spelled."""
    return tuple(dict.fromkeys(canonical(storable(text)) for text in references))


def _key(text: str) -> str:
    """A courier's event id as a key of bounded length."""
    return storable(text) if len(text) <= REFERENCE_LENGTH_MAX else f"sha256:{sha256(text.encode()).hexdigest()}"


def _position(where: courier_pb2.Location) -> Position | None:
    """A point on the earth; None if it is not given, or is none."""
    if not (where.HasField("latitude_degrees") and where.HasField("longitude_degrees")):
        return None
    found = Position(where.latitude_degrees, where.longitude_degrees)
    return found if abs(found.latitude) <= 90 and abs(found.longitude) <= 180 else None


def _reading(told: courier_pb2.SensorReading) -> SensorReading:
    fields = ("value", "minimum", "maximum")
    given = [getattr(told, field) for field in fields if told.HasField(field)]
    values = tuple(value for value in given if isfinite(value))  # a sensor without a signal sends NaN
    return SensorReading(storable(told.type), told.unit, values, known_instant(told, "time"), storable(told.device))
