"""The book of a run: allotment first, then the pool, never more than there is."""

from datetime import timedelta

import pytest

from services.network import NOTHING, Capacity
from services.slotting.domain import Allocation, RunState
from services.slotting.domain.book import Audience
from services.slotting.domain.refusals import RunFull
from tests.support.slotting import GBQ, HARBOR, NOON, NORTHLAKE, a_book, a_run, an_allotment

ONE = Capacity(10 * GBQ, 1)


def test_a_claim_takes_from_its_own_allotment_first_and_then_from_the_pool():
    book = a_book(pool=Capacity(15 * GBQ, 2), allotments={NORTHLAKE: an_allotment(Capacity(15 * GBQ, 1))})
    assert book.take(NORTHLAKE, ONE) == Allocation(ONE, NOTHING)
    assert book.take(NORTHLAKE, ONE) == Allocation(Capacity(5 * GBQ, 0), Capacity(5 * GBQ, 1))
    assert book.take(NORTHLAKE, ONE) == Allocation(NOTHING, ONE)


def test_a_refused_claim_takes_nothing_and_says_what_was_free():
    book = a_book(pool=Capacity(4 * GBQ, 5), allotments={NORTHLAKE: an_allotment(Capacity(5 * GBQ, 1))})
    with pytest.raises(RunFull) as refusal:
        book.take(NORTHLAKE, ONE)
    assert book.free_for(NORTHLAKE) == (Capacity(5 * GBQ, 1), Capacity(4 * GBQ, 5))
    assert refusal.value.facts["own_allotment_free_kbq"] == str(5 * GBQ)
    assert refusal.value.facts["pool_free_kbq"] == str(4 * GBQ)


def test_vials_count_beside_activity():
    book = a_book(pool=Capacity(100 * GBQ, 1))
    book.take(NORTHLAKE, ONE)
    with pytest.raises(RunFull):
        book.take(NORTHLAKE, Capacity(1, 1))


def test_another_sponsors_allotment_is_out_of_reach_and_out_of_sight():
    book = a_book(pool=NOTHING, allotments={HARBOR: an_allotment(Capacity(50 * GBQ, 5))})
    with pytest.raises(RunFull) as refusal:
        book.take(NORTHLAKE, ONE)
    assert NORTHLAKE not in book.audience
    assert str(50 * GBQ) not in refusal.value.facts.values()


@pytest.mark.parametrize(("microseconds", "visible"), [(-1, False), (0, True)])
def test_an_allotment_returns_to_the_pool_at_its_instant_and_not_before(microseconds: int, visible: bool):
    back_at = NOON + timedelta(hours=10)
    book = a_book(pool=NOTHING, allotments={HARBOR: an_allotment(Capacity(50 * GBQ, 5), back_at)})
    book.settle(back_at + timedelta(microseconds=microseconds))
    assert (NORTHLAKE in book.audience) is visible


def test_what_is_given_back_after_the_release_back_goes_to_the_pool():
    back_at = NOON + timedelta(hours=10)
    book = a_book(pool=NOTHING, allotments={HARBOR: an_allotment(Capacity(50 * GBQ, 5), back_at)})
    allocation = book.take(HARBOR, ONE)
    book.settle(back_at)
    book.give_back(HARBOR, allocation, back_at)
    assert book.free_for(NORTHLAKE) == (NOTHING, Capacity(50 * GBQ, 5))


def test_half_from_each_when_neither_is_enough():
    book = a_book(pool=Capacity(6 * GBQ, 1), allotments={NORTHLAKE: an_allotment(Capacity(6 * GBQ, 0))})
    assert book.take(NORTHLAKE, ONE) == Allocation(Capacity(6 * GBQ, 0), Capacity(4 * GBQ, 1))


def test_what_is_given_back_before_the_release_back_stays_the_sponsors():
    book = a_book(pool=NOTHING, allotments={HARBOR: an_allotment(Capacity(50 * GBQ, 5))})
    book.give_back(HARBOR, book.take(HARBOR, ONE), NOON)
    assert book.free_for(HARBOR) == (Capacity(50 * GBQ, 5), NOTHING)


