"""What would help: the tower asks slotting, chooses, and changes nothing."""

from collections.abc import AsyncIterator

import pytest
from doselane.distribution.v1 import lane_pb2
from doselane.tower.v1 import rescue_pb2

from services.kernel.db import Database
from services.kernel.errors import Kind
from services.kernel.timestamps import instant
from services.tower.domain.known import BatchPhase, RunStanding
from tests.support.postgres import Databases
from tests.support.rescue_door import OTHER_RUN, STAFF, RescueDoor, a_rescue_door
from tests.support.tower import HARBOR, LANE, NORTHLAKE, RUN, at
from tests.support.tower_news import denial_news, supply_news

Move = rescue_pb2.RescueMove
TIMES_MAX = 10


@pytest.fixture
async def door(databases: Databases) -> AsyncIterator[RescueDoor]:
    """Slotting and the tower, with two runs."""
    async with a_rescue_door(databases) as opened:
        yield opened


async def state_of(database: Database) -> list[object]:
    """A hash of each table there is, but for where readers of events stand."""
    tables = await database.pool.fetch(
        "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
        " AND tablename NOT IN ('relay_cursor', 'bus_cursor', 'inbox') ORDER BY tablename"
    )
    looked = (f"SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM {row['tablename']} t" for row in tables)
    return [await database.pool.fetchval(statement) for statement in looked]


async def _asked(door: RescueDoor, incident: str) -> tuple[rescue_pb2.WhatIfResponse, bool]:
    """The answer, and whether anything is not as it was before the question."""
    before = await state_of(door.slotting_db), await state_of(door.tower_db)
    answer = await door.what_if(incident=incident)
    return answer, (await state_of(door.slotting_db), await state_of(door.tower_db)) != before


async def test_the_doses_of_a_failed_run_are_told_what_saves_them_and_nothing_changes(door: RescueDoor):
    doses = [await door.claim() for _ in range(3)] + [await door.claim(by=HARBOR)]
    incident = await door.fail(doses=4)
    await door.until(door.tower_db, "SELECT count(*) = 4 FROM slot WHERE risk = 1")
    for database in (door.slotting_db, door.tower_db):
        await door.until(database, "SELECT (SELECT count(*) FROM event_log) = (SELECT count(*) FROM outbox)")
    answer, changed = await _asked(door, incident)
    for _ in range(TIMES_MAX):  # by news that the tower heard meanwhile, which ends
        if changed:
            answer, changed = await _asked(door, incident)
    assert not changed
    best, *others = answer.plans
    assert (best.saved_count, best.saved_max_count, best.proven, list(best.unsaved_doses)) == (4, 4, True, [])
    assert {move.dose for move in best.moves} == {f"doses/{dose}" for dose in doses}
    # Made at 18:00, ready at 22:30, on the road a day later than planned, there at midnight: at the promised hour.
    for move in best.moves:
        assert (move.run, move.lane, list(move.kinds)) == (
            OTHER_RUN,
            LANE,
            [Move.ANOTHER_RUN, Move.LATER_ADMINISTRATION],
        )
        assert instant(move.departure_time, "") == at(30)
        assert instant(move.administration.time, "") == at(36) and instant(move.promised.time, "") == at(24)
        assert move.consent_need == Move.TO_ASK and "12 h later than promised" in move.explanation
    assert best.asks_consent and "consents that are not there yet are needed for 4 of them" in best.explanation
    assert instant(best.apply_until_time, "") == at(2)
    assert others == []  # nothing saves them that nobody notices


async def test_too_little_room_saves_as_many_as_there_is_room_for(door: RescueDoor):
    doses = [await door.claim(hours=48) for _ in range(3)]
    await door.claim(OTHER_RUN, hours=48, by=HARBOR)
    await door.claim(OTHER_RUN, hours=48, by=HARBOR)
    incident = await door.fail(doses=3)
    best = (await door.what_if(incident=incident)).plans[0]
    assert (best.saved_count, best.saved_max_count, len(best.unsaved_doses)) == (2, 2, 1)
    assert {move.consent_need for move in best.moves} == {Move.NOT_NEEDED} and not best.asks_consent
    assert {*best.unsaved_doses, *(move.dose for move in best.moves)} == {f"doses/{dose}" for dose in doses}
    assert "no patient notices anything" in best.explanation


