"""What a shipment says of itself: its state, who has it, what may still be done to it, what it contains."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.distribution.domain.milestone import ShipmentState
from services.distribution.domain.plausibility import Position, distance_km
from services.distribution.domain.refusals import WrongShipmentState
from services.distribution.domain.shipment import (
    ENDED,
    CourierOrder,
    Custody,
    Itinerary,
    Loss,
    LossCause,
    OrderKind,
    OrderState,
)
from services.distribution.events import shipment_message
from services.distribution.store.unit import SHIPMENT
from services.kernel.activity import HALF_LIVES
from services.kernel.errors import Stale
from tests.support.distribution import NOON, SWIFT, at
from tests.support.shipments import LANE, SITE, a_dose, a_shipment

State = ShipmentState
LOSS = Loss(LossCause.DAMAGED, "crushed", at(9))
NOT_IN_HAND = {State.UNKNOWN, State.BOOKED, State.EXCEPTION}
STANDS = [state for state in State if state not in (State.LOST, State.CANCELLED)]


@pytest.mark.parametrize("moved_to", STANDS)
def test_it_stands_where_its_milestones_have_it_and_booked_before_any(moved_to: ShipmentState) -> None:
    assert a_shipment(moved_to=moved_to).state == (moved_to or State.BOOKED)


@pytest.mark.parametrize("moved_to", STANDS)
def test_a_loss_is_final(moved_to: ShipmentState) -> None:
    assert a_shipment(moved_to=moved_to, loss=LOSS, cancelled_at=at(1)).state == State.LOST


@pytest.mark.parametrize("moved_to", STANDS)
def test_what_was_called_off_and_is_on_its_way_is_on_its_way(moved_to: ShipmentState) -> None:
    expected = State.CANCELLED if moved_to in NOT_IN_HAND else moved_to
    assert a_shipment(moved_to=moved_to, cancelled_at=at(1)).state == expected


@pytest.mark.parametrize("moved_to", STANDS)
def test_a_courier_has_it_in_hand_from_the_first_scan_of_it(moved_to: ShipmentState) -> None:
    assert a_shipment(moved_to=moved_to).in_hand == (moved_to not in NOT_IN_HAND)


@pytest.mark.parametrize("facts", [
    {"taken": (Custody(SWIFT),)},
    {"handed_over": (Custody(SWIFT),)},
    {"set_out": True},
])  # fmt: skip
def test_trouble_on_the_way_does_not_take_it_out_of_hand(facts: dict[str, Any]) -> None:
    assert a_shipment(moved_to=State.EXCEPTION, **facts).in_hand
    assert a_shipment(moved_to=State.EXCEPTION, cancelled_at=at(1), **facts).state == State.EXCEPTION


@pytest.mark.parametrize("moved_to", STANDS)
def test_what_has_ended_is_closed_and_what_is_in_hand_not_to_be_changed(moved_to: ShipmentState) -> None:
    shipment = a_shipment(moved_to=moved_to)
    assert refused(shipment.require_open) == (moved_to in ENDED)
    assert refused(shipment.require_not_in_hand) == (moved_to not in NOT_IN_HAND)


@pytest.mark.parametrize("facts", [{"loss": LOSS}, {"cancelled_at": at(1)}])
def test_what_is_lost_or_called_off_is_closed(facts: dict[str, Any]) -> None:
    assert refused(a_shipment(**facts).require_open)
    assert refused(a_shipment(**facts).require_not_in_hand)


def refused(rule: Callable[[], None]) -> bool:
    try:
        rule()
    except WrongShipmentState:
        return True
    return False


def test_only_who_has_seen_this_version_changes_it() -> None:
    shipment = a_shipment(version=7)
    shipment.require_etag("")
    shipment.require_etag("7")
    with pytest.raises(Stale):
        shipment.require_etag("6")


def test_custody_is_by_time_and_what_has_none_comes_last() -> None:
    late, early, undated = Custody("a", at=at(9)), Custody("b", at=at(1)), Custody("c")
    shipment = a_shipment(taken=(undated, late), handed_over=(early,))
    assert [each.to_party for each in shipment.custody] == ["b", "a", "c"]


def test_it_is_of_no_use_after_the_last_of_its_administrations() -> None:
    doses = (a_dose("a", administration_at=at(1)), a_dose("b", administration_at=at(2)))
    assert a_shipment(doses=doses).administration_at == at(2)
    assert a_shipment(doses=(a_dose(administration_at=None),)).administration_at is None


def test_references_are_the_same_in_any_order_but_of_one_courier() -> None:
    shipment = a_shipment(references=("a", "b"))
    assert shipment.same_references(SWIFT, ["b", "a"])
    assert not shipment.same_references("partners/other", ["a", "b"])
    assert not shipment.same_references(SWIFT, ["a"])


def test_its_way_and_its_doses_are_told() -> None:
    shipment = a_shipment("a", "b")
    assert shipment.journey == Itinerary(SITE, LANE, NOON)
    assert shipment.dose_ids == ("a", "b")


def test_decay_is_reckoned_from_the_administration() -> None:
    dose = a_dose()
    assert dose.administration_at and dose.nuclide
    assert dose.activity_mbq(dose.administration_at) == 7400
    before = dose.administration_at - timedelta(seconds=float(HALF_LIVES[dose.nuclide].seconds))
    assert dose.activity_mbq(before) == pytest.approx(14800, rel=1e-9)


@pytest.mark.parametrize("unknown", ["nuclide", "administration_mbq", "administration_at"])
def test_an_activity_that_cannot_be_reckoned_is_not_guessed(unknown: str) -> None:
    assert replace(a_dose(), **{unknown: None}).activity_mbq(NOON) is None  # type: ignore[arg-type]
    assert a_dose().activity_mbq(None) is None


def test_a_shipment_is_stored_whole() -> None:
    shipment = a_shipment("a", "b", loss=LOSS, taken=(Custody(SWIFT, at=at(1)),), set_out=True, settled=(("e", True),))
    assert SHIPMENT.read(SHIPMENT.text(shipment)) == shipment


@pytest.mark.parametrize(("one", "other", "km"), [
    ((0, 0), (0, 0), 0),
    ((0, 0), (0, 180), 20015),
    ((0, 0), (0, 90), 10008),
    ((90, 0), (-90, 120), 20015),
    ((0, 179.5), (0, -179.5), 111),
    ((50.03, 8.57), (40.64, -73.78), 6186),
    ((60, 0), (60, 1), 55.6),
])  # fmt: skip
def test_distances_are_along_the_great_circle_also_over_the_date_line(
    one: tuple[float, float], other: tuple[float, float], km: float
) -> None:
    assert distance_km(Position(*one), Position(*other)) == pytest.approx(km, rel=2e-3, abs=0.5)
    assert distance_km(Position(*other), Position(*one)) == pytest.approx(km, rel=2e-3, abs=0.5)


def test_a_sponsor_reads_neither_who_of_the_staff_did_it_nor_the_words_of_an_adapter() -> None:
    failed = CourierOrder(OrderKind.BOOK, "e", at(1), OrderState.FAILED, at(2), "account 17 is blocked")
    shipment = a_shipment(orders=(failed,), handed_over=(Custody(SWIFT, at=at(1), actor="a planner"),))
    whole, seen = shipment_message(shipment), shipment_message(shipment, whole=False)
    assert (whole.orders[0].detail, whole.custody[0].actor) == ("account 17 is blocked", "a planner")
    assert whole.HasField("last_change")
    assert (seen.orders[0].detail, seen.custody[0].actor, seen.HasField("last_change")) == ("", "", False)
    assert seen.orders[0].state == whole.orders[0].state
