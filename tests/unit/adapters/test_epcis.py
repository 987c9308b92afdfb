"""What an EPCIS event is taken for."""

from datetime import timedelta
from typing import Any

import pytest
from doselane.courier.v1 import courier_pb2

from adapters.courier_epcis import identity
from adapters.courier_epcis.codes import KIND_OF_DISPOSITION, KIND_OF_STEP
from adapters.courier_epcis.model import words
from adapters.courier_epcis.model.document import single_event
from adapters.courier_epcis.settings import settings
from adapters.courier_epcis.translate import fact
from adapters.manifest import Fact, Refused
from tests.support.couriers import NOW, SSCC, epcis_event

Kind = courier_pb2.Milestone.Kind
GATE, SITE = "urn:epc:id:sgln:0614141.00001.1", "urn:epc:id:sgln:0614141.00777.0"
COLD = settings({"steps": {"https://cold.example/steps/last-mile": "OUT_FOR_DELIVERY"}})


def read(**changes: Any) -> Fact:
    return fact(0, single_event(epcis_event(**changes)), COLD.steps, NOW + timedelta(hours=1))


def to(place: str) -> list[dict[str, str]]:
    return [{"type": "location", "destination": place}]


@pytest.mark.parametrize(("changes", "kind"), [
    ({"step": "collecting"}, Kind.COLLECTED),
    ({"step": "shipping"}, Kind.DEPARTED),
    ({"step": "transporting"}, Kind.DEPARTED),
    ({"step": "arriving"}, Kind.ARRIVED),
    ({"step": "receiving"}, Kind.DELIVERED),
    ({"step": "void_shipping"}, Kind.CANCELLED),
    ({"step": "holding"}, Kind.EXCEPTION),
    ({"step": "inspecting"}, Kind.OBSERVED),
    ({"step": "other"}, Kind.KIND_UNSPECIFIED),
    ({"step": "cbv:BizStep-departing"}, Kind.DEPARTED),
    ({"step": "https://ref.gs1.org/cbv/BizStep-departing"}, Kind.DEPARTED),
    ({"step": "https://doselane.io/epcis/BizStep-customs_held"}, Kind.CUSTOMS_HELD),
    ({"step": "https://cold.example/steps/last-mile"}, Kind.OUT_FOR_DELIVERY),
    ({"step": "https://cold.example/steps/unheard-of"}, Kind.KIND_UNSPECIFIED),
    ({"step": "receiving", "disposition": "damaged"}, Kind.EXCEPTION),
    ({"step": "arriving", "disposition": "returned"}, Kind.RETURNED),
    ({"step": "arriving", "disposition": "in_progress"}, Kind.ARRIVED),
    ({"step": "arriving", "persistentDisposition": {"set": ["stolen"]}}, Kind.EXCEPTION),
    ({"step": "arriving", "persistentDisposition": {"unset": ["stolen"]}}, Kind.ARRIVED),
    ({"step": "receiving", "destinationList": to(SITE), "bizLocation": {"id": GATE}}, Kind.ARRIVED),
    ({"step": "receiving", "destinationList": to(SITE), "readPoint": {"id": SITE[:-1] + "9"}}, Kind.DELIVERED),
    ({"step": "accepting", "destinationList": to(SITE), "readPoint": {"id": SITE}}, Kind.DELIVERED),
    ({"step": "accepting"}, Kind.COLLECTED),
])  # fmt: skip
def test_step_disposition_and_place_decide(changes: dict[str, Any], kind: int) -> None:
    found = read(**changes)
    assert found.said.kind == kind
    assert ("CODE_UNKNOWN" in found.warnings) == (kind == Kind.KIND_UNSPECIFIED)


def test_every_word_of_the_vocabulary_has_a_meaning_but_the_one_that_has_none() -> None:
    assert words.BIZ_STEPS - set(KIND_OF_STEP) == {"other"}
    assert set(KIND_OF_DISPOSITION) <= words.DISPOSITIONS


def test_an_event_without_a_step_is_an_observation() -> None:
    event = epcis_event()
    del event["bizStep"]
    assert fact(0, single_event(event), {}, NOW).said.kind == Kind.OBSERVED


def test_an_event_of_the_senders_own_type_is_taken_and_stays_unknown() -> None:
    event = {"type": "ex:HandOver", "eventTime": "2026-11-22T09:00:00Z", "eventTimeZoneOffset": "+01:00"}
    found = fact(0, single_event(event), {}, NOW)
    assert (found.said.kind, found.said.code) == (Kind.KIND_UNSPECIFIED, "ex:HandOver")
    known = fact(0, single_event(event), {"ex:HandOver": Kind.COLLECTED}, NOW)
    assert known.said.kind == Kind.COLLECTED


