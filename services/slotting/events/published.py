"""Slotting's values as protobuf, and its happenings as events."""

from collections.abc import Iterable
from uuid import UUID

from doselane.slotting.v1 import events_pb2, slotting_pb2
from doselane.type.v1 import type_pb2

from services.kernel.timestamps import stamp
from services.network import Capacity
from services.network.reading import capacity_message
from services.slotting.domain import Happening, Risk, Slot
from services.slotting.domain.page import Conflict, CutOutcome, MovedTogether
from services.slotting.events.standby import standby_message

# An outgoing event, in the order of the database type `outgoing`.
Outgoing = tuple[UUID, str, str, int, object, bytes, str, str, str, str]

_FIRST_FIELD_TAG = b"\x0a"  # field 1, length-delimited: `slot` in every slot event, `standby` in every standby's


def slot_message(slot: Slot) -> slotting_pb2.Slot:
    """A slot as published."""
    demand = slot.demand
    updated, (actor, reason) = stamp(slot.updated_at), slot.signature
    return slotting_pb2.Slot(
        name=slot.name,
        partner=demand.partner,
        run=demand.run,
        state=slot.state.value,  # type: ignore[arg-type]  # the same number; the stubs know the wrapper only
        at_risk=slot.at_risk,
        site=demand.site,
        lane=demand.lane,
        administration=type_pb2.Activity(activity_mbq=demand.activity_mbq, time=stamp(demand.administration_at)),
        reference_activity_kbq=slot.reference_kbq,
        order_reference=demand.order_reference,
        patient_reference=demand.patient_reference,
        hold_until_time=stamp(slot.hold_until),
        etag=slot.etag,
        create_time=stamp(slot.created_at),
        update_time=updated,
        last_change=type_pb2.Change(actor=actor, time=updated, reason=reason),
        product=slot.product,
        departure_time=stamp(slot.reservations.departure_at),
        delivery_time=stamp(slot.reservations.delivery_at),
        risk=slot.risk.value,  # type: ignore[arg-type]
        replaces=f"slots/{slot.replaces}" if slot.replaces else "",
        replaced_by=f"slots/{slot.replaced_by}" if slot.replaced_by else "",
    )


def moved_together_message(outcome: MovedTogether) -> slotting_pb2.BatchMoveSlotsResponse:
    """The slots after they moved in one step, as the call's answer."""
    return slotting_pb2.BatchMoveSlotsResponse(slots=map(slot_message, outcome.slots))


def cut_message(outcome: CutOutcome) -> slotting_pb2.CutRunCapacityResponse:
    """What a cut did, as the call's answer."""
    version = outcome.book.run.version - (1 if outcome.command.validate_only else 0)
    return slotting_pb2.CutRunCapacityResponse(conflicting_slots=_names(outcome), version=version)


def resource_bytes(happening: Happening) -> bytes:
    """The slot or standby that something happened to, as published; nothing for what happened to neither."""
    if happening.slot is not None:
        return slot_message(happening.slot).SerializeToString()
    return standby_message(happening.standby).SerializeToString() if happening.standby is not None else b""


def outgoing(happening: Happening, event_id: UUID, resource: bytes, traceparent: str) -> Outgoing:
    """The outbox row of a happening. `resource` is from resource_bytes, encoded once for event and answer."""
    event_type = f"doselane.slotting.{happening.what}.v1"
    subject = happening.slot or happening.standby
    if subject is None:
        about = (event_id, event_type, traceparent)
        return _conflict_event(happening.conflict, *about) if happening.conflict else _cut_event(happening.cut, *about)
    data = _FIRST_FIELD_TAG + _varint(len(resource)) + resource
    if happening.from_run:
        data += events_pb2.SlotMoved(from_run=happening.from_run).SerializeToString()
    if happening.cause:
        data += events_pb2.SlotLost(cause=happening.cause).SerializeToString()
    return (
        event_id,
        event_type,
        subject.name,
        subject.version,
        subject.updated_at,
        data,
        subject.demand.partner,
        subject.actor,
        subject.reason,
        traceparent,
    )


def _cut_event(outcome: CutOutcome | None, event_id: UUID, event_type: str, traceparent: str) -> Outgoing:
    if outcome is None:
        raise ValueError("A happening is of a slot, a standby, a cut or a conflict.")
    book, command = outcome.book, outcome.command
    message = events_pb2.RunCapacityCut(
        run=book.run.name,
        pledged=capacity_message(command.pledged if not command.cancel else Capacity(0, 0)),
        allotments=[
            slotting_pb2.AllotmentSize(partner=partner, capacity=capacity_message(allotment.size))
            for partner, allotment in book.allotments.items()
        ],
        cancelled=command.cancel,
        conflicting_slots=_names(outcome),
        version=book.run.version,
        failed=command.failed,
    )
    data = message.SerializeToString()
    return (
        event_id,
        event_type,
        f"ledger/{book.run.name}",
        book.run.cuts,
        outcome.cut_at,
        data,
        "",
        command.actor,
        command.reason,
        traceparent,
    )


def _conflict_event(conflict: Conflict, event_id: UUID, event_type: str, traceparent: str) -> Outgoing:
    command = conflict.command
    message = events_pb2.NetworkConflicted(
        resource=command.change.name,
        resource_version=command.change.version,
        slots=threatened_messages((slot, slot.risk) for slot in conflict.slots),
    )
    return (
        event_id,
        event_type,
        f"ledger/{command.change.name}",
        conflict.number,
        conflict.at,
        message.SerializeToString(),
        "",
        command.actor,
        command.reason,
        traceparent,
    )


def threatened_messages(slots: Iterable[tuple[Slot, Risk]]) -> list[slotting_pb2.ThreatenedSlot]:
    """Slots that a change of the network puts at risk, by name, and what each loses."""
    named = sorted((slot.name, risk.value) for slot, risk in slots)
    return [slotting_pb2.ThreatenedSlot(slot=name, risk=risk) for name, risk in named]  # type: ignore[arg-type]


def _names(outcome: CutOutcome) -> list[str]:
    return [f"slots/{slot_id}" for slot_id in outcome.conflicts]


def _varint(value: int) -> bytes:
    """A protobuf varint; lengths of slots take one or two bytes."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
