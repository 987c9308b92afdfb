"""What FedEx's pushes, and the answers of Track, are taken for."""

import pickle
from datetime import UTC, datetime
from typing import Any

import pytest
from doselane.courier.v1 import courier_pb2

from adapters.courier_fedex.translate import FedexReader
from adapters.manifest import Refused
from tests.support.fedex import NUMBER, OTHER, RECEIVED, a_body, a_result, a_scan, one, polled, read, refused

Kind = courier_pb2.Milestone.Kind
UNKNOWN = Kind.KIND_UNSPECIFIED


def test_a_scan_is_told_in_our_words() -> None:
    fact = one(a_scan(eventType="DL", eventDescription="Delivered", derivedStatusCode="DL"))
    said = fact.said
    assert (said.kind, said.code, said.description) == (Kind.DELIVERED, "DL", "Delivered")
    assert said.time.ToDatetime(UTC) == datetime(2026, 11, 22, 9, 44, tzinfo=UTC)
    assert said.local_time == "2026-11-22T03:44:00-06:00"
    assert said.location == courier_pb2.Location(place="0560", city="MANKATO", region="MN", country="US")
    assert (fact.references, fact.warnings, fact.ends) == ((NUMBER,), (), True)


@pytest.mark.parametrize(("code", "derived", "words", "kind"), [
    ("OD", "IT", "On FedEx vehicle for delivery", Kind.OUT_FOR_DELIVERY),  # derived is "in transit"
    ("HP", "IT", "Ready for recipient pickup", Kind.ARRIVED),  # so is what waits at a counter
    ("DL", "DL", "Delivered", Kind.DELIVERED),
    ("DL", "", "Delivered", Kind.DELIVERED),
    ("dl", "dl", "Delivered", Kind.DELIVERED),
    ("DL", "RS", "Delivered", Kind.RETURNED),  # to the shipper
    ("DL", "IT", "Delivered", UNKNOWN),  # two stories
    ("OC", "IN", "Shipment information sent to FedEx", Kind.BOOKED),
    ("", "IN", "Label created", Kind.BOOKED),
    ("", "DL", "Delivered", Kind.DELIVERED),
    ("PU", "PU", "Picked up", Kind.COLLECTED),
    ("AD", "IT", "At Delivery", Kind.OUT_FOR_DELIVERY),  # before the door is not in hand
    ("CD", "CD", "Clearance delay", Kind.CUSTOMS_HELD),
    ("CC", "IT", "International shipment release - Import", Kind.CUSTOMS_CLEARED),
    ("EA", "IT", "Enroute to Airport", Kind.DEPARTED),
    ("EA", "IT", "Export Approved", Kind.CUSTOMS_CLEARED),
    ("EA", "IT", "Exporté à l'airport: export", UNKNOWN),  # both words decide nothing
    ("EA", "IT", "", UNKNOWN),
    ("CA", "CA", "Shipment cancelled by sender", Kind.CANCELLED),
    ("CA", "", "Carrier", Kind.OBSERVED),
    ("CA", "", "", UNKNOWN),
    ("RC", "", "CDO Cancelled", Kind.OBSERVED),
    ("RC", "", "Recipient", UNKNOWN),  # possession is no delivery that was scanned
    ("DE", "DE", "Delivery exception", Kind.EXCEPTION),
    ("SE", "SE", "Shipment exception", Kind.EXCEPTION),
    ("DY", "DY", "Delay", Kind.DELAYED),
    ("RS", "RS", "Returning package to shipper", Kind.RETURNED),
    ("Ow", "", "On the way", Kind.DEPARTED),
    ("AE", "IT", "Shipment arriving early", Kind.OBSERVED),
    ("QQ", "IT", "In transit", UNKNOWN),  # never "in transit" for the status alone
    ("", "QQ", "Delivered", UNKNOWN),
    ("D L", "DL", "Delivered", UNKNOWN),
    ("ＤＬ", "DL", "Delivered", UNKNOWN),
    ("", "", "Delivered", UNKNOWN),
])  # fmt: skip
def test_the_scan_decides_and_never_what_is_derived_from_it(code: str, derived: str, words: str, kind: int) -> None:
    fact = one(a_scan(eventType=code, derivedStatusCode=derived, eventDescription=words))
    assert (fact.said.kind, fact.said.code) == (kind, code or derived)
    assert ("CODE_UNKNOWN" in fact.warnings) == (kind == UNKNOWN)


