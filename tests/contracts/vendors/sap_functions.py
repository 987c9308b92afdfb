"""What `erp_sap` relies on in function modules (BAPIs) of an SAP without OData, over SOAP: calls, commits, and a no."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pact import Pact, match
from pact.interaction import HttpInteraction

from adapters.erp_sap.functions.client import SapFunctions, nowhere
from adapters.erp_sap.functions.port import confirmation, goods_issue
from adapters.erp_sap.functions.terms import (
    COMMIT,
    CONFIRM,
    CONFIRMATION,
    CONFIRMATIONS,
    DELIVERIES,
    ISSUE,
    ROLLBACK,
    FunctionTerms,
)
from adapters.outbound import Outgoing
from adapters.sandbox.sap import SapSystem
from adapters.sandbox.sap.function_modules import ENVELOPE, PATH, RFC, WSDL, FunctionModules
from services.kernel.clock import VirtualClock
from tests.contracts.vendors.forms import authorization
from tests.support.sap import PASSWORD, USER

NAME, PROVIDER = "doselane-erp-sap-functions", "sap-ecc"
XML = "text/xml; charset=utf-8"
TERMS = FunctionTerms(wsdl=str(WSDL), zone="Europe/Berlin")
SESSION, ORDER, CONFIRMED, NUMBER = "5e" * 8, "000001000101", "0000000001", "0080000301"
NOTHING, IN_SESSION, RELEASED = "nothing is there", "we have a session", "a process order is released"
CREATED, DONE = "a process order is created and not released", "its yield is confirmed"
PICKED, POSTED = "a delivery is picked", "a delivery has left"
A_CONFIRMATION: Mapping[str, str] = {
    "CONF_NO": CONFIRMED,
    "CONF_CNT": "00000001",
    "ORDERID": ORDER,
    "CONF_TEXT": "1a" * 16,
    "YIELD": "147.123",
    "CONF_QUAN_UNIT": "GBQ",
    "REVERSED": "",
}
AT = datetime(2026, 12, 1, 6, 15, 30, tzinfo=UTC)
YIELD = Outgoing(
    "runs/0190",
    json.dumps({"order": "1000101", "run": f"runs/{'1a' * 16}", "kbq": 147_123_999, "time": AT.isoformat()}).encode(),
    AT,
)
DELIVERY = Outgoing("shipments/1", json.dumps({"delivery": "80000301"}).encode(), AT)


def contract() -> Pact:
    """All that the adapter relies on."""
    pact = Pact(NAME, PROVIDER).with_specification("V4")
    for step in (
        finds_no_confirmation,
        finds_a_confirmation,
        reads_a_confirmation,
        confirms,
        commits,
        is_told_no,
        rolls_back,
        finds_no_delivery,
        finds_a_delivery_to_go,
        finds_a_delivery_gone,
        posts_goods_issue,
        is_refused_goods_issue,
        is_not_believed,
    ):
        step(pact)
    return pact


def finds_no_confirmation(pact: Pact) -> None:
    """An order without confirmations has an empty table, and that is no error."""
    asked = _asked(pact, "the confirmations of an order that has none", CONFIRMATIONS, _OF_ORDER, RELEASED)
    _answered(asked, CONFIRMATIONS, f"<CONFIRMATIONS/><RETURN>{_fine('BAPIRET1')}</RETURN>")


def finds_a_confirmation(pact: Pact) -> None:
    """By its number and its counter."""
    asked = _asked(pact, "the confirmations of an order that is confirmed", CONFIRMATIONS, _OF_ORDER, RELEASED, DONE)
    line = f"<item>{_whole('BAPI_CONF_KEY', A_CONFIRMATION)}</item>"
    said = f"<CONFIRMATIONS>{line}</CONFIRMATIONS><RETURN>{_fine('BAPIRET1')}</RETURN>"
    number = "['CONFIRMATIONS']['item']['CONF_NO']"
    _answered(asked, CONFIRMATIONS, said, **{number: r"\d{10}"})


def reads_a_confirmation(pact: Pact) -> None:
    """Of which run it is, how much it tells, and whether it counts."""
    named = {"CONFIRMATION": CONFIRMED, "CONFIRMATIONCOUNTER": "00000001"}
    asked = _asked(pact, "a confirmation in detail", CONFIRMATION, named, RELEASED, DONE)
    said = (
        f"<CONF_DETAIL>{_whole('BAPI_CONF_DETAIL', A_CONFIRMATION)}</CONF_DETAIL><RETURN>{_fine('BAPIRET1')}</RETURN>"
    )
    _answered(asked, CONFIRMATION, said, **{"['CONF_DETAIL']['YIELD']": r"\d+(\.\d+)?"})


def confirms(pact: Pact) -> None:
    """In a session, which its cookies name: what it changed counts with the commit."""
    asked = _asked(pact, "a yield is confirmed", CONFIRM, confirmation(_FUNCTIONS, TERMS, YIELD), RELEASED)
    words = "Confirmation of order was saved"
    message = {"TYPE": "I", "ID": "RU", "NUMBER": "100", "MESSAGE": words, "CONF_NO": CONFIRMED}
    told = _whole("BAPI_CORU_RETURN", message)
    said = f"<ATHDRLEVELS/><DETAIL_RETURN><item>{told}</item></DETAIL_RETURN><RETURN>{_fine('BAPIRET1')}</RETURN>"
    at = "['DETAIL_RETURN']['item']"
    rules = {f"{at}['TYPE']": "[SIW]", f"{at}['ID']": ".*", f"{at}['NUMBER']": r"\d{3}", f"{at}['MESSAGE']": ".*"}
    _in_session(_answered(asked, CONFIRM, said, **rules))


def commits(pact: Pact) -> None:
    """In the same session."""
    asked = _asked(pact, "what was changed is committed", COMMIT, {"WAIT": "X"}, IN_SESSION)
    _answered(asked.with_header("Cookie", _COOKIES), COMMIT, f"<RETURN>{_fine('BAPIRET2')}</RETURN>")


def is_told_no(pact: Pact) -> None:
    """In a message of type E, wherever it stands in the answer."""
    asked = _asked(
        pact, "a yield of an order that is not released", CONFIRM, confirmation(_FUNCTIONS, TERMS, YIELD), CREATED
    )
    told = _whole("BAPI_CORU_RETURN", {"TYPE": "E", "ID": "RU", "NUMBER": "013", "MESSAGE": "Order is not released"})
    summed = _whole("BAPIRET1", {"TYPE": "E", "ID": "RU", "NUMBER": "122", "MESSAGE": "Error during confirmation"})
    said = f"<ATHDRLEVELS/><DETAIL_RETURN><item>{told}</item></DETAIL_RETURN><RETURN>{summed}</RETURN>"
    message = "['DETAIL_RETURN']['item']"
    rules = {f"{message}['ID']": ".+", f"{message}['NUMBER']": r"\d{3}", f"{message}['MESSAGE']": ".+"}
    _in_session(_answered(asked, CONFIRM, said, **rules))


def rolls_back(pact: Pact) -> None:
    """Which frees at once what was locked."""
    asked = _asked(pact, "what was refused is rolled back", ROLLBACK, {}, IN_SESSION)
    _answered(asked.with_header("Cookie", _COOKIES), ROLLBACK, f"<RETURN>{_fine('BAPIRET2')}</RETURN>")


def finds_no_delivery(pact: Pact) -> None:
    """A number that is no delivery's is not in the list."""
    asked = _asked(pact, "where a delivery stands that is not there", DELIVERIES, _OF_DELIVERY, NOTHING)
    _answered(asked, DELIVERIES, "<ET_DELIVERY_HEADER_STS/><RETURN/>")


