"""Doses under their locks while facts are added to them; at the end it knows what is to be saved."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial

from services.status import events
from services.status.domain import Dose, Entry, NewsFact, Occurrence, ShipmentFact, SlotFact, carried, heard, told
from services.status.store import Saving


class Timelines:
    """The doses that a batch of facts concerns.

    `now` is the time of the events that it publishes, `entered` are entries that exist already: dose and source.
    """

    def __init__(self, doses: Mapping[str, Dose], now: datetime, entered: Iterable[tuple[str, str]] = ()) -> None:
        self._doses = dict(doses)
        self._existed = frozenset(doses)
        self._now = now
        self._entered = set(entered)
        self._touched: dict[str, None] = {}
        self._saving = Saving()

    def hear(self, fact: SlotFact) -> None:
        """Adds an event of a slot; it makes the dose, if there is none."""
        self._add(fact.dose_id, fact.occurrence, partial(heard, fact=fact))

    def carry(self, fact: ShipmentFact) -> None:
        """Adds an event of a shipment to the doses in it, and to those that it carries no more.

        A dose of which nothing was heard before is one whose slot is told of later.
        """
        for dose_id in (*fact.slots, *fact.removed_ids):
            if dose_id in self._doses or dose_id in fact.slots:
                self._add(dose_id, fact.occurrence, partial(carried, fact=fact, dose_id=dose_id))

    def tell(self, dose_id: str, fact: NewsFact) -> None:
        """Adds news of the run or the batch of a dose."""
        self._add(dose_id, fact.occurrence, partial(told, occurrence=fact.occurrence))

    def saving(self) -> Saving:
        """All that is to be saved."""
        for dose_id in self._touched:
            (self._saving.changed if dose_id in self._existed else self._saving.new).append(self._doses[dose_id])
        return self._saving

    def _add(self, dose_id: str, occurrence: Occurrence, grow: Callable[..., tuple[Dose, Entry]]) -> None:
        if (dose_id, occurrence.source) in self._entered:
            return
        dose, entry = grow(self._doses.get(dose_id))
        self._doses[dose_id] = dose
        self._touched[dose_id] = None
        self._entered.add((dose_id, occurrence.source))
        self._saving.entries.append((dose_id, entry))
        self._saving.events.append(events.updated(dose, entry, occurrence, self._now))
