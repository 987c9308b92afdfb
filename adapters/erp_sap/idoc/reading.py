"""From IDocs to what the ERP port states: orders (ORDERS, ORDCHG) and outbound deliveries. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from doselane.erp.v1.erp_pb2 import OutboundDelivery
from doselane.slotting.v1.order_pb2 import DoseOrder
from google.protobuf.message import Message

from adapters.erp_sap.idoc import meanings
from adapters.erp_sap.idoc.codes import IdocCodes
from adapters.erp_sap.idoc.frame import NOT_IDOC, IdocSegment
from adapters.erp_sap.settings import IdocTerms, Settings
from adapters.erp_sap.statements import fill_day, fill_quantity, sponsor_of, wall_instant
from adapters.erp_sap.words import our_word
from adapters.manifest import Refused
from adapters.mapping import AccountMapping, Mapped
from services.kernel.timestamps import stamp

_OUT_OF_SAP = "1"
_CONTROL = "EDI_DC40"
_ITEM, _HANDLING_UNIT = "1", "3"  # VELIN: what a handling unit holds


@dataclass(frozen=True, slots=True)
class IdocControl:
    """The control record of an IDoc that came out of SAP."""

    client: str
    number: str
    message_type: str
    sender: str
    is_test: bool
    made_at: datetime


def control_of(idoc: IdocSegment, terms: IdocTerms) -> IdocControl:
    """What the control record says. Raises Refused, also where the IDoc is not from the account's own system."""
    record = idoc.only(_CONTROL).fields
    if record.needed("DIRECT") != _OUT_OF_SAP:
        words = f"must be {_OUT_OF_SAP}, out of SAP, and is {record.text('DIRECT')[:20]!r}"
        raise record.wrong("DIRECT", words)
    sender = record.needed("SNDPRN")
    if sender != terms.sap.number:
        words = f"is {sender[:40]!r}, and options.idoc.sap.number is {terms.sap.number!r}"
        raise record.wrong("SNDPRN", words, "SENDER_UNKNOWN")
    day, at = record.day("CREDAT"), record.time_of_day("CRETIM")
    return IdocControl(
        record.text("MANDT"),
        record.needed("DOCNUM"),
        record.needed("MESTYP"),
        sender,
        record.text("TEST") not in ("", "0"),
        wall_instant(record, day, at, terms.zone, "CRETIM"),
    )


def idoc_statements(idoc: IdocSegment, control: IdocControl, given: Mapped) -> Iterator[tuple[str, Message]]:
    """What an IDoc states, each under a name that is its own. Raises Refused."""
    read = _READERS.get(control.message_type)
    if read is None:
        words = f"The message type {control.message_type[:30]} is not read; read are {', '.join(_READERS)}."
        raise Refused("MESSAGE_TYPE_UNKNOWN", words, f"{idoc.place}/{_CONTROL}/0/MESTYP")
    if not control.is_test:
        yield from read(idoc, control, given)


def _orders(idoc: IdocSegment, control: IdocControl, given: Mapped) -> Iterator[tuple[str, Message]]:
    codes, terms = IdocCodes(given.mapping), _terms(given)
    head = idoc.only("E1EDK01")
    own = head.fields.text("BELNR")
    reference = _document(codes, idoc, meanings.ORDER_REFERENCE) or head.fields.needed("BELNR")
    number = _document(codes, idoc, meanings.ORDER_NUMBER) or own or reference
    items = idoc.each("E1EDP01")
    if not items:
        raise Refused(NOT_IDOC, "It has no item (E1EDP01).", idoc.place)
    sponsor = ""
    if given.manufacturer:
        sold_to = _single(idoc, codes.those(idoc, "E1EDKA1", meanings.SOLD_TO), "sold-to party (E1EDKA1)")
        sponsor = sponsor_of(sold_to.fields, "PARTN", given.mapping)
    if terms.items == "one" and len(items) > 1:
        words = f"It has {len(items)} items, and options.idoc.items says that orders have one; an item is one dose."
        raise Refused("ITEMS_SEVERAL", words, f"{idoc.place}/E1EDP01/1")
    for item in items:
        position = item.fields.needed("POSEX")
        said = DoseOrder(
            order_reference=own_reference(reference, position, terms),
            system_reference=f"{number}/{position}",
            state=_state(codes, head, item),
            state_time=stamp(control.made_at),
            partner=sponsor,
        )
        if said.state == DoseOrder.WANTED:
            _want(said, idoc, item, codes, given)
        yield said.system_reference, said


