"""What an answer of MyDHL API's tracking is taken for."""

import json
from datetime import timedelta
from typing import Any

import pytest
from doselane.courier.v1 import courier_pb2
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from adapters.courier_mydhl.codes import KIND_OF_CODE
from adapters.courier_mydhl.translate import TRACK, MyDhlReader
from adapters.manifest import Fact, Incoming, Refused, Translation
from tests.support.couriers import NOW

Kind = courier_pb2.Milestone.Kind
WAYBILL, PIECE, OTHER_PIECE = "1234567890", "JD012345678901234567", "JD012345678901234568"


def event(code: str = "PL", time: str = "13:56:21", area: Any = ("SYD", "SYDNEY-AU"), **changes: Any) -> dict[str, Any]:
    said = {"date": "2026-11-22", "time": time, "typeCode": code, "description": "Processed at SYDNEY-AU"}
    where = [{"code": area[0], "description": area[1]}] if isinstance(area, tuple) else area
    return {**said, "serviceArea": where, **changes}


def body(*events: Any, **changes: Any) -> dict[str, Any]:
    shipment = {"shipmentTrackingNumber": WAYBILL, "status": "Success", "events": list(events)}
    return {"shipments": [{**shipment, **changes}]}


def pieces(*numbers: str, **events: Any) -> list[dict[str, Any]]:
    return [{"trackingNumber": number, "events": events.get(number, [])} for number in numbers]


def read(raw: bytes) -> Translation:
    return MyDhlReader().translate(Incoming(TRACK, raw, {}, NOW + timedelta(hours=1)))


def taken(value: Any) -> Translation:
    return read(json.dumps(value).encode())


def fact(*given: Any, **changes: Any) -> Fact:
    found = taken(body(event(*given, **changes)))
    (only,) = found.facts
    assert not found.refused
    return only


def instant(found: Fact) -> str | None:
    return found.said.time.ToJsonString() if found.said.HasField("time") else None


@pytest.mark.parametrize(("code", "kind"), [
    ("PU", Kind.COLLECTED), ("DF", Kind.DEPARTED), ("AF", Kind.ARRIVED), ("UD", Kind.CUSTOMS_HELD),
    ("CR", Kind.CUSTOMS_CLEARED), ("RR", Kind.OBSERVED), ("IC", Kind.OBSERVED), ("WC", Kind.OUT_FOR_DELIVERY),
    ("OK", Kind.DELIVERED), ("DD", Kind.EXCEPTION), ("PD", Kind.EXCEPTION), ("NH", Kind.EXCEPTION),
    ("TP", Kind.DEPARTED), ("CC", Kind.ARRIVED), ("RT", Kind.RETURNED), ("MD", Kind.DELAYED),
    ("ZZ", Kind.KIND_UNSPECIFIED), ("ok", Kind.KIND_UNSPECIFIED), ("", Kind.KIND_UNSPECIFIED),
    ("Success", Kind.KIND_UNSPECIFIED),
])  # fmt: skip
def test_the_code_says_what_happened(code: str, kind: int) -> None:
    found = fact(code)
    assert (found.said.kind, found.said.code) == (kind, code)
    assert ("CODE_UNKNOWN" in found.warnings) == (kind == Kind.KIND_UNSPECIFIED)
    assert found.ends == (code == "OK")


def test_the_status_of_the_query_is_not_that_of_the_shipment() -> None:
    assert taken(body(status="Success")).facts == ()
    none = taken(body(status="No Shipments Found"))
    assert (none.facts, none.remark) == ((), f"{WAYBILL}: No Shipments Found")


