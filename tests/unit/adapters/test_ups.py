"""What a Track Alert message is taken for."""

import copy
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from doselane.courier.v1 import courier_pb2
from hypothesis import given
from hypothesis import strategies as st

from adapters.courier_ups.translate import UpsReader
from adapters.manifest import Fact, Incoming, Refused
from tests.support.couriers import NOW, TRACKING, ups

Kind = courier_pb2.Milestone.Kind
OUT = Kind.OUT_FOR_DELIVERY


def read(message: dict[str, Any]) -> Fact:
    incoming = Incoming("ups.track-alert", json.dumps(message).encode(), {}, NOW + timedelta(hours=1))
    (fact,) = UpsReader().translate(incoming).facts
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
    ({"type": "I", "code": "DP"}, Kind.DEPARTED, "DP"),  # another thing under another type
    ({"type": "X", "code": "DP"}, Kind.KIND_UNSPECIFIED, "DP"),
    ({"type": "I", "code": "AR", "description": "Arrived at Facility"}, Kind.DEPARTED, "AR"),
    ({"type": "I", "code": "OF", "description": "Loaded on Delivery Vehicle"}, OUT, "OF"),
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
    ({"descriptionCode": 72, "description": "Any words"}, OUT, "072"),  # no reading of two octal digits
    ({"descriptionCode": 153}, Kind.OBSERVED, "153"),
    ({"descriptionCode": "11"}, Kind.DELIVERED, "011"),
    ({"descriptionCode": "0011", "code": "FS", "type": "D"}, Kind.DELIVERED, "FS"),
    ({"descriptionCode": True, "type": "D", "code": "FS"}, Kind.DELIVERED, "FS"),
    ({"type": "X", "code": "11", "description": "Exception"}, Kind.EXCEPTION, "11"),
    ({"type": "D", "code": "11", "description": "Delivered"}, Kind.EXCEPTION, "11"),
    ({"type": "I", "code": "75"}, Kind.DEPARTED, "75"),
    ({"type": "I", "code": "76"}, OUT, "76"),
    ({"type": "X", "code": "79"}, Kind.EXCEPTION, "79"),
    ({"type": "I", "code": "21"}, Kind.KIND_UNSPECIFIED, "21"),  # an activity that no list at hand has
    ({"type": "D", "code": "26"}, Kind.KIND_UNSPECIFIED, "26"),
    ({"type": "I", "code": "5"}, Kind.KIND_UNSPECIFIED, "5"),
    ({"type": "I", "code": "0021"}, Kind.KIND_UNSPECIFIED, "0021"),
    ({"type": "D", "code": 11}, Kind.EXCEPTION, "11"),
    ({"type": "D", "code": "OF"}, OUT, "OF"),
    ({"type": "D", "code": "3J"}, Kind.EXCEPTION, "3J"),
    ({"type": "D", "code": "KB", "description": "Delivered"}, Kind.KIND_UNSPECIFIED, "KB"),  # and no date of it
    ({"descriptionCode": "①", "type": "D", "code": "FS"}, Kind.DELIVERED, "FS"),
])  # fmt: skip
def test_the_code_decides_and_never_the_type(fields: dict[str, Any], kind: int, code: str) -> None:
    fact = read(status(**fields))
    assert (fact.said.kind, fact.said.code) == (kind, code)
    assert ("CODE_UNKNOWN" in fact.warnings) == (kind == Kind.KIND_UNSPECIFIED)


DAY = "20261122"


def words(code: str, description: str, on: Any = DAY, **status: Any) -> dict[str, Any]:
    said = {"type": "D", "code": code, "description": description, **status}
    return ups(activityStatus=said, actualDeliveryDate=on)


