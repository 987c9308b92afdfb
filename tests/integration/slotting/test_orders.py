"""Orders by event: each statement brings the order's slot in line with it, or is refused with the reason."""

import math
from datetime import timedelta
from typing import Any

import pytest
from doselane.slotting.v1 import order_pb2
from doselane.slotting.v1 import slotting_pb2 as slotting
from google.protobuf.timestamp_pb2 import Timestamp
from google.type.interval_pb2 import Interval

from services.kernel.timestamps import instant
from services.network import Capacity
from services.slotting.domain import Allotment, Project, RecordShipment, State
from tests.support.offers_door import a_network, a_search, an_interval, begin, the_claim
from tests.support.offers_world import GBQ, HARBOR, NOON, NORTHLAKE, PRODUCT, SITE, World, a_book, a_run, hours
from tests.support.slotting import a_confirm, a_demand, a_hold, a_release, put_resources
from tests.support.slotting_desk import LedgerDesk, slot_id
from tests.support.slotting_door import Door
from tests.support.slotting_orders import (
    ERP,
    INTERVAL,
    REFERENCE,
    Decided,
    a_withdrawal,
    an_order,
    decided,
    decisions,
    know,
    slots,
    state,
    stated,
)

MINUTE = timedelta(minutes=1)
# In a year that no calendar here reaches.
BEYOND = Interval(start_time=Timestamp(seconds=2**33), end_time=Timestamp(seconds=2**33 + 60))
NEXT_DAY = (INTERVAL[0] + hours(24), INTERVAL[1] + hours(24))


@pytest.fixture
async def desk(offers_door: Door) -> LedgerDesk:
    """A ledger over a small network at noon, with one run that ends tomorrow."""
    await know(offers_door.desk)
    return offers_door.desk


async def test_a_wanted_order_is_promised_the_best_that_a_search_offers(desk: LedgerDesk, offers_door: Door):
    (best,) = (await offers_door.call(a_search(interval=INTERVAL))).offers
    told = await decided(desk, an_order(patient_reference="p-77"))
    assert (told.outcome, told.reason, told.HasField("nearest_offer")) == (Decided.PROMISED, "", False)
    assert (told.adapter, told.message) == ("crm_any", "messages/1")
    slot = told.slot
    assert (slot.state, slot.run, slot.lane, slot.departure_time) == (
        slotting.Slot.CONFIRMED,
        best.run,
        best.lane,
        best.departure_time,
    )
    assert (slot.partner, slot.order_reference, slot.patient_reference) == (NORTHLAKE, REFERENCE, "p-77")
    assert (slot.administration.activity_mbq, slot.administration.time) == (7400.0, best.administration_time)
    assert slot.last_change.actor == "accounts/northlake-crm"
    row = await desk.database.pool.fetchrow("SELECT * FROM outbox ORDER BY seq DESC LIMIT 1")
    assert (row["partner"], row["actor"], row["sequence"]) == (NORTHLAKE, "accounts/northlake-crm", 1)
    assert row["subject"].startswith("orders/")
    assert [kind for kind, _ in await desk.events()] == ["slot.confirmed", "order.decided"]


async def test_the_wish_is_the_intervals_start_and_what_allows_it_is_best(desk: LedgerDesk):
    wish = NOON + hours(62)  # the second night's delivery is in time for it, and so is the first one's
    told = await decided(desk, an_order(interval=(wish, wish + hours(30)), activity_mbq=5000.0))
    assert told.slot.administration.time.ToDatetime(tzinfo=wish.tzinfo) == wish
    assert told.slot.administration.activity_mbq == 5000.0
    first_at = NOON + hours(30)  # of 18:00; the night after it leaves a day later
    assert instant(told.slot.departure_time, "at") == first_at


async def test_a_repetition_and_an_older_statement_change_nothing(desk: LedgerDesk):
    first = an_order(NOON + MINUTE)
    assert len(await state(desk, stated(first), stated(first))) == 1
    assert await state(desk, stated(an_order(NOON, interval=NEXT_DAY)), stated(a_withdrawal(NOON))) == []
    assert await slots(desk) == [(State.CONFIRMED, "runs/lu-1")]


