"""Doses and their timeline entries as protobuf, and the event that status publishes."""

from datetime import datetime

from doselane.courier.v1 import courier_pb2
from doselane.distribution.v1 import shipment_pb2
from doselane.slotting.v1 import slotting_pb2
from doselane.status.v1 import events_pb2, status_pb2
from doselane.type.v1 import type_pb2

from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from services.status.domain import Dose, Entry, Occurrence

TimelineEntry = status_pb2.TimelineEntry

SOURCE = "doselane/status"
DOSE_UPDATED = "doselane.status.dose.updated.v1"


def dose_message(dose: Dose) -> status_pb2.Dose:
    """A dose as REST, gRPC and events show it; times that nobody knows are not set."""
    slot, carriage = dose.slot, dose.carriage
    message = status_pb2.Dose(
        name=dose.name,
        slot=f"slots/{dose.id}",
        partner=slot.partner,
        run=slot.run,
        site=slot.site,
        order_reference=slot.order_reference,
        slot_state=slot.state,  # type: ignore[arg-type]
        at_risk=slot.at_risk,
        create_time=stamp(dose.created_at),
        update_time=stamp(dose.updated_at),
        etag=dose.etag,
    )
    if slot.administration_mbq is not None:
        wanted = type_pb2.Activity(activity_mbq=slot.administration_mbq, time=stamp(slot.administration_at))
        message.administration.CopyFrom(wanted)
    if carriage is not None and carriage.message:
        message.shipment.MergeFromString(carriage.message)
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
    if entry.implausibility is not None:
        message.plausibility = status_pb2.TimelineEntry.IMPLAUSIBLE
        message.implausibility.CopyFrom(shipment_pb2.Implausibility.FromString(entry.implausibility))
    elif entry.milestone is not None:
        message.plausibility = status_pb2.TimelineEntry.PLAUSIBLE
    return message


def entry_in(event: Event) -> status_pb2.TimelineEntry:
    """The entry that an event of ours tells of."""
    return events_pb2.DoseUpdated.FromString(event.data).entry


def entry_name(dose_id: str, number: int) -> str:
    """The resource name of an entry."""
    return f"doses/{dose_id}/timelineEntries/{number}"


def updated(dose: Dose, entry: Entry, occurrence: Occurrence, now: datetime) -> Event:
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
        actor=occurrence.actor,
        reason=occurrence.reason,
        traceparent=occurrence.traceparent,
    )
