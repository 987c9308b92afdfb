"""One event in every spelling that GS1 allows is one event: the same fact, content, meaning and references."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from doselane.courier.v1.courier_pb2 import Milestone
from jsonschema import Draft7Validator

from adapters.courier_epcis.port import CAPTURE, EVENTS, EpcisReader
from adapters.courier_epcis.settings import settings
from adapters.manifest import Fact, Incoming
from services.kernel.references import canonical
from tests.support.interfaces import json_interface, samples

EXAMPLES = samples("standards/epcis/examples", "*.jsonld")
CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
ARRIVED = datetime(2026, 11, 26, 9, tzinfo=UTC)
READER = EpcisReader(settings({}))
_TIMES = frozenset({"eventTime", "declarationTime", "time", "startTime", "endTime"})
_VOCABULARIES = {"bizStep": "BizStep", "disposition": "Disp"}

Value = dict[str, Any]
Respell = Callable[[str, Any], Any]


def respelled(value: Any, respell: Respell, name: str = "") -> Any:
    """The value with each text in it respelled, given the name under which it stands."""
    if isinstance(value, dict):
        return {each: respelled(inner, respell, each) for each, inner in value.items()}
    if isinstance(value, list):
        return [respelled(inner, respell, name) for inner in value]
    return respell(name, value)


def as_digital_links(name: str, value: Any) -> Any:
    return canonical(value) if isinstance(value, str) and value.startswith(("urn:epc:id:", "urn:epc:class:")) else value


def as_links_elsewhere(name: str, value: Any) -> Any:
    link = as_digital_links(name, value)
    return link.replace("https://id.gs1.org", "https://partner.example/scan") if link != value else value


def vocabulary(prefix: str) -> Respell:
    def respell(name: str, value: Any) -> Any:
        kind = _VOCABULARIES.get(name)
        return f"{prefix}{kind}-{value}" if kind and isinstance(value, str) and ":" not in value else value

    return respell


def times(write: Callable[[datetime], str]) -> Respell:
    def respell(name: str, value: Any) -> Any:
        return write(datetime.fromisoformat(value)) if name in _TIMES else value

    return respell


def in_lower_case(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "z").replace("T", "t")


def numbers(name: str, value: Any) -> Any:
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


SPELLINGS: dict[str, Respell] = {
    "digital_links": as_digital_links,
    "digital_links_of_another_host": as_links_elsewhere,
    "curies_of_cbv": vocabulary("cbv:"),
    "uris_of_cbv": vocabulary("https://ref.gs1.org/cbv/"),
    "times_in_utc": times(lambda at: at.astimezone(UTC).isoformat().replace("+00:00", "Z")),
    "times_elsewhere": times(lambda at: at.astimezone(timezone(timedelta(hours=-9, minutes=-30))).isoformat()),
    "times_in_lower_case": times(in_lower_case),
    "times_with_all_digits": times(lambda at: at.isoformat(timespec="microseconds")),
    "numbers_with_fractions": numbers,
}


@dataclass(frozen=True)
class Meaning:
    """What must not depend on the spelling."""

    key: str
    content: bytes
    kind: int
    at: str
    references: frozenset[str]
    readings: tuple[tuple[str, str, float, float, float, float, str], ...]
    retracted: bool


def meaning(fact: Fact) -> Meaning:
    said = fact.said
    assert isinstance(said, Milestone)
    readings = tuple(
        (each.type, each.unit, each.value, each.minimum, each.maximum, each.mean, each.time.ToJsonString())
        for each in said.sensor_readings
    )
    references = frozenset(map(canonical, said.shipment_references))
    return Meaning(fact.key, fact.content, said.kind, said.time.ToJsonString(), references, readings, said.retracted)


def read(webhook: str, value: Any) -> list[Meaning]:
    body = json.dumps(value).encode()
    return [meaning(fact) for fact in READER.translate(Incoming(webhook, body, {}, ARRIVED)).facts]


def document_of(path: Path) -> Value:
    found: Value = json.loads(path.read_bytes())
    return found


def without_ids(document: Value) -> Value:
    """Nothing but what an event says makes it the same one."""
    events = [{name: each for name, each in event.items() if name != "eventID"} for event in events_of(document)]
    return {**document, "epcisBody": {"eventList": events}}


def events_of(document: Value) -> list[Value]:
    found: list[Value] = document["epcisBody"]["eventList"]
    return found


@pytest.fixture(scope="module")
def gs1() -> Draft7Validator:
    schema = json_interface("standards/epcis/EPCIS-JSON-Schema.json")
    return Draft7Validator(schema, format_checker=Draft7Validator.FORMAT_CHECKER)


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("path", EXAMPLES)
def test_an_example_means_the_same_in_every_spelling(path: Path, spelling: str, gs1: Draft7Validator) -> None:
    document = document_of(path)
    body = respelled(document["epcisBody"], SPELLINGS[spelling])
    other = {**document, "epcisBody": body}
    gs1.validate(other)
    assert read(CAPTURE, other) == read(CAPTURE, document)
    if not any("errorDeclaration" in event for event in events_of(document)):
        assert read(CAPTURE, without_ids(other)) == read(CAPTURE, without_ids(document))


def forms(document: Value) -> Iterator[tuple[str, str, Value]]:
    """The document in each form in which its events may come: the name, the webhook, the body."""
    context, events = document["@context"], events_of(document)
    listed = context if isinstance(context, list) else [context]
    yield "context as a list", CAPTURE, {**document, "@context": listed}
    yield "context as one object", CAPTURE, {**document, "@context": {"@vocab": "https://example.org/"}}
    yield "context as one link", CAPTURE, {**document, "@context": CONTEXT}
    results = {"queryName": "q", "resultsBody": {"eventList": events}}
    yield "query document", CAPTURE, {
        "@context": context, "type": "EPCISQueryDocument", "epcisBody": {"queryResults": results}
    }  # fmt: skip


@pytest.mark.parametrize("path", EXAMPLES)
def test_an_example_means_the_same_in_every_form(path: Path) -> None:
    document = document_of(path)
    expected = read(CAPTURE, document)
    for name, webhook, body in forms(document):
        assert read(webhook, body) == expected, name
    alone = [{**event, "@context": document["@context"]} for event in events_of(document)]
    assert [one for event in alone for one in read(CAPTURE, event)] == expected
    assert [one for event in events_of(document) for one in read(EVENTS, event)] == expected


def test_the_spellings_change_something() -> None:
    documents = [document_of(each.values[0]) for each in EXAMPLES if each.id]
    if not documents:
        pytest.skip("there are no samples")
    for name, respell in SPELLINGS.items():
        changed = [each for each in documents if respelled(each["epcisBody"], respell) != each["epcisBody"]]
        same_value = name == "numbers_with_fractions"  # 26 is 26.0 to Python too
        assert changed or same_value, name


SECONDS = "2019-04-02T13:05:00Z"


@pytest.mark.parametrize(("name", "expected"), [
    ("SensorDataExample2.jsonld", [
        ("Temperature", "CEL", None, 26.0, 26.2, 26.1, "2019-04-02T13:55:00Z",
         "sDev=0.1; startTime=2019-04-02T13:55:01.000+01:00; bizRules=https://example.com/253/4012345000054987"),
        ("AbsoluteHumidity", "A93", None, 12.1, 12.2, None, "2019-04-02T13:55:00Z",
         "startTime=2019-04-02T13:55:01.000+01:00; bizRules=https://example.com/253/4012345000054987"),
        ("Speed", "KMH", None, 160.0, 162.0, None, "2019-04-02T13:55:00Z",
         "startTime=2019-04-02T13:55:01.000+01:00; bizRules=https://example.com/253/4012345000054987"),
        ("Illuminance", "LUX", None, 800.0, 802.0, None, "2019-04-02T13:55:00Z",
         "startTime=2019-04-02T13:55:01.000+01:00; bizRules=https://example.com/253/4012345000054987"),
    ]),
    ("SensorDataExample5.jsonld", [
        ("Temperature", "CEL", 26.0 + at / 10, None, None, None, f"2019-04-02T13:{5 + 10 * at:02d}:00Z", "")
        for at in range(6)
    ]),
    ("SensorDataExample7.jsonld", [
        ("Temperature", "CEL", 26.0, None, None, None, "2019-07-19T13:00:00Z", ""),
        ("example:Abc", "", None, None, None, None, "2019-07-19T13:00:00Z", "111100001111000011110000"),
        ("example:Def", "", None, None, None, None, "2019-07-19T13:00:00Z", "true"),
        ("example:Ghi", "", None, None, None, None, "2019-07-19T13:00:00Z", "SomeString"),
        ("example:Jkl", "", None, None, None, None, "2019-07-19T13:00:00Z", "F0F0F0"),
        ("example:Mno", "", None, None, None, None, "2019-07-19T13:00:00Z",
         "https://example.org/example/someSectorSpecificValue"),
    ]),
    ("SensorDataExample9.jsonld", [
        ("Temperature", "", None, None, None, None, "", "https://example.com/ErrorCode-A827"),
        ("AbsoluteHumidity", "", None, None, None, None, "", "true"),
    ]),
    ("SensorDataExample10.jsonld", [
        ("Speed", "MTS", value, None, None, None, "", f"component={axis}")
        for value, axis in ((4.5, "x"), (12.8, "y"), (0.0, "z"))
    ]),
    ("SensorDataExample11.jsonld", [("DoseEquivalentRate", "P71", 0.005, None, None, None, "", "")]),
])  # fmt: skip
def test_every_reading_of_an_example_comes_through(name: str, expected: list[tuple[Any, ...]]) -> None:
    found = [each.values[0] for each in EXAMPLES if each.id == name]
    if not found:
        pytest.skip("there are no samples")
    body = found[0].read_bytes()
    facts = READER.translate(Incoming(CAPTURE, body, {}, ARRIVED)).facts
    readings = [reading for fact in facts for reading in fact.said.sensor_readings]  # type: ignore[attr-defined]

    def number(reading: Any, field: str) -> float | None:
        return getattr(reading, field) if reading.HasField(field) else None

    assert [
        (
            each.type,
            each.unit,
            *(number(each, field) for field in ("value", "minimum", "maximum", "mean")),
            each.time.ToJsonString() if each.HasField("time") else "",
            each.text,
        )
        for each in readings
    ] == expected