@pytest.mark.parametrize("message", [
    *(words(code, "DELIVERED") for code in ("KB", "9E", "AI", "3F", "ZZ", "42")),
    words("KB", "Your package was delivered."),
    words("KB", "Delivered", descriptionCode="999"),
    words("KB", "Delivered", on="2026-11-22"),
])  # fmt: skip
def test_ups_may_say_in_three_other_ways_that_it_delivered(message: dict[str, Any]) -> None:
    fact = read(message)
    assert fact.said.kind == Kind.DELIVERED
    assert {"CODE_UNKNOWN", "KIND_FROM_WORDS"} <= set(fact.warnings)


@pytest.mark.parametrize("message", [
    words("OF", "Delivered"), words("3J", "Delivery attempted: could not be delivered"),
    words("PX", "Delivered: photo"),
    words("KB", "Delivered", on=""), words("KB", "Delivered", on="20260231"), words("KB", "Delivery"),
    words("KB", "Undelivered"), words("KB", "The package was not delivered"), words("KB", "It will be delivered"),
    words("KB", "Delivered to UPS Access Point"), words("KB", "Delivered to agent"),
    words("KB", "Couldn't be delivered"),
    words("KB", "Delivered", type="I"), words("KB", "Delivered", descriptionCode="021"),
    words("088", "Delivered"), words("KB", "Delivered", descriptionCode="000"),
])  # fmt: skip
def test_words_make_no_delivery_where_anything_speaks_against_it(message: dict[str, Any]) -> None:
    fact = read(message)
    assert fact.said.kind != Kind.DELIVERED
    assert "KIND_FROM_WORDS" not in fact.warnings


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
    assert (fact.said.time.ToJsonString() if fact.said.HasField("time") else "") == time
    assert fact.said.local_time == written
    assert set(fact.warnings) == warnings


@pytest.mark.parametrize(("place", "day", "instant", "doubt"), [
    ({"city": "Duluth", "stateProvince": "MN", "country": "US"}, "20261122", "2026-11-22T09:45:00Z", ""),
    ({"city": "LEIPZIG", "country": "DE"}, "20261122", "2026-11-22T02:45:00Z", ""),
    ({"stateProvince": "KY", "country": "US"}, "20261122", "", "TIME_ZONE_UNKNOWN"),  # a state of two times
    ({"country": "US"}, "20261122", "", "TIME_ZONE_UNKNOWN"), ({}, "20261122", "", "TIME_ZONE_UNKNOWN"),
    ({"country": "DE"}, "20260329", "2026-03-29T01:45:00Z", ""),
])  # fmt: skip
def test_a_local_time_without_its_offset_is_that_of_the_place(
    place: dict[str, str], day: str, instant: str, doubt: str
) -> None:
    times = {"localActivityDate": day, "localActivityTime": "034500"}
    fact = read({**only(**times), "activityLocation": place})
    assert (fact.said.time.ToJsonString() if fact.said.HasField("time") else "") == instant
    assert (doubt in fact.warnings) == bool(doubt)
    assert fact.said.local_time == f"{day} 034500"


@pytest.mark.parametrize(("changes", "expected"), [
    ({"deliveryEndTime": "170000", "gmtOffset": "-05.00"}, "2026-11-22T22:00:00Z"),
    ({"deliveryEndTime": "170000", "gmtOffset": "-05.00", "activityStatus": {"code": "005"}}, ""),  # which zone?
    ({"gmtOffset": "-05.00"}, ""),
])  # fmt: skip
def test_an_expected_delivery_is_told_only_where_its_zone_is_known(changes: dict[str, Any], expected: str) -> None:
    milestone = read(ups(scheduledDeliveryDate="20261122", **changes)).said
    told = milestone.expected_delivery_time.ToJsonString() if milestone.HasField("expected_delivery_time") else ""
    assert told == expected


def test_no_photo_and_no_name_of_a_person_leaves_the_raw_body() -> None:
    message = ups(
        deliveryPhoto="aGVsbG8=", receivedBy="Erika Mustermann", code="011",
        activityStatus={"code": "011", "description": "DELIVERED TO ERIKA MUSTERMANN"},
    )  # fmt: skip
    told = str(read(message).said)
    assert "aGVsbG8=" not in told
    assert "mustermann" not in told.lower()


