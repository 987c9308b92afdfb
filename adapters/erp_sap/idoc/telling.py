"""What is told to SAP by IDoc because of our events: ORDRSP, ORDERS and STATUS. Pure."""

import json
import textwrap
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from doselane.slotting.v1.events_pb2 import OrderDecided

from adapters.erp_sap.idoc.reading import own_reference
from adapters.erp_sap.idoc.written import IdocHead, WrittenSegment, local_day_and_time, written_idoc
from adapters.erp_sap.settings import IdocTerms, Settings
from adapters.erp_sap.words import KBQ_OF_UNIT
from adapters.erp_sap.writing import ADAPTER, BOOKS, their_word
from adapters.mapping import Mapped
from adapters.outbound import Declined, Outgoing
from services.kernel.event import Event
from services.kernel.timestamps import instant

_LINE_CHARACTERS = 70  # of a line of text (E1EDPT2-TDLINE)
_PLACES_MAX = 3  # of a quantity in SAP
_TAKEN, _NOT_TAKEN = ("41", "S"), ("40", "E")


def answered(event: Event, partner: str) -> Iterator[Outgoing]:
    """What came of an order, for whoever sent it by IDoc or has it in his SAP."""
    said = OrderDecided.FromString(event.data)
    order, slot = said.order, said.slot
    number, _, item = order.system_reference.partition("/")
    if said.stated_by != partner or said.adapter != ADAPTER or not item:
        return
    is_held = said.HasField("slot") and said.outcome != OrderDecided.GIVEN_BACK
    delivery = instant(slot.delivery_time, "delivery_time") if is_held and slot.HasField("delivery_time") else None
    body = {
        "event": str(event.id),
        "made": event.time.isoformat(),
        "message": said.message,
        "reference": order.order_reference,
        "number": number,
        "item": item,
        "outcome": OrderDecided.Outcome.Name(said.outcome),
        "is_held": is_held,
        "site": slot.site,
        "delivery": delivery.isoformat() if delivery else "",
        "mbq": str(order.activity_mbq) if order.HasField("activity_mbq") else "",
        "words": ": ".join(filter(None, (said.reason, said.detail))),
    }
    yield Outgoing(f"{number}/{item}", json.dumps(body).encode(), event.time + BOOKS)


def order_response(given: Mapped, outgoing: Outgoing) -> bytes:
    """ORDRSP for an item: what is held for it, or that it is rejected, and why. Raises Declined."""
    body, options = json.loads(outgoing.body), given.settings
    terms = _terms(options)
    quantity, unit = _quantity(body["mbq"], terms)
    below = []
    if body["is_held"]:
        values = {"POSEX": body["item"], "MENGE": quantity, "MENEE": unit}
        day, time = _local(body["site"], body["delivery"], options)
        below.append(WrittenSegment("E1EDP20", {"WMENG": quantity, "EDATU": day, "EZEIT": time}))
    else:
        values = {"POSEX": body["item"], "ACTION": "003", "ABGRU": terms.rejection}
    lines = textwrap.wrap(body["words"], _LINE_CHARACTERS)
    if lines:
        texts = [WrittenSegment("E1EDPT2", {"TDLINE": each, "TDFORMAT": "*"}) for each in lines]
        below.append(WrittenSegment("E1EDPT1", {"TDID": "0001", "TSSPRAS": "E"}, texts))
    segments = [
        WrittenSegment("E1EDK01", {"BELNR": body["number"]}),
        WrittenSegment("E1EDK02", {"QUALF": "001", "BELNR": _theirs(body, terms)}),
        WrittenSegment("E1EDK02", {"QUALF": "002", "BELNR": body["number"]}),
        WrittenSegment("E1EDP01", values, below),
        WrittenSegment("E1EDS01", {"SUMID": "001", "SUMME": "1"}),
    ]
    return written_idoc(_head("ORDERS05", "ORDRSP", body, options), terms, segments)