def test_all_readings_are_kept_with_what_belongs_to_them() -> None:
    reports = [
        {"type": "Temperature", "value": -19.5, "uom": "CEL"},
        {"type": "Temperature", "minValue": -20, "maxValue": -18, "meanValue": -19, "sDev": 0.5, "uom": "CEL"},
        {"type": "ex:Tilt", "booleanValue": False, "time": "2026-11-22T08:30:00+01:00"},
        {"type": "Temperature", "exception": "ALARM_CONDITION"},
    ]
    metadata = {"time": "2026-11-22T08:00:00Z", "deviceID": "urn:epc:id:giai:4000001.111"}
    sensors = [{"sensorMetadata": metadata, "sensorReport": reports}]
    first, second, third, fourth = read(sensorElementList=sensors).said.sensor_readings
    assert (first.value, first.unit, first.device) == (-19.5, "CEL", "urn:epc:id:giai:4000001.111")
    assert not second.HasField("value")
    assert (second.minimum, second.maximum, second.mean, second.text) == (-20, -18, -19, "sDev=0.5")
    assert (third.text, third.time.ToJsonString()) == ("false", "2026-11-22T07:30:00Z")
    assert fourth.alarm == "ALARM_CONDITION"


def test_a_position_comes_from_a_geo_uri_or_from_sensors() -> None:
    at_gate = read(readPoint={"id": "geo:50.11,8.68"}).said.location
    assert (at_gate.latitude_degrees, at_gate.longitude_degrees, at_gate.place) == (50.11, 8.68, "geo:50.11,8.68")
    reports = [
        {"type": "Angle", "component": "latitude", "value": 52.5, "uom": "DD"},
        {"type": "Angle", "component": "longitude", "value": 13.4, "uom": "DD"},
    ]
    on_the_road = read(sensorElementList=[{"sensorReport": reports}]).said.location
    assert (on_the_road.latitude_degrees, on_the_road.longitude_degrees) == (52.5, 13.4)
    height = {"type": "Altitude", "component": "altitude", "value": 34, "uom": "MTR"}
    assert read(sensorElementList=[{"sensorReport": [reports[1], height, reports[0]]}]).said.location == on_the_road
    grads = [{**each, "uom": "A91"} for each in reports]
    assert not read(sensorElementList=[{"sensorReport": grads}]).said.HasField("location")


def test_an_sscc_is_found_by_whichever_name_it_was_attached() -> None:
    link = "https://id.gs1.org/00/106141412345678908"
    assert list(read(epcList=[SSCC]).said.shipment_references) == [SSCC, link]
    elsewhere = "https://courier.example/parcels/00/106141412345678908?x=1"
    assert list(read(epcList=[elsewhere]).said.shipment_references) == [elsewhere, link]


def test_shipping_documents_name_a_shipment_and_orders_do_not() -> None:
    transactions = [{"type": each, "bizTransaction": f"urn:x:{each}"} for each in ("desadv", "bol", "po", "inv")]
    named = read(bizTransactionList=transactions).said.shipment_references
    assert {"urn:x:desadv", "urn:x:bol"} <= set(named)
    assert not {"urn:x:po", "urn:x:inv"} & set(named)


def test_objects_of_all_event_types_are_named() -> None:
    change = {
        "type": "TransformationEvent", "eventTime": "2026-11-22T09:00:00Z", "eventTimeZoneOffset": "+01:00",
        "inputEPCList": ["ex:in"], "inputQuantityList": [{"epcClass": "ex:in-class"}], "outputEPCList": ["ex:out"],
        "outputQuantityList": [{"epcClass": "ex:out-class"}],
    }  # fmt: skip
    named = fact(0, single_event(change), {}, NOW).said.shipment_references
    assert list(named) == ["ex:in", "ex:in-class", "ex:out", "ex:out-class"]
    packed = {**epcis_event(), "type": "AggregationEvent", "parentID": SSCC, "childEPCs": ["ex:vial"]}
    del packed["epcList"]
    assert list(fact(0, single_event(packed), {}, NOW).said.shipment_references)[:2] == [SSCC, "ex:vial"]


def test_an_event_without_an_id_gets_one_from_what_it_says() -> None:
    event = epcis_event()
    del event["eventID"]
    turned = dict(reversed([*event.items(), ("recordTime", "2026-11-22T09:01:00Z")]))
    assert identity.event_id(event) == identity.event_id(turned)
    wrong = {**event, "errorDeclaration": {"declarationTime": "2026-11-22T09:30:00Z"}}
    assert identity.event_id(wrong) == identity.event_id(event)
    assert identity.key(wrong) != identity.key(event)
    assert identity.event_id({**event, "bizStep": "arriving"}) != identity.event_id(event)


