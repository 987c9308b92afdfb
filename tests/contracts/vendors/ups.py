"""What `courier_ups` relies on in UPS's APIs: a token, Track, subscriptions to Track Alert, and Delivery Intercept."""

from typing import Any

from pact import Pact, match
from pact.interaction import HttpInteraction

from tests.contracts.consumers.words import text
from tests.contracts.vendors.forms import authorization

NAME, PROVIDER = "doselane-courier-ups", "ups-apis"
CLIENT, SECRET, TOKEN = "l7-client", "ups-secret-000001", "7a" * 32
NUMBER, UNKNOWN = "1ZXXXXXXXXXXXXXXX1", "1ZXXXXXXXXXXXXXXX2"
NO_TOKEN, A_TOKEN = "we have no token", "we have a token"
SCANNED, NOTHING_SCANNED = "a package was scanned", "nothing was scanned"
INTERCEPTED = "a package is redirected already"
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
INTERCEPT = "/api/deliveryintercept/v2"
REQUESTER = {"name": "Tidewater Isotopes", "telephone": "+4930000000"}
PLACE = "sites/lakeside"
ADDRESS = {
    "addressLine1": "2 Lake Street",
    "city": "Duluth",
    "state": "MN",
    "postalCode": "55802",
    "countryCode": "US",
}
_ID = match.regex("0198a1b26f0070008000000000000aab", regex="^[0-9a-f]{32}$")
_SHORT_ID = match.regex("0198a1b26f0070", regex="^[0-9a-f]{14}$")


def contract() -> Pact:
    """All that the adapter relies on."""
    pact = Pact(NAME, PROVIDER).with_specification("V4")
    for step in (
        gives_a_token,
        gives_none,
        reads_activities,
        finds_none,
        is_told_that_the_token_is_over,
        subscribes,
        redirects,
        brings_back,
        does_not_intercept,
        is_redirected_already,
        tells_what_stands,
    ):
        step(pact)
    return pact


def gives_a_token(pact: Pact) -> None:
    """Client and secret are Basic credentials; the seconds come as a text."""
    said = {"access_token": text(TOKEN, "^[!-~]+$"), "expires_in": text("14399", "^[0-9]+$")}
    _token(pact, "a token is asked for", SECRET).will_respond_with(200).with_body(said, JSON)


def gives_none(pact: Pact) -> None:
    """Wrong credentials are told as such."""
    _errors(_token(pact, "a token is asked for with another secret", "another"), 401, "10401")


def reads_activities(pact: Pact) -> None:
    """The newest first; GMT beside the local time, and a status code beside its type."""
    address = {
        "city": text("DULUTH", ".+"),
        "stateProvince": text("MN", "^[A-Z]{2}$"),
        "countryCode": text("US", "^[A-Z]{2}$"),
    }
    status = {
        "type": text("P", "^[A-Z]{1,2}$"),
        "code": text("OR", "^[A-Z0-9]{2,3}$"),
        "description": text("Origin Scan", ".+"),
        "statusCode": text("005", "^[0-9]{3}$"),
    }
    activity = {
        "location": {"address": address},
        "status": status,
        "date": text("20261122", "^[0-9]{8}$"),
        "time": text("020000", "^[0-9]{6}$"),
        "gmtDate": text("20261122", "^[0-9]{8}$"),
        "gmtTime": text("080000", "^[0-9:]{6,8}$"),
        "gmtOffset": text("-06:00", "^[+-][0-9]{2}[.:][0-9]{2}$"),
    }
    package = {"trackingNumber": NUMBER, "activity": match.each_like(activity, min=1)}
    told = {"trackResponse": {"shipment": [{"inquiryNumber": NUMBER, "package": [package]}]}}
    _tracked(pact, "a package that was scanned", NUMBER, A_TOKEN, SCANNED).will_respond_with(200).with_body(told, JSON)


def finds_none(pact: Pact) -> None:
    """A status of success, and a warning in the place of a package."""
    warning = {"code": text("TW0001", "^TW[0-9]{4}$"), "message": text("Tracking Information Not Found", ".+")}
    told = {"trackResponse": {"shipment": [{"warnings": match.each_like(warning, min=1)}]}}
    asked = _tracked(pact, "a number that UPS does not know yet", UNKNOWN, A_TOKEN)
    asked.will_respond_with(200).with_body(told, JSON)


def is_told_that_the_token_is_over(pact: Pact) -> None:
    """Then a new one is asked for, once."""
    _errors(_tracked(pact, "a call with a token that is over", NUMBER, NO_TOKEN), 401, "UJ0001")