def test_a_photo_that_comes_later_does_not_make_another_fact() -> None:
    assert read(ups(deliveryPhoto="aGk=", receivedBy="X")).key == read(ups()).key
    assert read(ups(actualDeliveryDate="")).key == read(ups()).key
    assert read(ups(NOW + timedelta(seconds=1))).key != read(ups()).key
    update = {"activityStatus": {"type": "U", "code": "UP", "description": "Updated Delivery Date"}}
    assert read(ups(scheduledDeliveryDate="20261123", **update)).key != read(ups(**update)).key


def test_track_and_track_alert_tell_of_one_event() -> None:
    alert = ups(activityStatus={"type": "I", "code": "OT", "description": "Out", "descriptionCode": "021"})
    place = {"address": {"city": "LOUISVILLE", "countryCode": "US"}}
    activity = {
        "date": "20261122", "time": "090000", "gmtDate": "20261122", "gmtTime": "9:00:00", "gmtOffset": "+00:00",
        "location": place, "status": {"type": "I", "code": "OT", "description": "In words", "statusCode": "021"},
    }  # fmt: skip
    broken = {**activity, "status": {"type": ["I"]}}
    package = {"trackingNumber": TRACKING, "activity": [broken, activity, {**activity, "gmtTime": "08:00:00"}]}
    answer = {"trackResponse": {"shipment": [{"inquiryNumber": TRACKING, "package": [package]}]}}
    incoming = Incoming("ups.track", json.dumps(answer).encode(), {}, NOW + timedelta(hours=1))
    translation = UpsReader().translate(incoming)
    same, earlier = translation.facts
    assert (same.key, same.index, same.said.location.city) == (read(alert).key, 1, "LOUISVILLE")
    assert earlier.key != same.key
    assert list(translation.refused) == [0]


@pytest.mark.parametrize("answer", [
    {"trackResponse": {"shipment": [{"warnings": [{"code": "TW0001"}]}]}}, {"trackResponse": {}},
    {"trackResponse": {"shipment": None}}, {"trackResponse": {"shipment": [{"package": [{"activity": [None, 1]}]}]}},
])  # fmt: skip
def test_a_package_that_ups_does_not_know_yet_is_no_fault(answer: Any) -> None:
    incoming = Incoming("ups.track", json.dumps(answer).encode(), {}, NOW)
    assert UpsReader().translate(incoming).facts == ()


def test_place_and_both_tracking_numbers_are_kept() -> None:
    milestone = read(ups(alternateTrackingNumber="1R12345678912345")).said
    assert (milestone.location.city, milestone.location.region, milestone.location.country) == (
        "Louisville",
        "KY",
        "US",
    )
    assert list(milestone.shipment_references) == [TRACKING, "1R12345678912345"]


# As somebody of UPS wrote in public what is pushed: every field, blank where there is nothing to say.
AS_UPS_SENDS_IT = {
    "trackingNumber": TRACKING, "localActivityDate": "20261122", "localActivityTime": "034500",
    "activityLocation": {"city": "Atlanta", "stateProvince": "GA", "postalCode": "", "country": "US"},
    "activityStatus": {"type": "I", "code": "OT", "description": "Out for Delivery", "descriptionCode": "021"},
    "scheduledDeliveryDate": "20261122", "actualDeliveryDate": "", "actualDeliveryTime": "",
    "gmtActivityDate": "20261122", "gmtActivityTime": "084500", "gmtOffset": "", "deliveryStartTime": "",
    "deliveryEndTime": "", "deliveryTimeDescription": "", "deliveryPhoto": "", "alternateTrackingNumber": "",
    "receivedBy": "",
}  # fmt: skip


def test_a_message_with_every_field_and_most_of_them_blank_is_taken() -> None:
    fact = read(AS_UPS_SENDS_IT)
    assert (fact.said.kind, fact.said.time.ToJsonString(), fact.warnings) == (OUT, "2026-11-22T08:45:00Z", ())


