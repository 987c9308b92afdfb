"""What a Track Alert message is taken for."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from doselane.courier.v1 import courier_pb2

from adapters.courier_ups.translate import UpsPort
from adapters.manifest import Fact, Incoming, Refused
from tests.support.couriers import NOW, TRACKING, ups

Kind = courier_pb2.Milestone.Kind
OUT = Kind.OUT_FOR_DELIVERY


def read(message: dict[str, Any]) -> Fact:
    incoming = Incoming("ups.track-alert", json.dumps(message).encode(), {}, NOW + timedelta(hours=1))
    (fact,) = UpsPort().translate(incoming).facts
    return fact


def status(**fields: Any) -> dict[str, Any]:
    return ups(activityStatus=fields)


@pytest.mark.parametrize(("fields", "kind", "code"), [
    ({"type": "D", "code": "FS", "descriptionCode": "011"}, Kind.DELIVERED, "011"),
    ({"type": "D", "code": "OT", "descriptionCode": "021"}, Kind.OUT_FOR_DELIVERY, "021"),  # type D, not delivered
    ({"type": "D", "code": "LD", "descriptionCode": "072"}, Kind.OUT_FOR_DELIVERY, "072"),
    ({"type": "D", "code": "011"}, Kind.DELIVERED, "011"),
    ({"type": "I", "code": "021"}, Kind.OUT_FOR_DELIVERY, "021"),
    ({"type": "I", "code": "OT"}, Kind.OUT_FOR_DELIVERY, "OT"),
    ({"type": "M", "code": "DP"}, Kind.BOOKED, "DP"),
    ({"type": "I", "code": "DP"}, Kind.KIND_UNSPECIFIED, "DP"),  # another thing under another type
    ({"type": "MV", "code": "VP"}, Kind.CANCELLED, "VP"),
    ({"type": "U", "code": "UP"}, Kind.OBSERVED, "UP"),
    ({"type": "D", "code": "ZZ"}, Kind.KIND_UNSPECIFIED, "ZZ"),  # never "delivered" for the type alone
    ({"type": "I", "code": "ZZ"}, Kind.KIND_UNSPECIFIED, "ZZ"),  # never "in transit"
    ({"type": "D", "descriptionCode": "999", "code": "FS"}, Kind.KIND_UNSPECIFIED, "999"),
    ({"type": "X"}, Kind.EXCEPTION, "X"),
    ({"type": "D"}, Kind.KIND_UNSPECIFIED, "D"),
    ({}, Kind.KIND_UNSPECIFIED, ""),
    ({"descriptionCode": 11, "description": "Delivered"}, Kind.DELIVERED, "011"),
    ({"descriptionCode": 17, "description": "Out for Delivery", "type": "I", "code": "OT"}, OUT, "OT"),
    ({"descriptionCode": 17, "description": "Out for Delivery"}, Kind.KIND_UNSPECIFIED, ""),
    ({"descriptionCode": True, "type": "D", "code": "FS"}, Kind.DELIVERED, "FS"),
    ({"descriptionCode": "①", "type": "D", "code": "FS"}, Kind.DELIVERED, "FS"),
])  # fmt: skip
def test_the_code_decides_and_never_the_type(fields: dict[str, Any], kind: int, code: str) -> None:
    fact = read(status(**fields))
    assert (fact.milestone.kind, fact.milestone.code) == (kind, code)
    assert ("CODE_UNKNOWN" in fact.warnings) == (kind == Kind.KIND_UNSPECIFIED)


def only(**times: str) -> dict[str, Any]:
    fields = ("localActivityDate", "localActivityTime", "gmtActivityDate", "gmtActivityTime", "gmtOffset")
    return {name: value for name, value in ups().items() if name not in fields} | times


LOCAL = {"localActivityDate": "20261122", "localActivityTime": "034500"}
GMT = {"gmtActivityDate": "20261122", "gmtActivityTime": "084500"}


@pytest.mark.parametrize(("times", "time", "written", "warnings"), [
    ({**LOCAL, **GMT}, "2026-11-22T08:45:00Z", "20261122 034500", set()),
    (GMT, "2026-11-22T08:45:00Z", "20261122 084500 GMT", set()),
    ({**LOCAL, "gmtOffset": "-05.00"}, "2026-11-22T08:45:00Z", "20261122 034500 -05.00", set()),
    ({**LOCAL, "gmtOffset": "+05.30"}, "2026-11-21T22:15:00Z", "20261122 034500 +05.30", set()),
    (LOCAL, "", "20261122 034500", {"TIME_ZONE_UNKNOWN"}),
    ({"localActivityDate": "20261122"}, "", "20261122", {"TIME_MISSING"}),
    ({}, "", "", {"TIME_MISSING"}),
])  # fmt: skip
def test_a_time_is_known_only_with_its_zone(times: dict[str, str], time: str, written: str, warnings: set[str]) -> None:
    fact = read(only(**times))
    assert (fact.milestone.time.ToJsonString() if fact.milestone.HasField("time") else "") == time
    assert fact.milestone.local_time == written
    assert set(fact.warnings) == warnings


@pytest.mark.parametrize(("changes", "expected"), [
    ({"deliveryEndTime": "170000", "gmtOffset": "-05.00"}, "2026-11-22T22:00:00Z"),
    ({"deliveryEndTime": "170000", "gmtOffset": "-05.00", "activityStatus": {"code": "005"}}, ""),  # which zone?
    ({"gmtOffset": "-05.00"}, ""),
])  # fmt: skip
def test_an_expected_delivery_is_told_only_where_its_zone_is_known(changes: dict[str, Any], expected: str) -> None:
    milestone = read(ups(scheduledDeliveryDate="20261122", **changes)).milestone
    told = milestone.expected_delivery_time.ToJsonString() if milestone.HasField("expected_delivery_time") else ""
    assert told == expected


def test_no_photo_and_no_name_of_a_person_leaves_the_raw_body() -> None:
    message = ups(
        deliveryPhoto="aGVsbG8=", receivedBy="Erika Mustermann", code="011",
        activityStatus={"code": "011", "description": "DELIVERED TO ERIKA MUSTERMANN"},
    )  # fmt: skip
    told = str(read(message).milestone)
    assert "aGVsbG8=" not in told
    assert "mustermann" not in told.lower()


def test_a_photo_that_comes_later_does_not_make_another_fact() -> None:
    assert read(ups(deliveryPhoto="aGk=", receivedBy="X")).key == read(ups()).key
    assert read(ups(actualDeliveryDate="")).key == read(ups()).key
    assert read(ups(NOW + timedelta(seconds=1))).key != read(ups()).key
    assert read(ups(scheduledDeliveryDate="20261123")).key != read(ups()).key


def test_place_and_both_tracking_numbers_are_kept() -> None:
    milestone = read(ups(alternateTrackingNumber="1R12345678912345")).milestone
    assert (milestone.location.city, milestone.location.region, milestone.location.country) == (
        "Louisville",
        "KY",
        "US",
    )
    assert list(milestone.shipment_references) == [TRACKING, "1R12345678912345"]


@pytest.mark.parametrize(("changes", "place"), [
    ({"trackingNumber": "1Z"}, "/trackingNumber"),
    ({"gmtActivityDate": "20260231"}, "/gmtActivityDate"),
    ({"gmtActivityDate": "00000101"}, "/gmtActivityDate"),
    ({"gmtActivityTime": "240000"}, "/gmtActivityTime"),
    ({"gmtOffset": "-4.00"}, "/gmtOffset"),
    ({"activityStatus": {"type": "Q"}}, "/activityStatus/type"),
    ({"activityStatus": None}, "/activityStatus"),
    ({"scheduledDeliveryDate": ""}, "/scheduledDeliveryDate"),
    ({"activityLocation": {"postalCode": "SW1A 1AA"}}, "/activityLocation/postalCode"),
])  # fmt: skip
def test_what_the_specification_does_not_allow_is_refused_with_its_place(changes: dict[str, Any], place: str) -> None:
    with pytest.raises(Refused) as refused:
        read(ups(**changes))
    assert (refused.value.reason, refused.value.place) == ("BODY_NOT_TRACK_ALERT", place)


def test_what_ups_says_is_blank_until_the_delivery_may_be_blank() -> None:
    read(ups(actualDeliveryDate="", actualDeliveryTime="", deliveryPhoto="", activityLocation={"postalCode": ""}))


def test_the_edge_of_the_calendar_is_refused_and_not_a_crash() -> None:
    with pytest.raises(Refused, match="TIME_OUT_OF_RANGE"):
        read(only(gmtActivityDate="00010101", gmtActivityTime="000000"))
    with pytest.raises(Refused, match="TIME_IN_FUTURE"):
        read(only(localActivityDate="99991231", localActivityTime="235959", gmtOffset="-12.00"))
    far = ups(scheduledDeliveryDate="99991231", deliveryEndTime="235959", gmtOffset="-12.00")
    assert not read(far).milestone.HasField("expected_delivery_time")


def test_a_message_a_little_ahead_is_taken_with_a_warning() -> None:
    assert read(ups(NOW + timedelta(hours=14))).warnings == ("EVENT_EARLY",)
    assert read(ups(NOW + timedelta(hours=1, minutes=4))).warnings == ()
    assert read(ups(datetime(2016, 11, 22, tzinfo=UTC))).warnings == ("EVENT_OLD",)
