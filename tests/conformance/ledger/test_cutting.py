"""A cut is answered alike by slotting and by the twin that stands in for it where capacity is tested alone."""

import pytest

from services.kernel.errors import GatewayError, NotFound, Stale
from services.kernel.rpc import RuleViolation
from tests.conformance.ledger.conftest import Plan, asked


async def test_a_cut_that_leaves_enough_takes_effect(plan: Plan):
    run = await plan.opened()
    answer = await plan.cut(asked(run, vials=5))
    assert (list(answer.conflicting_slots), answer.version) == ([], 3)


async def test_a_look_ahead_changes_nothing(plan: Plan):
    run = await plan.opened()
    for _ in range(2):
        assert await plan.refusal(asked(run, vials=5, validate_only=True)) is None
    assert (await plan.cut(asked(run, vials=5))).version == 3


async def test_a_cut_below_what_is_promised_is_refused_and_names_the_newest_slots(plan: Plan):
    run = await plan.opened()
    slots = [await plan.side.claim(run) for _ in range(3)]
    with pytest.raises(GatewayError) as refusal:
        await plan.cut(asked(run, vials=1))
    assert (refusal.value.kind, refusal.value.reason) == ("REFUSED", "CAPACITY_CONFLICT")
    assert set(refusal.value.facts["slots"].split(",")) == set(slots[1:])
    assert refusal.value.facts["slot_count"] == "2"


async def test_a_look_ahead_and_an_accepted_cut_name_the_same_slots(plan: Plan):
    run = await plan.opened()
    slots = [await plan.side.claim(run) for _ in range(3)]
    foreseen = await plan.cut(asked(run, vials=1, validate_only=True))
    accepted = await plan.cut(asked(run, vials=1, accept_conflicts=True))
    assert set(foreseen.conflicting_slots) == set(accepted.conflicting_slots) == set(slots[1:])
    assert accepted.version == 3


async def test_a_repeated_request_gets_the_same_answer_and_cuts_once(plan: Plan):
    run = await plan.opened()
    request = asked(run, vials=5)
    assert await plan.cut(request) == await plan.cut(request)
    assert (await plan.cut(asked(run, vials=4, base_version=3))).version == 4


async def test_a_request_id_belongs_to_one_body(plan: Plan):
    run = await plan.opened()
    request = asked(run, vials=5)
    await plan.cut(request)
    request.pledged.vials = 4
    assert await plan.refusal(request) == (RuleViolation, "REQUEST_MISMATCH")


async def test_a_version_that_is_no_more_is_stale(plan: Plan):
    run = await plan.opened()
    await plan.cut(asked(run, vials=5))
    assert await plan.refusal(asked(run, vials=4)) == (Stale, "STALE")


async def test_a_version_that_the_ledger_has_not_heard_of_comes_too_early(plan: Plan):
    run = await plan.opened()
    assert await plan.refusal(asked(run, base_version=9)) == (Stale, "RUN_NOT_YET_KNOWN")


async def test_a_run_that_the_ledger_has_not_heard_of_is_none(plan: Plan):
    assert await plan.refusal(asked("runs/nobody-knows")) == (NotFound, "RUN_UNKNOWN")


async def test_a_cancelled_run_loses_all_its_slots(plan: Plan):
    run = await plan.opened()
    slots = [await plan.side.claim(run) for _ in range(2)]
    answer = await plan.cut(asked(run, vials=0, cancel=True, accept_conflicts=True))
    assert set(answer.conflicting_slots) == set(slots)