@pytest.mark.parametrize(("area", "changes", "expected"), [
    (("SYD", "SYDNEY-AU"), {}, "02:56:21"),  # 13:56:21 in summer there
    (("SYD", "SYDNEY-AU"), {"GMTOffset": "+10:00"}, "03:56:21"),  # DHL's own offset goes before the zone
    (("ZZZ", "NOWHERE"), {"GMTOffset": "+09:00"}, "04:56:21"), (None, {"GMTOffset": "+09:00"}, "04:56:21"),
    (("BSA", "BSA Area"), {}, None),  # an airport elsewhere; without its country nobody knows
    (("ABC", "Alpha Beta Area"), {}, None), (("SYD", "Sydney"), {}, None), (("SYD", "SYDNEY-CA"), {}, None),
    (("QQQ", "BRUSSELS-BE"), {}, "12:56:21"), (("QQQ", "SOMEWHERE-US"), {}, None), (None, {}, None), ([], {}, None),
    (("SYD", "SYDNEY-AU"), {"GMTOffset": "ten"}, "02:56:21"), (("BNE", "Brisbane-AU"), {}, "03:56:21"),
])  # fmt: skip
def test_a_time_is_that_of_the_service_area(area: Any, changes: dict[str, Any], expected: str | None) -> None:
    found = fact(area=area, **changes)
    assert instant(found) == (expected and f"2026-11-22T{expected}Z")
    assert ("TIME_ZONE_UNKNOWN" in found.warnings) == (expected is None)
    assert found.said.local_time == f"2026-11-22T13:56:21{changes.get('GMTOffset', '')}"
    assert ("FIELD_NOT_VALID" in found.warnings) == (changes.get("GMTOffset") == "ten")


def test_an_hour_that_comes_twice_needs_dhls_offset() -> None:
    twice = {"date": "2026-10-25", "time": "02:30:00", "area": ("LEJ", "LEIPZIG-DE")}
    assert "TIME_AMBIGUOUS" in fact(**twice).warnings
    assert instant(fact(**twice, GMTOffset="+01:00")) == "2026-10-25T01:30:00Z"
    assert fact(**twice).key == fact(**twice, GMTOffset="+01:00").key


@pytest.mark.parametrize(("changes", "place"), [
    ({"date": "22.11.2026"}, "date"), ({"time": "25:00:00"}, "date"), ({"date": "2026-02-31"}, "date"),
    ({"time": "1 pm"}, "time"), ({"time": "13:56:21Z"}, "time"), ({"date": "2026-11-24"}, ""),
])  # fmt: skip
def test_a_time_that_cannot_be_is_refused_and_keeps_back_nothing_else(changes: dict[str, Any], place: str) -> None:
    found = taken(body(event(**changes), event("OK")))
    assert [each.said.code for each in found.facts] == ["OK"]
    (refused,) = found.refused.values()
    assert refused.reason == ("BODY_NOT_MYDHL" if place else "TIME_IN_FUTURE")
    assert refused.place == "/shipments/0/events/0" + (f"/{place}" if place else "")


@pytest.mark.parametrize(("changes", "written"), [
    ({"date": None}, "13:56:21"), ({"time": ""}, "2026-11-22"), ({"date": None, "time": None}, ""),
])  # fmt: skip
def test_half_a_time_is_none(changes: dict[str, Any], written: str) -> None:
    found = fact(**changes)
    assert (instant(found), found.said.local_time) == (None, written)
    assert "TIME_MISSING" in found.warnings


@pytest.mark.parametrize(("day", "ahead"), [("0001-01-01", "+14:00"), ("9999-12-31", "-12:00")])
def test_the_edges_of_the_calendar_are_refused(day: str, ahead: str) -> None:
    with pytest.raises(Refused) as refused:
        taken(body(event(date=day, GMTOffset=ahead)))
    assert refused.value.reason in ("TIME_OUT_OF_RANGE", "TIME_IN_FUTURE")
    due = {"receiverDetails": RECEIVER, "estimatedDeliveryDate": f"{day}T00:00:00{ahead}"}
    assert len(taken(body(event(), **due)).facts) == 1


