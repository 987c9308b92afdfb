"""Our EPCIS models and GS1's JSON Schema agree on every example and on thousands of changed ones."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from adapters.courier_epcis.model.document import checked_event, events_of, single_event
from adapters.courier_epcis.model.values import is_uri
from adapters.manifest import Refused
from tests.conformance.adapters.mutations import EPCIS
from tests.support.interfaces import json_interface, samples

EXAMPLES = samples("standards/epcis/examples", "*.jsonld")
Judge = Callable[[Any], bool]


@pytest.fixture(scope="module")
def schema() -> Any:
    return json_interface("standards/epcis/EPCIS-JSON-Schema.json")


@pytest.fixture(scope="module")
def gs1(schema: Any) -> Judge:
    """GS1's verdict on a body, formats included: without them any slip of the pen in a name would pass."""
    return Draft7Validator(schema, format_checker=Draft7Validator.FORMAT_CHECKER).is_valid


@pytest.fixture(scope="module")
def bodies(request: pytest.FixtureRequest) -> list[Any]:
    """The examples as documents, as query documents, and event by event."""
    documents = [json.loads(parameter.values[0].read_bytes()) for parameter in EXAMPLES if parameter.id]
    events = [{**event, "@context": one["@context"]} for one in documents for event in one["epcisBody"]["eventList"]]
    queries = [
        {
            "@context": one["@context"],
            "type": "EPCISQueryDocument",
            "epcisBody": {"queryResults": {"queryName": "q", "resultsBody": one["epcisBody"]}},
        }
        for one in documents
    ]
    return [*documents, *events, *events, *queries]


def ours(body: Any) -> Refused | None:
    """Our verdict on a body: nothing, or why it is refused."""
    try:
        for event in events_of(body):
            checked_event(event)
    except Refused as refusal:
        return refusal
    return None


@pytest.mark.parametrize("path", EXAMPLES)
def test_every_example_of_gs1_is_taken(path: Path) -> None:
    assert ours(json.loads(path.read_bytes())) is None


def compare(bodies: list[Any], gs1: Judge, seed: int, count: int) -> None:
    rng = random.Random(seed)
    verdicts = {True: 0, False: 0}
    for _ in range(count):
        body, done = EPCIS.of(rng.choice(bodies), rng)
        expected, refusal = gs1(body), ours(body)
        assert expected == (refusal is None), f"{done}: GS1 says {expected}, we say {refusal and refusal.words}"
        verdicts[expected] += 1
    # A comparison that met only one kind of verdict would prove little.
    assert min(verdicts.values()) > count / 20


def test_we_agree_with_gs1s_schema_on_changed_examples(bodies: list[Any], gs1: Judge) -> None:
    compare(bodies, gs1, seed=1, count=500)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 12))
def test_we_agree_with_gs1s_schema_on_very_many_changed_examples(bodies: list[Any], gs1: Judge, seed: int) -> None:
    compare(bodies, gs1, seed, count=10_000)


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_single_event_is_judged_by_the_schema_of_a_document_event(bodies: list[Any], schema: Any, seed: int) -> None:
    document_event = {**schema, "allOf": [], "required": [], **schema["definitions"]["EPCIS-Document-Event"]}
    rng = random.Random(seed)
    event = rng.choice([body for body in bodies if body["type"].endswith("Event")])
    body, done = EPCIS.of({name: value for name, value in event.items() if name != "@context"}, rng)
    expected = Draft7Validator(document_event, format_checker=Draft7Validator.FORMAT_CHECKER).is_valid(body)
    try:
        checked_event(single_event(body))
        taken = True
    except Refused:
        taken = False
    assert taken == expected, done


@settings(max_examples=500, deadline=None)
@given(text=st.text(alphabet="ab1:/?#[]@!%20.-+~ü\n ", max_size=20))
def test_we_agree_on_what_a_uri_is(text: str) -> None:
    checker = Draft7Validator.FORMAT_CHECKER
    if "\n" not in text:  # A final line break passes there, by a quirk of the regular expressions of Python.
        assert is_uri(text) == checker.conforms(text, "uri")


def test_the_words_are_those_of_the_schema(schema: Any) -> None:
    from adapters.courier_epcis.model import words

    for ours_, theirs in (
        (words.BIZ_STEPS, "bizStep"),
        (words.DISPOSITIONS, "disposition"),
        (words.BIZ_TRANSACTION_TYPES, "bizTransaction-type"),
        (words.SOURCE_DEST_TYPES, "source-dest-type"),
        (words.ERROR_REASONS, "error-reason"),
        (words.MEASUREMENTS, "measurementType"),
        (words.SENSOR_ALERTS, "sensorAlertType"),
        (words.COMPONENTS, "component"),
    ):
        assert ours_ == set(schema["definitions"][theirs]["anyOf"][1]["enum"])