@pytest.mark.parametrize(("date", "place", "at", "warnings"), [
    ("2026-11-22T09:44:00Z", {}, "2026-11-22T09:44:00Z", ()),
    ("2026-11-22T09:44:00.1234567+0000", {}, "2026-11-22T09:44:00.123456Z", ()),
    ("2026-11-22 09:44", {"countryCode": "DE"}, "2026-11-22T08:44:00Z", ()),  # one zone in the country
    ("2026-11-22T03:44:00", {"countryCode": "US", "stateOrProvinceCode": "MN"}, "2026-11-22T09:44:00Z", ()),
    ("2026-11-22T09:44:00", {"countryCode": "US", "stateOrProvinceCode": "TN"}, None, ("TIME_ZONE_UNKNOWN",)),  # two
    ("2026-11-22T09:44:00", {"countryCode": "US"}, None, ("TIME_ZONE_UNKNOWN",)),
    ("2026-11-22T09:44:00", {}, None, ("TIME_ZONE_UNKNOWN",)),  # never UTC
    ("2026-10-25T02:30:00", {"countryCode": "DE"}, None, ("TIME_AMBIGUOUS",)),
    ("2026-11-22", {"countryCode": "DE"}, None, ("TIME_MISSING",)),  # a day is not midnight
    ("", {}, None, ("TIME_MISSING",)),
    (None, {}, None, ("TIME_MISSING",)),
    ("1970-01-01T00:00:00Z", {}, None, ("TIME_MISSING",)),  # what a program writes that knows no time
    ("0001-01-01T00:00:00Z", {}, None, ("TIME_MISSING",)),
    ("1970-01-01T00:00:00-05:00", {}, "1970-01-01T05:00:00Z", ("EVENT_OLD",)),
    ("2026-11-23T09:00:00Z", {}, "2026-11-23T09:00:00Z", ("EVENT_EARLY",)),
])  # fmt: skip
def test_a_time_is_an_instant_only_where_its_zone_is_known(
    date: Any, place: dict[str, str], at: str | None, warnings: tuple[str, ...]
) -> None:
    # Beside a scan of today, so that the shipment is of today.
    found = read(a_body(a_result(a_scan(), a_scan(date=date, scanLocation=place)))).facts[1]
    assert (found.said.time.ToJsonString() if found.said.HasField("time") else None) == at
    assert found.warnings == warnings
    assert found.said.local_time == (date or "")


def test_the_airport_tells_the_zone_where_a_country_has_several() -> None:
    place = {"city": "SEATTLE", "countryCode": "US"}
    local = a_scan(date="2026-11-22T01:00:00", scanLocation=place, locationId="SEA", locationType="ORIGIN_AIRPORT")
    assert one(local).said.time.ToDatetime(UTC) == datetime(2026, 11, 22, 9, tzinfo=UTC)
    assert one({**local, "locationType": "FEDEX_FACILITY"}).warnings == ("TIME_ZONE_UNKNOWN",)


@pytest.mark.parametrize(("date", "reason"), [
    ("2026-11-24T10:00:00Z", "TIME_IN_FUTURE"),
    ("yesterday", "TIME_NOT_VALID"),
    ("2026-02-30T10:00:00Z", "TIME_NOT_VALID"),
    ("2026-11-22T25:00:00Z", "TIME_NOT_VALID"),
    ("2026-11-22T10:00:00+99:00", "TIME_NOT_VALID"),
    ("0001-01-01T00:00:00+05:00", "TIME_NOT_VALID"),
    (1795340640, "TIME_NOT_VALID"),
])  # fmt: skip
def test_a_scan_with_a_time_that_cannot_be_is_left_out_and_the_others_are_taken(date: Any, reason: str) -> None:
    found = read(a_body(a_result(a_scan(), a_scan(date=date))))
    assert [fact.index for fact in found.facts] == [0]
    assert [(index, each.reason) for index, each in found.refused.items()] == [(1, reason)]
    assert found.refused[1].place == "/output/completeTrackResults/0/trackResults/0/scanEvents/1/date"
    assert found.refused[1].words in found.remark
    assert refused(a_body(a_result(a_scan(date=date)))).reason == reason


