"""IDocs that are sent to SAP: one a delivery, and what its answer means."""

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

from adapters.erp_sap import writing
from adapters.erp_sap.client.connection import SapConnection
from adapters.erp_sap.client.sending import SapRequest
from adapters.erp_sap.idoc import telling
from adapters.erp_sap.idoc.frame import IdocSegment, idocs_in
from adapters.erp_sap.translate import IDOCS
from adapters.manifest import Refused
from adapters.mapping import Mapped
from adapters.outbound import Declined, Outgoing, Reaction

_HEADERS = {"content-type": "text/xml; charset=utf-8", "accept": "*/*"}
_NUMBER = re.compile(rb"(?<![0-9])[0-9]{16}(?![0-9])")
_FORM = re.compile(rb"<form\b|type=[\"']?password", re.IGNORECASE)
Written = Callable[[Any, Outgoing], bytes]


def _sends(written: Written) -> Callable[[SapConnection, Outgoing], Awaitable[str]]:
    async def send(sap: SapConnection, outgoing: Outgoing) -> str:
        return await _post(sap, written(Mapped(sap.settings, sap.mapping), outgoing))

    return send


async def _post(sap: SapConnection, idoc: bytes) -> str:
    """Whether SAP has stored it; whether it is booked, no answer says."""
    terms = sap.settings.idoc
    assert terms is not None, "an account that writes IDocs says their terms"
    headers = {**_HEADERS, "soapaction": '""'} if terms.soap else _HEADERS
    request = SapRequest("POST", sap.sender.at(terms.address), headers, idoc, changes=True)
    answer = await sap.sender.send(request)
    if _FORM.search(answer.content):
        raise Declined(f"SAP answers with a page to log on instead of taking the IDoc; see SICF, {terms.address}")
    number = _NUMBER.search(answer.content)
    return f"SAP has stored the IDoc{f' {number[0].decode()}' if number else ''}, and books it later"


async def nobody_can_look(sap: SapConnection, outgoing: Outgoing) -> str | None:
    """After a lost answer people look: SAP has no service that would find this IDoc, and books duplicates."""
    raise Declined(
        "the answer was lost, and SAP cannot be asked whether it has the IDoc; a second one would be booked twice."
        f" Look for {outgoing.subject} in WE02; if it is missing, enter it there by hand: it is not sent again"
    )


async def acknowledge(sap: SapConnection, outgoing: Outgoing) -> str:
    """Tells the IDoc that stated an order what came of it. Twice does no harm: the second status says the same."""
    body = json.loads(outgoing.body)
    kept = await sap.archive.message(body["message"].partition("/")[2])
    if kept is None or kept.webhook != IDOCS:
        return "it was not stated by IDoc"
    try:
        idocs = idocs_in(kept.message.body, kept.headers.get("content-type", ""))
    except Refused as refusal:
        raise Declined(f"the message {body['message']} is read no more: {refusal.words}") from refusal
    numbers = [idoc.only("EDI_DC40").fields.text("DOCNUM") for idoc in idocs if _is_about(idoc, body)]
    for number in numbers:
        await _post(sap, telling.status(Mapped(sap.settings, sap.mapping), body, number))
    return f"IDoc {', '.join(numbers) or 'none'} is told {body['outcome']}"


def _is_about(idoc: IdocSegment, body: dict[str, str]) -> bool:
    """Whether it has the order's number and its item."""
    numbers = [each.fields.text("BELNR") for name in ("E1EDK01", "E1EDK02") for each in idoc.each(name)]
    items = [each.fields.text("POSEX") for each in idoc.each("E1EDP01")]
    return body["number"] in numbers and body["item"] in items


def _wants(write: str) -> Callable[[Mapped], bool]:
    return lambda given: write in given.settings.writes


IDOC_REACTIONS = (
    Reaction(
        "sap.idoc_order_response",
        writing.ORDER_DECIDED,
        telling.answered,
        _sends(telling.order_response),
        nobody_can_look,
        written=telling.order_response,
        wanted=_wants("idoc_order_responses"),
    ),
    Reaction(
        "sap.idoc_sales_order",
        writing.SLOT_CONFIRMED,
        writing.confirmed,
        _sends(telling.sales_order),
        nobody_can_look,
        written=telling.sales_order,
        wanted=_wants("idoc_sales_orders"),
    ),
    Reaction("sap.idoc_status", writing.ORDER_DECIDED, telling.answered, acknowledge, wanted=_wants("idoc_statuses")),
)
