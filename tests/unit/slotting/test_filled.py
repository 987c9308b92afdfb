"""A filled vial has a fixed volume: moved to a later administration, its slot keeps it with what decay leaves."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.kernel.activity import HALF_LIVES, Nuclide
from services.network import Capacity, Licence
from services.slotting.domain import (
    FilledVial,
    Network,
    RecordVial,
    ResourceCounter,
    Risk,
    RunState,
    Slot,
    UnitOfWork,
    Withdraw,
    decide,
)
from services.slotting.domain.filled import made_dose
from services.slotting.domain.page import LedgerHappened
from services.slotting.domain.routing import options
from services.slotting.domain.vial import vial_of
from tests.support.slotting import (
    LANE,
    NOON,
    PRODUCT,
    SITE,
    a_book,
    a_claim,
    a_demand,
    a_lane,
    a_move,
    a_page,
    a_product,
    a_site,
    later,
)
from tests.unit.slotting.networks import all_counted, run_of
from tests.unit.slotting.pictures import refusal

RUN = "runs/lu-1"
EOS = NOON + timedelta(hours=24)
HALF_LIFE = timedelta(seconds=float(HALF_LIVES[Nuclide.LU_177].seconds))
LONG_LIVED = {"use_by_at": EOS + timedelta(days=20)}


def a_vial(of: Slot, **changes: Any) -> FilledVial:
    """A vial with exactly the slot's activity, filled an hour after the end of synthesis."""
    at, demand = EOS + timedelta(hours=1), of.demand
    facts: dict[str, Any] = {
        "name": f"batches/1/vials/{of.id}",
        "version": 1,
        "slot": of.name,
        "run": demand.run,
        "filled_mbq": demand.activity_mbq * 2 ** ((demand.administration_at - at) / HALF_LIFE),
        "filled_at": at,
    }
    return FilledVial(**{**facts, **changes})


def produced(page: UnitOfWork, of: Slot, now: datetime = EOS + timedelta(hours=2), **vial: Any) -> UnitOfWork:
    """The page once the run was produced and the slot's vial filled."""
    book = page.books[RUN]
    book.run = book.run._replace(state=RunState.PRODUCED)
    after = later(page, now, page.slots[of.id])
    decide(after, RecordVial(a_vial(of, **vial)))
    after.happenings.clear()
    return after


def filled(network: Network | None = None, lane: str = "", **vial: Any) -> tuple[UnitOfWork, Slot]:
    """A claimed slot with its vial filled, and the page that it is on; all places have room for two."""
    page = a_page(a_book(run_of(**LONG_LIVED)))
    page.network = network or replace(page.network, products={PRODUCT: a_product()._replace(activity_mbq_min=3000.0)})
    with_rooms(page)
    slot = decide(page, a_claim(a_demand(lane=lane)))
    assert isinstance(slot, Slot)
    return produced(page, slot, **vial), slot


def with_rooms(page: UnitOfWork, days: int = 4) -> None:
    """Rooms for all that a dose of the run can take until some days after its end of synthesis."""
    demand = a_demand(lane=LANE, administration_at=EOS + timedelta(days=days))
    for place in options(demand, page.books[RUN].run, page.network).places():
        page.rooms.setdefault(place.name, ResourceCounter(place.name, 2, 0, place.at))


def counted(**vial: Any) -> tuple[UnitOfWork, Slot]:
    """The same where sessions, departures (14:00 and 16:00) and windows are counted."""
    return filled(all_counted(), LANE, **vial)


def at(later_by: timedelta, slot: Slot, asked_mbq: float = 7400.0) -> tuple[float, datetime]:
    return asked_mbq, slot.demand.administration_at + later_by


def committed(page: UnitOfWork) -> dict[str, int]:
    return {name: room.committed for name, room in page.rooms.items() if room.committed}


def test_a_filled_slot_that_is_given_later_keeps_its_vial_with_what_decay_leaves():
    page, slot = filled()
    held = page.books[RUN].pool.committed
    moved = decide(page, a_move(slot.id, RUN, administration=at(HALF_LIFE, slot)))
    assert moved.demand.activity_mbq == pytest.approx(3700.0, rel=1e-9)
    assert moved.demand.administration_at == slot.demand.administration_at + HALF_LIFE
    assert (moved.reference_kbq, moved.allocation) == (slot.reference_kbq, slot.allocation)
    assert page.books[RUN].pool.committed == held
    assert [each.what for each in page.happenings] == [LedgerHappened.MOVED]


