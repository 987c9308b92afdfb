"""Safe doses that move for others of their sponsor: planned, agreed to, and made in one step, over both services."""

from collections.abc import AsyncIterator

import pytest
from doselane.slotting.v1 import slotting_pb2
from doselane.tower.v1 import consent_pb2, rescue_pb2
from doselane.type.v1 import type_pb2

from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from tests.support.postgres import Databases
from tests.support.rescue_door import OTHER_RUN, RescueDoor, a_rescue_door
from tests.support.slotting import violations
from tests.support.tower import HARBOR, LANE, NORTHLAKE, PRODUCT, SITE, at

THIRD = "runs/lu-3"
Move = rescue_pb2.RescueMove


@pytest.fixture
async def door(databases: Databases) -> AsyncIterator[RescueDoor]:
    """Slotting and the tower, with two runs."""
    async with a_rescue_door(databases) as opened:
        yield opened


async def full(door: RescueDoor, by: str = NORTHLAKE, number: int = 4) -> list[str]:
    """Safe doses on the other run, which has no room for more; known to the tower."""
    doses = [await door.claim(OTHER_RUN, hours=48, by=by) for _ in range(number)]
    look = "SELECT count(*) = $2 FROM board_entry WHERE dose = ANY ($1) AND verdict = 1"
    assert await door.until(door.tower_db, look, doses, number)
    return doses


def carry_out(plan: rescue_pb2.RescuePlan) -> consent_pb2.ApplyRescueRequest:
    facts = {"moves": plan.moves, "fingerprint": plan.fingerprint, "request_id": str(uuid7())}
    return consent_pb2.ApplyRescueRequest(**facts, reason="rescue")


async def test_a_safe_dose_makes_room_if_its_sponsor_agrees_and_all_of_it_is_one_step(door: RescueDoor):
    lost = await door.claim(hours=24)  # the third run is too late for it
    safe = await full(door)
    await door.open_run(THIRD, 40)
    incident = await door.fail()
    assert not [plan for plan in (await door.what_if(incident=incident)).plans if plan.moves[0].run == OTHER_RUN]
    answer = await door.what_if(incident=incident, others_may_move=True)
    plan = next(plan for plan in answer.plans if any(move.helps for move in plan.moves))
    (moved,) = [move for move in plan.moves if not move.helps]
    (helper,) = [move for move in plan.moves if move.helps]
    assert (moved.dose, moved.run) == (f"doses/{lost}", OTHER_RUN)
    assert helper.dose.removeprefix("doses/") in safe and helper.run == THIRD
    assert Move.MAKES_ROOM in helper.kinds and helper.consent_need == Move.TO_ASK
    assert "It is safe, and leaves its place to another dose" in helper.explanation
    assert (plan.saved_count, len(plan.unsaved_doses)) == (1, 0) and "1 that is safe makes room" in plan.explanation
    assert (await door.refusal(carry_out(plan))).reason == "CONSENT_MISSING"
    asked = consent_pb2.AskConsentsRequest(moves=plan.moves, request_id=str(uuid7()), reason="its run failed")
    consents = (await door.call(asked)).consents
    assert helper.dose in {each.terms.dose for each in consents if each.terms.helping}
    give = consent_pb2.AnswerConsentRequest.GIVE
    for each in consents:
        said = consent_pb2.AnswerConsentRequest(name=each.name, answer=give, request_id=str(uuid7()))
        await door.call(said, NORTHLAKE)
    await door.call(carry_out(plan))
    assert (await door.slot(lost)).run == OTHER_RUN
    assert (await door.slot(helper.dose.removeprefix("doses/"))).run == THIRD
    assert await violations(door.slotting_db.pool) == []


