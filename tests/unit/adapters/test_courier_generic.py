"""What a courier's own words in our JSON, and its CSV files, are taken for."""

import json
import pickle
from datetime import UTC, datetime
from typing import Any

import pytest
from doselane.courier.v1 import courier_pb2
from jsonschema import Draft202012Validator

from adapters.courier_generic.codes import KIND_OF_WORD
from adapters.courier_generic.pages import ORDERS_SCHEMA, SCHEMA_PAGES
from adapters.courier_generic.schema import SCHEMA
from adapters.courier_generic.settings import settings
from adapters.manifest import PageRequest
from adapters.sandbox.generic import message
from adapters.sandbox.journey import Journey
from tests.architecture.tree import ROOT
from tests.support.generic_courier import (
    MAPPING,
    RECEIVED,
    SHIPMENT,
    a_milestone,
    a_reader,
    milestones,
    one,
    read,
    refused,
)

Kind = courier_pb2.Milestone.Kind
UNKNOWN = Kind.KIND_UNSPECIFIED


def test_a_milestone_is_told_with_all_that_it_says() -> None:
    fact = one(a_milestone(
        shipments=[SHIPMENT, "shipments/261201-0001"], code="POD", description="Handed to the pharmacy",
        location={"place": "DOCK-2", "city": "Zürich", "region": "ZH", "postal_code": "8091", "country": "CH",
                  "latitude": 47.37, "longitude": 8.55},
        readings=[{"type": "Temperature", "value": 4.5, "unit": "CEL", "measured_at": "2026-12-01 09:29",
                   "device": "LOG-1", "minimum": 3.9, "maximum": 5.1, "mean": 4.4, "alarm": "none raised"}],
        expected_delivery_at="2026-12-01T10:00:00Z", withdraws=["E-0"],
    ))  # fmt: skip
    assert fact.said == courier_pb2.Milestone(
        event_id="E-1", kind=Kind.DELIVERED, code="POD", description="Handed to the pharmacy",
        time=datetime(2026, 12, 1, 8, 30, tzinfo=UTC), local_time="2026-12-01T09:30:00+01:00",
        location=courier_pb2.Location(place="DOCK-2", city="Zürich", region="ZH", postal_code="8091", country="CH",
                                      latitude_degrees=47.37, longitude_degrees=8.55),
        sensor_readings=[courier_pb2.SensorReading(
            type="Temperature", value=4.5, unit="CEL", time=datetime(2026, 12, 1, 8, 29, tzinfo=UTC), device="LOG-1",
            minimum=3.9, maximum=5.1, mean=4.4, alarm="none raised")],
        shipment_references=[SHIPMENT, "shipments/261201-0001"], retracts_event_ids=["E-0"],
        expected_delivery_time=datetime(2026, 12, 1, 10, tzinfo=UTC),
    )  # fmt: skip
    assert (fact.key, fact.kind, fact.warnings, fact.ends) == ("E-1", "DELIVERED", (), True)


@pytest.mark.parametrize("word", KIND_OF_WORD)
def test_each_word_of_the_schema_is_one_of_our_milestones(word: str) -> None:
    fact = one(a_milestone(kind=word))
    assert (fact.kind, fact.said.kind) == (word, KIND_OF_WORD[word])
    assert fact.ends == (word == "DELIVERED")


def test_the_schema_lists_every_milestone_that_we_know() -> None:
    listed = json.loads(SCHEMA)["$defs"]["milestone"]["properties"]["kind"]["enum"]
    assert listed == list(KIND_OF_WORD)


@pytest.mark.parametrize(("said", "kind", "warnings"), [
    ({"code": "17"}, Kind.COLLECTED, ()),
    ({"code": "zugestellt"}, Kind.DELIVERED, ()),
    ({"code": "18"}, UNKNOWN, ("CODE_UNKNOWN",)),  # never "on the way"
    ({"code": "delivered"}, UNKNOWN, ("CODE_UNKNOWN",)),
    ({"kind": "DELIVERED", "code": "17"}, Kind.DELIVERED, ()),  # what it says itself goes before what we map
])  # fmt: skip
def test_a_code_means_what_the_mapping_says_and_else_nothing(
    said: dict[str, str], kind: int, warnings: tuple[str, ...]
) -> None:
    fact = one(a_milestone(**{"kind": None, **said}), a_reader(MAPPING))
    assert (fact.said.kind, fact.said.code, fact.warnings) == (kind, said["code"], warnings)