async def test_of_two_with_the_same_instant_that_differ_the_one_that_comes_later_counts(desk: LedgerDesk):
    first, second = an_order(), an_order(interval=NEXT_DAY)
    outcomes = [each.outcome for each in await state(desk, stated(first), stated(second), stated(second))]
    assert outcomes == [Decided.PROMISED, Decided.MOVED]
    (row,) = await desk.database.pool.fetch(
        "SELECT sequence FROM outbox WHERE type LIKE '%decided.v1' AND sequence > 1"
    )
    assert row["sequence"] == 2


async def test_an_order_that_its_slot_fits_is_kept(desk: LedgerDesk):
    slot = (await decided(desk, an_order())).slot
    again = await decided(desk, an_order(NOON + MINUTE, system_reference="other"), system=ERP)
    assert (again.outcome, again.slot) == (Decided.KEPT, slot)
    assert await slots(desk) == [(State.CONFIRMED, "runs/lu-1")]


async def test_an_order_that_its_slot_does_not_fit_moves_it(desk: LedgerDesk):
    slot = (await decided(desk, an_order())).slot
    moved = await decided(desk, an_order(NOON + MINUTE, interval=NEXT_DAY, activity_mbq=4000.0))
    assert (moved.outcome, moved.slot.name) == (Decided.MOVED, slot.name)
    assert moved.slot.administration.activity_mbq == 4000.0
    assert instant(moved.slot.administration.time, "at") == NEXT_DAY[0]


async def test_a_move_counts_on_what_the_slot_itself_frees(desk: LedgerDesk):
    await begin(desk, World(a_network(departures=1, windows=1, sessions=1), []))
    await know(desk, pool=Capacity(15 * GBQ, 1))
    slot = (await decided(desk, an_order(activity_mbq=7400.0))).slot
    moved = await decided(desk, an_order(NOON + MINUTE, activity_mbq=8800.0))
    assert (moved.outcome, moved.slot.name, moved.slot.administration.activity_mbq) == (
        Decided.MOVED,
        slot.name,
        8800.0,
    )


async def test_a_move_that_cannot_be_leaves_the_slot_as_it_was_and_says_why(desk: LedgerDesk):
    slot = (await decided(desk, an_order())).slot
    far = (NOON + hours(24 * 9), NOON + hours(24 * 10))
    told = await decided(desk, an_order(NOON + MINUTE, interval=far))
    assert (told.outcome, told.slot) == (Decided.REFUSED, slot)
    assert told.reason == "DECAYED_BELOW_MINIMUM" and told.detail
    back = await decided(desk, an_order(NOON + 2 * MINUTE))
    assert (back.outcome, back.slot) == (Decided.KEPT, slot)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"product": "products/other"}, "PRODUCT_DIFFERS"), ({"patient_reference": "p-2"}, "PATIENT_DIFFERS")],
)
async def test_another_product_or_patient_is_refused(desk: LedgerDesk, changes: dict[str, str], reason: str):
    other = a_network()[0]
    other.product.name = "products/other"
    await put_resources(desk.database.pool, other)
    slot = (await decided(desk, an_order(patient_reference="p-1"))).slot
    told = await decided(desk, an_order(NOON + MINUTE, **changes))
    assert (told.outcome, told.reason, told.slot) == (Decided.REFUSED, reason, slot)


async def test_a_withdrawal_gives_the_slot_back_and_a_newer_order_claims_anew(desk: LedgerDesk):
    await decided(desk, an_order())
    told = await decided(desk, a_withdrawal(NOON + MINUTE))
    assert (told.outcome, told.HasField("slot")) == (Decided.GIVEN_BACK, False)
    again = await decided(desk, an_order(NOON + 2 * MINUTE))
    assert again.outcome == Decided.PROMISED
    assert await slots(desk) == [(State.RELEASED, "runs/lu-1"), (State.CONFIRMED, "runs/lu-1")]


async def test_a_withdrawal_that_comes_before_the_order_makes_it_change_nothing(desk: LedgerDesk):
    assert (await decided(desk, a_withdrawal(NOON + MINUTE))).outcome == Decided.GIVEN_BACK
    assert await state(desk, stated(an_order())) == []
    assert await slots(desk) == []


