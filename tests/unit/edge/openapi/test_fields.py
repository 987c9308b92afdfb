"""What OpenAPI says of a field: small protos in, the exact piece out."""

from typing import Any

import pytest

from services.edge.openapi.bounds import bounds, bounds_of_items, in_words, is_bounded
from services.edge.openapi.schemas import DESCRIPTION_LENGTH_MAX, Schemas, is_required, shortened, within
from tests.support.flights import api, field, message

REF = "#/components/schemas/"
NATURAL, WHOLE = "^[0-9]+$", "^-?[0-9]+$"


@pytest.fixture
def schemas() -> Schemas:
    """With nothing asked of it yet."""
    return Schemas(api())


ANSWERED: list[tuple[str, dict[str, Any]]] = [
    ("a_bool", {"type": "boolean"}),
    ("a_string", {"type": "string"}),
    ("a_bytes", {"type": "string", "format": "byte"}),
    ("a_double", {"type": "number", "format": "double"}),
    ("a_float", {"type": "number", "format": "float"}),
    ("an_int32", {"type": "integer", "format": "int32"}),
    ("a_sint32", {"type": "integer", "format": "int32"}),
    ("an_sfixed32", {"type": "integer", "format": "int32"}),
    ("a_uint32", {"type": "integer", "format": "int64"}),
    ("a_fixed32", {"type": "integer", "format": "int64"}),
    ("an_int64", {"type": "string", "format": "int64"}),
    ("a_sint64", {"type": "string", "format": "int64"}),
    ("an_sfixed64", {"type": "string", "format": "int64"}),
    ("a_uint64", {"type": "string", "format": "uint64"}),
    ("a_fixed64", {"type": "string", "format": "uint64"}),
    ("an_enum", {"$ref": f"{REF}FlightState"}),
    ("a_time", {"type": "string", "format": "date-time"}),
    ("a_duration", {"type": "string"}),
    ("a_mask", {"type": "string"}),
    ("a_struct", {"type": "object"}),
    ("an_any", {"$ref": f"{REF}AnyValue"}),
    ("a_date", {"$ref": f"{REF}DateValue"}),
    ("a_status", {"$ref": f"{REF}RpcStatus"}),
    ("texts", {"type": "array", "items": {"type": "string"}}),
    ("counts", {"type": "object", "additionalProperties": {"type": "integer", "format": "int32"}}),
    ("by_name", {"type": "object", "additionalProperties": {"$ref": f"{REF}Traveller"}}),
    ("request_id", {"type": "string", "format": "uuid"}),
    ("itself", {"$ref": f"{REF}Kinds"}),
    ("a_package", {"$ref": f"{REF}PackageValue"}),
    (
        "old",
        {
            "type": "string",
            "description": "Deprecated since 2026-03-01, no end is set yet: use `text`. Gone soon.",
            "deprecated": True,
        },
    ),
]

SENT: list[tuple[str, dict[str, Any]]] = [
    ("a_string", {"maxLength": 7}),
    ("a_double", {"minimum": 0.5, "exclusiveMinimum": True, "maximum": 2.5, "exclusiveMaximum": True}),
    ("a_float", {"maximum": 4.0}),
    ("an_int32", {}),
    ("a_uint32", {"minimum": 3}),
    ("below", {"minimum": 3, "exclusiveMinimum": True, "maximum": 9, "exclusiveMaximum": True}),
    ("an_int64", {"pattern": WHOLE, "description": "A whole number, at least -5 and less than 7."}),
    ("a_natural", {"pattern": NATURAL, "description": "A whole number, at least 0."}),
    ("a_positive", {"pattern": NATURAL, "description": "A whole number, more than 0."}),
    ("a_uint64", {"pattern": NATURAL, "description": "A whole number, more than 0."}),
    ("texts", {"items": {"type": "string", "minLength": 1}, "maxItems": 3}),
    ("by_name", {"additionalProperties": {"$ref": f"{REF}TravellerInput"}}),
    ("an_enum", {}),
]


@pytest.mark.parametrize(("name", "expected"), ANSWERED, ids=[name for name, _ in ANSWERED])
def test_of_an_answer_a_field_has_its_type_and_no_bounds(schemas: Schemas, name: str, expected: dict[str, Any]) -> None:
    assert schemas.of(field(f"Kinds.{name}")) == expected


@pytest.mark.parametrize(("name", "more"), SENT, ids=[name for name, _ in SENT])
def test_what_is_sent_has_its_bounds_too(name: str, more: dict[str, Any]) -> None:
    flight = Schemas(api())
    flight._answered.add(message("Traveller").full_name)
    assert flight.of(field(f"Kinds.{name}"), sent=True) == {**flight.of(field(f"Kinds.{name}")), **more}


def test_a_text_has_its_pattern_and_its_lengths() -> None:
    said = {"pattern": "^[A-Z-0-9]+$", "minLength": 2, "maxLength": 9}
    assert bounds(field("Traveller.pass")) == said
    assert bounds(field("Traveller.card")) == {}
    assert bounds_of_items(field("Kinds.texts")) == {"minLength": 1}


