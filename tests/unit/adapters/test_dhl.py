"""What DHL's pushes and answers are taken for."""

import json
from typing import Any

import pytest
from doselane.courier.v1 import courier_pb2
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from adapters.courier_dhl.codes import happened
from adapters.courier_dhl.port import beside
from adapters.courier_dhl.settings import settings
from adapters.manifest import Fact, Refused, Translation
from tests.support.dhl import ANSWERED, NUMBER, only, packages, read, scan, shipments, us_scan

Kind = courier_pb2.Milestone.Kind
UNKNOWN = Kind.KIND_UNSPECIFIED


def taken(body: Any, service: str = "express") -> Translation:
    return read(json.dumps(body).encode(), service)


def fact(**changes: Any) -> Fact:
    return only(taken(shipments(scan(**changes))))


def answer(body: Any, asked: str = NUMBER, service: str = "express") -> Translation:
    return read(beside(asked, json.dumps(body).encode()), service, ANSWERED)


def refusal(body: bytes, **given: str) -> Refused:
    with pytest.raises(Refused) as refused:
        read(body, **given)
    return refused.value


@pytest.mark.parametrize(("service", "word", "details", "kind", "code"), [
    ("express", "pre-transit", (), Kind.BOOKED, "pre-transit"),
    ("express", "transit", (), Kind.DEPARTED, "transit"),
    ("express", "delivered", (), Kind.DELIVERED, "delivered"),
    ("express", "failure", (), Kind.EXCEPTION, "failure"),
    ("express", "unknown", (), UNKNOWN, "unknown"),
    ("express", "Pre-Transit", (), Kind.BOOKED, "pre-transit"),  # as the push writes it
    ("express", "PRE_TRANSIT", (), Kind.BOOKED, "pre-transit"),
    ("express", "in transit", (), UNKNOWN, "in transit"),  # no word of the list, however near
    ("express", "in-transit", (), UNKNOWN, "in-transit"),
    ("express", "out-for-delivery", (), UNKNOWN, "out-for-delivery"),
    ("express", "", (), UNKNOWN, ""),
    ("express", "transit", ("WC",), Kind.OUT_FOR_DELIVERY, "WC"),
    ("express", "transit", ("PU",), Kind.COLLECTED, "PU"),
    ("express", "transit", ("UD",), Kind.CUSTOMS_HELD, "UD"),
    ("express", "transit", ("RR",), Kind.OBSERVED, "RR"),  # customs began, or let go: only the remark knows
    ("express", "delivered", ("OK",), Kind.DELIVERED, "OK"),
    ("express", "delivered", ("DD",), Kind.EXCEPTION, "DD"),  # delivered damaged
    ("express", "delivered", ("PD",), Kind.EXCEPTION, "PD"),
    ("express", "delivered", ("TP",), Kind.DEPARTED, "TP"),
    ("express", "transit", ("OK",), UNKNOWN, "OK"),  # one of the two says that it was not delivered
    ("express", "pre-transit", ("OK",), UNKNOWN, "OK"),
    ("express", "unknown", ("OK",), Kind.DELIVERED, "OK"),
    ("express", "", ("OK",), Kind.DELIVERED, "OK"),
    ("express", "transit", ("ZZ",), UNKNOWN, "ZZ"),  # never "in transit" for a code that nobody knows
    ("express", "delivered", ("ZZ",), Kind.DELIVERED, "delivered"),
    ("express", "pre-transit", ("DELIVERED",), Kind.BOOKED, "pre-transit"),  # words, as in DHL's sample
    ("express", "transit", ("The shipment is on its way", "WC"), Kind.OUT_FOR_DELIVERY, "WC"),
    ("parcel-de", "transit", ("PO",), Kind.OUT_FOR_DELIVERY, "PO"),
    ("parcel-de", "delivered", ("ZF",), Kind.ARRIVED, "ZF"),  # at a locker
    ("parcel-de", "transit", ("WC",), UNKNOWN, "WC"),  # a code of another division
    ("ecommerce", "transit", ("598",), Kind.OUT_FOR_DELIVERY, "598"),
    ("ecommerce-europe", "delivered", ("44",), Kind.ARRIVED, "44"),
    ("ecommerce-europe", "delivered", ("63",), Kind.DELIVERED, "63"),
    ("freight", "transit", ("24-501",), Kind.OUT_FOR_DELIVERY, "24-501"),
    ("dgf", "transit", ("HELD_AT_CUSTOMS",), Kind.CUSTOMS_HELD, "HELD_AT_CUSTOMS"),
    ("parcel-nl", "transit", ("HELD_IN_STORAGE",), Kind.DEPARTED, "transit"),  # no list is taken for this division
    ("sameday", "delivered", ("X",), Kind.DELIVERED, "delivered"),
])  # fmt: skip
def test_word_and_code_say_together_what_happened(
    service: str, word: str, details: tuple[str, ...], kind: int, code: str
) -> None:
    found = happened(service, word, *details)
    assert (found.kind, found.code) == (kind, code)
    assert found.code_unknown == (kind == UNKNOWN or details == ("ZZ",))


