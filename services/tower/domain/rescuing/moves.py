"""A move as it concerns a dose: what it changes of what was promised, and what it is worth."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from math import ceil
from typing import NamedTuple

from services.network import NOTHING, Capacity

SLACK_MINUTES_MAX = 24 * 60  # more makes no dose safer
POINTS_OF_CONSENT = 100
POINTS_OF_PERCENT = 10
POINTS_OF_HOUR = 5
POINTS_OF_SITE = 200
POINTS_OF_HELP = 50
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
    MAKES_ROOM = 7  # it is safe, and leaves its place to another dose of its sponsor
    SWAP = 8  # it and another dose of its sponsor take each other's run
    STANDBY = 9  # it is held only, and given up for another dose of its sponsor


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
    """What plans are ranked by, the greater the better: doses saved, the hours that their patients could have waited
    instead (negative), those of them that are of a run that is made already, minutes of slack, what decays (negative),
    and cost (negative)."""

    saved: int
    waits_hours: int
    made: int
    slack_minutes: int
    wasted_permille: int
    cost: int

    def plus(self, other: "Worth") -> "Worth":
        """The sum of each."""
        return Worth(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


NOTHING_SAVED = Worth(0, 0, 0, 0, 0, 0)


class Freed(NamedTuple):
    """What a move leaves to other doses of its sponsor: of the allotment and the pool of the run that it leaves, and of
    counted places."""

    allotment: Capacity = NOTHING
    pool: Capacity = NOTHING
    places: tuple[str, ...] = ()


FREES_NOTHING = Freed()


@dataclass(frozen=True, slots=True)
class RescueMove:
    """A move that slotting would make until before `until_at`, with one of the activities that it allows. `etag` is the
    slot's; `places` are the counted places that it takes, `added` what it takes of the run; `consent`: the name of the
    one that allows it, if one is there. `replaces`: its dose is lost, and another takes its place. `helps`:
    it is safe, and moves for another dose only; `gives_up`: it is held only, and ends by that. `swaps_with`: the dose
    whose run it takes, and which takes its own. `made`: its run is made, so its synthesis can fail no more, and nothing
    is known against the batch. `waits_hours`: how long its patient can still wait, begun hours from now on."""

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
    frees: Freed = FREES_NOTHING
    helps: bool = False
    gives_up: bool = False
    swaps_with: str = ""
    made: bool = False
    waits_hours: int = 0

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
            MoveKind.ANOTHER_DEPARTURE: self.run == was.run and not (self.replaces or self.gives_up),
            MoveKind.ANOTHER_SITE: self.site != was.site,
            MoveKind.LESS_ACTIVITY: self.percent_less > 0,
            MoveKind.LATER_ADMINISTRATION: self.later > timedelta(0),
            MoveKind.REPLACEMENT: self.replaces,
            MoveKind.MAKES_ROOM: self.helps and not self.gives_up,
            MoveKind.SWAP: bool(self.swaps_with),
            MoveKind.STANDBY: self.gives_up,
        }
        return tuple(kind for kind, changed in changes.items() if changed)

    @property
    def noticed(self) -> bool:
        """Whether the patient notices it, so that it needs a consent."""
        return not NOTICED.isdisjoint(self.kinds)

    @property
    def needs_consent(self) -> bool:
        """Whether somebody has to agree: to what a patient notices, and to what is done for another dose."""
        return self.noticed or self.helps

    @property
    def asks_consent(self) -> bool:
        """Whether a consent that it needs is not there."""
        return self.needs_consent and not self.consent

    @property
    def cost(self) -> int:
        """What it asks of people, in points."""
        points = POINTS_OF_CONSENT * self.asks_consent + POINTS_OF_PERCENT * self.percent_less
        points += POINTS_OF_HOUR * max(0, -(-self.later // _HOUR)) + POINTS_OF_HELP * self.helps
        return points + POINTS_OF_SITE * (self.site != self.promised.site)

    @property
    def worth(self) -> Worth:
        """What it is worth by itself. One that helps saves nothing: its dose was safe, and is so after it."""
        if self.helps:
            return Worth(0, 0, 0, 0, 0, -self.cost)
        slack = max(0, min(self.slack_minutes, SLACK_MINUTES_MAX))
        if self.acceptance_rate is not None:
            slack = int(slack * self.acceptance_rate)
        decayed = round(self.decayed_fraction * 1000)
        return Worth(1, -self.waits_hours, int(self.made), slack, -decayed, -self.cost)


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
    helps: bool = False
    gives_up: bool = False

    def is_same(self, move: RescueMove) -> bool:
        """Whether this is the move that is meant."""
        found = (move.dose, move.etag, move.run, move.lane, move.site, move.departure_at, move.administration_at)
        return (*found, move.activity_mbq, move.gives_up) == (*self[:8], self.gives_up)


def total(moves: Iterable[RescueMove]) -> Worth:
    """What moves are worth together."""
    worth = NOTHING_SAVED
    for move in moves:
        worth = worth.plus(move.worth)
    return worth