@pytest.mark.parametrize(("area", "place"), [
    (("TGZ", "Tuxtla-Gutierrez-MX"), ("TGZ", "Tuxtla-Gutierrez", "MX")),
    (("LAP", "La Paz-MX"), ("LAP", "La Paz", "MX")),
    (("QFB", "Freiburg-DE"), ("QFB", "Freiburg", "DE")), (("SYD", "SYDNEY - AU"), ("SYD", "SYDNEY", "AU")),
    (("SYD", "SYDNEY-AUS"), ("SYD", "SYDNEY-AUS", "")),
])  # fmt: skip
def test_a_service_area_ends_in_its_country(area: tuple[str, str], place: tuple[str, str, str]) -> None:
    found = fact(area=area).said.location
    assert (found.place, found.city, found.country) == place


def test_1970_is_old_and_said_so() -> None:
    assert "EVENT_OLD" in fact(date="1970-01-01").warnings


def test_one_piece_is_the_shipment() -> None:
    told = [event("PU"), event("OK", "14:00:00")]
    found = taken(body(*told, pieces=pieces(PIECE, **{PIECE: [*told, event("WC", "13:57:00")]})))
    assert [each.said.code for each in found.facts] == ["PU", "OK", "WC"]
    assert {each.references for each in found.facts} == {(WAYBILL, PIECE)}


def test_of_several_pieces_each_has_its_own_events() -> None:
    first, other = {PIECE: [event("OK")]}, {OTHER_PIECE: [event("NH")]}
    found = taken(body(event("PU"), pieces=pieces(PIECE, OTHER_PIECE, **first, **other)))
    assert [(each.said.code, each.references) for each in found.facts] == [
        ("PU", (WAYBILL,)), ("OK", (PIECE,)), ("NH", (OTHER_PIECE,)),
    ]  # fmt: skip
    assert len({each.key for each in found.facts}) == 3


def test_an_event_that_comes_again_with_another_remark_is_the_same() -> None:
    first, again = fact("RR"), fact("RR", remarks=[{"value": "Released by customs", "details": "Please wait"}])
    assert first.key == again.key
    assert again.said.description == "Processed at SYDNEY-AU (Released by customs)"
    assert fact("RR", time="13:56:22").key != first.key
    assert fact("RR", area=("AKL", "AUCKLAND-NZ")).key != first.key


@pytest.mark.parametrize(("code", "changes"), [
    ("OK", {"description": "Delivered"}), ("OK", {"description": "SMITH"}), ("DD", {"description": "SMITH"}),
    ("PL", {"description": "Delivered : A SMITH"}), ("PL", {"description": "Left with Smith", "signedBy": "SMITH"}),
    ("PL", {"description": "Held", "remarks": [{"value": "Signed for by A. Smith"}]}),
])  # fmt: skip
def test_no_name_leaves_the_body(code: str, changes: dict[str, Any]) -> None:
    found = fact(code, **changes)
    assert found.said.description == ""
    assert "mith" not in str(found.said).lower()


def test_a_place_is_the_service_area() -> None:
    place = fact().said.location
    assert (place.place, place.city, place.country) == ("SYD", "SYDNEY", "AU")
    assert not fact(area=None).said.HasField("location")


RECEIVER = {"postalAddress": {"countryCode": "NZ"}, "serviceArea": [{"code": "AKL", "description": "AUCKLAND-NZ"}]}


def test_the_expected_delivery_is_the_receivers_time_beside_the_newest_event() -> None:
    due = {"receiverDetails": RECEIVER, "estimatedDeliveryDate": "2026-11-23T23:59:00"}
    *_, expected = taken(body(event(), event("PU", "09:00:00"), **due)).facts
    assert (expected.said.kind, expected.said.code) == (Kind.OBSERVED, "estimatedDeliveryDate")
    assert expected.said.expected_delivery_time.ToJsonString() == "2026-11-23T10:59:00Z"
    assert expected.said.time.ToJsonString() == "2026-11-22T02:56:21Z"
    assert len(taken(body(event("OK"), **due)).facts) == 1  # of what was delivered nothing is expected


