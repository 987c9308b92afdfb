"""Judging doses again: by all that is known of them, with their incidents, in one transaction that holds the lock."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from services.kernel.ids import uuid7
from services.kernel.steps import in_steps
from services.tower.domain.board import BoardChange, BoardEntry, DoseVerdict, judge_with_moves, news_of
from services.tower.domain.causes import Cause, causes_of
from services.tower.domain.incident import Incident, IncidentBook, IncidentChange
from services.tower.domain.known import PROMISED, DoseFacts
from services.tower.domain.rescue import KnownMove
from services.tower.store import Unit
from services.tower.store.losses import record_moves
from services.tower.store.others import facts_of
from services.tower.usecases.stating import restate


@dataclass(frozen=True, slots=True)
class _Judged:
    """A dose that was judged: what threatens it, its entry before and after, and the moves that are known."""

    causes: Sequence[Cause]
    before: BoardEntry | None
    entry: BoardEntry
    moves: Sequence[KnownMove]

    @property
    def endangered(self) -> bool:
        """Whether it is at risk, or was."""
        return DoseVerdict.AT_RISK in (self.entry.verdict, self.before.verdict if self.before else None)


@dataclass(slots=True)
class _Incidents:
    """The incidents of all causes that matter now: those that are not resolved, and those that persons closed."""

    open: Mapping[str, Incident] = field(default_factory=dict)
    settled: Mapping[str, Incident] = field(default_factory=dict)

    def counting(self, causes: Sequence[Cause]) -> list[Cause]:
        """The causes without those that a person has judged."""
        return [cause for cause in causes if not (self._closed(cause) and self.settled[cause.key].sets_aside(cause))]

    def wanted(self, cause: Cause) -> bool:
        """Whether the cause has an incident, or is to get one: not what a person has closed and nothing new came of."""
        return not (self._closed(cause) and self.settled[cause.key].closed_for(cause))

    def _closed(self, cause: Cause) -> bool:
        return cause.key in self.settled and cause.key not in self.open


async def judge_again(unit: Unit, doses: Collection[str], now: datetime, delay_max: timedelta) -> None:
    """Judges these doses by what is known at an instant, and saves what changed with its events."""
    before = await unit.entries(doses)
    on_board = {dose for dose in doses if dose not in before or before[dose].live}
    facts = {
        dose: each
        for dose, each in (await facts_of(unit.conn, on_board, now, delay_max)).items()
        if dose in before or each.slot.state in PROMISED
    }
    threats = {dose: causes_of(each, now) for dose, each in facts.items()}
    keys = {cause.key for causes in threats.values() for cause in causes}
    keys |= {hazard.key for dose in facts if dose in before for hazard in before[dose].hazards}
    incidents = _Incidents(await unit.open_incidents(keys), await unit.settled_incidents(keys))
    judging = partial(_judged, incidents=incidents, before=before, now=now)
    judged = await in_steps(lambda dose: judging(facts[dose], threats[dose]), sorted(facts))
    changes, names = _of_incidents(judged, incidents, now)
    entries = [_with_incidents(each, names, incidents) for each in judged]
    changed = [change for each, entry in zip(judged, entries, strict=True) if (change := _change(each, entry))]
    told = {change.entry.dose for change in changed}
    due = {
        each.dose: each.due_at for each in entries if each.dose not in told and before[each.dose].due_at != each.due_at
    }
    await unit.save(changed, due, changes, now)
    await record_moves(unit.conn, {each.entry.dose: each.moves for each in judged if each.endangered}, now)
    await restate(unit, [change.entry for change in changed], now)


def _judged(
    facts: DoseFacts, causes: Sequence[Cause], *, incidents: _Incidents, before: Mapping[str, BoardEntry], now: datetime
) -> _Judged:
    counting, was = incidents.counting(causes), before.get(facts.slot.dose)
    entry, moves = judge_with_moves(facts, counting, was, now)
    return _Judged(counting, was, entry, moves)


def _of_incidents(
    judged: Sequence[_Judged], incidents: _Incidents, now: datetime
) -> tuple[Sequence[IncidentChange], dict[str, str]]:
    """What becomes of the incidents, and the name of the incident of each cause that has one."""
    book = IncidentBook(dict(incidents.open), now)
    names = {key: each.name for key, each in incidents.open.items()}
    for each in judged:
        threatens = {cause.key: cause for cause in each.causes if incidents.wanted(cause)} if each.entry.live else {}
        for key, cause in threatens.items():
            names.setdefault(key, f"incidents/{uuid7()}")
            book.touch(cause, each.entry)
        for key in incidents.open.keys() - threatens.keys():
            book.leave(key, each.entry)
    return book.changes(names), names


def _with_incidents(judged: _Judged, names: Mapping[str, str], incidents: _Incidents) -> BoardEntry:
    def named(key: str, known: str) -> str:
        settled = incidents.settled.get(key)
        return names.get(key) or known or (settled.name if settled else "")

    hazards = tuple(replace(each, incident=named(each.key, each.incident)) for each in judged.entry.hazards)
    return replace(judged.entry, hazards=hazards)


def _change(judged: _Judged, entry: BoardEntry) -> BoardChange | None:
    news = news_of(entry, judged.before)
    return BoardChange(replace(entry, version=entry.version + len(news)), news) if news else None
