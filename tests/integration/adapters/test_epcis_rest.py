"""GS1's REST binding of EPCIS 2.0: capture jobs, single events, discovery, versions, error behaviour."""

import asyncio
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from services.kernel.ids import uuid7
from tests.support.couriers import COLD_KEY, CONTEXT, NOW, CourierDesk, epcis_document, epcis_event, signature

KEY = {"x-api-key": COLD_KEY}
RECORDED = "2026-11-22T10:00:00.000000Z"  # by the desk's clock


async def test_a_document_becomes_a_capture_job_that_can_be_fetched(shared_desk: CourierDesk) -> None:
    answer = await shared_desk.capture(epcis_document(epcis_event()))
    assert answer.status_code == 202
    assert answer.headers["gs1-epcis-version"] == "2.0.0"
    job = await shared_desk.http.get(answer.headers["location"], headers=KEY)
    assert job.status_code == 200
    assert job.json() == {
        "captureID": answer.headers["location"].rpartition("/")[2],
        "createdAt": "2026-11-22T10:00:00Z",
        "finishedAt": "2026-11-22T10:00:00Z",
        "running": False,
        "success": True,
        "captureErrorBehaviour": "rollback",
        "errors": [],
    }


async def test_one_bad_event_spoils_the_document_unless_the_sender_asks_to_proceed(desk: CourierDesk) -> None:
    document = epcis_document(epcis_event(), epcis_event(bizStep="flying"), epcis_event(step="arriving"))
    rolled_back = await desk.capture(document)
    assert (rolled_back.status_code, rolled_back.json()["facts"]["place"]) == (400, "/epcisBody/eventList/1/bizStep")
    assert await desk.milestones() == []
    proceeded = await desk.capture(document, gs1_capture_error_behaviour="proceed")
    assert proceeded.status_code == 202
    assert len(await desk.milestones()) == 2
    push = proceeded.json()
    assert push["notes"][1]["warnings"] == ["EVENT_REFUSED", "BODY_NOT_EPCIS"]
    job = (await desk.http.get(proceeded.headers["location"], headers=KEY)).json()
    assert (job["success"], job["captureErrorBehaviour"]) == (False, "proceed")
    assert "/epcisBody/eventList/1/bizStep" in job["errors"][0]["detail"]


async def test_the_job_of_a_refused_document_tells_of_its_failure(shared_desk: CourierDesk) -> None:
    answer = await shared_desk.capture(epcis_document(epcis_event(action="LOOK")))
    push_id = answer.headers["doselane-push"].partition("/")[2]
    job = (await shared_desk.http.get(f"/epcis/cold/capture/{push_id}", headers=KEY)).json()
    assert (job["running"], job["success"], job["errors"][0]["type"]) == (
        False,
        False,
        "epcisException:ValidationException",
    )


async def test_nothing_good_in_a_document_is_a_refusal_even_when_proceeding(shared_desk: CourierDesk) -> None:
    document = epcis_document(epcis_event(action="LOOK"))
    answer = await shared_desk.capture(document, gs1_capture_error_behaviour="proceed")
    assert answer.status_code == 400


