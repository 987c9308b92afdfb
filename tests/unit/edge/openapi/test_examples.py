"""Examples are recognisable, fit what is asked, and say only what a caller would."""

import re
from typing import Any

import pytest

from services.edge.openapi.examples import Examples
from tests.support.flights import api, binding, field, message

SAID: dict[str, Any] = {
    "byComment": "sample-7",
    "someBytes": "RG9zZWxhbmU=",
    "flight": "flights/flight-1",
    "byPattern": "airports/airport-1/flights/flight-1",
    "asUuid": "gates/0198c0de-7a3b-7000-8000-000000000001",
    "gateId": "gate-1",
    "timeZone": "America/Chicago",
    "places": 12,
    "referenceActivityMaxKbq": "20000000",
    "otherNumber": "1",
    "lossFraction": 0.2,
    "state": "FLYING",
    "startTime": "2027-03-01T08:00:00Z",
    "endTime": "2027-03-29T08:00:00Z",
    "useByDate": {"year": 2027, "month": 3, "day": 1},
    "firstDate": {"year": 2027, "month": 3, "day": 1},
    "opens": {"hours": 8, "minutes": 30},
    "until": {"hours": 16, "minutes": 30},
    "pause": "90s",
    "minutes": [60],
    "firstWeeks": 4,  # of those of which one may be set, the first of which there is something to say
    "lone": "LONE_UNSPECIFIED",
    "end": {"year": 2027, "month": 3, "day": 1},
}


def test_each_field_is_said_as_its_name_its_type_and_its_comment_suggest() -> None:
    made = Examples(api()).object_of(message("Examples"))
    assert {name: value for name, value in made.items() if name not in ("requestId", "deeper")} == SAID


def test_a_request_id_is_a_uuid_of_the_calls_own() -> None:
    made = Examples(api())
    ids = {made.object_of(message(name))["requestId"] for name in ("Examples", "BookFlightRequest")}
    assert len(ids) == 2
    assert all(re.fullmatch("0198c0de-7a3b-7000-8000-[0-9a-f]{12}", each) for each in ids)


def test_a_message_that_contains_itself_ends_somewhere() -> None:
    made, depth = Examples(api()).object_of(message("Examples")), 0
    while made:
        made, depth = made.get("deeper", {}), depth + 1
    assert depth == 6


def test_the_body_of_a_call_is_its_request_or_a_field_of_it_without_what_the_address_says() -> None:
    made = Examples(api())
    assert list(made.body(binding("POST /v1/{name=flights/*}:sign"))) == ["requestId"]
    assert made.body(binding("POST /v1/flights")) == {"seats": 1, "travellers": [{"pass": "AB-1"}]}
    assert made.body(binding("POST /v1/flights:book"))["flight"] == {"seats": 1, "travellers": [{"pass": "AB-1"}]}
    assert made.body(binding("POST /v1/flights:import")) == {"csv": "a,b"}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("ListFlightsRequest.day", "2027-03-01"),
        ("Examples.use_by_date", "2027-03-29"),
        ("Examples.end", "2027-03-29"),
        ("ListFlightsRequest.start_time", "2027-03-01T08:00:00Z"),
        ("Examples.pause", "90s"),
        ("ListFlightsRequest.parent", None),
        ("Examples.places", None),
    ],
)
def test_a_parameter_shows_its_form_where_that_is_not_plain(path: str, expected: str | None) -> None:
    assert Examples(api()).parameter(binding("GET /v1/{parent=airports/*}/flights"), field(path)) == expected


def test_a_mask_names_fields_that_can_be_set() -> None:
    mask = field("UpdateFlightRequest.update_mask")
    assert Examples(api()).parameter(binding("PATCH /v1/{flight.name=flights/*}"), mask) == "seats,travellers"
