"""Each change of a shipment: what news there is of it, at which version, and how it stands after it."""

from dataclasses import replace

import pytest

from services.distribution.domain import changing
from services.distribution.domain.changing import (
    News,
    Recorded,
    Replanned,
    Settlement,
    ShipmentChange,
    What,
)
from services.distribution.domain.course import expectations
from services.distribution.domain.excursions import NO_LIMITS, Excursion, TemperatureLimits
from services.distribution.domain.milestone import Milestone, MilestoneKind, SensorReading, ShipmentState
from services.distribution.domain.plausibility import Doubt, Implausible
from services.distribution.domain.refusals import (
    HandOverNotAccepted,
    MilestoneNotInDoubt,
    PackagesDiffer,
    WrongShipmentState,
)
from services.distribution.domain.shipment import (
    CourierOrder,
    Custody,
    Itinerary,
    Loss,
    LossCause,
    OrderKind,
    OrderState,
    Package,
    Shipment,
)
from services.kernel.activity import Nuclide
from tests.support.distribution import NOON, SWIFT, a_milestone, at
from tests.support.shipments import SITE, a_dose, a_shipment, by, by_air, told_all

Kind, State = MilestoneKind, ShipmentState
BOOKED = changing.book(a_shipment(version=0), by_air(), by()).shipment
DOUBT = Doubt("e", b"", Implausible.IN_FUTURE)
LOSS = Loss(LossCause.MISSING, "nobody knows", at(9))
FROM_2_TO_25 = TemperatureLimits(2, 25)


def stood(*milestones: Milestone, shipment: Shipment = BOOKED) -> ShipmentChange:
    return changing.stand(shipment, told_all(*milestones), by_air(), by(99))


def recorded(milestone: Milestone, *before: Milestone, shipment: Shipment = BOOKED) -> ShipmentChange:
    told = told_all(*before, milestone)
    told_of = Recorded(milestone, None, at(1))
    return changing.record(shipment, told_of, told, by_air(), FROM_2_TO_25, by(99), "trace")


def whats(changed: ShipmentChange | None) -> list[What]:
    return [news.what for news in changed.news] if changed else []


def warm(event_id: str = "warm", minutes: float = 5) -> Milestone:
    return a_milestone(Kind.OBSERVED, minutes, event_id, readings=(SensorReading("Temperature", "CEL", (30,)),))


def test_a_booked_shipment_knows_what_its_lane_lets_expect() -> None:
    changed = changing.book(a_shipment(version=0), by_air(), by(-5))
    assert (whats(changed), changed.shipment.version) == ([What.BOOKED], 1)
    assert [each.kind for each in changed.shipment.expected] == [step.kind for step in by_air()]
    assert changed.shipment.prediction is not None
    assert (changed.shipment.prediction.p90_at, changed.shipment.prediction.made_at) == (at(600), at(-5))
    assert (changed.shipment.changed, changed.shipment.state) == (by(-5), State.BOOKED)


def test_without_a_lane_a_booked_shipment_foretells_nothing() -> None:
    shipment = changing.book(a_shipment(version=0), (), by()).shipment
    assert (shipment.expected, shipment.prediction) == ((), None)


def test_what_was_not_known_at_the_booking_is_filled_in_when_it_is_heard() -> None:
    early = a_shipment(courier="", doses=(a_dose("a", nuclide=None), a_dose("b", nuclide=Nuclide.Y_90)))
    changed = changing.hear(early, by_air(), SWIFT, {"products/lu-ligand": Nuclide.LU_177}, by(3))
    assert changed is not None
    assert (changed.news, changed.shipment.version) == ((News(What.REPLANNED, Replanned()),), 2)
    assert [dose.nuclide for dose in changed.shipment.doses] == [Nuclide.LU_177, Nuclide.Y_90]
    assert (changed.shipment.courier, changed.shipment.expected) == (SWIFT, expectations(by_air(), NOON))


def test_what_was_known_at_the_booking_stays_when_its_lane_changes() -> None:
    assert changing.hear(BOOKED, by_air()[:1], "partners/other", {}, by(3)) is None
    unknown = a_shipment(doses=(a_dose(nuclide=None),), departure_at=None)
    assert changing.hear(unknown, (), "", {"products/another": Nuclide.Y_90}, by(3)) is None


