"""What cannot be true moves nothing, until an operator or a later fact settles it."""

from collections.abc import Mapping
from datetime import timedelta
from itertools import permutations

import pytest
from doselane.distribution.v1 import shipment_pb2

from services.distribution.domain.milestone import Milestone, MilestoneKind, Position, ShipmentState
from services.distribution.domain.plausibility import NOTHING_KNOWN, TOLERANCE, Implausible, Production, doubt_of
from services.distribution.domain.standing import standing
from tests.support.distribution import a_milestone, at

MADE_AT_NOON = Production(at(0))
IN_HAND = (
    MilestoneKind.COLLECTED,
    MilestoneKind.DEPARTED,
    MilestoneKind.ARRIVED,
    MilestoneKind.CUSTOMS_HELD,
    MilestoneKind.CUSTOMS_CLEARED,
    MilestoneKind.OUT_FOR_DELIVERY,
    MilestoneKind.DELIVERED,
    MilestoneKind.RETURNED,
)


def reason_of(milestone: Milestone, production: Production) -> Implausible | None:
    doubt = doubt_of(milestone, production)
    return doubt.reason if doubt else None


def doubted(
    milestones: list[Milestone], production: Production, settled: Mapping[str, bool] | None = None
) -> list[str]:
    return [doubt.event_id for doubt in standing(milestones, production, settled or {}).doubts]


@pytest.mark.parametrize("kind", MilestoneKind)
def test_no_courier_has_in_hand_what_is_not_made_yet(kind: MilestoneKind) -> None:
    early = reason_of(a_milestone(kind, -60, told_at=at(-59)), MADE_AT_NOON)
    assert early == (Implausible.BEFORE_END_OF_SYNTHESIS if kind in IN_HAND else None)
    assert reason_of(a_milestone(kind, 60, told_at=at(61)), MADE_AT_NOON) is None
    assert reason_of(a_milestone(kind, -60, told_at=at(-59)), NOTHING_KNOWN) is None


@pytest.mark.parametrize("kind", MilestoneKind)
def test_nothing_is_told_before_it_has_happened(kind: MilestoneKind) -> None:
    early = a_milestone(kind, 90, told_at=at(60))
    assert reason_of(early, MADE_AT_NOON) == Implausible.IN_FUTURE
    assert reason_of(early, NOTHING_KNOWN) == Implausible.IN_FUTURE


@pytest.mark.parametrize("kind", MilestoneKind)
def test_a_cancelled_run_makes_nothing_that_could_be_on_its_way(kind: MilestoneKind) -> None:
    found = reason_of(a_milestone(kind, 60, told_at=at(61)), Production(at(0), cancelled=True))
    assert found == (Implausible.RUN_CANCELLED if kind in IN_HAND else None)


def test_what_has_no_date_happened_by_the_time_at_which_it_was_told() -> None:
    assert reason_of(a_milestone(MilestoneKind.DELIVERED, None, told_at=at(-60)), MADE_AT_NOON) is not None
    assert reason_of(a_milestone(MilestoneKind.DELIVERED, None, told_at=at(60)), MADE_AT_NOON) is None
    assert reason_of(a_milestone(MilestoneKind.DELIVERED, None), MADE_AT_NOON) is None


def test_clocks_may_differ_a_little() -> None:
    tick = timedelta(microseconds=1)
    edge = Milestone("a", MilestoneKind.COLLECTED, at(0) - TOLERANCE, told_at=at(0))
    assert doubt_of(edge, MADE_AT_NOON) is None
    assert doubt_of(Milestone("a", MilestoneKind.COLLECTED, at(0) - TOLERANCE - tick, told_at=at(0)), MADE_AT_NOON)
    assert doubt_of(Milestone("a", MilestoneKind.COLLECTED, at(60) + TOLERANCE, told_at=at(60)), MADE_AT_NOON) is None
    assert doubt_of(Milestone("a", MilestoneKind.COLLECTED, at(60) + TOLERANCE + tick, told_at=at(60)), MADE_AT_NOON)


def test_a_doubt_says_which_instant_it_contradicts() -> None:
    early, future = (
        a_milestone(MilestoneKind.DELIVERED, -60, told_at=at(-60)),
        a_milestone(MilestoneKind.DELIVERED, 90, told_at=at(60)),
    )
    limits = [doubt.limit_at for each in (early, future) if (doubt := doubt_of(each, MADE_AT_NOON))]
    assert limits == [at(0), at(60)]


