"""An inspection lot that the ERP rejects stops its batch."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.kernel.errors import Invalid
from services.kernel.provenance import Provenance
from services.quality.domain.batch import State
from services.quality.domain.lots import KnownLot, LotStatement, after, object_to
from services.quality.events import heard
from tests.support.quality import EOS, a_batch
from tests.support.quality_news import a_lot

BY = Provenance("somebody", EOS)
REJECTED = LotStatement("42", "4711", "B7", True, "R2", EOS, "erp_tiny of partners/cdmo")
ACCEPTED = replace(REJECTED, rejected=False, code="A", since=EOS + timedelta(minutes=1))


def test_a_rejected_lot_raises_a_deviation_that_names_it_and_not_the_production_order() -> None:
    changed = object_to(a_batch(), KnownLot(REJECTED), BY)
    assert changed is not None
    [raised] = changed.batch.deviations
    expected = "Inspection lot 42, batch B7, was rejected with code R2, as erp_tiny of partners/cdmo told."
    assert raised.description == expected
    assert changed.batch.open_deviations == (1,)
    bare = object_to(a_batch(), KnownLot(replace(REJECTED, batch_number="", code="")), BY)
    assert bare and bare.batch.deviations[0].description == (
        "Inspection lot 42 was rejected, as erp_tiny of partners/cdmo told."
    )


def test_nothing_is_raised_twice_or_by_a_lot_that_is_accepted_or_against_what_has_ended() -> None:
    assert object_to(a_batch(), KnownLot(REJECTED, raised=True), BY) is None
    assert object_to(a_batch(), KnownLot(ACCEPTED), BY) is None
    for state in (State.REJECTED, State.FAILED_AFTER_USE):
        assert object_to(a_batch(state=state), KnownLot(REJECTED), BY) is None
    assert object_to(a_batch(state=State.CERTIFIED_FOR_USE), KnownLot(REJECTED), BY) is not None


def test_what_is_older_changes_nothing_and_a_rejection_that_is_stated_anew_counts_anew() -> None:
    assert after(None, REJECTED) == KnownLot(REJECTED)
    raised = KnownLot(REJECTED, raised=True)
    assert after(raised, replace(REJECTED, since=EOS - timedelta(seconds=1))) is None
    again = replace(REJECTED, since=EOS + timedelta(minutes=2))
    assert after(raised, again) == KnownLot(again, raised=True)
    withdrawn = after(raised, ACCEPTED)
    assert withdrawn == KnownLot(ACCEPTED)
    assert after(withdrawn, again) == KnownLot(again)


def test_a_lot_is_read_from_its_event() -> None:
    stated = heard.lot_in(a_lot(batch_number="B7"))
    assert stated == replace(REJECTED, lot="010000000042")
    assert not heard.lot_in(a_lot(rejected=False)).rejected
    assert not heard.lot_in(a_lot(usage_decision=99)).rejected  # what is newer than this program is not guessed


@pytest.mark.parametrize(
    "fields",
    [
        {"inspection_lot": ""},
        {"production_order": ""},
        {"usage_decision_code": "R\0"},
        {"batch_number": "B" * 101},
        {"state_time": None},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_a_lot_that_says_too_little_is_invalid(fields: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        heard.lot_in(a_lot(**fields))