async def test_runs_are_swapped_where_neither_has_room(door: RescueDoor):
    """One that stands on a run that will be late takes the run of another, which can wait, and the other way round."""
    for _ in range(4):  # of its first run nobody has anything
        await door.claim(hours=48, by=HARBOR)
    await door.open_run(THIRD, 20, vials=1)
    waits = (await full(door, number=4))[0]
    late = await door.claim(THIRD, hours=48)
    look = "SELECT count(*) = 1 FROM board_entry WHERE dose = $1"
    assert await door.until(door.tower_db, look, late)
    asked = {"doses": [f"doses/{late}"], "others_may_move": True, "delay_minutes_max": 0}
    plans = (await door.what_if(NORTHLAKE, **asked)).plans
    plan = next(plan for plan in plans if any(Move.SWAP in move.kinds for move in plan.moves))
    with_whom = {move.dose: move.swaps_with for move in plan.moves}
    (helper,) = [move.dose for move in plan.moves if move.helps]
    assert with_whom == {f"doses/{late}": helper, helper: f"doses/{late}"}
    assert "take each other's run" in plan.moves[0].explanation and waits
    await door.call(carry_out(plan), NORTHLAKE)  # a sponsor agrees by carrying it out
    assert (await door.slot(late)).run == OTHER_RUN
    assert (await door.slot(helper.removeprefix("doses/"))).run == THIRD
    assert await violations(door.slotting_db.pool) == []


async def test_a_hold_that_stands_by_is_given_up_for_a_dose_that_lost_its_place(door: RescueDoor):
    lost = await door.claim(hours=48)
    await full(door, number=3)
    demand = slotting_pb2.SlotDemand(
        run=OTHER_RUN,
        site=SITE,
        lane=LANE,
        administration=type_pb2.Activity(activity_mbq=7400, time=stamp(at(48))),
        order_reference="STANDBY",
    )
    hold = slotting_pb2.HoldSlotRequest(demand=demand, hold_minutes=120, request_id=str(uuid7()))
    held = (await door.call(hold, NORTHLAKE)).name.removeprefix("slots/")
    assert await door.until(door.tower_db, "SELECT state = 1 FROM slot WHERE dose = $1", held)
    incident = await door.fail()
    assert not (await door.what_if(NORTHLAKE, incident=incident)).plans
    plan = (await door.what_if(NORTHLAKE, incident=incident, others_may_move=True)).plans[0]
    kinds = {move.dose: set(move.kinds) for move in plan.moves}
    assert kinds[f"doses/{held}"] == {Move.STANDBY} and Move.ANOTHER_RUN in kinds[f"doses/{lost}"]
    await door.call(carry_out(plan), NORTHLAKE)
    assert ((await door.slot(lost)).run, (await door.slot(lost)).at_risk) == (OTHER_RUN, False)
    assert (await door.slot(held)).state == slotting_pb2.Slot.RELEASED
    assert await violations(door.slotting_db.pool) == []


async def test_doses_of_other_sponsors_move_for_nobody_and_nobody_learns_of_them(door: RescueDoor):
    await door.claim(hours=48)
    await full(door, by=HARBOR)
    await door.open_run(THIRD, 200)  # where Harbor's could go, and nothing of Northlake's in time
    incident = await door.fail()
    for by in (NORTHLAKE, "partners/cdmo"):
        answer = await door.what_if(by, incident=incident, others_may_move=True)
        assert not answer.plans
    staff = await door.what_if(incident=incident, others_may_move=True)
    assert [each.dose for each in staff.unsavable_doses] == [
        each.dose for each in (await door.what_if(incident=incident)).unsavable_doses
    ]


async def test_a_consent_that_was_signed_ahead_lets_safe_doses_move_for_others(door: RescueDoor):
    await door.claim(hours=24)
    await full(door)
    await door.open_run(THIRD, 40)
    incident = await door.fail()
    assert (await door.what_if(incident=incident, others_may_move=True)).plans[0].asks_consent
    ahead = consent_pb2.SignConsentRequest(
        terms=consent_pb2.ConsentTerms(product=PRODUCT, helping=True, delay_minutes_max=24 * 60),
        valid_until_time=stamp(at(24)),
        request_id=str(uuid7()),
    )
    await door.call(ahead, NORTHLAKE)
    again = (await door.what_if(incident=incident, others_may_move=True)).plans[0]
    assert not again.asks_consent and any(move.helps and move.consent for move in again.moves)
