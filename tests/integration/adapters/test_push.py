"""A push over real HTTP into a real database: kept, judged, published once, and answered."""

import asyncio
import json
from datetime import timedelta

import pytest
from doselane.courier.v1 import courier_pb2
from google.protobuf.json_format import Parse, ParseDict

from tests.support.couriers import (
    COLD,
    KEY,
    NOW,
    SSCC,
    SWIFT,
    TRACKING,
    CourierDesk,
    epcis_document,
    epcis_event,
    ups,
)

Kind = courier_pb2.Milestone.Kind


async def test_a_milestone_is_stored_published_and_answered_with_its_push(desk: CourierDesk) -> None:
    await desk.attach(SWIFT, TRACKING)
    answer = await desk.push_ups(ups(code="011"))
    assert answer.status_code == 200
    push = Parse(answer.content, courier_pb2.Push())
    assert (push.state, push.courier, push.adapter) == (push.ACCEPTED, SWIFT, "courier_ups")
    assert [(note.kind, list(note.warnings)) for note in push.notes] == [(Kind.DELIVERED, [])]
    assert answer.headers["doselane-push"] == push.name
    assert await desk.body_of(push.name) == json.dumps(ups(code="011")).encode()
    (milestone,) = await desk.milestones()
    assert (milestone.kind, list(milestone.shipment_references)) == (Kind.DELIVERED, [TRACKING])
    (event,) = await desk.published()
    assert (event.subject, event.sequence, event.partner) == (push.name, 1, SWIFT)


async def test_the_same_body_again_is_repeated_and_counts_once(desk: CourierDesk) -> None:
    first, again = await desk.push_ups(ups()), await desk.push_ups(ups())
    assert (first.json()["state"], again.json()["state"]) == ("ACCEPTED", "REPEATED")
    assert again.status_code == 200
    assert "EVENT_REPEATED" in again.json()["notes"][0]["warnings"]
    assert len(await desk.milestones()) == 1
    assert await desk.stored() == 2


async def test_many_copies_at_once_are_accepted_once(desk: CourierDesk) -> None:
    answers = await asyncio.gather(*(desk.push_ups(ups()) for _ in range(40)))
    states = [answer.json()["state"] for answer in answers]
    assert sorted(set(states)) == ["ACCEPTED", "REPEATED"]
    assert states.count("ACCEPTED") == 1
    assert len(await desk.milestones()) == 1


async def test_the_same_body_from_two_couriers_is_two_facts(desk: CourierDesk) -> None:
    await desk.push_ups(ups())
    other = await desk.post("/ups/rival-ups", ups(), {"credential": "r" * 20})
    assert other.json()["state"] == "ACCEPTED"
    assert len(await desk.milestones()) == 2


async def test_an_event_counts_once_whether_it_comes_alone_or_in_a_document(desk: CourierDesk) -> None:
    event = epcis_event()
    in_document = await desk.capture(epcis_document(event, epcis_event(step="arriving")))
    alone = await desk.capture_event(event)
    assert (in_document.status_code, alone.status_code) == (202, 200)
    assert "EVENT_REPEATED" in alone.json()["doselane:warnings"]
    assert [each.kind for each in await desk.milestones()] == [Kind.DEPARTED, Kind.ARRIVED]


async def test_an_event_that_stands_twice_in_one_document_counts_once(desk: CourierDesk) -> None:
    event = epcis_event()
    answer = await desk.capture(epcis_document(event, event))
    warnings = [note.get("warnings", []) for note in answer.json()["notes"]]
    assert ["EVENT_REPEATED" in each for each in warnings] == [False, True]
    assert len(await desk.milestones()) == 1


async def test_a_second_story_alone_under_a_known_id_is_refused_as_the_standard_says(desk: CourierDesk) -> None:
    event = epcis_event()
    assert (await desk.capture_event(event)).status_code == 201
    answer = await desk.capture_event({**event, "bizStep": "receiving"})
    assert answer.status_code == 409
    assert answer.json()["type"] == "epcisException:ResourceAlreadyExistsException"
    assert [refusal.reason for refusal in await desk.refusals()] == ["EVENT_CHANGED"]


async def test_an_error_declaration_under_the_same_id_is_a_fact_of_its_own(desk: CourierDesk) -> None:
    event = epcis_event()
    await desk.capture(epcis_document(event))
    wrong = {**event, "errorDeclaration": {"declarationTime": "2026-11-22T09:30:00Z", "reason": "did_not_occur"}}
    await desk.capture(epcis_document(wrong))
    first, second = await desk.milestones()
    assert (first.retracted, second.retracted) == (False, True)
    assert list(second.retracts_event_ids) == [first.event_id]


async def test_an_unknown_shipment_is_taken_and_the_sender_is_told(desk: CourierDesk) -> None:
    await desk.attach(SWIFT, SSCC)
    answer = await desk.capture(epcis_document(epcis_event()))
    assert answer.json()["notes"][0]["warnings"] == ["SHIPMENT_UNKNOWN"]  # attached, but to another courier
    await desk.attach(COLD, "https://other.example/00/106141412345678908?linkType=gs1:defaultLink")
    spellings = (SSCC, "https://id.gs1.org/00/106141412345678908", "https://cold.example/p/00/106141412345678908/")
    for minute, spelling in enumerate(spellings, 5):
        event = epcis_event(NOW + timedelta(minutes=minute), epcList=[spelling])
        assert "warnings" not in (await desk.capture(epcis_document(event))).json()["notes"][0]


async def test_an_event_of_ten_years_ago_is_taken_with_a_warning(desk: CourierDesk) -> None:
    answer = await desk.push_ups(ups(NOW - timedelta(days=3652)))
    assert answer.status_code == 200
    assert "EVENT_OLD" in answer.json()["notes"][0]["warnings"]
    assert len(await desk.milestones()) == 1


async def test_an_event_from_the_far_future_is_refused(desk: CourierDesk) -> None:
    answer = await desk.push_ups(ups(NOW + timedelta(days=9)))
    assert (answer.status_code, answer.json()["reason"]) == (400, "TIME_IN_FUTURE")
    assert await desk.milestones() == []


async def test_an_unknown_code_stays_unknown_and_is_reported(desk: CourierDesk) -> None:
    answer = await desk.push_ups(ups(code="999"))
    assert "CODE_UNKNOWN" in answer.json()["notes"][0]["warnings"]
    (milestone,) = await desk.milestones()
    assert (milestone.kind, milestone.code) == (Kind.KIND_UNSPECIFIED, "999")


async def test_the_answer_is_protobuf_json(desk: CourierDesk) -> None:
    answer = await desk.push_ups(ups(undocumented=1))
    push = ParseDict(answer.json(), courier_pb2.Push())
    assert push.detail == "fields that UPS does not document: /undocumented"
    assert push.body_bytes == len(json.dumps(ups(undocumented=1)))


@pytest.mark.parametrize("account", ["swift-basic", "swift-ups", "swift-token"])
async def test_who_pushed_is_recorded_with_the_event(desk: CourierDesk, account: str) -> None:
    token = desk.issuer.token(SWIFT, ["courier.push"], actor="swift-robot")
    headers = {
        "swift-basic": {"authorization": "Basic dXBzOnN3aWZ0LWtleS0wMDAwMDAwMDAx"},
        "swift-ups": {"credential": KEY},
        "swift-token": {"authorization": f"Bearer {token}"},
    }[account]
    answer = await desk.post(f"/ups/{account}", ups(), headers)
    assert answer.status_code == 200
    (event,) = await desk.published()
    assert event.actor == ("swift-robot" if account == "swift-token" else f"account {account}")
