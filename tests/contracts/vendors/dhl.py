"""What `courier_dhl` relies on in DHL's unified tracking: its one call, and what it reads of the answer."""

from pact import Pact, match
from pact.interaction import HttpInteraction

from tests.contracts.consumers.words import text

NAME, PROVIDER = "doselane-courier-dhl", "dhl-unified-tracking"
KEY, SERVICE = "dhl-key-0000000001", "express"
WAYBILL, UNKNOWN, PIECE = "7777777770", "7777777779", "JD014600006281230704"
NOTHING_SCANNED, SCANNED = "nothing was scanned", "a waybill of Express was scanned"
USED_UP = "the calls of the day are used up"
SCANNED_AT = "2026-11-22T08:00:00Z"
JSON, PROBLEM = "application/json", "application/problem+json"
_TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?$"


def contract() -> Pact:
    """All that the adapter relies on."""
    pact = Pact(NAME, PROVIDER).with_specification("V4")
    for step in (reads_a_shipment, reads_it_by_its_piece, finds_none, is_not_believed, is_told_that_it_was_too_much):
        step(pact)
    return pact


def reads_a_shipment(pact: Pact) -> None:
    """Its own number, its division, and each event with a time, a place and the unified word."""
    _found(_asked(pact, "a waybill that was scanned", SCANNED, WAYBILL))


def reads_it_by_its_piece(pact: Pact) -> None:
    """A piece is answered with the shipment that it is part of."""
    _found(_asked(pact, "a piece of a shipment that was scanned", SCANNED, PIECE))


def finds_none(pact: Pact) -> None:
    """A number without a scan: a problem document, and not a page of a proxy."""
    _problem(_asked(pact, "a number that DHL does not know", NOTHING_SCANNED, UNKNOWN), 404, "No result found")


def is_not_believed(pact: Pact) -> None:
    """A wrong key is told as such."""
    _problem(_asked(pact, "a call with another key", SCANNED, WAYBILL, key="another"), 401, "Unauthorized")


def is_told_that_it_was_too_much(pact: Pact) -> None:
    """With DHL's own time: by it we know when its day ends."""
    asked = _asked(pact, "a call beyond those of the day", USED_UP, WAYBILL)
    said = _problem(asked, 429, "Too Many Requests")
    said.with_header(
        "date", match.regex("Sun, 22 Nov 2026 09:00:00 GMT", regex=r"^\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT$")
    )


def _asked(pact: Pact, description: str, state: str, number: str, key: str = KEY) -> HttpInteraction:
    asked = pact.upon_receiving(description).given(state).with_request("GET", "/track/shipments")
    for name, value in (("trackingNumber", number), ("service", SERVICE), ("language", "en")):
        asked.with_query_parameter(name, value)
    return asked.with_header("DHL-API-Key", key).with_header("accept", JSON)


def _found(asked: HttpInteraction) -> None:
    event = {
        "timestamp": text(SCANNED_AT, _TIME),
        "location": {"address": {"countryCode": text("NL", "^[A-Z]{2}$"), "addressLocality": text("AMSTERDAM", ".+")}},
        "statusCode": text("transit", "^(pre-transit|transit|delivered|failure|unknown)$"),
        "description": text("As DHL says", ".+"),
    }
    shipment = {
        "id": WAYBILL,
        "service": SERVICE,
        "status": {"timestamp": text(SCANNED_AT, _TIME), "statusCode": text("transit", "^[a-z-]+$")},
        "events": match.each_like(event, min=1),
        "details": {"pieceIds": match.each_like(text(PIECE, "^[0-9A-Z]+$"), min=1)},
    }
    asked.will_respond_with(200).with_body({"shipments": [shipment]}, JSON)


def _problem(asked: HttpInteraction, status: int, title: str) -> HttpInteraction:
    said = {"status": status, "title": text(title, ".+"), "detail": text("A sentence for people.", ".+")}
    return asked.will_respond_with(status).with_body(said, PROBLEM)
