"""What a logistics event is taken for: codes, kinds of time, places, zones, shipments."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from doselane.courier.v1.courier_pb2 import Milestone

from adapters.courier_onerecord.codes import KIND_OF_CODE
from adapters.courier_onerecord.waybill import waybill_number, waybill_number_in
from adapters.manifest import Refused
from tests.support.onerecord import NOW, SERVER, SHIPMENT, THEIRS, WAYBILL, event, fetched, only, posted

Kind = Milestone.Kind
OLD_LIST = "https://onerecord.iata.org/ns/coreCodeLists#StatusCode_"


def located(code: str = "", **said: Any) -> dict[str, Any]:
    codes = {"cargo:locationCodes": [{"@type": "cargo:CodeListElement", "cargo:code": code}]} if code else {}
    return {"@type": "cargo:Location", **codes, **{f"cargo:{name}": value for name, value in said.items()}}


def at_point(latitude: Any, longitude: Any) -> dict[str, Any]:
    return located(geolocation={"cargo:latitude": latitude, "cargo:longitude": longitude})


@pytest.mark.parametrize(("code", "kind"), [
    ("BKD", Kind.BOOKED), ("FOH", Kind.COLLECTED), ("RCS", Kind.COLLECTED), ("DPU", Kind.COLLECTED),
    ("DEP", Kind.DEPARTED), ("ARR", Kind.ARRIVED), ("RCF", Kind.ARRIVED), ("RCT", Kind.ARRIVED), ("NFD", Kind.ARRIVED),
    ("DLV", Kind.ARRIVED), ("DDL", Kind.DELIVERED), ("TGC", Kind.CUSTOMS_HELD), ("CCD", Kind.CUSTOMS_CLEARED),
    ("CRC", Kind.OBSERVED), ("MAN", Kind.OBSERVED), ("TFD", Kind.OBSERVED), ("AWD", Kind.OBSERVED),
    ("DIS", Kind.EXCEPTION), ("DIS_OFLD", Kind.EXCEPTION), ("DIS_MSCA", Kind.EXCEPTION),
])  # fmt: skip
def test_the_status_codes_of_air_cargo(code: str, kind: int) -> None:
    fact = only(posted(event(code)))
    assert (fact.said.kind, fact.said.code, fact.warnings) == (kind, code, ())


def test_the_list_has_all_codes_of_the_standard() -> None:
    of_standard = """ARR AWD AWR BKD CCD CRC DDL DEP DIS_DFLD DIS_FDAV DIS_FDAW DIS_FDCA DIS_FDMB DIS_MSAV DIS_MSAW
        DIS_MSCA DIS_MSMB DIS_OFLD DIS_OVCD DIS_SSPD DLV DOC DPU FIW FOH FOW MAN NFD OCI OSI PRE RCF RCS RCT TFD TGC
        TRM"""
    assert KIND_OF_CODE.keys() == {"DIS", *of_standard.split()}
    assert Kind.KIND_UNSPECIFIED not in KIND_OF_CODE.values()


@pytest.mark.parametrize(("code", "known"), [
    ({"@id": f"{OLD_LIST}DEP"}, True),
    ({"@id": f" {OLD_LIST}DEP"}, True),
    ("DEP", True),
    ({"@type": "cargo:CodeListElement", "cargo:code": "DEP"}, True),
    ({"cargo:code": "DEP", "cargo:codeListName": "Status Code 1.18"}, True),
    ({"cargo:code": "DEP", "cargo:codeListReference": "https://onerecord.iata.org/ns/code-lists/StatusCode"}, True),
    ([{"@id": "https://skyfreight.example/codes#GONE"}, {"@id": f"{OLD_LIST}DEP"}], True),
    ({"@type": "cargo:CodeListElement", "cargo:code": {"@id": f"{OLD_LIST}DEP"}}, True),
    ({"@id": "_:c", "cargo:code": {"@id": "https://onerecord.iata.org/ns/code-lists/StatusCode#DEP"}}, True),
    ({"cargo:code": {"@id": "https://skyfreight.example/codes#DEP"}}, False),
    ({"cargo:code": "DEP", "cargo:codeListName": "Skyfreight internal codes"}, False),
    ({"@id": "https://skyfreight.example/codes#DEP"}, False),
    ({"@id": f"{OLD_LIST}ZZZ"}, False),
    ("dep", False), ("", False), (None, False), ([], False), (7, False), ({}, False),
])  # fmt: skip
def test_a_code_is_known_by_its_list_and_else_stays_unknown(code: Any, known: bool) -> None:
    fact = only(posted(event(eventCode=code)))
    assert (fact.said.kind == Kind.DEPARTED, "CODE_UNKNOWN" in fact.warnings) == (known, not known)


def test_a_carriers_own_codes_mean_what_the_account_says_and_none_of_the_lists_can_be_changed() -> None:
    own = {"GDL": "OUT_FOR_DELIVERY", "https://skyfreight.example/codes#X1": "DELAYED"}
    assert only(posted(event(eventCode="GDL"), codes=own)).said.kind == Kind.OUT_FOR_DELIVERY
    for code in ("https://skyfreight.example/codes#X1", "https://skyfreight.example/other#GDL"):
        assert only(posted(event(eventCode={"@id": code}), codes=own)).said.kind in (
            Kind.DELAYED,
            Kind.OUT_FOR_DELIVERY,
        )
    with pytest.raises(ValueError, match="what DPU means"):
        posted(event(), codes={"DPU": "DELIVERED"})  # SmartKargo's; in air cargo it is a pick-up


@pytest.mark.parametrize("time_type", ["EXPECTED", "ESTIMATED", "PLANNED", "REQUESTED"])
@pytest.mark.parametrize("code", ["DEP", "RCF", "DIS", "CCD"])
def test_only_what_is_actual_moves_a_shipment(code: str, time_type: str) -> None:
    fact = only(posted(event(code, NOW + timedelta(days=3), time_type, creationDate="2026-11-22T08:00:00Z")))
    assert (fact.said.kind, fact.said.code) == (Kind.OBSERVED, f"{code}/{time_type}")
    assert fact.said.time.ToJsonString() == "2026-11-22T08:00:00Z"  # when it was said, not when it may happen
    assert "2026-11-25T09:00:00" in fact.said.description
    assert not fact.said.HasField("expected_delivery_time")
    assert not fact.ends


@pytest.mark.parametrize(("time_type", "expected"), [
    ("EXPECTED", True), ("ESTIMATED", True), ("PLANNED", True), ("REQUESTED", False),
])  # fmt: skip
def test_an_expected_delivery_at_the_door_is_told_as_such(time_type: str, expected: bool) -> None:
    said = only(posted(event("DDL", NOW + timedelta(days=1), time_type))).said
    assert said.HasField("expected_delivery_time") == expected
    assert (said.kind, said.HasField("time")) == (Kind.OBSERVED, False)
    assert not only(posted(event("DLV", NOW, time_type))).said.HasField("expected_delivery_time")


def test_who_does_not_say_that_a_time_is_actual_moves_nothing_unless_the_account_says_so() -> None:
    value = event(eventTimeType=None)
    translation = posted(value)
    assert only(translation).said.kind == Kind.OBSERVED
    assert "does not say cargo:eventTimeType" in translation.remark
    assert only(posted(value, untyped_events="ACTUAL")).said.kind == Kind.DEPARTED
    with pytest.raises(Refused, match="BODY_NOT_ONE_RECORD"):
        posted(event(time_type="PERHAPS"))


@pytest.mark.parametrize(("written", "kind", "code"), [
    ("Actual", Kind.DEPARTED, "DEP"), ("Planned", Kind.OBSERVED, "DEP/PLANNED"), ("actual", Kind.DEPARTED, "DEP"),
    ({"@value": "Expected"}, Kind.OBSERVED, "DEP/EXPECTED"),
])  # fmt: skip
def test_a_kind_of_time_may_be_a_text_as_it_was_before_it_was_a_word_of_a_list(
    written: Any, kind: Any, code: str
) -> None:
    fact = only(posted(event("DEP", eventTimeType=written)))
    assert (fact.said.kind, fact.said.code) == (kind, code)
    assert fact.key == only(posted(event("DEP", time_type=code.partition("/")[2] or "ACTUAL"))).key


def test_what_is_of_some_pieces_only_moves_nothing_but_their_loss_is_told() -> None:
    for partial in (True, "true", {"@type": "http://www.w3.org/2001/XMLSchema#boolean", "@value": "true"}):
        fact = only(posted(event("DEP", partialEventIndicator=partial)))
        assert (fact.said.kind, fact.said.code) == (Kind.OBSERVED, "DEP/PARTIAL")
    assert only(posted(event("DIS_SSPD", partialEventIndicator=True))).said.kind == Kind.EXCEPTION
    assert only(posted(event("DEP", partialEventIndicator="false"))).said.kind == Kind.DEPARTED


HOSPITAL = f"{THEIRS}/logistics-objects/northlake"
NORTHLAKE = {"@id": HOSPITAL, "@type": "cargo:Location", "cargo:locationName": "Northlake Oncology"}


@pytest.mark.parametrize(("ends_at", "delivered_at", "kind"), [
    (None, located("JFK"), Kind.ARRIVED),
    (located("JFK"), located("JFK"), Kind.ARRIVED),  # into the hands of an agent at the airport
    (located("JFK"), located("BOS"), Kind.ARRIVED),
    (NORTHLAKE, {"@id": HOSPITAL}, Kind.DELIVERED),
    (NORTHLAKE, located("JFK"), Kind.ARRIVED),
    (located("USNLK"), located("US NLK"), Kind.DELIVERED),
    (NORTHLAKE, None, Kind.ARRIVED),
])  # fmt: skip
def test_a_delivery_is_one_to_the_site_only_where_the_waybill_ends_there(
    ends_at: Any, delivered_at: Any, kind: int
) -> None:
    waybill = {"@type": "cargo:Waybill", "cargo:waybillPrefix": "020", "cargo:waybillNumber": "12345675"}
    if ends_at:
        waybill["cargo:arrivalLocation"] = ends_at
    shipment = {"@id": SHIPMENT, "@type": "cargo:Shipment", "cargo:waybill": waybill}
    fact = only(posted(event("DLV", eventFor=shipment, eventLocation=delivered_at)))
    assert (fact.said.kind, fact.ends) == (kind, True)


@pytest.mark.parametrize(("at", "location", "time", "warnings"), [
    ("2026-11-22T08:00:00Z", None, "2026-11-22T08:00:00Z", ()),
    ("2026-11-22T08:00:00.123456789Z", None, "2026-11-22T08:00:00.123456Z", ()),
    ("2026-11-22T03:00-05:00", None, "2026-11-22T08:00:00Z", ()),
    ("2026-11-22 09:00:00+0100", None, "2026-11-22T08:00:00Z", ()),
    ("2026-11-22T03:00:00", located("JFK"), "2026-11-22T08:00:00Z", ()),
    ("2026-11-22T09:00:00", located("FRA", address={"cargo:country": {"@id": "https://vocabulary.uncefact.org/CountryId#DE"}}),
     "2026-11-22T08:00:00Z", ()),
    ("2026-11-22T09:00:00", located("DEFRA"), "2026-11-22T08:00:00Z", ()),
    ("2026-11-22T09:00:00", at_point(50.0333, "8.5706"), "2026-11-22T08:00:00Z", ()),
    ("2026-11-22T09:00:00", None, "", ("TIME_ZONE_UNKNOWN",)),
    ("2026-11-22T09:00:00", located("QQQ"), "", ("TIME_ZONE_UNKNOWN",)),
    ("2026-11-22T09:00:00", {"@id": f"{THEIRS}/logistics-objects/FRA"}, "", ("TIME_ZONE_UNKNOWN",)),
    ("2026-11-22T09:00:00", at_point(0.5, -30.0), "", ("TIME_ZONE_UNKNOWN",)),  # the middle of the Atlantic
    ("2026-11-22T09:00:00", at_point(95, 8), "", ("TIME_ZONE_UNKNOWN", "FIELD_NOT_VALID")),
    ("2026-11-22T09:00:00", at_point(0, 0), "", ("TIME_ZONE_UNKNOWN", "FIELD_NOT_VALID")),
    ("2026-10-25T02:30:00", located("FRA"), "", ("TIME_AMBIGUOUS",)),
    ("1970-01-01T00:00:00Z", None, "", ("TIME_MISSING",)),
    ("1970-01-01T00:00:00", located("FRA"), "", ("TIME_MISSING",)),
    ("1969-07-20T20:17:00Z", None, "1969-07-20T20:17:00Z", ("EVENT_OLD",)),
    ("2026-11-23T08:00:00Z", None, "2026-11-23T08:00:00Z", ("EVENT_EARLY",)),
])  # fmt: skip
def test_times_are_instants_by_their_offset_or_their_place_or_unknown(
    at: str, location: Any, time: str, warnings: tuple[str, ...]
) -> None:
    fact = only(posted(event("DEP", at, eventLocation=location)))
    assert (fact.said.time.ToJsonString() if fact.said.HasField("time") else "") == time
    assert fact.warnings == warnings
    assert fact.said.local_time == at


@pytest.mark.parametrize(("at", "reason"), [
    ("2026-11-23T09:01:00Z", "TIME_IN_FUTURE"), ("9999-12-31T23:59:59Z", "TIME_IN_FUTURE"),
    ("0001-01-01T00:00:00Z", "TIME_OUT_OF_RANGE"), ("yesterday", "BODY_NOT_ONE_RECORD"),
    ("2026-02-31T00:00:00Z", "BODY_NOT_ONE_RECORD"), ("2026-11-22T25:00:00Z", "BODY_NOT_ONE_RECORD"),
    ("2026-11-22", "BODY_NOT_ONE_RECORD"), ("2026-11-22T09:00:00+99:00", "BODY_NOT_ONE_RECORD"),
])  # fmt: skip
def test_times_that_cannot_be_refuse_the_event_with_their_place(at: str, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        posted(event("DEP", at))
    assert refused.value.reason == reason
    assert "eventDate" in refused.value.place


def test_an_event_without_a_date_or_with_two_is_refused_as_the_standard_wants() -> None:
    for wrong in (None, "", [], ["2026-11-22T08:00:00Z", "2026-11-22T09:00:00Z"]):
        with pytest.raises(Refused) as refused:
            posted(event(eventDate=wrong))
        assert "eventDate" in refused.value.words


def test_a_place_is_told_as_far_as_it_is_known() -> None:
    address = {
        "cargo:country": {"@id": "https://vocabulary.uncefact.org/CountryId#US"},
        "cargo:textualPostCode": "11430",
    }
    whole = located("JFK", locationName="John F. Kennedy", address=address,
                    geolocation={"cargo:latitude": 40.64, "cargo:longitude": -73.78})  # fmt: skip
    place = only(posted(event(eventLocation=whole))).said.location
    assert (place.place, place.city, place.country, place.postal_code) == ("JFK", "John F. Kennedy", "US", "11430")
    assert (place.latitude_degrees, place.longitude_degrees) == (40.64, -73.78)
    link = {"@id": f"{THEIRS}/logistics-objects/FRA"}
    assert only(posted(event(recordedAtLocation=link))).said.location.place == link["@id"]
    assert only(fetched({"@context": event()["@context"], "@id": link["@id"], **located("FRA")},
                        event(eventLocation=link))).said.location.place == "FRA"  # fmt: skip
    assert not only(posted(event())).said.HasField("location")


@pytest.mark.parametrize(
    "of", ["020-12345675", "waybill-020-12345675", "02012345675", f"{SERVER}/logistics-objects/020-12345675"]
)
def test_a_shipment_is_found_by_its_waybill_in_each_of_its_spellings(of: str) -> None:
    value = event(eventFor={"@id": of} if of.startswith("https") else None)
    found = posted(value, of="" if of.startswith("https") else of)
    assert {"020-12345675", "02012345675", "020 12345675"} <= set(only(found).references)


def test_a_number_with_a_wrong_check_digit_is_no_waybill() -> None:
    assert (
        waybill_number("020-12345675") == waybill_number(" 020 12345675 ") == waybill_number("02012345675") == WAYBILL
    )
    assert (
        waybill_number("020-12345678") == waybill_number("1Z999AA10123456784") == waybill_number("٠٢٠-12345675") == ""
    )
    assert waybill_number_in(f"{THEIRS}/logistics-objects/waybill-020-12345675") == WAYBILL
    assert waybill_number_in(f"{THEIRS}/logistics-objects/9020-12345675") == ""


def test_the_waybill_of_a_piece_is_that_of_its_shipment_wherever_it_stands() -> None:
    context, piece = event()["@context"], f"{THEIRS}/logistics-objects/piece"
    documents = [
        event(eventFor={"@id": piece}),
        {"@context": context, "@id": piece, "@type": "cargo:Piece", "cargo:ofShipment": {"@id": SHIPMENT}},
        {"@context": context, "@id": SHIPMENT, "@type": "cargo:Shipment", "cargo:waybill": {"@id": "_:w"}},
        {"@context": context, "@id": "_:w", "@type": "cargo:Waybill", "cargo:waybillPrefix": "020",
         "cargo:waybillNumber": 12345675},
    ]  # fmt: skip
    assert WAYBILL in only(fetched(*documents)).references


def test_an_event_under_another_id_is_the_same_event_and_one_at_another_time_is_not() -> None:
    known = only(posted(event()))
    for name in ("https://other.example/logistics-objects/a/logistics-events/1", "_:b0", "internal:77"):
        assert only(posted(event(**{"@id": name}))).key == known.key
    assert only(posted(event(at="2026-11-22T09:00:01Z"))).key != known.key
    assert only(posted(event("ARR"))).key != known.key
    assert only(posted(event(), of="176-12345675")).key != known.key


def test_an_event_without_an_id_gets_an_address_on_our_server() -> None:
    first = only(posted(event()))
    assert re.fullmatch(
        rf"{re.escape(SERVER)}/logistics-objects/020-12345675/logistics-events/[0-9a-f]{{64}}", first.event_id
    )
    assert only(posted(event(eventName="in other words"))).event_id == first.event_id


def test_a_body_too_large_for_the_bus_is_refused_while_the_sender_listens() -> None:
    with pytest.raises(Refused) as refused:
        posted(event(eventName="a" * 1_000_000))
    assert refused.value.reason == "EVENT_TOO_LARGE"


def test_of_many_events_one_that_cannot_be_read_keeps_back_none_of_the_others() -> None:
    good = [event("DEP", datetime(2026, 11, 22, hour, tzinfo=UTC)) for hour in range(5)]
    wrong = event("DEP", "soon")
    found = fetched({"@context": event()["@context"], "@type": "api:Collection", "api:hasItem": [*good, wrong]})
    assert (len(found.facts), list(found.refused)) == (5, [5])
    assert fetched({"@type": "api:Collection", "api:hasTotalItems": 0}).facts == ()
    with pytest.raises(Refused):
        fetched(wrong)
