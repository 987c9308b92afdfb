"""Whether a milestone can be true beside what else is known: when its run makes the dose, and when it was told."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from services.status.domain.milestone import Milestone, MilestoneKind

# Clocks differ by so much, and nobody is wrong.
TOLERANCE = timedelta(minutes=5)

# What a courier can do to a dose only once there is one. It may be announced, called off, late or in trouble before.
_NEED_A_DOSE = frozenset(
    {
        MilestoneKind.COLLECTED,
        MilestoneKind.DEPARTED,
        MilestoneKind.ARRIVED,
        MilestoneKind.CUSTOMS_HELD,
        MilestoneKind.CUSTOMS_CLEARED,
        MilestoneKind.OUT_FOR_DELIVERY,
        MilestoneKind.DELIVERED,
        MilestoneKind.RETURNED,
    }
)


class Implausible(IntEnum):
    """What a milestone contradicts; the numbers are those of doselane.status.v1.Implausibility.Reason."""

    BEFORE_END_OF_SYNTHESIS = 1
    IN_FUTURE = 2
    RUN_CANCELLED = 3


@dataclass(frozen=True, slots=True)
class Production:
    """What is known of the run that makes a dose; capacity owns the truth."""

    # When synthesis ended or, until that is known, is to end. None: the run is not known yet.
    end_of_synthesis_at: datetime | None = None
    cancelled: bool = False  # or failed: it makes nothing


NOTHING_KNOWN = Production()


@dataclass(frozen=True, slots=True)
class Doubt:
    """A milestone that cannot be true, and what it contradicts."""

    event_id: str  # the courier's, to settle it by
    message: bytes  # the milestone as published
    reason: Implausible
    limit_at: datetime | None = None


def doubt_of(milestone: Milestone, production: Production) -> Doubt | None:
    """Why a milestone cannot be true; None if nothing speaks against it."""
    told_at = milestone.told_at
    if milestone.retracted:
        return None  # it says no more than that something is wrong
    if milestone.time and told_at and milestone.time > told_at + TOLERANCE:
        return _doubt(milestone, Implausible.IN_FUTURE, told_at)
    if milestone.kind not in _NEED_A_DOSE:
        return None
    if production.cancelled:
        return _doubt(milestone, Implausible.RUN_CANCELLED)
    # What has no date has happened by the time at which it was told.
    happened_by, ready_at = milestone.time or told_at, production.end_of_synthesis_at
    if ready_at and happened_by and happened_by < ready_at - TOLERANCE:
        return _doubt(milestone, Implausible.BEFORE_END_OF_SYNTHESIS, ready_at)
    return None


def doubts_of(
    milestones: list[Milestone], production: Production, settled: Mapping[str, bool]
) -> tuple[list[Milestone], list[tuple[Milestone, Doubt]]]:
    """The milestones that count, and those in doubt. `settled`: what an operator said of one, whether it counts."""
    counting: list[Milestone] = []
    doubts: list[tuple[Milestone, Doubt]] = []
    for milestone in milestones:
        verdict = settled.get(milestone.event_id)
        doubt = doubt_of(milestone, production) if verdict is None else None
        if doubt is not None:
            doubts.append((milestone, doubt))
        elif verdict is not False:
            counting.append(milestone)
    return counting, doubts


def _doubt(milestone: Milestone, reason: Implausible, limit_at: datetime | None = None) -> Doubt:
    return Doubt(milestone.event_id, milestone.message, reason, limit_at)
