"""What has become of an allotment: nothing of it is lost from sight, whatever happens to the run."""

from datetime import datetime, timedelta

import pytest
from doselane.slotting.v1.slotting_pb2 import AllotmentUsage

from services.network import NOTHING, Capacity
from services.slotting.domain import Book, RunState, cutting
from services.slotting.domain.usage import Gone, Usage, usage_of
from tests.support.slotting import GBQ, HARBOR, NOON, NORTHLAKE, a_book, a_cut, a_run, an_allotment

BACK_AT = NOON + timedelta(hours=10)
SIZE = Capacity(50 * GBQ, 5)
ONE = Capacity(10 * GBQ, 1)


def usage(book: Book, now: datetime = NOON, partner: str = NORTHLAKE) -> Usage:
    """The sponsor's share, with what the clock has decided done in the book."""
    book.settle(now)
    return usage_of(book, partner, NOTHING, now)


def figures(of: Usage) -> tuple[Capacity, ...]:
    return of.allotted, of.claimed, of.returned, of.free


def an_allotted_book(pool: Capacity = Capacity(20 * GBQ, 2)) -> Book:
    return a_book(pool=pool, allotments={NORTHLAKE: an_allotment(SIZE, BACK_AT)})


def test_what_is_claimed_and_what_is_free_add_up_to_what_was_allotted():
    book = an_allotted_book()
    book.take(NORTHLAKE, ONE)
    assert figures(usage(book)) == (SIZE, ONE, NOTHING, SIZE.minus(ONE))


def test_at_the_release_back_what_is_left_is_returned_and_no_longer_free():
    book = an_allotted_book()
    allocation = book.take(NORTHLAKE, ONE)
    assert figures(usage(book, BACK_AT)) == (SIZE, ONE, SIZE.minus(ONE), NOTHING)
    book.give_back(NORTHLAKE, allocation, BACK_AT)
    assert figures(usage(book, BACK_AT)) == (SIZE, NOTHING, SIZE, NOTHING)


def test_what_a_cut_took_is_what_is_missing():
    book = an_allotted_book()
    cut = a_cut("runs/lu-1", Capacity(40 * GBQ, 4), allotments={NORTHLAKE: Capacity(20 * GBQ, 2)})
    smaller = cutting.plan(book, [], cut, NOON).book
    smaller.take(NORTHLAKE, ONE)
    assert figures(usage(smaller)) == (SIZE, ONE, NOTHING, ONE)
    assert figures(usage(smaller, BACK_AT)) == (SIZE, ONE, ONE, NOTHING)


def test_a_newer_version_of_the_run_returns_nothing_twice():
    book = an_allotted_book()
    usage(book, BACK_AT)
    book.redraw(a_book(a_run(version=3), allotments={NORTHLAKE: an_allotment(SIZE, BACK_AT)}), BACK_AT)
    assert figures(usage(book, BACK_AT)) == (SIZE, NOTHING, SIZE, NOTHING)


def test_a_run_that_was_cancelled_still_says_what_was_allotted():
    book = an_allotted_book()
    book.redraw(a_book(a_run(version=3, state=RunState.CANCELLED), pool=NOTHING), NOON)
    assert figures(usage(book)) == (SIZE, NOTHING, NOTHING, NOTHING)
    assert usage(book).gone is Gone.CLOSED


def test_who_has_no_allotment_sees_zeros_and_no_release_back():
    of = usage(a_book(), partner=HARBOR)
    assert (figures(of), of.release_back_at, of.gone) == ((NOTHING,) * 4, None, Gone.NOT_GONE)


@pytest.mark.parametrize(
    ("pool", "gone"),
    [(NOTHING, Gone.OWN_ALLOTMENT_USED), (ONE, Gone.NOT_GONE), (Capacity(10 * GBQ, 0), Gone.POOL_USED)],
)
def test_a_used_allotment_is_gone_only_if_the_pool_has_nothing(pool: Capacity, gone: Gone):
    book = an_allotted_book(pool)
    book.take(NORTHLAKE, SIZE)
    assert usage(book).gone is gone


def test_a_vial_of_the_allotment_and_activity_of_the_pool_are_enough_together():
    book = a_book(pool=Capacity(10 * GBQ, 0), allotments={NORTHLAKE: an_allotment(Capacity(0, 1))})
    assert usage(book).gone is Gone.NOT_GONE


@pytest.mark.parametrize(("before", "gone"), [(timedelta(microseconds=1), Gone.NOT_GONE), (timedelta(0), Gone.CLOSED)])
def test_from_the_cut_off_on_the_run_is_closed(before: timedelta, gone: Gone):
    book = an_allotted_book()
    assert usage(book, book.run.cutoff_at - before).gone is gone


def test_a_cut_is_named_only_if_the_pool_itself_was_cut():
    cut = a_cut("runs/lu-1", NOTHING)
    book = cutting.plan(a_book(pool=ONE), [], cut, NOON).book
    assert usage(book).gone is Gone.CAPACITY_CUT
    harbors = a_book(pool=NOTHING, allotments={NORTHLAKE: an_allotment(NOTHING), HARBOR: an_allotment(SIZE)})
    others = a_cut("runs/lu-1", ONE, allotments={HARBOR: ONE})
    assert usage(cutting.plan(harbors, [], others, NOON).book).gone is not Gone.CAPACITY_CUT


def test_the_reasons_have_the_numbers_that_are_published():
    published = {
        "NOT_GONE" if name == "GONE_UNSPECIFIED" else name: number for name, number in AllotmentUsage.Gone.items()
    }
    assert {each.name: each.value for each in Gone} == published
