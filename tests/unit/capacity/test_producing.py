"""Making a run: production begins, synthesis ends and is measured, or manufacture fails."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.capacity.domain import (
    BatchMeasurement,
    Ending,
    Failure,
    LedgerCut,
    Run,
    RunHappened,
    State,
    complete,
    converge,
    fail,
    require_complete,
    require_fail,
    start,
    yielded,
)
from services.capacity.domain.producing import falls_short, left_by
from services.kernel.activity import Nuclide, decay
from services.kernel.errors import GatewayError
from services.network import Capacity
from tests.support.capacity import (
    CUTOFF,
    GBQ,
    HARBOR,
    NOON,
    NORTHLAKE,
    SYNTHESIS,
    an_allotment,
    by,
    gbq,
    opened,
    planned,
)

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
NOW = SYNTHESIS + 2 * HOUR
ALLOTTED = (an_allotment(NORTHLAKE, gbq(60, 6)), an_allotment(HARBOR, gbq(40, 4)))


def begun(*allotments: object) -> Run:
    return start(opened(*allotments), CUTOFF, by(CUTOFF)).run


def measured(kbq: int = 100 * GBQ, at: datetime = SYNTHESIS, **facts: int) -> BatchMeasurement:
    return BatchMeasurement(kbq, at, **facts)


def ending(ended_at: datetime = SYNTHESIS, accept_deviation: bool = False, **facts: object) -> Ending:
    return Ending(ended_at, measured(**{"at": max(ended_at, SYNTHESIS), **facts}), accept_deviation)


def refused(run: Run, how: Ending, now: datetime = NOW) -> GatewayError:
    with pytest.raises(GatewayError) as refusal:
        require_complete(run, how, now)
    return refusal.value


def test_production_closes_a_run_for_claims_even_before_its_cut_off() -> None:
    changed = start(opened(), NOON + HOUR, by(NOON + 2 * HOUR))
    assert (changed.what, changed.run.state_at(NOON + 2 * HOUR)) == (
        RunHappened.PRODUCTION_STARTED,
        State.IN_PRODUCTION,
    )
    assert changed.run.manufacture.started_at == NOON + HOUR


def test_what_has_begun_does_not_begin_again() -> None:
    with pytest.raises(GatewayError) as refusal:
        start(begun(), CUTOFF, by(NOW))
    assert (refusal.value.reason, refusal.value.facts["start_time"]) == ("ALREADY_STARTED", "2027-03-02T08:00:00Z")


@pytest.mark.parametrize("at", [NOW + SECOND, NOON - SECOND])
def test_production_begins_neither_in_the_future_nor_before_the_plan(at: datetime) -> None:
    with pytest.raises(GatewayError) as refusal:
        start(opened(), at, by(NOW))
    assert refusal.value.reason == "INVALID_ARGUMENT"


def test_a_run_that_was_never_open_is_not_made() -> None:
    with pytest.raises(GatewayError) as refusal:
        start(planned(), NOON, by(NOON))
    assert refusal.value.reason == "RUN_STATE"


def test_an_activity_counts_as_it_was_at_the_planned_end_of_synthesis_rounded_down() -> None:
    run = begun()
    late = measured(90 * GBQ, SYNTHESIS + HOUR)
    kbq = yielded(run, late).kbq
    assert kbq > 90 * GBQ
    assert decay(kbq / 1000, HOUR, Nuclide.LU_177) <= 90_000 < decay((kbq + 1) / 1000, HOUR, Nuclide.LU_177)
    assert yielded(run, measured(90 * GBQ)).kbq == 90 * GBQ


def test_a_surplus_is_recorded_and_promised_to_nobody() -> None:
    run = begun(*ALLOTTED)
    produced = complete(run, ending(kbq=130 * GBQ, vials=20), (), by(NOW)).run
    assert (produced.pledged, produced.allotments) == (run.pledged, run.allotments)
    assert produced.manufacture.measured == measured(130 * GBQ, vials=20)
    assert not falls_short(run, measured(130 * GBQ, vials=20))


def test_a_low_yield_takes_from_the_pool_first() -> None:
    run = begun(an_allotment(NORTHLAKE, gbq(60, 6)))
    produced = complete(run, ending(kbq=70 * GBQ, vials=7), ("slots/1",), by(NOW))
    assert (produced.what, produced.conflicting_slots) == (RunHappened.PRODUCED, ("slots/1",))
    assert (produced.run.pledged, produced.run.allotments) == (gbq(70, 7), run.allotments)


def test_a_yield_below_the_allotments_leaves_each_the_same_share() -> None:
    produced = complete(begun(*ALLOTTED), ending(kbq=50 * GBQ, vials=5), (), by(NOW)).run
    assert {each.partner: each.size for each in produced.allotments} == {NORTHLAKE: gbq(30, 3), HARBOR: gbq(20, 2)}


@given(kbq=st.integers(1, 200 * GBQ), vials=st.none() | st.integers(0, 20))
def test_what_a_yield_leaves_fits_and_asked_again_is_the_same(kbq: int, vials: int | None) -> None:
    run, found = begun(*ALLOTTED), BatchMeasurement(kbq, SYNTHESIS, vials=vials)
    left = left_by(run, found)
    produced = complete(run, Ending(SYNTHESIS, found), (), by(NOW)).run
    assert run.pledged.covers(left.pledged)
    assert produced.pool.covers(Capacity(0, 0))
    assert left_by(produced, found) == left
    assert falls_short(run, found) == (left.pledged != run.pledged)


@pytest.mark.parametrize(
    ("how", "now", "field"),
    [
        (Ending(NOW + SECOND, measured(at=NOW)), NOW, "end_of_synthesis_time"),
        (Ending(CUTOFF, measured()), NOW, "end_of_synthesis_time"),
        (Ending(SYNTHESIS, measured(at=SYNTHESIS - SECOND)), NOW, "measured.measure_time"),
        (Ending(SYNTHESIS, measured(at=NOW + SECOND)), NOW, "measured.measure_time"),
    ],
)
def test_times_that_cannot_be_are_named(how: Ending, now: datetime, field: str) -> None:
    assert field in str(refused(begun(), how, now).violations)  # type: ignore[attr-defined]


def test_an_end_off_the_plan_is_refused_unless_the_deviation_is_accepted() -> None:
    run = replace(begun(), end_tolerance=HOUR)
    require_complete(run, ending(SYNTHESIS + HOUR), NOW)
    said = refused(run, ending(SYNTHESIS + HOUR + SECOND))
    assert (said.reason, said.facts["tolerance_minutes"]) == ("END_OF_SYNTHESIS_OFF_PLAN", "60")
    assert refused(run, ending(SYNTHESIS - HOUR - SECOND)).reason == "END_OF_SYNTHESIS_OFF_PLAN"
    require_complete(run, ending(SYNTHESIS + HOUR + SECOND, accept_deviation=True), NOW)


def test_a_product_that_says_nothing_of_a_tolerance_has_none() -> None:
    require_complete(begun(), ending(SYNTHESIS + 2 * HOUR), NOW)


def test_a_run_is_made_even_if_nobody_told_of_the_start_but_not_while_it_takes_claims() -> None:
    run = opened()
    require_complete(run, ending(), NOW)
    assert complete(run, ending(), (), by(NOW)).run.manufacture.started_at is None
    early = Ending(CUTOFF - HOUR, measured(at=CUTOFF - HOUR))
    assert refused(run, early, CUTOFF - SECOND).reason == "RUN_STATE"


def test_what_is_produced_is_not_produced_again_and_the_facts_say_what_is_known() -> None:
    run = complete(begun(), ending(kbq=99 * GBQ), (), by(NOW)).run
    said = refused(run, ending())
    assert (said.reason, said.facts["activity_kbq"]) == ("ALREADY_PRODUCED", str(99 * GBQ))
    with pytest.raises(GatewayError) as refusal:
        start(run, SYNTHESIS, by(NOW))
    assert refusal.value.reason == "RUN_STATE"


def test_a_failure_keeps_the_figures_and_says_why() -> None:
    run, failure = begun(), Failure(SYNTHESIS, "the synthesis module leaks")
    require_fail(run, failure, NOW)
    failed = fail(run, failure, ("slots/1",), by(NOW))
    assert (failed.what, failed.conflicting_slots, failed.run.pledged) == (
        RunHappened.FAILED,
        ("slots/1",),
        run.pledged,
    )
    assert failed.run.manufacture.failure_cause == "the synthesis module leaks"
    with pytest.raises(GatewayError) as refusal:
        require_fail(failed.run, failure, NOW)
    assert refusal.value.reason == "ALREADY_FAILED"


@pytest.mark.parametrize("at", [NOW + SECOND, CUTOFF - SECOND])
def test_manufacture_fails_neither_in_the_future_nor_before_it_began(at: datetime) -> None:
    with pytest.raises(GatewayError) as refusal:
        require_fail(begun(), Failure(at, "a pump"), NOW)
    assert refusal.value.reason == "INVALID_ARGUMENT"


def test_a_failure_whose_instant_is_not_said_is_one_of_when_it_is_recorded_and_never_before_the_start() -> None:
    run, unsaid = begun(), Failure(None, "a pump")
    told_by_a_clock_ahead = (CUTOFF - SECOND, CUTOFF)
    for now, failed_at in ((NOW, NOW), told_by_a_clock_ahead):
        require_fail(run, unsaid, now)
        assert fail(run, unsaid, (), by(now)).run.manufacture.failed_at == failed_at


def test_a_failure_that_only_the_ledger_recorded_is_taken_over_as_one() -> None:
    made = LedgerCut(Capacity(0, 0), {}, cancelled=True, failed=True, conflicting_slots=("slots/1",))
    changed = converge(begun(), made, by(NOW, reason="a pump"))
    assert changed is not None
    assert (changed.what, changed.conflicting_slots) == (RunHappened.FAILED, ("slots/1",))
    assert changed.run.manufacture.failure_cause == "a pump"
    assert converge(changed.run, made, by(NOW)) is None
