"""Where a shipment stands follows from the set of its milestones."""

from dataclasses import replace
from datetime import timedelta

import pytest
from doselane.courier.v1 import courier_pb2
from doselane.distribution.v1 import shipment_pb2
from hypothesis import given
from hypothesis import strategies as st

from services.distribution.domain.milestone import STAGE, STATE_OF_KIND, Milestone, MilestoneKind, ShipmentState
from services.distribution.domain.standing import ShipmentStanding, standing
from tests.support.distribution import NOON, a_milestone

MOVING = sorted(STATE_OF_KIND)


def stands(*milestones: Milestone) -> str:
    return standing(milestones).state.name


@st.composite
def milestones(draw: st.DrawFn) -> Milestone:
    """Few ids and few instants, so that ties, withdrawals and contradictions are common."""
    ids = st.sampled_from("abcdef")
    expected = draw(st.none() | st.integers(0, 3))
    drawn = a_milestone(
        draw(st.sampled_from(MilestoneKind)),
        draw(st.none() | st.integers(0, 4)),
        event_id=draw(ids),
        local_time=draw(st.sampled_from(["", "12:00"])),
        retracted=draw(st.sampled_from([False, False, False, True])),
        retracts=tuple(draw(st.lists(ids, max_size=1))) if draw(st.integers(0, 3)) == 0 else (),
        expected_delivery_at=None if expected is None else NOON + timedelta(hours=expected),
    )
    return replace(drawn, message=repr(drawn).encode() + draw(st.sampled_from([b"", b"x"])))


@given(st.lists(milestones(), max_size=12), st.data())
def test_any_order_and_any_repetition_of_milestones_ends_in_the_same_standing(
    known: list[Milestone], data: st.DataObject
) -> None:
    again = data.draw(st.permutations(known + data.draw(st.lists(st.sampled_from(known or [None]), max_size=6))))
    assert standing(each for each in again if each) == standing(known)


@given(st.lists(milestones(), max_size=12))
def test_milestones_that_do_not_matter_can_be_left_out(known: list[Milestone]) -> None:
    few, whole = standing(each for each in known if each.matters), standing(known)
    assert replace(few, counting=whole.counting) == whole
    assert few.counting <= whole.counting


@given(
    st.lists(milestones(), max_size=12),
    st.sampled_from([MilestoneKind.UNKNOWN, MilestoneKind.OBSERVED, MilestoneKind.DELAYED]),
)
def test_an_unknown_kind_a_reading_and_a_delay_never_move_the_state(
    known: list[Milestone], kind: MilestoneKind
) -> None:
    more = [*known, a_milestone(kind, 99, event_id="its own")]
    assert standing(more).state == standing(known).state


@given(st.lists(milestones(), max_size=12))
def test_the_state_is_that_of_the_milestone_that_decided_it(known: list[Milestone]) -> None:
    found = standing(known)
    expected = STATE_OF_KIND[found.decided_by.kind] if found.decided_by else ShipmentState.UNKNOWN
    assert found.state == expected
    assert found.decided_by is None or found.decided_by in known


def test_nothing_is_guessed_of_a_shipment_without_milestones() -> None:
    assert standing([]) == ShipmentStanding(ShipmentState.UNKNOWN, None, None)


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (MilestoneKind.BOOKED, "BOOKED"),
        (MilestoneKind.COLLECTED, "COLLECTED"),
        (MilestoneKind.DEPARTED, "IN_TRANSIT"),
        (MilestoneKind.ARRIVED, "IN_TRANSIT"),
        (MilestoneKind.CUSTOMS_HELD, "EXCEPTION"),
        (MilestoneKind.CUSTOMS_CLEARED, "IN_TRANSIT"),
        (MilestoneKind.OUT_FOR_DELIVERY, "OUT_FOR_DELIVERY"),
        (MilestoneKind.DELIVERED, "DELIVERED"),
        (MilestoneKind.EXCEPTION, "EXCEPTION"),
        (MilestoneKind.RETURNED, "RETURNED"),
        (MilestoneKind.CANCELLED, "EXCEPTION"),
        (MilestoneKind.DELAYED, "UNKNOWN"),
        (MilestoneKind.OBSERVED, "UNKNOWN"),
        (MilestoneKind.UNKNOWN, "UNKNOWN"),
    ],
)
def test_each_kind_alone_says_where_the_shipment_stands(kind: MilestoneKind, state: str) -> None:
    assert stands(a_milestone(kind)) == state


