"""What DHL eCommerce Americas pushes: packages with their whole history, and clocks with a label beside them."""

import json
from typing import Any

import pytest
from doselane.courier.v1 import courier_pb2

from adapters.manifest import Fact, Refused, Translation
from tests.support.dhl import only, packages, read, us_scan

Kind = courier_pb2.Milestone.Kind


def taken(body: Any) -> Translation:
    return read(json.dumps(body).encode(), "ecommerce")


def fact(**changes: Any) -> Fact:
    return only(taken(packages(us_scan(**changes))))


def instant(found: Fact) -> str | None:
    return found.said.time.ToJsonString() if found.said.HasField("time") else None


@pytest.mark.parametrize(("code", "kind"), [
    (600, Kind.DELIVERED), ("600", Kind.DELIVERED), (" 600 ", Kind.DELIVERED), (598, Kind.OUT_FOR_DELIVERY),
    (443, Kind.CUSTOMS_HELD), (442, Kind.CUSTOMS_CLEARED), (601, Kind.ARRIVED), (606, Kind.EXCEPTION),
    (800, Kind.RETURNED), (101, Kind.CANCELLED), (100, Kind.COLLECTED), (402, Kind.DEPARTED),
    (680, Kind.KIND_UNSPECIFIED), (9999, Kind.KIND_UNSPECIFIED), ("DELIVERED", Kind.KIND_UNSPECIFIED),
    (None, Kind.KIND_UNSPECIFIED), (6.0, Kind.KIND_UNSPECIFIED), (True, Kind.KIND_UNSPECIFIED),
])  # fmt: skip
def test_the_number_of_the_event_says_what_happened(code: Any, kind: int) -> None:
    found = fact(code=code)
    assert found.said.kind == kind
    assert ("CODE_UNKNOWN" in found.warnings) == (kind == Kind.KIND_UNSPECIFIED)


def test_a_package_has_all_its_numbers_in_either_shape() -> None:
    numbers = ("9261290100830000000001", "4231402267890349")
    assert fact().references == numbers
    flat = {"packages": [{"trackingId": numbers[0], "dhlPackageId": numbers[1], "events": [us_scan()]}]}
    assert only(taken(flat)).references == numbers
    assert only(taken(flat)).key == fact().key


@pytest.mark.parametrize(("zone", "location", "expected"), [
    ("ET", "Newark, NJ, US", "19:30"), ("CT", "Melrose Park, IL, US", "20:30"), ("PT", "", "22:30"),
    ("EST", "Newark, NJ, US", "19:30"), ("EDT", "Newark, NJ, US", None),  # in November nobody's clock shows EDT
    ("ET", "Hebron, KY, US", "19:30"), ("CT", "Hebron, KY, US", "20:30"), ("PT", "Hebron, KY, US", None),
    ("ET", "Melrose Park, IL, US", None), ("MST", "Phoenix, AZ, US", "21:30"), ("ET", "Lahr, DE", None),
    ("LT", "Lahr, DE", "13:30"), ("", "Lahr, DE", "13:30"), ("LT", "Newark, NJ, US", "19:30"),
    ("LT", "Newark", None), ("", "", None), ("XT", "Newark, NJ, US", None), ("", "Sydney, AU", None),
    ("+07", "Bangkok, TH", "07:30"), ("-05:00", "", "19:30"), ("UTC", "", "14:30"), ("+25", "", None),
    ("EST", "", "19:30"), ("EST", "Lahr, DE", None),
])  # fmt: skip
def test_a_label_counts_only_if_clocks_of_the_place_can_bear_it(zone: str, location: str, expected: str | None) -> None:
    found = fact(zone=zone, location=location)
    assert instant(found) == (expected and f"2026-11-21T{expected}:00Z")
    assert ("TIME_ZONE_UNKNOWN" in found.warnings) == (expected is None)
    assert found.said.local_time == f"2026-11-21T14:30:00 {zone}".strip()


