"""Ladders as they are played: one escalation for each incident and ladder, by the time that is left to save doses.

Everything follows from what is stored: whoever goes on after a crash takes the same steps, each once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from services.kernel.errors import Stale
from services.tower.domain import refusals
from services.tower.domain.board import DoseVerdict
from services.tower.domain.causes import CauseKind
from services.tower.domain.incident import Incident, IncidentState, TouchedDose
from services.tower.domain.ladder import AlertContact, EscalationLadder

# A step is never later than this before the time is over, however short that has become.
_BEFORE_THE_END = timedelta(microseconds=1)
# What only the manufacturer's own know of.
_HIDDEN_SUBJECTS = ("isotopeDeliveries/",)


class EscalationState(IntEnum):
    """Where an escalation stands; the numbers are those of doselane.tower.v1.Escalation.State."""

    RUNNING = 1
    ACKNOWLEDGED = 2
    ENDED = 3


class AlertState(IntEnum):
    """How far telling somebody has come; the numbers are those of doselane.tower.v1.AlertOutcome.State."""

    SENDING = 1
    SENT = 2
    FAILED = 3


class EscalationNews(StrEnum):
    """What is new of an escalation, as the end of the event's type."""

    STEP_TAKEN = "escalation.step_taken"
    ACKNOWLEDGED = "escalation.acknowledged"
    CHANGED = "escalation.changed"


@dataclass(frozen=True, slots=True)
class AlertOutcome:
    """What became of telling a contact; `at`: when it was sent or failed."""

    contact: AlertContact
    state: AlertState = AlertState.SENDING
    at: datetime | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class EscalationStep:
    """A step; `doses` are those that it told of, `outcomes` one for each contact once it was taken."""

    left_percent: int
    contacts: tuple[AlertContact, ...]
    due_at: datetime | None = None
    taken_at: datetime | None = None
    doses: tuple[str, ...] = ()
    outcomes: tuple[AlertOutcome, ...] = ()


@dataclass(frozen=True, slots=True)
class EscalatedDose:
    """A dose that can still be saved, and until when."""

    dose: str
    until_at: datetime


@dataclass(frozen=True, slots=True)
class Escalation:
    """A ladder as it was when the incident began to be told of, and how far it is played."""

    name: str
    ladder: str
    partner: str
    sponsor: bool
    incident: str
    kind: CauseKind
    subject: str
    product: str
    state: EscalationState
    began_at: datetime
    steps: tuple[EscalationStep, ...]
    doses: tuple[EscalatedDose, ...] = ()
    until_at: datetime | None = None
    actor: str = ""
    reason: str = ""
    acknowledged_at: datetime | None = None
    ended_at: datetime | None = None
    version: int = 0

    @property
    def etag(self) -> str:
        """Changes with each change."""
        return f"{self.version}"

    @property
    def due_at(self) -> datetime | None:
        """When its next step is to be taken; None if none is."""
        return min((step.due_at for step in self.steps if step.due_at is not None), default=None)

    def require_etag(self, etag: str) -> None:
        """Refuse a change by somebody who has seen another version."""
        if etag and etag != self.etag:
            raise Stale("The escalation changed since you read it.", name=self.name, etag=self.etag)


@dataclass(frozen=True, slots=True)
class EscalationChange:
    """An escalation after one change, and what is new; `step`: the number, from 1, of one that was taken."""

    escalation: Escalation
    what: EscalationNews
    step: int = 0
    actor: str = ""
    reason: str = ""


def concerned(
    ladder: EscalationLadder | Escalation, incident: Incident, products: Mapping[str, str]
) -> list[TouchedDose]:
    """The doses of an incident that a ladder, or what is played of it, is about; `products` are those of the doses."""
    return [
        each
        for each in incident.doses
        if not each.left
        and products.get(each.dose) == ladder.product
        and (not ladder.sponsor or each.partner == ladder.partner)
    ]


def begin(name: str, ladder: EscalationLadder, incident: Incident, now: datetime) -> Escalation:
    """A ladder that is about to be played for an incident; nothing is due yet."""
    hidden = ladder.sponsor and incident.subject.startswith(_HIDDEN_SUBJECTS)
    return Escalation(
        name=name,
        ladder=ladder.name,
        partner=ladder.partner,
        sponsor=ladder.sponsor,
        incident=incident.name,
        kind=incident.kind,
        subject="" if hidden else incident.subject,
        product=ladder.product,
        state=EscalationState.RUNNING,
        began_at=now,
        steps=tuple(EscalationStep(each.left_percent, each.contacts) for each in ladder.steps),
    )


