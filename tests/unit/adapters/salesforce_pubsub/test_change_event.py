"""What a change event says: what changed, what was set to null, what only the record knows; and nothing else."""

import json
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.crm_salesforce.pubsub.avro import decode, writer_schema
from adapters.crm_salesforce.pubsub.bitmaps import marked
from adapters.crm_salesforce.pubsub.change_event import ChangeEvent, PlatformEvent, RereadNeeded, said_by
from adapters.crm_salesforce.pubsub.message import event_body, read_message, reread_body
from adapters.manifest import Refused
from adapters.sandbox.salesforce.bus import BusEvent, SalesforceBus
from adapters.sandbox.salesforce.change_schema import HEADER, CompoundField, flattened
from services.kernel.clock import VirtualClock
from tests.support.interfaces import interface, json_interface

ORDER, TOPIC = "TreatmentOrder__c", "/data/TreatmentOrder__ChangeEvent"
FIELDS: dict[str, Any] = {
    "Name": "string",
    "Address": CompoundField("Address", {"Street": "string", "City": "string"}),
    "Other": CompoundField("Address", {"Street": "string", "City": "string"}),
    "Amount": "double",
    "Done": "boolean",
}


def a_bus() -> SalesforceBus:
    bus = SalesforceBus(VirtualClock(datetime(2026, 3, 2, 9, tzinfo=UTC)))
    bus.define_object(ORDER, FIELDS)
    return bus


def read(bus: SalesforceBus, event: BusEvent) -> Any:
    body = event_body(TOPIC, event.event_id, event.schema_id, bus.schemas[event.schema_id], b"\1", event.payload)
    return read_message(body).said


def with_lists(values: dict[str, Any], kind: str = "UPDATE", **lists: list[str]) -> Any:
    """An event whose header says whatever it is told to."""
    bus = a_bus()
    made = bus.record_changed(ORDER, ["a1"], {}, {})
    raw = bus.decoded(made.schema_id, made.payload)
    header = raw[HEADER] | {"changeType": kind} | lists
    return read(bus, bus.append({TOPIC}, made.schema_id, bus.encoded(made.schema_id, {HEADER: header, **values})))


def test_the_samples_are_read_as_they_say() -> None:
    schema = writer_schema(interface("salesforce/samples/change-event.avsc").read_text())
    cases = json_interface("salesforce/samples/change-events.json")
    assert len(cases) >= 10
    for case in cases:
        record = decode(schema, b64decode(case["payload_base64"]))
        assert record == case["decoded"], case["case"]
        for name in ("changed", "nulled", "diff"):
            found = marked(name, record[HEADER][f"{name}Fields"], schema.fields)
            assert sorted(found.paths) == case["expect"][name], case["case"]
            assert (found.whole, found.ignored) == (frozenset(), ())


def test_each_sample_says_what_its_case_is_about() -> None:
    schema = writer_schema(interface("salesforce/samples/change-event.avsc").read_text())
    for case in json_interface("salesforce/samples/change-events.json"):
        said = said_by(schema, decode(schema, b64decode(case["payload_base64"])))
        header, expect = case["decoded"][HEADER], case["expect"]
        if header["changeType"].startswith("GAP"):
            ids = () if header["changeType"] == "GAP_OVERFLOW" else tuple(header["recordIds"])
            assert isinstance(said, RereadNeeded)
            assert (said.reason, said.entity, said.record_ids) == (header["changeType"], header["entityName"], ids)
            continue
        assert isinstance(said, ChangeEvent)
        assert said.header.record_ids == tuple(header["recordIds"])
        assert (said.header.client, said.enriched, said.untold) == ("doselane-test", {}, frozenset())
        assert (sorted(said.nulled), sorted(said.diff)) == (expect["nulled"], expect["diff"])
        if header["changeType"] == "UPDATE":
            assert sorted(said.changed) == sorted({*expect["changed"]} - {*expect["nulled"]} - {*expect["diff"]})


OPTIONAL = {
    "Name": st.none() | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=5),
    "Amount": st.none() | st.floats(allow_nan=False),
    "Done": st.none() | st.booleans(),
}
ADDRESS = st.none() | st.fixed_dictionaries({part: st.none() | st.sampled_from("xyz") for part in ("Street", "City")})
RECORD = st.fixed_dictionaries({**OPTIONAL, "Address": ADDRESS, "Other": ADDRESS})