async def test_a_withdrawal_after_the_cut_off_is_refused_with_the_reason(desk: LedgerDesk):
    slot = (await decided(desk, an_order())).slot
    await desk.ahead(hours(20) + MINUTE)
    told = await decided(desk, a_withdrawal(NOON + MINUTE))
    assert (told.outcome, told.reason, told.slot) == (Decided.REFUSED, "CUTOFF_PASSED", slot)
    moved = await decided(desk, an_order(NOON + 2 * MINUTE, interval=NEXT_DAY))
    assert (moved.outcome, moved.reason, moved.slot) == (Decided.REFUSED, "CUTOFF_PASSED", slot)


async def test_a_slot_that_was_claimed_by_call_is_the_orders(desk: LedgerDesk, offers_door: Door):
    offer = (await offers_door.call(a_search(interval=INTERVAL))).offers[0]
    claim = the_claim(offer)
    claim.demand.order_reference = REFERENCE
    slot = await offers_door.call(claim)
    told = await decided(desk, an_order())
    assert (told.outcome, told.slot) == (Decided.KEPT, slot)
    assert (await decided(desk, a_withdrawal(NOON + MINUTE))).outcome == Decided.GIVEN_BACK
    assert await slots(desk) == [(State.RELEASED, "runs/lu-1")]


async def test_a_slot_that_was_released_by_call_is_claimed_anew_by_a_newer_order_only(desk: LedgerDesk):
    first = stated(an_order())
    (told,) = await state(desk, first)
    await desk.ask(a_release(slot_id(told.slot)))
    assert await state(desk, first, stated(an_order())) == []
    again = await decided(desk, an_order(NOON + MINUTE))
    assert (again.outcome, again.slot.name != told.slot.name) == (Decided.PROMISED, True)


async def held(desk: LedgerDesk, at_hours: float) -> slotting.Slot:
    """A hold under the order's reference, without a lane."""
    demand = a_demand(order_reference=REFERENCE, administration_at=NOON + hours(at_hours), patient_reference="")
    return await desk.ask(a_hold(demand))


async def test_a_hold_that_fits_is_promised(desk: LedgerDesk):
    slot = await held(desk, 40)
    told = await decided(desk, an_order())
    assert (told.outcome, told.slot.name, told.slot.state) == (
        Decided.PROMISED,
        slot.name,
        slotting.Slot.CONFIRMED,
    )


async def test_a_hold_that_does_not_fit_is_moved_and_promised(desk: LedgerDesk):
    slot = await held(desk, 70)
    told = await decided(desk, an_order())
    assert (told.outcome, told.slot.name, told.slot.state) == (
        Decided.PROMISED,
        slot.name,
        slotting.Slot.CONFIRMED,
    )
    assert [kind for kind, _ in await desk.events()][1:] == ["slot.moved", "slot.confirmed", "order.decided"]


async def test_a_hold_that_has_run_out_is_none(desk: LedgerDesk):
    slot = await held(desk, 40)
    await desk.ahead(timedelta(minutes=20))
    told = await decided(desk, an_order())
    assert (told.outcome, told.slot.name != slot.name) == (Decided.PROMISED, True)


async def test_a_delivered_dose_is_kept_and_neither_moved_nor_given_back_nor_claimed_twice(desk: LedgerDesk):
    slot = (await decided(desk, an_order())).slot
    await desk.ledger.execute([RecordShipment((slot_id(slot),), State.FULFILLED, "dispatcher", "")])
    told = await state(
        desk,
        stated(an_order(NOON + MINUTE)),
        stated(an_order(NOON + 2 * MINUTE, interval=NEXT_DAY)),
        stated(a_withdrawal(NOON + 3 * MINUTE)),
    )
    assert [(each.outcome, each.reason) for each in told] == [
        (Decided.KEPT, ""),
        (Decided.REFUSED, "SLOT_CLOSED"),
        (Decided.REFUSED, "SLOT_CLOSED"),
    ]
    assert await slots(desk) == [(State.FULFILLED, "runs/lu-1")]


