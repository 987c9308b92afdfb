"""What is told of a lane as it was measured, and when it is worth telling anew."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from services.distribution.domain.course import Duration, course_of
from services.distribution.domain.milestone import MilestoneKind
from services.distribution.domain.transit import Transit, measured, measured_minutes
from services.network.lane_figures import (
    HALF_LIFE,
    AcceptanceCount,
    AcceptanceRates,
    DepartureTime,
    departure_time,
    minutes_differ,
)
from services.network.resources import Lane

# With fewer shipments that were not told of yet, nothing new is told of a transit: of a busy lane every fifth at most.
FRESH_MIN = 5
# With so many it is told anew, whatever they say: whoever listens knows that the figures still hold.
FRESH_MAX = 25
# An acceptance rate is told anew when it, or that of a departure, differs by so much.
RATE_DIFFERENCE_MIN = 0.02
# What a lane promises that says minutes of no percentile: the one after which a delivery is overdue.
PROMISED_UNLESS_SAID = 90


@dataclass(frozen=True, slots=True)
class TransitMeasurement:
    """How long a lane takes: whole minutes by percentile, both rising; `until` is when the last one was delivered."""

    quantiles: tuple[tuple[int, int], ...]
    promised_percentile: int
    shipments: int
    since: datetime
    until: datetime
    steps: tuple[tuple[MilestoneKind, Duration], ...] = ()


@dataclass(frozen=True, slots=True)
class LaneMeasurement:
    """What was told of a lane, the how manieth time; None: nothing of that yet."""

    lane: str
    number: int
    lane_version: int
    transit: TransitMeasurement | None
    acceptance: AcceptanceRates | None
    measured_at: datetime


@dataclass(frozen=True, slots=True)
class Trial:
    """A dose that carriers accepted (it was delivered), or that one of them denied."""

    at: datetime
    departure_at: datetime | None
    denied_by: str | None = None  # None: accepted


@dataclass(frozen=True, slots=True)
class LaneGrounds:
    """What a lane is measured of."""

    lane: Lane
    version: int
    zone: ZoneInfo | None  # of its facility; None: not known
    transits: Sequence[Transit] = ()
    trials: Sequence[Trial] = ()


def next_told(grounds: LaneGrounds, told: LaneMeasurement | None, now: datetime) -> LaneMeasurement | None:
    """What is to be told of a lane now; None: nothing that is worth it.

    What is not worth telling anew is told again as it was, so that nobody decides on the same figures twice.
    """
    before, rates_before = (told.transit, told.acceptance) if told else (None, None)
    transit = transit_measured(grounds.lane, grounds.transits, now)
    if transit is None or not _is_news(grounds, transit, before):
        transit = before
    rates = acceptance_measured(grounds, now)
    if transit == before and not _rates_differ(rates, rates_before, now):
        return None
    number = told.number + 1 if told else 1
    return LaneMeasurement(grounds.lane.name, number, grounds.version, transit, rates, now)


def _is_news(grounds: LaneGrounds, transit: TransitMeasurement, before: TransitMeasurement | None) -> bool:
    fresh = sum(before is None or each.delivered_at > before.until for each in grounds.transits)
    known = grounds.lane._replace(quantiles=before.quantiles) if before else grounds.lane
    if fresh >= FRESH_MAX:
        return True
    return fresh >= FRESH_MIN and minutes_differ(transit.quantiles, known.quantile_minutes)


def transit_measured(lane: Lane, transits: Sequence[Transit], now: datetime) -> TransitMeasurement | None:
    """How long a lane takes, as predictions go by; None if nothing tells."""
    steps = measured(course_of(lane), transits, now)
    if MilestoneKind.DELIVERED not in steps:
        return None
    promised = PROMISED_UNLESS_SAID if lane.promised_percentile is None else lane.promised_percentile
    percentiles = {50, 90, promised, *(percentile for percentile, _ in lane.quantiles)}
    return TransitMeasurement(
        quantiles=_rising(measured_minutes(lane, transits, now, percentiles), promised),
        promised_percentile=promised,
        shipments=steps[MilestoneKind.DELIVERED].since_departure.measured,
        since=min(each.left_at for each in transits),
        until=max(each.delivered_at for each in transits),
        steps=tuple((kind, each.since_departure) for kind, each in steps.items() if each.since_departure.measured),
    )


def _rising(minutes: Mapping[int, float], promised: int) -> tuple[tuple[int, int], ...]:
    """Whole minutes, rounded up. Of percentiles with the same minutes the highest stands, or the promised one."""
    kept: list[tuple[int, int]] = []
    for percentile, figure in sorted(minutes.items()):
        whole = ceil(figure - 1e-9)
        if kept and kept[-1][1] == whole:
            if kept[-1][0] == promised:
                continue
            kept.pop()
        kept.append((percentile, whole))
    return tuple(kept)


def acceptance_measured(grounds: LaneGrounds, now: datetime) -> AcceptanceRates | None:
    """How often doses were accepted and denied, of the lane and its departures; None if nothing tells.

    A denial by a carrier that the lane has no more says nothing of it any more.
    """
    carriers = {leg.carrier for leg in grounds.lane.legs}
    all_known = bool(carriers) and "" not in carriers
    trials = [each for each in grounds.trials if not (each.denied_by and all_known and each.denied_by not in carriers)]
    if not trials:
        return None
    of_departure: dict[DepartureTime, list[Trial]] = {}
    for each in trials:
        key = departure_time(grounds.lane, each.departure_at, grounds.zone)
        if key is not None:
            of_departure.setdefault(key, []).append(each)
    departures = {key: _count(of_departure[key], now) for key in sorted(of_departure)}
    return AcceptanceRates(now, _count(trials, now), departures)


def _count(trials: Iterable[Trial], now: datetime) -> AcceptanceCount:
    weights = [(each.denied_by, 0.5 ** (max(now - each.at, timedelta(0)) / HALF_LIFE)) for each in trials]
    return AcceptanceCount(
        sum(weight for denied_by, weight in weights if denied_by is None),
        sum(weight for denied_by, weight in weights if denied_by is not None),
    )


def _rates_differ(new: AcceptanceRates | None, old: AcceptanceRates | None, now: datetime) -> bool:
    departures = {None, *(new.departures if new else ()), *(old.departures if old else ())}

    def rate(rates: AcceptanceRates | None, departure: DepartureTime | None) -> float:
        return rates.rate(departure, now) if rates else 1.0

    return any(abs(rate(new, each) - rate(old, each)) >= RATE_DIFFERENCE_MIN for each in departures)