def test_the_same_scan_counts_once_by_either_way() -> None:
    pushed = one(a_scan())
    (fetched,) = polled(
        a_body(a_result(a_scan(date="2026-11-22T09:44:00Z", scanLocation=None, eventDescription="En route")))
    ).facts
    assert (fetched.key, fetched.content) == (pushed.key, pushed.content)
    others = [a_scan(date="2026-11-22T09:45:00Z"), a_scan(eventType="AR"), a_scan(exceptionCode="A25")]
    assert len({pushed.key, *(one(each).key for each in others)}) == 4
    assert read(a_body(a_result(a_scan()), number=OTHER)).facts[0].key != pushed.key


def test_the_latest_status_counts_only_where_no_scan_tells_it() -> None:
    delivered = {"code": "DL", "derivedCode": "DL", "description": "Delivered"}
    dates = [{"type": "ACTUAL_DELIVERY", "dateTime": "2026-11-22T03:50:00-06:00"}]
    alone = one(latestStatusDetail=delivered, dateAndTimes=dates)
    assert (alone.said.kind, alone.said.time.ToJsonString()) == (Kind.DELIVERED, "2026-11-22T09:50:00Z")
    assert one(latestStatusDetail=delivered).warnings == ("TIME_MISSING",)
    day = [{"type": "ACTUAL_PICKUP", "dateTime": "2026-11-22T00:00:00-06:00"}]  # as FedEx tells of most pick-ups
    collected = one(latestStatusDetail={"code": "PU", "derivedCode": "PU"}, dateAndTimes=day)
    assert (collected.said.kind, collected.warnings) == (Kind.COLLECTED, ("TIME_MISSING",))
    assert (collected.said.HasField("time"), collected.said.local_time) == (False, "2026-11-22T00:00:00-06:00")
    assert one(a_scan(date="2026-11-22T00:00:00-06:00")).said.HasField("time")  # a scan has its hour
    scan = a_scan(eventType="DL", derivedStatusCode="DL")
    assert one(scan, latestStatusDetail=delivered, dateAndTimes=dates).index == 0
    initiated = {"code": "IN", "derivedCode": "IN", "statusByLocale": "Label created"}
    assert one(a_scan(eventType="OC", derivedStatusCode="IN"), latestStatusDetail=initiated).code == "OC"
    cut = read(a_body(a_result(a_scan(eventType="AR"), latestStatusDetail=delivered, dateAndTimes=dates)))
    assert [fact.said.kind for fact in cut.facts] == [Kind.ARRIVED, Kind.DELIVERED]


def test_when_fedex_expects_to_deliver_is_a_word_of_its_own() -> None:
    window = {"window": {"begins": "2026-11-22T10:00:00-06:00", "ends": "2026-11-22T12:30:00-06:00"}}
    scan, expected = read(a_body(a_result(a_scan(), estimatedDeliveryTimeWindow=window))).facts
    assert not scan.said.HasField("expected_delivery_time")
    assert (expected.said.kind, expected.code) == (Kind.OBSERVED, "ESTIMATED_DELIVERY")
    assert expected.said.expected_delivery_time.ToJsonString() == "2026-11-22T18:30:00Z"
    assert expected.said.time.ToDatetime(UTC) == RECEIVED
    day = {"window": {"ends": "2026-11-22T00:00:00-06:00"}}  # says less than the time beside it
    dates = [{"type": "ESTIMATED_DELIVERY", "dateTime": "2026-11-22T12:30:00-06:00"}]
    beside = read(a_body(a_result(a_scan(), estimatedDeliveryTimeWindow=day, dateAndTimes=dates))).facts
    assert [fact.key for fact in beside] == [scan.key, expected.key]
    later = {"window": {"ends": "2026-11-22T13:30:00-06:00"}}
    assert read(a_body(a_result(a_scan(), estimatedDeliveryTimeWindow=later))).facts[1].key != expected.key


@pytest.mark.parametrize("said", [
    "2026-11-28T00:00:00-06:00", "2026-11-28", "2026-11-28T12:00:00", "soon", "", None, 7,
])  # fmt: skip
def test_a_day_is_no_hour_at_which_a_delivery_is_expected(said: Any) -> None:
    assert one(a_scan(), dateAndTimes=[{"type": "ESTIMATED_DELIVERY", "dateTime": said}]).code == "OD"


