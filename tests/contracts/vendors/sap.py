"""What `erp_sap` relies on in SAP S/4HANA's OData V2 services: each kind of call, and what it reads of the answer."""

from collections.abc import Mapping
from typing import Any

from pact import Pact, match
from pact.interaction import HttpInteraction

from adapters.sandbox.sap.edmx import packaged
from tests.contracts.consumers.words import text
from tests.contracts.vendors.forms import authorization
from tests.support.sap import DELIVERY, PASSWORD, PROCESS, QUALITY, ROOT, SALES, USER

NAME, PROVIDER = "doselane-erp-sap", "sap-s4hana"
TOKEN, COOKIE = "kQ2xTz1c9p0aW7rB==", "5e" * 16
ORDER, LOT, DELIVERED, PRODUCED = "0000000401", "000000000001", "0080000301", "000001000101"
# The ETags of entities that the states have just made.
ORDER_ETAG, DELIVERY_ETAG = "W/\"datetimeoffset'2026-12-01T06%3A15%3A31.0000000Z'\"", "W/\"'0002'\""
OLD_ETAG = "W/\"datetimeoffset'2026-11-30T06%3A15%3A31.0000000Z'\""
NOTHING, IN_SESSION, AN_ORDER = "nothing is there", "we have a session", "a sales order for one dose"
LOTS, PICKED, CHANGED = "two inspection lots of a process order", "a delivery is picked", "a process order was changed"
JSON = "application/json"
NEXT = "A_InspectionLot?$filter=ManufacturingOrder%20eq%20'000001000101'&$skiptoken=1"
NEW_ORDER: Mapping[str, Any] = {
    "SalesOrderType": "OR",
    "SalesOrganization": "1710",
    "DistributionChannel": "10",
    "OrganizationDivision": "00",
    "SoldToParty": "17100001",
    "PurchaseOrderByCustomer": "DL-1",
    "RequestedDeliveryDate": "/Date(1796256000000)/",
    "to_Item": [{"Material": "LU177-DOSE", "RequestedQuantity": "1", "RequestedQuantityUnit": "EA"}],
}
DECISION: Mapping[str, str] = {
    "InspectionLot": LOT,
    "InspLotUsageDecisionCatalog": "3",
    "SelectedCodeSetPlant": "1010",
    "InspLotUsgeDcsnSelectedSet": "UD",
    "InspLotUsageDecisionCodeGroup": "UD",
    "InspectionLotUsageDecisionCode": "A",
}


def contract() -> Pact:
    """All that the adapter relies on."""
    pact = Pact(NAME, PROVIDER).with_specification("V4")
    for step in (
        gives_a_token,
        describes_itself,
        reads_an_order,
        finds_none,
        lists_what_changed,
        lists_lots,
        lists_the_next_lots,
        makes_an_order,
        changes_an_order,
        was_changed_meanwhile,
        wants_an_etag,
        posts_goods_issue,
        decides_about_a_lot,
        says_no,
        wants_another_token,
        is_not_believed,
    ):
        step(pact)
    return pact


def gives_a_token(pact: Pact) -> None:
    """Of a session, which its cookies name."""
    asked = _asked(pact, "a token for changes", NOTHING).with_request("GET", f"{ROOT}/{SALES}/")
    _believed(asked).with_header("X-CSRF-Token", "fetch")
    asked.will_respond_with(200).with_header("X-CSRF-Token", match.regex(TOKEN, regex=r"^\S{8,}$"))
    for name, value in _COOKIES.items():
        asked.with_header(
            "Set-Cookie", match.regex(f"{name}={value}; path=/; HttpOnly", regex=r"^[^=;\s]+=[^;\s]+(;.*)?$")
        )


def describes_itself(pact: Pact) -> None:
    """What is in the document is read as OData V2 has it; a release may have more than another."""
    asked = _metadata(pact, SALES)
    asked.will_respond_with(200).with_header(
        "Content-Type", match.regex("application/xml", regex="^application/xml.*$")
    )


def describes_whole(service: str) -> Any:
    """The same with a document, for the adapter to work on; not of the contract, but in its form."""

    def step(pact: Pact) -> None:
        document = packaged()[service.partition(";")[0]].decode()
        _metadata(pact, service).will_respond_with(200).with_body(document, "application/xml")

    return step


