"""What `crm_salesforce` relies on in Salesforce's REST API: each call, and what it reads of the answer."""

from typing import Any

from pact import Pact, match
from pact.interaction import HttpInteraction

from adapters.crm_salesforce.rest.records import RECORDS_MAX
from adapters.sandbox.salesforce.fields import case_safe
from tests.contracts.consumers.words import text
from tests.support.salesforce import CLIENT, VERSION

NAME, PROVIDER = "doselane-crm-salesforce", "salesforce"
SECRET, TOKEN = "s" * 20, "00D000000000001!" + "6e" * 24
ORDER_ID, DOSE_ID, OTHER_ID = case_safe("a0B", 1), case_safe("a0C", 1), case_safe("a0B", 2)
NO_TOKEN, A_TOKEN, OVER = "we have no token", "we have a token", "our session is over"
ORDERS, BEGUN, DELETED = "two orders for doses", "a query found more than one page", "an order was deleted"
USED_UP = "the calls of the day are used up"
API, JSON = f"/services/data/v{VERSION}", "application/json"
SOQL = "SELECT Id, External_Reference__c FROM Dose_Order__c WHERE LastModifiedDate = LAST_N_DAYS:30"
SOQL_OF_IDS = f"SELECT Id, IsDeleted FROM Dose_Order__c WHERE Id IN ('{ORDER_ID}')"
MORE = f"{API}/query/0r8000000000000AAA-1"
# One that can be written, and one whose state is no word of the picklist.
DOSES: list[dict[str, Any]] = [
    {"Slot__c": "slots/1", "Status__c": "Shipped", "Batch__c": None},
    {"Slot__c": "slots/2", "Status__c": "Lost at sea"},
]
MANY: list[dict[str, Any]] = [{"Slot__c": f"slots/{number}"} for number in range(RECORDS_MAX)]
_ID = r"^[A-Za-z0-9]{18}$"


def contract() -> Pact:
    """All that the adapter relies on."""
    pact = Pact(NAME, PROVIDER).with_specification("V4")
    for step in (
        gives_a_token,
        gives_no_token,
        writes_doses,
        writes_as_many_as_may_be,
        writes_into_an_order,
        misses_an_order,
        finds_orders,
        finds_more_orders,
        finds_a_deleted_order,
        describes_doses,
        tells_its_limits,
        ends_a_session,
        has_no_calls_left,
    ):
        step(pact)
    return pact


def gives_a_token(pact: Pact) -> None:
    """Which does not say how long it lives; with it the address of the organisation."""
    asked = _token(pact, "a token is asked for", SECRET)
    said = {"access_token": text(TOKEN, "^[!-~]+$"), "instance_url": text("http://127.0.0.1:1", r"^https?://[^\s/]+$")}
    asked.will_respond_with(200).with_body(said, JSON)


def gives_no_token(pact: Pact) -> None:
    """By RFC 6749, 5.2."""
    asked = _token(pact, "a token is asked for with another secret", "another-secret-000001")
    said = {"error": "invalid_client", "error_description": match.like("A sentence for people.")}
    asked.will_respond_with(400).with_body(said, JSON)