def test_an_unknown_code_is_taken_and_reported() -> None:
    found = fact(word="teleported")
    assert (found.said.kind, found.said.code, found.kind) == (UNKNOWN, "teleported", "")
    assert found.warnings == ("CODE_UNKNOWN",)


@pytest.mark.parametrize(("written", "country", "instant"), [
    ("2026-11-22T08:00:00Z", "NL", "2026-11-22T08:00:00Z"),
    ("2026-11-22T08:00:00", "NL", "2026-11-22T07:00:00Z"),
    ("2026-11-22T08:00:00", "DE", "2026-11-22T07:00:00Z"),  # Busingen has a zone of its own, with the same clocks
    ("2026-11-22T08:00:00.331986369+01:00", "NL", "2026-11-22T07:00:00.331986Z"),
    ("2026-11-22T08:00:00.999999999Z", "NL", "2026-11-22T08:00:00.999999Z"),
    ("2026-11-22T02:00:00-0500", "US", "2026-11-22T07:00:00Z"),
    ("2026-11-22T08:00:00+05", "PK", "2026-11-22T03:00:00Z"),
    ("2026-11-22T08:00+01:00", "NL", "2026-11-22T07:00:00Z"),
    ("2026-11-22 08:00:00", "NL", "2026-11-22T07:00:00Z"),
])  # fmt: skip
def test_a_time_is_an_instant_by_its_offset_or_by_the_place(written: str, country: str, instant: str) -> None:
    found = fact(at=written, country=country)
    assert found.said.time.ToJsonString() == instant
    assert (found.said.local_time, found.warnings) == (written, ())


@pytest.mark.parametrize(("written", "country", "doubt"), [
    ("2026-11-22T08:00:00", "US", "TIME_ZONE_UNKNOWN"), ("2026-11-22T08:00:00", "", "TIME_ZONE_UNKNOWN"),
    ("2026-11-22T08:00:00", "XX", "TIME_ZONE_UNKNOWN"), ("2026-10-25T02:30:00", "NL", "TIME_AMBIGUOUS"),
    ("2026-03-29T02:30:00", "NL", "TIME_SKIPPED"), ("", "NL", "TIME_MISSING"),
])  # fmt: skip
def test_a_time_that_is_no_instant_is_told_and_never_guessed(written: str, country: str, doubt: str) -> None:
    found = fact(at=written, country=country)
    assert not found.said.HasField("time")
    assert found.said.local_time == written
    assert doubt in found.warnings


def test_a_day_without_a_time_is_no_time() -> None:
    found = fact(at="2026-11-22")
    assert not found.said.HasField("time")
    assert {"TIME_MISSING", "FIELD_NOT_VALID"} <= set(found.warnings)


def test_a_place_in_the_united_states_has_the_zone_of_its_state() -> None:
    address = {"countryCode": "US", "addressLocality": "MELROSE PARK, IL, US", "postalCode": "60160"}
    found = fact(at="2026-11-22T02:00:00", location={"address": address})
    assert found.said.time.ToJsonString() == "2026-11-22T08:00:00Z"
    place = found.said.location
    assert (place.city, place.region, place.postal_code, place.country) == ("MELROSE PARK", "IL", "60160", "US")


@pytest.mark.parametrize("written", [
    "yesterday", "2026-02-31T08:00:00Z", "2026-11-22T25:00:00Z", "20261122T080000Z",
        "2026-11-22T08:00:60Z", "2026-11-22T08:00:00+25:00", "2026-11-22T08:00:00+01:75", "2026-11-22T08:00:00 CET",
])  # fmt: skip
def test_a_time_that_cannot_be_read_refuses_its_event(written: str) -> None:
    refused = refusal(json.dumps(shipments(scan(at=written))).encode())
    assert (refused.reason, refused.place) == ("BODY_NOT_DHL", "/shipments/0/events/0/timestamp")


