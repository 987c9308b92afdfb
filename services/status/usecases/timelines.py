"""Doses under their locks while facts are added to them; at the end it knows what is to be saved."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from services.status import events
from services.status.domain import (
    Attaching,
    Dose,
    Entry,
    Milestone,
    MilestoneFact,
    SlotFact,
    attach,
    heard,
    reported,
    standing,
)
from services.status.store import Related, Saving


class Timelines:
    """The doses that a batch of facts concerns.

    `now` is the time of the events that it publishes, `told` are entries that exist already, and `counted` the
    milestones on which the standing of these doses' shipments rests so far.
    """

    def __init__(
        self,
        doses: Mapping[str, Dose],
        now: datetime,
        *,
        told: Iterable[tuple[str, str]] = (),
        counted: Iterable[Related] = (),
    ) -> None:
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
            dose, entry = heard(self._doses.get(fact.dose_id), fact)
            self._add(dose, entry, fact, fact.traceparent)

    def report(self, dose_id: str, milestone_id: int, fact: MilestoneFact, traceparent: str) -> None:
        """Adds a milestone of the shipment that carries a dose."""
        fact = _shown_to(self._doses[dose_id], fact)
        stands = None
        if fact.milestone.matters:
            counted = self._counted[dose_id]
            counted[milestone_id] = fact.milestone
            stands = standing(counted.values())
        dose, entry = reported(self._doses[dose_id], fact, f"milestone:{milestone_id}", stands)
        self._add(dose, entry, fact, traceparent)

    def attach(self, attaching: Attaching, told: Iterable[Related]) -> None:
        """Adds the attachment of a shipment, some of whose milestones the timeline may have `told` before."""
        dose_id, references = attaching.dose_id, attaching.references
        counted = {
            each.milestone_id: events.visible_to(each.fact.milestone, each.fact.references, references) for each in told
        }
        self._counted[dose_id] = counted
        dose, entry = attach(self._doses[dose_id], attaching, standing(counted.values()))
        self._saving.events.append(events.attached(dose, attaching))
        self._add(dose, entry, attaching, attaching.traceparent)

    def saving(self) -> Saving:
        """All that is to be saved."""
        for dose_id in self._touched:
            (self._saving.changed if dose_id in self._existed else self._saving.new).append(self._doses[dose_id])
        return self._saving

    def _add(self, dose: Dose, entry: Entry, cause: SlotFact | MilestoneFact | Attaching, traceparent: str) -> None:
        self._doses[dose.id] = dose
        self._touched[dose.id] = None
        self._told.add((dose.id, entry.source))
        self._saving.entries.append((dose.id, entry))
        self._saving.events.append(events.updated(dose, entry, cause, traceparent, self._now))


def _shown_to(dose: Dose, fact: MilestoneFact) -> MilestoneFact:
    """The fact as the dose's partner may see it."""
    references = dose.shipment.references if dose.shipment else ()
    return replace(fact, milestone=events.visible_to(fact.milestone, fact.references, references))
