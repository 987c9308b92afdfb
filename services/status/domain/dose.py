"""A dose and its timeline: each fact adds one entry and changes the dose by it; entries are never rewritten."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.status.domain.milestone import MilestoneFact, ShipmentState
from services.status.domain.plausibility import Doubt, Production
from services.status.domain.standing import ShipmentStanding


@dataclass(frozen=True, slots=True)
class Slot:
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
class SlotFact:
    """What an event of slotting says of a slot."""

    dose_id: str
    sequence: int  # the slot's own, gapless from 1
    slot: Slot
    message: bytes  # the slot as published
    summary: str
    event_type: str
    event_id: UUID
    recorded_at: datetime
    actor: str = ""
    reason: str = ""
    traceparent: str = ""

    @property
    def source(self) -> str:
        """What keeps a repeated fact from a second entry."""
        return f"slot:{self.sequence}"


@dataclass(frozen=True, slots=True)
class Shipment:
    """A dose in a courier's hands."""

    courier: str
    references: tuple[str, ...]
    state: ShipmentState = ShipmentState.UNKNOWN
    last_milestone: bytes = b""  # as published, with the references of this shipment only
    expected_delivery_at: datetime | None = None
    doubts: tuple[Doubt, ...] = ()  # milestones that cannot be true and that nobody has settled
    settled: tuple[tuple[str, bool], ...] = ()  # what an operator said of some: whether they count

    def same_as(self, courier: str, references: Iterable[str]) -> bool:
        """Whether these words name this shipment."""
        return self.courier == courier and set(self.references) == set(references)


@dataclass(frozen=True, slots=True)
class Attaching:
    """Somebody says which shipment carries a dose."""

    dose_id: str
    courier: str
    references: tuple[str, ...]
    summary: str
    event_type: str
    event_id: UUID
    at: datetime
    sequence: int = 0  # which attachment of the dose it is, when it is read again from the log
    actor: str = ""
    reason: str = ""
    traceparent: str = ""


@dataclass(frozen=True, slots=True)
class Settling:
    """An operator says of a milestone in doubt whether it counts."""

    dose_id: str
    milestone_event_id: str
    counts: bool
    summary: str
    event_type: str
    event_id: UUID
    at: datetime
    sequence: int = 0  # which settlement of the dose it is, when it is read again from the log
    actor: str = ""
    reason: str = ""
    traceparent: str = ""


@dataclass(frozen=True, slots=True)
class RunFact:
    """What an event of capacity says of a run."""

    run: str
    version: int
    production: Production
    summary: str
    tells: bool  # whether it is news of its own for each dose of the run
    event_type: str
    event_id: UUID
    recorded_at: datetime
    actor: str = ""
    reason: str = ""
    traceparent: str = ""


@dataclass(frozen=True, slots=True)
class BatchFact:
    """What an event of quality says of a batch, and so of each dose of its run; with a `dose_id`, of that one alone.

    Who decided, and why, is not for a timeline: a party that must act has a notice of quality.
    """

    run: str
    dose_id: str
    source: str  # what keeps a repeated fact from a second entry
    summary: str
    event_type: str
    event_id: UUID
    recorded_at: datetime
    actor: str = ""
    reason: str = ""
    traceparent: str = ""


@dataclass(frozen=True, slots=True)
class Dose:
    """A dose as it stands after its last entry."""

    id: str
    slot: Slot
    created_at: datetime
    updated_at: datetime
    entries: int = 0
    slot_sequence: int = 0
    attachments: int = 0
    settlements: int = 0
    shipment: Shipment | None = None

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
    doubt: Doubt | None = None  # why the milestone cannot be true


def heard(dose: Dose | None, fact: SlotFact, standing: ShipmentStanding | None = None) -> tuple[Dose, Entry]:
    """The dose after an event of its slot. One that comes after a newer event is history: an entry and nothing else.

    `standing` is that of its shipment, if the slot stands on another run now, so that another production counts.
    """
    at = fact.recorded_at
    if dose is None:
        dose = Dose(fact.dose_id, fact.slot, created_at=at, updated_at=at)
    if fact.sequence > dose.slot_sequence:
        dose = replace(dose, slot=fact.slot, slot_sequence=fact.sequence)
        dose = _standing(dose, standing)
    dose = _grown(replace(dose, created_at=min(dose.created_at, at)), at)
    entry = Entry(dose.entries, fact.source, fact.event_type, fact.event_id, at, at, fact.summary, slot=fact.message)
    return dose, entry