def test_what_claims_tomorrow_is_refused_and_keeps_back_nothing_else() -> None:
    found = taken(shipments(scan(at="2026-11-24T08:00:00Z"), scan()))
    assert [each.index for each in found.facts] == [1]
    assert {index: each.reason for index, each in found.refused.items()} == {0: "TIME_IN_FUTURE"}
    assert found.proceeds


def test_1970_is_old_and_said_so() -> None:
    found = fact(at="1970-01-01T00:00:00Z", word="delivered")
    assert found.said.time.seconds == 0
    assert "EVENT_OLD" in found.warnings


@pytest.mark.parametrize(("written", "reason"), [
    ("0001-01-01T00:00:00+14:00", "TIME_OUT_OF_RANGE"), ("9999-12-31T23:59:59-14:00", "TIME_IN_FUTURE"),
])  # fmt: skip
def test_the_edges_of_the_calendar_are_refused(written: str, reason: str) -> None:
    assert refusal(json.dumps(shipments(scan(at=written))).encode()).reason == reason
    assert len(taken(shipments(scan(), estimatedTimeOfDelivery=written)).facts) == 1


@pytest.mark.parametrize("number", [7777777770, "7777777770", " 7777777770 "])
def test_a_number_is_a_text_however_it_is_written(number: Any) -> None:
    found = only(taken(shipments(scan(), number=number)))
    assert list(found.said.shipment_references) == ["7777777770"]


def test_leading_zeros_stay() -> None:
    found = only(taken(shipments(scan(), number="00340434292135100124")))
    assert found.references == ("00340434292135100124",)


@pytest.mark.parametrize("number", [None, "", " ", True, 1.5, [], {}])
def test_a_shipment_without_a_number_is_refused(number: Any) -> None:
    refused = refusal(json.dumps(shipments(scan(), number=number)).encode())
    assert (refused.reason, refused.place) == ("BODY_NOT_DHL", "/shipments/0/id")


def test_what_is_about_some_pieces_names_only_them() -> None:
    details = {"pieceIds": ["JD1", "JD2", "JD3"]}
    of_one, of_all, of_none = taken(
        shipments(scan(pieceIds=["JD2"]), scan(pieceIds=["JD3", "JD1", "JD2"], word="failure"),
                  scan(word="delivered"), details=details)
    ).facts  # fmt: skip
    assert of_one.references == ("JD2",)
    assert of_all.references == of_none.references == (NUMBER, "JD1", "JD2", "JD3")


def test_one_event_is_one_fact_by_push_and_by_answer_in_any_spelling() -> None:
    pushed = only(taken(shipments(scan(at="2026-11-22T09:00:00.5+01:00", status="WC", word="Transit"))))
    answered = only(answer(shipments(scan(at="2026-11-22T08:00:00.500Z", status="WC", description="Unterwegs"))))
    assert pushed.key == answered.key
    other = only(taken(shipments(scan(at="2026-11-22T09:00:00.5+01:00", status="PL"))))
    assert other.key != pushed.key


def test_words_tell_events_of_one_moment_apart_where_no_code_does() -> None:
    first, second = taken(shipments(scan(description="Arrived"), scan(description="Departed"))).facts
    assert first.key != second.key


def test_the_state_counts_where_there_are_no_events() -> None:
    body = shipments()
    body["shipments"][0] |= {"events": [], "status": scan(word="delivered")}
    assert only(taken(body)).said.kind == Kind.DELIVERED
    body["shipments"][0]["events"] = [scan()]
    assert only(taken(body)).said.kind == Kind.DEPARTED


def test_a_delivery_of_a_return_is_a_return() -> None:
    found = only(taken(shipments(scan(word="delivered"), returnFlag=True)))
    assert (found.said.kind, found.ends) == (Kind.RETURNED, False)


