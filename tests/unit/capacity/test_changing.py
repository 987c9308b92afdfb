"""Opening, cutting, cancelling, and agreeing with the ledger."""

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.capacity.domain import (
    CutOfRun,
    LedgerCut,
    Run,
    RunHappened,
    State,
    cancel,
    converge,
    cut,
    open_run,
    require_cancel,
    require_cut,
)
from services.kernel.errors import GatewayError, Stale
from services.network import Capacity
from tests.support.capacity import (
    CUTOFF,
    HARBOR,
    NOON,
    NORTHLAKE,
    RELEASE_BACK,
    an_allotment,
    by,
    gbq,
    opened,
    planned,
)

SECOND = timedelta(seconds=1)
ALLOTTED = (an_allotment(NORTHLAKE, gbq(40, 4)), an_allotment(HARBOR, gbq(30, 3)))


def reason_of(run: Run, lower: CutOfRun) -> str:
    with pytest.raises(GatewayError) as refusal:
        require_cut(run, lower, NOON)
    return refusal.value.reason


SIXTY = gbq(60, 6)


def told(pledged: Capacity = SIXTY, cancelled: bool = False, **allotments: Capacity) -> LedgerCut:
    """What the ledger says two hours after noon, before any allotment is released back."""
    sizes = {NORTHLAKE: gbq(40, 4), HARBOR: gbq(30, 3)} | {
        f"partners/{name}": size for name, size in allotments.items()
    }
    return LedgerCut(pledged, sizes, cancelled, at=NOON + timedelta(hours=2))


def test_opening_counts_the_version_up_and_signs() -> None:
    changed = open_run(planned(), by(actor="anna", reason="line is free"))
    assert (changed.what, changed.run.version) == (RunHappened.OPENED, 2)
    assert (changed.run.changed.actor, changed.run.changed.reason) == ("anna", "line is free")


def test_a_run_cannot_be_opened_twice() -> None:
    with pytest.raises(GatewayError) as refusal:
        open_run(opened(), by())
    assert (refusal.value.reason, refusal.value.facts["state"]) == ("RUN_STATE", "OPEN")


def test_a_run_cannot_be_opened_that_outlives_its_product() -> None:
    run = planned()
    life = run.use_by_at - run.end_of_synthesis_at
    assert open_run(run, by(), life).what is RunHappened.OPENED
    with pytest.raises(GatewayError) as refusal:
        open_run(run, by(), life - timedelta(minutes=1))
    assert refusal.value.reason == "SHELF_LIFE_EXCEEDED"


def test_a_run_cannot_be_opened_at_its_cut_off() -> None:
    with pytest.raises(GatewayError) as refusal:
        open_run(planned(), by(CUTOFF))
    assert refusal.value.reason == "CUTOFF_PASSED"


def test_an_open_run_is_closed_from_its_cut_off_on() -> None:
    run = opened()
    assert run.state_at(CUTOFF - SECOND) is State.OPEN
    assert run.state_at(CUTOFF) is State.CLOSED


def test_a_run_that_was_never_opened_stays_planned_after_its_cut_off() -> None:
    assert planned().state_at(CUTOFF) is State.PLANNED


def test_a_cut_takes_from_the_pool_first() -> None:
    run, lower = opened(*ALLOTTED), CutOfRun(gbq(80, 8))
    require_cut(run, lower, NOON)
    after = cut(run, lower, (), by()).run
    assert (after.pool, after.allotments) == (gbq(10, 1), run.allotments)


def test_a_cut_takes_from_the_allotments_it_names() -> None:
    run, lower = opened(*ALLOTTED), CutOfRun(gbq(50, 5), {NORTHLAKE: gbq(20, 2)})
    require_cut(run, lower, NOON)
    sizes = {each.partner: each.size for each in cut(run, lower, (), by()).run.allotments}
    assert sizes == {NORTHLAKE: gbq(20, 2), HARBOR: gbq(30, 3)}


def test_a_cut_may_leave_nothing() -> None:
    require_cut(opened(), CutOfRun(gbq(0, 0)), NOON)


def test_a_closed_run_can_still_be_cut_and_cancelled() -> None:
    require_cut(opened(), CutOfRun(gbq(50, 5)), CUTOFF + SECOND)
    require_cancel(opened(), CUTOFF + SECOND)


def test_a_cut_that_the_allotments_do_not_fit_into_is_refused_with_the_figures() -> None:
    assert reason_of(opened(*ALLOTTED), CutOfRun(gbq(69, 10))) == "ALLOTMENTS_EXCEED_PLEDGE"
    assert reason_of(opened(*ALLOTTED), CutOfRun(gbq(100, 6))) == "ALLOTMENTS_EXCEED_PLEDGE"


def test_a_cut_may_not_raise_either_figure() -> None:
    assert reason_of(opened(), CutOfRun(gbq(101, 5))) == "CAPACITY_WOULD_GROW"
    assert reason_of(opened(), CutOfRun(gbq(50, 11))) == "CAPACITY_WOULD_GROW"
    assert reason_of(opened(*ALLOTTED), CutOfRun(gbq(90, 9), {HARBOR: gbq(31, 3)})) == "CAPACITY_WOULD_GROW"


def test_a_cut_of_an_allotment_that_is_not_there_is_refused() -> None:
    assert reason_of(opened(), CutOfRun(gbq(50, 5), {NORTHLAKE: gbq(1, 1)})) == "ALLOTMENT_UNKNOWN"