@pytest.mark.parametrize(("said", "at", "warnings"), [
    ({"occurred_at": "2026-12-01t08:30:00z"}, "2026-12-01T08:30:00Z", ()),
    ({"occurred_at": "2026-12-01 09:30", "zone": "Europe/Zurich"}, "2026-12-01T08:30:00Z", ()),
    ({"occurred_at": "2026-12-01 09:30", "location": {"airport": "ZRH"}}, "2026-12-01T08:30:00Z", ()),
    ({"occurred_at": "2026-12-01 09:30", "location": {"locode": "CH ZRH"}}, "2026-12-01T08:30:00Z", ()),
    ({"occurred_at": "2026-12-01 09:30", "location": {"country": "CH"}}, "2026-12-01T08:30:00Z", ()),
    ({"occurred_at": "2026-12-01 09:30", "location": {"latitude": 47.37, "longitude": 8.55}},
     "2026-12-01T08:30:00Z", ()),
    ({"occurred_at": "2026-12-01 05:30", "location": {"country": "US"}}, None, ("TIME_ZONE_UNKNOWN",)),
    ({"occurred_at": "2026-12-01 05:30", "location": {"country": "US", "region": "MN"}}, "2026-12-01T11:30:00Z", ()),
    ({"occurred_at": "2026-12-01 05:30", "location": {"country": "US"}, "zone": "America/Chicago"},
     "2026-12-01T11:30:00Z", ()),
    ({"occurred_at": "2026-12-01 09:30", "location": {"latitude": 30, "longitude": -40}}, None, ("TIME_ZONE_UNKNOWN",)),
    ({"occurred_at": "2026-12-01 09:30"}, None, ("TIME_ZONE_UNKNOWN",)),  # never UTC
    ({"occurred_at": "2026-10-25 02:30", "zone": "Europe/Zurich"}, None, ("TIME_AMBIGUOUS",)),
    ({"occurred_at": "2026-03-29 02:30", "zone": "Europe/Zurich"}, None, ("TIME_SKIPPED",)),
    ({"occurred_at": "1970-01-01T00:00:00Z"}, "1970-01-01T00:00:00Z", ("EVENT_OLD",)),
    ({"occurred_at": "2026-12-02T11:00:00Z"}, "2026-12-02T11:00:00Z", ("EVENT_EARLY",)),
])  # fmt: skip
def test_a_time_is_an_instant_where_its_zone_is_said_or_is_the_places(
    said: dict[str, Any], at: str | None, warnings: tuple[str, ...]
) -> None:
    fact = one(a_milestone(**said))
    assert (fact.said.time.ToJsonString() if fact.said.HasField("time") else None, fact.warnings) == (at, warnings)
    assert fact.said.local_time == said["occurred_at"]


def test_the_accounts_zone_is_of_those_who_say_neither_zone_nor_place() -> None:
    reader = a_reader(zone="Europe/Zurich")
    bare = a_milestone(occurred_at="2026-12-01 09:30")
    assert one(bare, reader).said.time.ToJsonString() == "2026-12-01T08:30:00Z"
    abroad = {**bare, "location": {"country": "US"}}
    assert one(abroad, reader).warnings == ("TIME_ZONE_UNKNOWN",)