def test_the_receivers_country_gives_an_expectation_its_zone() -> None:
    dates = [{"type": "ESTIMATED_DELIVERY", "dateTime": "2026-11-23T12:00:00"}]
    address = {"locationContactAndAddress": {"address": {"city": "ULM", "countryCode": "DE"}}}
    result = a_result(a_scan(), dateAndTimes=dates, destinationLocation=address)
    assert read(a_body(result)).facts[1].said.expected_delivery_time.ToJsonString() == "2026-11-23T11:00:00Z"


def test_what_was_delivered_is_expected_no_more() -> None:
    window = {"window": {"ends": "2026-11-22T12:30:00-06:00"}}
    assert one(a_scan(eventType="DL", derivedStatusCode="DL"), estimatedDeliveryTimeWindow=window).code == "DL"


def test_no_name_of_a_person_leaves_the_raw_body() -> None:
    words = "Delivered to A. Nobody at the desk"
    fact = one(a_scan(eventDescription=words), deliveryDetails={"receivedByName": "A.NOBODY", "signedByName": "x"})
    assert fact.said.description == words  # another spelling is no match
    fact = one(a_scan(eventDescription=words), deliveryDetails={"receivedByName": "a. nobody"})
    assert "obody" not in str(fact.said)


def an_error(code: str, number: str = NUMBER) -> dict[str, Any]:
    info = {"trackingNumber": number, "trackingNumberUniqueId": "", "carrierCode": ""}
    return {"trackingNumberInfo": info, "error": {"code": code, "message": "as FedEx words it"}}


def test_a_number_that_fedex_does_not_know_yet_is_no_fault() -> None:
    for body in (a_body(an_error("TRACKING.TRACKINGNUMBER.NOTFOUND")), a_body()):
        found = polled(body)
        assert (found.facts, found.refused) == ((), {})
        assert found.remark == f"FedEx does not know yet: {NUMBER}"


def test_errors_inside_a_success_stand_for_one_number_alone() -> None:
    body = a_body(an_error("SYSTEM.UNEXPECTED.ERROR"))
    body["output"]["completeTrackResults"] += a_body(a_result(a_scan(), number=OTHER), number=OTHER)["output"][
        "completeTrackResults"
    ]
    found = polled(body)
    assert [fact.references for fact in found.facts] == [(OTHER,)]
    assert found.refused[0].reason == "NUMBER_DECLINED"
    assert "SYSTEM.UNEXPECTED.ERROR as FedEx words it" in found.remark


@pytest.mark.parametrize("given", [
    [{"code": "TRACKING.DATA.NOTFOUND", "alertType": "NOTE", "message": "Tracking data unavailable"}, "x", {}],
    "TRACKING.DATA.NOTFOUND Tracking data unavailable",
])  # fmt: skip
def test_what_fedex_warns_of_is_told_along(given: Any) -> None:
    body = a_body(a_result(a_scan()))
    body["output"]["alerts"] = given
    assert read(body).remark == "FedEx warns: TRACKING.DATA.NOTFOUND Tracking data unavailable"


def test_of_a_number_that_is_used_again_the_shipment_of_today_counts() -> None:
    old = a_scan(eventType="DL", derivedStatusCode="DL", date="2025-03-01T10:00:00-06:00")
    found = read(a_body(a_result(old), a_result(a_scan())))
    assert [fact.said.kind for fact in found.facts] == [Kind.OUT_FOR_DELIVERY]
    # Our own shipment has not been scanned yet: the old delivery must not stand for it.
    assert refused(a_body(a_result(old))).reason == "SHIPMENT_OLD"
    assert polled(a_body(a_result(old))).facts == ()
    label = a_result(latestStatusDetail={"code": "IN", "description": "Label created"})
    assert [fact.said.kind for fact in read(a_body(a_result(old), label)).facts] == [Kind.BOOKED]


def test_of_two_shipments_of_today_under_one_number_neither_is_chosen() -> None:
    assert refused(a_body(a_result(a_scan()), a_result(a_scan(eventType="DL")))).reason == "NUMBER_AMBIGUOUS"


