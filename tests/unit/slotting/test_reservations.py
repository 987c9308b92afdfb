"""What a slot takes beside its run it gives back on every path; a fault between two reservations leaves none held."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.network import NOTHING, Capacity
from services.slotting.domain import (
    Book,
    ResourceCounter,
    ResourceCounters,
    Risk,
    Slot,
    State,
    UnitOfWork,
    decide,
)
from services.slotting.domain.routing import options
from tests.support.slotting import (
    GBQ,
    LANE,
    NOON,
    SITE,
    a_book,
    a_claim,
    a_cut,
    a_demand,
    a_hold,
    a_lane,
    a_move,
    a_page,
    a_release,
    a_site,
    later,
)
from tests.unit.slotting.networks import all_counted, run_of
from tests.unit.slotting.pictures import refusal

CUTOFF = NOON + timedelta(hours=20)


class Fault(Exception):
    """A fault of the machine, not a refusal."""


def counted_page(*books: Book, size: int = 5) -> UnitOfWork:
    """A page of runs whose every reservation is counted, with all the places that they can need."""
    page = a_page(*(books or (a_book(run_of()),)))
    page.network = all_counted()
    for run in [book.run for book in page.books.values()]:
        for place in options(a_demand(run.name, lane=LANE), run, page.network).places():
            page.rooms[place.name] = ResourceCounter(place.name, size, 0, place.at)
    return page


def taken(page: UnitOfWork) -> list[str]:
    """The places of which something is committed, by kind, once for each dose."""
    return sorted(name.split("/")[2] for name, room in page.rooms.items() for _ in range(room.committed))


ALL = ["departures", "qcSessions", "windows"]


def claimed(page: UnitOfWork, **changes: Any) -> Slot:
    slot = decide(page, a_claim(a_demand(lane=LANE), **changes))
    assert isinstance(slot, Slot)
    return slot


def test_a_claim_makes_each_reservation():
    page = counted_page()
    slot = claimed(page)
    assert taken(page) == ALL
    assert [name.split("/")[2] for name in slot.reservations.places] == ["qcSessions", "departures", "windows"]
    assert (slot.product, slot.reservations.delivery_at - slot.reservations.departure_at) == (
        "products/psma-lu177",
        timedelta(hours=6),
    )


@pytest.mark.parametrize(
    "changes", [{"lane": "lanes/unknown"}, {"site": "sites/unknown"}, {"site": "sites/other", "lane": LANE}]
)
def test_what_is_not_known_or_does_not_lead_there_is_no_way(changes: dict[str, str]):
    network = all_counted()
    network = replace(network, sites={**network.sites, "sites/other": a_site()._replace(name="sites/other")})
    assert not list(options(a_demand(**{"lane": LANE, **changes}), run_of(), network).places())


def test_what_was_made_in_a_unit_of_work_stands_on_its_run():
    page = counted_page()
    slot = claimed(page)
    assert [each.id for each in page.standing_on(slot.demand.run)] == [slot.id]
    assert page.standing_on("runs/another") == []


def test_a_release_gives_each_back():
    page = counted_page()
    slot = claimed(page)
    decide(page, a_release(slot.id))
    assert taken(page) == []


def test_a_hold_that_runs_out_gives_each_back():
    page = counted_page()
    decide(page, a_hold(a_demand(lane=LANE)))
    assert taken(page) == ALL
    page = later(page, NOON + timedelta(minutes=15))
    assert taken(page) == []


def test_a_cut_takes_all_reservations_from_those_who_lose_their_run():
    page = counted_page()
    first, second = claimed(page), claimed(page)
    page.standing = {"runs/lu-1": [first, second]}
    decide(page, a_cut("runs/lu-1", Capacity(100 * GBQ, 1), accept_conflicts=True))
    lost = page.slots[second.id]
    assert (lost.risk, lost.reservations.places) == (Risk.RUN, ())
    assert lost.reservations.departure_at == second.reservations.departure_at
    assert taken(page) == ALL


def test_a_move_to_another_departure_of_the_same_run_takes_the_new_place_and_frees_the_old():
    page = counted_page()
    slot = claimed(page)
    second = slot.reservations.departure_at + timedelta(hours=2)
    moved = decide(page, a_move(slot.id, "runs/lu-1", departure_at=second))
    assert moved.reservations.departure_at == second
    assert taken(page) == ALL
    assert page.rooms[slot.reservations.departure].committed == 0


def test_a_slot_changes_its_administration_where_all_is_full():
    page = counted_page(a_book(run_of(), pool=Capacity(100 * GBQ, 1)), size=1)
    slot = claimed(page)
    at = slot.demand.administration_at - timedelta(hours=1)
    moved = decide(
        page, a_move(slot.id, "runs/lu-1", administration=(7400.0, at), departure_at=slot.reservations.departure_at)
    )
    assert moved.reservations == slot.reservations
    assert taken(page) == ALL


def test_a_move_to_another_centre_drops_the_lane_unless_one_is_named():
    page = counted_page()
    other = a_site(name="sites/other")
    road = a_lane(name="lanes/other", site=other.name)
    page.network = all_counted()
    page.network = type(page.network)(
        products=page.network.products,
        facilities=page.network.facilities,
        sites={**page.network.sites, other.name: other},
        lanes={**page.network.lanes, road.name: road},
    )
    slot = claimed(page)
    moved = decide(page, a_move(slot.id, "runs/lu-1", site=other.name))
    assert (moved.demand.site, moved.demand.lane, moved.reservations.departure_at) == (other.name, "", None)
    assert taken(page) == ["qcSessions"]
    back = decide(page, a_move(slot.id, "runs/lu-1", site=SITE, lane=LANE))
    assert (back.demand.site, back.demand.lane) == (SITE, LANE)
    assert taken(page) == ALL
    elsewhere = decide(page, a_move(slot.id, "runs/lu-1", site=other.name, lane=road.name))
    assert (elsewhere.demand.lane, taken(page)) == (road.name, ["qcSessions"])


@pytest.mark.parametrize(
    ("reserved", "reason"), [("qc", "QC_FULL"), ("departure", "DEPARTURE_FULL"), ("window", "WINDOW_FULL")]
)
def test_a_full_place_refuses_a_claim_and_a_move_and_nothing_is_taken(reserved: str, reason: str):
    book, other = a_book(run_of()), a_book(run_of(name="runs/lu-2"))
    page = counted_page(book, other)
    laneless = decide(page, a_claim(a_demand("runs/lu-2", lane="")))
    kind = {"qc": "qcSessions", "departure": "departures", "window": "windows"}[reserved]
    for name, room in page.rooms.items():
        if name.split("/")[2] == kind and name not in laneless.reservations.places:
            room.committed = room.size
    if reserved == "qc":
        page.rooms[laneless.reservations.qc].size = page.rooms[laneless.reservations.qc].committed = 1
        assert refusal(page, a_claim(a_demand(lane=LANE))).reason == reason
        return
    before = {name: room.committed for name, room in page.rooms.items()}
    assert refusal(page, a_claim(a_demand(lane=LANE))).reason == reason
    assert refusal(page, a_move(laneless.id, "runs/lu-2", lane=LANE)).reason == reason
    assert {name: room.committed for name, room in page.rooms.items()} == before


@pytest.mark.parametrize("kind", range(3))
@pytest.mark.parametrize("asked", ["claim", "move"])
def test_a_fault_after_any_reservation_leaves_none_held(kind: int, asked: str, monkeypatch: pytest.MonkeyPatch):
    page = counted_page()
    slot = claimed(page)
    before, committed = taken(page), page.books["runs/lu-1"].pool.committed
    left = [kind]
    take = ResourceCounter.take

    def faulty(self: ResourceCounter) -> None:
        if not left[0]:
            raise Fault
        left[0] -= 1
        take(self)

    monkeypatch.setattr(ResourceCounter, "take", faulty)
    at = slot.reservations.departure_at + timedelta(hours=2)
    command = a_claim(a_demand(lane=LANE)) if asked == "claim" else a_move(slot.id, "runs/lu-1", departure_at=at)
    with pytest.raises(Fault):
        decide(page, command)
    assert (taken(page), page.books["runs/lu-1"].pool.committed) == (before, committed)
    assert page.slots[slot.id] == slot


def test_a_fault_of_the_runs_book_leaves_no_reservation_held(monkeypatch: pytest.MonkeyPatch):
    page = counted_page()

    def faulty(*_: Any) -> None:
        raise Fault

    monkeypatch.setattr(Book, "take", faulty)
    with pytest.raises(Fault):
        decide(page, a_claim(a_demand(lane=LANE)))
    assert (taken(page), page.books["runs/lu-1"].pool.committed) == ([], NOTHING)


def test_a_slot_that_lost_its_departure_is_saved_on_its_own_run_after_the_cut_off():
    page = counted_page()
    slot = _lost_its_departure(page)
    page = later(page, CUTOFF + timedelta(hours=1))
    second = slot.reservations.departure_at + timedelta(hours=2)
    saved = decide(page, a_move(slot.id, "runs/lu-1", departure_at=second))
    assert (saved.risk, saved.reservations.departure_at, taken(page)) == (Risk.NONE, second, ALL)


def test_but_it_cannot_ask_for_more_then():
    page = counted_page()
    slot = _lost_its_departure(page)
    page = later(page, CUTOFF)
    more = (slot.demand.activity_mbq + 1, slot.demand.administration_at)
    assert refusal(page, a_move(slot.id, "runs/lu-1", administration=more)).reason == "CUTOFF_PASSED"
    assert taken(page) == ["qcSessions", "windows"]


def test_a_slot_that_lost_its_departure_can_be_released_and_gives_back_what_it_kept():
    page = counted_page()
    slot = _lost_its_departure(page)
    released = decide(later(page, CUTOFF), a_release(slot.id))
    assert (released.state, taken(page)) == (State.RELEASED, [])
    assert page.books["runs/lu-1"].pool.committed == NOTHING


def _lost_its_departure(page: UnitOfWork) -> Slot:
    slot = claimed(page)
    page.rooms[slot.reservations.departure].give_back()
    page.slots[slot.id] = replace(slot, risk=Risk.DEPARTURE, reservations=slot.reservations._replace(departure=""))
    return page.slots[slot.id]


def test_a_run_that_is_full_says_so_before_its_reservations_do():
    page = counted_page(a_book(run_of(), pool=Capacity(100 * GBQ, 1)), size=1)
    claimed(page)
    assert refusal(page, a_claim(a_demand(lane=LANE))).reason == "RUN_FULL"


def test_a_place_that_was_not_locked_is_no_refusal_but_a_fault():
    page = counted_page()
    page.rooms = ResourceCounters()
    with pytest.raises(KeyError):
        decide(page, a_claim(a_demand(lane=LANE)))