def finds_a_delivery_to_go(pact: Pact) -> None:
    """Its goods issue is not posted."""
    _delivery(pact, "where a delivery stands that is picked", "A", PICKED)


def finds_a_delivery_gone(pact: Pact) -> None:
    """Its goods issue is posted."""
    _delivery(pact, "where a delivery stands that has left", "C", POSTED)


def posts_goods_issue(pact: Pact) -> None:
    """With the quantities that were picked. No message is a yes."""
    asked = _asked(pact, "goods issue is posted", ISSUE, goods_issue(DELIVERY), PICKED)
    _in_session(_answered(asked, ISSUE, "<RETURN/>"))


def is_refused_goods_issue(pact: Pact) -> None:
    """In a message of type E."""
    asked = _asked(pact, "goods issue of a delivery that has left", ISSUE, goods_issue(DELIVERY), POSTED)
    told = _whole("BAPIRET2", {"TYPE": "E", "ID": "VL", "NUMBER": "602", "MESSAGE": "It was posted."})
    message = "['RETURN']['item']"
    rules = {f"{message}['ID']": ".+", f"{message}['NUMBER']": r"\d{3}", f"{message}['MESSAGE']": ".+"}
    _in_session(_answered(asked, ISSUE, f"<RETURN><item>{told}</item></RETURN>", **rules))