def reads_an_order(pact: Pact) -> None:
    """With what stands below it, and the version that a change must name."""
    asked = _asked(pact, "a sales order with its items and partners", AN_ORDER)
    asked.with_request("GET", f"{ROOT}/{SALES}/A_SalesOrder('401')").with_query_parameter(
        "$expand", "to_Item,to_Partner"
    )
    item = {"SalesOrderItem": text("000010", r"^\d{6}$"), "Material": "LU177-DOSE", "RequestedQuantityUnit": "EA"}
    item |= {"RequestedQuantity": text("1.000", r"^\d+(\.\d+)?$"), "SalesDocumentRjcnReason": ""}
    said = {
        "__metadata": {"etag": match.like(ORDER_ETAG)},
        **_ORDER,
        "to_Item": {"results": match.each_like(item)},
        "to_Partner": {"results": []},
    }
    _believed(asked).will_respond_with(200).with_header("ETag", match.regex(ORDER_ETAG, regex="^W/.+")).with_body(
        {"d": said}, JSON
    )


def finds_none(pact: Pact) -> None:
    """The service is there, and the entity is not."""
    asked = _asked(pact, "a sales order that is not there", NOTHING)
    _says_no(_believed(asked.with_request("GET", f"{ROOT}/{SALES}/A_SalesOrder('999')")), 404)


def lists_what_changed(pact: Pact) -> None:
    """From a stamp on, in the order of stamps and numbers, the first of them."""
    asked = _asked(pact, "the process orders that were changed since", CHANGED)
    _believed(asked.with_request("GET", f"{ROOT}/{PROCESS}/A_ProcessOrder_2"))
    query = {
        "$filter": "LastChangeDateTime ge '20261101061530'",
        "$select": "ManufacturingOrder,LastChangeDateTime",
        "$orderby": "LastChangeDateTime,ManufacturingOrder",
        "$top": "10",
    }
    for name, value in query.items():
        asked.with_query_parameter(name, value)
    found = {"ManufacturingOrder": PRODUCED, "LastChangeDateTime": text("20261201061531", r"^\d{14}$")}
    asked.will_respond_with(200).with_body({"d": {"results": match.each_like(found)}}, JSON)


def lists_lots(pact: Pact) -> None:
    """As many as the server wants to give at once, and where there are more."""
    said = {"results": match.each_like(_LOT), "__next": text(NEXT, r"^.*A_InspectionLot\?.*skiptoken=.+$")}
    _lots(pact, "the inspection lots of a process order").will_respond_with(200).with_body({"d": said}, JSON)


def lists_the_next_lots(pact: Pact) -> None:
    """Where the answer said; the last page names no other."""
    asked = _lots(pact, "the inspection lots after those").with_query_parameter("$skiptoken", "1")
    asked.will_respond_with(200).with_body({"d": {"results": match.each_like(_LOT)}}, JSON)


def makes_an_order(pact: Pact) -> None:
    """With the item below it; it answers what was stored."""
    asked = _changing(pact, "a sales order is made with its item", "POST", f"{SALES}/A_SalesOrder")
    asked.with_body(dict(NEW_ORDER), JSON)
    asked.will_respond_with(201).with_body({"d": {"SalesOrder": text(ORDER, r"^\d{10}$"), **_ORDER}}, JSON)


def changes_an_order(pact: Pact) -> None:
    """Of the version that was read; it answers the next version."""
    asked = _changing(pact, "a sales order is changed", "PATCH", _ORDER_AT, AN_ORDER).with_header(
        "If-Match", ORDER_ETAG
    )
    asked.with_body({"PurchaseOrderByCustomer": "DL-2"}, JSON)
    asked.will_respond_with(204).with_header("ETag", match.regex(ORDER_ETAG.replace("31", "32"), regex="^W/.+"))


def was_changed_meanwhile(pact: Pact) -> None:
    """It is read again first."""
    asked = _changing(pact, "a sales order is changed that is another one by now", "PATCH", _ORDER_AT, AN_ORDER)
    _says_no(asked.with_header("If-Match", OLD_ETAG).with_body({"PurchaseOrderByCustomer": "DL-2"}, JSON), 412)


def wants_an_etag(pact: Pact) -> None:
    """A system may guard what its metadata do not say: then it is read again too."""
    asked = _changing(pact, "a sales order is changed by one who has not read it", "PATCH", _ORDER_AT, AN_ORDER)
    _says_no(asked.with_body({"PurchaseOrderByCustomer": "DL-2"}, JSON), 428)


def posts_goods_issue(pact: Pact) -> None:
    """A function, whose messages say whether it was done."""
    asked = _changing(pact, "goods issue is posted", "POST", f"{DELIVERY}/PostGoodsIssue", PICKED)
    asked.with_query_parameter("DeliveryDocument", f"'{DELIVERED}'").with_header("If-Match", DELIVERY_ETAG)
    message = {"SystemMessageType": "S", "SystemMessageIdentification": match.like(""), "DeliveryDocument": DELIVERED}
    asked.will_respond_with(200).with_body({"d": {"results": match.each_like(message)}}, JSON)