def test_the_bounds_of_a_number_that_is_a_text_are_a_sentence() -> None:
    assert in_words(field("Kinds.an_int64")) == "A whole number, at least -5 and less than 7."
    assert in_words(field("Answer.count")) == "A whole number, at least 1 and at most 5."
    assert in_words(field("Kinds.a_sint64")) == in_words(field("Flight.seats")) == ""


@pytest.mark.parametrize(
    ("path", "bounded"),
    [
        ("Kinds.a_string", True),
        ("Kinds.texts", True),
        ("Flight.travellers", True),
        ("Kinds.a_bool", False),
        ("Kinds.counts", False),
        ("Kinds.a_natural", True),
    ],
)
def test_a_field_is_bounded_if_there_is_anything_to_say(path: str, bounded: bool) -> None:
    assert is_bounded(field(path)) is bounded


def test_what_is_read_only_says_so_beside_a_reference_that_stands_alone(schemas: Schemas) -> None:
    state = {"allOf": [{"$ref": f"{REF}FlightState"}], "description": "How it is.", "readOnly": True}
    assert schemas.of(field("Flight.state")) == state
    assert schemas.of(field("Flight.name")) == {"type": "string", "description": "Its name."}


def test_an_enum_tells_its_values_with_what_is_said_of_them(schemas: Schemas) -> None:
    schemas.of(field("Kinds.an_enum"))
    assert schemas.components["FlightState"] == {
        "type": "string",
        "enum": ["STATE_UNSPECIFIED", "FLYING"],
        "description": "Where it is. STATE_UNSPECIFIED: Nobody knows. FLYING: Up.",
    }


def test_a_message_of_any_kind_takes_any_field_and_names_its_kind(schemas: Schemas) -> None:
    schemas.of(field("Kinds.an_any"))
    any_message = schemas.components["AnyValue"]
    assert any_message["additionalProperties"] is True
    assert list(any_message["properties"]) == ["@type"]


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("Kinds.a_date", "A date of the calendar, with all three parts."),
        ("Kinds.a_time_of_day", "A local time of day."),
        ("Kinds.an_interval", "Instants from the start on and before the end."),
    ],
)
def test_of_googles_own_messages_we_say_what_they_are_to_us(schemas: Schemas, path: str, told: str) -> None:
    name = schemas.of(field(path))["$ref"].removeprefix(REF)
    assert schemas.components[name]["description"] == told


def test_a_message_that_travels_both_ways_has_a_second_schema_only_if_something_is_required_of_it() -> None:
    made = Schemas(api())
    assert made.reference(message("Flight")) == {"$ref": f"{REF}Flight"}
    assert made.reference(message("Flight"), sent=True) == {"$ref": f"{REF}FlightInput"}
    assert made.reference(message("Package"), sent=True) == {"$ref": f"{REF}PackageValueInput"}
    assert made.reference(message("Middle"), sent=True) == {"$ref": f"{REF}Middle"}  # is not answered
    assert made.reference(message("Innermost"), sent=True) == {"$ref": f"{REF}Innermost"}
    made._answered.add(message("Innermost").full_name)  # is answered, and requires nothing
    assert made.reference(message("Innermost"), sent=True) == {"$ref": f"{REF}Innermost"}
    assert "required" not in made.components["Flight"] and made.components["FlightInput"]["required"] == ["seats"]
    assert made.components["Flight"]["description"] == "A flight."
    assert "description" not in made.components["Traveller"]


def test_a_body_is_the_request_without_what_the_address_says_and_without_a_required_request_id() -> None:
    made = Schemas(api())
    assert made.body(message("GetFlightRequest"), ["name"]) == {"$ref": f"{REF}GetFlightRequestBody"}
    assert made.components["GetFlightRequestBody"] == {
        "type": "object",
        "properties": {"requestId": {"type": "string", "format": "uuid"}},
    }
    assert made.body(message("GetFlightRequest"), []) == {"$ref": f"{REF}GetFlightRequest"}
    assert made.components["GetFlightRequest"]["required"] == ["name"]


def test_of_two_messages_of_one_name_the_second_carries_its_package() -> None:
    made = Schemas(api())
    made._owner["Middle"] = "another.v1.Middle"
    assert made.reference(message("Middle")) == {"$ref": f"{REF}FlightMiddle"}
    assert made.reference(message("Middle")) == {"$ref": f"{REF}FlightMiddle"}


def test_a_message_holds_all_that_it_leads_to() -> None:
    assert {each.name for each in within(message("Outer"))} == {"Outer", "Middle", "Inner", "Innermost"}
    assert message("Kinds") in within(message("Kinds"))


def test_a_field_is_required_if_the_proto_says_so() -> None:
    assert is_required(field("Flight.seats"))
    assert not is_required(field("Flight.name"))


@pytest.mark.parametrize("over", [-1, 0, 1])
def test_a_text_is_cut_where_it_is_longer_than_every_reader_takes(over: int) -> None:
    text = "x" * (DESCRIPTION_LENGTH_MAX + over)
    expected = text if over <= 0 else "x" * (DESCRIPTION_LENGTH_MAX - 1) + "…"
    assert shortened(text) == expected
    assert DESCRIPTION_LENGTH_MAX == 1333  # Salesforce Help, External Services: an operation's description
