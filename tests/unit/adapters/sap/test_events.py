"""Business events name a document by their type, whatever way they come; who may send them is the account's to say."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.erp_sap import handshake
from adapters.erp_sap.events import BusinessEvent, events_in
from adapters.erp_sap.settings import SHAPE, settings
from adapters.erp_sap.translate import EVENTS, SapReader
from adapters.host.mappings import mapping_of
from adapters.manifest import Incoming, PageRequest, Refused
from adapters.mapping import Mapped

AT = datetime(2026, 12, 1, tzinfo=UTC)
CHANGED = "sap.s4.beh.processorder.v1.ProcessOrder.Changed.v1"
EVENT = {
    "specversion": "1.0",
    "type": CHANGED,
    "source": "/default/sap.s4.beh/TSTCLNT100",
    "id": "0A1B2C3D-4E5F-1EEF-9A0B-000000000102",
    "time": "2026-12-01T06:15:30Z",
    "datacontenttype": "application/json",
    "data": {"ManufacturingOrder": "000001000101", "Plant": "1010"},
}


def push(body: Any, kind: str = "application/cloudevents+json", **headers: str) -> list[BusinessEvent]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return events_in(Incoming(EVENTS, raw, {"content-type": kind, **named}, AT))


@pytest.mark.parametrize("kind", ["application/cloudevents+json; charset=UTF-8", "application/json"])
def test_a_structured_event(kind: str) -> None:
    (found,) = push(EVENT, kind)
    assert found == BusinessEvent(EVENT["id"].lower(), EVENT["source"], CHANGED, "production_orders", "000001000101")


def test_data_may_come_in_base64() -> None:
    bare = {name: said for name, said in EVENT.items() if name != "data"}
    (found,) = push({**bare, "data_base64": "eyJNYW51ZmFjdHVyaW5nT3JkZXIiOiI3In0="}, "application/cloudevents+json")
    assert found.number == "7"
    for wrong in ("eyJ", "_w==", "/w=="):
        with pytest.raises(Refused) as raised:
            push({**bare, "data_base64": wrong}, "application/cloudevents+json")
        assert raised.value.words == "data_base64 is no text in base64. (/data_base64)"


def test_many_in_one_body() -> None:
    lot = {**EVENT, "type": "sap.s4.beh.inspectionlot.v1.InspectionLot.Canceled.v1", "data": {"InspectionLot": "40"}}
    found = push([EVENT, lot], "application/cloudevents-batch+json")
    assert [(each.document, each.number) for each in found] == [
        ("production_orders", "000001000101"),
        ("inspection_lots", "40"),
    ]


def test_a_binary_event() -> None:
    attributes = {"ce_specversion": "1.0", "ce_type": CHANGED, "ce_source": "%2Fdefault%2FT", "ce_id": "1"}
    (found,) = push(EVENT["data"], "application/json", **attributes)
    assert (found.source, found.number) == ("/default/T", "000001000101")


@pytest.mark.parametrize(
    "source", ['"/default/T"', ' "/default/T" ', '"/def\\ault/\\T"', '"%2Fdefault%2FT"', "/default/T"]
)
def test_a_header_may_stand_in_quotes(source: str) -> None:
    attributes = {"ce_specversion": '"1.0"', "ce_type": f'"{CHANGED}"', "ce_source": source, "ce_id": '"1"'}
    (found,) = push(EVENT["data"], "application/json", **attributes)
    assert (found.source, found.type, found.id) == ("/default/T", CHANGED, "1")


def test_a_header_that_encodes_no_text_is_refused() -> None:
    attributes = {"ce_specversion": "1.0", "ce_type": CHANGED, "ce_source": "a%FF", "ce_id": "1"}
    with pytest.raises(Refused) as raised:
        push(EVENT["data"], "application/json", **attributes)
    assert raised.value.words == "The header ce-source encodes what is not UTF-8."


@pytest.mark.parametrize("operation", ["Created", "Changed", "Deleted", "OperationCreated"])
@pytest.mark.parametrize("version", ["v1", "v2", "v10"])
def test_any_operation_and_version_of_an_object_that_we_read(operation: str, version: str) -> None:
    (found,) = push(
        {**EVENT, "type": f"sap.s4.beh.salesorder.v1.SalesOrder.{operation}.{version}", "data": {"SalesOrder": "7"}}
    )
    assert (found.document, found.number) == ("sales_orders", "7")


@pytest.mark.parametrize("key", ["OutboundDelivery", "DeliveryDocument"])
def test_a_delivery_has_two_names_of_its_key(key: str) -> None:
    kind = "sap.s4.beh.outbounddelivery.v1.OutboundDelivery.Created.v1"
    (found,) = push({**EVENT, "type": kind, "data": {key: "80000001"}})
    assert (found.document, found.number) == ("outbound_deliveries", "80000001")


def test_an_object_that_we_do_not_read_is_passed_over() -> None:
    (found,) = push({**EVENT, "type": "sap.s4.beh.businesspartner.v1.BusinessPartner.Changed.v1", "data": None})
    assert (found.document, found.number) == ("", "")


def test_a_key_has_up_to_twenty_characters() -> None:
    (found,) = push({**EVENT, "data": {"ManufacturingOrder": "1" * 20}})
    assert found.number == "1" * 20


def test_data_may_come_as_a_text() -> None:
    (found,) = push({**EVENT, "data": json.dumps(EVENT["data"])})
    assert found.number == "000001000101"


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in EVENT.items() if key != name}


@pytest.mark.parametrize(
    ("body", "reason", "place"),
    [
        (7, "BODY_NOT_EVENT", ""),
        (without("id"), "BODY_NOT_EVENT", "/id"),
        ({**EVENT, "source": ""}, "BODY_NOT_EVENT", "/source"),
        ({**EVENT, "specversion": "0.3"}, "BODY_NOT_EVENT", "/specversion"),
        ({**EVENT, "type": "salesorder/created"}, "EVENT_TYPE_UNKNOWN", "/type"),
        ({**EVENT, "type": f"ce.{CHANGED}"}, "EVENT_TYPE_UNKNOWN", "/type"),
        ({**EVENT, "data": {}}, "BODY_NOT_EVENT", "/data/ManufacturingOrder"),
        ({**EVENT, "data": {"ManufacturingOrder": "1' or '1"}}, "BODY_NOT_EVENT", "/data/ManufacturingOrder"),
        ({**EVENT, "data": {"ManufacturingOrder": "1" * 21}}, "BODY_NOT_EVENT", "/data/ManufacturingOrder"),
        ({**EVENT, "data": "not JSON"}, "BODY_NOT_EVENT", "/data"),
        ([EVENT, without("type")], "BODY_NOT_EVENT", "/1/type"),
        (b"\xef\xbb\xbf{", "BODY_NOT_JSON", None),
    ],
)
def test_what_is_no_event_is_refused_with_its_place(body: Any, reason: str, place: str | None) -> None:
    with pytest.raises(Refused) as raised:
        push(body)
    assert raised.value.reason == reason
    assert place is None or raised.value.place == place


def reader(**options: Any) -> SapReader:
    return SapReader(Mapped(settings(options), mapping_of("m", "version: 1", SHAPE).mapping))


def test_an_event_states_nothing_and_says_what_is_read_back() -> None:
    incoming = Incoming(EVENTS, json.dumps([EVENT, {**EVENT, "type": "sap.s4.beh.x.v1.X.Y.v1"}]).encode(), {}, AT)
    found = reader(reads=["inspection_lots"]).translate(incoming)
    assert (found.facts, found.remark) == (
        (),
        f"{CHANGED}, sap.s4.beh.x.v1.X.Y.v1 is not read for this account.",
    )
    terms = {"products/a": {"vial_mbq_max": 1, "claim_cutoff_minutes": 1}}
    found = reader(reads=["production_orders"], production=terms).translate(incoming)
    assert found.remark == "000001000101 is read back. sap.s4.beh.x.v1.X.Y.v1 is not read for this account."


def asked(headers: Mapping[str, str], known: object) -> tuple[int, dict[str, str]]:
    named = {name.lower(): value for name, value in headers.items()}
    found = handshake.answer(PageRequest("/sap/a/events", {}, (), named, 1024), known)
    return found.status, dict(found.headers)


def test_consent_is_given_to_whom_the_account_names() -> None:
    known = reader(origins=["eventemitter.example.com"])
    asks = {"WebHook-Request-Origin": "eventemitter.example.com"}
    consent = {"WebHook-Allowed-Origin": "eventemitter.example.com", "Allow": "POST"}
    assert asked(asks, known) == (200, {**consent, "WebHook-Allowed-Rate": "*"})
    for rate, granted in (("120", "120"), ("0", "*"), ("-1", "*"), ("fast", "*")):
        assert asked({**asks, "WebHook-Request-Rate": rate}, known)[1]["WebHook-Allowed-Rate"] == granted


@pytest.mark.parametrize(
    "headers",
    [
        {"WebHook-Request-Origin": "stranger.example.net"},
        {"WebHook-Request-Origin": ""},
        {"WebHook-Request-Origin": "*"},
        {"Origin": "eventemitter.example.com", "Access-Control-Request-Method": "POST"},
        {},
    ],
)
def test_nobody_else_learns_whether_there_is_an_account(headers: Mapping[str, str]) -> None:
    known = reader(origins=["eventemitter.example.com"])
    assert asked(headers, known) == asked(headers, None) == (204, {"Allow": "POST"})
