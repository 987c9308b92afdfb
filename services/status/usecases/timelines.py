"""Doses under their locks while facts are added to them; at the end it knows what is to be saved."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from services.status import events
from services.status.domain import (
    NOTHING_KNOWN,
    Attaching,
    BatchFact,
    Dose,
    Entry,
    Milestone,
    MilestoneFact,
    Production,
    RunFact,
    Settling,
    ShipmentStanding,
    SlotFact,
    attach,
    doubt_of,
    heard,
    judged,
    produced,
    reported,
    sentences,
    settle,
    settled,
    standing,
)
from services.status.store import Related, Saving


class Timelines:
    """The doses that a batch of facts concerns.

    `now` is the time of the events that it publishes, `told` are entries that exist already, and `counted` the
    milestones on which the standing of these doses' shipments rests so far. `productions` is what is known of runs.
    """

    def __init__(
        self,
        doses: Mapping[str, Dose],
        now: datetime,
        *,
        told: Iterable[tuple[str, str]] = (),
        counted: Iterable[Related] = (),
        productions: Mapping[str, Production] = MappingProxyType({}),
    ) -> None:
        self._productions = productions
        self._doses = dict(doses)
        self._existed = frozenset(doses)
        self._now = now
        self._told = set(told)
        self._touched: dict[str, None] = {}
        self._counted: dict[str, dict[int, Milestone]] = {dose_id: {} for dose_id in doses}
        self._saving = Saving()
        for each in counted:
            shown = _shown_to(doses[each.dose_id], each.fact)
            self._counted[each.dose_id][each.milestone_id] = shown.milestone

    def dose(self, dose_id: str) -> Dose:
        """The dose as it stands now."""
        return self._doses[dose_id]

    def hear(self, fact: SlotFact) -> None:
        """Adds an event of a slot, unless the timeline has it."""
        if (fact.dose_id, fact.source) not in self._told:
            before = self._doses.get(fact.dose_id)
            moved = before is not None and before.shipment is not None and before.slot.run != fact.slot.run
            stands = self._standing(before, fact.slot.run) if before is not None and moved else None
            dose, entry = heard(before, fact, stands)
            self._add(dose, entry, fact, fact.traceparent)

    def learn(self, dose_id: str, fact: RunFact) -> None:
        """Sees what the courier of a dose reported in the light of news of its run."""
        dose = self._doses[dose_id]
        found = produced(dose, fact, self._standing(dose, fact.run))
        if found is not None:
            self._add(*found, fact, fact.traceparent)

    def judge(self, dose_id: str, fact: BatchFact) -> None:
        """Adds what quality decided about the batch of a dose, unless the timeline has it."""
        if (dose_id, fact.source) not in self._told:
            self._add(*judged(self._doses[dose_id], fact), fact, fact.traceparent)

    def settle(self, settling: Settling) -> None:
        """Adds what an operator said of a milestone in doubt."""
        dose = settle(self._doses[settling.dose_id], settling)
        self._saving.events.append(events.settlement(dose, settling))
        self._add(*settled(dose, settling, self._standing(dose, dose.slot.run)), settling, settling.traceparent)

    def report(self, dose_id: str, milestone_id: int, fact: MilestoneFact, traceparent: str) -> None:
        """Adds a milestone of the shipment that carries a dose."""
        dose = self._doses[dose_id]
        fact = _shown_to(dose, fact)
        stands = None
        if fact.milestone.matters:
            self._counted[dose_id][milestone_id] = fact.milestone
            stands = self._standing(dose, dose.slot.run)
        doubt = doubt_of(fact.milestone, self._productions.get(dose.slot.run, NOTHING_KNOWN))
        fact = replace(fact, summary=sentences.of_doubt(fact.summary, doubt))
        dose, entry = reported(dose, fact, f"milestone:{milestone_id}", stands, doubt)
        self._add(dose, entry, fact, traceparent)

    def attach(self, attaching: Attaching, told: Iterable[Related]) -> None:
        """Adds the attachment of a shipment, some of whose milestones the timeline may have `told` before."""
        dose_id, references = attaching.dose_id, attaching.references
        counted = {
            each.milestone_id: events.visible_to(each.fact.milestone, each.fact.references, references) for each in told
        }
        self._counted[dose_id] = counted
        before = self._doses[dose_id]
        production = self._productions.get(before.slot.run, NOTHING_KNOWN)
        dose, entry = attach(before, attaching, standing(counted.values(), production))
        self._saving.events.append(events.attached(dose, attaching))
        self._add(dose, entry, attaching, attaching.traceparent)

    def saving(self) -> Saving:
        """All that is to be saved."""
        for dose_id in self._touched:
            (self._saving.changed if dose_id in self._existed else self._saving.new).append(self._doses[dose_id])
        return self._saving

    def _standing(self, dose: Dose, run: str) -> ShipmentStanding:
        operators_word = dict(dose.shipment.settled) if dose.shipment else {}
        production = self._productions.get(run, NOTHING_KNOWN)
        return standing(self._counted[dose.id].values(), production, operators_word)

    def _add(self, dose: Dose, entry: Entry, cause: events.Cause, traceparent: str) -> None:
        self._doses[dose.id] = dose
        self._touched[dose.id] = None
        self._told.add((dose.id, entry.source))
        self._saving.entries.append((dose.id, entry))
        self._saving.events.append(events.updated(dose, entry, cause, traceparent, self._now))


def _shown_to(dose: Dose, fact: MilestoneFact) -> MilestoneFact:
    """The fact as the dose's partner may see it."""
    references = dose.shipment.references if dose.shipment else ()
    return replace(fact, milestone=events.visible_to(fact.milestone, fact.references, references))