def test_a_cut_that_changes_nothing_is_refused() -> None:
    assert reason_of(opened(*ALLOTTED), CutOfRun(gbq(100, 10), {NORTHLAKE: gbq(40, 4)})) == "NOTHING_TO_CUT"


def test_a_cut_cannot_move_the_instant_of_release_back() -> None:
    moved = {NORTHLAKE: RELEASE_BACK + SECOND}
    assert reason_of(opened(*ALLOTTED), CutOfRun(gbq(90, 9), {NORTHLAKE: gbq(1, 1)}, moved)) == "INVALID_ARGUMENT"
    require_cut(opened(*ALLOTTED), CutOfRun(gbq(90, 9), {NORTHLAKE: gbq(1, 1)}, {NORTHLAKE: RELEASE_BACK}), NOON)


def test_a_cancelled_run_takes_no_further_change() -> None:
    run = cancel(opened(), (), by()).run
    assert reason_of(run, CutOfRun(gbq(50, 5))) == "RUN_STATE"
    for change in (lambda: require_cancel(run, NOON), lambda: open_run(run, by())):
        with pytest.raises(GatewayError) as refusal:
            change()
        assert refusal.value.reason == "RUN_STATE"


def test_a_change_by_somebody_who_saw_another_version_is_refused() -> None:
    opened().require_etag("v2")
    opened().require_etag("")
    with pytest.raises(Stale):
        opened().require_etag("v1")


def test_what_the_ledger_cut_and_we_did_not_record_is_taken_over() -> None:
    changed = converge(opened(*ALLOTTED), told(gbq(60, 6), northlake=gbq(30, 3)), by())
    assert changed is not None
    assert (changed.run.version, changed.run.pledged, changed.run.pool) == (3, gbq(60, 6), gbq(0, 0))


def test_what_we_recorded_ourselves_is_not_taken_over_again() -> None:
    run = cut(opened(*ALLOTTED), CutOfRun(gbq(75, 8)), (), by()).run
    assert converge(run, told(gbq(75, 8)), by()) is None


def test_an_older_cut_of_the_ledger_changes_nothing() -> None:
    run = cut(opened(*ALLOTTED), CutOfRun(gbq(75, 8)), (), by()).run
    assert converge(run, told(gbq(90, 9)), by()) is None


def test_a_cancellation_by_the_ledger_is_taken_over_once() -> None:
    changed = converge(opened(), told(cancelled=True), by())
    assert changed is not None
    assert changed.what is RunHappened.CANCELLED
    assert converge(changed.run, told(cancelled=True), by()) is None


def test_what_a_released_allotment_gave_back_is_no_cut() -> None:
    run = opened(*ALLOTTED)
    later = LedgerCut(gbq(100, 10), {NORTHLAKE: gbq(5, 1), HARBOR: gbq(0, 0)}, False, at=RELEASE_BACK)
    assert converge(run, later, by()) is None


def test_released_allotments_shrink_where_the_pledge_leaves_no_room_for_them() -> None:
    later = LedgerCut(gbq(20, 2), {NORTHLAKE: gbq(5, 1), HARBOR: gbq(0, 0)}, False, at=RELEASE_BACK)
    changed = converge(opened(*ALLOTTED), later, by())
    assert changed is not None
    assert (changed.run.pledged, changed.run.pool) == (gbq(20, 2), gbq(15, 1))


def test_a_fact_that_the_ledger_passed_by_is_told_in_a_newer_version() -> None:
    """Both went from version 2 to 3: the ledger by a cut of its own, the run by a fact that was told here."""
    made = replace(told(gbq(90, 9)), version=3)
    less = cut(opened(*ALLOTTED), CutOfRun(gbq(75, 8)), (), by()).run
    again = converge(less, made, by())
    assert again is not None
    assert (again.what, again.run.version, again.run.pledged) == (RunHappened.CUT, 4, gbq(75, 8))
    assert converge(again.run, made, by()) is None
    gone = cancel(opened(*ALLOTTED), (), by()).run
    again = converge(gone, made, by())
    assert again is not None
    assert (again.what, again.run.version, again.run.stored_state) == (RunHappened.CANCELLED, 4, State.CANCELLED)
    assert converge(again.run, made, by()) is None
    assert converge(gone, replace(told(cancelled=True), version=3), by()) is None
    larger = replace(told(gbq(75, 8), northlake=gbq(40, 4), harbor=gbq(30, 3)), version=3)
    smaller = cut(opened(*ALLOTTED), CutOfRun(gbq(75, 8), {NORTHLAKE: gbq(30, 3)}), (), by()).run
    assert converge(smaller, larger, by()) is not None


kbq = st.integers(70, 100)
cuts = st.builds(
    lambda a, n, h: told(gbq(a, a // 10), northlake=gbq(n, 4), harbor=gbq(h, 3)), kbq, *[st.integers(0, 30)] * 2
)


@given(st.lists(cuts, min_size=1, max_size=4))
def test_order_and_repetition_of_what_the_ledger_tells_change_nothing(said: list[LedgerCut]) -> None:
    outcomes = set()
    for order in itertools.islice(itertools.permutations([*said, said[0]]), 30):
        run = opened(*ALLOTTED)
        for made in order:
            changed = converge(run, made, by())
            run = changed.run if changed else run
        outcomes.add((run.pledged, run.allotments))
    assert len(outcomes) == 1