SENSED = [{"sensorMetadata": {"time": "2026-11-22T08:00:00Z"}, "sensorReport": [{"type": "Temperature", "value": 5}]}]
SENSED_OTHERWISE = [
    {
        "sensorMetadata": {"time": "2026-11-22T09:00:00.0+01:00"},
        "sensorReport": [{"value": 5.0, "type": "gs1:Temperature"}],
    }
]


@pytest.mark.parametrize("changes", [
    {"eventTime": "2026-11-22T10:00:00.000+01:00"}, {"eventTime": "2026-11-22t09:00:00z"},
    {"eventTime": "2026-11-22T09:00:00.000000Z"}, {"eventTime": "2026-11-21T19:00:00-14:00"},
    {"eventTimeZoneOffset": "-00:00"}, {"recordTime": "2026-11-22T09:00:01Z"}, {"@context": "https://x.example"},
    {"epcList": ["https://id.gs1.org/00/106141412345678908"]},
    {"epcList": ["https://cold.example/00/106141412345678908?linkType=x"]},
    {"bizStep": "https://ref.gs1.org/cbv/BizStep-departing"}, {"bizStep": "cbv:BizStep-departing"},
    {"sensorElementList": SENSED_OTHERWISE}, {"bizTransactionList": []},
])  # fmt: skip
def test_an_event_in_another_spelling_is_the_same_event(changes: dict[str, Any]) -> None:
    event = epcis_event(sensorElementList=SENSED)
    del event["eventID"]
    other = fact(0, single_event({**event, **changes}), {}, NOW)
    assert (other.key, other.content) == (identity.key(event), identity.content(event))


@pytest.mark.parametrize("changes", [
    {"eventTime": "2026-11-22T09:00:00.001Z"}, {"eventTime": "2026-11-22T09:00:00.0000001Z"}, {"bizStep": "arriving"},
    {"eventTimeZoneOffset": "+01:00"}, {"epcList": [SSCC[:-1] + "1"]}, {"sensorElementList": SENSED[:0]},
    {"ex:flag": True}, {"ex:number": 1}, {"ex:number": "1"},
])  # fmt: skip
def test_another_content_is_another_event(changes: dict[str, Any]) -> None:
    event = epcis_event(sensorElementList=SENSED)
    assert identity.content({**event, **changes}) != identity.content(event)


def test_true_one_and_a_text_are_three_values() -> None:
    assert len({identity.content({"ex:a": value}) for value in (True, 1, "1", 1.5, "true", False, 0)}) == 7
    assert identity.content({"ex:a": 1e20}) == identity.content({"ex:a": 10**20})


def test_one_id_has_one_spelling() -> None:
    named = epcis_event(eventID="URN:UUID:0198F2C4-0000-7000-8000-00000000000A")
    wrong = {**named, "errorDeclaration": {"declarationTime": "2026-11-22T09:30:00Z"}}
    also_wrong = {**named, "errorDeclaration": {"declarationTime": "2026-11-22T10:30:00.0+01:00"}}
    assert identity.key(named) == "urn:uuid:0198f2c4-0000-7000-8000-00000000000a"
    assert identity.key(wrong) == identity.key(also_wrong)
    assert list(fact(0, single_event(wrong), {}, NOW).said.retracts_event_ids) == [identity.key(named)]


@pytest.mark.parametrize(("time", "reason"), [
    ("0001-01-01T00:00:00Z", "TIME_OUT_OF_RANGE"),
    ("0001-01-01T00:00:00+14:00", "TIME_OUT_OF_RANGE"),
    ("9999-12-31T23:59:59-14:00", "TIME_IN_FUTURE"),
    ("2027-01-01T00:00:00Z", "TIME_IN_FUTURE"),
])  # fmt: skip
def test_a_time_that_cannot_be_is_refused(time: str, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        read(eventTime=time)
    assert (refused.value.reason, refused.value.place) == (reason, "/eventTime")


def test_an_event_too_large_for_any_bus_is_refused() -> None:
    reports = [{"type": "Temperature", "value": number, "stringValue": "x" * 100} for number in range(10_000)]
    with pytest.raises(Refused, match="EVENT_TOO_LARGE"):
        read(sensorElementList=[{"sensorReport": reports}])


def test_an_endless_name_is_no_reference_and_an_endless_id_is_refused() -> None:
    assert list(read(epcList=["ex:" + "x" * 2000]).said.shipment_references) == []
    with pytest.raises(Refused, match="EVENT_ID_TOO_LONG"):
        read(eventID="ex:" + "x" * 2000)


def test_every_mistake_in_the_options_is_named() -> None:
    with pytest.raises(ValueError, match="no option 'x'") as wrong:
        settings({"x": 1, "events_max": 0, "steps": {"a": "FLOWN"}})
    assert "'FLOWN' is no kind" in str(wrong.value)
    assert "events_max" in str(wrong.value)
