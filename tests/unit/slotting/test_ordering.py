"""Orders by event, as pure rules: which statement counts, and which commands bring the slot in line with it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.kernel.ids import uuid7
from services.network import Capacity
from services.slotting.domain import Command, Confirm, Move, Reservations, Risk, Slot, State, UnitOfWork, decide
from services.slotting.domain.offers import find
from services.slotting.domain.ordering import (
    KnownOrder,
    OrderAuthor,
    OrderRoute,
    OrderStatement,
    OrderStep,
    claim,
    confirm,
    counts,
    move,
    release,
    routes,
    slot_of,
    wanted,
    withdrawn,
    without,
)
from services.slotting.domain.refusals import PatientDiffers, ProductDiffers, SlotClosed
from tests.support.offers_world import a_book as an_offered_book
from tests.support.offers_world import a_lane, a_market, a_wish
from tests.support.slotting import NOON, NORTHLAKE, PRODUCT, SITE, a_book, a_demand, a_page, a_slot

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
BY = OrderAuthor(NORTHLAKE, "accounts/crm", "", "SO-1", 1, b"one")
NOBODY_YET = KnownOrder(uuid7(), 0, None, b"", None)


def an_order(**changes: Any) -> OrderStatement:
    """7.4 GBq, a day after the end of synthesis, as a_demand has it."""
    facts: dict[str, Any] = {
        "partner": NORTHLAKE,
        "order_reference": "SO-1",
        "wanted": True,
        "product": PRODUCT,
        "site": SITE,
        "from_at": NOON + 47 * HOUR,
        "until_at": NOON + 50 * HOUR,
        "activity_mbq": None,
        "patient_reference": "",
    }
    return OrderStatement(**{**facts, **changes})


def step(order: OrderStatement, slot: Slot | None) -> OrderStep:
    return wanted(order, slot, 7400.0, NOON)


def test_the_first_statement_counts_and_then_those_that_are_later_or_say_another_thing_at_the_same_instant():
    assert counts(NOBODY_YET, NOON, b"one")
    known = NOBODY_YET._replace(stated_at=NOON, digest=b"one")
    cases = [(NOON + MINUTE, b"one"), (NOON, b"two"), (NOON, b"one"), (NOON - MINUTE, b"two")]
    assert [counts(known, at, digest) for at, digest in cases] == [True, True, False, False]


def test_what_is_wanted_and_not_there_is_claimed_and_what_is_not_wanted_and_there_released():
    slot = a_slot(a_book())
    assert (step(an_order(), None), withdrawn(None), withdrawn(slot)) == (
        OrderStep.CLAIM,
        OrderStep.LEAVE,
        OrderStep.RELEASE,
    )


@pytest.mark.parametrize(
    ("changes", "fits"),
    [
        ({}, True),
        ({"from_at": NOON + 48 * HOUR}, True),
        ({"from_at": NOON + 48 * HOUR + MINUTE}, False),
        ({"until_at": NOON + 48 * HOUR}, False),
        ({"until_at": NOON + 48 * HOUR + MINUTE}, True),
        ({"site": "sites/other"}, False),
        ({"patient_reference": "p-77"}, True),
    ],
)
def test_a_slot_fits_in_site_activity_and_interval_of_which_the_end_is_outside(changes: Any, fits: bool):
    slot = a_slot(a_book())
    assert step(an_order(**changes), slot) is (OrderStep.KEEP if fits else OrderStep.MOVE)
    held = replace(slot, state=State.HELD, hold_until=NOON + HOUR)
    assert step(an_order(**changes), held) is (OrderStep.CONFIRM if fits else OrderStep.MOVE)


def test_another_activity_or_a_risk_makes_a_slot_not_fit():
    slot = a_slot(a_book())
    assert wanted(an_order(), slot, 7400.0 + 1e-7, NOON) is OrderStep.KEEP
    assert wanted(an_order(), slot, 7401.0, NOON) is OrderStep.MOVE
    assert step(an_order(), replace(slot, risk=Risk.DEPARTURE)) is OrderStep.MOVE
    delivered = replace(slot, state=State.FULFILLED, risk=Risk.DEPARTURE)
    assert step(an_order(), delivered) is OrderStep.KEEP


def test_what_no_move_can_do_is_refused():
    slot = a_slot(a_book())
    with pytest.raises(ProductDiffers):
        step(an_order(product="products/other"), slot)
    with pytest.raises(PatientDiffers):
        step(an_order(patient_reference="p-1"), slot)
    with pytest.raises(SlotClosed):
        step(an_order(site="sites/other"), replace(slot, state=State.FULFILLED))


def test_the_orders_slot_is_what_it_remembers_then_a_promise_then_a_hold_then_what_was_delivered_the_newest_first():
    book = a_book()
    made = {state: a_slot(book, id=uuid7(), state=state) for state in State if state is not State.RELEASED}
    promises = [made[State.CONFIRMED], a_slot(book, id=uuid7())]
    slots = [*made.values(), promises[1], a_slot(book, id=uuid7(), state=State.RELEASED)]
    remembered = NOBODY_YET._replace(slot_id=made[State.FULFILLED].id)
    lost = NOBODY_YET._replace(slot_id=made[State.LOST].id)
    assert slot_of(remembered, slots) is made[State.FULFILLED]
    assert slot_of(lost, slots) is slot_of(NOBODY_YET, slots) is promises[1]
    assert slot_of(NOBODY_YET, [made[State.FULFILLED], made[State.HELD]]) is made[State.HELD]
    assert slot_of(NOBODY_YET, [made[State.LOST], made[State.EXPIRED]]) is None
    assert slot_of(NOBODY_YET, []) is None


def test_ways_go_by_the_nearness_to_the_wish_and_then_by_slack():
    wish = a_wish()
    market = a_market(an_offered_book())
    found = find(wish, market).offers
    order = an_order(from_at=wish.from_at, until_at=wish.until_at)
    ways = routes(order, None, 7400.0, list(reversed(found)), market.now)
    assert [way.administration_at for way in ways] == sorted(offer.administration_at for offer in found)
    assert {way.run for way in ways} == {offer.run.name for offer in found}


def test_a_slot_stays_on_its_run_at_its_own_time_if_that_is_in_the_interval_and_else_as_soon_as_may_be():
    slot = a_slot(a_book())
    at = slot.demand.administration_at
    stay = OrderRoute(slot.demand.run, None, None, 5000.0, at)
    assert routes(an_order(), slot, 5000.0, [], NOON) == [stay]
    later = an_order(from_at=at + HOUR, until_at=at + 3 * HOUR)
    assert routes(later, slot, 5000.0, [], NOON) == [stay._replace(administration_at=at + HOUR)]
    delivered_at = at + 2 * HOUR
    travelling = replace(slot, reservations=slot.reservations._replace(delivery_at=delivered_at))
    assert routes(later, travelling, 5000.0, [], NOON) == [stay._replace(administration_at=delivered_at)]
    assert routes(later, travelling, 5000.0, [], at + 4 * HOUR) == []
    assert routes(an_order(site="sites/other"), slot, 5000.0, [], NOON) == []


def test_a_market_without_a_slot_has_its_room_again():
    book = an_offered_book(pool=Capacity(15_000_000, 1))
    offer = find(a_wish(), a_market(book)).offers[0]
    place = offer.route.departure
    assert place is not None
    taken = book.take(NORTHLAKE, offer.amount)
    full = a_market(book, taken={place.name: place.size}, lanes=(a_lane(),))
    assert not find(a_wish(), full).offers
    reservations = Reservations(departure=place.name, window="sites/elsewhere/windows/1")
    demand = a_demand(offer.run.name, administration_at=offer.administration_at)
    slot = replace(
        a_slot(a_book()), demand=demand, reference_kbq=offer.amount.kbq, reservations=reservations, allocation=taken
    )
    freed = without(full, slot)
    assert freed.taken == {place.name: place.size - 1}
    assert offer.route.departure_at in [each.route.departure_at for each in find(a_wish(), freed).offers]
    assert without(full, replace(slot, risk=Risk.RUN)) is full


def test_commands_ask_with_the_partners_own_eyes_and_each_statement_has_its_own_requests():
    slot, way = a_slot(a_book()), OrderRoute("runs/lu-1", "lanes/road", None, 7400.0, NOON)
    commands: list[Command] = [
        *claim(an_order(), way, BY, uuid7()),
        *move(an_order(), way, BY, slot, uuid7()),
        confirm(BY, slot),
        release(BY, slot),
    ]
    assert {(each.partner, each.actor, each.operator) for each in commands} == {(NORTHLAKE, "accounts/crm", False)}
    assert len({each.request_id for each in commands}) == 4
    (again,) = claim(an_order(), way, BY, uuid7())
    assert (again.request_id, again.body_hash) == (commands[0].request_id, commands[0].body_hash)
    for other in (
        BY._replace(version=2),
        BY._replace(digest=b"two"),
        BY._replace(order_reference="SO-2"),
        BY._replace(partner="partners/harbor"),
    ):
        assert release(other, slot).request_id != release(BY, slot).request_id


def test_a_hold_that_is_moved_is_promised_by_it():
    held = a_slot(a_book(), state=State.HELD, hold_until=NOON + HOUR)
    moved, confirmed = move(an_order(), OrderRoute("runs/lu-1", None, None, 7400.0, NOON), BY, held, uuid7())
    assert isinstance(moved, Move) and moved.etag == held.etag
    assert isinstance(confirmed, Confirm) and confirmed.etag == ""


class Told:
    """An order of a world in which there is always room, brought in line with statements by the ledger's own rules."""

    def __init__(self) -> None:
        self.page: UnitOfWork = a_page(a_book(pool=Capacity(10**12, 1000)))
        self.known = NOBODY_YET
        self.decided = 0

    def tell(self, at: datetime, order: OrderStatement) -> None:
        """What slotting does with a statement."""
        digest = repr(order).encode()
        if not counts(self.known, at, digest):
            return
        self.decided += 1
        by = BY._replace(version=self.decided, digest=digest)
        slot = slot_of(self.known, self.page.slots.values())
        promised: UUID | None = None
        for command in self.commands(order, slot, by):
            outcome = decide(self.page, command)
            assert isinstance(outcome, Slot)
            promised = outcome.id if outcome.state is State.CONFIRMED else None
        kept = slot.id if slot is not None and order.wanted else None
        self.known = self.known._replace(stated_at=at, digest=digest, slot_id=promised or kept)

    def commands(self, order: OrderStatement, slot: Slot | None, by: OrderAuthor) -> Sequence[Command]:
        """Those that a statement asks for."""
        if not order.wanted:
            return [release(by, slot)] if slot is not None else []
        activity_mbq = order.activity_mbq or 7400.0
        way = OrderRoute("runs/lu-1", None, None, activity_mbq, order.from_at)
        if slot is None:
            return claim(order, way, by, uuid7())
        if wanted(order, slot, activity_mbq, NOON) is OrderStep.KEEP:
            return []
        return move(order, way, by, slot, uuid7())


