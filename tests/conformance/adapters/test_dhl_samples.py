"""What DHL published, and what others found of it, through the real door; and DHL's lists of codes."""

import csv
import json
from collections.abc import Iterator
from typing import Any

import pytest
from doselane.courier.v1 import courier_pb2

from adapters.courier_dhl.divisions import DIVISIONS
from tests.support.couriers import KEY, CourierDesk
from tests.support.interfaces import interface

Kind = courier_pb2.Milestone.Kind
SECURE = {"example-secure-header": KEY}


def written_in(name: str) -> Iterator[Any]:
    """The JSON objects in a text for people."""
    text, at = interface(f"couriers/dhl/{name}").read_text("utf-8"), 0
    while (at := text.find("{", at)) >= 0:
        try:
            found, length = json.JSONDecoder().raw_decode(text[at:])
        except json.JSONDecodeError:
            at += 1
            continue
        yield found
        at += length


async def test_the_sample_answer_is_taken_for_what_its_unified_word_says(door: CourierDesk) -> None:
    """Its `status` says DELIVERED and its description is a name; `statusCode` alone is a word of all divisions."""
    body = interface("couriers/dhl/response-tracking.json").read_bytes()
    answer = await door.post("/dhl/swift-dhl", body, SECURE)
    assert answer.status_code == 200
    (note, forecast) = answer.json()["notes"]
    assert {"SHIPMENT_UNKNOWN", "EVENT_OLD"} <= set(note["warnings"])  # taken all the same: a dose may yet travel so
    by_id = {each.event_id: each for each in await door.milestones()}
    milestone, expected = by_id[note["eventId"]], by_id[forecast["eventId"]]
    assert (milestone.kind, milestone.code, milestone.description) == (Kind.BOOKED, "pre-transit", "")
    assert milestone.time.ToJsonString() == "2018-03-02T06:53:47Z"  # 07:53:47 in Amsterdam
    assert set(milestone.shipment_references) >= {"7777777770", "JD014600006281230704"}
    assert len(milestone.shipment_references) == 12
    assert expected.expected_delivery_time.ToJsonString() == "2018-08-03T22:00:00Z"
    assert not {"JESSICA", "Doe", "John"} & set(str([milestone, expected]).replace('"', " ").split())


@pytest.mark.parametrize("name", ["response-not-found.json", "sample-tracking-response.json"])
async def test_what_says_an_error_is_refused_with_dhls_words(door: CourierDesk, name: str) -> None:
    """The second has shipments and an error in one body: which of the two holds nobody can tell."""
    answer = await door.post("/dhl/swift-dhl", interface(f"couriers/dhl/{name}").read_bytes(), SECURE)
    assert (answer.status_code, answer.json()["reason"]) == (400, "BODY_SAYS_ERROR")
    assert "No shipment with given tracking number found." in answer.json()["detail"]
    assert await door.body_of(answer.headers["doselane-push"])


async def test_what_the_notes_quote_is_refused_for_what_it_is(door: CourierDesk) -> None:
    found = {}
    for name in ("unified-tracking-notes.md", "unified-push.md", "ecommerce-americas-push.md"):
        for quoted in written_in(name):
            answer = await door.post("/dhl/swift-dhl", quoted, SECURE)
            assert answer.status_code == 400
            found[quoted.get("title", "a request to subscribe")] = answer.json()["reason"]
    assert found == {
        "No result found": "BODY_SAYS_ERROR",
        "Too Many Requests": "BODY_SAYS_ERROR",
        "a request to subscribe": "BODY_NOT_DHL",
    }


async def test_only_the_echoed_key_opens_the_door(door: CourierDesk) -> None:
    for headers in ({}, {"example-secure-header": "another-key-00000001"}, {"DHL-API-Key": KEY}):
        assert (await door.post("/dhl/swift-dhl", {}, headers)).status_code == 401


def test_every_code_that_a_list_has_has_a_meaning_or_is_known_to_say_nothing() -> None:
    with interface("couriers/mydhl/status-codes.csv").open(encoding="latin-1", newline="") as lines:
        listed = [(row[0], row[1].strip()) for row in csv.reader(lines, delimiter=";") if row[0] in DIVISIONS]
    for name, division in DIVISIONS.items():
        codes = {code for theirs, code in listed if theirs == name}
        assert len(codes) > 10
        assert codes == set(division.kinds) | division.says_nothing
        assert not set(division.kinds) & division.says_nothing
        assert all(map(division.form.fullmatch, codes))
