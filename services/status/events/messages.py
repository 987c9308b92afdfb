"""Doses and their timeline entries as protobuf, and the events that status publishes."""

from datetime import datetime

from doselane.courier.v1 import courier_pb2
from doselane.slotting.v1 import slotting_pb2
from doselane.status.v1 import events_pb2, status_pb2
from doselane.type.v1 import type_pb2

from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from services.status.domain import (
    Attaching,
    BatchFact,
    Dose,
    Doubt,
    Entry,
    MilestoneFact,
    RunFact,
    Settling,
    Shipment,
    SlotFact,
)

TimelineEntry = status_pb2.TimelineEntry
_Verdict = status_pb2.SettleMilestoneRequest

SOURCE = "doselane/status"
DOSE_UPDATED = "doselane.status.dose.updated.v1"
SHIPMENT_ATTACHED = "doselane.status.shipment.attached.v1"
MILESTONE_SETTLED = "doselane.status.milestone.settled.v1"

Cause = SlotFact | MilestoneFact | Attaching | Settling | RunFact | BatchFact


def dose_message(dose: Dose) -> status_pb2.Dose:
    """A dose as REST, gRPC and events show it; times that nobody knows are not set."""
    slot = dose.slot
    message = status_pb2.Dose(
        name=dose.name,
        slot=f"slots/{dose.id}",
        partner=slot.partner,
        run=slot.run,
        site=slot.site,
        order_reference=slot.order_reference,
        slot_state=slot.state,  # type: ignore[arg-type]
        at_risk=slot.at_risk,
        shipment=_shipment(dose.shipment) if dose.shipment else None,
        create_time=stamp(dose.created_at),
        update_time=stamp(dose.updated_at),
        etag=dose.etag,
    )
    if slot.administration_mbq is not None:
        wanted = type_pb2.Activity(activity_mbq=slot.administration_mbq, time=stamp(slot.administration_at))
        message.administration.CopyFrom(wanted)
    return message


def entry_message(dose_id: str, entry: Entry) -> status_pb2.TimelineEntry:
    """An entry of a timeline as published."""
    message = status_pb2.TimelineEntry(
        name=entry_name(dose_id, entry.number),
        event_type=entry.event_type,
        event_id=str(entry.event_id),
        event_time=stamp(entry.event_at),
        record_time=stamp(entry.recorded_at),
        summary=entry.summary,
        milestone=None if entry.milestone is None else courier_pb2.Milestone.FromString(entry.milestone),
        slot=None if entry.slot is None else slotting_pb2.Slot.FromString(entry.slot),
    )
    if entry.doubt is not None:
        message.plausibility = status_pb2.TimelineEntry.IMPLAUSIBLE
        message.implausibility.CopyFrom(_implausibility(entry.doubt))
    elif entry.milestone is not None:
        message.plausibility = status_pb2.TimelineEntry.PLAUSIBLE
    return message


def entry_in(event: Event) -> status_pb2.TimelineEntry:
    """The entry that an event of ours tells of."""
    return events_pb2.DoseUpdated.FromString(event.data).entry


def unmatched_message(fact: MilestoneFact) -> status_pb2.UnmatchedMilestone:
    """A milestone that no dose claims, as published to operators."""
    return status_pb2.UnmatchedMilestone(
        courier=fact.courier,
        push=fact.push,
        milestone=courier_pb2.Milestone.FromString(fact.milestone.message),
        record_time=stamp(fact.recorded_at),
    )


def entry_name(dose_id: str, number: int) -> str:
    """The resource name of an entry."""
    return f"doses/{dose_id}/timelineEntries/{number}"


def updated(dose: Dose, entry: Entry, cause: Cause, traceparent: str, now: datetime) -> Event:
    """Says that a dose's timeline grew. It continues the trace of what caused it."""
    said = events_pb2.DoseUpdated(dose=dose_message(dose), entry=entry_message(dose.id, entry))
    return Event(
        id=uuid7(),
        type=DOSE_UPDATED,
        source=SOURCE,
        subject=dose.name,
        sequence=entry.number,
        time=now,
        data=said.SerializeToString(),
        partner=dose.slot.partner,
        actor=cause.actor,
        reason=cause.reason,
        traceparent=traceparent,
    )


def attached(dose: Dose, attaching: Attaching) -> Event:
    """Says which shipment carries a dose now. It has a subject of its own, so that the dose's events stay gapless."""
    said = events_pb2.ShipmentAttached(
        dose=dose.name,
        courier=attaching.courier,
        references=list(attaching.references),
        administration_time=stamp(dose.slot.administration_at),
    )
    return Event(
        id=attaching.event_id,
        type=SHIPMENT_ATTACHED,
        source=SOURCE,
        subject=f"shipments/{dose.id}",
        sequence=dose.attachments,
        time=attaching.at,
        data=said.SerializeToString(),
        partner=dose.slot.partner,
        actor=attaching.actor,
        reason=attaching.reason,
        traceparent=attaching.traceparent,
    )


def settlement(dose: Dose, settling: Settling) -> Event:
    """Says what an operator settled. It has a subject of its own, so that the dose's events stay gapless."""
    said = events_pb2.MilestoneSettled(
        dose=dose.name,
        milestone_event_id=settling.milestone_event_id,
        verdict=_Verdict.ACCEPTED if settling.counts else _Verdict.DISMISSED,
    )
    return Event(
        id=settling.event_id,
        type=MILESTONE_SETTLED,
        source=SOURCE,
        subject=f"settlements/{dose.id}",
        sequence=dose.settlements,
        time=settling.at,
        data=said.SerializeToString(),
        partner=dose.slot.partner,
        actor=settling.actor,
        reason=settling.reason,
        traceparent=settling.traceparent,
    )


def _implausibility(doubt: Doubt) -> status_pb2.Implausibility:
    return status_pb2.Implausibility(
        reason=int(doubt.reason),  # type: ignore[arg-type]
        limit_time=stamp(doubt.limit_at),
        milestone_event_id=doubt.event_id,
    )


def _shipment(shipment: Shipment) -> status_pb2.Shipment:
    message = status_pb2.Shipment(
        courier=shipment.courier,
        references=shipment.references,
        state=int(shipment.state),  # type: ignore[arg-type]
        expected_delivery_time=stamp(shipment.expected_delivery_at),
    )
    for doubt in shipment.doubts:
        milestone = courier_pb2.Milestone.FromString(doubt.message)
        message.implausible_milestones.add(milestone=milestone, implausibility=_implausibility(doubt))
    if shipment.last_milestone:
        message.last_milestone.MergeFromString(shipment.last_milestone)
    return message