@given(RECORD, RECORD)
def test_whoever_applies_what_an_update_says_has_the_record_as_it_is_now(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    bus = a_bus()
    said = read(bus, bus.record_changed(ORDER, ["a1"], before, after, client="doselane"))
    mine = flattened(FIELDS, before) | said.changed | dict.fromkeys(said.nulled)
    assert mine == flattened(FIELDS, after)
    assert not (said.untold or said.diff or said.enriched or said.ignored)
    assert said.header.client == "doselane"


@given(RECORD)
def test_what_is_made_or_brought_back_is_told_whole(after: dict[str, Any]) -> None:
    for undeleted in (False, True):
        bus = a_bus()
        said = read(bus, bus.record_changed(ORDER, ["a1"], None, after, undeleted=undeleted))
        assert said.complete
        assert said.changed == {path: each for path, each in flattened(FIELDS, after).items() if each is not None}


def test_what_is_deleted_or_only_comes_along_changes_nothing() -> None:
    bus, record = a_bus(), {"Name": "TO-1", "Amount": 7.4}
    gone = read(bus, bus.record_changed(ORDER, ["a1"], record, None))
    assert (gone.header.change_type, gone.changed, gone.nulled) == ("DELETE", {}, frozenset())
    along = read(bus, bus.record_changed(ORDER, ["a1"], record, record | {"Amount": 8.0}, enriched=["Name"]))
    assert (along.changed, along.enriched) == ({"Amount": 8.0}, {"Name": "TO-1"})


def test_a_difference_is_no_value() -> None:
    bus = a_bus()
    said = read(bus, bus.record_changed(ORDER, ["a1"], {"Name": "a"}, {"Name": "+b"}, differing=["Name"]))
    assert (said.changed, said.diff, said.unknown) == ({}, {"Name"}, {"Name"})


def test_null_without_its_list_is_not_null() -> None:
    """It changed, and nobody says to what: the record has to be read."""
    said = with_lists({}, changedFields=["0x02"])
    assert (said.changed, said.nulled, said.untold) == ({}, frozenset(), {"Name"})
    contradicting = with_lists({"Name": "a"}, changedFields=["0x02"], nulledFields=["0x02"])
    assert (contradicting.changed, contradicting.nulled, contradicting.untold) == ({}, frozenset(), {"Name"})
    unlisted = with_lists({}, nulledFields=["0x02"])
    assert unlisted.nulled == {"Name"}


def test_a_compound_field_whose_own_bit_alone_is_set_erases_nothing() -> None:
    some = with_lists({"Address": {"Street": None, "City": "Ede"}}, changedFields=["0x04"])
    assert (some.changed, some.nulled, some.untold) == ({"Address.City": "Ede"}, frozenset(), frozenset())
    none = with_lists({}, changedFields=["0x04"])
    assert (none.changed, none.nulled, none.untold) == ({}, frozenset(), {"Address"})
    nulled = with_lists({}, changedFields=["0x04"], nulledFields=["0x04"])
    assert (nulled.nulled, nulled.untold) == ({"Address.Street", "Address.City"}, frozenset())


def test_the_header_is_no_field_and_what_is_beyond_the_schema_is_reported() -> None:
    said = with_lists({"Name": "a"}, changedFields=["0x0103", "0-0x01"])
    assert said.changed == {"Name": "a"}
    assert said.ignored == (
        "changedFields: position 8 is beyond the schema's 6 fields",
        "changedFields: position 0 is no compound field",
    )


@pytest.mark.parametrize("kind", ["SNAPSHOT", "GAP_CREATE", "GAP_DELETE", "GAP_UNDELETE"])
def test_what_does_not_tell_all_wants_the_records_read(kind: str) -> None:
    said = with_lists({"Name": "a"}, kind, changedFields=["0x02"])
    assert isinstance(said, RereadNeeded)
    assert (said.reason, said.entity, said.record_ids) == (kind, ORDER, ("a1",))


def test_a_header_that_lacks_something_is_refused() -> None:
    header = {"type": "record", "name": HEADER, "fields": [{"name": "entityName", "type": "string"}]}
    schema = {"type": "record", "name": "XChangeEvent", "fields": [{"name": HEADER, "type": header}]}
    body = event_body("/data/X", "e", "s", json.dumps(schema), b"\1", b"\x02X")
    with pytest.raises(Refused) as no:
        read_message(body)
    assert (no.value.reason, "recordIds is missing" in no.value.detail) == ("HEADER_UNREADABLE", True)


def test_a_platform_event_has_the_fields_that_are_there() -> None:
    bus = a_bus()
    topic = bus.define_event("Released__e", {"Dose__c": "string", "Batch__c": "string"})
    said = read(bus, bus.publish(topic, {"Dose__c": "doses/1"}))
    assert isinstance(said, PlatformEvent)
    assert (said.name, sorted(said.fields)) == ("Released__e", ["CreatedById", "CreatedDate", "Dose__c"])


def test_a_kept_message_says_under_which_key_it_counts() -> None:
    bus = a_bus()
    event = bus.record_changed(ORDER, ["a1"], None, {"Name": "a"}, event_id="e-1")
    schema = bus.schemas[event.schema_id]
    here = event_body(TOPIC, "e-1", event.schema_id, schema, b"\1", event.payload)
    there = event_body("/data/ChangeEvents", "e-1", event.schema_id, schema, b"\2", event.payload)
    assert read_message(here).key == read_message(there).key == "e-1"
    lost = read_message(reread_body(TOPIC, b"\1"))
    assert lost.said == RereadNeeded("REPLAY_LOST")
    assert reread_body(TOPIC, b"\1") == reread_body(TOPIC, b"\1") != reread_body(TOPIC, b"\2")
    assert lost.key != read_message(reread_body("/data/Other", b"\1")).key


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"schema": ""}, "SCHEMA_UNKNOWN"),
        ({"schema": "x"}, "SCHEMA_UNREADABLE"),
        ({"payload": "not base64!"}, "BODY_NOT_EVENT"),
        ({"payload": b64encode(b"\xff").decode()}, "PAYLOAD_UNREADABLE"),
        ({"payload": 7}, "BODY_NOT_EVENT"),
        ({"topic": None}, "BODY_NOT_EVENT"),
        ({"event_id": []}, "BODY_NOT_EVENT"),
    ],
)
def test_a_body_that_is_none_of_ours_is_refused(changes: dict[str, Any], reason: str) -> None:
    bus = a_bus()
    event = bus.record_changed(ORDER, ["a1"], None, {"Name": "a"})
    whole = json.loads(event_body(TOPIC, "e", event.schema_id, bus.schemas[event.schema_id], b"\1", event.payload))
    with pytest.raises(Refused) as no:
        read_message(json.dumps(whole | changes).encode())
    assert no.value.reason == reason
    with pytest.raises(Refused):
        read_message(b"[]")
