"""What a lane lets expect of a shipment: which milestones by when, and from each of them how long it still takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from services.distribution.domain.milestone import STAGE, Milestone, MilestoneKind
from services.network.resources import Lane, LegMode

# An operator may accept whatever a courier says, and no sum of instants may leave the calendar for it.
_END_OF_TIME = datetime.max.replace(tzinfo=UTC)
# A courier scans what it collects within this time of the departure, where nothing was measured.
COLLECTION_P90_MINUTES = 30.0


@dataclass(frozen=True, slots=True)
class Duration:
    """Minutes that something takes: half of all are as fast as the first, nine of ten as the second."""

    p50_minutes: float
    p90_minutes: float
    measured: int = 0  # how many shipments it was measured of


@dataclass(frozen=True, slots=True)
class Step:
    """A milestone on a lane: how long after the departure it comes, and how long before the delivery."""

    kind: MilestoneKind
    since_departure: Duration
    until_delivery: Duration


Course = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class ExpectedMilestone:
    """A milestone that is expected of one shipment. `reached_at` is None too if the milestone that came has no date."""

    kind: MilestoneKind
    p50_at: datetime
    p90_at: datetime
    reached: bool = False
    reached_at: datetime | None = None
    overdue_since: datetime | None = None


Expectations = tuple[ExpectedMilestone, ...]


@dataclass(frozen=True, slots=True)
class Prediction:
    """When a shipment will arrive, reckoned from its last milestone, or else from its departure. Never a promise."""

    p50_at: datetime
    p90_at: datetime
    from_kind: MilestoneKind
    measured: int
    made_at: datetime


def course_of(lane: Lane | None, measured: Mapping[MilestoneKind, Step] = MappingProxyType({})) -> Course:
    """The steps of a lane: what was measured where it was, and what the lane itself says elsewhere.

    Without a lane nothing is expected; with one whose legs' minutes are not known, its start and its end alone.
    """
    if lane is None:
        return ()
    whole = Duration(lane.quantile_minutes(50), lane.quantile_minutes(90))
    steps = [Step(MilestoneKind.COLLECTED, Duration(0.0, min(COLLECTION_P90_MINUTES, whole.p90_minutes)), whole)]
    steps += _flight(lane, whole)
    steps.append(Step(MilestoneKind.DELIVERED, whole, Duration(0.0, 0.0)))
    return tuple(measured.get(step.kind, step) for step in steps)


def _flight(lane: Lane, whole: Duration) -> list[Step]:
    """Take-off of the first flight and landing of the last, by the share of the way that the legs before them are."""
    minutes = [leg.minutes for leg in lane.legs]
    flights = [place for place, leg in enumerate(lane.legs) if leg.mode is LegMode.AIR]
    if not flights or None in minutes or not sum(known := [each or 0 for each in minutes]):
        return []
    off, landed = sum(known[: flights[0]]) / sum(known), sum(known[: flights[-1] + 1]) / sum(known)
    shares = ((MilestoneKind.DEPARTED, off), (MilestoneKind.ARRIVED, landed))
    return [Step(kind, _part(whole, share), _part(whole, 1 - share)) for kind, share in shares]


def _part(whole: Duration, share: float) -> Duration:
    return Duration(whole.p50_minutes * share, whole.p90_minutes * share)


def expectations(course: Course, departure_at: datetime | None) -> Expectations:
    """The milestones of a course by the clock; none without a departure."""
    if departure_at is None:
        return ()
    return tuple(
        ExpectedMilestone(step.kind, _after(departure_at, since, 50), _after(departure_at, since, 90))
        for step in course
        if (since := step.since_departure)
    )


def answered(expected: Sequence[ExpectedMilestone], reached: Sequence[Milestone]) -> Expectations:
    """The same with what came: any milestone as far on the way, or further, answers an expectation."""
    return tuple(_answered(each, reached) for each in expected)


def _answered(expected: ExpectedMilestone, reached: Sequence[Milestone]) -> ExpectedMilestone:
    answers = [each for each in reached if STAGE[each.kind] >= STAGE[expected.kind]]
    at = min((each.time for each in answers if each.time), default=None)
    overdue_since = None if answers else expected.overdue_since
    return ExpectedMilestone(expected.kind, expected.p50_at, expected.p90_at, bool(answers), at, overdue_since)


def overdue(
    expected: Sequence[ExpectedMilestone], now: datetime
) -> tuple[tuple[ExpectedMilestone, ...], tuple[ExpectedMilestone, ...]]:
    """The same with what has become overdue by now, and that alone. The instant itself is still in time."""
    after = tuple(
        ExpectedMilestone(each.kind, each.p50_at, each.p90_at, overdue_since=each.p90_at)
        if not each.reached and each.overdue_since is None and each.p90_at < now
        else each
        for each in expected
    )
    return after, tuple(new for old, new in zip(expected, after, strict=True) if new != old)


def next_due_at(expected: Sequence[ExpectedMilestone]) -> datetime | None:
    """The instant after which the next milestone is overdue; None if nothing is waited for."""
    return min((each.p90_at for each in expected if not each.reached and each.overdue_since is None), default=None)


def predict(
    course: Course, departure_at: datetime | None, reached: Sequence[Milestone], now: datetime
) -> Prediction | None:
    """When it will arrive: from the last dated milestone that the course knows, else from the departure."""
    at, step, from_kind = departure_at, next(iter(course), None), MilestoneKind.UNKNOWN
    for candidate in course:
        came = [each.time for each in reached if each.time and each.kind is candidate.kind]
        if came:
            at, step, from_kind = min(came), candidate, candidate.kind
    if at is None or step is None:
        return None
    span = step.until_delivery
    return Prediction(_after(at, span, 50), _after(at, span, 90), from_kind, span.measured, now)


def _after(at: datetime, span: Duration, percentile: int) -> datetime:
    lasting = timedelta(minutes=span.p50_minutes if percentile == 50 else span.p90_minutes)
    return at + min(lasting, _END_OF_TIME - at)
