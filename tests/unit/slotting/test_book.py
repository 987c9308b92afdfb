"""The book of a run: allotment first, then the pool, never more than there is."""

from datetime import timedelta

import pytest

from services.slotting.domain import Amount, Taking
from services.slotting.domain.book import NOTHING
from services.slotting.domain.refusals import RunFull
from tests.support.slotting import GBQ, HARBOR, NOON, NORTHLAKE, a_book, an_allotment

ONE = Amount(10 * GBQ, 1)


def test_a_claim_takes_from_its_own_allotment_first_and_then_from_the_pool():
    book = a_book(pool=Amount(15 * GBQ, 2), allotments={NORTHLAKE: an_allotment(Amount(15 * GBQ, 1))})
    assert book.take(NORTHLAKE, ONE) == Taking(ONE, NOTHING)
    assert book.take(NORTHLAKE, ONE) == Taking(Amount(5 * GBQ, 0), Amount(5 * GBQ, 1))
    assert book.take(NORTHLAKE, ONE) == Taking(NOTHING, ONE)


def test_a_refused_claim_takes_nothing_and_says_what_was_free():
    book = a_book(pool=Amount(4 * GBQ, 5), allotments={NORTHLAKE: an_allotment(Amount(5 * GBQ, 1))})
    with pytest.raises(RunFull) as refusal:
        book.take(NORTHLAKE, ONE)
    assert book.free_for(NORTHLAKE) == (Amount(5 * GBQ, 1), Amount(4 * GBQ, 5))
    assert refusal.value.facts["own_allotment_free_kbq"] == str(5 * GBQ)
    assert refusal.value.facts["pool_free_kbq"] == str(4 * GBQ)


def test_vials_count_beside_activity():
    book = a_book(pool=Amount(100 * GBQ, 1))
    book.take(NORTHLAKE, ONE)
    with pytest.raises(RunFull):
        book.take(NORTHLAKE, Amount(1, 1))


def test_another_sponsors_allotment_is_out_of_reach_and_out_of_sight():
    book = a_book(pool=NOTHING, allotments={HARBOR: an_allotment(Amount(50 * GBQ, 5))})
    with pytest.raises(RunFull) as refusal:
        book.take(NORTHLAKE, ONE)
    assert not book.visible_to(NORTHLAKE)
    assert str(50 * GBQ) not in refusal.value.facts.values()


@pytest.mark.parametrize(("microseconds", "visible"), [(-1, False), (0, True)])
def test_an_allotment_returns_to_the_pool_at_its_instant_and_not_before(microseconds: int, visible: bool):
    back_at = NOON + timedelta(hours=10)
    book = a_book(pool=NOTHING, allotments={HARBOR: an_allotment(Amount(50 * GBQ, 5), back_at)})
    book.settle(back_at + timedelta(microseconds=microseconds))
    assert book.visible_to(NORTHLAKE) is visible


def test_what_is_given_back_after_the_release_back_goes_to_the_pool():
    back_at = NOON + timedelta(hours=10)
    book = a_book(pool=NOTHING, allotments={HARBOR: an_allotment(Amount(50 * GBQ, 5), back_at)})
    taking = book.take(HARBOR, ONE)
    book.settle(back_at)
    book.give_back(HARBOR, taking, back_at)
    assert book.free_for(NORTHLAKE) == (NOTHING, Amount(50 * GBQ, 5))