@pytest.mark.parametrize("asked_mbq", [3000.0, 7400.0, 10_000.0])
def test_what_is_asked_changes_nothing_about_what_is_in_the_vial(asked_mbq: float):
    page, slot = filled(filled_mbq=8000.0, filled_at=EOS)
    moved = decide(page, a_move(slot.id, RUN, administration=at(timedelta(hours=2), slot, asked_mbq)))
    elapsed = moved.demand.administration_at - EOS
    assert moved.demand.activity_mbq == pytest.approx(8000.0 * 2 ** -(elapsed / HALF_LIFE), rel=1e-12)


def test_a_vial_that_decays_below_what_the_product_allows_is_refused_with_what_is_left():
    page, slot = filled()
    said = refusal(page, a_move(slot.id, RUN, administration=at(HALF_LIFE * 1.5, slot)))
    assert said.reason == "FILLED_VIAL_TOO_WEAK"
    assert said.facts == {
        "vial": f"batches/1/vials/{slot.id}",
        "activity_mbq": f"{7400 * 2**-1.5:.3f}",
        "activity_min_mbq": "3000.0",
        "administration_time": "2027-03-13T11:17:31.200000Z",
    }


def test_the_least_activity_itself_is_allowed():
    page, slot = filled()
    product = a_product()._replace(activity_mbq_min=7400.0, activity_mbq_max=7400.0)
    page.network = replace(page.network, products={PRODUCT: product})
    vial = FilledVial("batches/1/vials/exact", 1, slot.name, RUN, 7400.0, slot.demand.administration_at)
    page.vials = {vial.name: vial}
    assert decide(page, a_move(slot.id, RUN)).demand.activity_mbq == 7400.0


def test_a_product_without_a_least_activity_sets_no_limit():
    page, slot = filled()
    page.network = replace(page.network, products={PRODUCT: a_product()})
    assert decide(page, a_move(slot.id, RUN, administration=at(HALF_LIFE * 1.9, slot))).demand.activity_mbq < 2000


def test_a_vial_with_more_than_the_product_allows_is_refused_too():
    page, slot = filled(filled_mbq=20_000.0)
    page.network = replace(page.network, products={PRODUCT: a_product()._replace(activity_mbq_max=8000.0)})
    assert refusal(page, a_move(slot.id, RUN)).reason == "ACTIVITY_OUT_OF_RANGE"


def test_shelf_life_and_use_by_time_hold_for_what_is_filled_too():
    page, slot = filled()
    past_use_by = EOS + timedelta(days=20, microseconds=1) - slot.demand.administration_at
    assert refusal(page, a_move(slot.id, RUN, administration=at(past_use_by, slot))).reason == "FILLED_VIAL_TOO_WEAK"
    page.network = replace(page.network, products={PRODUCT: a_product()})
    assert refusal(page, a_move(slot.id, RUN, administration=at(past_use_by, slot))).reason == "DECAYED_BELOW_MINIMUM"
    page.network = replace(page.network, products={PRODUCT: a_product()._replace(shelf_life=timedelta(hours=48))})
    two_days = EOS + timedelta(hours=48) - slot.demand.administration_at
    too_old = at(two_days + timedelta(microseconds=1), slot)
    assert refusal(page, a_move(slot.id, RUN, administration=too_old)).reason == "DECAYED_BELOW_MINIMUM"
    assert decide(page, a_move(slot.id, RUN, administration=at(two_days, slot))).version == 2


def test_a_product_taken_from_the_sponsor_is_unknown_to_it():
    page, slot = filled()
    page.network = replace(page.network, products={PRODUCT: a_product()._replace(partners=frozenset())})
    assert refusal(page, a_move(slot.id, RUN)).reason == "RUN_UNKNOWN"


def test_what_is_not_filled_moves_within_a_run_in_production_as_little_as_before():
    page, slot = filled()
    page.vials.clear()
    assert refusal(page, a_move(slot.id, RUN, administration=at(HALF_LIFE, slot))).reason == "CUTOFF_PASSED"


@pytest.mark.parametrize(
    "other",
    [
        {"surplus": True},
        {"run": "runs/lu-2"},
        {"slot": "slots/01a215bf-0000-7000-8000-000000000009"},
    ],
    ids=["surplus", "of another run", "of another slot"],
)
def test_a_vial_that_is_not_the_slots_dose_moves_nothing(other: dict[str, Any]):
    page, slot = filled(**other)
    assert refusal(page, a_move(slot.id, RUN, administration=at(HALF_LIFE, slot))).reason == "CUTOFF_PASSED"