PARTS = ("activityLocation", "activityStatus")
PLACES = [(name,) for name in AS_UPS_SENDS_IT] + [(part, name) for part in PARTS for name in AS_UPS_SENDS_IT[part]]
MAY_BE_ABSENT = sorted(set(PLACES) - {("trackingNumber",), ("activityStatus",)})
BLANK = st.sampled_from(["", None, " ", "\t\n"])


def holder(message: dict[str, Any], place: tuple[str, ...]) -> dict[str, Any]:
    return message if len(place) == 1 else message[place[0]]


@given(blanks=st.dictionaries(st.sampled_from(MAY_BE_ABSENT), BLANK))
def test_blank_null_and_absent_are_one(blanks: dict[tuple[str, ...], Any]) -> None:
    absent, blank = copy.deepcopy(AS_UPS_SENDS_IT), copy.deepcopy(AS_UPS_SENDS_IT)
    for place in sorted(blanks, key=len, reverse=True):
        holder(blank, place)[place[-1]] = blanks[place]
        del holder(absent, place)[place[-1]]
    assert read(blank) == read(absent)


@pytest.mark.parametrize(("place", "code", "region"), [
    ({"postalCode": "SW1A 1AA", "country": "GB"}, "SW1A 1AA", ""),
    ({"postalCode": "K1A 0B1", "stateProvince": "ON", "country": "CA"}, "K1A 0B1", "ON"),
    ({"postalCode": "2100", "stateProvince": "Hovedstaden"}, "2100", "Hovedstaden"),
    ({"postalCode": "30004-4616", "stateProvince": "GA"}, "30004-4616", "GA"),
])  # fmt: skip
def test_places_of_other_countries_are_taken_as_they_are_written(place: dict[str, str], code: str, region: str) -> None:
    fact = read(ups(activityLocation=place))
    assert (fact.said.location.postal_code, fact.said.location.region, fact.warnings) == (code, region, ())


@pytest.mark.parametrize("changes", [
    {"scheduledDeliveryDate": "soon"}, {"scheduledDeliveryDate": 7}, {"deliveryStartTime": "9 am"},
    {"gmtOffset": "-4.00"}, {"actualDeliveryTime": [1]}, {"actualDeliveryDate": "20260231"},
    {"deliveryEndTime": "256000"},
    {"alternateTrackingNumber": "none"}, {"activityLocation": "Atlanta"}, {"activityLocation": {"postalCode": 2100}},
    {"activityLocation": {"country": "USA"}}, {"activityLocation": {"city": {}, "country": True}}, {"receivedBy": 1},
    {"activityStatus": {"type": "Q", "code": "OT", "descriptionCode": "021"}},
    {"activityStatus": {"code": "OT", "descriptionCode": [21], "description": 1}},
    {"gmtActivityDate": "20260231"}, {"gmtActivityTime": "240000"}, {"localActivityTime": "noon"},
])  # fmt: skip
def test_what_does_not_decide_the_milestone_is_kept_with_a_warning(changes: dict[str, Any]) -> None:
    fact = read(ups(**changes))
    assert "FIELD_NOT_VALID" in fact.warnings
    assert fact.said.HasField("time")


NO_TIME = dict.fromkeys(("localActivityDate", "localActivityTime", "gmtActivityDate", "gmtActivityTime", "gmtOffset"))