def test_it_is_followed_under_a_couriers_names() -> None:
    changed = changing.follow(BOOKED, "partners/arrow", ("1Z", "2Z"), by(3))
    assert (changed.news, changed.shipment.version, changed.shipment.changed) == ((News(What.FOLLOWED),), 2, by(3))
    assert (changed.shipment.courier, changed.shipment.references) == ("partners/arrow", ("1Z", "2Z"))


def test_an_order_that_failed_is_not_confirmed_later() -> None:
    failed = (CourierOrder(OrderKind.BOOK, "event-1", at(3), OrderState.FAILED, at(4), "no"),)
    assert stood(a_milestone(Kind.BOOKED, 10), shipment=replace(BOOKED, orders=failed)).shipment.orders == failed


def test_it_stands_where_its_milestones_have_it() -> None:
    collected = a_milestone(Kind.COLLECTED, 10, "c", message=b"c", expected_delivery_at=at(500), place="Depot")
    changed = stood(collected)
    after = changed.shipment
    assert (changed.news, after.version, after.changed) == ((), BOOKED.version, by(99))
    assert (after.state, after.last_milestone, after.expected_delivery_at) == (State.COLLECTED, b"c", at(500))
    assert after.taken == (Custody(SWIFT, "", at(10), "Depot", "", "c"),)
    assert [each.reached for each in after.expected] == [True, False, False, False]
    assert after.prediction is not None
    assert (after.prediction.p50_at, after.prediction.from_kind) == (at(490), Kind.COLLECTED)
    assert after.in_hand


def test_a_delivery_is_told_once_and_ends_the_prediction() -> None:
    delivered = a_milestone(Kind.DELIVERED, 400, "d", place="Pharmacy")
    changed = stood(a_milestone(Kind.COLLECTED, 10, "c"), delivered)
    assert (whats(changed), changed.shipment.version) == ([What.DELIVERED], BOOKED.version + 1)
    assert (changed.shipment.delivered_at, changed.shipment.prediction) == (at(400), None)
    assert changed.shipment.taken[1] == Custody(SITE, SWIFT, at(400), "Pharmacy", "", "d")
    assert whats(stood(delivered, shipment=changed.shipment)) == []


def test_a_delivery_whose_time_cannot_be_known_is_one() -> None:
    after = stood(a_milestone(Kind.DELIVERED, None)).shipment
    assert (after.state, after.delivered_at, after.prediction) == (State.DELIVERED, None, None)
    assert [(each.reached, each.reached_at) for each in after.expected] == [(True, None)] * 4


def test_a_delivery_that_is_withdrawn_is_taken_back() -> None:
    delivered = a_milestone(Kind.DELIVERED, 400, "d")
    there = stood(delivered).shipment
    changed = stood(delivered, a_milestone(Kind.DELIVERED, 400, "d", retracted=True, message=b"x"), shipment=there)
    after = changed.shipment
    assert (whats(changed), after.version) == ([What.DELIVERY_WITHDRAWN], there.version + 1)
    assert (after.state, after.delivered_at, after.taken, after.in_hand) == (State.BOOKED, None, (), False)
    assert (after.expected, after.last_milestone) == (BOOKED.expected, b"")
    assert after.prediction is not None


def test_what_was_stopped_by_customs_without_ever_being_scanned_is_in_hand() -> None:
    after = stood(a_milestone(Kind.CUSTOMS_HELD, 100)).shipment
    assert (after.state, after.taken, after.in_hand) == (State.EXCEPTION, (), True)
    assert not stood(a_milestone(Kind.EXCEPTION, 100)).shipment.in_hand
    assert stood(a_milestone(Kind.RETURNED, 100)).shipment.in_hand


def test_what_was_called_off_and_collected_all_the_same_is_delivered() -> None:
    off = changing.cancel(BOOKED, by(1)).shipment
    collected = stood(a_milestone(Kind.COLLECTED, 10), shipment=off)
    assert (collected.shipment.state, whats(collected)) == (State.COLLECTED, [])
    held = stood(a_milestone(Kind.COLLECTED, 10), a_milestone(Kind.CUSTOMS_HELD, 20), shipment=off)
    assert held.shipment.state == State.EXCEPTION
    assert whats(stood(a_milestone(Kind.DELIVERED, 400), shipment=off)) == [What.DELIVERED]


