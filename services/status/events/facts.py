"""Events of other services as facts that the rules understand."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from doselane.capacity.v1 import capacity_pb2
from doselane.courier.v1 import courier_pb2
from doselane.distribution.v1 import events_pb2 as distribution_events
from doselane.distribution.v1 import shipment_pb2
from doselane.quality.v1 import events_pb2 as quality_events
from doselane.quality.v1 import notice_pb2
from doselane.slotting.v1 import events_pb2 as slotting_events
from doselane.slotting.v1 import slotting_pb2
from google.protobuf.message import Message

from services.kernel.errors import Invalid
from services.kernel.event import Event
from services.kernel.stored import storable
from services.kernel.timestamps import known_instant
from services.network.reading import run_in
from services.status.domain import Carriage, DoseSlot, NewsFact, Occurrence, ShipmentFact, SlotFact, sentences

Fact = SlotFact | ShipmentFact | NewsFact

_KIND, _REASON = courier_pb2.Milestone.Kind, shipment_pb2.Implausibility.Reason
_ORDER = shipment_pb2.CourierOrder.Kind
_READINGS_TOLD_MAX = 3


def fact_of(event: Event) -> Fact | None:
    """What an event means to status; None for a type that does not concern it."""
    reader = _READERS.get(event.type)
    return reader(event) if reader else None


def _occurrence(event: Event, source: str, summary: str, *, open_to_all: bool = True) -> Occurrence:
    """What an event says; not `open_to_all`: who caused it, and why, is not for a timeline."""
    return Occurrence(
        source=source,
        summary=summary,
        event_type=event.type,
        event_id=event.id,
        recorded_at=event.time,
        event_at=event.time,
        actor=event.actor if open_to_all else "",
        reason=event.reason if open_to_all else "",
        traceparent=event.traceparent,
    )


def _slot_fact(event: Event) -> SlotFact:
    message_type, sentence = _SLOT_EVENTS[event.type]
    said: Any = message_type.FromString(event.data)
    slot: slotting_pb2.Slot = said.slot
    collection, _, dose_id = slot.name.partition("/")
    if collection != "slots" or not dose_id or not slot.partner:
        raise Invalid("The event does not say which slot it is about, or whose it is.", field="slot", event=event.id)
    wanted = slot.administration
    facts = DoseSlot(
        partner=slot.partner,
        run=slot.run,
        site=slot.site,
        order_reference=storable(slot.order_reference),
        state=slot.state,
        at_risk=slot.at_risk,
        administration_mbq=wanted.activity_mbq if slot.HasField("administration") else None,
        administration_at=known_instant(wanted, "time"),
    )
    occurrence = _occurrence(event, f"slot:{event.sequence}", sentence(said))
    return SlotFact(occurrence, dose_id, event.sequence, facts, slot.SerializeToString())


def _shipment_fact(event: Event) -> ShipmentFact:
    news = event.type.removeprefix(_DISTRIBUTION).removesuffix(".v1")
    said = _SHIPMENT_EVENTS[news].FromString(event.data)
    shipment: shipment_pb2.Shipment = said.shipment
    if not shipment.name or not shipment.partner:
        raise Invalid("The event does not say which shipment it is about.", field="shipment", event=event.id)
    milestone = said.milestone if news == "milestone.recorded" else None
    implausible = milestone is not None and said.HasField("implausibility")
    occurrence = _occurrence(event, f"{shipment.name}:{event.sequence}", _summary(news, said))
    if milestone is not None:
        recorded_at = known_instant(said, "record_time") or event.time
        occurrence = replace(occurrence, event_at=known_instant(milestone, "time"), recorded_at=recorded_at)
    return ShipmentFact(
        occurrence=occurrence,
        slots={each.dose.removeprefix("doses/"): _slot_of(shipment, each) for each in shipment.doses},
        removed_ids=tuple(name.removeprefix("doses/") for name in getattr(said, "removed_doses", ())),
        carriage=Carriage(
            shipment=shipment.name,
            sequence=event.sequence,
            state=shipment.state,
            in_doubt=bool(shipment.implausible_milestones),
            message=shipment.SerializeToString(),
        ),
        milestone=None if milestone is None else milestone.SerializeToString(),
        implausibility=said.implausibility.SerializeToString() if implausible else None,
    )


def _slot_of(shipment: shipment_pb2.Shipment, dose: shipment_pb2.CarriedDose) -> DoseSlot:
    """What a shipment says of the slot of a dose, until slotting says it all."""
    wanted = dose.administration
    return DoseSlot(
        partner=shipment.partner,
        run=dose.run,
        site=shipment.site,
        order_reference="",
        state=slotting_pb2.Slot.STATE_UNSPECIFIED,
        at_risk=False,
        administration_mbq=wanted.activity_mbq if dose.HasField("administration") else None,
        administration_at=known_instant(wanted, "time"),
    )


def _production_fact(event: Event) -> NewsFact:
    told = run_in(event)
    assert told, "it is read by its type"
    run, version = told
    source = f"run:{run.name.removeprefix('runs/')}:{version}"
    return NewsFact(_occurrence(event, source, _PRODUCTION_EVENTS[event.type](run)), run=run.name)


def _batch_fact(event: Event) -> NewsFact:
    # Every event of a batch has the batch as its first field, so one message reads them all.
    batch = quality_events.BatchCreated.FromString(event.data).batch
    if not batch.run:
        raise Invalid("The event does not say which run the batch is of.", field="batch.run", event=event.id)
    source = f"batch:{batch.name.removeprefix('batches/')}:{event.sequence}"
    summary = sentences.of_batch(_BATCH_EVENTS[event.type])
    return NewsFact(_occurrence(event, source, summary, open_to_all=False), run=batch.run)


def _recall(event: Event) -> NewsFact | None:
    """A recall of a dose, once of all who are told of it; a failure after use is news of the batch."""
    notice = quality_events.NoticeIssued.FromString(event.data).notice
    if notice.kind != notice_pb2.Notice.RECALL or notice.role != notice_pb2.Notice.SPONSOR:
        return None
    occurrence = _occurrence(event, notice.name, sentences.of_recall(), open_to_all=False)
    return NewsFact(occurrence, dose_id=notice.slot.removeprefix("slots/"))


def _summary(news: str, said: Any) -> str:
    tell = _SENTENCES.get(news)
    return tell(said) if tell else sentences.of_shipment(news.removeprefix("shipment."))


def _of_recorded(said: distribution_events.MilestoneRecorded) -> str:
    told, why = said.milestone, said.implausibility
    where = told.location
    summary = sentences.of_milestone(
        _name(_KIND, told.kind),
        told.code,
        ", ".join(filter(None, (where.city, where.country))) or where.place,
        retracted=told.retracted,
        retracts=bool(told.retracts_event_ids),
        readings=tuple(map(_reading, told.sensor_readings[:_READINGS_TOLD_MAX])),
    )
    if not said.HasField("implausibility"):
        return summary
    return sentences.of_doubt(summary, _name(_REASON, why.reason), known_instant(why, "limit_time"))


def _reading(reading: courier_pb2.SensorReading) -> str:
    value = f"{reading.value:g}" if reading.HasField("value") else reading.text
    return " ".join(filter(None, (reading.type, value, reading.unit, reading.alarm and f"alarm {reading.alarm}")))


def _of_excursion(said: distribution_events.ExcursionDetected) -> str:
    found = said.excursion
    least = found.limit_min if found.HasField("limit_min") else None
    most = found.limit_max if found.HasField("limit_max") else None
    return sentences.of_excursion(found.value, least, most)


def _name(enum: Any, number: int) -> str:
    """The name of a number that may be newer than this program."""
    return str(enum.Name(number)) if number in enum.values() else ""


_DISTRIBUTION = "doselane.distribution."
_SHIPMENT_EVENTS: Mapping[str, Any] = {
    "shipment.booked": distribution_events.ShipmentBooked,
    "shipment.replanned": distribution_events.ShipmentReplanned,
    "shipment.packed": distribution_events.ShipmentPacked,
    "shipment.followed": distribution_events.ShipmentFollowed,
    "shipment.handed_over": distribution_events.ShipmentHandedOver,
    "shipment.rejudged": distribution_events.ShipmentRejudged,
    "shipment.excursion_detected": distribution_events.ExcursionDetected,
    "shipment.delivered": distribution_events.ShipmentDelivered,
    "shipment.delivery_withdrawn": distribution_events.DeliveryWithdrawn,
    "shipment.lost": distribution_events.ShipmentLost,
    "shipment.cancelled": distribution_events.ShipmentCancelled,
    "shipment.booking_requested": distribution_events.BookingRequested,
    "shipment.cancellation_requested": distribution_events.CancellationRequested,
    "shipment.redirection_requested": distribution_events.RedirectionRequested,
    "shipment.order_confirmed": distribution_events.CourierOrderConfirmed,
    "shipment.order_failed": distribution_events.CourierOrderFailed,
    "milestone.recorded": distribution_events.MilestoneRecorded,
    "milestone.settled": distribution_events.MilestoneSettled,
    "milestone.overdue": distribution_events.MilestoneOverdue,
}
_SENTENCES: Mapping[str, Callable[[Any], str]] = {
    "shipment.followed": lambda said: sentences.of_following(said.courier, said.references),
    "shipment.handed_over": lambda said: sentences.of_hand_over(said.entry.to_party),
    "shipment.excursion_detected": _of_excursion,
    "shipment.lost": lambda said: sentences.of_loss(_name(shipment_pb2.Loss.Cause, said.shipment.loss.cause)),
    "shipment.order_confirmed": lambda said: sentences.of_order(_name(_ORDER, said.order.kind), agreed=True),
    "shipment.order_failed": lambda said: sentences.of_order(_name(_ORDER, said.order.kind), agreed=False),
    "milestone.recorded": _of_recorded,
    "milestone.settled": lambda said: sentences.of_settlement(said.milestone_event_id, said.accepted),
    "milestone.overdue": lambda said: sentences.of_overdue(
        _name(_KIND, said.expected.kind), known_instant(said.expected, "p90_time")
    ),
}
_SLOT_EVENTS: Mapping[str, tuple[type[Message], Callable[[Any], str]]] = {
    "doselane.slotting.slot.held.v1": (
        slotting_events.SlotHeld,
        lambda said: sentences.of_hold(said.slot.run, known_instant(said.slot, "hold_until_time")),
    ),
    "doselane.slotting.slot.confirmed.v1": (
        slotting_events.SlotConfirmed,
        lambda said: sentences.of_confirmation(said.slot.run, said.slot.site, said.slot.replaces),
    ),
    "doselane.slotting.slot.released.v1": (
        slotting_events.SlotReleased,
        lambda said: sentences.of_release(said.slot.run),
    ),
    "doselane.slotting.slot.expired.v1": (
        slotting_events.SlotExpired,
        lambda said: sentences.of_expiry(said.slot.run),
    ),
    "doselane.slotting.slot.moved.v1": (
        slotting_events.SlotMoved,
        lambda said: sentences.of_move(said.from_run, said.slot.run),
    ),
    "doselane.slotting.slot.at_risk.v1": (
        slotting_events.SlotAtRisk,
        lambda said: sentences.of_risk(said.slot.run),
    ),
    "doselane.slotting.slot.fulfilled.v1": (
        slotting_events.SlotFulfilled,
        lambda said: sentences.of_fulfilment(said.slot.run),
    ),
    "doselane.slotting.slot.fulfilment_withdrawn.v1": (
        slotting_events.SlotFulfilmentWithdrawn,
        lambda said: sentences.of_withdrawn_fulfilment(said.slot.run),
    ),
    "doselane.slotting.slot.lost.v1": (
        slotting_events.SlotLost,
        lambda said: sentences.of_lost_promise(said.slot.run, said.cause),
    ),
    "doselane.slotting.slot.replaced.v1": (
        slotting_events.SlotReplaced,
        lambda said: sentences.of_replacement(said.slot.replaced_by),
    ),
}

# News of a run that are news of each of its doses.
_PRODUCTION_EVENTS: Mapping[str, Callable[[capacity_pb2.Run], str]] = {
    "doselane.capacity.run.production_started.v1": lambda run: sentences.of_production_start(
        run.name, known_instant(run.production, "start_time")
    ),
    "doselane.capacity.run.produced.v1": lambda run: sentences.of_production(
        run.name, known_instant(run.production, "end_of_synthesis_time")
    ),
    "doselane.capacity.run.failed.v1": lambda run: sentences.of_failure(run.name),
}

_BATCH_EVENTS: Mapping[str, str] = {
    f"doselane.quality.batch.{news}.v1": news
    for news in (
        "ready_to_ship",
        "reopened",
        "certified_for_use",
        "certified_final",
        "rejected",
        "failed_after_use",
    )
}

_READERS: Mapping[str, Callable[[Event], Fact | None]] = {
    **dict.fromkeys(_PRODUCTION_EVENTS, _production_fact),
    **dict.fromkeys(_SLOT_EVENTS, _slot_fact),
    **dict.fromkeys(_BATCH_EVENTS, _batch_fact),
    **{f"{_DISTRIBUTION}{news}.v1": _shipment_fact for news in _SHIPMENT_EVENTS},
    "doselane.quality.notice.issued.v1": _recall,
}

# Other events of the topics that status consumes say nothing of a dose.
CONSUMED_TYPES = frozenset(_READERS)