def play(
    before: Escalation, incident: Incident, doses: Sequence[TouchedDose], now: datetime
) -> Sequence[EscalationChange]:
    """What becomes of an escalation at an instant, by the incident as it is and its doses that the ladder is about.

    Steps whose time has come are taken in their order; those that were due while nobody looked too, as long as the time
    is not over. After it none is: what was not taken stays so, and is told by the report of the loss.
    """
    if before.state is EscalationState.ENDED:
        return ()
    if incident.state is IncidentState.RESOLVED:
        gone = tuple(replace(step, due_at=None) for step in before.steps)
        ended = replace(before, state=EscalationState.ENDED, ended_at=now, steps=gone, doses=(), until_at=None)
        return _numbered(before, [EscalationChange(ended, EscalationNews.CHANGED)])
    if before.state is EscalationState.ACKNOWLEDGED:
        return ()
    if incident.state is IncidentState.ACKNOWLEDGED and not before.sponsor:
        taken = next(step for step in reversed(incident.steps) if step.state is IncidentState.ACKNOWLEDGED)
        return _numbered(before, [_acknowledged(before, taken.at, taken.actor, taken.reason)])
    timed = _timed(before, doses, now)
    changes: list[EscalationChange] = []
    for number, step in enumerate(timed.steps, 1):
        if step.due_at is not None and step.due_at <= now:
            timed = _taken(timed, number, now)
            changes.append(EscalationChange(timed, EscalationNews.STEP_TAKEN, number))
    if not changes and timed != before:
        changes = [EscalationChange(timed, EscalationNews.CHANGED)]
    return _numbered(before, changes)


def _timed(before: Escalation, doses: Sequence[TouchedDose], now: datetime) -> Escalation:
    """The escalation with the time that is left now, and its steps at their shares of it."""
    saved = [
        EscalatedDose(each.dose, each.rescue_until_at)
        for each in doses
        if each.verdict is DoseVerdict.AT_RISK and each.rescue_until_at is not None and each.rescue_until_at > now
    ]
    saved.sort(key=lambda each: (each.until_at, each.dose))
    until_at = saved[0].until_at if saved else None
    steps = tuple(replace(step, due_at=_due_at(step, before.began_at, until_at)) for step in before.steps)
    return replace(before, doses=tuple(saved), until_at=until_at, steps=steps)


def _due_at(step: EscalationStep, began_at: datetime, until_at: datetime | None) -> datetime | None:
    """When a step is to be taken: always before the time is over, also where that has become shorter meanwhile."""
    if until_at is None or step.taken_at is not None:
        return None
    at = until_at - (until_at - began_at) * step.left_percent / 100
    return min(at, until_at - _BEFORE_THE_END)


def _taken(escalation: Escalation, number: int, now: datetime) -> Escalation:
    step = escalation.steps[number - 1]
    told = replace(
        step,
        due_at=None,
        taken_at=now,
        doses=tuple(each.dose for each in escalation.doses),
        outcomes=tuple(map(AlertOutcome, step.contacts)),
    )
    return _with_step(escalation, number, told)


def _with_step(escalation: Escalation, number: int, step: EscalationStep) -> Escalation:
    return replace(escalation, steps=(*escalation.steps[: number - 1], step, *escalation.steps[number:]))


def acknowledge_escalation(escalation: Escalation, now: datetime, actor: str, reason: str) -> EscalationChange:
    """Somebody looks after it: no further step is taken. Said again, it is noted again."""
    if escalation.state is EscalationState.ENDED:
        raise refusals.EscalationEnded("The incident of the escalation is resolved already.", name=escalation.name)
    (change,) = _numbered(escalation, [_acknowledged(escalation, now, actor, reason)])
    return change


def _acknowledged(before: Escalation, at: datetime, actor: str, reason: str) -> EscalationChange:
    after = replace(
        before,
        state=EscalationState.ACKNOWLEDGED,
        acknowledged_at=at,
        actor=actor,
        reason=reason,
        steps=tuple(replace(step, due_at=None) for step in before.steps),
    )
    return EscalationChange(after, EscalationNews.ACKNOWLEDGED, actor=actor, reason=reason)


def note_outcome(
    escalation: Escalation, step: int, contact: int, state: AlertState, at: datetime, detail: str
) -> EscalationChange | None:
    """What became of telling a contact, both counted from 1; None if that is known, or nobody was told so."""
    found = escalation.steps[step - 1] if 1 <= step <= len(escalation.steps) else None
    if found is None or not 1 <= contact <= len(found.outcomes):
        return None
    was = found.outcomes[contact - 1]
    # What was sent was sent: a failure that is heard of later does not take it back.
    if was.state is AlertState.SENT or was.state is state:
        return None
    outcomes = list(found.outcomes)
    outcomes[contact - 1] = replace(was, state=state, at=at, detail=detail)
    after = _with_step(escalation, step, replace(found, outcomes=tuple(outcomes)))
    (change,) = _numbered(escalation, [EscalationChange(after, EscalationNews.CHANGED)])
    return change


def _numbered(before: Escalation, changes: Sequence[EscalationChange]) -> list[EscalationChange]:
    """Each change with a version of its own."""
    return [
        replace(change, escalation=replace(change.escalation, version=before.version + place))
        for place, change in enumerate(changes, 1)
    ]