@pytest.mark.parametrize(("changes", "description"), [
    ({"description": "Processed at AMSTERDAM"}, "Processed at AMSTERDAM"),
    ({"description": "Shipment is out with courier for delivery"}, "Shipment is out with courier for delivery"),
    ({"word": "delivered", "description": "J. SMITH"}, ""),
    ({"status": "DELIVERED", "word": "transit", "description": "J. SMITH"}, ""),
    ({"description": "Delivered : A. SMITH"}, ""),
    ({"description": "Signed for by A. Smith"}, ""),
    ({"description": "Held for john at the counter"}, ""),  # a name that stands elsewhere in the body
    ({"description": None, "remark": "Pending customs"}, "Pending customs"),
])  # fmt: skip
def test_no_name_leaves_the_body(changes: dict[str, Any], description: str) -> None:
    details = {"receiver": {"name": "John"}, "proofOfDelivery": {"signed": {"familyName": "Doe"}}}
    found = only(taken(shipments(scan(**changes), details=details)))
    assert found.said.description == description
    assert "Doe" not in str(found.said)


def test_the_expected_delivery_stands_beside_the_newest_event_and_changes_without_one() -> None:
    window = {"estimatedFrom": "2026-11-22T09:00:00Z", "estimatedThrough": "2026-11-22T12:00:00+01:00"}
    body = shipments(scan(), scan(at="2026-11-22T06:00:00Z"), estimatedDeliveryTimeFrame=window)
    *_, forecast = taken(body).facts
    assert (forecast.said.kind, forecast.said.code) == (Kind.OBSERVED, "estimatedTimeOfDelivery")
    assert forecast.said.expected_delivery_time.ToJsonString() == "2026-11-22T11:00:00Z"
    assert forecast.said.time.ToJsonString() == "2026-11-22T08:00:00Z"
    assert taken(body).facts[-1].key == forecast.key
    body["shipments"][0]["estimatedDeliveryTimeFrame"]["estimatedThrough"] = "2026-11-22T13:00:00+01:00"
    assert taken(body).facts[-1].key != forecast.key


@pytest.mark.parametrize("beside_it", [
    {"estimatedTimeOfDelivery": "2026-11-23T00:00:00Z"},  # a day, and no time of it
    {"estimatedTimeOfDelivery": "2026-11-23"}, {"estimatedTimeOfDelivery": "soon"}, {"estimatedTimeOfDelivery": None},
    {"estimatedTimeOfDelivery": "2026-11-23T10:00:00"},  # local to a place that is not told
    {"estimatedTimeOfDelivery": "2026-11-23T10:00:00", "destination": {"address": {"countryCode": "US"}}},
])  # fmt: skip
def test_an_expectation_without_an_instant_is_none(beside_it: dict[str, Any]) -> None:
    assert len(taken(shipments(scan(), **beside_it)).facts) == 1


def test_a_local_expectation_is_the_receivers_time() -> None:
    to = {"address": {"countryCode": "NL"}}
    found = taken(shipments(scan(), destination=to, estimatedTimeOfDelivery="2026-11-23T10:00:00")).facts[-1]
    assert found.said.expected_delivery_time.ToJsonString() == "2026-11-23T09:00:00Z"


def test_nothing_is_expected_of_what_was_delivered() -> None:
    found = taken(shipments(scan(word="delivered"), estimatedTimeOfDelivery="2026-11-23T10:00:00Z"))
    assert only(found).ends


def test_an_answer_names_the_number_that_was_asked_for() -> None:
    assert only(answer(shipments(scan()), "JD014600006281230704")).references == (NUMBER, "JD014600006281230704")
    two = shipments(scan())
    two["shipments"] *= 2
    assert {each.references for each in answer(two, "JD1").facts} == {(NUMBER,)}  # of which of them nobody knows


def test_the_shipment_of_another_division_is_left_out_of_an_answer() -> None:
    body = shipments(scan())
    body["shipments"].append({**body["shipments"][0], "service": "parcel-de", "id": "1"})
    found = answer(body)
    assert [each.references for each in found.facts] == [(NUMBER,)]
    assert [each.reason for each in found.refused.values()] == ["SHIPMENT_OF_OTHER_DIVISION"]
    assert len(taken(body).facts) == 2  # who pushes says himself which one it is