async def test_a_dose_that_fits_with_less_activity_only_needs_a_consent(door: RescueDoor):
    await door.claim(hours=48)
    for _ in range(3):  # 10.6 GBq each at the end of synthesis: of forty 8.2 are left, and 8.9 would be needed
        await door.claim(OTHER_RUN, hours=36, by=HARBOR, mbq=9300)
    incident = await door.fail()
    (plan,) = (await door.what_if(incident=incident)).plans
    (move,) = plan.moves
    assert (move.administration.activity_mbq, move.promised.activity_mbq) == (6660, 7400)
    assert list(move.kinds) == [Move.ANOTHER_RUN, Move.LESS_ACTIVITY]
    assert (move.consent_need, plan.cost_points) == (Move.TO_ASK, 200)
    assert "90.0% of what was promised" in move.explanation
    assert not (await door.what_if(incident=incident, activity_fraction_min=0.95)).plans


async def test_what_slotting_does_not_know_of_speaks_against_a_way(door: RescueDoor):
    await door.claim(hours=48)
    incident = await door.fail()
    (first,) = (await door.what_if(incident=incident)).plans
    assert instant(first.moves[0].departure_time, "") == at(30)
    refused = {"shipment": "", "lane": LANE, "departure_time": first.moves[0].departure_time}
    await door.publish(denial_news(**refused, kind=lane_pb2.Denial.DENIED))
    await door.until(door.tower_db, "SELECT true FROM denial")
    (second,) = (await door.what_if(incident=incident)).plans
    assert instant(second.moves[0].departure_time, "") == at(54)
    await door.publish(supply_news(1, OTHER_RUN))
    await door.until(door.tower_db, "SELECT true FROM supply")
    answer = await door.what_if(incident=incident)
    assert not answer.plans and [each.reason for each in answer.unsavable_doses] == [""]


async def test_a_sponsor_asks_for_its_own_doses_and_hears_of_no_other(door: RescueDoor):
    own, other = await door.claim(), await door.claim(by=HARBOR)
    incident = await door.fail(doses=2)
    for asked in ({"incident": incident}, {"doses": [f"doses/{own}"]}):
        answer = await door.what_if(NORTHLAKE, **asked)
        assert {move.dose for plan in answer.plans for move in plan.moves} == {f"doses/{own}"}
        assert HARBOR not in str(answer) and other not in str(answer)
    narrowed = await door.what_if(incident=incident, doses=[f"doses/{other}"])
    assert {move.dose for plan in narrowed.plans for move in plan.moves} == {f"doses/{other}"}
    assert not (await door.what_if(NORTHLAKE, incident=incident, doses=[f"doses/{other}"])).plans
    refusal = await door.refusal(rescue_pb2.WhatIfRequest(doses=[f"doses/{other}"]), NORTHLAKE)
    assert (refusal.kind, refusal.reason) == (Kind.NOT_FOUND, "SLOT_UNKNOWN")
    refusal = await door.refusal(rescue_pb2.WhatIfRequest(incident=incident), "partners/none")
    assert refusal.reason == "INCIDENT_UNKNOWN"
    for scopes in (("tower.read",), ("slotting.read",)):
        refusal = await door.refusal(rescue_pb2.WhatIfRequest(incident=incident), token=door.token(STAFF, *scopes))
        assert refusal.reason == "SCOPE_MISSING"


async def test_a_dose_that_cannot_move_says_why_and_what_is_safe_asks_for_nothing(door: RescueDoor):
    dose = await door.claim()
    await door.now(-3)
    answer = await door.what_if(doses=[f"doses/{dose}"])
    assert not answer.plans
    assert [(each.dose, each.reason) for each in answer.unsavable_doses] == [(f"doses/{dose}", "CUTOFF_PASSED")]
    assert (await door.refusal(rescue_pb2.WhatIfRequest())).kind is Kind.INVALID
    assert (await door.slot(dose)).run == RUN


async def test_a_run_is_made_while_nothing_is_known_against_its_batch(door: RescueDoor):
    await door.claim()
    incident = await door.fail(doses=1)
    found = [(await door.what_if(incident=incident)).plans[0].explanation]
    pool = door.tower_db.pool
    await pool.execute(f"UPDATE run SET state = {RunStanding.PRODUCED:d} WHERE name = $1", OTHER_RUN)
    found.append((await door.what_if(incident=incident)).plans[0].explanation)
    await pool.execute(
        "INSERT INTO batch (name, version, run, state, failed_tests, settled_items)"
        f" VALUES ('batches/b', 1, $1, {BatchPhase.IN_QC:d}, ARRAY['identity'], '{{}}')",
        OTHER_RUN,
    )
    found.append((await door.what_if(incident=incident)).plans[0].explanation)
    assert ["made already" in words for words in found] == [False, True, False]
