"""A second major beside the first breaks nobody: by OpenAPI, AsyncAPI and buf, and for contracts with either.

The second major is a toy, made of the first: `/v2/…`, events that end in `.v2`, and the package `doselane.slotting.v2`,
with a field renamed.
"""

import copy
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from doselane.contracts.check import check_pact
from doselane.contracts.pact import pact_of
from doselane.contracts.releases import ReleaseDocuments, release_at
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

from services.local.contracts.descriptors import descriptors_of_today
from tests.architecture.test_protos import CURRENT, buf_breaking, saved
from tests.contracts.asyncapi_breaks import asyncapi_breaks
from tests.contracts.openapi_breaks import breaks
from tests.support import pact_forms as forms

EVENT_V2 = forms.EVENT.replace(".v1", ".v2")
SUNSET = "2028-03-01"


def openapi_with_both() -> dict[str, Any]:
    """The first major, deprecated, and the second."""
    document = copy.deepcopy(forms.OPENAPI)
    schemas = document["components"]["schemas"]
    schemas["SlotV2"] = copy.deepcopy(schemas["Slot"])
    schemas["SlotV2"]["properties"]["activityKbq"] = schemas["SlotV2"]["properties"].pop("kbq")
    schemas["PageV2"] = {
        "type": "object",
        "properties": {"slots": {"type": "array", "items": {"$ref": "#/components/schemas/SlotV2"}}},
    }
    second = copy.deepcopy(document["paths"]["/v1/slots"])
    second["get"]["responses"]["200"]["content"]["application/json"]["schema"] = {"$ref": "#/components/schemas/PageV2"}
    document["paths"]["/v1/slots"]["get"] |= {"deprecated": True, "x-sunset": SUNSET}
    document["paths"]["/v2/slots"] = second
    return document


def asyncapi_with_both() -> dict[str, Any]:
    document = copy.deepcopy(forms.ASYNCAPI)
    second = copy.deepcopy(document["components"]["messages"][forms.EVENT])
    second["headers"]["allOf"][1]["properties"]["ce_type"]["const"] = EVENT_V2
    document["components"]["messages"][EVENT_V2] = second
    document["channels"]["slotting"]["messages"][EVENT_V2] = {"$ref": f"#/components/messages/{EVENT_V2}"}
    return document


def protos_with_both() -> FileDescriptorSet:
    both = descriptors_of_today()
    second = FileDescriptorProto(name="doselane/slotting/v2/slotting.proto", package="doselane.slotting.v2")
    second.syntax = "proto3"
    slot = second.message_type.add(name="Slot")
    slot.field.add(name="name", number=1, type=9, label=1, json_name="name")
    second.message_type.add(name="GetSlotRequest").field.add(name="name", number=1, type=9, label=1, json_name="name")
    method = second.service.add(name="SlottingService").method.add(name="GetSlot")
    method.input_type, method.output_type = ".doselane.slotting.v2.GetSlotRequest", ".doselane.slotting.v2.Slot"
    both.file.append(second)
    return both


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> ReleaseDocuments:
    """The documents of a release that has both majors."""
    folder: Path = tmp_path_factory.mktemp("both")
    (folder / "openapi.json").write_text(json.dumps(openapi_with_both()))
    (folder / "asyncapi.yaml").write_text(yaml.safe_dump(asyncapi_with_both()))
    (folder / "descriptors.binpb").write_bytes(protos_with_both().SerializeToString())
    return release_at(folder)


def of_version(path: str, field: str) -> dict[str, Any]:
    written = forms.by_pact_js()
    (interaction,) = written["interactions"]
    interaction["request"]["path"] = path
    slot = interaction["response"]["body"]["content"]["slots"][0]
    slot[field] = slot.pop("kbq")
    return written


def found(written: dict[str, Any], documents: ReleaseDocuments) -> list[tuple[str, str]]:
    return [(str(each.gravity), each.code) for each in check_pact(pact_of(written), documents)]


def test_what_is_compared_with_the_first_major_sees_no_break_in_both(tmp_path: Path) -> None:
    assert breaks(forms.OPENAPI, openapi_with_both()) == []
    assert asyncapi_breaks(forms.ASYNCAPI, asyncapi_with_both()) == []
    assert buf_breaking(saved(protos_with_both(), tmp_path), CURRENT) == ""


def test_the_first_major_may_go_on_its_day_and_no_sooner() -> None:
    second_alone = openapi_with_both()
    del second_alone["paths"]["/v1/slots"]
    day = date.fromisoformat(SUNSET)
    assert breaks(openapi_with_both(), second_alone, day) == []
    assert breaks(openapi_with_both(), second_alone, date(2028, 2, 29)) == ["GET /v1/slots: removed"]


def test_contracts_with_either_hold_and_that_with_the_first_is_told_its_day(both: ReleaseDocuments) -> None:
    assert found(of_version("/v2/slots", "activityKbq"), both) == []
    assert found(of_version("/v1/slots", "kbq"), both) == [("WARNING", "WILL_GO")]
    (warned,) = check_pact(pact_of(of_version("/v1/slots", "kbq")), both)
    assert SUNSET in warned.words


def test_a_contract_that_mixes_the_majors_does_not_hold(both: ReleaseDocuments) -> None:
    assert found(of_version("/v2/slots", "kbq"), both) == [("ERROR", "FIELD_UNKNOWN")]


def test_events_and_calls_are_named_with_their_major(both: ReleaseDocuments) -> None:
    event = forms.event_v4()
    event["interactions"][0]["metadata"]["ce_type"] = EVENT_V2
    assert found(event, both) == []
    call = {
        "type": "Synchronous/Messages",
        "description": "a slot",
        "request": {
            "contents": {"content": {"name": "slots/a"}},
            "metadata": {"grpc-method": "/doselane.slotting.v2.SlottingService/GetSlot", "authorization": "Bearer x"},
        },
        "response": [{"contents": {"content": {"name": "slots/a"}}, "metadata": {"grpc-status": "OK"}}],
    }
    assert found(event | {"interactions": [call]}, both) == []
    call["response"] = [{"contents": {"content": {"state": "HELD"}}, "metadata": {"grpc-status": "OK"}}]
    assert found(event | {"interactions": [call]}, both) == [("ERROR", "FIELD_UNKNOWN")]