@pytest.mark.parametrize(("body", "reason"), [
    (b"", "BODY_EMPTY"), (b"<html>maintenance</html>", "BODY_NOT_JSON"), (b'{"shipments": [', "BODY_NOT_JSON"),
    ('{"shipments": [{"id": "\u00fc"}]}'.encode("latin-1"), "BODY_NOT_UTF8"),
    ('{"shipments": []}'.encode("utf-16"), "BODY_NOT_UTF8"),
    (b"[]", "BODY_NOT_DHL"), (b"null", "BODY_NOT_DHL"), (b"{}", "BODY_NOT_DHL"), (b'"x"', "BODY_NOT_DHL"),
    (b'{"shipments": {}}', "BODY_NOT_DHL"), (b'{"shipments": [1]}', "BODY_NOT_DHL"),
    (b'{"shipments": [{"id": 1, "events": {}}]}', "BODY_NOT_DHL"),
    (b'{"shipments": [{"id": 1, "events": [1]}]}', "BODY_NOT_DHL"),
    (b'{"scope": "subscription.push", "parcels": []}', "BODY_NOT_DHL"),
    (b'{"title": "No result found", "status": 404, "detail": "x"}', "BODY_SAYS_ERROR"),
    (b'{"scope": "subscription.failure", "failure": {"title": "Not Found", "status": 501}}', "SUBSCRIPTION_FAILED"),
    (b'{"shipments": [{"id": "a\\u0000b"}]}', "TEXT_NOT_STORABLE"),
])  # fmt: skip
def test_what_is_no_body_of_dhl_is_refused_with_its_reason(body: bytes, reason: str) -> None:
    assert refusal(body).reason == reason


@pytest.mark.parametrize(("raw", "reason"), [
    (b"<html></html>", "BODY_NOT_JSON"), (b"", "BODY_NOT_DHL"), (b'{"shipments":[]', "BODY_NOT_JSON"),
    (b'{"shipments":[]}}', "BODY_NOT_JSON"), (b"\xff", "BODY_NOT_UTF8"), (b"[]", "BODY_NOT_DHL"),
    (b'{"shipments":[]},"answer":{"shipments":[]}', "KEY_REPEATED"),
    (b'{"title":"Error","status":500,"detail":"x"}', "BODY_SAYS_ERROR"),
])  # fmt: skip
def test_an_answer_that_is_none_is_refused_beside_its_number(raw: bytes, reason: str) -> None:
    assert refusal(beside(NUMBER, raw), webhook=ANSWERED).reason == reason


def test_every_cut_of_a_body_is_refused() -> None:
    whole = json.dumps(shipments(scan(), details={"receiver": {"name": "J\u00f6rg"}}), ensure_ascii=False).encode()
    for end in range(len(whole)):
        assert refusal(whole[:end]).reason in {"BODY_EMPTY", "BODY_NOT_JSON", "BODY_NOT_UTF8"}


@pytest.mark.parametrize("scope", ["subscription.created", "subscription.renewed"])
def test_the_life_of_a_subscription_is_taken_and_remarked(scope: str) -> None:
    found = taken({"scope": scope, "self": "1", "secret": "s", "expires": "2027-01-01T00:00:00Z"})
    assert (found.facts, scope in found.remark) == ((), True)


def test_a_push_with_its_scope_brings_its_shipments() -> None:
    assert only(taken({"scope": "subscription.push", "self": "x", **shipments(scan())})).said.kind == Kind.DEPARTED


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda below: st.lists(below, max_size=3)
    | st.dictionaries(st.sampled_from(["shipments", "id", "events", "timestamp", "location", "address", "status",
                                       "packages", "package", "trackingId", "date", "time", "details", "scope"]),
                      below, max_size=4),
    max_leaves=12,
)  # fmt: skip


@examples(max_examples=40, deadline=None)
@given(junk)
def test_nothing_that_is_json_fails_otherwise_than_by_a_refusal(value: Any) -> None:
    for body in (value, {"shipments": [value]}, shipments(value), packages(value), packages(us_scan(location=value))):
        try:
            taken(body)
        except Refused as refused:
            assert refused.reason


@pytest.mark.parametrize(("options", "words"), [
    ({}, "options.service"), ({"service": "Express"}, "options.service"), ({"service": ["x"]}, "options.service"),
    ({"service": "express", "pause_s": True}, "options.pause_s"), ({"service": "express", "pause_s": 61}, "pause_s"),
    ({"service": "express", "key": "x"}, "no option 'key'"),
])  # fmt: skip
def test_wrong_options_are_named(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        settings(options)
