"""The EPCIS query language: which parameter means which event, and what is refused."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
import yaml

from adapters.courier_epcis import answers
from adapters.courier_epcis.query.fields import RecordedEvent
from adapters.courier_epcis.query.language import Query, of_address, of_json
from adapters.host.routes import query_of
from adapters.manifest import Refused
from tests.support.interfaces import interface

SGTIN, SGTIN_LINK = "urn:epc:id:sgtin:0614141.107346.2018", "https://example.com/01/10614141073464/21/2018"
SSCC, SSCC_LINK = "urn:epc:id:sscc:0614141.1234567890", "https://id.gs1.org/00/106141412345678908"
LOT, LOT_LINK = "urn:epc:class:lgtin:4012345.012345.998877", "https://id.gs1.org/01/04012345123456/10/998877"
GATE, GATE_LINK = "urn:epc:id:sgln:0614141.00777.0", "https://id.gs1.org/414/0614141007776"

OBJECT: dict[str, Any] = {
    "type": "ObjectEvent",
    "eventID": "urn:uuid:6a0d6e0e-3a3b-4d0c-8f4e-000000000001",
    "eventTime": "2026-11-22T09:00:00+01:00",
    "eventTimeZoneOffset": "+01:00",
    "action": "OBSERVE",
    "bizStep": "departing",
    "disposition": "in_transit",
    "persistentDisposition": {"set": ["completeness_verified"], "unset": ["completeness_inferred"]},
    "epcList": [SGTIN],
    "quantityList": [{"epcClass": LOT, "quantity": 200.5, "uom": "KGM"}],
    "readPoint": {"id": GATE},
    "bizLocation": {"id": "https://id.gs1.org/414/4012345000054"},
    "bizTransactionList": [
        {"type": "desadv", "bizTransaction": "urn:epcglobal:cbv:bt:0614141000005:7"},
        {"bizTransaction": "urn:x:untyped"},
    ],
    "sourceList": [{"type": "owning_party", "source": "urn:epc:id:pgln:4012345.00001"}],
    "destinationList": [{"type": "location", "destination": GATE_LINK}],
    "sensorElementList": [
        {
            "sensorMetadata": {
                "startTime": "2026-11-22T06:00:00Z",
                "endTime": "2026-11-22T08:00:00Z",
                "deviceID": "urn:epc:id:giai:4000001.111",
                "bizRules": "https://example.org/rules/cold",
            },
            "sensorReport": [
                {"type": "Temperature", "value": 5, "minValue": 4.5, "maxValue": 6, "meanValue": 5.2, "uom": "CEL",
                 "percRank": 50, "percValue": 5.1, "sDev": 0.1},
                {"type": "https://example.org/Tilt", "booleanValue": False, "stringValue": "upright|still",
                 "hexBinaryValue": "F05F", "uriValue": "https://example.org/tilt/1",
                 "microorganism": "https://www.ncbi.nlm.nih.gov/taxonomy/1126011",
                 "chemicalSubstance": "https://identifiers.org/inchikey:CZMRCDWAGMRECN-UGDNZRGBSA-N",
                 "dataProcessingMethod": "https://example.com/gdti/4012345000054987"},
            ],
        }
    ],
}  # fmt: skip
WRONG: dict[str, Any] = {
    **OBJECT,
    "errorDeclaration": {
        "declarationTime": "2026-11-22T12:00:00Z",
        "reason": "incorrect_data",
        "correctiveEventIDs": ["urn:uuid:6a0d6e0e-3a3b-4d0c-8f4e-000000000002"],
    },
}
AGGREGATION: dict[str, Any] = {
    "type": "AggregationEvent",
    "eventID": "ni:///sha-256;00ff?ver=CBV2.0",
    "eventTime": "2026-11-22T09:00:00Z",
    "eventTimeZoneOffset": "+00:00",
    "action": "ADD",
    "bizStep": "https://ref.gs1.org/cbv/BizStep-packing",
    "parentID": SSCC,
    "childEPCs": [SGTIN_LINK],
    "childQuantityList": [{"epcClass": "urn:epc:idpat:sgtin:4012345.098765.*", "quantity": 10}],
}
TRANSFORMATION: dict[str, Any] = {
    "type": "TransformationEvent",
    "eventID": "urn:x:transformed",
    "eventTime": "2026-11-22T09:00:00Z",
    "eventTimeZoneOffset": "+00:00",
    "inputEPCList": [SGTIN],
    "inputQuantityList": [{"epcClass": LOT, "quantity": 10}],
    "outputEPCList": [SSCC],
    "outputQuantityList": [{"epcClass": LOT_LINK.replace("998877", "1"), "quantity": 3}],
    "transformationID": "urn:epc:id:gdti:0614141.12345.400",
}
CUSTOM: dict[str, Any] = {
    "type": "ex:HandOver",
    "eventID": "urn:x:custom",
    "eventTime": "2026-11-22T09:00:00Z",
    "eventTimeZoneOffset": "+00:00",
}
RECORDED = datetime(2026, 11, 22, 10, tzinfo=UTC)
YES, NO = True, False


def met(query: Query, event: dict[str, Any]) -> bool:
    return query.means(RecordedEvent(event, RECORDED, 1, 0))


CASES: list[tuple[str, str, dict[str, Any], bool]] = [
    ("eventType", "ObjectEvent", OBJECT, YES),
    ("eventType", "AggregationEvent|ObjectEvent", OBJECT, YES),
    ("eventType", "AggregationEvent", OBJECT, NO),
    ("eventType", "ex:HandOver", CUSTOM, YES),
    ("GE_eventTime", "2026-11-22T08:00:00Z", OBJECT, YES),
    ("GE_eventTime", "2026-11-22T08:00:00.001Z", OBJECT, NO),
    ("GE_eventTime", "2026-11-22T10:00:00+02:00", OBJECT, YES),
    ("GE_eventTime", "2026-11-22T10:00:00 02:00", OBJECT, YES),  # what an unencoded + becomes
    ("LT_eventTime", "2026-11-22T08:00:00Z", OBJECT, NO),
    ("LT_eventTime", "2026-11-22T08:00:01Z", OBJECT, YES),
    ("GE_recordTime", "2026-11-22T10:00:00Z", OBJECT, YES),
    ("GE_recordTime", "2026-11-22T10:00:00.000001Z", OBJECT, NO),
    ("LT_recordTime", "2026-11-22T10:00:00Z", OBJECT, NO),
    ("LT_recordTime", "2026-11-22T11:00:00Z", OBJECT, YES),
    ("EQ_action", "OBSERVE|ADD", OBJECT, YES),
    ("EQ_action", "DELETE", OBJECT, NO),
    ("EQ_action", "OBSERVE", TRANSFORMATION, NO),
    ("EQ_bizStep", "departing", OBJECT, YES),
    ("EQ_bizStep", "shipping|departing", OBJECT, YES),
    ("EQ_bizStep", "shipping", OBJECT, NO),
    ("EQ_bizStep", "https://ref.gs1.org/cbv/BizStep-departing", OBJECT, YES),
    ("EQ_bizStep", "https://ns.gs1.org/cbv/BizStep-departing", OBJECT, YES),
    ("EQ_bizStep", "urn:epcglobal:cbv:bizstep:departing", OBJECT, YES),
    ("EQ_bizStep", "cbv:BizStep-departing", OBJECT, YES),
    ("EQ_bizStep", "packing", AGGREGATION, YES),
    ("EQ_bizStep", "departing", CUSTOM, NO),
    ("EQ_bizStep", "https://cold.example/steps/last-mile", OBJECT, NO),
    ("EQ_disposition", "in_transit", OBJECT, YES),
    ("EQ_disposition", "https://ref.gs1.org/cbv/Disp-in_transit", OBJECT, YES),
    ("EQ_disposition", "damaged", OBJECT, NO),
    ("EQ_persistentDisposition_set", "completeness_verified", OBJECT, YES),
    ("EQ_persistentDisposition_set", "completeness_inferred", OBJECT, NO),
    ("EQ_persistentDisposition_unset", "completeness_inferred", OBJECT, YES),
    ("EQ_readPoint", GATE, OBJECT, YES),
    ("EQ_readPoint", GATE_LINK, OBJECT, YES),
    ("EQ_readPoint", "urn:epc:id:sgln:0614141.00777.1", OBJECT, NO),
    ("EQ_readPoint", GATE, AGGREGATION, NO),
    ("WD_readPoint", GATE_LINK, OBJECT, YES),
    ("EQ_bizLocation", "https://id.gs1.org/414/4012345000054", OBJECT, YES),
    ("EQ_bizLocation", GATE, OBJECT, NO),
    ("WD_bizLocation", GATE, OBJECT, NO),
    ("EQ_transformationID", "urn:epc:id:gdti:0614141.12345.400", TRANSFORMATION, YES),
    ("EQ_transformationID", "urn:epc:id:gdti:0614141.12345.401", TRANSFORMATION, NO),
    ("EQ_eventID", "URN:UUID:6A0D6E0E-3A3B-4D0C-8F4E-000000000001", OBJECT, YES),
    ("EQ_eventID", "ni:///sha-256;00ff?ver=CBV2.0", AGGREGATION, YES),
    ("EQ_eventID", "urn:x:other", OBJECT, NO),
    ("EXISTS_errorDeclaration", "true", WRONG, YES),
    ("EXISTS_errorDeclaration", "", WRONG, YES),
    ("EXISTS_errorDeclaration", "true", OBJECT, NO),
    ("EXISTS_errorDeclaration", "false", OBJECT, YES),
    ("EXISTS_errorDeclaration", "false", WRONG, YES),
    ("GE_errorDeclarationTime", "2026-11-22T12:00:00Z", WRONG, YES),
    ("LT_errorDeclarationTime", "2026-11-22T12:00:00Z", WRONG, NO),
    ("LT_errorDeclaration_Time", "2026-11-22T12:00:01Z", WRONG, YES),
    ("EQ_errorReason", "incorrect_data", WRONG, YES),
    ("EQ_errorReason", "did_not_occur", WRONG, NO),
    ("EQ_errorReason", "incorrect_data", OBJECT, NO),
    ("EQ_correctiveEventID", "urn:uuid:6a0d6e0e-3a3b-4d0c-8f4e-000000000002", WRONG, YES),
    ("EQ_correctiveEventID", "urn:uuid:6a0d6e0e-3a3b-4d0c-8f4e-000000000003", WRONG, NO),
    ("MATCH_epc", SGTIN, OBJECT, YES),
    ("MATCH_epc", SGTIN_LINK, OBJECT, YES),
    ("MATCH_epc", SGTIN, AGGREGATION, YES),
    ("MATCH_epc", SSCC, AGGREGATION, NO),  # the parent is none of them
    ("MATCH_epc", SGTIN, TRANSFORMATION, NO),
    ("MATCH_epc", "urn:epc:idpat:sgtin:0614141.107346.*", OBJECT, YES),
    ("MATCH_epc", "urn:epc:idpat:sgtin:0614141.*.*", OBJECT, YES),
    ("MATCH_epc", "urn:epc:idpat:sgtin:0614142.*.*", OBJECT, NO),
    ("MATCH_epc", "urn:epc:idpat:sgtin:0614141.107346.*.*", OBJECT, NO),  # an EPC has as many parts as its pattern
    ("MATCH_epc", "urn:epc:idpat:sscc:0614141.*", OBJECT, NO),
    ("MATCH_epc", "urn:epc:idpat:sgtin:0614141.107346.*", AGGREGATION, YES),  # which has a Digital Link
    ("MATCH_epc", "urn:epc:idpat:sgtin:0614141.107347.*", AGGREGATION, NO),
    ("MATCH_parentID", SSCC_LINK, AGGREGATION, YES),
    ("MATCH_parentID", SGTIN, AGGREGATION, NO),
    ("MATCH_inputEPC", SGTIN_LINK, TRANSFORMATION, YES),
    ("MATCH_inputEPC", SSCC, TRANSFORMATION, NO),
    ("MATCH_outputEPC", SSCC, TRANSFORMATION, YES),
    ("MATCH_anyEPC", SSCC_LINK, AGGREGATION, YES),
    ("MATCH_anyEPC", SSCC, TRANSFORMATION, YES),
    ("MATCH_anyEPC", f"urn:x:other|{SGTIN}", OBJECT, YES),
    ("MATCH_anyEPC", SSCC, OBJECT, NO),
    ("MATCH_epcClass", LOT_LINK, OBJECT, YES),
    ("MATCH_epcClass", "urn:epc:idpat:sgtin:4012345.098765.*", AGGREGATION, YES),
    ("MATCH_epcClass", "https://id.gs1.org/01/04012345987652", AGGREGATION, YES),
    ("MATCH_epcClass", LOT, TRANSFORMATION, NO),
    ("MATCH_inputEPCClass", LOT, TRANSFORMATION, YES),
    ("MATCH_outputEPCClass", "urn:epc:class:lgtin:4012345.012345.1", TRANSFORMATION, YES),
    ("MATCH_outputEPCClass", LOT, TRANSFORMATION, NO),
    ("MATCH_anyEPCClass", LOT, TRANSFORMATION, YES),
    ("MATCH_anyEPCClass", LOT, CUSTOM, NO),
    ("EQ_quantity", "200.5", OBJECT, YES),
    ("EQ_quantity", "10|11", AGGREGATION, YES),
    ("GT_quantity", "200.5", OBJECT, NO),
    ("GE_quantity", "200.5", OBJECT, YES),
    ("LT_quantity", "200", OBJECT, NO),
    ("LE_quantity", "201", OBJECT, YES),
    ("GE_quantity_KGM", "200", OBJECT, YES),
    ("GE_quantity_LTR", "200", OBJECT, NO),
    ("GE_quantity_KGM", "1", AGGREGATION, NO),  # a number of pieces is no mass
    ("EQ_bizTransaction_desadv", "urn:epcglobal:cbv:bt:0614141000005:7", OBJECT, YES),
    ("EQ_bizTransaction_https://ref.gs1.org/cbv/BTT-desadv", "urn:epcglobal:cbv:bt:0614141000005:7", OBJECT, YES),
    ("EQ_bizTransaction_po", "urn:epcglobal:cbv:bt:0614141000005:7", OBJECT, NO),
    ("EQ_bizTransaction_po", "urn:x:untyped", OBJECT, NO),
    ("EQ_source_owning_party", "urn:epc:id:pgln:4012345.00001", OBJECT, YES),
    ("EQ_source_location", "urn:epc:id:pgln:4012345.00001", OBJECT, NO),
    ("EQ_destination_location", GATE, OBJECT, YES),
    ("EXISTS_sensorElementList", "true", OBJECT, YES),
    ("EXISTS_sensorElementList", "true", AGGREGATION, NO),
    ("GE_startTime", "2026-11-22T06:00:00Z", OBJECT, YES),
    ("LT_startTime", "2026-11-22T06:00:00Z", OBJECT, NO),
    ("GE_endTime", "2026-11-22T08:00:01Z", OBJECT, NO),
    ("LT_endTime", "2026-11-22T08:00:01Z", OBJECT, YES),
    ("LT_endTime", "2026-11-22T08:00:01Z", AGGREGATION, NO),
    ("EQ_type", "Temperature", OBJECT, YES),
    ("EQ_type", "gs1:Temperature", OBJECT, YES),
    ("EQ_type", "https://gs1.org/voc/Temperature", OBJECT, YES),
    ("EQ_type", "https://example.org/Tilt", OBJECT, YES),
    ("EQ_type", "RelativeHumidity", OBJECT, NO),
    ("EQ_deviceID", "urn:epc:id:giai:4000001.111", OBJECT, YES),
    ("EQ_deviceID", "https://id.gs1.org/8004/4000001111", OBJECT, YES),
    ("EQ_deviceID", "urn:epc:id:giai:4000001.112", OBJECT, NO),
    ("EQ_bizRules", "https://example.org/rules/cold", OBJECT, YES),
    ("EQ_dataProcessingMethod", "https://example.com/gdti/4012345000054987", OBJECT, YES),
    ("EQ_microorganism", "https://www.ncbi.nlm.nih.gov/taxonomy/1126011", OBJECT, YES),
    ("EQ_chemicalSubstance", "https://identifiers.org/inchikey:CZMRCDWAGMRECN-UGDNZRGBSA-N", OBJECT, YES),
    ("EQ_uriValue", "https://EXAMPLE.org/tilt/1", OBJECT, YES),
    ("EQ_stringValue", "upright", OBJECT, NO),
    ("EQ_hexBinaryValue", "f05f", OBJECT, YES),
    ("EQ_booleanValue", "false", OBJECT, YES),
    ("EQ_booleanValue", "true", OBJECT, NO),
    ("EQ_value_CEL", "5", OBJECT, YES),
    ("EQ_value_CEL", "4|5.0", OBJECT, YES),
    ("GT_value_CEL", "5", OBJECT, NO),
    ("GE_value_FAH", "41", OBJECT, YES),
    ("EQ_value_FAH", "41", OBJECT, YES),
    ("EQ_value_A48", "500.67", OBJECT, YES),
    ("EQ_value_KEL", "278.15", OBJECT, YES),
    ("GE_value_PAL", "0", OBJECT, NO),
    ("LT_minValue_CEL", "5", OBJECT, YES),
    ("GE_maxValue_CEL", "6", OBJECT, YES),
    ("GT_maxValue_CEL", "6", OBJECT, NO),
    ("LE_meanValue_CEL", "5.2", OBJECT, YES),
    ("LT_sDev_CEL", "0.1", OBJECT, NO),
    ("GE_percValue_CEL", "5.1", OBJECT, YES),
    ("GE_percRank", "50", OBJECT, YES),
    ("GT_percRank", "50", OBJECT, NO),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "event", "meant"),
    CASES,
    ids=[f"{name}={value}-{event['eventID'][-9:]}" for name, value, event, _ in CASES],
)
def test_a_parameter_means_these_events(name: str, value: str, event: dict[str, Any], meant: bool) -> None:
    assert met(of_address([(name, value)]), event) is meant


def test_all_parameters_must_be_met_and_of_one_any_value() -> None:
    both = [("EQ_bizStep", "departing|shipping"), ("EQ_action", "OBSERVE")]
    assert met(of_address(both), OBJECT)
    assert not met(of_address([*both, ("MATCH_epc", SSCC)]), OBJECT)
    assert met(of_address([("EQ_action", "ADD"), ("EQ_action", "OBSERVE")]), OBJECT)  # a list, written as two


def test_what_is_written_in_an_address_and_in_json_is_one_query() -> None:
    address = query_of(urlencode({"EQ_bizStep": "departing|shipping", "GE_eventTime": "2026-11-22T08:00:00Z"}).encode())
    in_json = {"EQ_bizStep": ["departing", "shipping"], "GE_eventTime": "2026-11-22T08:00:00Z"}
    assert of_address(address) == of_json(json.loads(json.dumps(in_json)))


@pytest.mark.parametrize("query", [
    {"EQ_quantity": 200.5},
    {"EQ_quantity": [1, 200.5]},
    {"GE_value_CEL": 5},
    {"EQ_booleanValue": False},
    {"EXISTS_sensorElementList": None},
    {"EXISTS_sensorElementList": 1},
    {"EQ_stringValue": ["upright|still"]},
    {"@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"], "eventType": ["ObjectEvent"]},
])  # fmt: skip
def test_json_has_types_of_its_own(query: dict[str, Any]) -> None:
    assert met(of_json(query), OBJECT)


@pytest.mark.parametrize("pairs", [
    [("EQ_bizstep", "departing")],
    [("EQ_ex:colour", "red")],
    [("EQ_bizTransaction_", "urn:x:1")],
    [("EQ_bizTransaction_invoice", "urn:x:1")],
    [("GE_value_celsius", "1")],
    [("eventTypes", "ObjectEvent")],
    [("eventType", "Object")],
    [("EQ_action", "LOOK")],
    [("EQ_action", "")],
    [("EQ_bizStep", "shiping")],
    [("EQ_disposition", "departing")],
    [("EQ_readPoint", "gate")],
    [("MATCH_epc", "1234")],
    [("GE_eventTime", "2026-11-22T08:00:00")],
    [("GE_eventTime", "2026-02-30T08:00:00Z")],
    [("GE_eventTime", "2026-11-22T08:00:00Z"), ("GE_eventTime", "2026-11-23T08:00:00Z")],
    [("GE_quantity", "many")],
    [("GE_quantity", "nan")],
    [("GE_quantity", "1e999")],
    [("EQ_booleanValue", "maybe")],
    [("EXISTS_errorDeclaration", "maybe")],
    [("orderBy", "quantity")],
    [("orderDirection", "UP")],
    [("eventCountLimit", "5")],
    [("eventCountLimit", "5"), ("maxEventCount", "5"), ("orderBy", "eventTime")],
    [("maxEventCount", "0")],
    [("maxEventCount", "five")],
    [("EQ_eventID", "|".join(f"urn:x:{n}" for n in range(1001)))],
], ids=lambda pairs: "&".join(name for name, _ in pairs))  # fmt: skip
def test_what_is_no_query_is_refused_as_the_standard_has_it(pairs: list[tuple[str, str]]) -> None:
    with pytest.raises(Refused) as refused:
        of_address(pairs)
    assert refused.value.status == 400
    assert answers.problem_type(400, refused.value.reason) == "epcisException:QueryParameterException"
    assert pairs[0][0] in refused.value.detail


@pytest.mark.parametrize("query", [
    None, [], "ObjectEvent", {"eventType": "ObjectEvent"}, {"eventType": []}, {"eventType": [1]},
    {"GE_eventTime": 5}, {"EQ_quantity": ["5", True]}, {"EXISTS_errorDeclaration": "x"}, {"maxEventCount": True},
    {"maxEventCount": 1.5}, {f"EQ_bizTransaction_urn:x:{n}": ["urn:x:1"] for n in range(101)},
])  # fmt: skip
def test_what_is_no_query_in_json_is_refused(query: Any) -> None:
    with pytest.raises(Refused, match="QUERY_PARAMETER_NOT_VALID"):
        of_json(query)


def test_every_parameter_of_the_definition_is_known() -> None:
    document = yaml.safe_load(interface("standards/epcis/openapi.yaml").read_bytes())
    named = {each["name"] for each in document["components"]["parameters"].values() if each["in"] == "query"}
    asked = {name for name in named if name[:3] in ("EQ_", "GE_", "LT_", "GT_", "LE_", "WD_") or name[:5] == "MATCH"}
    assert len(asked) > 40
    with pytest.raises(Refused, match="QUERY_PARAMETER_NOT_VALID"):
        of_address([("EQ_nothing", "urn:x:1")])
    for name in asked:
        with pytest.raises(Refused) as refused:
            of_address([(name, "")])  # fits no parameter, so the value is refused and not the name
        assert "no query parameter" not in refused.value.detail, name
