"""Changes that slotting's ledger must agree to: what is asked of it, and what becomes of the run, also of one that

changed while the ledger was asked; and what an outside system tells of a run.
"""

from datetime import timedelta
from typing import Any

import pytest

from services.capacity.domain import (
    BatchMeasurement,
    Changed,
    CutOfRun,
    Ending,
    Failure,
    Run,
    RunHappened,
    State,
    cancel,
    complete,
    cut,
    fail,
    start,
    told,
)
from services.capacity.domain.agreed import Cancelling, Completing, Cutting, Failing
from services.kernel.errors import GatewayError
from tests.support.capacity import CUTOFF, GBQ, NORTHLAKE, SYNTHESIS, an_allotment, by, gbq, opened

NOW = SYNTHESIS + timedelta(hours=2)
SLOTS = ("slots/1",)
LOWER = CutOfRun(gbq(60, 6), {NORTHLAKE: gbq(20, 2)})
FULL = Ending(SYNTHESIS, BatchMeasurement(100 * GBQ, SYNTHESIS, vials=10))
SHORT = Ending(SYNTHESIS, BatchMeasurement(50 * GBQ, SYNTHESIS, vials=5))
FAILED = Failure(NOW, "the line leaked")
CHANGES: dict[str, Any] = {
    "cutting": Cutting(LOWER),
    "cancelling": Cancelling(),
    "completing": Completing(SHORT),
    "failing": Failing(FAILED),
}


def open_one() -> Run:
    return opened(an_allotment(NORTHLAKE, gbq(40, 4)))


def begun() -> Run:
    return start(open_one(), CUTOFF, by(CUTOFF)).run


def test_the_ledger_is_asked_whenever_less_would_be_left() -> None:
    assert {name: change.needs_ledger(begun()) for name, change in CHANGES.items()} == dict.fromkeys(CHANGES, True)
    assert not Completing(FULL).needs_ledger(begun())


def test_the_ledger_hears_what_is_to_be_left_and_why() -> None:
    assert {name: change.left_of(begun()) for name, change in CHANGES.items()} == {
        "cutting": LOWER,
        "cancelling": None,
        "completing": CutOfRun(gbq(50, 5), {NORTHLAKE: gbq(40, 4)}),
        "failing": None,
    }
    assert {name: (change.fails, change.cause) for name, change in CHANGES.items()} == {
        "cutting": (False, ""),
        "cancelling": (False, ""),
        "completing": (False, ""),
        "failing": (True, "the line leaked"),
    }


@pytest.mark.parametrize(
    ("name", "run", "wanted"),
    [
        ("cutting", open_one(), cut(open_one(), LOWER, SLOTS, by(NOW))),
        ("cancelling", open_one(), cancel(open_one(), SLOTS, by(NOW))),
        ("completing", begun(), complete(begun(), SHORT, SLOTS, by(NOW))),
        ("failing", begun(), fail(begun(), FAILED, SLOTS, by(NOW))),
    ],
)
def test_what_the_ledger_agreed_to_is_made(name: str, run: Run, wanted: Changed) -> None:
    assert CHANGES[name].made(run, SLOTS, by(NOW)) == wanted


@pytest.mark.parametrize(
    ("name", "happened", "state"),
    [
        ("cutting", RunHappened.CUT, State.IN_PRODUCTION),
        ("cancelling", RunHappened.CANCELLED, State.CANCELLED),
        ("completing", RunHappened.PRODUCED, State.PRODUCED),
        ("failing", RunHappened.FAILED, State.FAILED),
    ],
)
def test_a_run_that_changed_meanwhile_takes_over_what_the_ledger_did(
    name: str, happened: RunHappened, state: State
) -> None:
    changed = CHANGES[name].taken_over(begun(), SLOTS, by(NOW, reason="a leak"))
    assert (changed.what, changed.run.stored_state, changed.conflicting_slots) == (happened, state, SLOTS)


@pytest.mark.parametrize("name", ["cancelling", "completing", "failing"])
def test_a_run_that_is_over_stays_as_it_is(name: str) -> None:
    over = fail(begun(), FAILED, (), by(NOW)).run
    assert CHANGES[name].taken_over(over, SLOTS, by(NOW)) is None


def test_a_cut_of_what_is_smaller_already_changes_nothing() -> None:
    small = cut(open_one(), CutOfRun(gbq(50, 5), {NORTHLAKE: gbq(10, 1)}), (), by(CUTOFF)).run
    changed = Cutting(LOWER).taken_over(small, SLOTS, by(NOW))
    assert changed is None or (changed.run.pledged, changed.run.allotments) == (small.pledged, small.allotments)


@pytest.mark.parametrize(
    ("name", "run", "reason"),
    [
        ("cutting", cancel(open_one(), (), by(CUTOFF)).run, "RUN_STATE"),
        ("cancelling", begun(), "RUN_STATE"),
        ("completing", complete(begun(), FULL, (), by(NOW)).run, "ALREADY_PRODUCED"),
        ("failing", fail(begun(), FAILED, (), by(NOW)).run, "ALREADY_FAILED"),
    ],
)
def test_what_a_run_cannot_take_is_refused_before_the_ledger_is_asked(name: str, run: Run, reason: str) -> None:
    with pytest.raises(GatewayError) as refused:
        CHANGES[name].require(run, NOW)
    assert refused.value.reason == reason


def test_what_an_outside_system_tells_is_done_once() -> None:
    run = open_one()
    started = told(run, CUTOFF, by(CUTOFF))
    assert started is not None and started.what is RunHappened.PRODUCTION_STARTED
    assert told(started.run, CUTOFF, by(NOW)) is None
    ended = told(started.run, FULL, by(NOW))
    assert ended is not None and (ended.what, ended.conflicting_slots) == (RunHappened.PRODUCED, ())
    assert told(ended.run, FULL, by(NOW)) is None
    with pytest.raises(GatewayError, match="recorded already"):
        told(ended.run, SHORT, by(NOW))
    failed = told(started.run, FAILED, by(NOW))
    assert failed is not None and failed.run.manufacture.failure_cause == FAILED.cause
    assert told(failed.run, FAILED, by(NOW)) is None
    with pytest.raises(GatewayError, match="recorded already"):
        told(failed.run, Failure(NOW, "another"), by(NOW))
