"""What happens to a simulated shipment, and what may go wrong with the telling of it."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Stage(StrEnum):
    """A stage of a journey, in its order."""

    BOOKED = "BOOKED"
    COLLECTED = "COLLECTED"
    DEPARTED = "DEPARTED"
    ARRIVED = "ARRIVED"
    OUT_FOR_DELIVERY = "OUT_FOR_DELIVERY"
    DELIVERED = "DELIVERED"


# How much of its way a shipment has behind it at each stage: collected soon, then driven, flown and driven again.
_BEHIND = {
    Stage.BOOKED: 0.0,
    Stage.COLLECTED: 0.03,
    Stage.DEPARTED: 0.12,
    Stage.ARRIVED: 0.83,
    Stage.OUT_FOR_DELIVERY: 0.87,
    Stage.DELIVERED: 1.0,
}


@dataclass(frozen=True, slots=True)
class Scan:
    """One dated stage of one shipment. `number` counts from 0 and makes its event id the same each time it is told."""

    reference: str
    number: int
    stage: Stage
    at: datetime
    celsius: float


@dataclass(frozen=True, slots=True)
class Journey:
    """A shipment from booking to delivery, which is at `ended_at`."""

    reference: str
    ended_at: datetime
    lasting: timedelta = timedelta(hours=6)

    def scans(self) -> list[Scan]:
        """All stages, in their order, to the minute: a driver scans by a clock without seconds."""
        return [
            Scan(
                self.reference, number, stage, self.ended_at - _minutes(self.lasting * (1 - behind)), 21.5 + number / 10
            )
            for number, (stage, behind) in enumerate(_BEHIND.items())
        ]


@dataclass(frozen=True, slots=True)
class Faults:
    """How badly the telling goes: shares from 0 to 1, drawn from a seed, so that a fault can be seen again."""

    repeated: float = 0.0
    out_of_order: bool = False
    silent_after: Stage | None = None
    seed: int = 0

    def told(self, scans: Sequence[Scan]) -> list[Scan]:
        """The scans as a faulty courier tells them: some twice, some late, and none after it fell silent."""
        chance = random.Random(self.seed)
        heard = [scan for scan in scans if self.silent_after is None or scan.number <= _number(self.silent_after)]
        told = [again for scan in heard for again in (scan, scan)[: 1 + (chance.random() < self.repeated)]]
        if self.out_of_order:
            chance.shuffle(told)
        return told


def _minutes(of: timedelta) -> timedelta:
    return timedelta(minutes=round(of / timedelta(minutes=1)))


def _number(stage: Stage) -> int:
    return list(Stage).index(stage)