def is_not_believed(pact: Pact) -> None:
    """What stands before the service says it, in its own form."""
    asked = pact.upon_receiving("a call with another password").given(NOTHING).with_request("POST", PATH)
    asked.with_header("Authorization", authorization(USER, "another"))
    _written(asked, DELIVERIES, _OF_DELIVERY).will_respond_with(401)


_TYPES = FunctionModules(SapSystem(VirtualClock(AT)))
_FUNCTIONS = SapFunctions(TERMS, nowhere())
_COOKIES = f"SAP_SESSIONID_TST_100={SESSION}; sap-usercontext=sap-client=100"
_OF_ORDER: Mapping[str, Any] = {"ORDER_RANGE": [{"SIGN": "I", "OPTION": "EQ", "LOW": ORDER}]}
_OF_DELIVERY: Mapping[str, Any] = {
    "IS_DLV_DATA_CONTROL": {"HEAD_STATUS": "X"},
    "IT_VBELN": [{"SIGN": "I", "OPTION": "EQ", "DELIV_NUMB_LOW": NUMBER}],
}


def _asked(pact: Pact, description: str, name: str, values: Mapping[str, Any], *states: str) -> HttpInteraction:
    asked = pact.upon_receiving(description)
    for state in states:
        asked.given(state)
    asked.with_request("POST", PATH).with_header("Authorization", authorization(USER, PASSWORD))
    return _written(asked, name, values)


def _written(asked: HttpInteraction, name: str, values: Mapping[str, Any]) -> HttpInteraction:
    """A call as the adapter writes it, which is as the customer's WSDL wants it."""
    asked.with_header("SOAPAction", f'"{RFC}:ZDOSELANE:{name}Request"')
    return asked.with_body(_FUNCTIONS.written(name, values).decode(), XML)


def _answered(asked: HttpInteraction, name: str, said: str, **patterns: str) -> HttpInteraction:
    """An answer with this in it; a value whose place has a pattern may be another of this form."""
    body = f'<n0:{name}Response xmlns:n0="{RFC}">{said}</n0:{name}Response>'
    envelope = f'<e:Envelope xmlns:e="{ENVELOPE}"><e:Header/><e:Body>{body}</e:Body></e:Envelope>'
    asked.will_respond_with(200).with_body(envelope, XML)
    root = f"$['{ENVELOPE}:Envelope']['{ENVELOPE}:Body']['{RFC}:{name}Response']"
    rules = {
        f"{root}{place}['#text']": {"combine": "AND", "matchers": [{"match": "regex", "regex": f"^{pattern}$"}]}
        for place, pattern in patterns.items()
    }
    return asked.with_matching_rules({"body": rules}, "Response") if rules else asked


def _in_session(asked: HttpInteraction) -> None:
    for cookie in _COOKIES.split("; "):
        asked.with_header("Set-Cookie", match.regex(f"{cookie}; path=/", regex=r"^[^=;\s]+=[^;\s]+(;.*)?$"))


def _whole(kind: str, record: Mapping[str, str]) -> str:
    """A structure with all fields that the WSDL gives it, as SAP answers: who reads by a WSDL wants each."""
    return _TYPES.filled(kind, dict(record))


def _fine(kind: str) -> str:
    """A message without a type."""
    return _whole(kind, {})


def _delivery(pact: Pact, description: str, status: str, state: str) -> None:
    asked = _asked(pact, description, DELIVERIES, _OF_DELIVERY, state)
    line = _whole("BAPIDLVHDRSTS", {"VBELN": NUMBER, "WBSTK": status})
    _answered(asked, DELIVERIES, f"<ET_DELIVERY_HEADER_STS><item>{line}</item></ET_DELIVERY_HEADER_STS><RETURN/>")
