"""Whether a milestone can be true beside what else is known: when its doses are made, when and where it was."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from math import asin, cos, radians, sin, sqrt

from services.distribution.domain.milestone import IN_HAND, Milestone, Position

# Clocks differ by so much, and nobody is wrong.
TOLERANCE = timedelta(minutes=5)
# No freight goes faster from one place to another: an airliner with a jet stream behind it, door to door.
FASTEST_KM_PER_H = 1200.0
# What a position on a map may be off: a depot is entered by its town.
POSITION_KM = 50.0
_EARTH_RADIUS_KM = 6371.0


class Implausible(IntEnum):
    """What a milestone contradicts; the numbers are those of doselane.distribution.v1.Implausibility.Reason."""

    BEFORE_END_OF_SYNTHESIS = 1
    IN_FUTURE = 2
    RUN_CANCELLED = 3
    POSITION_NOT_REACHABLE = 4


@dataclass(frozen=True, slots=True)
class Production:
    """What is known of the runs that make what a shipment carries; capacity owns the truth."""

    # When the last synthesis ended or, until that is known, is to end. None: no run is known yet.
    end_of_synthesis_at: datetime | None = None
    cancelled: bool = False  # or failed: all of them make nothing


NOTHING_KNOWN = Production()


@dataclass(frozen=True, slots=True)
class Doubt:
    """A milestone that cannot be true, and what it contradicts."""

    event_id: str  # the courier's, to settle it by
    message: bytes  # the milestone as published
    reason: Implausible
    limit_at: datetime | None = None


def production_of(productions: Sequence[Production]) -> Production:
    """What is known of several runs together: a shipment can only be whole once the last of them has ended."""
    ends = [each.end_of_synthesis_at for each in productions if each.end_of_synthesis_at and not each.cancelled]
    cancelled = bool(productions) and all(each.cancelled for each in productions)
    return Production(max(ends, default=None), cancelled)


def doubt_of(milestone: Milestone, production: Production) -> Doubt | None:
    """Why a milestone cannot be true by itself; None if nothing speaks against it."""
    told_at = milestone.told_at
    if milestone.retracted:
        return None  # it says no more than that something is wrong
    if milestone.time and told_at and milestone.time > told_at + TOLERANCE:
        return _doubt(milestone, Implausible.IN_FUTURE, told_at)
    if milestone.kind not in IN_HAND:
        return None
    if production.cancelled:
        return _doubt(milestone, Implausible.RUN_CANCELLED)
    # What has no date has happened by the time at which it was told.
    happened_by, ready_at = milestone.time or told_at, production.end_of_synthesis_at
    if ready_at and happened_by and happened_by < ready_at - TOLERANCE:
        return _doubt(milestone, Implausible.BEFORE_END_OF_SYNTHESIS, ready_at)
    return None


def doubts_of(
    milestones: Sequence[Milestone], production: Production, settled: Mapping[str, bool]
) -> tuple[list[Milestone], list[tuple[Milestone, Doubt]]]:
    """The milestones that count, and those in doubt. `settled`: what an operator said of one, whether it counts.

    `milestones` are in the order of the course, so that of two positions that exclude each other the later is in doubt.
    """
    counting: list[Milestone] = []
    doubts: list[tuple[Milestone, Doubt]] = []
    last_seen: Milestone | None = None  # the last one of which it is known when and where
    for milestone in milestones:
        verdict = settled.get(milestone.event_id)
        doubt = None
        if verdict is None:
            doubt = doubt_of(milestone, production) or _too_far(milestone, last_seen)
        if doubt is not None:
            doubts.append((milestone, doubt))
        elif verdict is not False:
            counting.append(milestone)
            last_seen = milestone if _located(milestone) else last_seen
    return counting, doubts


def distance_km(one: Position, other: Position) -> float:
    """The great-circle distance, by the haversine formula on a sphere."""
    lat, other_lat = radians(one.latitude), radians(other.latitude)
    turn = radians(other.longitude - one.longitude)
    chord = sin((other_lat - lat) / 2) ** 2 + cos(lat) * cos(other_lat) * sin(turn / 2) ** 2
    return 2 * _EARTH_RADIUS_KM * asin(min(1.0, sqrt(chord)))


def _too_far(milestone: Milestone, last_seen: Milestone | None) -> Doubt | None:
    if last_seen is None or not _located(milestone):
        return None
    assert milestone.time and milestone.position and last_seen.time and last_seen.position
    hours = (milestone.time - last_seen.time + TOLERANCE) / timedelta(hours=1)
    if distance_km(last_seen.position, milestone.position) <= POSITION_KM + FASTEST_KM_PER_H * hours:
        return None
    return _doubt(milestone, Implausible.POSITION_NOT_REACHABLE, last_seen.time)


def _located(milestone: Milestone) -> bool:
    return milestone.position is not None and milestone.time is not None and milestone.kind in IN_HAND


def _doubt(milestone: Milestone, reason: Implausible, limit_at: datetime | None = None) -> Doubt:
    return Doubt(milestone.event_id, milestone.message, reason, limit_at)