async def test_a_lost_dose_is_claimed_anew_by_a_newer_order(desk: LedgerDesk):
    slot = (await decided(desk, an_order())).slot
    await desk.ledger.execute([RecordShipment((slot_id(slot),), State.LOST, "dispatcher", "")])
    assert (await decided(desk, an_order(NOON + MINUTE))).outcome == Decided.PROMISED
    assert [found for found, _ in await slots(desk)] == [State.LOST, State.CONFIRMED]


async def test_what_finds_nothing_says_why_as_a_search_does_and_what_is_near(desk: LedgerDesk, offers_door: Door):
    soon = (NOON + hours(24), NOON + hours(30))
    searched = (await offers_door.call(a_search(interval=soon))).nothing_found
    told = await decided(desk, an_order(interval=soon))
    assert (told.outcome, told.HasField("slot")) == (Decided.REFUSED, False)
    assert (told.reason, told.detail) == ("NO_DEPARTURE", searched.explanation)
    assert told.nearest_offer == searched.nearest_offer
    assert (await decided(desk, an_order(NOON + MINUTE))).outcome == Decided.PROMISED


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"product": "lutetium"}, ["product"]),
        ({"product": ""}, ["product is required"]),
        ({"site": "", "interval": None}, ["site is required", "administration_interval is required"]),
        ({"interval": (INTERVAL[1], INTERVAL[0])}, ["administration_interval must have a start"]),
        ({"interval": (NOON, NOON + hours(24 * 32))}, ["at most 31 days"]),
        ({"activity_mbq": math.nan, "patient_reference": "John Doe"}, ["activity_mbq", "patient_reference"]),
        ({"activity_mbq": -1.0}, ["activity_mbq"]),
        ({"state": 0}, ["state"]),
        ({"state": 77}, ["state"]),
        ({"administration_interval": BEYOND}, ["administration_interval.start_time must be an instant"]),
    ],
)
async def test_all_that_is_wrong_with_a_statement_is_said(desk: LedgerDesk, changes: Any, words: list[str]):
    (told,) = await state(desk, stated(an_order(**changes)))
    assert (told.outcome, told.reason) == (Decided.REFUSED, "INVALID_ARGUMENT")
    for each in words:
        assert each in told.detail
    assert await state(desk, stated(an_order(NOON - MINUTE))) == []  # it counts all the same
    assert await slots(desk) == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"product": "products/none"}, "PRODUCT_UNKNOWN"),
        ({"site": "sites/none"}, "SITE_UNKNOWN"),
        ({"activity_mbq": 9999.0}, "ACTIVITY_OUT_OF_RANGE"),
        ({"interval": (NOON - hours(9), NOON - hours(1))}, "INVALID_ARGUMENT"),
    ],
)
async def test_what_breaks_a_rule_is_refused_with_its_reason(desk: LedgerDesk, changes: Any, reason: str):
    told = await decided(desk, an_order(**changes))
    assert (told.outcome, told.reason) == (Decided.REFUSED, reason)
    assert told.detail


@pytest.mark.parametrize("reference", ["", " SO-1", "SO-1\n", "SO\x001", "Größe", "x" * 65, "y" * 100_000])
async def test_a_reference_that_can_be_none_is_answered_as_an_order_of_its_own(desk: LedgerDesk, reference: str):
    told = await state(desk, *(stated(an_order(order_reference=reference)) for _ in range(2)))
    assert [(each.outcome, each.reason, each.order.order_reference) for each in told] == [
        (Decided.REFUSED, "INVALID_ARGUMENT", reference)
    ] * 2
    rows = await desk.database.pool.fetch("SELECT subject, sequence FROM outbox")
    assert len({row["subject"] for row in rows}) == 2 and {row["sequence"] for row in rows} == {1}
    assert await slots(desk) == []


async def test_a_statement_without_an_instant_is_refused_and_hides_no_other(desk: LedgerDesk):
    order = an_order()
    order.ClearField("state_time")
    (told,) = await state(desk, stated(order))
    assert (told.outcome, told.reason, "state_time" in told.detail) == (Decided.REFUSED, "INVALID_ARGUMENT", True)
    order.state_time.seconds = 10**18
    assert (await state(desk, stated(order)))[0].outcome == Decided.REFUSED
    assert (await decided(desk, an_order())).outcome == Decided.PROMISED


