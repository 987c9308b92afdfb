"""How entries are numbered, and what a filter lets through."""

from datetime import timedelta

from services.streams.domain import EventFilter, Feed, numbered
from services.streams.events import copy_of
from tests.support.status import HARBOR, NOON, NORTHLAKE, slot_event

MINUTE = timedelta(minutes=1)


def test_each_feed_and_each_subject_in_it_counts_for_itself_and_goes_on_where_it_was() -> None:
    copies = [
        copy_of(slot_event(slot, partner=partner), partner)
        for partner, slot in ((NORTHLAKE, "a"), (HARBOR, "a"), (NORTHLAKE, "b"), (NORTHLAKE, "a"))
    ]
    feeds = {NORTHLAKE: Feed(NORTHLAKE, 7, NOON), HARBOR: Feed(HARBOR)}
    sequences = {(NORTHLAKE, "slots/a"): 4}
    entries = numbered(copies, feeds, sequences, NOON + MINUTE)
    assert [(each.copy.partner, each.position, each.sequence) for each in entries] == [
        (NORTHLAKE, 8, 5),
        (HARBOR, 1, 1),
        (NORTHLAKE, 9, 1),
        (NORTHLAKE, 10, 6),
    ]
    assert (feeds[NORTHLAKE].latest, feeds[HARBOR].latest) == (10, 1)
    assert sequences == {(NORTHLAKE, "slots/a"): 6, (HARBOR, "slots/a"): 1, (NORTHLAKE, "slots/b"): 1}


def test_nothing_is_recorded_before_what_stands_before_it_whatever_a_clock_says() -> None:
    feeds = {NORTHLAKE: Feed(NORTHLAKE, 1, NOON + MINUTE)}
    [entry] = numbered([copy_of(slot_event("a"), NORTHLAKE)], feeds, {}, NOON)
    assert entry.recorded_at == feeds[NORTHLAKE].latest_at == NOON + MINUTE


def test_a_feed_knows_what_is_gone_of_it() -> None:
    feed = Feed(NORTHLAKE, 9, NOON, earliest=4, earliest_at=NOON)
    assert [feed.keeps_after(place) for place in (2, 3, 9)] == [False, True, True]
    assert [feed.keeps_since(NOON + by) for by in (-MINUTE, 0 * MINUTE, MINUTE)] == [False, True, True]
    assert Feed(NORTHLAKE).keeps_after(0)


def test_a_type_that_ends_with_a_star_is_a_beginning_of_whole_words() -> None:
    copy = copy_of(slot_event("a", "at_risk"), NORTHLAKE)
    for types, through in (
        ((), True),
        (("doselane.slotting.*",), True),
        (("doselane.slotting.slot.at_risk.v1",), True),
        (("doselane.slot.*",), False),
        (("doselane.slotting.slot.at_risk",), False),
        (("doselane.quality.*", "doselane.slotting.slot.*"), True),
    ):
        assert EventFilter(types).lets_through(copy) is through, types
    assert not EventFilter(("doselane.slotting.*",), ("slots/b",)).lets_through(copy)
