"""A move as it concerns a dose: what it changes of what was promised, and what it is worth."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from math import ceil
from typing import NamedTuple

from services.network import Capacity

SLACK_MINUTES_MAX = 24 * 60  # more makes no dose safer
POINTS_OF_CONSENT = 100
POINTS_OF_PERCENT = 10
POINTS_OF_HOUR = 5
POINTS_OF_SITE = 200
_HOUR = timedelta(hours=1)
_HAIR = 1e-9  # what rounding of shares may add


class MoveKind(IntEnum):
    """What a move changes; the numbers are those of doselane.tower.v1.RescueMove.Kind."""

    ANOTHER_RUN = 1
    ANOTHER_DEPARTURE = 2  # of its own run: another lane, or another day or time
    ANOTHER_SITE = 3
    LESS_ACTIVITY = 4
    LATER_ADMINISTRATION = 5
    REPLACEMENT = 6  # its dose is lost, and another one is promised for its order


# What a patient notices, and a centre has to agree to.
NOTICED = frozenset({MoveKind.ANOTHER_SITE, MoveKind.LESS_ACTIVITY, MoveKind.LATER_ADMINISTRATION})


class Promised(NamedTuple):
    """What was promised of a dose."""

    dose: str
    partner: str
    product: str
    run: str
    site: str
    activity_mbq: float
    administration_at: datetime


class Worth(NamedTuple):
    """What plans are ranked by, the greater the better: doses saved, minutes of slack, what decays (negative), and cost
    (negative)."""

    saved: int
    slack_minutes: int
    wasted_permille: int
    cost: int

    def plus(self, other: "Worth") -> "Worth":
        """The sum of each."""
        saved, slack = self.saved + other.saved, self.slack_minutes + other.slack_minutes
        return Worth(saved, slack, self.wasted_permille + other.wasted_permille, self.cost + other.cost)


NOTHING_SAVED = Worth(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class RescueMove:
    """A move that slotting would make until before `until_at`, with one of the activities that it allows. `etag` is the
    slot's; `places` are the counted places that it takes, `added` what it takes of the run; `consent`: the name of the
    one that allows it, if one is there. `replaces`: its dose is lost, and another takes its place."""

    promised: Promised
    etag: str
    run: str
    lane: str
    site: str
    departure_at: datetime
    delivery_at: datetime
    administration_at: datetime
    activity_mbq: float
    added: Capacity
    places: tuple[str, ...]
    slack_minutes: int
    decayed_fraction: float
    acceptance_rate: float | None
    until_at: datetime
    keeps_vial: bool = False
    consent: str = ""
    replaces: bool = False

    @property
    def dose(self) -> str:
        """The dose's id."""
        return self.promised.dose

    @property
    def later(self) -> timedelta:
        """How much later than promised it is given."""
        return self.administration_at - self.promised.administration_at

    @property
    def activity_fraction(self) -> float:
        """What it has of the promised activity."""
        return self.activity_mbq / self.promised.activity_mbq

    @property
    def percent_less(self) -> int:
        """The per cents, begun, of activity that it lacks."""
        return max(0, ceil((1.0 - self.activity_fraction) * 100 - _HAIR))

    @property
    def kinds(self) -> tuple[MoveKind, ...]:
        """What it changes."""
        was = self.promised
        changes = {
            MoveKind.ANOTHER_RUN: self.run != was.run,
            MoveKind.ANOTHER_DEPARTURE: self.run == was.run and not self.replaces,
            MoveKind.ANOTHER_SITE: self.site != was.site,
            MoveKind.LESS_ACTIVITY: self.percent_less > 0,
            MoveKind.LATER_ADMINISTRATION: self.later > timedelta(0),
            MoveKind.REPLACEMENT: self.replaces,
        }
        return tuple(kind for kind, changed in changes.items() if changed)

    @property
    def noticed(self) -> bool:
        """Whether the patient notices it, so that it needs a consent."""
        return not NOTICED.isdisjoint(self.kinds)

    @property
    def asks_consent(self) -> bool:
        """Whether a consent that it needs is not there."""
        return self.noticed and not self.consent

    @property
    def cost(self) -> int:
        """What it asks of people, in points."""
        points = POINTS_OF_CONSENT * self.asks_consent + POINTS_OF_PERCENT * self.percent_less
        points += POINTS_OF_HOUR * max(0, -(-self.later // _HOUR))
        return points + POINTS_OF_SITE * (self.site != self.promised.site)

    @property
    def worth(self) -> Worth:
        """What it is worth by itself."""
        slack = max(0, min(self.slack_minutes, SLACK_MINUTES_MAX))
        if self.acceptance_rate is not None:
            slack = int(slack * self.acceptance_rate)
        return Worth(1, slack, -round(self.decayed_fraction * 1000), -self.cost)


class AskedMove(NamedTuple):
    """What says which move is meant, as a caller sends it back."""

    dose: str
    etag: str
    run: str
    lane: str
    site: str
    departure_at: datetime
    administration_at: datetime
    activity_mbq: float

    def is_same(self, move: RescueMove) -> bool:
        """Whether this is the move that is meant."""
        found = (move.dose, move.etag, move.run, move.lane, move.site, move.departure_at, move.administration_at)
        return (*found, move.activity_mbq) == self


def total(moves: Iterable[RescueMove]) -> Worth:
    """What moves are worth together."""
    worth = NOTHING_SAVED
    for move in moves:
        worth = worth.plus(move.worth)
    return worth