def test_every_kind_and_state_of_the_protos_is_known_by_its_number() -> None:
    kinds = {number: name for name, number in courier_pb2.Milestone.Kind.items() if number}
    states = {number: name for name, number in shipment_pb2.Shipment.State.items() if number}
    assert {int(kind): kind.name for kind in MilestoneKind if kind} == kinds
    assert {int(state): state.name for state in ShipmentState if state} == states


def test_the_stages_follow_the_way_of_a_shipment() -> None:
    assert [kind.name for kind in sorted(MOVING, key=STAGE.__getitem__)] == [
        "BOOKED",
        "CANCELLED",
        "COLLECTED",
        "DEPARTED",
        "ARRIVED",
        "CUSTOMS_HELD",
        "CUSTOMS_CLEARED",
        "OUT_FOR_DELIVERY",
        "EXCEPTION",
        "DELIVERED",
        "RETURNED",
    ]


def test_the_latest_milestone_decides() -> None:
    assert stands(a_milestone(MilestoneKind.OUT_FOR_DELIVERY, 1), a_milestone(MilestoneKind.ARRIVED, 2)) == "IN_TRANSIT"


def test_at_the_same_instant_the_later_stage_decides() -> None:
    assert stands(a_milestone(MilestoneKind.DELIVERED), a_milestone(MilestoneKind.OUT_FOR_DELIVERY)) == "DELIVERED"


def test_a_late_scan_does_not_undo_a_delivery() -> None:
    delivered = a_milestone(MilestoneKind.DELIVERED, 1)
    for kind in (
        MilestoneKind.BOOKED,
        MilestoneKind.COLLECTED,
        MilestoneKind.ARRIVED,
        MilestoneKind.OUT_FOR_DELIVERY,
        MilestoneKind.CUSTOMS_HELD,
        MilestoneKind.CANCELLED,
    ):
        assert standing([delivered, a_milestone(kind, 2)]).decided_by == delivered


def test_the_first_of_two_deliveries_is_the_delivery() -> None:
    assert standing(
        [a_milestone(MilestoneKind.DELIVERED, 1), a_milestone(MilestoneKind.DELIVERED, 9)]
    ).decided_by == a_milestone(MilestoneKind.DELIVERED, 1)


def test_what_goes_wrong_after_a_delivery_shows_and_can_be_mended() -> None:
    wrong = [a_milestone(MilestoneKind.DELIVERED, 1), a_milestone(MilestoneKind.EXCEPTION, 2)]
    assert stands(*wrong) == "EXCEPTION"
    assert stands(*wrong, a_milestone(MilestoneKind.OUT_FOR_DELIVERY, 3)) == "OUT_FOR_DELIVERY"
    assert stands(*wrong, a_milestone(MilestoneKind.DELIVERED, 4)) == "DELIVERED"


def test_an_exception_lasts_until_something_better_is_known() -> None:
    assert stands(a_milestone(MilestoneKind.DEPARTED, 1), a_milestone(MilestoneKind.EXCEPTION, 2)) == "EXCEPTION"
    assert stands(a_milestone(MilestoneKind.EXCEPTION, 2), a_milestone(MilestoneKind.ARRIVED, 3)) == "IN_TRANSIT"


def test_what_is_delivered_after_a_return_was_delivered_back() -> None:
    assert stands(a_milestone(MilestoneKind.RETURNED, 1), a_milestone(MilestoneKind.DELIVERED, 2)) == "RETURNED"
    assert stands(a_milestone(MilestoneKind.DELIVERED, 1), a_milestone(MilestoneKind.RETURNED, 2)) == "RETURNED"


