"""What a lane really takes: measured of the shipments that travelled it, with what it says itself as a beginning."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.distribution.domain.course import Course, Duration, Step
from services.distribution.domain.milestone import Milestone, MilestoneKind
from services.distribution.domain.shipment import OrderKind, Shipment
from services.network.resources import Lane

# The lane's own figures count as much as so many shipments that were delivered today. Of ten, one is beyond the 90th
# percentile: with fewer measured the percentile is that of the slowest one, and says little.
PRIOR_SHIPMENTS = 10.0
# A shipment counts half after so many days: a timetable of air freight lasts half a year, so last season's fade.
HALF_LIFE = timedelta(days=90)
# After five half-lives a shipment weighs 3 per cent, and is left out.
AGE_MAX = 5 * HALF_LIFE
# The newest of a lane that are looked at: beside 200 the prior weighs less than 5 per cent.
SHIPMENTS_MAX = 200
# The longest transit that master data allows a lane (86,400 minutes); what took longer was not on its way.
TRANSIT_MAX = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Transit:
    """How one shipment came along its lane. What is None its courier did not tell, or not when."""

    left_at: datetime  # collected, or else the planned departure
    delivered_at: datetime
    took_off_at: datetime | None = None
    landed_at: datetime | None = None

    def at(self, kind: MilestoneKind) -> datetime | None:
        """When it reached a step of its course."""
        return {
            MilestoneKind.COLLECTED: self.left_at,
            MilestoneKind.DEPARTED: self.took_off_at,
            MilestoneKind.ARRIVED: self.landed_at,
            MilestoneKind.DELIVERED: self.delivered_at,
        }.get(kind)


def transit_of(shipment: Shipment, reached: Sequence[Milestone]) -> Transit | None:
    """What a delivered shipment tells of its lane, by the milestones that count; None if it tells nothing.

    One that was sent elsewhere on its way, or whose delivery or departure nobody dated, tells nothing.
    """
    times = {
        kind: [each.time for each in reached if each.kind is kind and each.time]
        for kind in (MilestoneKind.COLLECTED, MilestoneKind.DEPARTED, MilestoneKind.ARRIVED)
    }
    left_at = min(times[MilestoneKind.COLLECTED], default=shipment.departure_at)
    delivered_at = shipment.delivered_at
    redirected = any(order.kind is OrderKind.REDIRECT for order in shipment.orders)
    if not shipment.lane or redirected or left_at is None or delivered_at is None:
        return None
    if not timedelta(0) < delivered_at - left_at <= TRANSIT_MAX:
        return None
    # The first flight takes off, the last one lands: as the lane's course has it.
    took_off_at = min(_between(times[MilestoneKind.DEPARTED], left_at, delivered_at), default=None)
    landed_at = max(_between(times[MilestoneKind.ARRIVED], took_off_at or left_at, delivered_at), default=None)
    return Transit(left_at, delivered_at, took_off_at, landed_at)


def _between(times: Iterable[datetime], start: datetime, end: datetime) -> list[datetime]:
    return [time for time in times if start <= time <= end]


def measured(course: Course, transits: Iterable[Transit], now: datetime) -> dict[MilestoneKind, Step]:
    """The steps of a lane's own course as its shipments have them by now; a step that none tells of is not there."""
    weighed = _weighed(transits, now)
    steps = {step.kind: _measured(step, weighed) for step in course}
    return {kind: step for kind, step in steps.items() if step.since_departure.measured or step.until_delivery.measured}


def measured_minutes(
    lane: Lane, transits: Iterable[Transit], now: datetime, percentiles: Iterable[int]
) -> dict[int, float]:
    """Minutes from departure to delivery by percentile: the lane's own, blended with what its shipments took."""
    told = [(_minutes(each.delivered_at - each.left_at), weight) for each, weight in _weighed(transits, now)]
    return {each: _mean(lane.quantile_minutes(each), told, each / 100) for each in percentiles}


def _measured(step: Step, weighed: Sequence[tuple[Transit, float]]) -> Step:
    since, until = [], []
    for transit, weight in weighed:
        at = transit.at(step.kind)
        if at is None:
            continue
        # How late a courier collects is no transit: it is what the lane itself says.
        if step.kind is not MilestoneKind.COLLECTED:
            since.append((_minutes(at - transit.left_at), weight))
        if step.kind is not MilestoneKind.DELIVERED:
            until.append((_minutes(transit.delivered_at - at), weight))
    return Step(step.kind, _blended(step.since_departure, since), _blended(step.until_delivery, until))


def _blended(own: Duration, told: Sequence[tuple[float, float]]) -> Duration:
    if not told:
        return own
    return Duration(_mean(own.p50_minutes, told, 0.5), _mean(own.p90_minutes, told, 0.9), len(told))


def _mean(own: float, told: Sequence[tuple[float, float]], share: float) -> float:
    """A quantile as the mean of the lane's own and of the measured one, by their weights."""
    if not told:
        return own
    weight = sum(each for _, each in told)
    return (PRIOR_SHIPMENTS * own + weight * quantile(told, share)) / (PRIOR_SHIPMENTS + weight)


def quantile(told: Sequence[tuple[float, float]], share: float) -> float:
    """The least of the values within which at least this share of all the weight is; `told`: values and weights."""
    # Sums of weights are rounded: a share that is met but for that is met.
    wanted = share * sum(weight for _, weight in told) * (1 - 1e-9)
    below = 0.0
    for value, weight in sorted(told):
        below += weight
        if below >= wanted:
            return value
    raise ValueError("a quantile of nothing")


def _weighed(transits: Iterable[Transit], now: datetime) -> list[tuple[Transit, float]]:
    return [(each, weight) for each in transits if (weight := _weight(each, now)) > 0]


def _weight(transit: Transit, now: datetime) -> float:
    age = max(now - transit.delivered_at, timedelta(0))
    return 0.0 if age > AGE_MAX else float(0.5 ** (age / HALF_LIFE))


def _minutes(span: timedelta) -> float:
    return span.total_seconds() / 60
