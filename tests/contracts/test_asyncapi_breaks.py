"""The comparison of AsyncAPI documents sees every break, and takes every addition; nothing released is taken back."""

import copy
from datetime import date
from typing import Any

import pytest

from tests.contracts import asyncapi
from tests.contracts.asyncapi_breaks import asyncapi_breaks
from tests.contracts.deprecations import today
from tests.contracts.released import asyncapi_as_released
from tests.support.pact_forms import ASYNCAPI, EVENT, Change

RELEASED = copy.deepcopy(ASYNCAPI)
RELEASED["channels"]["slotting"]["bindings"] = {"kafka": {"topic": "doselane.slotting"}}
RELEASED["components"]["messages"][EVENT] |= {
    "contentType": "application/protobuf",
    "x-protobuf-message": "doselane.slotting.v1.SlotConfirmed",
    "bindings": {"kafka": {"key": {"type": "string", "description": "The subject."}}},
}
RELEASED["components"]["schemas"]["KafkaHeaders"]["required"] = ["ce_type"]
PLACE = f"doselane.slotting {EVENT}"


def schema(document: dict[str, Any], name: str) -> dict[str, Any]:
    return document["components"]["schemas"][name]


def message(document: dict[str, Any]) -> dict[str, Any]:
    return document["components"]["messages"][EVENT]


BREAKS: dict[str, tuple[Change, str]] = {
    "a topic goes": (lambda d: d["channels"].clear(), "doselane.slotting: topic removed"),
    "a topic is renamed": (
        lambda d: d["channels"]["slotting"].update(address="doselane.slots"),
        "doselane.slotting: address was doselane.slotting, is doselane.slots",
    ),
    "an event goes": (lambda d: d["channels"]["slotting"]["messages"].clear(), f"{PLACE}: event removed"),
    "an event has another message": (
        lambda d: message(d).update({"x-protobuf-message": "doselane.slotting.v1.Slot"}),
        "x-protobuf-message was",
    ),
    "an event has another form": (lambda d: message(d).update(contentType="application/json"), "contentType was"),
    "an event has another key": (
        lambda d: message(d)["bindings"]["kafka"].update(key={"type": "integer"}),
        "key for kafka was",
    ),
    "an event has another type": (
        lambda d: message(d)["headers"]["allOf"][1]["properties"].update(ce_type={"const": "x"}),
        "headers.ce_type: const was",
    ),
    "a header goes": (
        lambda d: schema(d, "KafkaHeaders")["properties"].pop("ce_sequence"),
        "headers.ce_sequence: field removed",
    ),
    "a header is not always there": (
        lambda d: schema(d, "KafkaHeaders").pop("required"),
        "headers.ce_type: field is not always there",
    ),
    "a field goes": (lambda d: schema(d, "Slot")["properties"].pop("kbq"), f"{PLACE}.kbq: field removed"),
    "a field changes type": (
        lambda d: schema(d, "Slot")["properties"].update(kbq={"type": "integer"}),
        ".kbq: type was string, is integer",
    ),
    "a value goes": (lambda d: schema(d, "State")["enum"].remove("HELD"), ".state: values removed: HELD"),
}
ADDITIONS: dict[str, Change] = {
    "nothing": lambda _: None,
    "a topic": lambda d: d["channels"].update(other={"address": "doselane.other", "messages": {}}),
    "an event": lambda d: d["channels"]["slotting"]["messages"].update({"doselane.slotting.slot.lost.v1": {}}),
    "a header": lambda d: schema(d, "KafkaHeaders")["properties"].update(ce_colour={"type": "string"}),
    "a field": lambda d: schema(d, "Slot")["properties"].update(colour={"type": "string"}),
    "a value": lambda d: schema(d, "State")["enum"].append("SOLD"),
    "other words": lambda d: message(d)["bindings"]["kafka"]["key"].update(description="What it is about."),
}


@pytest.mark.parametrize("case", BREAKS)
def test_a_break_is_seen_and_said_with_its_place(case: str) -> None:
    change, said = BREAKS[case]
    changed = copy.deepcopy(RELEASED)
    change(changed)
    found = asyncapi_breaks(RELEASED, changed)
    assert any(said in each for each in found), found


@pytest.mark.parametrize("case", ADDITIONS)
def test_an_addition_is_no_break(case: str) -> None:
    changed = copy.deepcopy(RELEASED)
    ADDITIONS[case](changed)
    assert asyncapi_breaks(RELEASED, changed) == []


def test_a_field_may_go_from_the_day_on_that_was_told() -> None:
    changed = copy.deepcopy(RELEASED)
    schema(changed, "Slot")["properties"].pop("title")
    assert asyncapi_breaks(RELEASED, changed, date(2027, 8, 31)) == [f"{PLACE}.title: field removed"]
    assert asyncapi_breaks(RELEASED, changed, date(2027, 9, 1)) == []


def test_nothing_that_was_released_of_events_is_taken_back() -> None:
    assert asyncapi_breaks(asyncapi_as_released(), asyncapi.document(), today()) == [], (
        "A partner's reader would notice. If that is agreed with every partner: `make release-contracts`."
    )


def test_a_field_taken_back_from_the_real_document_is_seen() -> None:
    released = asyncapi_as_released()
    changed = copy.deepcopy(released)
    del changed["components"]["schemas"]["Slot"]["properties"]["referenceActivityKbq"]
    assert any(".slot.referenceActivityKbq: field removed" in each for each in asyncapi_breaks(released, changed))
