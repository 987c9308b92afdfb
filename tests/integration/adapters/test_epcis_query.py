"""The query interface of EPCIS 2.0 over HTTP: pages, order, limits, resources, named queries, whose events they are."""

import asyncio
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from jsonschema import Draft7Validator

from services.kernel.ids import uuid7
from tests.support.couriers import COLD_KEY, CONTEXT, NOW, CourierDesk, epcis_document, epcis_event, signature
from tests.support.interfaces import json_interface

KEY = {"x-api-key": COLD_KEY}


@pytest.fixture(scope="module")
def gs1() -> Draft7Validator:
    """GS1's schema of documents."""
    return Draft7Validator(json_interface("standards/epcis/EPCIS-JSON-Schema.json"))


def an_object() -> str:
    """A name of an object that no other test has."""
    return f"urn:x:object:{uuid7()}"


def some_events(about: str, number: int = 5, **changes: Any) -> list[dict[str, Any]]:
    return [epcis_event(NOW + timedelta(minutes=at), epcList=[about], **changes) for at in range(number)]


async def ask(desk: CourierDesk, path: str, headers: Any = KEY, **query: str) -> httpx.Response:
    return await desk.http.get(f"/epcis/cold{path}", headers=headers, params=query)


def told(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    events: list[dict[str, Any]] = answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    return events


def ids(events: list[dict[str, Any]]) -> list[str]:
    return [each["eventID"] for each in events]


async def all_pages(desk: CourierDesk, path: str, **query: str) -> list[list[str]]:
    answer, pages = await ask(desk, path, **query), list[list[str]]()
    while True:
        pages.append(ids(told(answer)))
        link = answer.links.get("next")
        if link is None:
            return pages
        answer = await desk.http.get(link["url"], headers=KEY)


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("epcisException:")


async def test_events_come_back_as_they_were_captured_with_their_id_and_record_time(
    shared_desk: CourierDesk, gs1: Draft7Validator
) -> None:
    about = an_object()
    event = {**some_events(about, 1)[0], "recordTime": "2001-01-01T00:00:00Z", "example:colour": "red"}
    await shared_desk.capture(epcis_document(event, **{"@context": [CONTEXT, {"example": "https://example.org/"}]}))
    answer = await ask(shared_desk, "/events", MATCH_anyEPC=about)
    assert told(answer) == [{**event, "recordTime": "2026-11-22T10:00:00.000000Z"}]
    assert answer.json()["@context"] == [CONTEXT, {"example": "https://example.org/"}]
    gs1.validate(answer.json())
    gs1.validate((await ask(shared_desk, "/events", MATCH_anyEPC=an_object())).json())


async def test_pages_hold_each_event_once_in_the_order_of_the_record(shared_desk: CourierDesk) -> None:
    about = an_object()
    events = some_events(about, 7)
    await shared_desk.capture(epcis_document(*events[:4]))
    for event in events[4:]:
        await shared_desk.capture_event(event)
    pages = await all_pages(shared_desk, "/events", MATCH_anyEPC=about, perPage="3")
    assert pages == [ids(events[:3]), ids(events[3:6]), ids(events[6:])]
    assert await all_pages(shared_desk, "/events", MATCH_anyEPC=about, perPage="7") == [ids(events)]


async def test_what_is_captured_between_two_pages_is_on_neither(shared_desk: CourierDesk) -> None:
    about = an_object()
    events = some_events(about, 3)
    await shared_desk.capture(epcis_document(*events))
    first = await ask(shared_desk, "/events", MATCH_anyEPC=about, perPage="2")
    await shared_desk.capture(epcis_document(*some_events(about, 2)))
    second = await shared_desk.http.get(first.links["next"]["url"], headers=KEY)
    assert ids(told(first)) + ids(told(second)) == ids(events)
    assert "next" not in second.links


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
async def test_events_come_in_the_order_that_is_asked_for(shared_desk: CourierDesk, direction: str) -> None:
    about = an_object()
    events = some_events(about, 5)
    shuffled = [events[at] for at in (3, 0, 4, 1, 2)]
    await shared_desk.capture(epcis_document(*shuffled))
    expected = ids(events) if direction == "ASC" else ids(events)[::-1]
    asked = {"MATCH_anyEPC": about, "orderBy": "eventTime", "orderDirection": direction}
    assert await all_pages(shared_desk, "/events", **asked, perPage="2") == [expected[:2], expected[2:4], expected[4:]]
    assert await all_pages(shared_desk, "/events", **asked, eventCountLimit="3") == [expected[:3]]


async def test_without_a_direction_the_last_comes_first(shared_desk: CourierDesk) -> None:
    about = an_object()
    events = some_events(about, 3)
    await shared_desk.capture(epcis_document(*events))
    newest = await ask(shared_desk, "/events", MATCH_epc=about, orderBy="eventTime", eventCountLimit="1")
    assert ids(told(newest)) == [events[2]["eventID"]]


async def test_more_events_than_the_query_allows_are_an_error_and_no_part_of_them(shared_desk: CourierDesk) -> None:
    about = an_object()
    await shared_desk.capture(epcis_document(*some_events(about, 3)))
    assert len(told(await ask(shared_desk, "/events", MATCH_anyEPC=about, maxEventCount="3"))) == 3
    refused = await ask(shared_desk, "/events", MATCH_anyEPC=about, maxEventCount="2")
    assert problem(refused) == (413, "QueryTooLargeException")


async def test_an_event_is_found_below_all_that_it_is_about(shared_desk: CourierDesk) -> None:
    about, place = f"urn:epc:id:sscc:0614141.{int(uuid7()) % 10**10:010d}", f"https://example.org/places/{uuid7()}"
    event = epcis_event(epcList=[about], readPoint={"id": place}, bizLocation={"id": place}, disposition="in_transit")
    await shared_desk.capture(epcis_document(event))
    named = quote(place, safe="")
    for path in (
        f"/epcs/{about}",
        f"/readPoints/{named}",
        f"/bizLocations/{named}",
        "/eventTypes/ObjectEvent",
        "/bizSteps/departing",
        "/bizSteps/urn:epcglobal:cbv:bizstep:departing",
        "/dispositions/in_transit",
    ):
        assert (await ask(shared_desk, path)).json()["member"] == ["events"]
        assert ids(told(await ask(shared_desk, f"{path}/events", MATCH_anyEPC=about))) == [event["eventID"]], path
    assert told(await ask(shared_desk, "/eventTypes/AggregationEvent/events", MATCH_anyEPC=about)) == []
    assert problem(await ask(shared_desk, "/bizSteps/flying/events")) == (404, "NoSuchNameException")


async def test_a_link_to_the_next_page_keeps_the_name_as_it_was_encoded(shared_desk: CourierDesk) -> None:
    about = f"https://example.org/things/{uuid7()}?a=b"
    events = some_events(about, 2)
    await shared_desk.capture(epcis_document(*events))
    path = f"/epcs/{quote(about, safe='')}/events"
    assert await all_pages(shared_desk, path, perPage="1") == [[each] for each in ids(events)]


async def test_the_top_level_says_what_there_is(shared_desk: CourierDesk) -> None:
    top = (await ask(shared_desk, "")).json()
    assert (top["type"], len(top["member"])) == ("Collection", 9)
    types = (await ask(shared_desk, "/eventTypes")).json()["member"]
    assert "AssociationEvent" in types
    first = await ask(shared_desk, "/bizSteps", perPage="2")
    assert first.json()["member"] == ["accepting", "arriving"]
    second = await shared_desk.http.get(first.links["next"]["url"], headers=KEY)
    assert second.json()["member"] == ["assembling", "collecting"]


async def test_a_collection_lists_all_that_events_name_once_as_it_was_captured_first(shared_desk: CourierDesk) -> None:
    begin = f"https://example.org/things/{uuid7()}"
    parcel, inner, other = f"{begin}/a%2Fb", f"{begin}/c", f"{begin}/d"
    place = f"{begin}/place"
    packed = epcis_event(type="AggregationEvent", parentID=other, childEPCs=[inner], action="ADD", epcList=None)
    seen = epcis_event(epcList=[parcel], readPoint={"id": place}, bizLocation={"id": place})
    again = epcis_event(epcList=[parcel.replace("https://example", "HTTPS://EXAMPLE"), inner])
    for event in (packed, seen, again):
        await shared_desk.capture(epcis_document({name: each for name, each in event.items() if each is not None}))

    async def listed(collection: str, size: int) -> list[list[str]]:
        """The pages behind a key, as far as they name what this test captured."""
        pages: list[list[str]] = []
        answer = await ask(shared_desk, f"/{collection}", perPage=str(size), nextPageToken=begin)
        while found := [each for each in answer.json()["member"] if each.startswith(begin)]:
            pages.append(found)
            if "next" not in answer.links:
                break
            answer = await shared_desk.http.get(answer.links["next"]["url"], headers=KEY)
        return pages

    assert await listed("epcs", 2) == [[parcel, inner], [other]]
    assert await listed("epcs", 1000) == [[parcel, inner, other]]
    assert await listed("bizLocations", 1) == await listed("readPoints", 1) == [[place]]


async def test_a_declared_error_is_found_as_such(shared_desk: CourierDesk) -> None:
    about = an_object()
    (event,) = some_events(about, 1)
    wrong = {**event, "errorDeclaration": {"declarationTime": "2026-11-22T09:30:00Z", "reason": "incorrect_data"}}
    await shared_desk.capture(epcis_document(event))
    await shared_desk.capture(epcis_document(wrong))
    assert len(told(await ask(shared_desk, "/events", MATCH_anyEPC=about))) == 2
    (found,) = told(await ask(shared_desk, "/events", MATCH_anyEPC=about, EXISTS_errorDeclaration="true"))
    assert found["errorDeclaration"] == wrong["errorDeclaration"]
    by_id = told(await ask(shared_desk, "/events", EQ_eventID=event["eventID"]))
    assert ["errorDeclaration" in each for each in by_id] == [False, True]


async def test_a_repetition_is_found_once(shared_desk: CourierDesk) -> None:
    about = an_object()
    event, other = some_events(about, 2)
    await shared_desk.capture(epcis_document(event))
    await shared_desk.capture(epcis_document(event, other))
    await shared_desk.capture(epcis_document(event))
    assert ids(told(await ask(shared_desk, "/events", MATCH_anyEPC=about))) == [event["eventID"], other["eventID"]]


async def test_what_was_refused_is_not_found_and_what_was_left_out_neither(shared_desk: CourierDesk) -> None:
    about = an_object()
    good, bad = some_events(about, 2)
    bad["bizStep"] = "flying"
    await shared_desk.capture(epcis_document(good, bad))
    assert told(await ask(shared_desk, "/events", MATCH_anyEPC=about)) == []
    await shared_desk.capture(epcis_document(bad, good), gs1_capture_error_behaviour="proceed")
    assert ids(told(await ask(shared_desk, "/events", MATCH_anyEPC=about))) == [good["eventID"]]


async def test_one_prefix_with_two_meanings_stays_with_its_event(
    shared_desk: CourierDesk, gs1: Draft7Validator
) -> None:
    about = an_object()
    contexts = [[CONTEXT, {"ex": f"https://{host}.example/"}] for host in ("one", "two")]
    for event, context in zip(some_events(about, 2, **{"ex:colour": "red"}), contexts, strict=True):
        await shared_desk.capture(epcis_document(event, **{"@context": context}))
    answer = await ask(shared_desk, "/events", MATCH_anyEPC=about)
    assert answer.json()["@context"] == contexts[0]
    assert [each.get("@context") for each in told(answer)] == [None, contexts[1]]
    gs1.validate(answer.json())


async def test_an_account_sees_what_came_through_it_and_nothing_of_any_other(shared_desk: CourierDesk) -> None:
    about = an_object()
    (event,) = some_events(about, 1)
    await shared_desk.capture(epcis_document(event))
    signed = {"x-signature": signature(b"")}
    for path in (f"/events?MATCH_anyEPC={about}", f"/epcs/{about}/events", f"/events?EQ_eventID={event['eventID']}"):
        other = await shared_desk.http.get(f"/epcis/cold-signed{path}", headers=signed)
        assert told(other) == []
    gone = await shared_desk.http.get(f"/epcis/cold-signed/events/{event['eventID']}", headers=signed)
    never = await shared_desk.http.get("/epcis/cold-signed/events/urn:x:never", headers=signed)
    assert {**gone.json(), "instance": "", "trace_id": ""} == {**never.json(), "instance": "", "trace_id": ""}
    assert (await ask(shared_desk, "/events", {})).status_code == 401


@pytest.mark.parametrize(("path", "headers", "status", "kind"), [
    ("/events?EQ_colour=red", {}, 400, "QueryParameterException"),
    ("/events?eventType=Nothing", {}, 400, "QueryParameterException"),
    ("/events?perPage=0", {}, 400, "ValidationException"),
    ("/events?nextPageToken=x", {}, 400, "ValidationException"),
    ("/events?nextPageToken=WzEsMiwzXQ", {}, 400, "ValidationException"),
    (f"/events?EQ_stringValue={'x' * 9000}", {}, 414, "URITooLongException"),
    ("/events", {"accept": "application/xml"}, 406, "NotAcceptableException"),
    ("/events", {"gs1-epcis-min": "2.1.0"}, 406, "NotAcceptableException"),
    ("/events", {"gs1-epc-format": "Always_EPC_URN"}, 406, "NotAcceptableException"),
    ("/events", {"gs1-epc-format": "Sometimes"}, 400, "ValidationException"),
    ("/queries/none", {}, 404, "NoSuchNameException"),
    ("/queries/none/events", {}, 404, "NoSuchNameException"),
    ("/queries/none/subscriptions", {}, 404, "NoSuchNameException"),
    ("/queries/%00", {}, 404, "NoSuchNameException"),
    ("/queries/%00/subscriptions/%00", {}, 404, "NoSuchNameException"),
    ("/queries?nextPageToken=%00&perPage=0", {}, 400, "ValidationException"),
    ("/bizSteps/%00/events", {}, 404, "NoSuchNameException"),
    ("/events/%00", {}, 404, "NoSuchNameException"),
    ("/queries/none/events?stream=true", {}, 501, "ImplementationException"),
    ("/queries/none/events", {"upgrade": "websocket", "connection": "Upgrade"}, 501, "ImplementationException"),
])  # fmt: skip
async def test_each_mistake_has_the_standards_name(
    shared_desk: CourierDesk, path: str, headers: dict[str, str], status: int, kind: str
) -> None:
    answer = await shared_desk.http.get(f"/epcis/cold{path}", headers={**KEY, **headers})
    assert problem(answer) == (status, kind)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(("path", "methods"), [
    ("", "GET, HEAD, OPTIONS"),
    ("/events", "GET, HEAD, OPTIONS, POST"),
    ("/bizSteps/departing/events", "GET, HEAD, OPTIONS"),
    ("/queries", "GET, HEAD, OPTIONS, POST"),
    ("/queries/x", "DELETE, GET, HEAD, OPTIONS"),
    ("/queries/x/events", "GET, HEAD, OPTIONS"),
    ("/queries/x/subscriptions", "GET, HEAD, OPTIONS, POST"),
    ("/queries/x/subscriptions/y", "DELETE, GET, HEAD, OPTIONS"),
])  # fmt: skip
async def test_options_says_what_an_address_can_do(shared_desk: CourierDesk, path: str, methods: str) -> None:
    answer = await shared_desk.http.options(f"/epcis/cold{path}")
    assert (answer.status_code, answer.headers["allow"]) == (204, methods)
    headers = {
        name: answer.headers[f"gs1-{name}"] for name in ("epcis-version", "epcis-min", "epcis-max", "epc-format")
    }
    assert headers == {
        "epcis-version": "2.0.0",
        "epcis-min": "2.0.0",
        "epcis-max": "2.0.0",
        "epc-format": "Never_Translates",
    }


async def test_a_named_query_is_kept_asked_listed_and_dropped(shared_desk: CourierDesk) -> None:
    about, name = an_object(), f"all of {uuid7()} / ü"
    query = {"MATCH_anyEPC": [about], "EQ_bizStep": ["departing", "arriving"], "orderBy": "eventTime"}
    made = await shared_desk.post("/epcis/cold/queries", {"name": name, "query": query}, KEY)
    assert (made.status_code, made.json()) == (201, {"name": name, "query": query})
    location = made.headers["location"]
    assert (await shared_desk.http.get(location, headers=KEY)).json() == {"name": name, "query": query}
    events = some_events(about, 3)
    await shared_desk.capture(epcis_document(*events, epcis_event(step="holding", epcList=[about])))
    answer = await shared_desk.http.get(f"{location}/events?perPage=2", headers=KEY)
    assert ids(told(answer)) == ids(events)[:0:-1]
    assert answer.json()["epcisBody"]["queryResults"]["queryName"] == name
    rest = await shared_desk.http.get(answer.links["next"]["url"], headers=KEY)
    assert ids(told(rest)) == ids(events)[:1]
    again = await shared_desk.post("/epcis/cold/queries", {"name": name, "query": query}, KEY)
    assert problem(again) == (409, "ResourceAlreadyExistsException")
    # Another account may have a query of the same name, and sees neither this one nor that there is one.
    body = b'{"name": "%s", "query": {}}' % name.encode()
    other = await shared_desk.post("/epcis/cold-signed/queries", body, {"x-signature": signature(body)})
    assert other.status_code == 201
    listed = await shared_desk.http.get("/epcis/cold-signed/queries", headers={"x-signature": signature(b"")})
    assert listed.json() == [{"name": name, "query": {}}]
    assert (await shared_desk.http.delete(location, headers=KEY)).status_code == 204
    assert problem(await shared_desk.http.get(location, headers=KEY)) == (404, "NoSuchNameException")
    assert problem(await shared_desk.http.delete(location, headers=KEY)) == (404, "NoSuchNameException")


async def test_queries_are_listed_in_pages(desk: CourierDesk) -> None:
    names = [f"query {at}" for at in range(6)]
    for name in names:
        await desk.post("/epcis/cold/queries", {"name": name, "query": {"eventType": ["ObjectEvent"]}}, KEY)
    found: list[list[str]] = []
    path = "/epcis/cold/queries?perPage=2"
    while path:
        page = await desk.http.get(path, headers=KEY)
        found.append([each["name"] for each in page.json()])
        path = page.links.get("next", {}).get("url", "")
    assert found == [names[:2], names[2:4], names[4:]]
    assert (await desk.http.get("/epcis/cold/queries?nextPageToken=%00", headers=KEY)).json()[0]["name"] == names[0]
    assert (await desk.http.delete("/epcis/cold/queries/x/subscriptions/%00", headers=KEY)).status_code == 404


@pytest.mark.parametrize(("body", "status", "kind"), [
    (b"", 400, "ValidationException"),
    (b"[]", 400, "QueryValidationException"),
    (b'{"query": {}}', 400, "QueryValidationException"),
    (b'{"name": "", "query": {}}', 400, "QueryValidationException"),
    (b'{"name": "x\\n", "query": {}}', 400, "QueryValidationException"),
    (b'{"name": "x", "query": {}, "dest": "y"}', 400, "QueryValidationException"),
    (b'{"name": "x"}', 400, "QueryParameterException"),
    (b'{"name": "x", "query": {"EQ_colour": ["red"]}}', 400, "QueryParameterException"),
    (b'{"name": "x", "query": {"eventType": "ObjectEvent"}}', 400, "QueryParameterException"),
    (b'{"name": "' + b"x" * (64 << 10) + b'"}', 413, "CaptureLimitExceededException"),
])  # fmt: skip
async def test_what_is_no_query_is_not_kept(shared_desk: CourierDesk, body: bytes, status: int, kind: str) -> None:
    assert problem(await shared_desk.post("/epcis/cold/queries", body, KEY)) == (status, kind)


async def test_a_query_that_is_not_json_is_not_read(shared_desk: CourierDesk) -> None:
    headers = {**KEY, "content-type": "application/xml"}
    assert problem(await shared_desk.post("/epcis/cold/queries", b"<x/>", headers)) == (
        415,
        "UnsupportedMediaTypeException",
    )


async def test_a_stranger_makes_no_query(shared_desk: CourierDesk) -> None:
    body = {"name": "x", "query": {}}
    for headers in ({}, {"x-api-key": "wrong"}, {"x-signature": signature(b"other")}):
        for account in ("cold", "cold-signed", "nobody"):
            answer = await shared_desk.post(f"/epcis/{account}/queries", body, headers)
            assert problem(answer) == (401, "SecurityException")


async def test_of_two_who_make_one_query_at_once_one_does(shared_desk: CourierDesk) -> None:
    body = {"name": f"query {uuid7()}", "query": {}}
    answers = await asyncio.gather(*(shared_desk.post("/epcis/cold/queries", body, KEY) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7


async def test_a_token_of_pages_can_be_given_back(shared_desk: CourierDesk) -> None:
    about = an_object()
    await shared_desk.capture(epcis_document(*some_events(about, 2)))
    first = await ask(shared_desk, "/events", MATCH_anyEPC=about, perPage="1")
    token = first.links["next"]["url"].rpartition("=")[2]
    assert (await shared_desk.http.delete(f"/epcis/cold/nextPageToken/{token}", headers=KEY)).status_code == 204


async def test_large_documents_are_searched_beside_the_loop(shared_desk: CourierDesk) -> None:
    about = an_object()
    events = some_events(about, 400)
    await shared_desk.capture(epcis_document(*events))
    pages = await all_pages(shared_desk, "/events", MATCH_anyEPC=about, perPage="150")
    assert pages == [ids(events)[:150], ids(events)[150:300], ids(events)[300:]]
