"""The AsyncAPI document is valid, is in step with the protos, and leaves no event out."""

import json
from pathlib import Path

import pytest
import yaml
from doselane.contracts.protos import Protos
from google.protobuf.json_format import MessageToDict
from jsonschema import Draft7Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

from services.local.contracts.descriptors import descriptors_of_today
from services.local.contracts.feed import TOPICS
from tests.contracts import asyncapi

STANDARD = Path(__file__).parents[3] / "shared/interfaces/standards/asyncapi/asyncapi-3.0.0.schema.json"


def test_the_document_is_in_step_with_the_protos() -> None:
    assert asyncapi.FILE.read_text() == asyncapi.text(), "Run `python -m tests.contracts asyncapi`."


def test_the_document_is_valid_asyncapi() -> None:
    if not STANDARD.exists():
        pytest.skip(f"The AsyncAPI schema is not at {STANDARD}; without it the document cannot be validated.")
    problems = list(Draft7Validator(json.loads(STANDARD.read_text())).iter_errors(asyncapi.document()))
    assert [f"{list(problem.path)}: {problem.message[:200]}" for problem in problems] == []


def test_every_event_message_says_its_type_in_its_comment() -> None:
    descriptors = descriptors_of_today()
    declared = {
        f"{file.package}.{message.name}"
        for file in descriptors.file
        if file.name.startswith("doselane/") and file.name.endswith("/events.proto")
        for message in file.message_type
    }
    assert declared
    assert set(Protos(descriptors).events.values()) == declared


def test_every_topic_has_a_channel() -> None:
    assert {channel["address"] for channel in asyncapi.document()["channels"].values()} == set(TOPICS)


def test_every_reference_leads_somewhere() -> None:
    document = yaml.safe_load(asyncapi.FILE.read_text())
    resolver = Registry().with_resource("", Resource.from_contents(document, DRAFT7)).resolver()
    references = [line.split("$ref:")[1].strip(" '\"") for line in asyncapi.text().splitlines() if "$ref:" in line]
    assert references
    for reference in references:
        resolver.lookup(reference)


def test_the_schemas_describe_the_json_that_protobuf_writes() -> None:
    protos, document = Protos(descriptors_of_today()), asyncapi.document()
    for event, name in protos.events.items():
        written = MessageToDict(protos.event(event)(), always_print_fields_with_no_presence=True)
        assert set(written) <= set(document["components"]["schemas"][name.rpartition(".")[2]]["properties"])