def test_what_is_lost_is_never_delivered() -> None:
    lost = changing.lose(BOOKED, LOSS, by(9)).shipment
    changed = stood(a_milestone(Kind.DELIVERED, 400), shipment=lost)
    assert (changed.shipment.state, changed.news, changed.shipment.prediction) == (State.LOST, (), None)


def test_a_milestone_is_recorded_with_its_excursions_and_what_follows() -> None:
    delivered = replace(warm("d", 400), kind=Kind.DELIVERED)
    changed = recorded(delivered)
    excursion = Excursion("d", 30, FROM_2_TO_25, at(400))
    assert changed.news == (
        News(What.RECORDED, Recorded(delivered, None, at(1)), "trace"),
        News(What.EXCURSION_DETECTED, excursion, "trace"),
        News(What.DELIVERED),
    )
    assert (changed.shipment.version, changed.shipment.milestones) == (BOOKED.version + 3, 1)
    assert changed.shipment.excursions == (excursion,)


def test_a_reading_alone_moves_nothing() -> None:
    told = Recorded(warm(), None, at(1))
    changed = changing.record(BOOKED, told, None, by_air(), NO_LIMITS, by(2), "")
    assert (whats(changed), changed.shipment.milestones) == ([What.RECORDED], 1)
    same = replace(changed.shipment, milestones=0, version=BOOKED.version, changed=BOOKED.changed)
    assert same == BOOKED


def test_readings_of_a_milestone_in_doubt_are_no_excursion() -> None:
    changed = changing.record(BOOKED, Recorded(warm(), DOUBT, at(1)), None, by_air(), FROM_2_TO_25, by(2), "")
    assert (whats(changed), changed.shipment.excursions) == ([What.RECORDED], ())


def test_an_excursion_goes_with_its_withdrawal_whichever_came_first() -> None:
    wrong, withdrawal = warm("w"), a_milestone(Kind.OBSERVED, 6, "w", retracted=True, message=b"x")
    before = recorded(wrong).shipment
    assert before.excursions
    assert recorded(withdrawal, wrong, shipment=before).shipment.excursions == ()
    late = recorded(wrong, withdrawal)
    assert (whats(late), late.shipment.excursions) == ([What.RECORDED], ())


def test_a_push_that_is_judged_again_is_not_another_excursion() -> None:
    before = recorded(warm("w")).shipment
    again = recorded(replace(warm("w"), message=b"better"), warm("w"), shipment=before)
    assert (whats(again), len(again.shipment.excursions)) == ([What.RECORDED], 1)
    assert whats(recorded(warm("other"), shipment=before)) == [What.RECORDED, What.EXCURSION_DETECTED]


def test_what_says_the_same_as_before_is_no_news() -> None:
    there = stood(a_milestone(Kind.COLLECTED, 10)).shipment
    same = told_all(a_milestone(Kind.COLLECTED, 10))
    assert changing.rejudge(there, same, by_air(), (), by(500)) is None


def test_what_is_seen_otherwise_is_rejudged_and_a_delivery_told_behind_it() -> None:
    changed = changing.rejudge(BOOKED, told_all(a_milestone(Kind.DELIVERED, 400)), by_air(), (), by(500))
    assert changed is not None
    assert (whats(changed), changed.shipment.version) == ([What.REJUDGED, What.DELIVERED], BOOKED.version + 2)
    moved = changing.rejudge(BOOKED, told_all(a_milestone(Kind.COLLECTED, 4)), by_air(), (), by(500))
    assert moved is not None
    assert (whats(moved), moved.shipment.version) == ([What.REJUDGED], BOOKED.version + 1)


def test_a_milestone_in_doubt_is_settled_and_settled_otherwise() -> None:
    doubtful = replace(BOOKED, doubts=(DOUBT,))
    settled = changing.settle(doubtful, Settlement("e", True))
    assert settled.settled == (("e", True),)
    again = changing.settle(replace(settled, doubts=()), Settlement("e", False))
    assert again.settled == (("e", False),)
    with pytest.raises(MilestoneNotInDoubt):
        changing.settle(doubtful, Settlement("f", True))
    with pytest.raises(MilestoneNotInDoubt):
        changing.settle(BOOKED, Settlement("e", True))


