"""What the answers of UPS's Track are taken for, beside the activities that Track Alert pushes as well."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from doselane.courier.v1 import courier_pb2
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.courier_ups.translate import UpsReader
from adapters.manifest import Fact, Incoming, Refused
from tests.support.couriers import NOW, TRACKING

Kind = courier_pb2.Milestone.Kind


def tracked(**package: Any) -> tuple[Fact, ...]:
    answer = {"trackResponse": {"shipment": [{"inquiryNumber": TRACKING, "package": [package]}]}}
    return UpsReader().translate(Incoming("ups.track", json.dumps(answer).encode(), {}, NOW + timedelta(hours=9))).facts


DESTINATION = {"type": "DESTINATION", "address": {"city": "NORCROSS", "stateProvince": "GA", "countryCode": "US"}}


def test_a_package_without_activities_is_where_its_status_says() -> None:
    """No field of a package is required; of one whose details are suppressed the status is all that is told."""
    status = {"description": "Delivered", "code": "011"}
    days = [{"type": "SDD", "date": "20261121"}, {"type": "DEL", "date": "20261122"}]
    time = {"type": "DEL", "endTime": "101500"}
    (fact,) = tracked(currentStatus=status, deliveryDate=days, deliveryTime=time, packageAddress=[DESTINATION])
    assert (fact.said.kind, fact.said.code, fact.ends, fact.warnings) == (Kind.DELIVERED, "011", True, ())
    assert fact.said.time.ToDatetime(UTC) == datetime(2026, 11, 22, 15, 15, tzinfo=UTC)
    assert (fact.said.location.city, fact.said.local_time) == ("NORCROSS", "20261122 101500")
    (unplaced,) = tracked(currentStatus=status, deliveryDate=days, deliveryTime=time, activity=[])
    assert (unplaced.said.kind, unplaced.warnings) == (Kind.DELIVERED, ("TIME_ZONE_UNKNOWN",))
    (on_its_way,) = tracked(currentStatus={"code": "005"}, deliveryDate=days[:1], deliveryTime={"type": "EOD"})
    assert (on_its_way.said.kind, on_its_way.warnings) == (Kind.DEPARTED, ("TIME_MISSING",))
    assert tracked(currentStatus={"description": "Delivered"}) == tracked(currentStatus=None) == tracked() == ()


def test_what_track_tells_of_a_delivery_belongs_to_the_activities_of_its_day() -> None:
    out = {"type": "I", "code": "OT", "description": "Out For Delivery Today", "statusCode": "021"}
    morning = {"date": "20261122", "time": "072456", "gmtDate": "20261122", "gmtTime": "122456", "gmtOffset": "-05:00"}
    days = [{"type": "SDD", "date": "20261121"}, {"type": "RDD", "date": "20261122"}]
    yesterday = {**morning, "date": "20261121", "gmtDate": "20261121", "status": out}
    window = {"type": "EDW", "startTime": "100000", "endTime": "120000"}
    activities = [{**morning, "status": out}, yesterday]
    today, before = tracked(activity=activities, deliveryDate=days, deliveryTime=window)
    assert today.said.expected_delivery_time.ToDatetime(UTC) == datetime(2026, 11, 22, 17, tzinfo=UTC)
    assert not before.said.HasField("expected_delivery_time")
    for other in ({"type": "EOD"}, {"type": ["EDW"], "endTime": "120000"}):
        (committed, _) = tracked(activity=activities, deliveryDate=days, deliveryTime=other)
        assert not committed.said.HasField("expected_delivery_time") and committed.key == today.key


@pytest.mark.parametrize(("day", "kind"), [("20261122", Kind.DELIVERED), ("20261123", Kind.KIND_UNSPECIFIED)])
def test_a_delivery_under_an_unknown_code_is_one_by_track_as_by_track_alert(day: str, kind: Any) -> None:
    activity = {
        "date": "20261122", "time": "112456", "gmtDate": "20261122", "gmtTime": "162456",
        "status": {"type": "D", "description": "DELIVERED ", "code": "KB"},
    }  # fmt: skip
    (fact,) = tracked(activity=[activity], deliveryDate=[{"type": "DEL", "date": day}])
    assert fact.said.kind == kind and "CODE_UNKNOWN" in fact.warnings


def test_of_other_numbers_in_an_answer_only_those_of_ups_are_names_and_no_person_is_named() -> None:
    others = [
        {"number": "92419900000033499522966220", "type": "USPS_PIC"},
        {"number": "1R12345678912345"},
        {"number": 7},
    ]
    activity = {
        "date": "20261122",
        "time": "112456",
        "status": {"statusCode": "011", "description": "Left with Jo Doe"},
    }
    found = tracked(activity=[activity], alternateTrackingNumber=others, deliveryInformation={"receivedBy": "JO DOE"})
    assert list(found[0].said.shipment_references) == [TRACKING, "1R12345678912345"]
    assert found[0].said.description == ""


NAMES = (
    "activity", "currentStatus", "deliveryDate", "deliveryTime", "packageAddress", "alternateTrackingNumber", "address",
    "deliveryInformation", "receivedBy", "status", "type", "code", "statusCode", "date", "time", "endTime", "number",
    "location", "gmtDate", "gmtTime", "gmtOffset", "description",
)  # fmt: skip
TEXTS = ("DEL", "SDD", "EDW", "DESTINATION", "20261122", "101500", "-05:00", "011", TRACKING, "US")
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(TEXTS) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=8),
    max_leaves=25,
)


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), JUNK, max_size=8))
def test_nothing_that_is_said_of_a_package_fails_otherwise_than_by_a_refusal(package: dict[str, Any]) -> None:
    try:
        found = tracked(**package)
    except Refused:
        return
    assert all(each.references[0] == TRACKING for each in found)