@pytest.mark.parametrize(("changes", "reason", "place"), [
    ({"occurred_at": "2026-12-03T12:00:00Z"}, "TIME_IN_FUTURE", "/occurred_at"),
    ({"occurred_at": "2026-02-30T12:00:00Z"}, "TIME_NOT_VALID", "/occurred_at"),
    ({"occurred_at": "2026-12-01T24:00:00Z"}, "TIME_NOT_VALID", "/occurred_at"),
    ({"occurred_at": "0001-01-01T00:00:00+05:00"}, "TIME_NOT_VALID", "/occurred_at"),
    ({"occurred_at": "0001-01-01T00:00:00Z"}, "TIME_OUT_OF_RANGE", "/occurred_at"),
    ({"occurred_at": "yesterday"}, "MILESTONE_NOT_VALID", "/occurred_at"),
    ({"occurred_at": "2026-12-01T09:30:00 Europe/Zurich"}, "MILESTONE_NOT_VALID", "/occurred_at"),
    ({"occurred_at": 1795340640}, "MILESTONE_NOT_VALID", "/occurred_at"),
    ({"occurred_at": None}, "MILESTONE_NOT_VALID", "/occurred_at"),
    ({"zone": "Europe/Atlantis"}, "ZONE_NOT_VALID", "/zone"),
    ({"zone": "../../etc/passwd"}, "MILESTONE_NOT_VALID", "/zone"),
    ({"kind": "LOST"}, "MILESTONE_NOT_VALID", "/kind"),
    ({"kind": "delivered"}, "MILESTONE_NOT_VALID", "/kind"),
    ({"kind": None}, "MILESTONE_NOT_VALID", "/kind"),
    ({"shipments": []}, "MILESTONE_NOT_VALID", "/shipments"),
    ({"shipments": None}, "MILESTONE_NOT_VALID", "/shipments"),
    ({"shipments": [""]}, "MILESTONE_NOT_VALID", "/shipments/0"),
    ({"shipments": SHIPMENT}, "MILESTONE_NOT_VALID", "/shipments"),
    ({"state": "DELIVERED"}, "MILESTONE_NOT_VALID", "/state"),
    ({"expected_delivery_at": "2026-12-01 09:30"}, "MILESTONE_NOT_VALID", "/expected_delivery_at"),
    ({"location": {"latitude": 47.4}}, "MILESTONE_NOT_VALID", "/location/longitude"),
    ({"location": {"latitude": 91, "longitude": 0}}, "MILESTONE_NOT_VALID", "/location/latitude"),
    ({"location": {"country": "Switzerland"}}, "MILESTONE_NOT_VALID", "/location/country"),
    ({"readings": [{"type": "Temperature"}]}, "MILESTONE_NOT_VALID", "/readings/0"),
    ({"readings": [{"type": "Temperature", "value": "4.5"}]}, "MILESTONE_NOT_VALID", "/readings/0/value"),
    ({"readings": [{"type": "Temperature", "value": True}]}, "MILESTONE_NOT_VALID", "/readings/0/value"),
    ({"readings": [{"type": "Temperature", "value": 1e10}]}, "MILESTONE_NOT_VALID", "/readings/0/value"),
    ({"readings": [{"type": "T", "value": 1, "measured_at": "2026-12-03T12:00Z"}]}, "TIME_IN_FUTURE",
     "/readings/0/measured_at"),
    ({"readings": [{"type": "T", "value": 1, "unit": "°C"}]}, "MILESTONE_NOT_VALID", "/readings/0/unit"),
])  # fmt: skip
def test_a_wrong_milestone_is_left_out_with_its_place_and_the_others_are_taken(
    changes: dict[str, Any], reason: str, place: str
) -> None:
    wrong = a_milestone(**changes)
    found = read(milestones(a_milestone(), wrong, a_milestone(event_id="E-2")))
    assert [fact.index for fact in found.facts] == [0, 2]
    assert (found.refused[1].reason, found.refused[1].place) == (reason, f"/milestones/1{place}")
    assert found.proceeds
    assert found.refused[1].words in found.remark
    alone = refused(milestones(wrong))
    assert (alone.reason, alone.place) == (reason, f"/milestones/0{place}")


def test_all_that_is_wrong_is_said_at_once_and_no_value_is_quoted() -> None:
    refusal = refused(milestones(a_milestone(kind="secret-kind", zone="?", shipments=[]), a_milestone(kind=None)))
    assert refusal.reason == "MILESTONE_NOT_VALID"
    for place in ("/milestones/0/kind", "/milestones/0/zone", "/milestones/0/shipments", "/milestones/1/kind"):
        assert place in refusal.detail
    assert "secret-kind" not in refusal.detail


@pytest.mark.parametrize(("body", "reason", "place"), [
    (b"", "BODY_EMPTY", ""),
    (b'{"milestones": [', "BODY_NOT_JSON", ""),
    ('{"milestones": "Zürich"}'.encode("latin-1"), "BODY_NOT_UTF8", ""),
    (b'{"milestones": [], "milestones": []}', "KEY_REPEATED", "/milestones"),
    (b'{"milestones": [{"code": "\\u0000"}]}', "TEXT_NOT_STORABLE", "/milestones/0/code"),
    (b'{"milestones": [{"readings": [{"value": NaN}]}]}', "BODY_NOT_JSON", ""),
    ([], "BODY_NOT_MILESTONES", ""),
    ({}, "BODY_NOT_MILESTONES", "/milestones"),
    ({"milestones": []}, "BODY_NOT_MILESTONES", "/milestones"),
    ({"milestones": [{}] * 1001}, "BODY_NOT_MILESTONES", "/milestones"),
    ({"milestones": [a_milestone()], "more": 1}, "BODY_NOT_MILESTONES", "/more"),
    ({"milestones": [a_milestone()], "$schema": "https://doselane.io/schemas/courier/milestones/2"},
     "BODY_NOT_MILESTONES", "/$schema"),
    ({"milestones": ["DELIVERED"]}, "MILESTONE_NOT_VALID", "/milestones/0"),
])  # fmt: skip
def test_what_is_no_message_of_ours_is_refused_with_reason_and_place(body: Any, reason: str, place: str) -> None:
    refusal = refused(body)
    assert (refusal.reason, refusal.place) == (reason, place)