def own_reference(reference: str, position: str, terms: IdocTerms) -> str:
    """Our name of the order that an item is: where orders have several, each is one of ours."""
    return reference if terms.items == "one" else f"{reference}/{position.lstrip('0')}"


def _state(codes: IdocCodes, head: IdocSegment, item: IdocSegment) -> DoseOrder.State:
    """Of an item: withdrawn by itself, or with the whole order; an action of the whole that means nothing is told."""
    if codes.meaning(head) == meanings.WITHDRAWN:
        return DoseOrder.WITHDRAWN
    action = item.fields.text("ACTION")
    meaning = codes.meaning(item) if action else meanings.WANTED
    if meaning not in (meanings.WANTED, meanings.WITHDRAWN):
        words = f"is {action[:10]!r}; write a line for E1EDP01/{action[:10]} into tables.idoc_code"
        raise item.fields.wrong("ACTION", words, "WORD_UNKNOWN")
    is_off = meaning == meanings.WITHDRAWN or item.fields.text("ABGRU")
    return DoseOrder.WITHDRAWN if is_off else DoseOrder.WANTED


def _want(said: DoseOrder, idoc: IdocSegment, item: IdocSegment, codes: IdocCodes, given: Mapped) -> None:
    product = _single(item, codes.those(item, "E1EDP19", meanings.PRODUCT), "material (E1EDP19)")
    said.product = our_word(product.fields, "IDTNR", given.mapping, "product")
    said.site = _site(idoc, item, codes, given.mapping)
    said.patient_reference = _at(item, given.mapping.fields.get("idoc_item.patient_reference", ""))
    lines = item.each("E1EDP20")
    if len(lines) > 1:
        raise lines[1].fields.wrong("", "is a second schedule line, and an item is one dose")
    if lines and lines[0].fields.day_if_any("EDATU") is not None:
        fill_day(said, lines[0].fields, "EDATU", given.settings)
    else:
        wanted = _single(idoc, codes.those(idoc, "E1EDK03", meanings.DELIVERY_DATE), "day of delivery (E1EDK03)")
        fill_day(said, wanted.fields, "DATUM", given.settings)
    fill_quantity(said, item.fields, "MENGE", "MENEE")


def _site(idoc: IdocSegment, item: IdocSegment, codes: IdocCodes, mapping: AccountMapping) -> str:
    found = (
        codes.those(item, "E1EDPA1", meanings.SHIP_TO)
        or codes.those(idoc, "E1EDKA1", meanings.SHIP_TO)
        or codes.those(idoc, "E1EDKA1", meanings.SOLD_TO)
    )
    fields = _single(idoc, found, "party that the dose goes to (E1EDKA1)").fields
    return our_word(fields, "PARTN" if fields.text("PARTN") else "LIFNR", mapping, "site")


def _deliveries(idoc: IdocSegment, control: IdocControl, given: Mapped) -> Iterator[tuple[str, Message]]:
    codes, terms = IdocCodes(given.mapping), _terms(given)
    delivery = idoc.only("E1EDL20")
    if codes.those(delivery, "E1EDL18", meanings.DELETED):
        return
    number, units = delivery.fields.needed("VBELN"), delivery.each("E1EDL37")
    told: dict[str, OutboundDelivery] = {}
    sponsor = ""
    for item in delivery.each("E1EDL24"):
        for order in codes.those(item, "E1EDL41", meanings.ORDER_REFERENCE):
            position = order.fields.text("POSEX") if terms.items == "one" else order.fields.needed("POSEX")
            reference = own_reference(order.fields.needed("BSTNR"), position, terms)
            if reference not in told:
                sponsor = sponsor or _sponsor(delivery, codes, given.mapping)
                told[reference] = said = OutboundDelivery(
                    delivery=number,
                    order_reference=reference,
                    state_time=stamp(control.made_at),
                    partner=sponsor,
                )
                if (at := _goods_issue(codes, delivery, item, given.settings)) is not None:
                    said.goods_issue_time.CopyFrom(stamp(at))
            names = [delivery.fields.text("BOLNR"), *_units_of(units, item.fields.needed("POSNR"))]
            there = told[reference].references
            there.extend(each for each in dict.fromkeys(names) if each and each not in there)
    for reference, said in told.items():
        yield f"{number} {reference}", said


