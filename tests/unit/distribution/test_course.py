"""What a lane lets expect, what answers it, what is late, and when a shipment will arrive."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.distribution.domain.course import (
    Duration,
    Step,
    answered,
    course_of,
    expectations,
    next_due_at,
    overdue,
    predict,
)
from services.distribution.domain.milestone import MilestoneKind
from services.network.resources import LegMode
from tests.support.distribution import NOON, a_milestone, at
from tests.support.shipments import by_air, lane

Kind = MilestoneKind
TICK = timedelta(microseconds=1)
EXPECTED = expectations(by_air(), NOON)


def test_a_flight_is_expected_by_its_share_of_the_way() -> None:
    assert [(each.kind, each.p50_at, each.p90_at) for each in EXPECTED] == [
        (Kind.COLLECTED, at(0), at(30)),
        (Kind.DEPARTED, at(60), at(75)),
        (Kind.ARRIVED, at(300), at(375)),
        (Kind.DELIVERED, at(480), at(600)),
    ]
    assert not any(each.reached or each.reached_at or each.overdue_since for each in EXPECTED)


def test_of_several_flights_the_first_take_off_and_the_last_landing_are_expected() -> None:
    course = course_of(lane((LegMode.AIR, 100), (LegMode.ROAD, 100), (LegMode.AIR, 100), (LegMode.ROAD, 100)))
    found = {each.kind: each.p50_at for each in expectations(course, NOON)}
    assert (found[Kind.DEPARTED], found[Kind.ARRIVED]) == (at(0), at(360))


@pytest.mark.parametrize("legs", [
    (),
    ((LegMode.ROAD, 60), (LegMode.ROAD, 60)),
    ((LegMode.ROAD, None), (LegMode.AIR, 240)),
    ((LegMode.ROAD, 60), (LegMode.AIR, None)),
    ((LegMode.AIR, 0), (LegMode.HAND_OVER, 0)),
])  # fmt: skip
def test_a_lane_whose_flights_cannot_be_timed_has_a_start_and_an_end(legs: tuple[tuple[LegMode, int | None]]) -> None:
    assert [step.kind for step in course_of(lane(*legs))] == [Kind.COLLECTED, Kind.DELIVERED]


def test_without_a_lane_or_a_departure_nothing_is_expected() -> None:
    assert course_of(None) == ()
    assert expectations((), NOON) == ()
    assert expectations(by_air(), None) == ()


def test_a_short_lane_is_not_collected_later_than_it_is_delivered() -> None:
    course = course_of(lane(quantiles=((50, 10), (90, 20))))
    assert [each.p90_at for each in expectations(course, NOON)] == [at(20), at(20)]


def test_what_was_measured_replaces_what_the_lane_says() -> None:
    measured = Step(Kind.COLLECTED, Duration(5, 15, 40), Duration(400, 500, 40))
    assert course_of(lane(), {Kind.COLLECTED: measured})[0] == measured
    assert course_of(lane(), {Kind.COLLECTED: measured})[1] == course_of(lane())[1]


@pytest.mark.parametrize(("kind", "answers"), [
    (Kind.COLLECTED, 1),
    (Kind.DEPARTED, 2),
    (Kind.ARRIVED, 3),
    (Kind.CUSTOMS_CLEARED, 3),
    (Kind.OUT_FOR_DELIVERY, 3),
    (Kind.DELIVERED, 4),
])  # fmt: skip
def test_a_milestone_answers_all_that_is_not_beyond_it(kind: MilestoneKind, answers: int) -> None:
    found = answered(EXPECTED, [a_milestone(kind, 10)])
    assert [each.reached for each in found] == [place < answers for place in range(4)]
    assert [each.reached_at for each in found] == [at(10) if place < answers else None for place in range(4)]


def test_the_earliest_answer_says_when_and_an_undated_one_only_that() -> None:
    found = answered(EXPECTED, [a_milestone(Kind.DEPARTED, 70), a_milestone(Kind.COLLECTED, 20)])
    assert [each.reached_at for each in found] == [at(20), at(70), None, None]
    undated = answered(EXPECTED, [a_milestone(Kind.COLLECTED, None)])
    assert [(each.reached, each.reached_at) for each in undated[:2]] == [(True, None), (False, None)]


def test_an_answer_that_is_taken_back_leaves_the_expectation_open_and_what_came_is_late_no_more() -> None:
    late, _ = overdue(EXPECTED, at(31))
    reached = answered(late, [a_milestone(Kind.COLLECTED, 40)])
    assert (late[0].overdue_since, reached[0].overdue_since) == (at(30), None)
    assert answered(late, []) == late
    assert answered(reached, [])[0] == EXPECTED[0]


def test_the_ninetieth_percentile_itself_is_in_time() -> None:
    assert overdue(EXPECTED, at(30)) == (EXPECTED, ())
    after, late = overdue(EXPECTED, at(30) + TICK)
    assert [(each.kind, each.overdue_since) for each in late] == [(Kind.COLLECTED, at(30))]
    assert after == (late[0], *EXPECTED[1:])
    assert overdue(after, at(31)) == (after, ())


def test_what_came_is_never_overdue() -> None:
    _, late = overdue(answered(EXPECTED, [a_milestone(Kind.DEPARTED, 70)]), at(9999))
    assert [each.kind for each in late] == [Kind.ARRIVED, Kind.DELIVERED]


def test_the_next_that_is_waited_for_is_due() -> None:
    assert next_due_at(EXPECTED) == at(30)
    assert next_due_at(answered(EXPECTED, [a_milestone(Kind.DEPARTED, 1)])) == at(375)
    assert next_due_at(overdue(EXPECTED, at(31))[0]) == at(75)
    assert next_due_at(answered(EXPECTED, [a_milestone(Kind.DELIVERED, 1)])) is None
    assert next_due_at(overdue(EXPECTED, at(9999))[0]) is None
    assert next_due_at(()) is None


@pytest.mark.parametrize(("kind", "p50", "p90"), [
    (Kind.COLLECTED, 480, 600),
    (Kind.DEPARTED, 420, 525),
    (Kind.ARRIVED, 180, 225),
    (Kind.DELIVERED, 0, 0),
])  # fmt: skip
def test_the_prediction_starts_anew_from_each_step_with_what_is_left_of_the_way(
    kind: MilestoneKind, p50: float, p90: float
) -> None:
    found = predict(by_air(), NOON, [a_milestone(kind, 100)], at(101))
    assert found is not None
    assert (found.p50_at, found.p90_at, found.from_kind) == (at(100 + p50), at(100 + p90), kind)
    assert (found.measured, found.made_at) == (0, at(101))


def test_without_milestones_it_is_reckoned_from_the_departure() -> None:
    found = predict(by_air(), NOON, (), at(-60))
    assert found is not None
    assert (found.p50_at, found.p90_at, found.from_kind) == (at(480), at(600), Kind.UNKNOWN)


def test_what_is_collected_at_the_very_departure_is_reckoned_from_its_collection() -> None:
    found = predict(by_air(), NOON, [a_milestone(Kind.COLLECTED, 0)], at(1))
    assert found is not None
    assert found.from_kind == Kind.COLLECTED


def test_of_several_scans_of_a_step_the_first_counts_and_of_several_steps_the_last() -> None:
    scans = [a_milestone(Kind.ARRIVED, 310), a_milestone(Kind.ARRIVED, 300), a_milestone(Kind.COLLECTED, 400)]
    found = predict(by_air(), NOON, scans, at(401))
    assert found is not None
    assert (found.from_kind, found.p50_at) == (Kind.ARRIVED, at(480))


def test_undated_milestones_and_those_that_the_course_does_not_know_foretell_nothing() -> None:
    told = [a_milestone(Kind.ARRIVED, None), a_milestone(Kind.OUT_FOR_DELIVERY, 200)]
    found = predict(by_air(), NOON, told, at(201))
    assert found is not None
    assert (found.from_kind, found.p50_at) == (Kind.UNKNOWN, at(480))


def test_nothing_is_foretold_without_a_course_or_a_start() -> None:
    assert predict((), NOON, [a_milestone(Kind.COLLECTED, 1)], at(2)) is None
    assert predict(by_air(), None, (), at(2)) is None
    found = predict(by_air(), None, [a_milestone(Kind.COLLECTED, 1)], at(2))
    assert found is not None
    assert found.p90_at == at(601)


def test_the_prediction_says_of_how_many_shipments_it_was_measured() -> None:
    course = (Step(Kind.COLLECTED, Duration(0, 0), Duration(400, 500, 40)),)
    found = predict(course, NOON, (), at(1))
    assert found is not None
    assert found.measured == 40


def test_no_sum_of_instants_leaves_the_calendar() -> None:
    end = datetime.max.replace(tzinfo=UTC)
    course, far = course_of(lane()), replace(a_milestone(MilestoneKind.COLLECTED), time=end - timedelta(minutes=1))
    assert {each.p90_at for each in expectations(course, end)} == {end}
    prediction = predict(course, at(0), [far], at(0))
    assert prediction is not None
    assert prediction.p90_at == end
