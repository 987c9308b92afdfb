"""Incidents: one for each cause, opened and resolved by rule, acknowledged and closed by persons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum, StrEnum

from services.kernel.errors import Stale
from services.tower.domain import refusals
from services.tower.domain.board import CRITICAL_PERCENT, BoardEntry, DoseVerdict
from services.tower.domain.causes import JUDGED_BY_PERSONS, Cause, CauseKind


class IncidentState(IntEnum):
    """Where an incident stands; the numbers are those of doselane.tower.v1.Incident.State."""

    OPEN = 1
    ACKNOWLEDGED = 2
    RESOLVED = 3


class IncidentSeverity(IntEnum):
    """How grave it is; the numbers are those of doselane.tower.v1.Incident.Severity."""

    MINOR = 1
    MAJOR = 2
    CRITICAL = 3


class IncidentNews(StrEnum):
    """What became of an incident, as the end of the event's type."""

    OPENED = "incident.opened"
    UPDATED = "incident.updated"
    ACKNOWLEDGED = "incident.acknowledged"
    RESOLVED = "incident.resolved"


@dataclass(frozen=True, slots=True)
class TouchedDose:
    """A dose that an incident touches, as it was judged last. `left`: it touches it no more."""

    dose: str
    partner: str
    verdict: DoseVerdict
    rescue_until_at: datetime | None = None
    until_at: datetime | None = None
    closing: bool = False
    left: bool = False

    @property
    def severity(self) -> IncidentSeverity:
        """Lost or nearly out of time, at risk, or neither."""
        if self.verdict is DoseVerdict.LOST or self.closing:
            return IncidentSeverity.CRITICAL
        return IncidentSeverity.MAJOR if self.verdict is DoseVerdict.AT_RISK else IncidentSeverity.MINOR

    @property
    def deadline_at(self) -> datetime | None:
        """The first instant at which it can no longer be saved, or its cause be put right."""
        return min(filter(None, (self.rescue_until_at, self.until_at)), default=None)


@dataclass(frozen=True, slots=True)
class IncidentStep:
    """A step in its life; without an actor a rule took it."""

    state: IncidentState
    at: datetime
    actor: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Incident:
    """A cause, and the doses that it touches. `mark` is what of it a person has judged who closed it (`settled`)."""

    name: str
    key: str
    kind: CauseKind
    subject: str
    explanation: str
    state: IncidentState
    opened_at: datetime
    mark: str = ""
    settled: bool = False
    doses: tuple[TouchedDose, ...] = ()
    steps: tuple[IncidentStep, ...] = ()
    version: int = 0

    @property
    def etag(self) -> str:
        """Changes with each change."""
        return f"{self.version}"

    @property
    def touched(self) -> tuple[TouchedDose, ...]:
        """The doses that it touches now; of a resolved one those that it did."""
        return tuple(each for each in self.doses if not each.left) or self.doses

    @property
    def severity(self) -> IncidentSeverity:
        """That of the dose for which it is gravest."""
        return max((each.severity for each in self.touched), default=IncidentSeverity.MINOR)

    @property
    def deadline_at(self) -> datetime | None:
        """The first instant at which something can no longer be saved, or put right."""
        return min((each.deadline_at for each in self.touched if each.deadline_at is not None), default=None)

    @property
    def acknowledged_at(self) -> datetime | None:
        """When somebody first said that they look after it."""
        return next((step.at for step in self.steps if step.state is IncidentState.ACKNOWLEDGED), None)

    @property
    def resolved_at(self) -> datetime | None:
        """When it was resolved."""
        return next((step.at for step in self.steps if step.state is IncidentState.RESOLVED), None)

    def closed_for(self, cause: Cause) -> bool:
        """Whether a person has closed it for this cause, and nothing new has come of it: it is not opened again."""
        return self.settled and self.mark == cause.mark_or_words

    def sets_aside(self, cause: Cause) -> bool:
        """Whether the cause counts no more, as a person has judged it."""
        return self.kind in JUDGED_BY_PERSONS and self.closed_for(cause)

    def require_etag(self, etag: str) -> None:
        """Refuses whoever has seen another version."""
        if etag and etag != self.etag:
            raise Stale("The incident has changed since it was read.", name=self.name, etag=self.etag)

    def require_open(self) -> None:
        """Refuses what makes no sense once it is resolved."""
        if self.state is IncidentState.RESOLVED:
            raise refusals.IncidentResolved("The incident is resolved already.", name=self.name)