def test_each_dose_is_in_exactly_one_package() -> None:
    shipment = a_shipment("a", "b")
    packages = [Package("p", ("a",)), Package("q", ("b",))]
    changed = changing.pack(shipment, packages, by(3))
    assert (changed.news, changed.shipment.version) == ((News(What.PACKED),), 2)
    assert changed.shipment.packages == tuple(packages)


@pytest.mark.parametrize(("packages", "facts"), [
    ([Package("p", ("a",))], {"not_packed": "b"}),
    ([Package("p", ("a", "b", "c"))], {"not_carried": "c"}),
    ([Package("p", ("a", "b")), Package("q", ("b",))], {"twice": "b"}),
    ([Package("p", ("a",)), Package("p", ("b",))], {"twice": "p"}),
])  # fmt: skip
def test_packages_that_differ_from_what_is_carried_are_refused(packages: list[Package], facts: dict[str, str]) -> None:
    with pytest.raises(PackagesDiffer) as refused:
        changing.pack(a_shipment("a", "b"), packages, by(3))
    assert {name: value for name, value in refused.value.facts.items() if name != "name" and value} == facts


def test_a_package_may_be_called_as_a_dose_is() -> None:
    changing.pack(a_shipment("a"), [Package("a", ("a",))], by(3))


@pytest.mark.parametrize("facts", [{"set_out": True}, {"loss": LOSS}, {"cancelled_at": at(1)}])
def test_nothing_is_packed_of_what_is_on_its_way_or_has_ended(facts: dict[str, object]) -> None:
    with pytest.raises(WrongShipmentState):
        changing.pack(a_shipment(**facts), [Package("p", ("d",))], by(3))


def test_it_is_handed_over_by_whom_had_it_last() -> None:
    first = changing.hand_over(BOOKED, Custody(SWIFT, at=at(1)), [], by(1))
    assert (whats(first), first.shipment.version) == ([What.HANDED_OVER], BOOKED.version + 1)
    assert first.shipment.handed_over == (Custody(SWIFT, "", at(1)),)
    second = changing.hand_over(first.shipment, Custody("partners/arrow", at=at(2)), [], by(2))
    assert second.news[0].about == Custody("partners/arrow", SWIFT, at(2))
    said = changing.hand_over(second.shipment, Custody("sites/x", "partners/swap", at=at(3)), [], by(3))
    assert said.shipment.handed_over[-1].from_party == "partners/swap"


def test_the_first_hand_over_must_be_complete_and_no_later_one() -> None:
    with pytest.raises(HandOverNotAccepted) as refused:
        changing.hand_over(BOOKED, Custody(SWIFT), ["no package", "no label"], by(1))
    assert refused.value.facts["missing"] == "no package; no label"
    in_hand = replace(BOOKED, moved_to=State.COLLECTED)
    assert whats(changing.hand_over(in_hand, Custody(SITE), ["no package"], by(1))) == [What.HANDED_OVER]


@pytest.mark.parametrize("moved_to", [State.DELIVERED, State.RETURNED])
def test_what_has_ended_is_handed_over_to_nobody(moved_to: ShipmentState) -> None:
    with pytest.raises(WrongShipmentState):
        changing.hand_over(replace(BOOKED, moved_to=moved_to), Custody(SITE), [], by(1))


def test_another_journey_keeps_what_was_reached() -> None:
    collected = stood(a_milestone(Kind.COLLECTED, 10)).shipment
    journey = Itinerary("sites/hill", "lanes/hill", at(120))
    changed = changing.replan(collected, journey, at(900), by_air(), by(20))
    after = changed.shipment
    assert (changed.news, after.version) == ((News(What.REPLANNED, Replanned(from_site=SITE)),), collected.version + 1)
    assert (after.journey, after.promised_delivery_at) == (journey, at(900))
    assert [(each.reached, each.reached_at) for each in after.expected] == [(True, at(10)), *[(False, None)] * 3]
    assert after.expected[-1].p90_at == at(720)
    assert after.prediction is not None
    assert after.prediction.p50_at == at(600)


