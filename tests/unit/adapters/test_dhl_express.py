"""How Express speaks in the unified interface: no codes, fixed words, and places in one text."""

import json
from typing import Any

import pytest
from doselane.courier.v1 import courier_pb2

from adapters.manifest import Fact, Translation
from tests.support.dhl import only, read, scan, shipments

Kind = courier_pb2.Milestone.Kind
UNKNOWN = Kind.KIND_UNSPECIFIED


def taken(body: Any) -> Translation:
    return read(json.dumps(body).encode())


def fact(**changes: Any) -> Fact:
    return only(taken(shipments(scan(**changes))))


@pytest.mark.parametrize(("words", "kind"), [
    ("Shipment picked up", Kind.COLLECTED), ("Arrived at DHL Sort Facility  BRUSSELS - BELGIUM", Kind.ARRIVED),
    ("Processed at BRUSSELS - BELGIUM", Kind.ARRIVED), ("Processed for clearance at BRUSSELS", Kind.DEPARTED),
    ("Shipment has departed from a DHL facility BRUSSELS - BELGIUM", Kind.DEPARTED),
    ("Customs clearance status updated. Note - The process may start in transit.", Kind.OBSERVED),
    ("Clearance processing complete at BRUSSELS", Kind.CUSTOMS_CLEARED), ("Shipment is on hold", Kind.EXCEPTION),
    ("SHIPMENT IS OUT WITH COURIER FOR DELIVERY", Kind.OUT_FOR_DELIVERY),
    ("Delivered", Kind.DEPARTED),  # the word says that it is under way, and no words make a delivery
    ("Shipment will be picked up", Kind.DEPARTED),
])  # fmt: skip
def test_express_says_in_fixed_words_what_its_one_word_leaves_open(words: str, kind: int) -> None:
    found = fact(description=words)
    assert (found.said.kind, found.said.code) == (kind, "transit")
    assert ("KIND_FROM_WORDS" in found.warnings) == (kind != Kind.DEPARTED or "departed" in words)
    assert "CODE_UNKNOWN" not in found.warnings
    unsaid = fact(word="", description=words)
    assert "CODE_UNKNOWN" in unsaid.warnings
    assert unsaid.said.kind == (kind if "KIND_FROM_WORDS" in found.warnings else UNKNOWN)
    assert only(taken(shipments(scan(description=words), service="sameday"))).said.kind == Kind.DEPARTED


def express(words: str, at: str, place: str = "LOS ANGELES, CA - USA") -> dict[str, Any]:
    """An event as Express gave it for years: local, without a word, its place in one text."""
    where = {"address": {"addressLocality": place}}
    return {"timestamp": at, "location": where, "description": words, "pieceIds": ["JD014600009057819381"]}


def test_the_state_of_the_shipment_is_the_word_of_the_event_that_it_repeats() -> None:
    last, before = express("Delivered", "2026-11-21T10:21:00"), express("Shipment picked up", "2026-11-21T08:35:00")
    state = {**last, "statusCode": "delivered", "status": "delivered"}
    del state["pieceIds"]
    details = {"pieceIds": ["JD014600009057819381"], "proofOfDelivery": {"signed": {"name": "Delivered"}}}
    found = taken(shipments(last, before, status=state, details=details))
    assert [(each.said.kind, each.ends) for each in found.facts] == [(Kind.DELIVERED, True), (Kind.COLLECTED, False)]
    assert found.facts[0].said.time.ToJsonString() == "2026-11-21T18:21:00Z"  # in California
    place = found.facts[0].said.location
    assert (place.city, place.region, place.country) == ("LOS ANGELES", "CA", "US")
    # The same event, when the shipment has come further and the state is another one's, is the same fact.
    later = taken(shipments(express("Damage found", "2026-11-21T12:00:00"), last, before, details=details))
    assert later.facts[1].key == found.facts[0].key


@pytest.mark.parametrize(("written", "repeated"), [
    ("2026-11-22T08:00:00", True), ("2026-11-22T08:00:00Z", True),  # a Z on what the event gives as local time
    ("2026-11-22T07:00:00Z", True), ("2026-11-22T09:00:00", False), ("2026-11-22T07:30:00Z", False),
    ("", True),  # a state that does not say when is the newest event, if that says the same
])  # fmt: skip
def test_a_state_that_repeats_no_event_is_one(written: str, repeated: bool) -> None:
    event = scan(at="2026-11-22T08:00:00+01:00", word="transit", description="Arrived")
    state = scan(at=written, word="transit", description="Arrived")
    assert len(taken(shipments(event, status=state)).facts) == (1 if repeated else 2)


def test_a_state_without_a_word_adds_nothing() -> None:
    assert len(taken(shipments(scan(), status={"description": "On its way"})).facts) == 1


@pytest.mark.parametrize(("text", "city", "region", "country"), [
    ("BRUSSELS - BELGIUM", "BRUSSELS", "", "BE"), ("AMSTERDAM - NETHERLANDS, THE", "AMSTERDAM", "", "NL"),
    ("CABINTEELY - IRELAND, REPUBLIC OF", "CABINTEELY", "", "IE"), ("EXAMPLE-CITY - UK", "EXAMPLE-CITY", "", "GB"),
    ("DELHI (NEW DELHI) - INDIA", "DELHI (NEW DELHI)", "", "IN"), ("LEIPZIG - DE", "LEIPZIG", "", "DE"),
    ("MILAN - MALPENSA - ITALY", "MILAN - MALPENSA", "", "IT"), ("LOS ANGELES - USA", "LOS ANGELES", "", "US"),
    ("SEOUL - KOREA, REPUBLIC OF (SOUTH K.)", "SEOUL", "", "KR"), ("HK - HONG KONG SAR, CHINA", "HK", "", "HK"),
    ("LOS ANGELES HUB, CA - USA", "LOS ANGELES HUB", "CA", "US"), ("HUB - Ohio - USA", "HUB", "Ohio", "US"),
    ("ROANOKE - VIRGINIA,VA - USA", "ROANOKE", "VA", "US"), ("TORONTO - ON - CANADA", "TORONTO", "ON", "CA"),
    ("Newark, NJ, US", "Newark", "NJ", "US"), ("LEIPZIG", "LEIPZIG", "", ""), ("USA", "USA", "", ""),
    ("SOMEWHERE - EXAMPLELAND", "SOMEWHERE - EXAMPLELAND", "", ""),
])  # fmt: skip
def test_a_place_in_one_text_is_taken_apart(text: str, city: str, region: str, country: str) -> None:
    place = fact(location={"address": {"addressLocality": text}}).said.location
    assert (place.city, place.region, place.country) == (city, region, country)


def test_a_country_that_stands_apart_goes_before_one_in_the_text() -> None:
    address = {"countryCode": "FR", "addressLocality": "BASEL - SWITZERLAND"}
    place = fact(location={"address": address}).said.location
    assert (place.city, place.country) == ("BASEL - SWITZERLAND", "FR")