def test_an_earlier_administration_or_one_that_is_over_is_a_claim_like_any_other():
    page, slot = filled()
    earlier = at(-timedelta(microseconds=1), slot)
    assert refusal(page, a_move(slot.id, RUN, administration=earlier)).reason == "CUTOFF_PASSED"
    over = later(page, slot.demand.administration_at + timedelta(hours=3))
    over.vials = page.vials
    for hours in (1, 3):
        late = at(timedelta(hours=hours), slot)
        assert refusal(over, a_move(slot.id, RUN, administration=late)).reason == "CUTOFF_PASSED"


def test_a_slot_that_lost_its_batch_does_not_keep_the_vial_of_it():
    page, slot = filled()
    page.standing = {RUN: [slot]}
    decide(page, Withdraw(RUN, "qp", "particles seen"))
    page.happenings.clear()
    assert refusal(page, a_move(slot.id, RUN, administration=at(HALF_LIFE, slot))).reason == "RUN_IN_PRODUCTION"


def test_a_filled_slot_of_a_run_that_failed_moves_nowhere():
    page, slot = filled()
    page.books[RUN].run = page.books[RUN].run._replace(state=RunState.FAILED)
    assert refusal(page, a_move(slot.id, RUN)).reason == "CUTOFF_PASSED"


def test_the_same_way_is_kept_although_its_departure_is_over():
    page, slot = counted()
    held = committed(page)
    page = produced(page, slot, EOS + timedelta(hours=3))
    moved = decide(page, a_move(slot.id, RUN, administration=at(timedelta(hours=20), slot)))
    assert (moved.reservations, committed(page)) == (slot.reservations, held)
    named = a_move(slot.id, RUN, departure_at=slot.reservations.departure_at)
    assert decide(page, named).reservations == slot.reservations


def test_another_departure_is_taken_and_the_old_one_freed_with_the_same_place_in_quality_control():
    page, slot = counted()
    other = slot.reservations.departure_at + timedelta(hours=2)
    moved = decide(page, a_move(slot.id, RUN, departure_at=other))
    assert (moved.reservations.departure_at, moved.reservations.qc) == (other, slot.reservations.qc)
    assert moved.demand.departure_at is None
    assert committed(page) == dict.fromkeys(moved.reservations.places, 1)
    assert slot.reservations.departure not in committed(page)


def test_a_full_departure_is_refused_and_the_old_place_kept():
    page, slot = counted()
    other = slot.reservations.departure_at + timedelta(hours=2)
    place = next(name for name in page.rooms if "departures" in name and f"{other:T%H%M%S}" in name)
    page.rooms[place].committed = 2
    before = committed(page)
    assert refusal(page, a_move(slot.id, RUN, departure_at=other)).reason == "DEPARTURE_FULL"
    assert committed(page) == before


def test_a_departure_that_has_left_is_no_way_for_a_dose_that_is_made():
    page, slot = counted()
    second = slot.reservations.departure_at + timedelta(hours=2)
    decide(page, a_move(slot.id, RUN, departure_at=second))
    page = later(page, slot.reservations.departure_at + timedelta(minutes=1))
    page.vials = {each.name: each for each in [a_vial(slot)]}
    said = refusal(page, a_move(slot.id, RUN, departure_at=slot.reservations.departure_at))
    assert (said.reason, said.facts["departure_time"]) == ("LANE_NOT_VALID", "2027-03-02T14:00:00Z")


def test_a_dose_that_lost_its_departure_goes_with_the_next_that_has_not_left():
    page, slot = counted()
    lost = replace(page.slots[slot.id], risk=Risk.DEPARTURE, reservations=slot.reservations._replace(departure=""))
    page.rooms[slot.reservations.departure].committed = 0
    page = later(page, slot.reservations.departure_at, lost)
    page.vials = {each.name: each for each in [a_vial(slot)]}
    saved = decide(page, a_move(slot.id, RUN, administration=at(timedelta(hours=1), slot)))
    assert (saved.risk, saved.reservations.departure_at) == (
        Risk.NONE,
        slot.reservations.departure_at + timedelta(hours=2),
    )


def test_without_a_vial_too_what_is_made_and_lost_its_departure_does_not_go_with_one_that_has_left():
    page, slot = counted()
    lost = replace(page.slots[slot.id], risk=Risk.DEPARTURE, reservations=slot.reservations._replace(departure=""))
    page.rooms[slot.reservations.departure].committed = 0
    page.books[RUN].run = page.books[RUN].run._replace(state=RunState.OPEN, cutoff_at=EOS + timedelta(days=1))
    page = later(page, slot.reservations.departure_at, lost)
    saved = decide(page, a_move(slot.id, RUN))
    assert (saved.risk, saved.reservations.departure_at) == (
        Risk.NONE,
        slot.reservations.departure_at + timedelta(hours=2),
    )