def attach(dose: Dose, attaching: Attaching, standing: ShipmentStanding) -> tuple[Dose, Entry]:
    """The dose with its shipment, or with another one if the first was a mistake.

    `standing` follows from those of the shipment's milestones that the timeline has already.
    """
    shipment = Shipment(attaching.courier, attaching.references)
    dose = replace(dose, shipment=_standing_at(shipment, standing), attachments=dose.attachments + 1)
    dose = _grown(dose, attaching.at)
    source = f"attach:{dose.attachments}"
    entry = Entry(
        dose.entries, source, attaching.event_type, attaching.event_id, attaching.at, attaching.at, attaching.summary
    )
    return dose, entry


def reported(
    dose: Dose, fact: MilestoneFact, source: str, standing: ShipmentStanding | None, doubt: Doubt | None = None
) -> tuple[Dose, Entry]:
    """The dose after a milestone of its shipment; `standing` None: one on which the standing cannot depend."""
    dose = _grown(_standing(dose, standing), fact.recorded_at)
    entry = Entry(
        dose.entries,
        source,
        fact.event_type,
        fact.event_id,
        fact.milestone.time,
        fact.recorded_at,
        fact.summary,
        milestone=fact.milestone.message,
        doubt=doubt,
    )
    return dose, entry


def settle(dose: Dose, settling: Settling) -> Dose:
    """The dose with what an operator said of a milestone; its standing follows from it."""
    assert dose.shipment is not None
    settled = {**dict(dose.shipment.settled), settling.milestone_event_id: settling.counts}
    shipment = replace(dose.shipment, settled=tuple(sorted(settled.items())))
    return replace(dose, shipment=shipment, settlements=dose.settlements + 1)


def settled(dose: Dose, settling: Settling, standing: ShipmentStanding) -> tuple[Dose, Entry]:
    """The dose after a settlement."""
    dose = _grown(_standing(dose, standing), settling.at)
    source = f"settle:{dose.settlements}"
    entry = Entry(
        dose.entries, source, settling.event_type, settling.event_id, settling.at, settling.at, settling.summary
    )
    return dose, entry


def produced(dose: Dose, fact: RunFact, standing: ShipmentStanding) -> tuple[Dose, Entry] | None:
    """The dose after news of its run; None if that is no news to it, and nothing of its shipment has to be seen in
    another light."""
    seen = _standing(dose, standing)
    if seen == dose and not fact.tells:
        return None
    at, source = fact.recorded_at, f"run:{fact.run.removeprefix('runs/')}:{fact.version}"
    dose = _grown(seen, at)
    return dose, Entry(dose.entries, source, fact.event_type, fact.event_id, at, at, fact.summary)


def judged(dose: Dose, fact: BatchFact) -> tuple[Dose, Entry]:
    """The dose after a decision about its batch: an entry, and nothing that status decides by."""
    at, dose = fact.recorded_at, _grown(dose, fact.recorded_at)
    return dose, Entry(dose.entries, fact.source, fact.event_type, fact.event_id, at, at, fact.summary)


def _grown(dose: Dose, at: datetime) -> Dose:
    # The latest instant, not the instant of the last entry: the same facts in another order give the same dose.
    return replace(dose, entries=dose.entries + 1, updated_at=max(dose.updated_at, at))


def _standing(dose: Dose, standing: ShipmentStanding | None) -> Dose:
    if dose.shipment is None or standing is None:
        return dose
    return replace(dose, shipment=_standing_at(dose.shipment, standing))


def _standing_at(shipment: Shipment, standing: ShipmentStanding) -> Shipment:
    decided_by = standing.decided_by
    return replace(
        shipment,
        state=standing.state,
        last_milestone=decided_by.message if decided_by else b"",
        expected_delivery_at=standing.expected_delivery_at,
        doubts=standing.doubts,
    )