def _sponsor(delivery: IdocSegment, codes: IdocCodes, mapping: AccountMapping) -> str:
    """Whose order it carries, by the sold-to party."""
    found = _single(delivery, codes.those(delivery, "E1ADRM1", meanings.SOLD_TO), "sold-to party (E1ADRM1)")
    return sponsor_of(found.fields, "PARTNER_ID", mapping)


def _goods_issue(codes: IdocCodes, delivery: IdocSegment, item: IdocSegment, options: Settings) -> datetime | None:
    """When goods issue was posted, by the clocks of the plant; planned days are none."""
    for each in codes.those(delivery, "E1EDT13", meanings.GOODS_ISSUE):
        day = each.fields.day_if_any("ISDD")
        if day is None:
            continue
        plant = item.fields.text("WERKS") or delivery.fields.text("VSTEL")
        if plant not in options.plant_zones:
            words = f"is local to {plant[:20]!r}, of which options.plant_zones says no zone"
            raise each.fields.wrong("ISDZ", words, "ZONE_UNKNOWN")
        return wall_instant(each.fields, day, each.fields.time_of_day("ISDZ"), options.plant_zones[plant], "ISDZ")
    return None


def _units_of(units: Sequence[IdocSegment], position: str) -> list[str]:
    """The numbers of the handling units that hold an item, and of those that hold these."""
    names = {unit.fields.text("EXIDV"): unit for unit in units}
    holding = [
        name
        for name, unit in names.items()
        if any(_holds(each, _ITEM, "POSNR") == position for each in unit.each("E1EDL44"))
    ]
    for inner in holding:  # grows while it is walked: each outer unit may stand in another
        holding += [
            name
            for name, unit in names.items()
            if name not in holding
            and any(_holds(each, _HANDLING_UNIT, "EXIDV") == inner for each in unit.each("E1EDL44"))
        ]
    return holding


def _holds(content: IdocSegment, kind: str, name: str) -> str | None:
    return content.fields.text(name) if content.fields.text("VELIN") == kind else None


def _at(within: IdocSegment, path: str) -> str:
    """The field that a mapping names by segment and field, such as `Z1DOSE/PATIENT`, of the segments below one."""
    name, _, field = path.partition("/")
    return next((each.fields.text(field) for each in within.all() if each.name == name and field), "")


def _document(codes: IdocCodes, idoc: IdocSegment, meaning: str) -> str:
    return next((each.fields.text("BELNR") for each in codes.those(idoc, "E1EDK02", meaning)), "")


def _single(within: IdocSegment, found: Sequence[IdocSegment], what: str) -> IdocSegment:
    if len(found) != 1:
        words = f"It has {len(found)} times a {what}, and should have one; see tables.idoc_code."
        raise Refused("FIELD_MISSING" if not found else "FIELD_NOT_VALID", words, within.place)
    return found[0]


def _terms(given: Mapped) -> IdocTerms:
    terms: IdocTerms | None = given.settings.idoc
    assert terms is not None, "IDocs are read for accounts that say their terms"
    return terms


_Reader = Callable[[IdocSegment, IdocControl, Mapped], Iterator[tuple[str, Message]]]
_READERS: Mapping[str, _Reader] = {
    "ORDERS": _orders,
    "ORDCHG": _orders,
    "DESADV": _deliveries,
    "SHP_OBDLV_SAVE_REPLICA": _deliveries,
    "SHPCON": _deliveries,
    "WHSCON": _deliveries,
}