@pytest.mark.parametrize("due", [
    {"estimatedDeliveryDate": "2026-11-23", "receiverDetails": RECEIVER},  # a day, and no time of it
    {"estimatedDeliveryDate": "2026-11-23T00:00:00", "receiverDetails": RECEIVER},
    {"estimatedDeliveryDate": "2026-11-23T23:59:00"}, {"estimatedDeliveryDate": "soon", "receiverDetails": RECEIVER},
    {"estimatedDeliveryDate": "2026-02-31T23:59:00", "receiverDetails": RECEIVER},
    {"estimatedDeliveryDate": "2026-11-23T23:59:00", "receiverDetails": {"postalAddress": {"countryCode": "US"}}},
    {"estimatedDeliveryDate": ["x"], "receiverDetails": []},
])  # fmt: skip
def test_an_expectation_without_an_instant_is_none(due: dict[str, Any]) -> None:
    assert len(taken(body(event(), **due)).facts) == 1


@pytest.mark.parametrize(("raw", "reason"), [
    (b"", "BODY_EMPTY"), (b"<html></html>", "BODY_NOT_JSON"), (b'{"shipments": [', "BODY_NOT_JSON"),
    ('{"shipments": [{"description": "\u00fc"}]}'.encode("latin-1"), "BODY_NOT_UTF8"),
    (b"[]", "BODY_NOT_MYDHL"), (b"{}", "BODY_NOT_MYDHL"), (b'{"shipments": {}}', "BODY_NOT_MYDHL"),
    (b'{"shipments": [1]}', "BODY_NOT_MYDHL"), (b'{"shipments": [{"events": []}]}', "BODY_NOT_MYDHL"),
    (b'{"shipments": [{"shipmentTrackingNumber": "1", "events": 1}]}', "BODY_NOT_MYDHL"),
    (b'{"shipments": [{"shipmentTrackingNumber": "1", "events": [1]}]}', "BODY_NOT_MYDHL"),
    (b'{"shipments": [{"shipmentTrackingNumber": "1", "pieces": {}}]}', "BODY_NOT_MYDHL"),
    (b'{"status": "404", "title": "Not data found", "detail": "No data found"}', "BODY_SAYS_ERROR"),
])  # fmt: skip
def test_what_is_no_answer_is_refused_with_its_reason(raw: bytes, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        read(raw)
    assert refused.value.reason == reason


def test_every_cut_of_an_answer_is_refused() -> None:
    whole = json.dumps(body(event(description="Z\u00fcrich")), ensure_ascii=False).encode()
    for end in range(len(whole)):
        with pytest.raises(Refused):
            read(whole[:end])


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda below: st.lists(below, max_size=3)
    | st.dictionaries(st.sampled_from(["shipments", "events", "pieces", "date", "time", "serviceArea", "code",
                                       "shipmentTrackingNumber", "trackingNumber", "receiverDetails", "remarks"]),
                      below, max_size=4),
    max_leaves=10,
)  # fmt: skip


@examples(max_examples=40, deadline=None)
@given(junk)
def test_nothing_that_is_json_fails_otherwise_than_by_a_refusal(value: Any) -> None:
    due = {"receiverDetails": value, "estimatedDeliveryDate": "2026-11-23T23:59:00"}
    inside = (body(value), body(pieces=[value]), body(event(area=value)), body(event(remarks=value)), body(**due))
    for each in (value, {"shipments": [value]}, *inside):
        try:
            taken(each)
        except Refused as refused:
            assert refused.reason


def test_the_table_is_one_of_codes_of_two_letters() -> None:
    assert all(len(code) == 2 and code.isupper() for code in KIND_OF_CODE)


@pytest.mark.parametrize(("offset", "at"), [
    ("+14:00", "2026-11-21T23:56:21Z"), ("-1400", "2026-11-23T03:56:21Z"), ("+14:01", None), ("+15:00", None),
    ("-14:30", None),
])  # fmt: skip
def test_no_clock_is_more_than_fourteen_hours_away(offset: str, at: str | None) -> None:
    found = fact("PL", "13:56:21", None, GMTOffset=offset)
    assert instant(found) == at
    assert ("FIELD_NOT_VALID" in found.warnings) == (at is None)
