"""Lanes are measured: their own figures at first, what their shipments took in the end."""

from collections.abc import Iterable
from datetime import timedelta

import pytest
from doselane.masterdata.v1 import resources_pb2

from services.distribution.domain.course import Course, Duration, Step, course_of
from services.distribution.domain.milestone import Milestone, MilestoneKind
from services.distribution.domain.shipment import CourierOrder, OrderKind, Shipment
from services.distribution.domain.transit import (
    AGE_MAX,
    HALF_LIFE,
    PRIOR_SHIPMENTS,
    TRANSIT_MAX,
    Transit,
    measured,
    quantile,
    transit_of,
)
from services.kernel.provenance import Provenance
from services.network.reading import resource_from, resource_in
from services.network.resources import Lane
from tests.support.distribution import a_lane, a_milestone, at

COLLECTED, DEPARTED, ARRIVED, DELIVERED = (
    MilestoneKind.COLLECTED,
    MilestoneKind.DEPARTED,
    MilestoneKind.ARRIVED,
    MilestoneKind.DELIVERED,
)


def lane(**fields: object) -> Lane:
    told = resource_in(a_lane(**fields))  # type: ignore[arg-type]
    assert told
    read = resource_from(told.kind, told.document)
    assert isinstance(read, Lane)
    return read


OWN: Course = course_of(lane())  # half in 480 minutes, nine of ten in 600


def took(minutes: float, days_ago: float = 0, **facts: float) -> Transit:
    """A shipment that was delivered before noon; `facts` in minutes after it left."""
    delivered_at = at(0) - timedelta(days=days_ago)
    left_at = delivered_at - timedelta(minutes=minutes)
    return Transit(left_at, delivered_at, **{name: left_at + timedelta(minutes=each) for name, each in facts.items()})


def step(transits: Iterable[Transit], kind: MilestoneKind = DELIVERED) -> Step:
    return measured(OWN, transits, at(0))[kind]


def a_shipment(**facts: object) -> Shipment:
    given = {"departure_at": at(0), "delivered_at": at(500), "lane": "lanes/lakeside"}
    return Shipment("shipments/1", "partners/p", "sites/s", doses=(), created_at=at(0), changed=Provenance("a", at(0)),
                    **{**given, **facts})  # type: ignore[arg-type]  # fmt: skip


def came(**minutes: float | None) -> list[Milestone]:
    return [a_milestone(MilestoneKind[name.rstrip("_")], each, event_id=name) for name, each in minutes.items()]


def test_a_new_lane_takes_what_it_says_itself() -> None:
    assert measured(OWN, [], at(0)) == {}
    assert course_of(lane(), measured(OWN, [], at(0))) == OWN


def test_as_many_shipments_as_the_prior_count_half() -> None:
    since = step([took(300)] * int(PRIOR_SHIPMENTS)).since_departure
    assert (since.p50_minutes, since.p90_minutes) == pytest.approx(((480 + 300) / 2, (600 + 300) / 2))
    assert since.measured == 10


def test_many_shipments_converge_to_what_they_took() -> None:
    since = step([took(300 + place) for place in range(100)] * 100).since_departure
    assert (since.p50_minutes, since.p90_minutes) == pytest.approx((349, 389), rel=0.002)


@pytest.mark.parametrize("count", [1, 2, 7, 30, 200])
@pytest.mark.parametrize("minutes", [1, 300, 900])
def test_a_measured_figure_is_between_the_own_and_what_was_measured(count: int, minutes: float) -> None:
    since = step([took(minutes)] * count).since_departure
    assert min(480, minutes) <= since.p50_minutes <= max(480, minutes)
    assert min(600, minutes) <= since.p90_minutes <= max(600, minutes)
    assert since.p50_minutes <= since.p90_minutes


def test_a_shipment_counts_half_after_a_half_life() -> None:
    days = HALF_LIFE.total_seconds() / 86400
    old, new = step([took(300, days)] * 20), step([took(300)] * 10)
    assert old.since_departure.p50_minutes == pytest.approx(new.since_departure.p50_minutes)