@dataclass(frozen=True, slots=True)
class IncidentChange:
    """An incident after a change, what became of it, and the partners with a dose of which something is new."""

    incident: Incident
    what: IncidentNews
    partners: tuple[str, ...] = ()
    actor: str = ""
    reason: str = ""


def acknowledge(incident: Incident, now: datetime, actor: str, reason: str) -> IncidentChange:
    """Somebody looks after it. Said again, it is noted again: another may have taken over."""
    incident.require_open()
    step = IncidentStep(IncidentState.ACKNOWLEDGED, now, actor, reason)
    changed = replace(
        incident, state=IncidentState.ACKNOWLEDGED, steps=(*incident.steps, step), version=incident.version + 1
    )
    return IncidentChange(changed, IncidentNews.ACKNOWLEDGED, _partners(changed), actor, reason)


def resolve(incident: Incident, now: datetime, actor: str = "", reason: str = "") -> IncidentChange:
    """Its cause has gone, or, with an actor, a person closes it."""
    incident.require_open()
    step = IncidentStep(IncidentState.RESOLVED, now, actor, reason)
    changed = replace(
        incident,
        state=IncidentState.RESOLVED,
        settled=bool(actor),
        steps=(*incident.steps, step),
        version=incident.version + 1,
    )
    return IncidentChange(changed, IncidentNews.RESOLVED, _partners(changed), actor, reason)


def _partners(incident: Incident) -> tuple[str, ...]:
    return tuple(sorted({each.partner for each in incident.doses}))


@dataclass
class IncidentBook:
    """The incidents of some causes while doses come under them and leave them; at the end it knows what has changed."""

    known: dict[str, Incident]  # by key, those that are not resolved
    now: datetime
    _touched: dict[str, dict[str, TouchedDose]] = field(default_factory=dict)
    _marks: dict[str, Cause] = field(default_factory=dict)

    def touch(self, cause: Cause, entry: BoardEntry) -> None:
        """A dose is under a cause, as it is judged now."""
        closing = entry.verdict is DoseVerdict.AT_RISK and entry.told_percent <= CRITICAL_PERCENT
        dose = TouchedDose(entry.dose, entry.partner, entry.verdict, entry.rescue_until_at, cause.until_at, closing)
        self._touched.setdefault(cause.key, {})[entry.dose] = dose
        self._marks[cause.key] = cause

    def leave(self, key: str, entry: BoardEntry) -> None:
        """A dose is under a cause no more."""
        if key in self.known:
            was = next((each for each in self.known[key].doses if each.dose == entry.dose), None)
            if was is not None and not was.left:
                left = TouchedDose(was.dose, was.partner, entry.verdict, left=True)
                self._touched.setdefault(key, {})[entry.dose] = left

    def changes(self, names: Mapping[str, str]) -> Sequence[IncidentChange]:
        """What became of the incidents; `names` are those of new ones, by key."""
        return [change for key in sorted(self._touched) if (change := self._change(key, names)) is not None]

    def _change(self, key: str, names: Mapping[str, str]) -> IncidentChange | None:
        told, cause, incident = self._touched[key], self._marks.get(key), self.known.get(key)
        if incident is None:
            assert cause, "nothing leaves an incident that is not there"
            opened = _open(names[key], cause, tuple(told.values()), self.now)
            return IncidentChange(opened, IncidentNews.OPENED, _partners(opened))
        before = {each.dose: each for each in incident.doses}
        news = {dose: each for dose, each in told.items() if before.get(dose) != each}
        changed = replace(incident, doses=tuple({**before, **told}.values()))
        if cause is not None:
            changed = replace(changed, mark=cause.mark_or_words, explanation=cause.explanation)
        if all(each.left for each in changed.doses):
            return resolve(changed, self.now)
        if not news and changed.explanation == incident.explanation and changed.mark == incident.mark:
            return None
        partners = tuple(sorted({each.partner for each in news.values()}))
        return IncidentChange(replace(changed, version=incident.version + 1), IncidentNews.UPDATED, partners)


def _open(name: str, cause: Cause, doses: tuple[TouchedDose, ...], now: datetime) -> Incident:
    return Incident(
        name=name,
        key=cause.key,
        kind=cause.kind,
        subject=cause.subject,
        explanation=cause.explanation,
        state=IncidentState.OPEN,
        opened_at=now,
        mark=cause.mark_or_words,
        doses=doses,
        steps=(IncidentStep(IncidentState.OPEN, now),),
        version=1,
    )