async def test_a_single_event_is_created_with_an_id_and_can_be_fetched(shared_desk: CourierDesk) -> None:
    event = epcis_event()
    del event["eventID"]
    answer = await shared_desk.capture_event(event)
    assert answer.status_code == 201
    created = answer.json()
    assert created["eventID"].startswith("urn:doselane:epcis:sha-256:")
    fetched = await shared_desk.http.get(answer.headers["location"], headers=KEY)
    document = fetched.json()
    assert document["type"] == "EPCISQueryDocument"
    found = document["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert found == [{**event, "eventID": created["eventID"], "recordTime": RECORDED}]


async def test_an_event_of_a_document_can_be_fetched_by_its_id(shared_desk: CourierDesk) -> None:
    first, second = epcis_event(), epcis_event(eventID="ni:///sha-256;00ff?ver=CBV2.0")
    await shared_desk.capture(epcis_document(first, second))
    fetched = await shared_desk.http.get(f"/epcis/cold/events/{quote(second['eventID'], safe='')}", headers=KEY)
    results = fetched.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert results == [{**second, "recordTime": RECORDED}]
    assert fetched.json()["@context"] == CONTEXT


def declared_wrong(event: dict[str, Any], at: str = "2026-11-22T09:30:00Z") -> dict[str, Any]:
    return {**event, "errorDeclaration": {"declarationTime": at, "reason": "did_not_occur"}}


async def events_at(desk: CourierDesk, location: str) -> list[dict[str, Any]]:
    fetched = await desk.http.get(location, headers=KEY)
    assert fetched.status_code == 200
    found: list[dict[str, Any]] = fetched.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert [each.pop("recordTime") for each in found] == [RECORDED] * len(found)
    return found


async def test_an_event_comes_back_with_the_declarations_that_it_was_wrong(shared_desk: CourierDesk) -> None:
    event = epcis_event()
    first, again = declared_wrong(event), declared_wrong(event, "2026-11-22T09:45:00Z")
    await shared_desk.capture(epcis_document(epcis_event(), event))
    for declaration in (first, again, first):
        answer = await shared_desk.capture_event(declaration)
        assert answer.status_code in (200, 201)
        assert declaration in await events_at(shared_desk, answer.headers["location"])
    assert await events_at(shared_desk, answer.headers["location"]) == [event, first, again]


async def test_a_declaration_comes_back_even_if_its_event_never_came(shared_desk: CourierDesk) -> None:
    declaration = declared_wrong(epcis_event())
    answer = await shared_desk.capture_event(declaration)
    assert answer.status_code == 201
    assert await events_at(shared_desk, answer.headers["location"]) == [declaration]
    await shared_desk.capture(epcis_document(declared_wrong(epcis_event()), declaration))
    assert await events_at(shared_desk, answer.headers["location"]) == [declaration]


async def test_an_event_is_found_by_its_id_in_any_spelling(shared_desk: CourierDesk) -> None:
    event = epcis_event(eventID=f"URN:UUID:{str(uuid7()).upper()}")
    answer = await shared_desk.capture_event(event)
    assert answer.json()["eventID"] == event["eventID"]
    assert await events_at(shared_desk, answer.headers["location"]) == [event]
    assert await events_at(shared_desk, f"/epcis/cold/events/{event['eventID'].lower()}") == [event]
    in_lower_case = {**event, "eventID": event["eventID"].lower()}
    assert (await shared_desk.capture_event(in_lower_case)).status_code == 200  # known


async def test_another_content_under_a_known_id_spoils_the_whole_document(desk: CourierDesk) -> None:
    known, new = epcis_event(), epcis_event()
    await desk.capture(epcis_document(known))
    changed = epcis_document(new, {**known, "bizStep": "receiving"})
    answer = await desk.capture(changed)
    assert (answer.status_code, answer.json()["reason"]) == (400, "EVENT_CHANGED")
    job = await desk.http.get(f"/epcis/cold/capture/{answer.headers['doselane-push'].partition('/')[2]}", headers=KEY)
    assert (job.json()["success"], job.json()["errors"][0]["title"]) == (False, "EVENT_CHANGED")
    assert len(await desk.milestones()) == 1
    # What was refused counts for nothing: the new event is still new, and the same document still refused.
    assert (await desk.capture(changed)).status_code == 400
    assert (await desk.capture(epcis_document(new))).json()["state"] == "ACCEPTED"
    assert len(await desk.milestones()) == 2


async def test_another_content_under_a_known_id_is_left_out_of_a_document_that_proceeds(desk: CourierDesk) -> None:
    known, new = epcis_event(), epcis_event()
    await desk.capture(epcis_document(known))
    document = epcis_document({**known, "bizStep": "receiving"}, new)
    answer = await desk.capture(document, gs1_capture_error_behaviour="proceed")
    assert answer.status_code == 202
    assert answer.json()["notes"][0]["warnings"] == ["EVENT_REFUSED", "EVENT_CHANGED"]
    job = (await desk.http.get(answer.headers["location"], headers=KEY)).json()
    assert (job["success"], job["captureErrorBehaviour"]) == (False, "proceed")
    assert "event 0" in job["errors"][0]["detail"]
    assert len(await desk.milestones()) == 2


async def test_a_single_event_with_another_content_under_a_known_id_is_a_conflict(shared_desk: CourierDesk) -> None:
    known = epcis_event()
    assert (await shared_desk.capture_event(known)).status_code == 201
    answer = await shared_desk.capture_event({**known, "bizStep": "receiving"})
    assert (answer.status_code, answer.json()["reason"]) == (409, "EVENT_CHANGED")


async def test_two_contents_under_one_id_in_one_document_are_refused(desk: CourierDesk) -> None:
    event = epcis_event()
    document = epcis_document(event, {**event, "bizStep": "receiving"})
    assert (await desk.capture(document)).json()["reason"] == "EVENT_CHANGED"
    assert await desk.milestones() == []


async def test_documents_that_come_together_are_judged_as_if_one_by_one(desk: CourierDesk) -> None:
    known = epcis_event()
    await desk.capture(epcis_document(known))
    news = [epcis_event(NOW + timedelta(seconds=at)) for at in range(20)]
    bad = [epcis_document(new, {**known, "bizStep": "receiving"}) for new in news]
    good = [epcis_document(new) for new in news]
    answers = await asyncio.gather(
        *(desk.capture(document) for pair in zip(bad, good, strict=True) for document in pair)
    )
    assert [answer.status_code for answer in answers] == [400, 202] * 20
    assert len(await desk.milestones()) == 21


@pytest.mark.parametrize("time", ["2026-11-22T10:00:30.000+01:00", "2026-11-22T09:00:30.000000Z"])
async def test_one_instant_in_two_spellings_is_one_event(shared_desk: CourierDesk, time: str) -> None:
    with_id = epcis_event(NOW + timedelta(seconds=30))
    assert (await shared_desk.capture_event(with_id)).status_code == 201
    assert (await shared_desk.capture_event({**with_id, "eventTime": time})).status_code == 200
    without = epcis_event(NOW + timedelta(seconds=30), step=f"https://cold.example/steps/{uuid7()}")
    del without["eventID"]
    assert (await shared_desk.capture_event(without)).status_code == 201
    assert (await shared_desk.capture_event({**without, "eventTime": time})).status_code == 200


async def test_a_single_event_may_come_without_a_context_only_where_the_standard_has_it_so(
    shared_desk: CourierDesk,
) -> None:
    event = epcis_event()
    assert (await shared_desk.capture_event(event)).status_code == 201
    refused = await shared_desk.capture(epcis_event())
    assert (refused.status_code, refused.json()["facts"]["place"]) == (400, "/@context")
    assert (await shared_desk.capture({**epcis_event(), "@context": CONTEXT})).status_code == 202


async def test_a_query_document_is_captured_too(shared_desk: CourierDesk) -> None:
    results = {"queryName": "SimpleEventQuery", "resultsBody": {"eventList": [epcis_event()]}}
    document = {"@context": CONTEXT, "type": "EPCISQueryDocument", "epcisBody": {"queryResults": results}}
    assert (await shared_desk.capture(document)).status_code == 202


async def test_the_list_of_capture_jobs_is_paged_newest_first(desk: CourierDesk) -> None:
    made = [await desk.capture(epcis_document(epcis_event(NOW + timedelta(minutes=m)))) for m in range(6)]
    expected = [answer.headers["location"].rpartition("/")[2] for answer in reversed(made)]
    found: list[list[str]] = []
    path = "/epcis/cold/capture?perPage=2"
    while path:
        page = await desk.http.get(path, headers=KEY)
        found.append([job["captureID"] for job in page.json()])
        path = page.links.get("next", {}).get("url", "")
    assert found == [expected[:2], expected[2:4], expected[4:]]


async def test_another_account_of_the_same_courier_sees_none_of_it(desk: CourierDesk) -> None:
    answer = await desk.capture(epcis_document(epcis_event()))
    job = answer.headers["location"].replace("/cold/", "/cold-signed/")
    other = await desk.http.get(job, headers={"x-signature": signature(b"")})
    assert (other.status_code, other.json()["type"]) == (404, "epcisException:NoSuchNameException")
    jobs = await desk.http.get("/epcis/cold-signed/capture", headers={"x-signature": signature(b"")})
    assert jobs.json() == []


@pytest.mark.parametrize("path", ["", "/capture", "/events", "/capture/x", "/events/x"])
async def test_options_says_what_is_supported(shared_desk: CourierDesk, path: str) -> None:
    answer = await shared_desk.http.options(f"/epcis/cold{path}", headers=KEY)
    assert answer.status_code == 204
    assert answer.headers["gs1-epcis-min"] == answer.headers["gs1-epcis-max"] == "2.0.0"
    assert "OPTIONS" in answer.headers["allow"]
    assert ("gs1-epcis-capture-limit" in answer.headers) == (path in ("/capture", "/events"))


@pytest.mark.parametrize(("header", "value", "status"), [
    ("gs1_epcis_version", "2.0.0", 202),
    ("gs1_epcis_version", "2.0", 202),
    ("gs1_epcis_version", "1.2", 406),
    ("gs1_epcis_version", "two", 400),
    ("gs1_cbv_version", "3.0.0", 406),
    ("gs1_epcis_max", "1.2.0", 406),
    ("gs1_epcis_min", "2.1", 406),
    ("gs1_epcis_min", "1.0.0", 202),
    ("gs1_capture_error_behaviour", "panic", 400),
    ("content_type", "application/ld+json; charset=utf-8", 202),
    ("content_type", "application/xml", 415),
    ("content_type", "text/plain", 415),
])  # fmt: skip
async def test_headers_are_honoured(shared_desk: CourierDesk, header: str, value: str, status: int) -> None:
    answer = await shared_desk.capture(epcis_document(epcis_event()), **{header: value})
    assert answer.status_code == status
    if status >= 400:
        assert answer.json()["type"].startswith("epcisException:")


async def test_more_events_than_the_limit_are_refused_with_the_limit(shared_desk: CourierDesk) -> None:
    answer = await shared_desk.capture(epcis_document(*([epcis_event()] * 10_001)))
    assert answer.status_code == 413
    assert answer.json()["type"] == "epcisException:CaptureLimitExceededException"
    assert answer.headers["gs1-epcis-capture-limit"] == "10000"


async def test_a_job_that_does_not_exist_is_not_found(shared_desk: CourierDesk) -> None:
    for captured in ("x", "01900000-0000-7000-8000-000000000000"):
        answer = await shared_desk.http.get(f"/epcis/cold/capture/{captured}", headers=KEY)
        assert answer.status_code == 404


async def test_an_answer_in_another_format_than_json_is_not_acceptable(shared_desk: CourierDesk) -> None:
    answer = await shared_desk.http.get("/epcis/cold/capture", headers={**KEY, "accept": "application/xml"})
    assert (answer.status_code, answer.json()["type"]) == (406, "epcisException:NotAcceptableException")


async def test_a_large_document_is_taken_whole(desk: CourierDesk) -> None:
    events = [epcis_event(NOW + timedelta(seconds=n)) for n in range(3000)]
    answer = await desk.capture(epcis_document(*events))
    assert answer.status_code == 202
    assert len(answer.json()["notes"]) == 3000
    assert len(await desk.milestones()) == 3000
