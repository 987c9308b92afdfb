"""What the seed has in store: who orders what, what each run yields, how each shipment goes.

Each answer depends on the seed and on what is asked about alone, never on what was asked before; so one story stays the
same whatever a rescue changes in between.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from random import Random
from typing import TypeVar

from adapters.sandbox import Faults, Stage
from services.local.simulation.faults import FaultPlan
from services.local.world import CENTRES, HARBOR, NORTHLAKE

Kind = TypeVar("Kind", bound=StrEnum)

LATE_BY, MISSED_BY = timedelta(hours=3), timedelta(hours=12)
# The spare run of a day can be claimed until six hours before it ends, so also when the morning's has failed.
SPARE_AFTER = timedelta(hours=9)
# Where a spare run is opened later than the others: after the beginning of its day, and so after that morning's orders.
SPARE_OPENED_AFTER = timedelta(hours=2)
SHORT = (0.45, 0.7)  # of what was pledged
USUAL = (1.0, 1.06)
ORDERS_A_RUN = {"lu": (4, 7), "ac": (2, 4), "pb": (1, 2)}
# MBq at administration, from the least to the most that is ordered.
ACTIVITY_MBQ = {"lu": (6000, 7400), "ac": (6, 8), "pb": (60, 100)}
VIALS = {"lu": 8, "ac": 4, "pb": 3}
SPARE_VIALS = 3


class RunFate(StrEnum):
    """How a run goes."""

    GOOD = "GOOD"
    FAILED = "FAILED"
    SHORT = "SHORT"
    LATE = "LATE"
    OUT_OF_SPECIFICATION = "OUT_OF_SPECIFICATION"


class ShipmentFate(StrEnum):
    """How a shipment goes."""

    GOOD = "GOOD"
    MISSED = "MISSED"
    DENIED = "DENIED"
    SILENT = "SILENT"


@dataclass(frozen=True, slots=True)
class DrawnRun:
    """A run that the plant orders: `name` is its own in the simulation, the instant is counted from the beginning."""

    name: str
    day: int
    product: str  # as in `lu`
    ends: timedelta
    spare: bool  # nobody orders of it beforehand: room for what a day brings

    @property
    def vials(self) -> int:
        """How many it is to make."""
        return SPARE_VIALS if self.spare else VIALS[self.product]


@dataclass(frozen=True, slots=True)
class DrawnOrder:
    """An order of a dose of a run."""

    reference: str
    partner: str
    product: str
    site: str
    activity_mbq: float
    run: str  # the name in the simulation
    day: int
    waits: timedelta  # how much later than promised it may be given


@dataclass(frozen=True, slots=True)
class Fate:
    """Everything that is drawn."""

    seed: int
    faults: FaultPlan

    def runs(self, day: int) -> Sequence[DrawnRun]:
        """What the plant makes on a day: doses that were ordered, and in the afternoon some that nobody did."""
        ends = timedelta(days=day + 1)
        other = ("ac", "pb")[day % 2]
        return (
            DrawnRun(f"d{day:03}-lu", day, "lu", ends, False),
            DrawnRun(f"d{day:03}-{other}", day, other, ends, False),
            DrawnRun(f"d{day:03}-lu-spare", day, "lu", ends + SPARE_AFTER, True),
        )

    def opens(self, run: DrawnRun) -> timedelta:
        """When a run is opened, counted from the beginning."""
        faults = self.faults
        if run.spare and faults.spare_days_ahead is not None:
            return timedelta(days=max(0, run.day + 1 - faults.spare_days_ahead)) + SPARE_OPENED_AFTER
        return timedelta(days=max(0, run.day + 1 - faults.days_ahead))

    def orders(self, run: DrawnRun) -> Sequence[DrawnOrder]:
        """What is ordered of a run."""
        if run.spare:
            return ()
        chance = self._of("orders", run.name)
        return tuple(
            DrawnOrder(
                f"{run.name}-{number:02}",
                chance.choice((NORTHLAKE, HARBOR)),
                run.product,
                chance.choice(CENTRES),
                round(chance.uniform(*ACTIVITY_MBQ[run.product]), 1),
                run.name,
                run.day,
                timedelta(hours=self._of("waits", run.name, str(number)).choice(self.faults.waits_hours)),
            )
            for number in range(1, self._ordered(run, chance) + 1)
        )

    def _ordered(self, run: DrawnRun, chance: Random) -> int:
        """How many doses are ordered of a run."""
        if self.faults.occupancy is None:
            return chance.randint(*ORDERS_A_RUN[run.product])
        places = self._of("occupancy", run.name)
        return sum(places.random() < self.faults.occupancy for _ in range(run.vials))

    def run(self, run: DrawnRun) -> RunFate:
        """How a run goes; what is spare goes well, so that a rescue is decided by room alone."""
        faults = self.faults
        if run.spare:
            return RunFate.GOOD
        shares = {
            RunFate.FAILED: faults.batch_failure,
            RunFate.SHORT: faults.short_yield,
            RunFate.LATE: faults.late_isotope,
            RunFate.OUT_OF_SPECIFICATION: faults.out_of_specification,
        }
        return _drawn(self._of("run", run.name), shares, RunFate.GOOD)

    def yield_share(self, run: DrawnRun) -> float:
        """What is made, as a share of what was pledged."""
        return self._of("yield", run.name).uniform(*(SHORT if self.run(run) is RunFate.SHORT else USUAL))

    def shipment(self, shipment: str) -> ShipmentFate:
        """How a shipment goes."""
        shares = {
            ShipmentFate.MISSED: self.faults.missed_departure,
            ShipmentFate.DENIED: self.faults.denied_shipment,
            ShipmentFate.SILENT: self.faults.silent_courier,
        }
        return _drawn(self._of("shipment", shipment), shares, ShipmentFate.GOOD)

    def cancelled(self, departure: str) -> bool:
        """Whether a departure is cancelled, with whatever would have left with it."""
        return self._of("departure", departure).random() < self.faults.cancelled_departure

    def courier(self, shipment: str, number: int) -> int:
        """Which of so many couriers takes a shipment."""
        return self._of("courier", shipment).randrange(number)

    def punctuality(self, shipment: str) -> float:
        """How long a shipment takes, as a share of what its lane promises at most."""
        return self._of("transit", shipment).uniform(0.7, 0.98)

    def telling(self, shipment: str) -> Faults:
        """How its courier tells of a shipment."""
        chance = self._of("telling", shipment)
        return Faults(
            repeated=self.faults.repeated_events,
            out_of_order=chance.random() < self.faults.reordered_events,
            silent_after=Stage.DEPARTED if self.shipment(shipment) is ShipmentFate.SILENT else None,
            seed=chance.randrange(2**31),
        )

    def number(self, what: str, digits: int) -> int:
        """A number of so many digits at most, such as a courier gives a shipment."""
        return self._of("number", what).randrange(10**digits)

    def _of(self, *what: str) -> Random:
        return Random(f"{self.seed}/{'/'.join(what)}")


def _drawn(chance: Random, shares: dict[Kind, float], otherwise: Kind) -> Kind:
    """One of the kinds, each as often as its share says; whatever their sum leaves is the usual."""
    place = chance.random()
    for kind, share in shares.items():
        place -= share
        if place < 0:
            return kind
    return otherwise
