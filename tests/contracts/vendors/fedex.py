"""What `courier_fedex` relies on in FedEx's APIs: a token, and Track with what it reads of the answer."""

from typing import Any

from pact import Pact, match
from pact.interaction import HttpInteraction

from tests.contracts.consumers.words import text

NAME, PROVIDER = "doselane-courier-fedex", "fedex-apis"
CLIENT, SECRET, TOKEN = "l7-client", "fedex-secret-0001", "5f" * 32
NUMBER, UNKNOWN, DECLINED = "123456789012", "123456789019", "123456789018"
NO_TOKEN, A_TOKEN = "we have no token", "we have a token"
SCANNED, DECLINES = "a package was scanned", "a number is declined"
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
_TRANSACTION = match.regex("0198a1b26f0070008000000000000aab", regex="^[0-9a-f]{32}$")
_TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([+-]\d\d:\d\d|Z)?$"
_CODE = "^[A-Z.]+$"


def contract() -> Pact:
    """All that the adapter relies on."""
    pact = Pact(NAME, PROVIDER).with_specification("V4")
    for step in (gives_a_token, gives_none, reads_scans, finds_none, is_declined, is_told_that_the_token_is_over):
        step(pact)
    return pact


def gives_a_token(pact: Pact) -> None:
    """Client and secret stand in the form: FedEx does not read them elsewhere."""
    said = {"access_token": text(TOKEN, "^[!-~]+$"), "expires_in": match.integer(3599)}
    _token(pact, "a token is asked for", SECRET).will_respond_with(200).with_body(said, JSON)


def gives_none(pact: Pact) -> None:
    """Wrong credentials are told as such."""
    _errors(_token(pact, "a token is asked for with another secret", "another"), 401, "NOT.AUTHORIZED.ERROR")


def reads_scans(pact: Pact) -> None:
    """The newest first, each with its offset; blank where there is nothing to say."""
    place = {
        "city": text("DULUTH", ".+"),
        "stateOrProvinceCode": text("MN", "^[A-Z]{2}$"),
        "countryCode": text("US", "^[A-Z]{2}$"),
    }
    scan = {
        "date": text("2026-11-22T02:00:00-06:00", _TIME),
        "eventType": text("PU", "^[A-Z]{2}$"),
        "eventDescription": text("Picked up", ".+"),
        "exceptionCode": match.like(""),
        "derivedStatusCode": text("PU", "^[A-Z]{2}$"),
        "scanLocation": place,
    }
    result = {"trackingNumberInfo": {"trackingNumber": NUMBER}, "scanEvents": match.each_like(scan, min=1)}
    _tracked(_asked(pact, "a package that was scanned", NUMBER, A_TOKEN, SCANNED), NUMBER, result)


def finds_none(pact: Pact) -> None:
    """A status of success, and an error in the place of scans."""
    error = {
        "code": text("TRACKING.TRACKINGNUMBER.NOTFOUND", r"^[A-Z.]+NOTFOUND$"),
        "message": text("Not found.", ".+"),
    }
    result = {"trackingNumberInfo": {"trackingNumber": UNKNOWN}, "error": error}
    _tracked(_asked(pact, "a number that FedEx does not know", UNKNOWN, A_TOKEN), UNKNOWN, result)


def is_declined(pact: Pact) -> None:
    """One number spoils the call, so the adapter asks for each half alone."""
    asked = _asked(pact, "a number that FedEx declines", DECLINED, A_TOKEN, DECLINES)
    _errors(asked, 400, "TRACKING.TRACKINGNUMBER.INVALID")


def is_told_that_the_token_is_over(pact: Pact) -> None:
    """Then a new one is asked for, once."""
    _errors(_asked(pact, "a call with a token that is over", NUMBER, NO_TOKEN), 401, "NOT.AUTHORIZED.ERROR")


def _token(pact: Pact, description: str, secret: str) -> HttpInteraction:
    asked = pact.upon_receiving(description).given(NO_TOKEN).with_request("POST", "/oauth/token")
    return asked.with_body(f"grant_type=client_credentials&client_id={CLIENT}&client_secret={secret}", FORM)


def _asked(pact: Pact, description: str, number: str, *states: str) -> HttpInteraction:
    asked = pact.upon_receiving(description)
    for state in states:
        asked.given(state)
    asked.with_request("POST", "/track/v1/trackingnumbers").with_header("Authorization", f"Bearer {TOKEN}")
    asked.with_header("x-locale", "en_US").with_header("x-customer-transaction-id", _TRANSACTION)
    info = [{"trackingNumberInfo": {"trackingNumber": number}}]
    return asked.with_body({"includeDetailedScans": True, "trackingInfo": info}, JSON)


def _tracked(asked: HttpInteraction, number: str, result: dict[str, Any]) -> None:
    told = {"output": {"completeTrackResults": [{"trackingNumber": number, "trackResults": [result]}]}}
    asked.will_respond_with(200).with_body(told, JSON)


def _errors(asked: HttpInteraction, status: int, code: str) -> None:
    error = {"code": text(code, _CODE), "message": text("A sentence for people.", ".+")}
    asked.will_respond_with(status).with_body({"errors": match.each_like(error, min=1)}, JSON)
