"""What is told of a lane as it was measured, and when it is worth telling anew."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.distribution.domain.measurement import (
    FRESH_MAX,
    FRESH_MIN,
    LaneGrounds,
    LaneMeasurement,
    Trial,
    acceptance_measured,
    next_told,
    transit_measured,
)
from services.distribution.domain.transit import Transit
from services.distribution.events.lanes import measured_message, measurement_of
from services.kernel.calendar import Weekly
from services.network.lane_figures import HALF_LIFE, PRIOR_DOSES, AcceptanceCount, in_hundredths
from services.network.resources import Departure, Lane, Leg, LegMode
from tests.support.distribution import ARROW, NOON, SWIFT, at

# Half in 480 minutes, nine of ten in 600; promised are nine of ten. Leaves on Mondays at noon, as NOON is one.
DEPARTURE = Departure(Weekly(frozenset({1}), time(12), time(12), 4), timedelta(minutes=30))
LANE = Lane("lanes/lakeside", "sites/lakeside", 0, 600, at(500_000), departures=(DEPARTURE,),
            legs=(Leg(LegMode.AIR, ARROW), Leg(LegMode.ROAD, SWIFT)), quantiles=((50, 480), (90, 600)),
            promised_percentile=90)  # fmt: skip
UTC = ZoneInfo("UTC")
MONDAY_NOON = (1, time(12))


def took(minutes: float, count: int, since: datetime = NOON) -> list[Transit]:
    """So many shipments, one an hour."""
    left = [since + timedelta(hours=number) for number in range(count)]
    return [Transit(each, each + timedelta(minutes=minutes)) for each in left]


def grounds(transits: Sequence[Transit] = (), trials: Sequence[Trial] = (), lane: Lane = LANE) -> LaneGrounds:
    return LaneGrounds(lane, 3, UTC, transits, trials)


def told(measurement: LaneMeasurement | None) -> LaneMeasurement:
    assert measurement is not None
    return measurement


LATER = NOON + timedelta(days=3)


def test_a_lane_is_told_of_once_enough_shipments_say_that_it_takes_longer() -> None:
    assert next_told(grounds(took(900, FRESH_MIN - 1)), None, LATER) is None
    first = told(next_told(grounds(took(900, FRESH_MIN)), None, LATER))
    assert (first.number, first.lane_version) == (1, 3)
    assert first.transit is not None
    # The lane's own figures count as ten shipments: nearly a third of the way to 900 minutes.
    assert first.transit.quantiles == ((50, 619), (90, 699))
    assert (first.transit.promised_percentile, first.transit.shipments) == (90, FRESH_MIN)
    assert (first.transit.since, first.transit.until) == (NOON, NOON + timedelta(hours=4, minutes=900))


def test_what_differs_little_is_told_only_after_many_shipments() -> None:
    nearly = took(490, FRESH_MAX - 1)
    assert next_told(grounds(nearly, lane=LANE._replace(quantiles=((90, 500),))), None, LATER) is None
    assert next_told(grounds(took(490, FRESH_MAX), lane=LANE._replace(quantiles=((90, 500),))), None, LATER)


def test_nothing_is_told_twice_of_the_same_shipments() -> None:
    transits = took(900, FRESH_MIN)
    first = told(next_told(grounds(transits), None, LATER))
    assert next_told(grounds(transits), first, LATER + timedelta(days=200)) is None
    # Nor when the lane has other figures since: it takes new shipments to say anything of it.
    accepted = LANE._replace(quantiles=((50, 619), (90, 699)))
    assert next_told(grounds(transits, lane=accepted), first, LATER) is None
    since = first.transit.until if first.transit else NOON
    fewer = [*transits, *took(1500, FRESH_MIN - 1, since)]
    assert next_told(grounds(fewer), first, LATER) is None
    more = [*transits, *took(1500, FRESH_MIN, since)]
    assert told(next_told(grounds(more), first, LATER)).number == 2


def test_the_percentile_that_a_lane_promises_stands_where_several_take_as_long() -> None:
    flat = LANE._replace(quantiles=(), promised_percentile=None)
    transit = transit_measured(flat, took(600, 5), LATER)
    assert transit is not None and transit.quantiles == ((90, 600),)
    half = LANE._replace(quantiles=((50, 600), (90, 601)), promised_percentile=50)
    transit = transit_measured(half, took(600, 200), NOON + timedelta(days=20))
    assert transit is not None and (transit.quantiles, transit.promised_percentile) == (((50, 600), (90, 601)), 50)
    same = LANE._replace(quantiles=((50, 599), (90, 600)), promised_percentile=50)
    transit = transit_measured(same, took(600, 5), LATER)
    assert transit is not None and transit.quantiles == ((50, 600),)


def test_a_denial_is_told_at_once_and_leaves_the_transit_as_it_was_told() -> None:
    first = told(next_told(grounds(took(900, FRESH_MIN)), None, LATER))
    denied = grounds(took(900, FRESH_MIN), [Trial(LATER, NOON, ARROW)])
    second = told(next_told(denied, first, LATER + timedelta(days=30)))
    assert second.transit == first.transit
    assert next_told(denied, second, LATER + timedelta(days=30)) is None
    assert told(next_told(grounds([], [Trial(LATER, NOON, ARROW)]), None, LATER)).transit is None


def test_one_denial_is_a_tenth_and_deliveries_heal_it() -> None:
    rates = acceptance_measured(grounds(trials=[Trial(NOON, None, ARROW)]), NOON)
    assert rates is not None and rates.rate(None, NOON) == pytest.approx(10 / 11)
    healed = acceptance_measured(grounds(trials=[Trial(NOON, None, ARROW), *[Trial(NOON, None)] * 40]), NOON)
    assert healed is not None and healed.rate(None, NOON) == pytest.approx(50 / 51)
    # It fades, also while nobody counts.
    assert rates.rate(None, NOON + HALF_LIFE) == pytest.approx(10 / 10.5)


def test_a_departure_that_denies_is_worse_than_its_lane() -> None:
    trials = [*[Trial(NOON, NOON, ARROW)] * 5, *[Trial(NOON, at(1440))] * 10]
    rates = acceptance_measured(grounds(trials=trials), NOON)
    assert rates is not None and rates.departures == {MONDAY_NOON: AcceptanceCount(0, 5)}
    whole = (PRIOR_DOSES + 10) / (PRIOR_DOSES + 15)
    assert rates.rate(None, NOON) == rates.rate((2, time(12)), NOON) == pytest.approx(whole)
    assert rates.rate(MONDAY_NOON, NOON) == pytest.approx(PRIOR_DOSES * whole / (PRIOR_DOSES + 5))


def test_denials_of_a_carrier_that_the_lane_has_no_more_do_not_count() -> None:
    trials = [Trial(NOON, NOON, "partners/left-long-ago")]
    assert acceptance_measured(grounds(trials=trials), NOON) is None
    # Of a lane that does not say who carries all of the way it may be anybody.
    unknown = LANE._replace(legs=(Leg(LegMode.AIR, ""), Leg(LegMode.ROAD, SWIFT)))
    assert acceptance_measured(grounds(trials=trials, lane=unknown), NOON) is not None


def test_what_was_told_is_read_back_as_it_was() -> None:
    trials = [Trial(NOON, NOON, ARROW), Trial(at(-9999), None)]
    first = told(next_told(grounds(took(900, FRESH_MIN), trials), None, LATER))
    document = measured_message(first).SerializeToString()
    assert measurement_of(first.lane, first.number, first.measured_at, document) == first
    bare = replace(first, transit=None, acceptance=None)
    assert measurement_of(bare.lane, 1, LATER, measured_message(bare).SerializeToString()) == bare


def test_sponsors_see_whole_hundredths() -> None:
    assert [in_hundredths(each) for each in (1.0, 10 / 11, 0.57, 0.999)] == [1.0, 0.9, 0.57, 0.99]