def writes_doses(pact: Pact) -> None:
    """By external ids: each has an outcome of its own, at its place, under one status of success."""
    asked = _collection(pact, "doses are written, of which one cannot be", DOSES)
    error = {
        "statusCode": text("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "^[A-Z_]+$"),
        "message": match.like("Words."),
    }
    failed = {"success": False, "errors": match.each_like({**error, "fields": match.like(["Status__c"])})}
    said: Any = [_written(), failed]
    asked.will_respond_with(200).with_body(said, JSON)


def writes_as_many_as_may_be(pact: Pact) -> None:
    """Two hundred records in one call."""
    asked = _collection(pact, f"{RECORDS_MAX} doses are written", MANY)
    said: Any = [_written() for _ in MANY]
    asked.will_respond_with(200).with_body(said, JSON)


def writes_into_an_order(pact: Pact) -> None:
    """By its id, as the record is theirs."""
    asked = _asked(pact, "an outcome is written into an order", A_TOKEN, ORDERS)
    asked.with_request("PATCH", f"{API}/sobjects/Dose_Order__c/{ORDER_ID}")
    _believed(asked).with_body({"Status__c": "Confirmed", "Comment__c": None}, JSON).will_respond_with(204)


def misses_an_order(pact: Pact) -> None:
    """It was deleted meanwhile."""
    asked = _asked(pact, "an outcome is written into an order that is not there", A_TOKEN)
    asked.with_request("PATCH", f"{API}/sobjects/Dose_Order__c/{ORDER_ID}")
    _says_no(_believed(asked).with_body({"Status__c": "Confirmed"}, JSON), 404)


def finds_orders(pact: Pact) -> None:
    """A page, and where the next one is."""
    asked = _query(pact, "the orders of some days", "query", SOQL, ORDERS)
    found = {"Id": text(ORDER_ID, _ID), "External_Reference__c": match.like("PO-1")}
    said = {"done": False, "nextRecordsUrl": text(MORE, r"^/services/data/v[\d.]+/query/\S+$")}
    asked.will_respond_with(200).with_body({**said, "records": match.each_like(found)}, JSON)


def finds_more_orders(pact: Pact) -> None:
    """The last page says that it is the last."""
    asked = _believed(_asked(pact, "the next page of orders", A_TOKEN, ORDERS, BEGUN).with_request("GET", MORE))
    found = {"Id": text(OTHER_ID, _ID), "External_Reference__c": match.like("PO-2")}
    asked.will_respond_with(200).with_body({"done": True, "records": match.each_like(found)}, JSON)


def finds_a_deleted_order(pact: Pact) -> None:
    """What was deleted is found where all are asked for."""
    asked = _query(pact, "orders by their ids, deleted ones too", "queryAll", SOQL_OF_IDS, ORDERS, DELETED)
    said = {"done": True, "records": [{"Id": ORDER_ID, "IsDeleted": True}]}
    asked.will_respond_with(200).with_body(said, JSON)


def describes_doses(pact: Pact) -> None:
    """All that says whether a value fits its field."""
    asked = _asked(pact, "what a dose has", A_TOKEN).with_request("GET", f"{API}/sobjects/Dose__c/describe")
    field = {
        "name": match.like("Slot__c"), "type": match.like("string"), "length": match.integer(80),
        "precision": match.integer(0), "scale": match.integer(0), "externalId": match.boolean(True),
        "unique": match.boolean(True), "caseSensitive": match.boolean(True), "nillable": match.boolean(True),
        "defaultedOnCreate": match.boolean(False), "createable": match.boolean(True),
        "updateable": match.boolean(True), "restrictedPicklist": match.boolean(False),
    }  # fmt: skip
    said = {"name": "Dose__c", "createable": True, "updateable": True, "queryable": True}
    _believed(asked).will_respond_with(200).with_body({**said, "fields": match.each_like(field)}, JSON)


def tells_its_limits(pact: Pact) -> None:
    """And with every answer, how many calls were made."""
    asked = _believed(_asked(pact, "how much is left", A_TOKEN).with_request("GET", f"{API}/limits"))
    asked.will_respond_with(200).with_header(
        "Sforce-Limit-Info", match.regex("api-usage=1/100000", regex=r"^.*api-usage=\d+/\d+.*$")
    )
    left = {"Max": match.integer(100_000), "Remaining": match.integer(99_999)}
    asked.with_body({"DailyApiRequests": left}, JSON)


def ends_a_session(pact: Pact) -> None:
    """The token is renewed once before this is believed."""
    asked = _believed(_asked(pact, "a call in a session that is over", OVER).with_request("GET", f"{API}/limits"))
    _says_no(asked, 401, "INVALID_SESSION_ID")


def has_no_calls_left(pact: Pact) -> None:
    """All programs of the organisation count together."""
    asked = _asked(pact, "a call too many", A_TOKEN, USED_UP).with_request("GET", f"{API}/limits")
    _says_no(_believed(asked), 403, "REQUEST_LIMIT_EXCEEDED")


def _asked(pact: Pact, description: str, *states: str) -> HttpInteraction:
    asked = pact.upon_receiving(description)
    for state in states:
        asked.given(state)
    return asked


def _token(pact: Pact, description: str, secret: str) -> HttpInteraction:
    asked = _asked(pact, description, NO_TOKEN).with_request("POST", "/services/oauth2/token")
    form = f"grant_type=client_credentials&client_id={CLIENT}&client_secret={secret}"
    return asked.with_body(form, "application/x-www-form-urlencoded")


def _believed(asked: HttpInteraction) -> HttpInteraction:
    return asked.with_header("Authorization", f"Bearer {TOKEN}")


def _collection(pact: Pact, description: str, records: list[dict[str, Any]]) -> HttpInteraction:
    asked = _asked(pact, description, A_TOKEN).with_request("PATCH", f"{API}/composite/sobjects/Dose__c/Slot__c")
    listed = [{"attributes": {"type": "Dose__c"}, **each} for each in records]
    return _believed(asked).with_body({"allOrNone": False, "records": listed}, JSON)


def _query(pact: Pact, description: str, way: str, soql: str, *states: str) -> HttpInteraction:
    asked = _asked(pact, description, A_TOKEN, *states).with_request("GET", f"{API}/{way}")
    return _believed(asked).with_query_parameter("q", soql)


def _written() -> dict[str, Any]:
    return {"id": text(DOSE_ID, _ID), "success": True}


def _says_no(asked: HttpInteraction, status: int, code: str = "") -> None:
    error = {"errorCode": code or text("NOT_FOUND", "^[A-Z_]+$"), "message": match.like("A sentence for people.")}
    said: Any = [error]
    asked.will_respond_with(status).with_body(said, JSON)
