"""Slotting's values as protobuf, its happenings as events, and capacity's events as commands."""

from collections.abc import Mapping
from uuid import UUID

from doselane.capacity.v1 import capacity_pb2 as capacity
from doselane.capacity.v1 import events_pb2 as capacity_events
from doselane.slotting.v1 import events_pb2, slotting_pb2
from doselane.type.v1 import type_pb2
from google.protobuf.message import Message

from services.kernel.activity import Nuclide
from services.kernel.event import Event
from services.kernel.timestamps import instant, stamp
from services.slotting.domain import (
    Allotment,
    Amount,
    Book,
    Happening,
    Lane,
    Licence,
    Project,
    Run,
    RunState,
    Site,
    Slot,
    Window,
)
from services.slotting.domain.book import Account
from services.slotting.domain.decide import CutOutcome

# An outgoing event, in the order of the database type `outgoing`.
Outgoing = tuple[UUID, str, str, int, object, bytes, str, str, str, str]

# NUCLIDE_TC_99M is Tc-99m, and so on; a nuclide that one side lacks fails here, at import.
NUCLIDE_OF_PROTO: Mapping[int, Nuclide] = {
    number: Nuclide(name.removeprefix("NUCLIDE_").capitalize().replace("_", "-"))
    for name, number in type_pb2.Nuclide.items()
    if number
}
_RUN_EVENTS: Mapping[str, type[Message]] = {
    "doselane.capacity.run.created.v1": capacity_events.RunCreated,
    "doselane.capacity.run.opened.v1": capacity_events.RunOpened,
    "doselane.capacity.run.cut.v1": capacity_events.RunCut,
    "doselane.capacity.run.cancelled.v1": capacity_events.RunCancelled,
}
# From CLOSED on the cut-off says by the clock that nothing is claimed any more. A failed run takes no claims, but its
# slots keep what they hold until they are moved or lost. An unknown state fails, and the event is parked.
_STATES: Mapping[int, RunState] = {
    capacity.Run.PLANNED: RunState.PLANNED,
    capacity.Run.OPEN: RunState.OPEN,
    capacity.Run.CLOSED: RunState.OPEN,
    capacity.Run.IN_PRODUCTION: RunState.OPEN,
    capacity.Run.PRODUCED: RunState.OPEN,
    capacity.Run.CANCELLED: RunState.CANCELLED,
    capacity.Run.FAILED: RunState.CANCELLED,
}
_SLOT_FIELD_TAG = b"\x0a"  # field 1, length-delimited: `slot` in every slot event


def slot_message(slot: Slot) -> slotting_pb2.Slot:
    """A slot as published."""
    demand = slot.demand
    updated = stamp(slot.updated_at)
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
        last_change=type_pb2.Change(actor=slot.actor, time=updated, reason=slot.reason),
    )


def cut_message(outcome: CutOutcome) -> slotting_pb2.CutRunCapacityResponse:
    """What a cut did, as the call's answer."""
    version = outcome.book.run.version - (1 if outcome.command.validate_only else 0)
    return slotting_pb2.CutRunCapacityResponse(conflicting_slots=_names(outcome), version=version)


def outgoing(happening: Happening, event_id: UUID, slot_bytes: bytes, traceparent: str) -> Outgoing:
    """The outbox row of a happening. `slot_bytes` is the slot as published, encoded once for event and answer."""
    event_type = f"doselane.slotting.{happening.what}.v1"
    slot = happening.slot
    if slot is None:
        return _cut_event(happening.cut, event_id, event_type, traceparent)
    data = _SLOT_FIELD_TAG + _varint(len(slot_bytes)) + slot_bytes
    if happening.from_run:
        data += events_pb2.SlotMoved(from_run=happening.from_run).SerializeToString()
    return (
        event_id,
        event_type,
        slot.name,
        slot.version,
        slot.updated_at,
        data,
        slot.demand.partner,
        slot.actor,
        slot.reason,
        traceparent,
    )


def command_of(event: Event) -> Project | None:
    """What an event of capacity means to the ledger; None for a type that does not concern it."""
    message_type = _RUN_EVENTS.get(event.type)
    if message_type is None:
        return None
    message = message_type.FromString(event.data)
    return Project(book_of(message.run, message.version))


def book_of(run: capacity.Run, version: int) -> Book:
    """The book of a run with nothing taken. What is not allotted is the pool; a cancelled run has nothing."""
    cancelled = run.state == capacity.Run.CANCELLED
    allotments = {
        a.partner: Allotment(
            _amount(a.capacity) if not cancelled else Amount(0, 0),
            release_back_at=instant(a.release_back_time, "release_back_time"),
        )
        for a in run.allotments
    }
    pool = Amount(0, 0) if cancelled else _amount(run.pledged)
    for allotment in allotments.values():
        pool = pool.minus(allotment.size)
    facts = Run(
        name=run.name,
        version=version,
        state=_STATES[run.state],
        product=run.product,
        nuclide=NUCLIDE_OF_PROTO[run.nuclide],
        end_of_synthesis_at=instant(run.end_of_synthesis_time, "end_of_synthesis_time"),
        cutoff_at=instant(run.claim_cutoff_time, "claim_cutoff_time"),
        use_by_at=instant(run.use_by_time, "use_by_time"),
        vial_kbq_max=run.vial_reference_activity_max_kbq,
        loss_fraction=run.loss_fraction,
    )
    return Book(facts, Account(pool), allotments)


def site_of(site: slotting_pb2.Site) -> Site:
    """A treatment centre as the rules need it."""
    return Site(
        site.name,
        frozenset(site.partners),
        [
            Licence(NUCLIDE_OF_PROTO[of.nuclide], of.activity_max_mbq, instant(of.valid_until_time, "valid_until_time"))
            for of in site.licences
        ],
        [Window(instant(w.start_time, "start_time"), instant(w.end_time, "end_time")) for w in site.receiving_windows],
    )


def lane_of(lane: slotting_pb2.Lane) -> Lane:
    """A lane as the rules need it."""
    valid_until = instant(lane.valid_until_time, "valid_until_time")
    return Lane(lane.name, lane.site, lane.dispatch_minutes, lane.transit_minutes, valid_until)


def _cut_event(outcome: CutOutcome | None, event_id: UUID, event_type: str, traceparent: str) -> Outgoing:
    if outcome is None:
        raise ValueError("A happening is of a slot or of a cut.")
    book, command = outcome.book, outcome.command
    message = events_pb2.RunCapacityCut(
        run=book.run.name,
        pledged=_capacity(command.pledged if not command.cancel else Amount(0, 0)),
        allotments=[
            slotting_pb2.AllotmentSize(partner=partner, capacity=_capacity(allotment.size))
            for partner, allotment in book.allotments.items()
        ],
        cancelled=command.cancel,
        conflicting_slots=_names(outcome),
        version=book.run.version,
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


def _names(outcome: CutOutcome) -> list[str]:
    return [f"slots/{slot_id}" for slot_id in outcome.conflicts]


def _amount(capacity_message: type_pb2.Capacity) -> Amount:
    return Amount(capacity_message.reference_activity_kbq, capacity_message.vials)


def _capacity(amount: Amount) -> type_pb2.Capacity:
    return type_pb2.Capacity(reference_activity_kbq=amount.kbq, vials=amount.vials)


def _varint(value: int) -> bytes:
    """A protobuf varint; lengths of slots take one or two bytes."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
