"""What `courier_mydhl` relies on in MyDHL API: tracking of many numbers, and of one with its offsets."""

from typing import Any

from pact import Pact, match
from pact.interaction import HttpInteraction

from tests.contracts.consumers.words import text
from tests.contracts.vendors.forms import authorization

NAME, PROVIDER, API = "doselane-courier-mydhl", "mydhl-api", "/mydhlapi"
USER, PASSWORD = "northlake", "mydhl-password-0001"
WAYBILL, OTHER, UNKNOWN, PIECE = "1234567890", "1234567891", "1234567899", "JD012345678901234567"
NOTHING_SCANNED, SCANNED = "nothing was scanned", "a waybill with a piece was scanned in an area of no known zone"
VIEW = (("trackingView", "all-checkpoints-with-remarks"), ("levelOfDetail", "all"))
WAYBILLS, PIECES = "shipmentTrackingNumber", "pieceTrackingNumber"
JSON, PROBLEM = "application/json", "application/problem+json"
_REFERENCE = match.regex("0198a1b2-6f00-7000-8000-0000000000aa", regex=r"^[0-9a-f-]{36}$")


def contract() -> Pact:
    """All that the adapter relies on."""
    pact = Pact(NAME, PROVIDER).with_specification("V4")
    for step in (reads_many, reads_a_piece, reads_one_with_offsets, finds_none, is_refused, is_not_believed):
        step(pact)
    return pact


def reads_many(pact: Pact) -> None:
    """Waybills in one call; those without a scan are left out. Times are local."""
    _found(_asked(pact, "two waybills of which one was scanned", SCANNED, (WAYBILLS, WAYBILL), (WAYBILLS, OTHER)))


def reads_a_piece(pact: Pact) -> None:
    """A piece is answered with the shipment that it is part of."""
    _found(_asked(pact, "a piece that was scanned", SCANNED, (PIECES, PIECE)))


def reads_one_with_offsets(pact: Pact) -> None:
    """The same shipment, each event with the offset of its clocks."""
    asked = pact.upon_receiving("a waybill with the offset of each event").given(SCANNED)
    asked.with_request("GET", f"{API}/shipments/{WAYBILL}/tracking")
    _found(_query(asked, *VIEW, ("requestGMTOffsetPerEvent", "true")), GMTOffset=text("+09:00", r"^[+-]\d\d:\d\d$"))


def finds_none(pact: Pact) -> None:
    """A document of an error, and not a page of a proxy."""
    _says_no(_asked(pact, "a waybill that DHL does not know", NOTHING_SCANNED, (WAYBILLS, UNKNOWN)), 404)


def is_refused(pact: Pact) -> None:
    """A number of another form holds back none of the others: the adapter asks for each half alone."""
    _says_no(_asked(pact, "a waybill of another form", NOTHING_SCANNED, (WAYBILLS, "12345")), 400)


def is_not_believed(pact: Pact) -> None:
    """The status says so; what else stands in the answer may be a page."""
    asked = pact.upon_receiving("a call with another password").given(SCANNED).with_request("GET", f"{API}/tracking")
    _query(asked, *VIEW, (WAYBILLS, WAYBILL), password="another").will_respond_with(401)


def _asked(pact: Pact, description: str, state: str, *numbers: tuple[str, str]) -> HttpInteraction:
    asked = pact.upon_receiving(description).given(state).with_request("GET", f"{API}/tracking")
    return _query(asked, *VIEW, *numbers)


def _query(asked: HttpInteraction, *said: tuple[str, str], password: str = PASSWORD) -> HttpInteraction:
    for name, value in said:
        asked.with_query_parameter(name, value)
    asked.with_header("x-version", "3.1.0").with_header("Message-Reference", _REFERENCE)
    return asked.with_header("Accept-Language", "eng").with_header("Authorization", authorization(USER, password))


def _found(asked: HttpInteraction, **more: Any) -> None:
    event = {
        "date": text("2026-11-22", r"^\d{4}-\d\d-\d\d$"),
        "time": text("18:00:00", r"^\d\d:\d\d:\d\d$"),
        "typeCode": text("PU", "^[A-Z]{2}$"),
        "description": text("As DHL words it", ".+"),
        "serviceArea": match.each_like({"code": text("XQX", "^[A-Z]{3}$"), "description": text("SOMEWHERE", ".+")}),
        **more,
    }
    shipment = {
        "shipmentTrackingNumber": WAYBILL,
        "status": "Success",
        "events": match.each_like(event, min=1),
        "pieces": match.each_like({"trackingNumber": text(PIECE, "^J?JD[0-9A-Z]+$")}, min=1),
    }
    asked.will_respond_with(200).with_body({"shipments": [shipment]}, JSON)


def _says_no(asked: HttpInteraction, status: int) -> None:
    said = {"title": text("No data found", ".+"), "detail": text("A sentence for people.", ".+"), "status": str(status)}
    asked.will_respond_with(status).with_body(said, PROBLEM)