def sales_order(given: Mapped, outgoing: Outgoing) -> bytes:
    """ORDERS for a slot that was promised: a sales order of one item. Raises Declined."""
    body, options, mapping = json.loads(outgoing.body), given.settings, given.mapping
    terms, order = _terms(options), options.new_sales_order
    assert order is not None, "an account that wants sales orders made says what they have"
    material, ship_to = (
        their_word(mapping, table, body[name]) for table, name in (("product", "product"), ("site", "site"))
    )
    day, time = _local(body["site"], body["delivery"], options)
    organization = (("008", order.organization), ("007", order.distribution_channel), ("006", order.division))
    schedule = WrittenSegment("E1EDP20", {"WMENG": "1", "EDATU": day, "EZEIT": time})
    segments = [
        WrittenSegment("E1EDK01", {"BSART": order.order_type, "BELNR": body["reference"]}),
        *(WrittenSegment("E1EDK14", {"QUALF": code, "ORGID": value}) for code, value in organization),
        WrittenSegment("E1EDK03", {"IDDAT": "002", "DATUM": day, "UZEIT": time}),
        WrittenSegment("E1EDKA1", {"PARVW": "AG", "PARTN": order.sold_to}),
        WrittenSegment("E1EDKA1", {"PARVW": "WE", "PARTN": ship_to}),
        WrittenSegment("E1EDK02", {"QUALF": "001", "BELNR": body["reference"]}),
        WrittenSegment(
            "E1EDP01",
            {"POSEX": "000010", "MENGE": "1", "MENEE": terms.unit},
            [schedule, WrittenSegment("E1EDP19", {"QUALF": "002", "IDTNR": material})],
        ),
        WrittenSegment("E1EDS01", {"SUMID": "001", "SUMME": "1"}),
    ]
    made = {"event": body["request_id"], "made": body["created"]}
    return written_idoc(_head("ORDERS05", "ORDERS", made, options), terms, segments)


def status(given: Mapped, body: Mapping[str, Any], number: str) -> bytes:
    """STATUS for an IDoc that came: that an order was made of it, or not, and why."""
    options = given.settings
    terms = _terms(options)
    day, time = local_day_and_time(datetime.fromisoformat(body["made"]), terms.zone)
    code, kind = _NOT_TAKEN if body["outcome"] == "REFUSED" else _TAKEN
    words = textwrap.shorten(f"{body['outcome']} {body['words']}".strip(), _LINE_CHARACTERS, placeholder=" ...")
    values = {
        "DOCNUM": number, "LOGDAT": day, "LOGTIM": time, "STATUS": code, "STATXT": words,
        "STAPA1": f"{body['number']}/{body['item']}", "STATYP": kind,
    }  # fmt: skip
    head = _head("SYSTAT01", "STATUS", body, options)
    return written_idoc(head, terms, [WrittenSegment("E1STATS", values)])


def _quantity(mbq: str, terms: IdocTerms) -> tuple[str, str]:
    """One piece, or the activity that was ordered, in the account's unit."""
    if not mbq:
        return "1", terms.unit
    exact = Decimal(mbq) * 1000 / KBQ_OF_UNIT[terms.activity_unit]
    if exact != round(exact, _PLACES_MAX):
        words = f"{mbq} MBq are not told exactly in {terms.activity_unit} with {_PLACES_MAX} places"
        raise Declined(f"{words}; see options.idoc.activity_unit")
    return f"{exact.normalize():f}", terms.activity_unit


def _local(site: str, delivery: str, options: Settings) -> tuple[str, str]:
    zone = options.site_zones.get(site)
    if not delivery or zone is None:
        raise Declined(f"{site}: options.site_zones does not say its time, so the day of delivery is not known")
    return local_day_and_time(datetime.fromisoformat(delivery), zone)


def _theirs(body: Mapping[str, Any], terms: IdocTerms) -> str:
    """The reference as they have it: without the item that makes it ours."""
    reference: str = body["reference"]
    return reference.removesuffix(own_reference("", body["item"], terms))


def _head(base_type: str, message_type: str, body: Mapping[str, Any], options: Settings) -> IdocHead:
    return IdocHead(base_type, message_type, body["event"], datetime.fromisoformat(body["made"]), options.client)


def _terms(options: Settings) -> IdocTerms:
    assert options.idoc is not None, "an account that writes IDocs says their terms"
    return options.idoc