def test_an_unknown_lane_lets_expect_nothing_and_leaves_the_prediction() -> None:
    after = changing.replan(BOOKED, Itinerary("sites/hill", "", None), None, (), by(20)).shipment
    assert (after.expected, after.prediction, after.promised_delivery_at) == ((), BOOKED.prediction, None)


def test_what_it_carries_no_more_leaves_its_packages_too() -> None:
    packages = (Package("p", ("a", "b")), Package("q", ("c",)))
    shipment = a_shipment("a", "b", "c", packages=packages)
    changed = changing.carry(shipment, [shipment.doses[0]], by(3))
    assert changed is not None
    assert (changed.news, changed.shipment.version) == ((News(What.REPLANNED, Replanned(("b", "c"))),), 2)
    assert (changed.shipment.dose_ids, changed.shipment.packages) == (("a",), (Package("p", ("a",)),))


def test_a_dose_that_is_promised_otherwise_is_carried_otherwise() -> None:
    changed = changing.carry(a_shipment("a"), [a_dose("a", run="runs/lu-2")], by(3))
    assert changed is not None
    assert changed.news == (News(What.REPLANNED, Replanned()),)
    assert changing.carry(a_shipment("a"), [a_dose("a")], by(3)) is None


def test_a_package_with_the_vial_of_another_run_is_no_more_of_the_shipment() -> None:
    """What else was in it is to be packed anew, too: it was measured and sealed with that vial."""
    shipment = a_shipment("a", "b", "c")
    together, alone = Package("PKG-1", ("a", "b")), Package("PKG-2", ("c",))
    packed = replace(shipment, packages=(together, alone))
    moved = [replace(each, run="runs/lu-2") if each.dose == "a" else each for each in packed.doses]
    changed = changing.carry(packed, moved, by(3))
    assert changed is not None and changed.shipment.packages == (alone,)
    later = [replace(each, administration_mbq=900.0) for each in packed.doses]
    changed = changing.carry(packed, later, by(3))
    assert changed is not None and changed.shipment.packages == (together, alone)


def test_what_carries_nothing_is_called_off() -> None:
    changed = changing.carry(BOOKED, [], by(3))
    assert changed is not None
    assert (whats(changed), changed.shipment.state) == ([What.CANCELLED], State.CANCELLED)
    assert changed.shipment.dose_ids == ("d",)


def test_it_is_called_off() -> None:
    changed = changing.cancel(BOOKED, by(3))
    after = changed.shipment
    assert (changed.news, after.version) == ((News(What.CANCELLED),), BOOKED.version + 1)
    assert (after.state, after.cancelled_at, after.prediction) == (State.CANCELLED, at(3), None)


def test_it_is_lost_with_a_cause_unless_it_has_ended() -> None:
    changed = changing.lose(replace(BOOKED, moved_to=State.IN_TRANSIT), LOSS, by(9))
    assert (whats(changed), changed.shipment.version) == ([What.LOST], BOOKED.version + 1)
    assert (changed.shipment.state, changed.shipment.loss, changed.shipment.prediction) == (State.LOST, LOSS, None)
    for ended in (replace(BOOKED, moved_to=State.DELIVERED), changed.shipment):
        with pytest.raises(WrongShipmentState):
            changing.lose(ended, LOSS, by(9))


def test_each_milestone_that_is_late_is_told_once() -> None:
    assert changing.fall_due(BOOKED, by(30)) is None
    changed = changing.fall_due(BOOKED, by(76))
    assert changed is not None
    assert (whats(changed), changed.shipment.version) == ([What.OVERDUE] * 2, BOOKED.version + 2)
    assert [news.about for news in changed.news] == list(changed.shipment.expected[:2])
    assert changing.fall_due(changed.shipment, by(77)) is None


def test_nothing_is_late_of_what_has_ended() -> None:
    for ended in (
        replace(BOOKED, loss=LOSS),
        replace(BOOKED, cancelled_at=at(1)),
        replace(BOOKED, moved_to=State.DELIVERED),
    ):
        assert changing.fall_due(ended, by(9999)) is None