async def test_orders_of_two_partners_with_one_reference_are_two(desk: LedgerDesk):
    own = (await decided(desk, an_order())).slot
    other = await decided(desk, an_order(), partner=HARBOR)
    assert (other.outcome, other.slot.partner, other.slot.name != own.name) == (Decided.PROMISED, HARBOR, True)
    assert (await decided(desk, a_withdrawal(NOON + MINUTE), partner=HARBOR)).outcome == Decided.GIVEN_BACK
    assert await slots(desk) == [(State.CONFIRMED, "runs/lu-1"), (State.RELEASED, "runs/lu-1")]
    rows = await desk.database.pool.fetch("SELECT partner, data FROM outbox ORDER BY seq")
    for row in rows:
        for partner in {NORTHLAKE, HARBOR} - {row["partner"]}:
            assert partner.encode() not in row["data"]


async def test_what_the_manufacturers_own_system_states_as_a_partners_is_that_partners(desk: LedgerDesk):
    plant = "partners/plant"
    told = await decided(desk, an_order(partner=NORTHLAKE), partner=plant, system=ERP)
    assert (told.outcome, told.slot.partner, told.stated_by) == (Decided.PROMISED, NORTHLAKE, plant)
    own = await decided(desk, an_order(NOON + MINUTE))  # which the partner may state and withdraw as well
    assert (own.outcome, own.slot.name, own.stated_by) == (Decided.KEPT, told.slot.name, NORTHLAKE)
    query = "SELECT partner FROM outbox WHERE type LIKE '%order.decided.v1'"
    wrong = await decided(desk, an_order(order_reference="SO-9", partner="northlake"), partner=plant, system=ERP)
    assert (wrong.outcome, "partner" in wrong.detail) == (Decided.REFUSED, True)
    assert [row["partner"] for row in await desk.database.pool.fetch(query)] == [NORTHLAKE, NORTHLAKE, plant]


async def test_an_order_sees_with_its_partners_own_eyes(desk: LedgerDesk):
    await begin(desk, World(a_network(), []))
    without = await decided(desk, an_order(order_reference="SO-1"), partner=HARBOR)
    own = Allotment(Capacity(30 * GBQ, 3), release_back_at=NOON + hours(2))
    await know(desk, pool=Capacity(0, 0), northlake=own)
    told = await decided(desk, an_order(order_reference="SO-2"), partner=HARBOR)
    assert (told.outcome, told.reason) == (Decided.REFUSED, "NO_RUN")
    assert (told.reason, told.detail, told.HasField("nearest_offer")) == (without.reason, without.detail, False)
    assert (await decided(desk, an_order())).outcome == Decided.PROMISED


async def test_a_slot_at_risk_is_moved_by_a_newer_order(desk: LedgerDesk):
    slot = (await decided(desk, an_order())).slot
    await know(desk, "runs/lu-2")
    cancelled = a_book(a_run(version=3), pool=Capacity(0, 0))
    await desk.ledger.execute([Project(cancelled)])
    told = await decided(desk, an_order(NOON + MINUTE))
    assert (told.outcome, told.slot.name, told.slot.run, told.slot.at_risk) == (
        Decided.MOVED,
        slot.name,
        "runs/lu-2",
        False,
    )


async def test_a_confirmed_hold_by_call_between_is_seen(desk: LedgerDesk):
    slot = await held(desk, 40)
    await desk.ask(a_confirm(slot_id(slot)))
    told = await decided(desk, an_order())
    assert (told.outcome, told.slot.name) == (Decided.KEPT, slot.name)
    assert len(await decisions(desk)) == 1


def test_the_interval_of_a_statement_is_the_searchs():
    order = order_pb2.DoseOrder.DESCRIPTOR.fields_by_name["administration_interval"].GetOptions()
    search = slotting.SearchOffersRequest.DESCRIPTOR.fields_by_name["administration_interval"].GetOptions()
    assert order == search and an_order().administration_interval == an_interval(*INTERVAL)
    assert (an_order().product, an_order().site) == (PRODUCT, SITE)
