"""Yields and goods issues by function modules: looked for before they are written, and again after a lost answer."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from adapters.erp_sap import writing
from adapters.erp_sap.client.connection import SapConnection
from adapters.erp_sap.functions.client import SapFunctions, lines, nowhere, structure
from adapters.erp_sap.functions.fitting import Values, scale_of
from adapters.erp_sap.functions.terms import (
    CONFIRM,
    CONFIRMATION,
    CONFIRMATIONS,
    DELIVERIES,
    ISSUE,
    FunctionTerms,
)
from adapters.erp_sap.words import KBQ_OF_UNIT
from adapters.mapping import Mapped
from adapters.outbound import Declined, Outgoing, Reaction
from services.kernel.event import Event

ORDER_DIGITS, DELIVERY_DIGITS = 12, 10
_POSTED = "C"


def yielded(event: Event, partner: str) -> Iterator[Outgoing]:
    """What a run yielded, and when that was known."""
    for each in writing.produced(event, partner):
        body = {**json.loads(each.body), "time": event.time.isoformat()}
        yield Outgoing(each.subject, json.dumps(body).encode(), each.give_up_at)


def confirmation(functions: SapFunctions, terms: FunctionTerms, outgoing: Outgoing) -> Values:
    """The confirmation of a process order: the yield in the order's unit, rounded down, and of which run it is."""
    body = json.loads(outgoing.body)
    exact = Decimal(body["kbq"]) / KBQ_OF_UNIT[terms.unit]
    places = Decimal(1).scaleb(-scale_of(functions.signature(CONFIRM), "ATHDRLEVELS.YIELD"))
    header = {
        "ORDERID": _numbered(body["order"], ORDER_DIGITS),
        "FIN_CONF": "X" if terms.is_final else "",
        "POSTG_DATE": datetime.fromisoformat(body["time"]).astimezone(ZoneInfo(terms.zone)).date().isoformat(),
        "YIELD": exact.quantize(places, ROUND_DOWN),
        "CONF_QUAN_UNIT": terms.unit,
        "CONF_TEXT": _mark(body["run"]),
    }
    return {"ATHDRLEVELS": [header]}


async def confirm(sap: SapConnection, outgoing: Outgoing) -> str:
    """Confirms a process order, unless that was done for this run."""
    if (there := await confirmed(sap, outgoing)) is not None:
        return there
    functions, terms = _of(sap)
    order = json.loads(outgoing.body)["order"]
    await functions.change(CONFIRM, confirmation(functions, terms, outgoing))
    if not terms.commits_itself and await confirmed(sap, outgoing) is None:
        raise _not_stored(CONFIRM)
    return f"process order {order} is confirmed"


async def confirmed(sap: SapConnection, outgoing: Outgoing) -> str | None:
    """The confirmation that was made for this run. Raises Declined where it tells another yield."""
    functions, terms = _of(sap)
    body = json.loads(outgoing.body)
    wanted = confirmation(functions, terms, outgoing)["ATHDRLEVELS"][0]["YIELD"]
    chosen = {"SIGN": "I", "OPTION": "EQ", "LOW": _numbered(body["order"], ORDER_DIGITS)}
    for each in lines(await functions.read(CONFIRMATIONS, {"ORDER_RANGE": [chosen]}), "CONFIRMATIONS"):
        named = {"CONFIRMATION": each["CONFNO"], "CONFIRMATIONCOUNTER": each["CONFCNT"]}
        found = structure(await functions.read(CONFIRMATION, named), "CONF_DETAIL")
        if str(found.get("CONFTEXT") or "").strip() != _mark(body["run"]) or found.get("REVERSED"):
            continue
        if found.get("YIELD") != wanted:
            words = f"process order {body['order']} was confirmed with {found.get('YIELD')} {terms.unit} for this run"
            raise Declined(
                f"{words}, which has yielded {wanted}; cancel confirmation {each['CONFNO']} in CORS, and replay"
            )
        return f"process order {body['order']} was confirmed: {each['CONFNO']}"
    return None


