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
    """A shipment from booking to delivery; its last scan is at `ended_at`, the others evenly before it."""

    reference: str
    ended_at: datetime
    lasting: timedelta = timedelta(hours=6)

    def scans(self) -> list[Scan]:
        """All stages, in their order."""
        stages = list(Stage)
        gap = self.lasting / (len(stages) - 1)
        return [
            Scan(self.reference, number, stage, self.ended_at - gap * (len(stages) - 1 - number), 21.5 + number / 10)
            for number, stage in enumerate(stages)
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


def _number(stage: Stage) -> int:
    return list(Stage).index(stage)