def test_an_announcement_says_nothing_of_a_dose_in_the_couriers_hands() -> None:
    assert stands(a_milestone(MilestoneKind.COLLECTED, 1), a_milestone(MilestoneKind.BOOKED, 2)) == "COLLECTED"


def test_a_withdrawn_announcement_can_be_made_again() -> None:
    withdrawn = [a_milestone(MilestoneKind.BOOKED, 1), a_milestone(MilestoneKind.CANCELLED, 2)]
    assert stands(*withdrawn) == "EXCEPTION"
    assert stands(*withdrawn, a_milestone(MilestoneKind.BOOKED, 3)) == "BOOKED"


def test_a_retracted_event_does_not_count() -> None:
    there = a_milestone(MilestoneKind.DELIVERED, 2, "e")
    wrong = a_milestone(MilestoneKind.DELIVERED, 2, "e", retracted=True)
    assert stands(a_milestone(MilestoneKind.DEPARTED, 1), there, wrong) == "IN_TRANSIT"


def test_an_event_that_retracts_another_counts_itself() -> None:
    corrected = a_milestone(MilestoneKind.ARRIVED, 3, "new", retracts=("e",))
    assert stands(a_milestone(MilestoneKind.DELIVERED, 2, "e"), corrected) == "IN_TRANSIT"


def test_a_retraction_stands_even_if_it_is_retracted() -> None:
    first = a_milestone(MilestoneKind.DELIVERED, 2, "e")
    second = a_milestone(MilestoneKind.ARRIVED, 3, "f", retracts=("e",))
    third = a_milestone(MilestoneKind.OBSERVED, 4, "g", retracts=("f",))
    assert stands(first, second, third) == "UNKNOWN"


def test_a_push_that_was_judged_again_counts_with_what_it_was_found_to_mean() -> None:
    unread = a_milestone(MilestoneKind.UNKNOWN, 1, "e", message=b"z")
    assert stands(unread, a_milestone(MilestoneKind.DELIVERED, 1, "e", message=b"a")) == "DELIVERED"


def test_an_undated_milestone_brings_the_shipment_further_but_never_back() -> None:
    dated = a_milestone(MilestoneKind.OUT_FOR_DELIVERY, 1)
    assert stands(dated, a_milestone(MilestoneKind.DELIVERED, None)) == "DELIVERED"
    assert stands(dated, a_milestone(MilestoneKind.COLLECTED, None)) == "OUT_FOR_DELIVERY"
    assert stands(a_milestone(MilestoneKind.DELIVERED, 1), a_milestone(MilestoneKind.EXCEPTION, None)) == "DELIVERED"


def test_an_undated_exception_shows_because_nothing_better_is_known_since() -> None:
    undated = a_milestone(MilestoneKind.EXCEPTION, None)
    assert stands(a_milestone(MilestoneKind.DEPARTED, 1), undated) == "EXCEPTION"
    assert stands(a_milestone(MilestoneKind.DELIVERED, 1), undated) == "DELIVERED"


def test_undated_milestones_alone_are_ordered_by_stage() -> None:
    kinds = (MilestoneKind.OUT_FOR_DELIVERY, MilestoneKind.BOOKED, MilestoneKind.COLLECTED)
    assert stands(*(a_milestone(kind, None) for kind in kinds)) == "OUT_FOR_DELIVERY"


def test_the_couriers_last_word_on_the_delivery_time_counts() -> None:
    early = a_milestone(MilestoneKind.DEPARTED, 1, expected_delivery_at=NOON)
    late = a_milestone(MilestoneKind.DELAYED, 2, expected_delivery_at=NOON + timedelta(hours=3))
    undated = a_milestone(MilestoneKind.DELAYED, None, expected_delivery_at=NOON + timedelta(hours=9))
    assert standing([late, early]).expected_delivery_at == late.expected_delivery_at
    assert standing([late, undated]).expected_delivery_at == late.expected_delivery_at
    assert standing([undated]).expected_delivery_at == undated.expected_delivery_at
