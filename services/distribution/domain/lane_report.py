"""How a lane did: what its shipments kept of what was promised and foretold, and what was denied on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.distribution.domain.course import Duration, course_of
from services.distribution.domain.milestone import MilestoneKind
from services.distribution.domain.transit import Transit, measured
from services.network.resources import Lane


@dataclass(frozen=True, slots=True)
class TransitFigures:
    """How the shipments of a lane did with one courier to one centre; the field names are those of the proto."""

    courier: str
    site: str
    shipments: int
    delivered: int
    measured: int
    promised: int
    on_time: int
    foretold: int
    p90_held: int
    p50_minutes: float | None
    p90_minutes: float | None


@dataclass(frozen=True, slots=True)
class DenialCount:
    """How often a carrier denied or delayed a departure."""

    carrier: str
    departure_at: datetime | None
    denials: int
    delays: int


@dataclass(frozen=True, slots=True)
class LaneReport:
    """How a lane did. `own`: as it says itself, `now`: as predictions go by; None: master data has no such lane."""

    lane: str
    own: Duration | None
    now: Duration | None
    figures: tuple[TransitFigures, ...]
    denials: int
    delays: int
    denial_counts: tuple[DenialCount, ...]
    acceptance_rate: float | None = None  # by what was counted up to now; None: nothing was


def durations_of(lane: Lane | None, transits: Sequence[Transit], now: datetime) -> tuple[Duration, Duration] | None:
    """How long a lane takes from the departure to the delivery: as it says itself, and as it was measured by now."""
    if lane is None:
        return None
    own = course_of(lane)
    steps = {step.kind: step for step in course_of(lane, measured(own, transits, now))}
    return own[-1].since_departure, steps[MilestoneKind.DELIVERED].since_departure