@pytest.mark.parametrize(("body", "reason", "place"), [
    (b"", "BODY_EMPTY", ""),
    (b'{"output": {"completeTrackRes', "BODY_NOT_JSON", ""),
    (b"<html><body>Service Unavailable</body></html>", "BODY_NOT_JSON", ""),
    ('{"output": "Zürich"}'.encode("latin-1"), "BODY_NOT_UTF8", ""),
    (b'{"output": {"completeTrackResults": [{"trackingNumber": "\\u0000"}]}}', "TEXT_NOT_STORABLE",
     "/output/completeTrackResults/0/trackingNumber"),
    ([], "BODY_NOT_TRACK", "/output"),
    ({"errors": [{"code": "INTERNAL.SERVER.ERROR"}]}, "BODY_NOT_TRACK", "/output"),
    ({"output": {}}, "BODY_NOT_TRACK", "/output/completeTrackResults"),
    ({"output": {"completeTrackResults": [None]}}, "BODY_NOT_TRACK", "/output/completeTrackResults/0"),
    ({"output": {"completeTrackResults": [{"trackResults": []}]}}, "BODY_NOT_TRACK",
     "/output/completeTrackResults/0/trackingNumber"),
    ({"output": {"completeTrackResults": [{"trackingNumber": 7, "trackResults": [a_result(number=" ")]}]}},
     "BODY_NOT_TRACK", "/output/completeTrackResults/0/trackingNumber"),
    (a_body("no result"), "BODY_NOT_TRACK", "/output/completeTrackResults/0/trackResults/0"),
    (a_body(a_result(7)), "BODY_NOT_TRACK", "/output/completeTrackResults/0/trackResults/0/scanEvents/0"),
])  # fmt: skip
def test_what_cannot_be_read_is_refused_with_reason_and_place(body: Any, reason: str, place: str) -> None:
    refusal = refused(body)
    assert (refusal.reason, refusal.place, refusal.status) == (reason, place, 400)


def test_a_number_in_printed_groups_is_the_number() -> None:
    (fact,) = read(a_body(a_result(a_scan()), number="1234 5678 9012")).facts
    assert fact.references == (NUMBER,)


def test_the_reader_can_be_handed_to_another_process() -> None:
    reader = pickle.loads(pickle.dumps(FedexReader()))
    assert isinstance(reader, FedexReader)


ODD: list[Any] = [
    None,
    True,
    7,
    1e300,
    "",
    " ",
    "word",
    "DL",
    "2026-11-22",
    "-06:00",
    [],
    {},
    [[]],
    [{}],
    {"word": 1},
    [None],
]


@pytest.mark.parametrize("field", sorted({*a_scan(), "delayDetail"}))
def test_whatever_a_field_of_a_scan_holds_is_read_or_refused(field: str) -> None:
    for value in ODD:
        _read_or_refused(a_body(a_result({**a_scan(), field: value})))


@pytest.mark.parametrize("field", [
    *a_result(), "latestStatusDetail", "dateAndTimes", "estimatedDeliveryTimeWindow", "deliveryDetails", "error",
    "destinationLocation", "lastUpdatedDestinationAddress",
])  # fmt: skip
def test_whatever_a_field_of_a_result_holds_is_read_or_refused(field: str) -> None:
    for value in ODD:
        _read_or_refused(a_body({**a_result(a_scan()), field: value}))


def _read_or_refused(body: Any) -> None:
    try:
        found = read(body)
    except Refused as refusal:
        assert refusal.reason
    else:
        assert all(fact.references == (NUMBER,) for fact in found.facts)


def test_what_says_only_of_which_sort_a_place_is_names_none() -> None:
    nowhere = a_scan(scanLocation=None, locationId=None)
    assert not one(nowhere).said.HasField("location")
    assert not one({**nowhere, "locationType": ""}).said.HasField("location")
    assert one({**nowhere, "scanLocation": {"city": "MEMPHIS"}}).said.location == courier_pb2.Location(city="MEMPHIS")
    assert one({**nowhere, "locationId": "0560"}).said.location.place == "0560"


def test_of_many_numbers_that_fedex_does_not_know_the_first_thirty_are_told() -> None:
    body = a_body()
    (one_of_them,) = body["output"]["completeTrackResults"]
    numbers = [f"{at:012}" for at in range(31)]
    body["output"]["completeTrackResults"] = [{**one_of_them, "trackingNumber": number} for number in numbers]
    assert read(body).remark == f"FedEx does not know yet: {', '.join(numbers[:30])}"