def subscribes(pact: Pact) -> None:
    """The answer names the numbers that it took."""
    asked = pact.upon_receiving("a subscription to a package").given(A_TOKEN)
    asked.with_request("POST", "/api/track/v2/subscription/standard/package")
    _ours(asked).with_body({"locale": "en_US", "trackingNumberList": [NUMBER]}, JSON)
    asked.will_respond_with(200).with_body({"validTrackingNumbers": [NUMBER]}, JSON)


def redirects(pact: Pact) -> None:
    """A package is delivered elsewhere."""
    _done(_redirection(pact, "a package is to be delivered elsewhere", A_TOKEN, SCANNED), "000")


def is_redirected_already(pact: Pact) -> None:
    """The status is one of success; what is inside says no."""
    _done(_redirection(pact, "a package is to be delivered elsewhere again", A_TOKEN, SCANNED, INTERCEPTED), "705")


def does_not_intercept(pact: Pact) -> None:
    """Nobody's package, as far as UPS knows."""
    asked = _redirection(pact, "a package that UPS has not got is to be delivered elsewhere", A_TOKEN, NOTHING_SCANNED)
    _errors(asked, 401, "605")


def brings_back(pact: Pact) -> None:
    """A package that was called off comes back."""
    asked = _intercept(pact, "a package is to come back", "POST", f"return/{NUMBER}", A_TOKEN, SCANNED)
    _done(asked.with_body(_RETURN, JSON), "000")


def tells_what_stands(pact: Pact) -> None:
    """After a lost answer the adapter looks whether the package is intercepted."""
    asked = _intercept(
        pact, "what may be asked of a package", "GET", f"eligibility/intercept/{NUMBER}", A_TOKEN, SCANNED
    )
    feature = {
        "interceptFeature": text("RD", "^[A-Z]{2,3}$"),
        "eligibilityValue": {"cancelEligibility": text("NOT_ELIGIBLE", "^(NOT_)?ELIGIBLE$")},
    }
    told = {"response": {"success": True, "commonEligibilityMap": match.each_like(feature, min=1)}}
    asked.will_respond_with(200).with_body(told, JSON)


_ASKING: dict[str, Any] = {"requesterContactInfo": REQUESTER, "specialInstructions": None}
_RETURN = {"requestType": "RS", **_ASKING, "reasonForReturn": "AM"}
_REDIRECTION = {
    "requestType": "AA",
    **_ASKING,
    "specialInstructions": "the centre moved",
    "newDeliveryAddress": {
        "addressNickName": "Lakeside Clinic",
        "addressInfo": ADDRESS,
        "nameOrCompanyName": "Lakeside Clinic",
        "phoneNumber": "+12185550100",
    },
}


def _token(pact: Pact, description: str, secret: str) -> HttpInteraction:
    asked = pact.upon_receiving(description).given(NO_TOKEN).with_request("POST", "/security/v1/oauth/token")
    asked.with_header("Authorization", authorization(CLIENT, secret))
    return asked.with_body("grant_type=client_credentials", FORM)


def _tracked(pact: Pact, description: str, number: str, *states: str) -> HttpInteraction:
    asked = pact.upon_receiving(description)
    for state in states:
        asked.given(state)
    return _ours(asked.with_request("GET", f"/api/track/v1/details/{number}"))


def _ours(asked: HttpInteraction) -> HttpInteraction:
    """Track and Track Alert want to know which call it is, and whose."""
    asked.with_header("Authorization", f"Bearer {TOKEN}")
    return asked.with_header("transId", _ID).with_header("transactionSrc", "doselane")


def _intercept(pact: Pact, description: str, method: str, path: str, *states: str) -> HttpInteraction:
    asked = pact.upon_receiving(description)
    for state in states:
        asked.given(state)
    asked.with_request(method, f"{INTERCEPT}/{path}").with_header("Authorization", f"Bearer {TOKEN}")
    return asked.with_header("transId", _SHORT_ID).with_header("platformType", "XOLT").with_header("inquiryType", "U")


def _redirection(pact: Pact, description: str, *states: str) -> HttpInteraction:
    return _intercept(pact, description, "POST", f"redirect/address/{NUMBER}", *states).with_body(_REDIRECTION, JSON)


def _done(asked: HttpInteraction, code: str) -> None:
    """UPS's yes and its no have one status; `success` tells them apart."""
    told: dict[str, Any] = {"statusCode": text(code, "^[0-9]{3}$"), "success": code == "000"}
    if code != "000":
        error = {"errorCode": text(code, "^[0-9]{3}$"), "errorMessage": text("The package is not eligible.", ".+")}
        told["errors"] = match.each_like(error, min=1)
    asked.will_respond_with(200).with_body(told, JSON)


def _errors(asked: HttpInteraction, status: int, code: str) -> None:
    error = {"code": text(code, "^[A-Z0-9]+$"), "message": text("A sentence for people.", ".+")}
    asked.will_respond_with(status).with_body({"response": {"errors": match.each_like(error, min=1)}}, JSON)