def test_one_id_is_one_fact_and_without_one_what_is_said_tells_it_from_others() -> None:
    assert one(a_milestone()).content != one(a_milestone(kind="DELAYED")).content
    assert one(a_milestone()).key == one(a_milestone(kind="DELAYED")).key
    bare = a_milestone(event_id=None)
    spelled = a_milestone(event_id=None, occurred_at="2026-12-01T08:30:00Z")
    assert one(bare).key == one(spelled).key
    assert one(bare).key != one({**bare, "kind": "DELAYED"}).key
    assert one(bare).said.event_id.startswith("urn:doselane:courier:sha-256:")


def test_the_reader_can_be_handed_to_another_process() -> None:
    reader = pickle.loads(pickle.dumps(a_reader(MAPPING, zone="Europe/Zurich")))
    assert one(a_milestone(), reader).said == one(a_milestone()).said


@pytest.mark.parametrize("body", [
    milestones(a_milestone()), milestones(a_milestone(kind="LOST")), milestones(a_milestone(kind=None)),
    milestones(a_milestone(occurred_at="2026-12-01")), milestones(a_milestone(location={"latitude": 1})),
    milestones(a_milestone(readings=[{"type": "T"}])), milestones(a_milestone(withdraws=[])), {"milestones": {}},
    milestones(a_milestone(more=1)), milestones(a_milestone(code="x", kind=None)), milestones(),
])  # fmt: skip
def test_our_verdict_is_that_of_the_published_schema(body: Any) -> None:
    schema = json.loads(SCHEMA)
    Draft202012Validator.check_schema(schema)
    valid = Draft202012Validator(schema).is_valid(body)
    try:
        taken = not read(body).refused
    except Exception:  # noqa: BLE001 - a refusal, whatever its reason
        taken = False
    assert taken == valid


def test_the_schemas_are_published_to_everybody_and_that_of_milestones_stands_in_the_readme() -> None:
    for page, schema in zip(SCHEMA_PAGES, (SCHEMA, ORDERS_SCHEMA), strict=True):
        assert page.public is not None
        reply = page.public(PageRequest(page.path, {"account": "vega"}, (), {}, 1024), None)
        assert (reply.status, reply.media_type) == (200, "application/schema+json")
        assert json.loads(reply.body or b"") == json.loads(schema)
    assert json.loads(SCHEMA)["$id"] == "https://doselane.io/schemas/courier/milestones/1"
    readme = (ROOT / "adapters/courier_generic/README.md").read_text("utf-8")
    written = readme.partition('```json\n{\n  "$schema"')[2].partition("```")[0]
    assert json.loads('{"$schema"' + written) == json.loads(SCHEMA)


@pytest.mark.parametrize(("options", "words"), [
    ({"zones": "Europe/Zurich"}, "there is no option 'zones'"),
    ({"zone": "Zurich"}, "zone must be a time zone"),
    ({"zone": 7}, "zone must be a time zone"),
    ({"orders": []}, "orders must be an object"),
    ({"orders": {"book": "https://courier.example/book"}}, "orders.book must be a path"),
    ({"orders": {"book": "/book/{reference}"}}, "orders.book cannot hold"),
    ({"orders": {"cancel": "/cancel/{name}"}}, "orders.cancel must be a path"),
    ({"orders": {"track": "/track"}}, "orders.track must hold"),
    ({"orders": {"follow": "/track"}}, "orders must name book, cancel, redirect, track"),
])  # fmt: skip
def test_a_wrong_option_is_named(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        settings(options)
    assert settings({"zone": "Europe/Zurich", "orders": {"book": "/book", "cancel": "/book/{reference}"}})
    assert RECEIVED.tzinfo is not None


def test_the_twins_journey_is_read_as_it_went() -> None:
    scans = Journey("VEGA-0007", RECEIVED).scans()
    facts = [fact for scan in scans for fact in read(message(scan)).facts]
    assert [fact.kind for fact in facts] == [scan.stage.value for scan in scans]
    assert [fact.said.sensor_readings[0].value for fact in facts] == [scan.celsius for scan in scans]
    assert len({fact.key for fact in facts}) == len(scans)


@pytest.mark.parametrize(("changes", "words"), [
    ({"location": {"country": "Switzerland"}}, "must be a country's two letters, such as CH"),
    ({"location": {"airport": "zurich"}}, "must be an IATA code, such as ZRH"),
    ({"location": {"locode": "Zurich"}}, "must be a UN/LOCODE, such as CHZRH"),
    ({"occurred_at": "yesterday"}, "must be a time such as 2026-12-01T08:30:00+01:00"),
    ({"expected_delivery_at": "tomorrow"}, "with its offset"),
    ({"readings": [{"type": "Temperature", "value": 4, "unit": "degrees"}]}, "must be a UN/CEFACT code, such as CEL"),
])  # fmt: skip
def test_what_is_not_written_as_it_must_be_is_told_with_an_example(changes: dict[str, Any], words: str) -> None:
    assert words in refused(milestones(a_milestone(**changes))).detail