def test_a_withdrawal_is_not_in_doubt() -> None:
    assert doubt_of(a_milestone(MilestoneKind.DELIVERED, -60, told_at=at(-60), retracted=True), MADE_AT_NOON) is None


def test_what_is_in_doubt_moves_neither_the_state_nor_the_expectation() -> None:
    booked = a_milestone(MilestoneKind.BOOKED, -120, told_at=at(-120), expected_delivery_at=at(300))
    early = a_milestone(MilestoneKind.DELIVERED, -60, told_at=at(-60), expected_delivery_at=at(-60))
    found = standing([booked, early], MADE_AT_NOON)
    assert (found.state, found.decided_by) == (ShipmentState.BOOKED, booked)
    assert found.expected_delivery_at == at(300)
    assert [doubt.event_id for doubt in found.doubts] == [early.event_id]


def test_the_old_demos_day_delivers_nothing_before_it_is_made() -> None:
    """Every scan carried the wall clock, ten days before the run."""
    kinds = (
        MilestoneKind.BOOKED,
        MilestoneKind.COLLECTED,
        MilestoneKind.DEPARTED,
        MilestoneKind.ARRIVED,
        MilestoneKind.OUT_FOR_DELIVERY,
        MilestoneKind.DELIVERED,
    )
    day = [a_milestone(kind, number, told_at=at(number)) for number, kind in enumerate(kinds)]
    for course in permutations(day):
        found = standing(course, Production(at(10 * 24 * 60)))
        assert found.state is ShipmentState.BOOKED
        assert [doubt.event_id for doubt in found.doubts] == [each.event_id for each in day[1:]]


def test_a_later_fact_that_is_as_far_on_the_way_settles_a_doubt() -> None:
    early = a_milestone(MilestoneKind.COLLECTED, -60, told_at=at(-60))
    too_early = a_milestone(MilestoneKind.DELIVERED, -30, told_at=at(-30))
    departed = a_milestone(MilestoneKind.DEPARTED, 30, told_at=at(30))
    assert doubted([early, too_early, departed], MADE_AT_NOON) == [too_early.event_id]
    delivered = a_milestone(MilestoneKind.DELIVERED, 300, told_at=at(300))
    assert doubted([early, too_early, departed, delivered], MADE_AT_NOON) == []


def test_an_operator_settles_a_doubt_either_way() -> None:
    early = a_milestone(MilestoneKind.DELIVERED, -60, told_at=at(-60))
    for counts, state in ((True, ShipmentState.DELIVERED), (False, ShipmentState.UNKNOWN)):
        found = standing([early], MADE_AT_NOON, {early.event_id: counts})
        assert (found.state, found.doubts) == (state, ())


def test_what_an_operator_dismissed_never_counts_though_it_becomes_plausible() -> None:
    early = a_milestone(MilestoneKind.DELIVERED, -60, told_at=at(-60))
    found = standing([early], Production(at(-600)), {early.event_id: False})
    assert found.state is ShipmentState.UNKNOWN


def test_a_withdrawn_milestone_is_not_in_doubt_any_more() -> None:
    early = a_milestone(MilestoneKind.DELIVERED, -60, told_at=at(-60))
    correction = a_milestone(MilestoneKind.COLLECTED, 30, told_at=at(30), retracts=(early.event_id,))
    assert doubted([early, correction], MADE_AT_NOON) == []


def test_reasons_have_the_numbers_of_the_protos() -> None:
    published = {name: number for name, number in shipment_pb2.Implausibility.Reason.items() if number}
    assert {each.name: int(each) for each in Implausible} == published


@pytest.mark.parametrize(("minutes", "reach_km"), [(0, 150), (30, 750), (60, 1350)])
@pytest.mark.parametrize("start", [0.0, 179.9, -179.9])
def test_a_position_can_be_reached_at_the_speed_of_an_airliner_and_a_little_more(
    minutes: float, reach_km: float, start: float
) -> None:
    """Along the equator, also over the date line: 1,200 km/h for the time and five minutes, and 50 km beside."""
    for factor, plausible in ((0.99, True), (1.01, False)):
        longitude = (start + factor * reach_km / 111.195 + 180) % 360 - 180
        here = a_milestone(MilestoneKind.DEPARTED, 0, told_at=at(0), position=Position(0, start))
        there = a_milestone(MilestoneKind.ARRIVED, minutes, told_at=at(minutes), position=Position(0, longitude))
        assert doubted([there, here], NOTHING_KNOWN) == ([] if plausible else [there.event_id])