def decides_about_a_lot(pact: Pact) -> None:
    """With a code of a selected set."""
    asked = _changing(pact, "a usage decision is made", "POST", f"{QUALITY}/A_InspLotUsageDecision", LOTS)
    asked.with_body(dict(DECISION), JSON)
    said = {"InspectionLot": LOT, "InspectionLotUsageDecisionCode": "A"}
    asked.will_respond_with(201).with_body({"d": said}, JSON)


def says_no(pact: Pact) -> None:
    """Its reason, and the fields concerned among the details."""
    asked = _changing(pact, "a sales order is made that says too little", "POST", f"{SALES}/A_SalesOrder")
    _says_no(asked.with_body({**NEW_ORDER, "SoldToParty": ""}, JSON), 400, "SoldToParty")


def wants_another_token(pact: Pact) -> None:
    """The session is over, which is no refusal of what was asked."""
    asked = _asked(pact, "a change in a session that is over", AN_ORDER).with_request("PATCH", f"{ROOT}/{_ORDER_AT}")
    _believed(asked).with_header("X-CSRF-Token", TOKEN).with_body({"PurchaseOrderByCustomer": "DL-2"}, JSON)
    asked.will_respond_with(403).with_header("X-CSRF-Token", match.regex("Required", regex="^[Rr]equired$"))


def is_not_believed(pact: Pact) -> None:
    """What stands before the service says it, in its own form."""
    asked = _asked(pact, "a call with another password", NOTHING).with_request("GET", f"{ROOT}/{SALES}/$metadata")
    asked.with_header("Authorization", authorization(USER, "another")).will_respond_with(401)


_COOKIES = {"sap-XSRF_TST_100": TOKEN, "SAP_SESSIONID_TST_100": COOKIE}
_ORDER_AT = f"{SALES}/A_SalesOrder('401')"
_ORDER: Mapping[str, Any] = {
    "PurchaseOrderByCustomer": "DL-1",
    "SoldToParty": "17100001",
    "RequestedDeliveryDate": text("/Date(1796256000000)/", r"^/Date\(-?\d+\)/$"),
}
_LOT: Mapping[str, Any] = {
    "InspectionLot": text(LOT, r"^\d{12}$"),
    "ManufacturingOrder": PRODUCED,
    "Batch": text("B-1", r"^.*$"),
}


def _asked(pact: Pact, description: str, *states: str) -> HttpInteraction:
    asked = pact.upon_receiving(description)
    for state in states:
        asked.given(state)
    return asked


def _believed(asked: HttpInteraction) -> HttpInteraction:
    return asked.with_header("Authorization", authorization(USER, PASSWORD))


def _metadata(pact: Pact, service: str) -> HttpInteraction:
    asked = _asked(pact, f"what {service} has", NOTHING).with_request("GET", f"{ROOT}/{service}/$metadata")
    return _believed(asked).with_header("Accept", "application/xml")


def _lots(pact: Pact, description: str) -> HttpInteraction:
    asked = _believed(_asked(pact, description, LOTS).with_request("GET", f"{ROOT}/{QUALITY}/A_InspectionLot"))
    return asked.with_query_parameter("$filter", f"ManufacturingOrder eq '{PRODUCED}'")


def _changing(pact: Pact, description: str, method: str, path: str, *states: str) -> HttpInteraction:
    asked = _asked(pact, description, IN_SESSION, *states).with_request(method, f"{ROOT}/{path}")
    cookies = "; ".join(f"{name}={value}" for name, value in _COOKIES.items())
    return _believed(asked).with_header("X-CSRF-Token", TOKEN).with_header("Cookie", cookies)


def _says_no(asked: HttpInteraction, status: int, target: str = "") -> None:
    error: dict[str, Any] = {
        "code": text("/IWBEP/CM_MGW_RT/020", r"^[A-Z0-9_]*/.+$"),
        "message": {"value": match.like("A sentence for people.")},
    }
    if target:
        detail = {
            "code": match.like("/IWBEP/CM_MGW_RT/023"),
            "message": match.like("Words."),
            "target": match.like(target),
        }
        error["innererror"] = {"transactionid": match.like("0" * 32), "errordetails": match.each_like(detail)}
    asked.will_respond_with(status).with_body({"error": error}, JSON)
