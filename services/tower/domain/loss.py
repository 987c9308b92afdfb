"""The report of a dose that was lost: why, what could have saved it and until when, who was told and asked.

All of it was recorded while it was so; nothing is reckoned afterwards, so the report says no more than was known.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from services.tower.domain.board import BoardEntry, Hazard
from services.tower.domain.causes import CauseKind
from services.tower.domain.consent import Consent, ConsentState
from services.tower.domain.escalation import AlertOutcome, AlertState, Escalation
from services.tower.domain.incident import Incident
from services.tower.domain.rescue import KnownMove


class RecordedMoves(NamedTuple):
    """The moves that were known of a dose from an instant on, until the next record; empty: none."""

    at: datetime
    moves: Sequence[KnownMove]


@dataclass(frozen=True, slots=True)
class RecordedCause:
    """A cause that a dose was under; the incident may be missing where a person had closed it before."""

    incident: str
    kind: CauseKind
    explanation: str
    opened_at: datetime
    acknowledged_at: datetime | None = None
    resolved_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MissedMove:
    """A move that could have been made in [known_at, until_at]."""

    run: str
    lane: str
    departure_at: datetime | None
    known_at: datetime
    until_at: datetime


@dataclass(frozen=True, slots=True)
class ToldContact:
    """A contact that a step of a ladder told of the dose, or was to tell."""

    escalation: str
    partner: str
    step: int
    taken_at: datetime
    outcome: AlertOutcome
    acknowledged_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AskedConsent:
    """A consent that the sponsor was asked for."""

    consent: str
    explanation: str
    asked_at: datetime
    state: ConsentState
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class LossReport:
    """The report of a dose that was lost."""

    entry: BoardEntry
    cause: RecordedCause | None
    causes: tuple[RecordedCause, ...]
    moves: tuple[MissedMove, ...]
    told: tuple[ToldContact, ...]
    asked: tuple[AskedConsent, ...]

    @property
    def last_rescue_at(self) -> datetime | None:
        """The last instant at which a move that was known was possible; None if none ever was."""
        return self.moves[0].until_at if self.moves else None

    def seen_by(self, partner: str | None) -> "LossReport":
        """The report as a sponsor may read it (None: an operator, who reads all): without other partners' ladders, and
        of the manufacturer's without whom of its people it told."""
        if partner is None:
            return self
        return replace(self, told=tuple(each if each.partner == partner else _unnamed(each) for each in self.told))

    @property
    def explanation(self) -> str:
        """In sentences for people."""
        return " ".join(self._sentences())

    def _sentences(self) -> Iterator[str]:
        yield self.cause.explanation if self.cause else "No cause of the loss was recorded."
        if not self.moves:
            yield "No move that could have saved it was known at any time."
        else:
            yield f"{_words(self.moves[0])} would have saved it, until {_at(self.moves[0].until_at)}."
            if len(self.moves) > 1:
                yield f"{len(self.moves) - 1} more moves were known, and were possible less long."
            yield (
                "Whether there was room was not asked." if not self.asked else f"Consents asked for: {len(self.asked)}."
            )
        sent = [each for each in self.told if each.outcome.state is AlertState.SENT]
        if not self.told:
            yield "No ladder told anybody of it."
        else:
            yield f"Ladders told {len(sent)} of {len(self.told)} contacts, from {_at(self.told[0].taken_at)} on."
        acknowledged = [each.acknowledged_at for each in self.causes if each.acknowledged_at]
        acknowledged += [each.acknowledged_at for each in self.told if each.acknowledged_at]
        yield (
            f"Somebody looked after it from {_at(min(acknowledged))} on." if acknowledged else "Nobody acknowledged it."
        )


def loss_report(
    entry: BoardEntry,
    recorded: Sequence[RecordedMoves],
    incidents: Sequence[Incident],
    escalations: Sequence[Escalation],
    consents: Sequence[Consent],
) -> LossReport:
    """The report of a dose, of its entry, and of all that was recorded of it. `escalations` are of its incidents."""
    by_name = {each.name: each for each in incidents}
    deadly = sorted((each for each in entry.hazards if each.endangers), key=lambda each: (each.since_at, each.key))
    causes = [_cause(each) for each in sorted(incidents, key=lambda each: (each.opened_at, each.name))]
    return LossReport(
        entry=entry,
        cause=_cause_of(deadly[0], by_name) if deadly else None,
        causes=tuple(causes),
        moves=tuple(sorted(_missed(recorded), key=lambda each: (each.until_at, each.known_at, each.run), reverse=True)),
        told=tuple(
            sorted(_told(entry.dose, escalations), key=lambda each: (each.taken_at, each.escalation, each.step))
        ),
        asked=tuple(_asked(each) for each in consents),
    )


def _cause(incident: Incident) -> RecordedCause:
    return RecordedCause(
        incident.name,
        incident.kind,
        incident.explanation,
        incident.opened_at,
        incident.acknowledged_at,
        incident.resolved_at,
    )


def _cause_of(hazard: Hazard, incidents: dict[str, Incident]) -> RecordedCause:
    """The cause as the dose was under it, with what became of its incident."""
    found = incidents.get(hazard.incident)
    if found is None:
        return RecordedCause(hazard.incident, hazard.kind, hazard.explanation, hazard.since_at)
    return replace(_cause(found), explanation=hazard.explanation)


def _missed(recorded: Sequence[RecordedMoves]) -> Iterator[MissedMove]:
    """Each move with the time in which it was known and possible; one that went and came back is two."""
    open_: dict[tuple[str, str, datetime | None], MissedMove] = {}
    for at, moves in sorted(recorded, key=lambda each: each.at):
        known = {(each.run, each.lane, each.departure_at): each for each in moves}
        for key in [key for key in open_ if key not in known]:
            gone = open_.pop(key)
            yield replace(gone, until_at=min(gone.until_at, at))
        for key, move in known.items():
            since = open_[key].known_at if key in open_ else at
            open_[key] = MissedMove(*key, since, move.until_at)
    yield from open_.values()


def _told(dose: str, escalations: Sequence[Escalation]) -> Iterator[ToldContact]:
    for each in escalations:
        for number, step in enumerate(each.steps, 1):
            if step.taken_at is None or dose not in step.doses:
                continue
            for outcome in step.outcomes:
                yield ToldContact(each.name, each.partner, number, step.taken_at, outcome, each.acknowledged_at)


def _asked(consent: Consent) -> AskedConsent:
    answered = consent.updated_at if consent.state in (ConsentState.GIVEN, ConsentState.REFUSED) else None
    return AskedConsent(consent.name, consent.explanation, consent.created_at, consent.state, answered)


def _unnamed(told: ToldContact) -> ToldContact:
    contact = replace(told.outcome.contact, address="")
    return replace(told, escalation="", outcome=replace(told.outcome, contact=contact, detail=""))


def _words(move: MissedMove) -> str:
    if not move.lane:
        return f"A place on {move.run}"
    return f"Another departure, by {move.lane}" + (f" at {_at(move.departure_at)}" if move.departure_at else "")


def _at(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