async def issue(sap: SapConnection, outgoing: Outgoing) -> str:
    """Posts the goods issue of a delivery, unless that was done."""
    functions, terms = _of(sap)
    number = json.loads(outgoing.body)["delivery"]
    status = await _status(functions, number)
    if status is None:
        # Whatever else the shipment is known by may look like a number of a delivery.
        return f"SAP has no delivery {number}"
    if status == _POSTED:
        return f"goods issue of delivery {number} was posted already"
    await functions.change(ISSUE, goods_issue(outgoing))
    if not terms.commits_itself and await _status(functions, number) != _POSTED:
        raise _not_stored(ISSUE)
    return f"goods issue of delivery {number} is posted"


async def issued(sap: SapConnection, outgoing: Outgoing) -> str | None:
    """Whether the goods issue was posted after all."""
    number = json.loads(outgoing.body)["delivery"]
    posted = await _status(_of(sap)[0], number) == _POSTED
    return f"goods issue of delivery {number} was posted" if posted else None


def goods_issue(outgoing: Outgoing) -> Values:
    """The confirmation of a delivery that posts its goods issue, with the quantities that SAP has picked."""
    number = _numbered(json.loads(outgoing.body)["delivery"], DELIVERY_DIGITS)
    control = {"DELIV_NUMB": number, "POST_GI_FLG": "X"}
    return {"HEADER_DATA": {"DELIV_NUMB": number}, "HEADER_CONTROL": control, "DELIVERY": number}


async def _status(functions: SapFunctions, number: str) -> str | None:
    """How far the goods issue of a delivery is: A, B or C. None: there is no such delivery."""
    wanted = _numbered(number, DELIVERY_DIGITS)
    chosen = {"SIGN": "I", "OPTION": "EQ", "DELIV_NUMB_LOW": wanted}
    asked = {"IS_DLV_DATA_CONTROL": {"HEAD_STATUS": "X"}, "IT_VBELN": [chosen]}
    for each in lines(await functions.read(DELIVERIES, asked), "ET_DELIVERY_HEADER_STS"):
        if _numbered(str(each["VBELN"] or ""), DELIVERY_DIGITS) == wanted:
            return str(each["WBSTK"] or "")
    return None


def _of(sap: SapConnection) -> tuple[SapFunctions, FunctionTerms]:
    assert sap.functions is not None and sap.settings.functions is not None, "whoever calls functions says their terms"
    return sap.functions, sap.settings.functions


def _not_stored(name: str) -> Declined:
    """A commit in another session answers as a good one does, and commits nothing."""
    return Declined(
        f"SAP has answered {name} and its commit without a fault, and has stored nothing: make the service stateful in"
        " SOAMANAGER and what stands before it keep cookies, or call function modules that commit (commits_itself)"
    )


def _numbered(number: str, digits: int) -> str:
    """With the zeros that SAP keeps before a number."""
    return number.zfill(digits) if number.isdigit() else number


def _mark(run: str) -> str:
    """By which a confirmation is known to be of a run: 32 digits, of the 40 characters that its text has."""
    return run.partition("/")[2].replace("-", "")


def _written(
    values: Callable[[SapFunctions, FunctionTerms, Outgoing], Values], name: str
) -> Callable[[Any, Outgoing], bytes]:
    def written(given: Mapped, outgoing: Outgoing) -> bytes:
        terms = given.settings.functions
        functions = SapFunctions(terms, nowhere())
        return functions.written(name, values(functions, terms, outgoing))

    return written


def _wants(write: str) -> Callable[[Mapped], bool]:
    return lambda given: write in given.settings.writes


FUNCTION_REACTIONS = (
    Reaction(
        "sap.function_confirmation",
        writing.PRODUCED,
        yielded,
        confirm,
        confirmed,
        written=_written(confirmation, CONFIRM),
        wanted=_wants("function_yields"),
        manufacturers=True,
    ),
    Reaction(
        "sap.function_goods_issue",
        writing.HANDED_OVER,
        writing.handed_over,
        issue,
        issued,
        written=_written(lambda functions, terms, outgoing: goods_issue(outgoing), ISSUE),
        wanted=_wants("function_goods_issues"),
        manufacturers=True,
    ),
)
