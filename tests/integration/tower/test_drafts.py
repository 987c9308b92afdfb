"""An agent drafts, a person consents once, and the agent carries out exactly that: both services real, over gRPC."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from doselane.slotting.v1 import slotting_pb2
from doselane.tower.v1 import consent_pb2, draft_pb2, events_pb2
from google.protobuf.json_format import MessageToJson, Parse

from services.kernel.ids import uuid7
from services.kernel.timestamps import instant
from tests.support.postgres import Databases
from tests.support.rescue_door import OTHER_RUN, SPONSOR_SCOPES, STAFF, STAFF_SCOPES, RescueDoor, a_rescue_door
from tests.support.tower import HARBOR, NORTHLAKE

Answer = draft_pb2.AnswerDraftRequest
RELEASE = "doselane.slotting.v1.SlottingService.ReleaseSlot"
APPLY = "doselane.tower.v1.TowerService.ApplyRescue"


@pytest.fixture
async def door(databases: Databases) -> AsyncIterator[RescueDoor]:
    """Slotting and the tower, with two runs."""
    async with a_rescue_door(databases) as opened:
        yield opened


def agent(door: RescueDoor, actor: str = "northlake-agent", partner: str = NORTHLAKE) -> str:
    return door.token(partner, *SPONSOR_SCOPES, "agent", actor=actor)


def person(door: RescueDoor, partner: str = NORTHLAKE, *scopes: str, actor: str = "supply@northlake") -> str:
    return door.token(partner, *(scopes or SPONSOR_SCOPES), actor=actor, auth_time=1, acr="any")


def a_release(dose: str) -> slotting_pb2.ReleaseSlotRequest:
    return slotting_pb2.ReleaseSlotRequest(name=f"slots/{dose}", request_id=str(uuid7()), reason="the patient is ill")


async def drafted(door: RescueDoor, request: Any, call: str = RELEASE, **more: Any) -> draft_pb2.Draft:
    asked = draft_pb2.CreateDraftRequest(
        call=call, request_json=MessageToJson(request), request_id=str(uuid7()), reason="as was asked", **more
    )
    made: draft_pb2.Draft = await door.call(asked, token=agent(door))
    return made


def says(draft: draft_pb2.Draft, answer: int = Answer.CONSENT, **changes: Any) -> draft_pb2.AnswerDraftRequest:
    facts = {"name": draft.name, "answer": answer, "digest": draft.digest, "request_id": str(uuid7())}
    return Answer(**{**facts, "reason": "right", **changes})


def redeem(draft: draft_pb2.Draft) -> draft_pb2.RedeemDraftRequest:
    return draft_pb2.RedeemDraftRequest(name=draft.name, request_id=str(uuid7()))


def withdraw(draft: draft_pb2.Draft) -> draft_pb2.WithdrawDraftRequest:
    return draft_pb2.WithdrawDraftRequest(name=draft.name, request_id=str(uuid7()), reason="not any more")


async def test_an_agent_carries_out_once_what_a_person_consented_to_and_both_stand_beside_it(door: RescueDoor):
    dose, other = await door.claim(), await door.claim()
    request = a_release(dose)
    assert (await door.refusal(request, token=agent(door))).reason == "AGENT_MAY_NOT"
    draft = await drafted(door, request)
    assert draft.state == draft_pb2.Draft.WAITING and draft.drafted_by == "northlake-agent"
    assert f"name: slots/{dose}" in draft.explanation
    assert Parse(draft.request_json, slotting_pb2.ReleaseSlotRequest()) == request
    assert (await door.refusal(redeem(draft), token=agent(door))).facts["state"] == "WAITING"
    given = await door.call(says(draft), token=person(door))
    assert (given.state, given.consented_by) == (draft_pb2.Draft.CONSENTED, "supply@northlake")
    asked = redeem(draft)
    redeemed = await door.call(asked, token=agent(door))
    assert await door.call(asked, token=agent(door)) == redeemed  # a lost answer can be had again
    carried = {"token": agent(door), "consent": redeemed.consent}
    assert (await door.refusal(a_release(dose), **carried)).facts["cause"] == "OTHER_REQUEST"
    assert (await door.refusal(a_release(other), **carried)).facts["cause"] == "OTHER_REQUEST"
    stranger = {"consent": redeemed.consent, "token": agent(door, "another-agent")}
    assert (await door.refusal(request, **stranger)).facts["cause"] == "OTHER_AGENT"
    foreign = {"consent": redeemed.consent, "token": agent(door, "northlake-agent", HARBOR)}
    assert (await door.refusal(request, **foreign)).facts["cause"] == "OTHER_PARTNER"
    released = await door.call(request, **carried)
    assert await door.call(request, **carried) == released  # it acts once
    assert (await door.refusal(redeem(draft), token=agent(door))).facts["state"] == "REDEEMED"
    slot = await door.slot(dose)
    who = f"northlake-agent (consent of supply@northlake, {draft.name})"
    assert (slot.state, slot.last_change.actor) == (slotting_pb2.Slot.RELEASED, who)
    assert await door.slotting_db.pool.fetchval("SELECT true FROM outbox WHERE actor = $1", who)
    assert (await door.slot(other)).state == slotting_pb2.Slot.CONFIRMED


async def test_what_follows_from_a_rescue_is_done_by_the_same_consent(door: RescueDoor):
    dose = await door.claim(hours=48)
    plan = (await door.what_if(incident=await door.fail())).plans[0]
    request = consent_pb2.ApplyRescueRequest(
        moves=plan.moves, fingerprint=plan.fingerprint, request_id=str(uuid7()), reason="rescue"
    )
    assert (await door.refusal(request, token=agent(door))).reason == "AGENT_MAY_NOT"
    draft = await drafted(door, request, APPLY)
    await door.call(says(draft), token=person(door))
    redeemed = await door.call(redeem(draft), token=agent(door))
    await door.call(request, token=agent(door), consent=redeemed.consent)
    slot = await door.slot(dose)
    assert slot.run == OTHER_RUN and draft.name in slot.last_change.actor


async def test_only_a_person_of_the_partner_who_may_make_the_call_consents(door: RescueDoor):
    dose = await door.claim()
    draft = await drafted(door, a_release(dose))
    program = door.token(NORTHLAKE, *SPONSOR_SCOPES)
    assert (await door.refusal(says(draft), token=program)).reason == "PERSON_REQUIRED"
    assert (await door.refusal(says(draft), token=agent(door))).reason == "AGENT_MAY_NOT"
    weak = person(door, NORTHLAKE, "tower.read", "tower.consent")
    assert (await door.refusal(says(draft), token=weak)).facts["scope"] == "slotting.claim"
    for token in (person(door, HARBOR), person(door, STAFF, *STAFF_SCOPES)):
        assert (await door.refusal(says(draft), token=token)).reason == "DRAFT_UNKNOWN"
        assert (await door.refusal(withdraw(draft), token=token)).reason == "DRAFT_UNKNOWN"
    assert (await door.refusal(redeem(draft), token=agent(door, partner=HARBOR))).reason == "DRAFT_UNKNOWN"
    assert (await door.refusal(draft_pb2.GetDraftRequest(name=draft.name), HARBOR)).reason == "DRAFT_UNKNOWN"
    listed = [(await door.call(draft_pb2.ListDraftsRequest(), by)).drafts for by in (NORTHLAKE, HARBOR, STAFF)]
    assert [[each.name for each in found] for found in listed] == [[draft.name], [], [draft.name]]
    wrong = says(draft, digest="0" * 64)
    assert (await door.refusal(wrong, token=person(door))).reason == "DRAFT_DIGEST_MISMATCH"
    await door.call(says(draft), token=person(door))
    assert (await door.refusal(redeem(draft), token=agent(door, "another"))).reason == "DRAFT_OF_ANOTHER_AGENT"


async def test_what_was_declined_withdrawn_or_is_over_is_not_carried_out(door: RescueDoor):
    drafts = [await drafted(door, a_release(await door.claim())) for _ in range(4)]
    declined, withdrawn, late, used_late = drafts
    await door.call(says(declined, Answer.DECLINE), token=person(door))
    for draft in (withdrawn, late, used_late):
        await door.call(says(draft), token=person(door))
    await door.call(withdraw(withdrawn), token=person(door))
    sealed = (await door.call(redeem(used_late), token=agent(door))).consent
    await door.now(-18.9)
    for draft, state in ((declined, "DECLINED"), (withdrawn, "WITHDRAWN"), (late, "EXPIRED")):
        assert (await door.refusal(redeem(draft), token=agent(door))).facts["state"] == state
    request = Parse(used_late.request_json, slotting_pb2.ReleaseSlotRequest())
    assert (await door.refusal(request, token=agent(door), consent=sealed)).facts["cause"] == "EXPIRED"
    states = [draft_pb2.Draft.EXPIRED, draft_pb2.Draft.WITHDRAWN]
    found = await door.call(draft_pb2.ListDraftsRequest(states=states, page_size=1), NORTHLAKE)
    rest = draft_pb2.ListDraftsRequest(states=states, page_size=1, page_token=found.next_page_token)
    names = [each.name for page in (found, await door.call(rest, NORTHLAKE)) for each in page.drafts]
    assert names == [late.name, withdrawn.name]


async def test_each_change_of_a_draft_is_an_event_of_its_partner_and_a_draft_is_made_once(door: RescueDoor):
    request = a_release(await door.claim())
    text = MessageToJson(request)
    asked = draft_pb2.CreateDraftRequest(call=RELEASE, request_json=text, request_id=str(uuid7()))
    draft = await door.call(asked, token=agent(door))
    assert await door.call(asked, token=agent(door)) == draft
    assert (instant(draft.expire_time, "") - instant(draft.create_time, "")).total_seconds() == 3600
    await door.call(says(draft), token=person(door))
    await door.call(redeem(draft), token=agent(door))
    rows = await door.tower_db.pool.fetch("SELECT * FROM outbox WHERE subject = $1 ORDER BY seq", draft.name)
    told = [events_pb2.DraftChanged.FromString(row["data"]).draft for row in rows]
    assert [each.state for each in told] == [1, 2, 5]
    assert [row["actor"] for row in rows] == ["northlake-agent", "supply@northlake", "northlake-agent"]
    assert {row["partner"] for row in rows} == {NORTHLAKE} and told[2].consented_by == "supply@northlake"
    without = door.token(NORTHLAKE, "tower.read", "agent")
    asked.request_id = str(uuid7())
    assert (await door.refusal(asked, token=without)).facts["scope"] == "slotting.claim"