def test_old_shipments_fade_before_new_ones() -> None:
    old, new = [took(900, 300)] * 20, [took(300)] * 20
    assert step([*old, *new]).since_departure.p50_minutes == pytest.approx(
        (10 * 480 + (20 + 20 * 0.5 ** (300 / 90)) * 300) / (30 + 20 * 0.5 ** (300 / 90))
    )


def test_what_is_too_old_is_left_out_and_what_is_delivered_tomorrow_weighs_no_more_than_today() -> None:
    days = AGE_MAX.total_seconds() / 86400
    assert measured(OWN, [took(300, days + 0.01)], at(0)) == {}
    assert step([took(300, days)]).since_departure.measured == 1
    assert step([took(300, -1)]) == step([took(300)])


def test_each_step_is_measured_of_those_that_tell_of_it() -> None:
    steps = measured(OWN, [took(500, took_off_at=90, landed_at=400), took(500)], at(0))
    assert steps[DEPARTED].since_departure == Duration((10 * 60 + 90) / 11, (10 * 75 + 90) / 11, 1)
    assert steps[ARRIVED].until_delivery.measured == 1
    assert steps[DELIVERED].since_departure.measured == steps[COLLECTED].until_delivery.measured == 2
    assert steps[DELIVERED].until_delivery == Duration(0, 0)


def test_how_late_a_courier_collects_is_what_the_lane_says() -> None:
    assert step([took(500)], COLLECTED).since_departure == OWN[0].since_departure


def test_a_lane_without_legs_is_measured_from_end_to_end() -> None:
    own = course_of(lane(legs=[]))
    assert set(measured(own, [took(500, took_off_at=90)], at(0))) == {COLLECTED, DELIVERED}


@pytest.mark.parametrize(("share", "value"), [(0.1, 1), (0.5, 5), (0.9, 9), (0.95, 10), (1.0, 10)])
def test_a_quantile_is_the_least_value_within_which_the_share_is(share: float, value: float) -> None:
    assert quantile([(float(each), 0.1) for each in range(1, 11)], share) == value


def test_a_weight_counts_as_so_many() -> None:
    assert quantile([(1, 1), (2, 8), (3, 1)], 0.5) == quantile([(1, 1), *[(2, 1)] * 8, (3, 1)], 0.5) == 2


def test_a_transit_begins_when_it_was_collected_or_else_was_to_leave() -> None:
    assert transit_of(a_shipment(), came(COLLECTED=30)) == Transit(at(30), at(500))
    assert transit_of(a_shipment(), came(COLLECTED=None)) == Transit(at(0), at(500))


def test_the_first_flight_takes_off_and_the_last_one_lands() -> None:
    told = came(COLLECTED=1, DEPARTED=60, DEPARTED_=200, ARRIVED=150, ARRIVED_=300)
    assert transit_of(a_shipment(), told) == Transit(at(1), at(500), at(60), at(300))


def test_what_lies_outside_of_the_way_is_no_step_of_it() -> None:
    told = came(COLLECTED=10, DEPARTED=5, ARRIVED=501)
    assert transit_of(a_shipment(), told) == Transit(at(10), at(500))


@pytest.mark.parametrize("facts", [
    {"delivered_at": None},
    {"departure_at": None},
    {"lane": ""},
    {"departure_at": at(500)},
    {"departure_at": at(501)},
    {"delivered_at": at(1) + TRANSIT_MAX},
    {"orders": (CourierOrder(OrderKind.REDIRECT, "e", at(1)),)},
])  # fmt: skip
def test_a_shipment_that_tells_nothing_of_its_lane(facts: dict[str, object]) -> None:
    assert transit_of(a_shipment(**facts), []) is None


def test_a_courier_that_was_asked_to_carry_it_is_no_redirection() -> None:
    assert transit_of(a_shipment(orders=(CourierOrder(OrderKind.BOOK, "e", at(1)),)), []) == Transit(at(0), at(500))


def test_the_longest_transit_that_a_lane_may_have_is_measured() -> None:
    longest = resources_pb2.TransitQuantile(percentile=90, minutes=86400)
    assert timedelta(minutes=longest.minutes) == TRANSIT_MAX
    assert transit_of(a_shipment(delivered_at=at(0) + TRANSIT_MAX), []) is not None