@pytest.mark.parametrize(("changes", "place"), [
    *(({"trackingNumber": wrong}, "/trackingNumber") for wrong in ("1Z", "", None, " ", 7, "2Z999AA10123456784", [])),
    *(({"activityStatus": wrong}, "/activityStatus") for wrong in (None, "", "D", 7, [], [{}])),
    ({"activityStatus": {"type": ["D"]}}, "/activityStatus/type"),
    ({"activityStatus": {"code": {"OT": 1}}}, "/activityStatus/code"),
    ({"activityStatus": {"code": True}}, "/activityStatus/code"),
    ({**NO_TIME, "gmtActivityDate": "20260231", "gmtActivityTime": "084500"}, "/gmtActivityDate"),
    ({**NO_TIME, "gmtActivityDate": "00000101", "gmtActivityTime": "084500"}, "/gmtActivityDate"),
    ({**NO_TIME, "gmtActivityDate": "20261122", "gmtActivityTime": "240000"}, "/gmtActivityTime"),
    ({**NO_TIME, "gmtActivityDate": "20261122", "gmtActivityTime": "4700"}, "/gmtActivityTime"),  # 00:47:00?
    ({**NO_TIME, "localActivityDate": "20261122", "localActivityTime": "noon"}, "/localActivityTime"),
])  # fmt: skip
def test_number_status_and_time_can_refuse_a_message_with_the_place(changes: dict[str, Any], place: str) -> None:
    with pytest.raises(Refused) as refused:
        read(ups(**changes))
    assert (refused.value.reason, refused.value.place) == ("BODY_NOT_TRACK_ALERT", place)


def test_a_number_that_is_missing_is_told_from_one_that_is_none() -> None:
    told = []
    for number in (None, 7):
        with pytest.raises(Refused) as refused:
            read(ups(trackingNumber=number))
        told.append(refused.value.detail)
    assert told[0] == "trackingNumber is required." and told[1].startswith("trackingNumber must be 1Z")


@pytest.mark.parametrize("body", [[], "x", 1, None, True])
def test_a_body_that_is_no_object_is_refused(body: Any) -> None:
    with pytest.raises(Refused, match="BODY_NOT_TRACK_ALERT"):
        read(body)


@pytest.mark.parametrize("changes", [
    {"gmtActivityTime": "90000"}, {"gmtActivityTime": "09:00:00", "gmtActivityDate": "2026-11-22"},
    {"gmtActivityTime": 90000, "gmtActivityDate": 20261122}, {"gmtOffset": "+00:00"}, {"gmtOffset": None},
    {"localActivityTime": "100000", "gmtOffset": "+01.00"}, {"gmtActivityDate": None, "gmtActivityTime": None},
    {"trackingNumber": f" {TRACKING} "},
    {"activityStatus": {"type": "I", "code": "XX", "description": "As UPS says ", "descriptionCode": "21"}},
])  # fmt: skip
def test_an_event_in_another_spelling_is_the_same_event(changes: dict[str, Any]) -> None:
    assert (read(ups(**changes)).key, read(ups(**changes)).content) == (read(ups()).key, read(ups()).content)


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@given(value=ANYTHING, place=st.sampled_from(PLACES))
def test_no_value_in_any_field_does_worse_than_refuse_the_message(value: Any, place: tuple[str, ...]) -> None:
    message = copy.deepcopy(AS_UPS_SENDS_IT)
    holder(message, place)[place[-1]] = value
    try:
        assert read(message).said.local_time
    except Refused as refused:
        assert place[0] in ("trackingNumber", "activityStatus")
        assert refused.place.startswith(f"/{place[0]}")


def test_the_edge_of_the_calendar_is_refused_and_not_a_crash() -> None:
    with pytest.raises(Refused, match="TIME_OUT_OF_RANGE"):
        read(only(gmtActivityDate="00010101", gmtActivityTime="000000"))
    with pytest.raises(Refused, match="TIME_IN_FUTURE"):
        read(only(localActivityDate="99991231", localActivityTime="235959", gmtOffset="-12.00"))
    far = ups(scheduledDeliveryDate="99991231", deliveryEndTime="235959", gmtOffset="-12.00")
    assert not read(far).said.HasField("expected_delivery_time")


def test_a_message_a_little_ahead_is_taken_with_a_warning() -> None:
    assert read(ups(NOW + timedelta(hours=14))).warnings == ("EVENT_EARLY",)
    assert read(ups(NOW + timedelta(hours=1, minutes=4))).warnings == ()
    assert read(ups(datetime(2016, 11, 22, tzinfo=UTC))).warnings == ("EVENT_OLD",)
