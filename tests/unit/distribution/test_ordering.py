"""What couriers are asked, each in an event of its own, and what answers it."""

import pytest

from services.distribution.domain import changing, ordering
from services.distribution.domain.changing import News, OrderAsked, ShipmentChange, What
from services.distribution.domain.milestone import MilestoneKind
from services.distribution.domain.shipment import CourierOrder, OrderKind, OrderState
from tests.support.distribution import SWIFT, a_milestone, at
from tests.support.shipments import a_shipment, by, by_air, told_all

Kind = MilestoneKind
BOOKED = changing.book(a_shipment(version=0), by_air(), by()).shipment


def whats(changed: ShipmentChange | None) -> list[What]:
    return [news.what for news in changed.news] if changed else []


@pytest.mark.parametrize(("kind", "what"), [
    (OrderKind.BOOK, What.BOOKING_REQUESTED),
    (OrderKind.CANCEL, What.CANCELLATION_REQUESTED),
    (OrderKind.REDIRECT, What.REDIRECTION_REQUESTED),
])  # fmt: skip
def test_a_courier_is_asked_in_an_event_of_its_own(kind: OrderKind, what: What) -> None:
    first = ordering.ask(BOOKED, kind, "event-1", "because", by(3))
    assert (first.news, first.shipment.version) == ((News(what, OrderAsked("event-1", SWIFT, (), "because")),), 2)
    second = ordering.ask(first.shipment, kind, "event-2", "", by(4))
    assert second.shipment.orders == (
        CourierOrder(kind, "event-1", at(3), courier=SWIFT),
        CourierOrder(kind, "event-2", at(4), courier=SWIFT),
    )


def test_an_order_that_failed_is_answered_once() -> None:
    asked = ordering.ask(BOOKED, OrderKind.BOOK, "event-1", "", by(3)).shipment
    asked = ordering.ask(asked, OrderKind.CANCEL, "event-2", "", by(3)).shipment
    changed = ordering.order_failed(asked, "event-1", "no vehicle", by(5))
    assert changed is not None
    assert (whats(changed), changed.shipment.version) == ([What.ORDER_FAILED], asked.version + 1)
    failed, waiting = changed.shipment.orders
    assert (failed.state, failed.answered_at, failed.detail) == (OrderState.FAILED, at(5), "no vehicle")
    assert (waiting.state, waiting.answered_at, waiting.detail) == (OrderState.REQUESTED, None, "")
    assert ordering.order_failed(changed.shipment, "event-1", "again", by(6)) is None
    assert ordering.order_failed(asked, "event-3", "whose?", by(6)) is None


@pytest.mark.parametrize(("kind", "milestone", "state"), [
    (OrderKind.BOOK, Kind.BOOKED, OrderState.CONFIRMED),
    (OrderKind.BOOK, Kind.COLLECTED, OrderState.CONFIRMED),
    (OrderKind.BOOK, Kind.OBSERVED, OrderState.REQUESTED),
    (OrderKind.CANCEL, Kind.CANCELLED, OrderState.CONFIRMED),
    (OrderKind.CANCEL, Kind.BOOKED, OrderState.REQUESTED),
    (OrderKind.REDIRECT, Kind.DEPARTED, OrderState.REQUESTED),
])  # fmt: skip
def test_a_couriers_milestone_answers_what_it_was_asked(
    kind: OrderKind, milestone: MilestoneKind, state: OrderState
) -> None:
    asked = ordering.ask(BOOKED, kind, "event-1", "", by(3)).shipment
    changed = changing.stand(asked, told_all(a_milestone(milestone, 10)), by_air(), by(99))
    (order,) = changed.shipment.orders
    assert (order.state, order.answered_at) == (state, at(99) if state is OrderState.CONFIRMED else None)
    assert whats(changed) == ([What.ORDER_CONFIRMED] if state is OrderState.CONFIRMED else [])


def test_a_no_stands_until_the_courier_says_yes_to_just_that() -> None:
    """A parked delivery that an operator replays may succeed: of two packages the one that had failed."""
    asked = ordering.ask(BOOKED, OrderKind.REDIRECT, "event-1", "", by(3)).shipment
    changes = [
        ordering.order_failed(asked, "event-1", "too late", by(4), "1Z-1"),
        lambda shipment: ordering.order_failed(shipment, "event-1", "again", by(5), "1Z-1"),
        lambda shipment: ordering.order_failed(shipment, "event-1", "no vehicle", by(6), "1Z-2"),
        lambda shipment: ordering.order_confirmed(shipment, "event-1", SWIFT, by(7), ("1Z-3",)),
        lambda shipment: ordering.order_confirmed(shipment, "event-1", SWIFT, by(8), ("1Z-2", "other")),
        lambda shipment: ordering.order_confirmed(shipment, "event-1", "partners/rival", by(9), ("1Z-1",)),
        lambda shipment: ordering.order_confirmed(shipment, "event-1", SWIFT, by(10), ("1Z-1",)),
        lambda shipment: ordering.order_confirmed(shipment, "event-1", SWIFT, by(11), ("1Z-1",)),
    ]
    shipment, seen = asked, []
    for each in changes:
        changed = each(shipment) if callable(each) else each
        seen.append(whats(changed) if changed else None)
        shipment = changed.shipment if changed else shipment
    failed, confirmed = [What.ORDER_FAILED], [What.ORDER_CONFIRMED]
    assert seen == [failed, None, failed, None, [], None, confirmed, None]
    (order,) = shipment.orders
    assert (order.state, order.answered_at, order.detail, order.undone) == (OrderState.CONFIRMED, at(10), "", ())


def test_what_failed_as_a_whole_is_mended_by_any_yes_to_it_and_what_nobody_named_by_none() -> None:
    asked = ordering.ask(BOOKED, OrderKind.CANCEL, "event-1", "", by(3)).shipment
    whole = ordering.order_failed(asked, "event-1", "away", by(4), BOOKED.name)
    nameless = ordering.order_failed(asked, "event-1", "away", by(4))
    assert whole is not None
    assert nameless is not None
    assert whats(ordering.order_confirmed(whole.shipment, "event-1", SWIFT, by(5))) == [What.ORDER_CONFIRMED]
    assert ordering.order_confirmed(nameless.shipment, "event-1", SWIFT, by(5), (BOOKED.name,)) is None
