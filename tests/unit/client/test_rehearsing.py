"""A feed that is driven again: what is asked of it, when, and which offer is taken."""

from datetime import UTC, datetime, timedelta

import pytest
from doselane.client.rehearsing import Action, Answer, Rehearsed, nearest, steps_of, summary, weeks_on
from doselane.slotting.v1.events_pb2 import SlotAtRisk, SlotConfirmed, SlotHeld, SlotReleased
from doselane.slotting.v1.slotting_pb2 import Offer, Slot
from doselane.streams.v1.feed_pb2 import FeedEvent
from google.protobuf.message import Message

MONDAY = datetime(2026, 11, 2, 14, tzinfo=UTC)


def event(number: int, kind: type[Message], slot: str = "slots/1", event_id: str = "") -> FeedEvent:
    made = FeedEvent(id=event_id or f"e{number}", position=number, time=MONDAY + timedelta(hours=number))
    told = Slot(name=slot, order_reference=f"order of {slot}", product="products/lu-ligand", site="sites/a")
    told.administration.activity_mbq = 7000
    told.administration.time.FromDatetime(MONDAY + timedelta(days=2))
    made.data.Pack(kind(slot=told))
    return made


def test_what_was_claimed_and_given_back_is_asked_again_in_its_order_and_nothing_else() -> None:
    steps = steps_of(
        [
            event(1, SlotHeld),
            event(2, SlotConfirmed),
            event(3, SlotConfirmed, "slots/2"),
            event(4, SlotAtRisk),
            event(5, SlotReleased),
            event(6, SlotReleased, "slots/held and given back"),
        ]
    )
    assert [(each.action, each.slot, each.event_id) for each in steps] == [
        (Action.CLAIM, "slots/1", "e2"),
        (Action.CLAIM, "slots/2", "e3"),
        (Action.RELEASE, "slots/1", "e5"),
    ]
    first = steps[0]
    assert (first.order_reference, first.product, first.site) == ("order of slots/1", "products/lu-ligand", "sites/a")
    assert (first.activity_mbq, first.administered_at) == (7000, MONDAY + timedelta(days=2))


def test_an_event_that_is_told_twice_is_asked_once() -> None:
    assert len(steps_of([event(1, SlotConfirmed, event_id="a"), event(1, SlotConfirmed, event_id="a")])) == 1


@pytest.mark.parametrize(
    ("now", "weeks"),
    [
        (MONDAY + timedelta(hours=1), 0),
        (MONDAY + timedelta(hours=2), 1),
        (MONDAY + timedelta(weeks=3, hours=1), 3),
        (MONDAY + timedelta(weeks=3, hours=2), 4),
        (MONDAY - timedelta(weeks=2), -2),
    ],
)
def test_all_is_moved_by_whole_weeks_to_where_the_first_order_is_not_over(now: datetime, weeks: int) -> None:
    assert weeks_on(steps_of([event(1, SlotConfirmed)]), now) == timedelta(weeks=weeks)


def test_of_nothing_nothing_is_moved() -> None:
    assert weeks_on((), MONDAY) == timedelta(0)
    assert nearest((), MONDAY) is None


def test_the_offer_is_taken_whose_administration_is_nearest_and_of_equal_ones_the_earlier() -> None:
    offers = [Offer(run=str(hours)) for hours in (-3, 5, 2, -2)]
    for offer in offers:
        offer.administration_time.FromDatetime(MONDAY + timedelta(hours=int(offer.run)))
    found = nearest(offers, MONDAY)
    assert found is not None
    assert found.run == "-2"


def test_the_summary_counts_answers_reasons_and_how_much_later() -> None:
    one, two, back = steps_of([event(1, SlotConfirmed), event(2, SlotConfirmed, "slots/2"), event(3, SlotReleased)])
    done = [
        Rehearsed(one, Answer.TAKEN, "slots/9", 30),
        Rehearsed(two, Answer.REFUSED, reason="RUN_FULL", facts={"run": "runs/1"}),
        Rehearsed(back, Answer.RELEASED, "slots/9"),
    ]
    said = summary(done, timedelta(weeks=4))
    assert (said["weeksOn"], said["orders"], said["atTheSameTime"]) == (4, 2, 0)
    assert said["answers"] == {"REFUSED": 1, "RELEASED": 1, "TAKEN": 1}
    assert said["reasons"] == {"RUN_FULL": 1}
    assert (said["minutesLaterMin"], said["minutesLaterMax"]) == (30, 30)
    assert (said["steps"][0]["wasSlot"], said["steps"][0]["slot"]) == ("slots/1", "slots/9")
    assert said["steps"][1]["facts"] == {"run": "runs/1"}