def test_mountain_time_in_arizona_is_known_in_winter_only() -> None:
    assert instant(fact(zone="MT", location="Phoenix, AZ, US")) == "2026-11-21T21:30:00Z"
    assert instant(fact(zone="MT", location="Phoenix, AZ, US", date="2026-07-01")) is None


def test_an_abbreviation_tells_which_of_two_equal_hours_it_was() -> None:
    twice = {"date": "2026-11-01", "time": "01:30:00"}
    assert fact(zone="ET", **twice).warnings == ("TIME_AMBIGUOUS",)
    assert instant(fact(zone="EDT", **twice)) == "2026-11-01T05:30:00Z"
    assert instant(fact(zone="EST", **twice)) == "2026-11-01T06:30:00Z"


@pytest.mark.parametrize("text", ["14:30", "14:30:00.123", "14:30:00-05:00"])
def test_hours_are_read_with_and_without_seconds_and_offset(text: str) -> None:
    assert (instant(fact(time=text)) or "").startswith("2026-11-21T19:30:00")


def test_a_place_is_taken_apart_as_far_as_it_goes() -> None:
    def place(text: str, **changes: Any) -> tuple[str, str, str]:
        found = fact(location=text, **changes).said.location
        return found.city, found.region, found.country

    assert place("Newark, NJ, US") == ("Newark", "NJ", "US")
    assert place("St. Louis, MO US") == ("St. Louis", "MO", "US")
    assert place("Lahr, DE") == ("Lahr", "", "DE")
    assert place("DE") == ("", "", "DE")
    assert place("Somewhere else", country="CA") == ("Somewhere else", "", "CA")
    assert place("Somewhere else") == ("Somewhere else", "", "")


def test_the_words_are_those_of_a_list_and_stay_on_a_delivery() -> None:
    assert fact().said.description == "AS THE LIST HAS IT"
    body = packages(us_scan(primaryEventDescription="LEFT WITH SMITH"))
    body["packages"][0]["recipient"] = {"name": "Smith", "signedForName": "J. Jones"}
    assert "Jones" not in str(taken(body).facts[0].said)


def test_a_history_that_comes_again_is_the_same_facts() -> None:
    first = taken(packages(us_scan(100), us_scan(402, "15:00:00")))
    again = taken(packages(us_scan(600, "16:00:00"), us_scan(402, "15:00:00"), us_scan(100)))
    assert {each.key for each in first.facts} < {each.key for each in again.facts}
    assert [each.ends for each in again.facts] == [True, False, False]


@pytest.mark.parametrize(("body", "place"), [
    ({"packages": {}}, "/packages"), ({"packages": ["x"]}, "/packages/0"),
    ({"packages": [{"package": {}, "events": []}]}, "/packages/0/package"),
    ({"packages": [{"package": {"trackingId": "1"}, "events": "x"}]}, "/packages/0/events"),
    (packages(us_scan(time="25:00:00")), "/packages/0/events/0/date"),
    (packages(us_scan(date="2026-02-31")), "/packages/0/events/0/date"),
    (packages(us_scan(date="11/21/2026")), "/packages/0/events/0/date"),
    (packages(us_scan(date=None)), "/packages/0/events/0/date"),  # an hour of no day
])  # fmt: skip
def test_what_cannot_be_read_is_refused_with_its_place(body: Any, place: str) -> None:
    with pytest.raises(Refused) as refused:
        taken(body)
    assert (refused.value.reason, refused.value.place) == ("BODY_NOT_DHL", place)


def test_a_day_without_an_hour_is_taken_without_a_time() -> None:
    found = fact(time=None)
    assert (instant(found), found.said.local_time) == (None, "2026-11-21 ET")


@pytest.mark.parametrize(("expected", "known"), [
    ("2026-11-23T12:00:00-05:00", True), ("2026-11-23", False), ("2026-11-23T12:00:00", False), ("soon", False),
])  # fmt: skip
def test_an_expectation_counts_with_its_offset_only(expected: str, known: bool) -> None:
    assert (len(taken(packages(us_scan(100), expectedDelivery=expected)).facts) == 2) == known