statements = st.lists(
    st.tuples(st.integers(0, 50), st.booleans(), st.sampled_from((None, 3700.0, 5000.0)), st.integers(30, 60)),
    min_size=1,
    max_size=8,
    unique_by=lambda each: each[0],
)


@settings(deadline=None)
@given(said=statements, data=st.data())
def test_what_is_promised_in_the_end_follows_from_the_statements_and_not_from_their_order(said: Any, data: Any):
    """In whichever order they come and however often: one slot that fits the latest, or none if that withdraws it."""
    told = Told()
    order_of_arrival = data.draw(st.permutations([*said, *data.draw(st.lists(st.sampled_from(said), max_size=5))]))
    last = max(said)

    def statement(each: tuple[int, bool, float | None, int]) -> OrderStatement:
        _, is_wanted, activity_mbq, at_hours = each
        from_at = NOON + at_hours * HOUR
        return an_order(wanted=is_wanted, activity_mbq=activity_mbq, from_at=from_at, until_at=from_at + 3 * HOUR)

    for each in order_of_arrival:
        told.tell(NOON + each[0] * MINUTE, statement(each))
    standing = [slot for slot in told.page.slots.values() if slot.state is State.CONFIRMED]
    assert len(standing) == int(last[1])
    for slot in standing:
        assert wanted(statement(last), slot, last[2] or 7400.0, NOON) is OrderStep.KEEP
    assert told.known.stated_at == NOON + last[0] * MINUTE
    assert told.decided <= len(said)
