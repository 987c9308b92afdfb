"""Carrying out a plan: all moves or none, with the consents that it needs, once, and while the world is as it was."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from doselane.distribution.v1 import shipment_pb2
from doselane.slotting.v1 import slotting_pb2
from doselane.tower.v1 import board_pb2, consent_pb2, events_pb2, incident_pb2, rescue_pb2, tower_pb2

from services.kernel.errors import GatewayError, Kind
from services.kernel.ids import uuid7
from services.kernel.timestamps import instant, stamp
from services.tower.slotting import SlottingMoves
from tests.support.postgres import Databases
from tests.support.rescue_door import OTHER_RUN, STAFF, STAFF_SCOPES, RescueDoor, a_rescue_door
from tests.support.slotting import violations
from tests.support.tower import HARBOR, NORTHLAKE, PRODUCT, SITE, at
from tests.support.tower_news import shipment_news

Consent, Move = consent_pb2.Consent, rescue_pb2.RescueMove


@pytest.fixture
async def door(databases: Databases) -> AsyncIterator[RescueDoor]:
    """Slotting and the tower, with two runs."""
    async with a_rescue_door(databases) as opened:
        yield opened


def carry_out(plan: rescue_pb2.RescuePlan, **changes: Any) -> consent_pb2.ApplyRescueRequest:
    facts = {"moves": plan.moves, "fingerprint": plan.fingerprint, "request_id": str(uuid7()), "reason": "rescue"}
    return consent_pb2.ApplyRescueRequest(**{**facts, **changes})


def a_standing_consent(**terms: Any) -> consent_pb2.SignConsentRequest:
    facts = {"product": PRODUCT, "site": SITE, "delay_minutes_max": 24 * 60, **terms}
    return consent_pb2.SignConsentRequest(
        terms=consent_pb2.ConsentTerms(**facts),
        valid_until_time=stamp(at(24)),
        request_id=str(uuid7()),
        reason="agreed with the centre",
    )


def answered(consent: Consent, answer: int, **changes: Any) -> consent_pb2.AnswerConsentRequest:
    facts = {"name": consent.name, "answer": answer, "request_id": str(uuid7()), "reason": "asked the centre"}
    return consent_pb2.AnswerConsentRequest(**{**facts, **changes})


def asks(plan: rescue_pb2.RescuePlan) -> consent_pb2.AskConsentsRequest:
    return consent_pb2.AskConsentsRequest(moves=plan.moves, request_id=str(uuid7()), reason="its run failed")


async def told(door: RescueDoor, subject: str = "") -> list[str]:
    """What the tower published of consents and rescues, short."""
    rows = await door.tower_db.pool.fetch(
        "SELECT type, subject, partner, actor FROM outbox WHERE type ~ 'consent|rescue.applied' ORDER BY seq"
    )
    return [f"{row['type'].split('.', 2)[2].removesuffix('.v1')} {row['partner']}" for row in rows]


async def test_a_plan_that_nobody_notices_is_carried_out_at_once_and_once(door: RescueDoor):
    doses = [await door.claim(hours=48), await door.claim(hours=48, by=HARBOR)]
    plan = (await door.what_if(incident=await door.fail(doses=2))).plans[0]
    request = carry_out(plan)
    answer = await door.call(request)
    assert {move.dose for move in answer.moves} == {f"doses/{dose}" for dose in doses}
    for dose in doses:
        slot = await door.slot(dose)
        assert (slot.run, slot.at_risk) == (OTHER_RUN, False)
    assert await door.call(request) == answer
    assert await told(door) == ["rescue.applied "]
    entry = "SELECT true FROM board_entry WHERE dose = $1 AND verdict = 1"
    for dose in doses:
        assert await door.until(door.tower_db, entry, dose)
    seen = await door.call(tower_pb2.GetBoardEntryRequest(name=f"boardEntries/{doses[0]}"), NORTHLAKE)
    assert (seen.run, seen.verdict) == (OTHER_RUN, 1) and isinstance(seen, board_pb2.BoardEntry)
    row = await door.tower_db.pool.fetchrow("SELECT data, actor, reason FROM outbox WHERE type ~ 'rescue.applied'")
    said = events_pb2.RescueApplied.FromString(row["data"])
    assert (said.moves, said.apply_time) == (answer.moves, answer.apply_time)
    assert (row["actor"], row["reason"]) == ("cdmo-orchestrator", "rescue")


async def test_when_one_place_is_taken_meanwhile_none_moves_and_the_plan_is_outdated(door: RescueDoor):
    doses = [await door.claim(hours=48) for _ in range(3)]
    plan = (await door.what_if(incident=await door.fail(doses=3))).plans[0]
    await door.claim(OTHER_RUN, hours=48, by=HARBOR)
    await door.claim(OTHER_RUN, hours=48, by=HARBOR)
    refusal = await door.refusal(carry_out(plan))
    assert (refusal.kind, refusal.reason) == (Kind.REFUSED, "RUN_FULL")  # two of three still find a place
    assert {(await door.slot(dose)).at_risk for dose in doses} == {True}
    await door.claim(OTHER_RUN, hours=48, by=HARBOR)
    await door.claim(OTHER_RUN, hours=48, by=HARBOR)
    refusal = await door.refusal(carry_out(plan))
    assert refusal.reason == "RESCUE_OUTDATED" and len(refusal.facts["doses"].split()) == 3
    again = (await door.what_if(doses=[f"doses/{dose}" for dose in doses])).plans
    assert not again
    assert await told(door) == []


async def test_a_slot_that_has_changed_since_outdates_the_plan(door: RescueDoor):
    dose = await door.claim(hours=48)
    plan = (await door.what_if(incident=await door.fail())).plans[0]
    await door.call(carry_out(plan))
    refusal = await door.refusal(carry_out(plan))
    assert (refusal.reason, refusal.facts["changed"]) == ("RESCUE_OUTDATED", f"doses/{dose}")


async def test_a_crash_after_the_moves_is_repaired_by_a_repetition(door: RescueDoor, monkeypatch: pytest.MonkeyPatch):
    dose = await door.claim(hours=48)
    plan = (await door.what_if(incident=await door.fail())).plans[0]
    request, move = carry_out(plan), SlottingMoves.move

    async def dies(self: SlottingMoves, *arguments: Any) -> None:
        await move(self, *arguments)
        raise RuntimeError("the process ends here")

    monkeypatch.setattr(SlottingMoves, "move", dies)
    with pytest.raises(GatewayError):
        await door.call(request)
    monkeypatch.undo()
    assert (await door.slot(dose)).run == OTHER_RUN and await told(door) == []
    answer = await door.call(request)
    assert [each.dose for each in answer.moves] == [f"doses/{dose}"]
    assert await told(door) == ["rescue.applied "]
    assert (await door.slot(dose)).etag == "v3"


async def test_a_lost_dose_is_replaced_by_another_for_its_order_once(door: RescueDoor):
    dose = await door.claim(hours=48)
    loss = shipment_pb2.Loss(cause=shipment_pb2.Loss.DENIED)
    lost = shipment_news("shipment.lost", 1, dose, state=shipment_pb2.Shipment.LOST, loss=loss)
    await door.publish(lost)
    await door.until(door.slotting_db, "SELECT state = 6 FROM slot WHERE id = $1::uuid", dose)
    look = "SELECT name FROM incident WHERE kind = $1 AND doses = ARRAY[$2]"
    incident = await door.until(door.tower_db, look, incident_pb2.Incident.DOSE_LOST, dose)
    plan = (await door.what_if(NORTHLAKE, incident=incident)).plans[0]
    assert Move.REPLACEMENT in plan.moves[0].kinds and "makes another dose for its order" in plan.moves[0].explanation
    request = carry_out(plan)
    (made,) = (await door.call(request)).moves
    assert made.dose == f"doses/{dose}" and made.replacement.startswith("doses/") and made.replacement != made.dose
    assert await door.call(request) == consent_pb2.ApplyRescueResponse(moves=[made], apply_time=stamp(at(-20)))
    gone, instead = await door.slot(dose), await door.slot(made.replacement.removeprefix("doses/"))
    assert (gone.state, gone.replaced_by, instead.replaces) == (slotting_pb2.Slot.LOST, instead.name, gone.name)
    assert (instead.state, instead.order_reference, instead.run) == (2, gone.order_reference, plan.moves[0].run)
    assert await door.until(door.tower_db, "SELECT true FROM board_entry WHERE dose = $1", instead.name[6:])
    after = await door.what_if(NORTHLAKE, incident=incident)
    assert (list(after.plans), list(after.unsavable_doses)) == ([], [])  # it is saved already
    assert (await door.refusal(carry_out(plan))).reason == "RESCUE_OUTDATED"
    assert await violations(door.slotting_db.pool) == []


async def test_a_move_that_a_patient_notices_needs_a_consent_asked_for_and_given(door: RescueDoor):
    doses = [await door.claim(), await door.claim(by=HARBOR)]
    plan = (await door.what_if(incident=await door.fail(doses=2))).plans[0]
    refusal = await door.refusal(carry_out(plan))
    assert (refusal.kind, refusal.reason) == (Kind.REFUSED, "CONSENT_MISSING")
    assert set(refusal.facts["doses"].split()) == {f"doses/{dose}" for dose in doses}
    asked = asks(plan)
    consents = list((await door.call(asked)).consents)
    assert (await door.call(asked)).consents == consents
    assert list((await door.call(asks(plan))).consents) == consents  # which wait already
    assert [each.state for each in consents] == [Consent.ASKED] * 2
    mine = next(each for each in consents if each.partner == NORTHLAKE)
    assert (mine.terms.dose, mine.terms.delay_minutes_max) == (f"doses/{doses[0]}", 12 * 60)
    assert (mine.last_change.actor, mine.last_change.reason) == ("", "its run failed")
    assert "12 h later than promised" in mine.explanation and instant(mine.valid_until_time, "") == at(2)
    for each in consents:
        given = await door.call(answered(each, consent_pb2.AnswerConsentRequest.GIVE), each.partner)
        assert (given.state, given.last_change.reason) == (Consent.GIVEN, "asked the centre")
    assert (await door.refusal(carry_out(plan, fingerprint="0" * 32))).facts["field"] == "fingerprint"
    answer = await door.call(carry_out(plan))
    assert {move.consent for move in answer.moves} == {each.name for each in consents}
    assert {move.consent_need for move in answer.moves} == {Move.GIVEN}
    assert sorted(await told(door)) == sorted(
        [f"consent.{what} {who}" for what in ("asked", "given") for who in (NORTHLAKE, HARBOR)] + ["rescue.applied "]
    )


async def test_what_is_refused_revoked_or_too_late_allows_nothing(door: RescueDoor):
    await door.claim()
    plan = (await door.what_if(incident=await door.fail())).plans[0]
    (consent,) = (await door.call(asks(plan))).consents
    refused = await door.call(answered(consent, consent_pb2.AnswerConsentRequest.REFUSE, etag=consent.etag), NORTHLAKE)
    assert refused.state == Consent.REFUSED
    refusal = await door.refusal(answered(consent, consent_pb2.AnswerConsentRequest.GIVE), NORTHLAKE)
    assert (refusal.reason, refusal.facts["state"]) == ("CONSENT_CLOSED", "REFUSED")
    stale = answered(consent, consent_pb2.AnswerConsentRequest.GIVE, etag="1")
    assert (await door.refusal(stale, NORTHLAKE)).kind is Kind.STALE
    assert (await door.refusal(carry_out(plan))).reason == "CONSENT_MISSING"
    standing = await door.call(a_standing_consent(), NORTHLAKE)
    revoke = consent_pb2.RevokeConsentRequest(name=standing.name, request_id=str(uuid7()))
    assert (await door.call(revoke, NORTHLAKE)).state == Consent.REVOKED
    assert (await door.refusal(carry_out(plan))).reason == "CONSENT_MISSING"
    (waiting,) = (await door.call(asks(plan))).consents
    await door.now(2)
    refusal = await door.refusal(answered(waiting, consent_pb2.AnswerConsentRequest.GIVE), NORTHLAKE)
    assert (refusal.reason, refusal.facts["state"]) == ("CONSENT_CLOSED", "EXPIRED")
    assert (await door.refusal(carry_out(plan))).reason == "RESCUE_OUTDATED"


async def test_a_consent_that_was_signed_ahead_saves_the_call(door: RescueDoor):
    too_little = await door.call(a_standing_consent(delay_minutes_max=12 * 60 - 1), NORTHLAKE)
    enough = await door.call(a_standing_consent(delay_minutes_max=12 * 60), NORTHLAKE)
    await door.claim()
    incident = await door.fail()
    (plan,) = (await door.what_if(incident=incident)).plans
    assert (plan.asks_consent, plan.moves[0].consent, plan.cost_points) == (False, enough.name, 60)
    assert plan.moves[0].consent_need == Move.GIVEN and too_little.state == Consent.GIVEN
    assert len((await door.call(asks(plan))).consents) == 0
    await door.call(carry_out(plan))


async def test_a_sponsor_carries_out_what_is_its_own_and_agrees_by_that(door: RescueDoor):
    own, other = await door.claim(), await door.claim(by=HARBOR)
    incident = await door.fail(doses=2)
    plan = (await door.what_if(NORTHLAKE, incident=incident)).plans[0]
    whole = (await door.what_if(incident=incident)).plans[0]
    refusal = await door.refusal(carry_out(whole), NORTHLAKE)
    assert (refusal.kind, refusal.reason) == (Kind.NOT_FOUND, "SLOT_UNKNOWN")
    await door.call(carry_out(plan), NORTHLAKE)
    assert ((await door.slot(own)).run, (await door.slot(other)).at_risk) == (OTHER_RUN, True)


async def test_agents_and_staff_consent_to_nothing_and_strangers_see_none(door: RescueDoor):
    await door.claim()
    plan = (await door.what_if(incident=await door.fail())).plans[0]
    (consent,) = (await door.call(asks(plan))).consents
    agent = {"token": door.token(NORTHLAKE, "agent", "tower.consent", "tower.read", "slotting.read", "slotting.claim")}
    revoke = consent_pb2.RevokeConsentRequest(name=consent.name, request_id=str(uuid7()))
    give = answered(consent, consent_pb2.AnswerConsentRequest.GIVE)
    for request in (give, revoke, a_standing_consent(), carry_out(plan)):
        assert (await door.refusal(request, **agent)).reason == "AGENT_MAY_NOT"
    assert (await door.refusal(asks(plan), token=door.token(STAFF, "agent", *STAFF_SCOPES))).reason == "AGENT_MAY_NOT"
    for request in (give, revoke, a_standing_consent()):
        assert (await door.refusal(request)).kind is Kind.DENIED
    without = door.token(STAFF, *(each for each in STAFF_SCOPES if each != "tower.operate"))
    assert (await door.refusal(carry_out(plan), token=without)).reason == "SCOPE_MISSING"
    for request in (give, revoke, consent_pb2.GetConsentRequest(name=consent.name)):
        assert (await door.refusal(request, HARBOR)).reason == "CONSENT_UNKNOWN"
    asked_by = [(await door.call(consent_pb2.ListConsentsRequest(), by)).consents for by in (NORTHLAKE, HARBOR, STAFF)]
    assert [len(each) for each in asked_by] == [1, 0, 1]


async def test_consents_are_listed_newest_first_in_pages_by_state(door: RescueDoor):
    names = []
    for hours in (-19.9, -19.8, -19.7):
        await door.now(hours)
        names.append((await door.call(a_standing_consent(), NORTHLAKE)).name)
    await door.call(consent_pb2.RevokeConsentRequest(name=names[0], request_id=str(uuid7())), NORTHLAKE)
    first = await door.call(consent_pb2.ListConsentsRequest(page_size=2), NORTHLAKE)
    rest = await door.call(consent_pb2.ListConsentsRequest(page_size=2, page_token=first.next_page_token), NORTHLAKE)
    assert [each.name for each in (*first.consents, *rest.consents)] == names[::-1] and not rest.next_page_token

    async def of(*states: int) -> list[str]:
        said = await door.call(consent_pb2.ListConsentsRequest(states=states), NORTHLAKE)  # type: ignore[arg-type]
        return [each.name for each in said.consents]

    assert (await of(Consent.GIVEN), await of(Consent.REVOKED)) == (names[:0:-1], names[:1])
    await door.now(24)
    assert (await of(Consent.GIVEN), await of(Consent.EXPIRED)) == ([], names[:0:-1])
    seen = await door.call(consent_pb2.GetConsentRequest(name=names[1]), NORTHLAKE)
    assert (seen.state, seen.last_change.actor) == (Consent.EXPIRED, "northlake-orchestrator")
