"""What the tower hears: slots, runs, batches, vials, shipments, denials, isotope, and the network."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from doselane.courier.v1 import courier_pb2
from doselane.distribution.v1 import events_pb2 as distribution_events
from doselane.distribution.v1 import lane_pb2, shipment_pb2
from doselane.masterdata.v1 import resources_pb2
from doselane.planning.v1 import events_pb2 as planning_events
from doselane.planning.v1 import planning_pb2
from doselane.quality.v1 import batch_pb2, critical_path_pb2
from doselane.quality.v1 import events_pb2 as quality_events
from doselane.slotting.v1 import events_pb2 as slotting_events
from doselane.slotting.v1 import slotting_pb2

from services.kernel.errors import Invalid
from services.kernel.event import Event
from services.kernel.stored import storable
from services.kernel.timestamps import known_instant
from services.network.reading import RESOURCE_EVENTS, RUN_EVENTS, resource_in, run_in
from services.tower.domain.known import (
    KnownBatch,
    KnownDenial,
    KnownItem,
    KnownResource,
    KnownRun,
    KnownShipment,
    KnownSlot,
    KnownSupply,
    KnownVial,
)
from services.tower.events.escalations import ALERT_FAILED, ALERT_SENT

TOPICS_HEARD = (
    "doselane.masterdata",
    "doselane.planning",
    "doselane.capacity",
    "doselane.slotting",
    "doselane.quality",
    "doselane.distribution",
    "doselane.alert",
)
_SLOT_EVENTS = frozenset(
    f"doselane.slotting.slot.{news}.v1"
    for news in (
        "held",
        "confirmed",
        "released",
        "expired",
        "moved",
        "at_risk",
        "fulfilled",
        "fulfilment_withdrawn",
        "lost",
    )
)
_BATCH_EVENTS = frozenset(
    f"doselane.quality.batch.{news}.v1"
    for news in (
        "created",
        "judged",
        "ready_to_ship",
        "reopened",
        "certified_for_use",
        "certified_final",
        "rejected",
        "failed_after_use",
        "deviated",
    )
)
_SHIPMENT_EVENTS = frozenset(
    f"doselane.distribution.{news}.v1"
    for news in (
        "shipment.booked",
        "shipment.replanned",
        "shipment.packed",
        "shipment.followed",
        "shipment.handed_over",
        "shipment.rejudged",
        "shipment.excursion_detected",
        "shipment.delivered",
        "shipment.delivery_withdrawn",
        "shipment.lost",
        "shipment.cancelled",
        "shipment.booking_requested",
        "shipment.cancellation_requested",
        "shipment.redirection_requested",
        "shipment.order_confirmed",
        "shipment.order_failed",
        "milestone.recorded",
        "milestone.settled",
        "milestone.overdue",
    )
)
_SUPPLY_EVENTS: Mapping[str, Any] = {
    "doselane.planning.isotope_delivery.planned.v1": planning_events.IsotopeDeliveryPlanned,
    "doselane.planning.isotope_delivery.updated.v1": planning_events.IsotopeDeliveryUpdated,
    "doselane.planning.isotope_delivery.cancelled.v1": planning_events.IsotopeDeliveryCancelled,
}
_VIAL_CHANGED = "doselane.quality.vial.changed.v1"
_DEADLINE_CLOSING = "doselane.quality.qc.deadline_closing.v1"
_DENIAL_RECORDED = "doselane.distribution.denial.recorded.v1"
_KIND_OF_TYPE: Mapping[str, str] = {
    **dict.fromkeys(_SLOT_EVENTS, "slot"),
    **dict.fromkeys(RUN_EVENTS, "run"),
    **dict.fromkeys(_BATCH_EVENTS, "batch"),
    **dict.fromkeys(_SHIPMENT_EVENTS, "shipment"),
    **dict.fromkeys(_SUPPLY_EVENTS, "supply"),
    **dict.fromkeys(RESOURCE_EVENTS, "resource"),
    _VIAL_CHANGED: "vial",
    _DEADLINE_CLOSING: "item",
    _DENIAL_RECORDED: "denial",
    ALERT_SENT: "alert",
    ALERT_FAILED: "alert",
}
HEARD = frozenset(_KIND_OF_TYPE)
_RESOURCES = frozenset({"product", "facility", "site", "lane"})
_BACK = frozenset({"doselane.slotting.slot.lost.v1"})


def kind_of(event: Event) -> str:
    """What an event tells of, as a word."""
    return _KIND_OF_TYPE[event.type]


def slot_in(event: Event) -> KnownSlot:
    """A slot after one of its events; every one has the slot as its first field, so one message reads them all."""
    said = slotting_events.SlotLost.FromString(event.data)
    slot: slotting_pb2.Slot = said.slot
    collection, _, dose = slot.name.partition("/")
    if collection != "slots" or not dose or not slot.partner:
        raise Invalid("The event does not say which slot it is about, or whose it is.", field="slot", event=event.id)
    wanted = slot.administration
    return KnownSlot(
        dose=dose,
        version=event.sequence,
        partner=slot.partner,
        state=slot.state,
        risk=(slot.risk or slotting_pb2.Slot.RUN) if slot.at_risk else 0,
        run=slot.run,
        product=slot.product,
        site=slot.site,
        lane=slot.lane,
        order_reference=storable(slot.order_reference),
        administration_mbq=wanted.activity_mbq if slot.HasField("administration") else None,
        administration_at=known_instant(wanted, "time"),
        departure_at=known_instant(slot, "departure_time"),
        delivery_at=known_instant(slot, "delivery_time"),
        lost_cause=storable(said.cause) if event.type in _BACK else "",
        replaces=storable(slot.replaces.removeprefix("slots/")),
    )


def known_run_in(event: Event) -> KnownRun:
    """A run after one of its events."""
    told = run_in(event)
    assert told, "it is read by its type"
    run, version = told
    return KnownRun(
        name=run.name,
        version=version,
        product=run.product,
        facility=run.line.partition("/lines/")[0],
        state=run.state,
        ends_at=known_instant(run, "end_of_synthesis_time"),
        made_at=known_instant(run.production, "end_of_synthesis_time"),
        cutoff_at=known_instant(run, "claim_cutoff_time"),
        use_by_at=known_instant(run, "use_by_time"),
    )


def batch_in(event: Event) -> KnownBatch:
    """A batch after one of its events; every one has the batch as its first field, so one message reads them all."""
    batch = quality_events.BatchCreated.FromString(event.data).batch
    failed = [each.test for each in batch.verdicts if each.outcome == batch_pb2.Verdict.FAIL]
    return KnownBatch(
        name=batch.name,
        version=event.sequence,
        run=batch.run,
        state=batch.state,
        expires_at=known_instant(batch, "expire_time"),
        failed_tests=failed,
        settled_items=list(_settled(batch)),
    )


def _settled(batch: batch_pb2.Batch) -> Iterator[str]:
    """What of its critical path is there, by the names that quality gives such things."""
    if batch.specification:
        yield "specification"
    yield from (f"test:{each.test}" for each in batch.verdicts if each.outcome == batch_pb2.Verdict.PASS)
    yield from (f"deviation:{each.number}" for each in batch.deviations if each.HasField("close_time"))
    meanings = batch_pb2.Signature.Meaning
    yield from (f"signature:{meanings.Name(each.meaning)}" for each in batch.signatures)


def vial_in(event: Event) -> KnownVial:
    """A vial after a change."""
    vial = quality_events.VialChanged.FromString(event.data).vial
    left = vial.administration.activity_mbq if vial.HasField("administration") else None
    batch = vial.name.partition("/vials/")[0]
    return KnownVial(
        vial.name, event.sequence, vial.slot.removeprefix("slots/"), batch, left, vial.HasField("surplus_time")
    )


def item_in(event: Event) -> KnownItem:
    """Something that is missing, and how much of its time is left."""
    said = quality_events.DeadlineClosing.FromString(event.data)
    item, dose = said.item, said.item.slot.removeprefix("slots/")
    return KnownItem(
        key=f"{said.batch} {storable(item.item)} {dose}",
        version=event.sequence,
        batch=said.batch,
        item=storable(item.item),
        dose=dose,
        gate=critical_path_pb2.MissingItem.Gate.Name(item.gate),
        latest_at=known_instant(item, "latest_time"),
        left_percent=said.left_percent,
    )


def shipment_in(event: Event) -> KnownShipment:
    """A shipment after one of its events; every one has the shipment as its first field."""
    shipment = distribution_events.ShipmentBooked.FromString(event.data).shipment
    if not shipment.name or not shipment.partner:
        raise Invalid("The event does not say which shipment it is about.", field="shipment", event=event.id)
    kinds, states = courier_pb2.Milestone.Kind, shipment_pb2.Shipment
    arrived = [each for each in shipment.expected_milestones if each.kind == courier_pb2.Milestone.DELIVERED]
    delivered_at = _delivered_at(shipment) or next((known_instant(each, "reach_time") for each in arrived), None)
    loss = shipment.loss.cause
    return KnownShipment(
        name=shipment.name,
        version=event.sequence,
        doses=[each.dose.removeprefix("doses/") for each in shipment.doses],
        state=shipment.state,
        lane=shipment.lane,
        departure_at=known_instant(shipment, "departure_time"),
        p50_at=known_instant(shipment.prediction, "p50_time"),
        p90_at=known_instant(shipment.prediction, "p90_time"),
        delivered_at=delivered_at if shipment.state == states.DELIVERED else None,
        moved_at=known_instant(shipment.last_milestone, "time"),
        overdue=[kinds.Name(each.kind) for each in shipment.expected_milestones if each.HasField("overdue_time")],
        excursions=len(shipment.excursions),
        declined=_declined(shipment),
        loss_cause=shipment_pb2.Loss.Cause.Name(loss) if loss and loss in shipment_pb2.Loss.Cause.values() else "",
    )


def _delivered_at(shipment: shipment_pb2.Shipment) -> datetime | None:
    last = shipment.last_milestone
    return known_instant(last, "time") if last.kind == courier_pb2.Milestone.DELIVERED else None


def _declined(shipment: shipment_pb2.Shipment) -> bool:
    """Whether the last that was asked of its courier is to carry it, and the courier does not."""
    order = shipment_pb2.CourierOrder
    asked = [each for each in shipment.orders if each.kind == order.BOOK and each.courier in ("", shipment.courier)]
    return bool(asked) and asked[-1].state == order.FAILED


def denial_in(event: Event) -> KnownDenial:
    """A denial, or a delay."""
    said: lane_pb2.Denial = distribution_events.DenialRecorded.FromString(event.data).denial
    return KnownDenial(
        name=said.name,
        version=event.sequence,
        delayed=said.kind == lane_pb2.Denial.DELAYED,
        lane=said.lane,
        departure_at=known_instant(said, "departure_time"),
        shipment=said.shipment,
        delay_minutes=said.delay_minutes if said.HasField("delay_minutes") else None,
        denied_at=known_instant(said, "denial_time"),
    )


def supply_in(event: Event) -> KnownSupply:
    """A delivery of isotope."""
    said = _SUPPLY_EVENTS[event.type].FromString(event.data).isotope_delivery
    cancelled = said.state == planning_pb2.IsotopeDelivery.CANCELLED
    return KnownSupply(said.name, event.sequence, cancelled, list(said.conflicting_runs))


def known_resource_in(event: Event) -> KnownResource | None:
    """The version of a resource that doses are judged by; None for another kind."""
    told = resource_in(event)
    if told is None or told.kind not in _RESOURCES:
        return None
    site = told.message.site if isinstance(told.message, resources_pb2.Lane) else ""
    return KnownResource(told.name, told.version, told.kind, told.deleted, told.document, site)