def test_a_lane_without_departures_takes_a_dose_that_is_made_from_now_on():
    page, slot = filled()
    page.network = replace(page.network, lanes={LANE: a_lane(facility="")})
    now = EOS + timedelta(hours=9)
    page = produced(page, slot, now)
    moved = decide(page, a_move(slot.id, RUN, lane=LANE))
    assert (moved.reservations.departure_at, moved.reservations.delivery_at) == (now, now + timedelta(hours=6))


def test_what_has_left_keeps_its_way_and_changes_its_administration_only():
    page, slot = counted(left=True)
    other = slot.reservations.departure_at + timedelta(hours=2)
    for way in ({"departure_at": other}, {"lane": ""}):
        said = refusal(page, a_move(slot.id, RUN, **way))
        assert (said.reason, said.facts["slot"]) == ("VIAL_DISPATCHED", slot.name)
    moved = decide(page, a_move(slot.id, RUN, administration=at(timedelta(hours=3), slot)))
    assert (moved.reservations, moved.risk) == (slot.reservations, Risk.NONE)


@pytest.mark.parametrize(
    ("had", "has"),
    [(Risk.DEPARTURE, Risk.NONE), (Risk.LICENCE, Risk.NONE), (Risk.RECEIVING_WINDOW, Risk.RECEIVING_WINDOW)],
)
def test_of_what_a_dose_on_the_road_has_lost_only_the_receiving_window_can_still_be_missing(had: Risk, has: Risk):
    page, slot = counted(left=True)
    page.slots[slot.id] = replace(page.slots[slot.id], risk=had)
    assert decide(page, a_move(slot.id, RUN)).risk is has


@pytest.mark.parametrize("left", [False, True])
def test_the_centre_must_be_licensed_until_the_later_administration(left: bool):
    page, slot = filled(left=left)
    ends_at = slot.demand.administration_at + timedelta(hours=5)
    page.network = replace(page.network, sites={SITE: a_site(licences=[Licence(Nuclide.LU_177, 50_000.0, ends_at)])})
    allowed = at(timedelta(hours=4), slot)
    assert decide(page, a_move(slot.id, RUN, administration=allowed)).demand.administration_at == allowed[1]
    assert refusal(page, a_move(slot.id, RUN, administration=at(timedelta(hours=5), slot))).reason == "SITE_LICENCE"


def test_a_centre_that_is_gone_takes_nothing():
    page, slot = filled()
    page.network = replace(page.network, sites={})
    assert refusal(page, a_move(slot.id, RUN)).reason == "SITE_UNKNOWN"


def test_quality_control_that_is_lost_is_found_in_a_session_to_come_only():
    _, slot = counted()
    now = EOS + timedelta(hours=2)
    assert made_dose(slot, now).qc == slot.reservations.qc
    without = replace(slot, reservations=slot.reservations._replace(qc=""))
    wanted = a_demand(administration_at=EOS + timedelta(hours=60))
    ways = options(wanted, run_of(**LONG_LIVED), all_counted(), made_dose(without, now))
    assert [ready.at for ready in ways.ready] == [EOS + timedelta(hours=24), EOS + timedelta(hours=48)]


def test_old_news_of_a_vial_changes_nothing():
    page, slot = filled(version=3, surplus=True)
    decide(page, RecordVial(a_vial(slot, version=2)))
    assert vial_of(slot, page.vials.values()) is None
    assert [each.version for each in page.told] == [3]


def test_of_two_vials_the_one_that_was_filled_last_is_the_dose():
    _, slot = filled()
    first = a_vial(slot)
    second = first._replace(name="batches/1/vials/V2", filled_at=first.filled_at + timedelta(hours=1))
    assert vial_of(slot, [second, first]) == vial_of(slot, [first, second]) == second


def test_a_vial_changes_no_book():
    page = a_page(a_book(run_of(), pool=Capacity(10**9, 3)))
    slot = decide(page, a_claim())
    held = page.books[RUN].pool.committed
    page.happenings.clear()
    assert decide(page, RecordVial(a_vial(slot))) is None
    assert (page.books[RUN].pool.committed, page.happenings, page.touched) == (held, [], {})
