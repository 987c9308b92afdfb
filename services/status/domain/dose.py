"""A dose and its timeline: each fact adds one entry and changes the dose by it; entries are never rewritten."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class DoseSlot:
    """What status keeps of a dose's slot; slotting owns the truth."""

    partner: str
    run: str
    site: str
    order_reference: str
    state: int
    at_risk: bool
    administration_mbq: float | None = None
    administration_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Carriage:
    """What status keeps of the shipment that a dose is in; distribution owns the truth.

    Names of shipments grow with time, so of two shipments of a dose the one with the greater name is the later.
    """

    shipment: str
    sequence: int  # the shipment's own, gapless from 1
    state: int
    in_doubt: bool  # whether a milestone of it is, and nobody has settled that
    message: bytes  # the shipment as published; empty: the dose is in it no more


@dataclass(frozen=True, slots=True)
class Occurrence:
    """What every fact says: the event behind it, and how it is told."""

    source: str  # what keeps a repeated fact from a second entry
    summary: str
    event_type: str
    event_id: UUID
    recorded_at: datetime
    event_at: datetime | None  # None: it cannot be known
    actor: str = ""
    reason: str = ""
    traceparent: str = ""


@dataclass(frozen=True, slots=True)
class SlotFact:
    """What an event of slotting says of a slot."""

    occurrence: Occurrence
    dose_id: str
    sequence: int  # the slot's own, gapless from 1
    slot: DoseSlot
    message: bytes  # the slot as published


@dataclass(frozen=True, slots=True)
class ShipmentFact:
    """What an event of distribution says of a shipment, and so of each dose in it, or that it carries no more."""

    occurrence: Occurrence
    slots: Mapping[str, DoseSlot]  # by dose, as far as a shipment knows them
    removed_ids: tuple[str, ...]
    carriage: Carriage
    milestone: bytes | None = None  # as published, if it brought one
    implausibility: bytes | None = None  # why that cannot be true

    def carriage_of(self, dose_id: str) -> Carriage:
        """The same as a dose has it."""
        return replace(self.carriage, message=b"", in_doubt=False) if dose_id in self.removed_ids else self.carriage


@dataclass(frozen=True, slots=True)
class NewsFact:
    """News of a run or a batch, and so of each dose of the run; with a `dose_id`, of that one alone."""

    occurrence: Occurrence
    run: str = ""
    dose_id: str = ""


@dataclass(frozen=True, slots=True)
class Dose:
    """A dose as it stands after its last entry."""

    id: str
    slot: DoseSlot
    created_at: datetime
    updated_at: datetime
    entries: int = 0
    slot_sequence: int = 0
    carriage: Carriage | None = None

    @property
    def name(self) -> str:
        """The dose's resource name."""
        return f"doses/{self.id}"

    @property
    def etag(self) -> str:
        """Changes with each change, as each change is an entry."""
        return f"{self.entries}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One fact in the life of a dose."""

    number: int  # in the dose's timeline, from 1, without gaps
    source: str  # what keeps a repeated fact from a second entry
    event_type: str
    event_id: UUID
    event_at: datetime | None
    recorded_at: datetime
    summary: str
    milestone: bytes | None = None
    slot: bytes | None = None
    implausibility: bytes | None = None  # why the milestone cannot be true


def heard(dose: Dose | None, fact: SlotFact) -> tuple[Dose, Entry]:
    """The dose after an event of its slot. One that comes after a newer event is history: an entry and nothing else."""
    at = fact.occurrence.recorded_at
    if dose is None:
        dose = Dose(fact.dose_id, fact.slot, created_at=at, updated_at=at)
    if fact.sequence > dose.slot_sequence:
        dose = replace(dose, slot=fact.slot, slot_sequence=fact.sequence)
    dose, entry = told(replace(dose, created_at=min(dose.created_at, at)), fact.occurrence)
    return dose, replace(entry, slot=fact.message)


def carried(dose: Dose | None, fact: ShipmentFact, dose_id: str) -> tuple[Dose, Entry]:
    """The dose after an event of a shipment. One behind a newer event, or of an earlier shipment, is history."""
    if dose is None:
        at = fact.occurrence.recorded_at
        dose = Dose(dose_id, fact.slots[dose_id], created_at=at, updated_at=at)
    carriage, before = fact.carriage_of(dose.id), dose.carriage
    newer = before is None or (carriage.shipment, carriage.sequence) > (before.shipment, before.sequence)
    dose, entry = told(replace(dose, carriage=carriage) if newer else dose, fact.occurrence)
    return dose, replace(entry, milestone=fact.milestone, implausibility=fact.implausibility)


def told(dose: Dose, occurrence: Occurrence) -> tuple[Dose, Entry]:
    """The dose with an entry more, which changes nothing else that status decides by."""
    # The latest instant, not the instant of the last entry: the same facts in another order give the same dose.
    updated_at = max(dose.updated_at, occurrence.recorded_at)
    dose = replace(dose, entries=dose.entries + 1, updated_at=updated_at)
    return dose, Entry(
        dose.entries,
        occurrence.source,
        occurrence.event_type,
        occurrence.event_id,
        occurrence.event_at,
        occurrence.recorded_at,
        occurrence.summary,
    )
