"""What a slot takes of a run, how long a hold lasts, and what a slot still allows in each of its states."""

from datetime import datetime, timedelta

import pytest

from services.kernel.activity import Nuclide
from services.kernel.errors import GatewayError
from services.network import Capacity
from services.network.refusals import CutoffPassed
from services.slotting.domain import Risk, RunState, State
from services.slotting.domain.refusals import (
    AlreadyReleased,
    DecayedBelowMinimum,
    HoldExpired,
    RunNotOpen,
    SlotClosed,
    SlotStale,
)
from services.slotting.domain.slot import hold_until, reference_amount, require_claimable
from tests.support.slotting import GBQ, NOON, a_book, a_demand, a_run, a_slot

MICROSECOND = timedelta(microseconds=1)
SYNTHESIS = NOON + timedelta(hours=24)
USE_BY = SYNTHESIS + timedelta(hours=72)
CUTOFF = NOON + timedelta(hours=20)


def test_a_dose_takes_one_vial_and_its_activity_at_end_of_synthesis_rounded_up():
    half_life = timedelta(days=6.647)
    run = a_run(use_by_at=SYNTHESIS + half_life)
    demand = a_demand(activity_mbq=0.0005, administration_at=SYNTHESIS + half_life)
    assert reference_amount(run, demand) == Capacity(1, 1)
    assert reference_amount(run, demand._replace(activity_mbq=0.00050001)) == Capacity(2, 1)


def test_losses_on_the_way_to_the_vial_are_taken_too():
    demand = a_demand(administration_at=SYNTHESIS + MICROSECOND, activity_mbq=1000.0)
    without, with_losses = (reference_amount(a_run(loss_fraction=lost), demand).kbq for lost in (0.0, 0.5))
    assert with_losses == pytest.approx(2 * without, abs=2)


@pytest.mark.parametrize(
    ("administration_at", "possible"),
    [(SYNTHESIS, False), (SYNTHESIS + MICROSECOND, True), (USE_BY, True), (USE_BY + MICROSECOND, False)],
)
def test_a_dose_is_administered_after_synthesis_and_up_to_the_use_by_time(administration_at: datetime, possible: bool):
    demand = a_demand(administration_at=administration_at)
    if possible:
        assert reference_amount(a_run(), demand).vials == 1
        return
    with pytest.raises(DecayedBelowMinimum) as refusal:
        reference_amount(a_run(), demand)
    assert refusal.value.facts["use_by_time"] == "2027-03-05T12:00:00Z"


def test_what_decays_below_the_wanted_activity_in_every_vial_is_refused_with_both_figures():
    demand = a_demand(activity_mbq=7400.0)
    takes = reference_amount(a_run(), demand).kbq
    assert reference_amount(a_run(vial_kbq_max=takes), demand) == Capacity(takes, 1)
    with pytest.raises(DecayedBelowMinimum) as refusal:
        reference_amount(a_run(vial_kbq_max=takes - 1), demand)
    facts = refusal.value.facts
    assert (facts["wanted_reference_kbq"], facts["vial_reference_kbq_max"]) == (str(takes), str(takes - 1))


def test_an_activity_that_no_run_could_yield_is_refused():
    run = a_run(nuclide=Nuclide.AT_211, vial_kbq_max=10**18)
    with pytest.raises(GatewayError, match="beyond what any run can yield"):
        reference_amount(run, a_demand(activity_mbq=1e9, administration_at=USE_BY))


@pytest.mark.parametrize(("early", "claimable"), [(MICROSECOND, True), (timedelta(0), False)])
def test_a_run_takes_claims_before_its_cut_off_only(early: timedelta, claimable: bool):
    if claimable:
        require_claimable(a_run(), CUTOFF - early)
        return
    with pytest.raises(CutoffPassed) as refusal:
        require_claimable(a_run(), CUTOFF - early)
    assert refusal.value.facts == {
        "run": "runs/lu-1",
        "claim_cutoff_time": "2027-03-02T08:00:00Z",
        "now": "2027-03-02T08:00:00Z",
    }


@pytest.mark.parametrize("state", [RunState.PLANNED, RunState.CANCELLED])
def test_a_run_that_is_not_open_takes_no_claims(state: RunState):
    with pytest.raises(RunNotOpen) as refusal:
        require_claimable(a_run(state=state), NOON)
    assert refusal.value.facts == {"run": "runs/lu-1", "state": state.name}


@pytest.mark.parametrize(
    ("nuclide", "asked", "lasts"),
    [
        (Nuclide.LU_177, timedelta(minutes=15), timedelta(minutes=15)),  # as asked
        (Nuclide.LU_177, timedelta(days=7), timedelta(hours=5)),  # a quarter of the 20 hours left
        (Nuclide.AT_211, timedelta(hours=1), timedelta(hours=7.214) / 20),  # a twentieth of the half-life
    ],
)
def test_a_hold_lasts_as_asked_but_no_longer_than_time_and_nuclide_allow(
    nuclide: Nuclide, asked: timedelta, lasts: timedelta
):
    assert hold_until(a_run(nuclide=nuclide), asked, NOON) - NOON == pytest.approx(lasts, abs=MICROSECOND)


def test_a_hold_always_ends_before_the_cut_off():
    for before in (timedelta(hours=20), timedelta(seconds=1), MICROSECOND):
        assert hold_until(a_run(), timedelta(days=7), CUTOFF - before) < CUTOFF


@pytest.mark.parametrize(("early", "open_still"), [(MICROSECOND, True), (timedelta(0), False)])
def test_a_hold_is_open_until_its_end_and_not_at_it(early: timedelta, open_still: bool):
    ends = NOON + timedelta(minutes=15)
    slot = a_slot(a_book(), state=State.HELD, hold_until=ends)
    if open_still:
        slot.require_open(ends - early)
        return
    with pytest.raises(HoldExpired) as refusal:
        slot.require_open(ends - early)
    assert refusal.value.facts == {"slot": slot.name, "state": "HELD", "hold_until_time": "2027-03-01T12:15:00Z"}


@pytest.mark.parametrize(
    ("state", "refusal", "fact"),
    [
        (State.EXPIRED, HoldExpired, "hold_until_time"),
        (State.RELEASED, AlreadyReleased, "release_time"),
        (State.FULFILLED, SlotClosed, "state"),
        (State.LOST, SlotClosed, "state"),
    ],
)
def test_a_closed_slot_says_why_it_changes_no_more(state: State, refusal: type[GatewayError], fact: str):
    with pytest.raises(refusal) as said:
        a_slot(a_book(), state=state, hold_until=NOON).require_open(NOON)
    assert said.value.facts["state"] == state.name
    assert fact in said.value.facts


def test_an_older_etag_is_stale_and_none_is_taken():
    slot = a_slot(a_book(), version=3)
    slot.require_etag("")
    slot.require_etag("v3")
    with pytest.raises(SlotStale) as refusal:
        slot.require_etag("v2")
    assert refusal.value.facts == {"slot": slot.name, "etag": "v3"}


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("risk", Risk)
def test_only_open_slots_that_have_not_lost_their_run_hold_a_place_in_the_book(state: State, risk: Risk):
    slot = a_slot(a_book(pool=Capacity(100 * GBQ, 1)), state=state, risk=risk)
    assert slot.in_book is (state in (State.HELD, State.CONFIRMED) and risk is not Risk.RUN)