def test_a_planned_run_is_known_to_no_partner():
    book = a_book(a_run(state=RunState.PLANNED), allotments={HARBOR: an_allotment(ONE)})
    assert HARBOR not in book.audience
    assert NORTHLAKE not in book.audience


def test_a_run_that_was_cancelled_before_it_opened_stays_unknown():
    book = a_book(a_run(state=RunState.PLANNED), allotments={HARBOR: an_allotment(ONE, NOON)})
    book.redraw(a_book(a_run(version=3, state=RunState.CANCELLED), pool=NOTHING), NOON)
    assert HARBOR not in book.audience


def test_a_run_whose_pool_is_gone_stays_known():
    book = a_book(pool=ONE)
    book.redraw(a_book(a_run(version=3), pool=NOTHING), NOON)
    assert NORTHLAKE in book.audience
    assert book.free_for(NORTHLAKE) == (NOTHING, NOTHING)


def test_an_allotment_that_was_used_up_shows_the_run_at_its_release_back_all_the_same():
    back_at = NOON + timedelta(hours=10)
    book = a_book(pool=NOTHING, allotments={HARBOR: an_allotment(ONE, back_at)})
    book.take(HARBOR, ONE)
    book.settle(back_at - timedelta(microseconds=1))
    assert NORTHLAKE not in book.audience
    book.settle(back_at)
    assert NORTHLAKE in book.audience


def test_a_newer_version_changes_facts_and_sizes_and_keeps_what_is_taken():
    book = a_book(pool=Capacity(50 * GBQ, 5))
    book.take(NORTHLAKE, ONE)
    later = NOON + timedelta(hours=30)
    allotments = {HARBOR: an_allotment(ONE)}
    book.redraw(a_book(a_run(version=3, cutoff_at=later), pool=Capacity(40 * GBQ, 4), allotments=allotments), NOON)
    assert (book.run.version, book.run.cutoff_at) == (3, later)
    assert (book.pool.size, book.pool.committed) == (Capacity(40 * GBQ, 4), ONE)
    assert book.free_for(HARBOR)[0] == ONE


def test_a_newer_version_of_a_released_back_allotment_is_released_back_again():
    book = a_book(pool=ONE, allotments={HARBOR: an_allotment(Capacity(50 * GBQ, 5), NOON)})
    taken = book.take(HARBOR, ONE)
    book.settle(NOON)
    sizes = book.pool.size, book.allotments[HARBOR].size
    book.redraw(
        a_book(a_run(version=3), pool=ONE, allotments={HARBOR: an_allotment(Capacity(50 * GBQ, 5), NOON)}), NOON
    )
    assert (book.pool.size, book.allotments[HARBOR].size) == sizes
    assert taken == Allocation(ONE, NOTHING)


def test_an_allotment_that_a_newer_version_lacks_has_no_size_any_more():
    book = a_book(allotments={HARBOR: an_allotment(ONE)})
    book.redraw(a_book(a_run(version=3)), NOON)
    assert book.allotments[HARBOR].size == NOTHING


def test_going_back_to_a_memo_undoes_all():
    book = a_book(allotments={NORTHLAKE: an_allotment(ONE)})
    memo = book.memo()
    book.take(NORTHLAKE, Capacity(20 * GBQ, 2))
    book.restore(memo)
    assert book.free_for(NORTHLAKE) == (ONE, Capacity(100 * GBQ, 10))


def test_the_numbers_that_are_stored_stay_what_they_are():
    assert {state.name: state.value for state in RunState} == {
        "PLANNED": 1,
        "OPEN": 2,
        "IN_PRODUCTION": 4,
        "PRODUCED": 5,
        "CANCELLED": 6,
        "FAILED": 7,
    }
    assert {audience.name: audience.value for audience in Audience} == {"NOBODY": 0, "HOLDERS": 1, "ALL": 2}
