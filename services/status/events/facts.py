"""Events of slotting, of couriers and of status itself, as facts that the rules understand."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from doselane.capacity.v1 import capacity_pb2
from doselane.courier.v1 import courier_pb2
from doselane.courier.v1 import events_pb2 as courier_events
from doselane.quality.v1 import events_pb2 as quality_events
from doselane.quality.v1 import notice_pb2
from doselane.slotting.v1 import events_pb2 as slotting_events
from doselane.slotting.v1 import slotting_pb2
from doselane.status.v1 import events_pb2, status_pb2
from google.protobuf.message import Message

from services.kernel.errors import Invalid
from services.kernel.event import Event
from services.kernel.references import canonical
from services.kernel.timestamps import instant
from services.network.reading import RUN_EVENTS, run_in
from services.status.domain import (
    Attaching,
    BatchFact,
    Milestone,
    MilestoneFact,
    MilestoneKind,
    Production,
    RunFact,
    Settling,
    Slot,
    SlotFact,
    sentences,
)

Fact = SlotFact | MilestoneFact | Attaching | Settling | RunFact | BatchFact

# A longer reference cannot be attached, so nothing is ever found by it; an index has a limit on the length of its keys.
REFERENCE_LENGTH_MAX = 500

_KIND_OF_NUMBER: Mapping[int, MilestoneKind] = {int(kind): kind for kind in MilestoneKind}
_READINGS_TOLD_MAX = 3


def fact_of(event: Event) -> Fact | None:
    """What an event means to status; None for a type that does not concern it."""
    reader = _READERS.get(event.type)
    return reader(event) if reader else None


def milestone_of(told: courier_pb2.Milestone, told_at: datetime | None = None) -> Milestone:
    """What the rules need of a courier's milestone."""
    message = told.SerializeToString(deterministic=True)
    return Milestone(
        # A fact without an id of its own is told apart by what it says.
        event_id=_key(told.event_id) or f"sha256:{sha256(message).hexdigest()}",
        kind=_kind(told),
        time=_instant(told, "time"),
        local_time=storable(told.local_time),
        retracted=told.retracted,
        retracts=tuple(dict.fromkeys(_key(event_id) for event_id in told.retracts_event_ids if event_id)),
        expected_delivery_at=_instant(told, "expected_delivery_time"),
        message=message,
        told_at=told_at,
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


def keys_of(references: Iterable[str]) -> tuple[str, ...]:
    """The keys by which shipments are found, each once: one shipment has one, however its name is spelled."""
    return tuple(dict.fromkeys(canonical(storable(text)) for text in references))


def storable(text: str) -> str:
    """A text as PostgreSQL can hold it: protobuf allows the sign NUL, the database does not."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def _key(text: str) -> str:
    """A courier's event id as a key of bounded length."""
    return storable(text) if len(text) <= REFERENCE_LENGTH_MAX else f"sha256:{sha256(text.encode()).hexdigest()}"


def _kind(told: courier_pb2.Milestone) -> MilestoneKind:
    # A number that is newer than this program says nothing to it, and is not guessed.
    return _KIND_OF_NUMBER.get(told.kind, MilestoneKind.UNKNOWN)


def _instant(message: Message, field: str) -> datetime | None:
    """The instant of a field; None if it is unset, or no instant at all: a bad time must not cost us the fact."""
    if not message.HasField(field):
        return None
    try:
        return instant(getattr(message, field), field)
    except Invalid:
        return None


def _told_by(event: Event) -> dict[str, Any]:
    return {
        "event_type": event.type,
        "event_id": event.id,
        "actor": event.actor,
        "reason": event.reason,
        "traceparent": event.traceparent,
    }


def _slot_fact(event: Event) -> SlotFact:
    message_type, sentence = _SLOT_EVENTS[event.type]
    said: Any = message_type.FromString(event.data)
    slot: slotting_pb2.Slot = said.slot
    collection, _, dose_id = slot.name.partition("/")
    if collection != "slots" or not dose_id or not slot.partner:
        raise Invalid("The event does not say which slot it is about, or whose it is.", field="slot", event=event.id)
    wanted = slot.administration
    facts = Slot(
        partner=slot.partner,
        run=slot.run,
        site=slot.site,
        order_reference=storable(slot.order_reference),
        state=slot.state,
        at_risk=slot.at_risk,
        administration_mbq=wanted.activity_mbq if slot.HasField("administration") else None,
        administration_at=_instant(wanted, "time"),
    )
    return SlotFact(
        dose_id=dose_id,
        sequence=event.sequence,
        slot=facts,
        message=slot.SerializeToString(),
        summary=sentence(said),
        recorded_at=event.time,
        **_told_by(event),
    )


def _milestone_fact(event: Event) -> MilestoneFact:
    said = courier_events.MilestoneReported.FromString(event.data)
    if not said.courier:
        raise Invalid("The event does not say whose milestone it is.", field="courier", event=event.id)
    told = said.milestone
    return MilestoneFact(
        courier=said.courier,
        references=keys_of(text for text in told.shipment_references if len(text) <= REFERENCE_LENGTH_MAX),
        milestone=milestone_of(told, event.time),
        summary=_sentence(told),
        push=said.push,
        recorded_at=event.time,
        **_told_by(event),
    )


def _attaching(event: Event) -> Attaching:
    said = events_pb2.ShipmentAttached.FromString(event.data)
    references = tuple(said.references)
    return Attaching(
        dose_id=said.dose.removeprefix("doses/"),
        courier=said.courier,
        references=references,
        summary=sentences.of_attaching(said.courier, references),
        at=event.time,
        sequence=event.sequence,
        **_told_by(event),
    )


def _settling(event: Event) -> Settling:
    said = events_pb2.MilestoneSettled.FromString(event.data)
    counts = said.verdict == status_pb2.SettleMilestoneRequest.ACCEPTED
    return Settling(
        dose_id=said.dose.removeprefix("doses/"),
        milestone_event_id=said.milestone_event_id,
        counts=counts,
        summary=sentences.of_settlement(said.milestone_event_id, counts),
        at=event.time,
        sequence=event.sequence,
        **_told_by(event),
    )


def _run_fact(event: Event) -> RunFact:
    told = run_in(event)
    assert told, "it is read by its type"
    run, version = told
    made, withdrawn = run.production, run.state in (capacity_pb2.Run.CANCELLED, capacity_pb2.Run.FAILED)
    tell = _PRODUCTION_EVENTS.get(event.type)
    return RunFact(
        run=run.name,
        version=version,
        production=Production(
            _instant(made, "end_of_synthesis_time") or _instant(run, "end_of_synthesis_time"), withdrawn
        ),
        summary=tell(run) if tell else sentences.of_run(run.name, withdrawn),
        tells=tell is not None,
        recorded_at=event.time,
        **_told_by(event),
    )


def _batch_fact(event: Event) -> BatchFact:
    # Every event of a batch has the batch as its first field, so one message reads them all.
    batch = quality_events.BatchCreated.FromString(event.data).batch
    if not batch.run:
        raise Invalid("The event does not say which run the batch is of.", field="batch.run", event=event.id)
    source = f"batch:{batch.name.removeprefix('batches/')}:{event.sequence}"
    return _of_quality(event, source, sentences.of_batch(_BATCH_EVENTS[event.type]), run=batch.run)


def _recall(event: Event) -> BatchFact | None:
    """A recall of a dose, once of all who are told of it; a failure after use is news of the batch."""
    notice = quality_events.NoticeIssued.FromString(event.data).notice
    if notice.kind != notice_pb2.Notice.RECALL or notice.role != notice_pb2.Notice.SPONSOR:
        return None
    dose_id = notice.slot.removeprefix("slots/")
    return _of_quality(event, notice.name, sentences.of_recall(), dose_id=dose_id)


def _of_quality(event: Event, source: str, summary: str, *, run: str = "", dose_id: str = "") -> BatchFact:
    return BatchFact(
        run=run,
        dose_id=dose_id,
        source=source,
        summary=summary,
        event_type=event.type,
        event_id=event.id,
        recorded_at=event.time,
        traceparent=event.traceparent,
    )


def _sentence(told: courier_pb2.Milestone) -> str:
    where = told.location
    return sentences.of_milestone(
        _kind(told),
        told.code,
        ", ".join(filter(None, (where.city, where.country))) or where.place,
        retracted=told.retracted,
        retracts=bool(told.retracts_event_ids),
        readings=tuple(map(_reading, told.sensor_readings[:_READINGS_TOLD_MAX])),
    )


def _reading(reading: courier_pb2.SensorReading) -> str:
    value = f"{reading.value:g}" if reading.HasField("value") else reading.text
    return " ".join(filter(None, (reading.type, value, reading.unit, reading.alarm and f"alarm {reading.alarm}")))


_SLOT_EVENTS: Mapping[str, tuple[type[Message], Callable[[Any], str]]] = {
    "doselane.slotting.slot.held.v1": (
        slotting_events.SlotHeld,
        lambda said: sentences.of_hold(said.slot.run, _instant(said.slot, "hold_until_time")),
    ),
    "doselane.slotting.slot.confirmed.v1": (
        slotting_events.SlotConfirmed,
        lambda said: sentences.of_confirmation(said.slot.run, said.slot.site),
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
}

# News of a run that are news of each of its doses.
_PRODUCTION_EVENTS: Mapping[str, Callable[[capacity_pb2.Run], str]] = {
    "doselane.capacity.run.production_started.v1": lambda run: sentences.of_production_start(
        run.name, _instant(run.production, "start_time")
    ),
    "doselane.capacity.run.produced.v1": lambda run: sentences.of_production(
        run.name, _instant(run.production, "end_of_synthesis_time")
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
    **dict.fromkeys(RUN_EVENTS, _run_fact),
    **dict.fromkeys(_SLOT_EVENTS, _slot_fact),
    **dict.fromkeys(_BATCH_EVENTS, _batch_fact),
    "doselane.quality.notice.issued.v1": _recall,
    "doselane.courier.milestone.reported.v1": _milestone_fact,
    "doselane.status.shipment.attached.v1": _attaching,
    "doselane.status.milestone.settled.v1": _settling,
}

# Other events of the topics that status consumes say nothing of a dose.
CONSUMED_TYPES = frozenset(_READERS)
