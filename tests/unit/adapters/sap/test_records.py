"""A record of Kafka is kept with all that explains it, and carries an event in whichever way its broker writes one."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.erp_sap.events import BusinessEvent
from adapters.erp_sap.records import RECORDS, VALUE_BYTES_MAX, lost_body, record_body, record_in
from adapters.erp_sap.settings import SHAPE, settings
from adapters.erp_sap.translate import SapReader
from adapters.host.mappings import mapping_of
from adapters.manifest import Incoming, Refused, Translation
from adapters.mapping import Mapped

CHANGED = "sap.s4.beh.processorder.v1.ProcessOrder.Changed.v1"
DATA = b'{"ManufacturingOrder": "1000101"}'
ATTRIBUTES = {"specversion": "1.0", "id": "E-1", "source": "/default/sap.s4.beh/T%C3%A9", "type": CHANGED}
STRUCTURED = json.dumps({**ATTRIBUTES, "data": json.loads(DATA)}).encode()
TOPIC = "sap.s4.events"


def kept(value: bytes | None, *headers: tuple[str, bytes | None]) -> bytes:
    return record_body(TOPIC, 3, 41, 1_764_000_000_000, headers, b"1000101", value)


def binary(prefix: str) -> list[tuple[str, bytes | None]]:
    return [(f"{prefix}{name}", said.encode()) for name, said in ATTRIBUTES.items()]


def translated(body: bytes) -> Translation:
    reader = SapReader(Mapped(settings({"event_topics": [TOPIC]}), mapping_of("m", "version: 1", SHAPE).mapping))
    return reader.translate(Incoming(RECORDS, body, {}, datetime(2026, 12, 1, tzinfo=UTC)))


def test_a_record_is_kept_whole() -> None:
    assert json.loads(kept(b"\xff", ("a", b"\x00"), ("a", None))) == {
        "topic": TOPIC, "partition": 3, "offset": 41, "time_ms": 1_764_000_000_000,
        "headers": [["a", "AA=="], ["a", None]], "key": "MTAwMDEwMQ==", "value": "/w==",
    }  # fmt: skip


@pytest.mark.parametrize("prefix", ["ce_", "CE_", "cloudEvents:", "cloudEvents_"])
def test_attributes_in_headers_are_text_as_it_stands(prefix: str) -> None:
    body = kept(DATA, *binary(prefix), ("content-type", b"application/json"))
    (event,) = record_in(body).events()
    assert event == BusinessEvent("e-1", ATTRIBUTES["source"], CHANGED, "production_orders", "1000101")


def test_attributes_that_came_by_http_are_percent_encoded() -> None:
    (event,) = record_in(kept(DATA, *binary("ce-"))).events()
    assert event.source == "/default/sap.s4.beh/Té"


@pytest.mark.parametrize(
    "headers",
    [
        [("content-type", b"application/cloudevents+json; charset=utf-8")],
        [("Content-Type", b"application/cloudevents+json")],
        [],
        # Of a structured event the headers of its own count for nothing.
        [("content-type", b"application/cloudevents+json"), ("ce_specversion", b"0.3"), ("ce_id", b"other")],
    ],
)
def test_an_event_that_is_its_own_envelope(headers: list[tuple[str, bytes]]) -> None:
    (event,) = record_in(kept(STRUCTURED, *headers)).events()
    assert (event.id, event.number) == ("e-1", "1000101")


@pytest.mark.parametrize(
    ("body", "reason", "place"),
    [
        (kept(b"\xff no event"), "BODY_NOT_UTF8", ""),
        (kept(b""), "BODY_EMPTY", ""),
        (kept(b"[7]"), "BODY_NOT_EVENT", "/0"),
        (kept(None, *binary("ce_")), "BODY_NOT_EVENT", "/data/ManufacturingOrder"),
        (kept(DATA, *binary("ce_")[:3]), "BODY_NOT_EVENT", "/type"),
        (kept(DATA, *binary("ce_")[1:]), "BODY_NOT_EVENT", "/specversion"),
        (kept(DATA, ("ce_id", b"\xff")), "BODY_NOT_UTF8", "/headers/0"),
    ],
)
def test_what_is_no_event_is_refused_with_its_place(body: bytes, reason: str, place: str) -> None:
    with pytest.raises(Refused) as raised:
        translated(body)
    assert (raised.value.reason, raised.value.place) == (reason, place)


def test_a_value_that_no_event_can_have_is_told_of_and_not_kept() -> None:
    assert "value" in json.loads(kept(b"x" * VALUE_BYTES_MAX))
    large = kept(b"x" * (VALUE_BYTES_MAX + 1))
    assert len(large) < 1000
    with pytest.raises(Refused, match="BODY_TOO_LARGE") as raised:
        translated(large)
    assert raised.value.detail.startswith("The record has 1048577 bytes; an event")


@pytest.mark.parametrize(
    ("body", "remark"),
    [
        (kept(None), "A tombstone of a compacted topic carries no event."),
        (
            lost_body(TOPIC, 3, 41, 90),
            "From offset 41 on partition 3 of sap.s4.events is gone or made anew; we go on at 90, and what has changed "
            "in SAP is swept.",
        ),
        (kept(STRUCTURED), f"{CHANGED} is not read for this account."),
    ],
)
def test_what_states_nothing_says_why(body: bytes, remark: str) -> None:
    found = translated(body)
    assert (found.facts, found.remark) == ((), remark)
    assert not found.refused


@pytest.mark.parametrize("topics", [["a b"], ["x" * 250], [""], ["t"] * 51, "t"])
def test_a_topic_has_a_name_as_kafka_has_them(topics: Any) -> None:
    with pytest.raises(ValueError, match=r"options\.event_topics"):
        settings({"event_topics": topics})
