"""A change of the network puts at risk exactly the slots that it leaves without something, and alters no other."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.kernel.activity import Nuclide
from services.kernel.calendar import Weekly
from services.network import Product, ResourceVersion
from services.slotting.domain import FilledVial, Network, ResourceCounter, Revise, Risk, Slot, State, UnitOfWork, decide
from services.slotting.domain.network import Resource
from services.slotting.domain.page import LedgerHappened
from services.slotting.domain.revising import dependencies_of, revise
from services.slotting.domain.routing import options
from tests.support.slotting import LANE, NOON, NORTHLAKE, SITE, a_book, a_claim, a_demand, a_site
from tests.unit.slotting.networks import FACILITY, a_departure, a_facility, a_network, a_weekly, all_counted, run_of
from tests.unit.slotting.test_reservations import ALL, counted_page, taken

PRODUCT = Product("products/psma-lu177", Nuclide.LU_177, frozenset([NORTHLAKE]), 7400.0)
AT_NIGHT = (a_weekly(time(1), time(2)),)
KINDS = {"Product": "product", "Facility": "facility", "Site": "site", "Lane": "lane"}


def a_change(resource: Resource, version: int = 2, *, deleted: bool = False) -> ResourceVersion:
    return ResourceVersion(resource.name, KINDS[type(resource).__name__], version, resource, deleted, b"")


def a_revise(resource: Resource, version: int = 2, *, deleted: bool = False) -> Revise:
    return Revise(a_change(resource, version, deleted=deleted), "planner", "new timetable")


def standing(slots: int = 1, now: datetime = NOON, **demand: Any) -> tuple[UnitOfWork, list[Slot]]:
    """A page of slots whose every reservation is counted, a minute apart."""
    page = counted_page(a_book(run_of()))
    made = []
    for minute in range(slots):
        page.now = now + timedelta(minutes=minute)
        slot = decide(page, a_claim(a_demand(**{"lane": LANE, **demand})))
        assert isinstance(slot, Slot)
        made.append(slot)
    page.happenings.clear()
    return page, made


def revised(
    page: UnitOfWork, slots: list[Slot], *resources: Resource, deleted: bool = False, version: int = 2
) -> list[Slot]:
    """The slots after the changes."""
    for resource in resources:
        page.resting = [slot.id for slot in slots]
        after = page.network.after([a_change(resource, version, deleted=deleted)])
        runs = {name: book.run for name, book in page.books.items()}
        for dependencies in dependencies_of([page.slots[slot.id] for slot in slots], runs, after, page.now):
            for place in dependencies.places():
                page.rooms.setdefault(place.name, ResourceCounter(place.name, place.size, 0, place.at))
        decide(page, a_revise(resource, version, deleted=deleted))
    return [page.slots[slot.id] for slot in slots]


LANE_NOW = all_counted().lanes[LANE]
SITE_NOW = all_counted().sites[SITE]
FACILITY_NOW = all_counted().facilities[FACILITY]


@pytest.mark.parametrize(
    ("resource", "deleted", "risk", "kept"),
    [
        (PRODUCT._replace(activity_mbq_min=7400.1), False, Risk.PRODUCT, ALL),
        (PRODUCT._replace(activity_mbq_max=7399.9), False, Risk.PRODUCT, ALL),
        (PRODUCT._replace(shelf_life=timedelta(hours=23)), False, Risk.PRODUCT, ALL),
        (PRODUCT._replace(partners=frozenset()), False, Risk.PRODUCT, ALL),
        (PRODUCT, True, Risk.PRODUCT, ALL),
        (SITE_NOW, True, Risk.LICENCE, ALL),
        (SITE_NOW._replace(partners=frozenset()), False, Risk.LICENCE, ALL),
        (SITE_NOW._replace(licences=[]), False, Risk.LICENCE, ALL),
        (SITE_NOW._replace(weekly=AT_NIGHT), False, Risk.RECEIVING_WINDOW, ALL[:2]),
        (SITE_NOW._replace(closed=frozenset([date(2027, 3, 2)])), False, Risk.RECEIVING_WINDOW, ALL[:2]),
        (SITE_NOW._replace(zone=ZoneInfo("Asia/Tokyo"), weekly=(a_weekly(time(8), time(20)),)), False, 4, ALL[:2]),
        (LANE_NOW, True, Risk.DEPARTURE, ALL[1:]),
        (LANE_NOW._replace(site="sites/elsewhere"), False, Risk.DEPARTURE, ALL[1:]),
        (LANE_NOW._replace(facility="facilities/other"), False, Risk.DEPARTURE, ALL[1:]),
        (LANE_NOW._replace(valid_until=datetime(2027, 3, 2, 14, tzinfo=UTC)), False, Risk.DEPARTURE, ALL[1:]),
        (LANE_NOW._replace(departures=(a_departure(time(16)),)), False, Risk.DEPARTURE, ALL[1:]),
        (LANE_NOW._replace(dispatch_minutes=91), False, Risk.DEPARTURE, ALL[1:]),
        (LANE_NOW._replace(transit_minutes=24 * 60), False, Risk.DEPARTURE, ALL[1:]),
        (
            LANE_NOW._replace(departures=(a_departure(time(14), cutoff=timedelta(minutes=61)),)),
            False,
            Risk.DEPARTURE,
            ALL[1:],
        ),
        (FACILITY_NOW._replace(zone=ZoneInfo("Europe/Berlin")), False, Risk.QUALITY_CONTROL, ALL[2:]),
        (FACILITY_NOW._replace(closed=frozenset([date(2027, 3, 2)])), False, Risk.QUALITY_CONTROL, ALL[2:]),
        (FACILITY_NOW, True, Risk.QUALITY_CONTROL, ["departures", "windows"]),
        (FACILITY_NOW._replace(qc_sessions=(a_weekly(time(13), time(14)),)), False, 2, ["departures", "windows"]),
    ],
)
def test_each_change_that_takes_something_from_a_slot_puts_it_at_risk_for_that(
    resource: Resource, deleted: bool, risk: int, kept: list[str]
):
    page, slots = standing()
    (after,) = revised(page, slots, resource, deleted=deleted)
    assert (after.risk, taken(page), after.version) == (risk, kept, 2)
    assert (after.actor, after.reason, after.at_risk) == ("planner", "new timetable", True)
    assert (after.demand, after.allocation) == (slots[0].demand, slots[0].allocation)


@pytest.mark.parametrize(
    "resource",
    [
        PRODUCT._replace(activity_mbq_min=7400.0, activity_mbq_max=7400.0, shelf_life=timedelta(hours=24)),
        SITE_NOW,
        SITE_NOW._replace(weekly=(a_weekly(time(20), time(21)),)),
        SITE_NOW._replace(weekly=()),
        LANE_NOW._replace(valid_until=datetime(2027, 3, 2, 14, 0, 0, 1, tzinfo=UTC)),
        LANE_NOW._replace(dispatch_minutes=90),
        LANE_NOW._replace(transit_minutes=22 * 60),
        LANE_NOW._replace(departures=LANE_NOW.departures[:1]),
        FACILITY_NOW._replace(qc_sessions=()),
        FACILITY_NOW._replace(closed=frozenset([date(2027, 3, 3)])),
    ],
)
def test_a_change_that_leaves_a_slot_what_it_stands_on_alters_nothing_that_anybody_sees(resource: Resource):
    page, slots = standing()
    (after,) = revised(page, slots, resource)
    assert replace(after, reservations=slots[0].reservations) == slots[0]
    assert page.happenings == []
    assert len(page.revised) == 1


@pytest.mark.parametrize(
    ("smaller", "risk"),
    [
        (SITE_NOW._replace(weekly=(a_weekly(time(0), time(0), 2),)), Risk.RECEIVING_WINDOW),
        (LANE_NOW._replace(departures=(a_departure(time(14), 2), a_departure(time(16)))), Risk.DEPARTURE),
        (FACILITY_NOW._replace(qc_sessions=(a_weekly(time(12), time(13), 2),)), Risk.QUALITY_CONTROL),
    ],
)
def test_a_place_that_shrinks_displaces_the_newest_slots(smaller: Resource, risk: Risk):
    page, slots = standing(4)
    after = revised(page, slots, smaller)
    assert [slot.risk for slot in after] == [Risk.NONE, Risk.NONE, risk, risk]
    assert [happening.what for happening in page.happenings] == [
        LedgerHappened.AT_RISK,
        LedgerHappened.AT_RISK,
        LedgerHappened.CONFLICTED,
    ]
    assert all(room.committed <= room.size for room in page.rooms.values())
    (conflict,) = [happening.conflict for happening in page.happenings if happening.conflict]
    assert (conflict.number, [slot.id for slot in conflict.slots]) == (1, [slot.id for slot in slots[2:]])
    assert page.revised[-1][1] == 1


def test_conflicts_of_a_resource_are_numbered_and_quiet_changes_are_not():
    page, slots = standing(3)
    numbers = []
    for version, places in ((2, 2), (3, 2), (4, 1)):
        smaller = SITE_NOW._replace(weekly=(a_weekly(time(0), time(0), places),))
        page.network = replace(page.network, conflicts={SITE: page.revised[-1][1] if page.revised else 0})
        revised(page, slots, smaller, version=version)
        numbers.append(page.revised[-1][1])
    assert numbers == [1, 1, 2]


def test_a_version_that_is_not_newer_changes_nothing():
    page, slots = standing()
    revised(page, slots, LANE_NOW, version=5)
    for version in (5, 4):
        page.revised.clear()
        (after,) = revised(page, slots, LANE_NOW, deleted=True, version=version)
        assert (after, page.revised, page.network.lanes[LANE]) == (slots[0], [], LANE_NOW)


def test_what_is_at_risk_is_said_again_only_when_it_loses_a_place_that_it_still_had():
    page, slots = standing()
    revised(page, slots, LANE_NOW, deleted=True)
    again = revised(page, slots, LANE_NOW._replace(valid_until=NOON), version=3)
    assert again[0].version == 2
    unlicensed = revised(page, slots, SITE_NOW._replace(licences=[]))
    assert (unlicensed[0].version, unlicensed[0].risk) == (2, Risk.DEPARTURE)
    closed = revised(page, slots, SITE_NOW._replace(weekly=AT_NIGHT), version=3)
    assert (closed[0].version, closed[0].risk, taken(page)) == (3, Risk.RECEIVING_WINDOW, ["qcSessions"])


def test_a_slot_at_risk_is_not_healed_by_a_change():
    page, slots = standing()
    revised(page, slots, LANE_NOW, deleted=True)
    (after,) = revised(page, slots, LANE_NOW, version=3)
    assert (after.risk, after.version, taken(page)) == (Risk.DEPARTURE, 2, ALL[1:])


def test_who_had_no_place_is_counted_once_places_are_limited():
    page = counted_page(a_book(run_of()))
    page.network = Network(
        products=page.network.products,
        facilities={FACILITY: a_facility()},
        sites={SITE: a_site()},
        lanes={LANE: LANE_NOW._replace(departures=())},
    )
    slots = [decide(page, a_claim(a_demand(lane=LANE))) for _ in range(3)]
    page.happenings.clear()
    after = revised(page, slots, SITE_NOW._replace(weekly=(a_weekly(time(0), time(0), 2),)))
    assert [slot.risk for slot in after] == [Risk.NONE, Risk.NONE, Risk.RECEIVING_WINDOW]
    assert [slot.version for slot in after] == [1, 1, 2]
    after = revised(page, slots, a_facility("UTC", a_weekly(time(12), time(13), 1), a_weekly(time(13), time(14), 1)))
    assert [slot.risk for slot in after] == [Risk.NONE, Risk.QUALITY_CONTROL, Risk.RECEIVING_WINDOW]


@pytest.mark.parametrize(
    ("at", "resource", "kept"),
    [
        (datetime(2027, 3, 2, 14, tzinfo=UTC), LANE_NOW._replace(departures=()), True),  # it has left
        (datetime(2027, 3, 2, 14, tzinfo=UTC), LANE_NOW._replace(valid_until=NOON), True),
        (datetime(2027, 3, 2, 13, 59, tzinfo=UTC), LANE_NOW._replace(valid_until=NOON), False),
        (
            datetime(2027, 3, 2, 20, tzinfo=UTC),
            SITE_NOW._replace(weekly=AT_NIGHT),
            True,
        ),  # it has arrived
        (datetime(2027, 3, 2, 19, 59, tzinfo=UTC), SITE_NOW._replace(weekly=AT_NIGHT), False),
        (datetime(2027, 3, 2, 12, tzinfo=UTC), FACILITY_NOW._replace(qc_sessions=AT_NIGHT), True),
        (
            datetime(2027, 3, 2, 11, 59, tzinfo=UTC),
            FACILITY_NOW._replace(qc_sessions=AT_NIGHT),
            False,
        ),
        (datetime(2027, 3, 3, 12, tzinfo=UTC), SITE_NOW._replace(licences=[]), True),  # it was administered
        (datetime(2027, 3, 3, 11, 59, tzinfo=UTC), SITE_NOW._replace(licences=[]), False),
    ],
)
def test_what_lies_in_the_past_is_not_judged_any_more(at: datetime, resource: Resource, kept: bool):
    page, slots = standing()
    page.now = at
    (after,) = revised(page, slots, resource)
    assert after.at_risk is not kept


@pytest.mark.parametrize("state", [State.RELEASED, State.EXPIRED, State.FULFILLED, State.LOST])
def test_slots_that_are_over_are_not_judged(state: State):
    page, slots = standing()
    page.slots[slots[0].id] = replace(slots[0], state=state)
    (after,) = revised(page, slots, SITE_NOW._replace(licences=[]))
    assert not after.at_risk


def test_what_can_not_be_displaced_any_more_keeps_its_place_and_the_place_its_size():
    page, slots = standing(3)
    page.slots[slots[0].id] = replace(slots[0], state=State.FULFILLED)
    after = revised(page, slots, SITE_NOW._replace(weekly=AT_NIGHT))
    assert [slot.at_risk for slot in after] == [False, True, True]
    window = page.rooms[slots[0].reservations.window]
    assert (window.committed, window.size) == (1, 1)


def test_a_longer_way_is_judged_by_when_the_dose_would_arrive():
    page, slots = standing()
    page.network = replace(
        page.network,
        sites={SITE: SITE_NOW._replace(weekly=(a_weekly(time(19), time(21)), a_weekly(time(22), time(23))))},
    )
    revised(page, slots, SITE_NOW._replace(weekly=(a_weekly(time(19), time(21)), a_weekly(time(22), time(23)))))
    (after,) = revised(page, slots, LANE_NOW._replace(transit_minutes=6 * 60 + 90))
    assert (after.risk, after.reservations.window) == (Risk.RECEIVING_WINDOW, "")


def test_a_longer_way_into_another_window_takes_a_place_there():
    page, slots = standing()
    two = SITE_NOW._replace(weekly=(a_weekly(time(19), time(21)), a_weekly(time(21), time(23))))
    revised(page, slots, two)
    (after,) = revised(page, slots, LANE_NOW._replace(transit_minutes=7 * 60))
    assert (after.risk, after.reservations.window) == (Risk.NONE, f"{SITE}/windows/20270302T210000Z")
    assert taken(page) == ALL
    assert after.reservations.delivery_at == slots[0].reservations.delivery_at


@pytest.mark.parametrize(("dispatch_minutes", "risk"), [(120, Risk.NONE), (240, Risk.RECEIVING_WINDOW)])
def test_where_nothing_is_scheduled_a_dose_that_is_ready_later_leaves_later(dispatch_minutes: int, risk: Risk):
    page = counted_page(a_book(run_of()))
    evening, tested = (a_weekly(time(18), time(21)),), a_facility("UTC", a_weekly(time(12), time(13)))
    page.network = a_network(tested, a_site(weekly=evening), departures=())
    for place in options(a_demand(lane=LANE), page.books[a_demand().run].run, page.network).places():
        page.rooms[place.name] = ResourceCounter(place.name, place.size, 0, place.at)
    slot = decide(page, a_claim(a_demand(lane=LANE)))
    (after,) = revised(page, [slot], page.network.lanes[LANE]._replace(dispatch_minutes=dispatch_minutes))
    assert after.risk is risk


def test_several_changes_at_once_are_foreseen_by_the_same_function():
    page, slots = standing(3)
    changes = [
        a_change(SITE_NOW._replace(weekly=(a_weekly(time(0), time(0), 2),))),
        a_change(LANE_NOW._replace(departures=(a_departure(time(14), 1),))),
    ]
    runs = {name: book.run for name, book in page.books.items()}
    foreseen = revise(dependencies_of(slots, runs, page.network.after(changes), NOON), page.rooms)
    assert [(each.slot.id, each.risk) for each in foreseen.threatened] == [
        (slots[1].id, Risk.DEPARTURE),
        (slots[2].id, Risk.DEPARTURE),
    ]


# Half as strong as what the runs are made of by master data: a dose of 7400 MBq would have twice the volume.
WEAK = PRODUCT._replace(concentration_mbq_per_ml=500.0, fill_volume_ul_min=1000, fill_volume_ul_max=12_000)


@pytest.mark.parametrize(("volume_ul", "product", "risk"), [
    (None, WEAK, Risk.PRODUCT),  # nothing is filled: the dose would be too large for its vial
    (8000, WEAK, Risk.NONE),  # what was measured and filled fits, whatever the concentration was to be
    (12_000, WEAK, Risk.NONE),
    (12_001, WEAK, Risk.PRODUCT),
    (1000, WEAK, Risk.NONE),
    (999, WEAK, Risk.PRODUCT),
    (12_001, WEAK._replace(fill_volume_ul_max=None), Risk.NONE),
])  # fmt: skip
def test_a_filled_slot_is_judged_by_what_is_in_its_vial(volume_ul: int | None, product: Product, risk: Risk):
    page, slots = standing()
    run = page.books[slots[0].demand.run].run
    page.books[run.name].run = run._replace(product=product.name)
    if volume_ul:
        vial = FilledVial("batches/1/vials/V1", 1, slots[0].name, run.name, 9000.0, NOON, volume_ul=volume_ul)
        page.vials[vial.name] = vial
    (after,) = revised(page, slots, product)
    assert after.risk is risk


def test_a_slot_without_a_lane_stands_on_product_centre_and_quality_control():
    page, slots = standing(lane="")
    assert revised(page, slots, LANE_NOW, deleted=True)[0] == slots[0]
    never = FACILITY_NOW._replace(qc_sessions=(Weekly(frozenset([7]), time(1), time(2), 1),))
    assert revised(page, slots, never)[0].risk is Risk.QUALITY_CONTROL
