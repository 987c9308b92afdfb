"""From documents of SAP to what the ERP port states: pure. What cannot be known of a document refuses it."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from doselane.erp.v1.erp_pb2 import InspectionLot, OutboundDelivery, ProductionOrder
from doselane.slotting.v1.order_pb2 import DoseOrder
from google.protobuf.message import Message

from adapters.erp_sap import settings as of_account
from adapters.erp_sap.documents import RecordFields, SapDocument
from adapters.erp_sap.requirements import demands
from adapters.erp_sap.settings import ProductionTerms, Settings
from adapters.erp_sap.words import KBQ_OF_UNIT, PIECES, our_word, unit_of
from adapters.manifest import Refused
from adapters.mapping import AccountMapping, Mapped
from adapters.zones import civil_time
from services.kernel.activity import REFERENCE_ACTIVITY_KBQ_MAX, VIALS_MAX
from services.kernel.identity import names_partner
from services.kernel.timestamps import stamp


def statements(document: SapDocument, given: Mapped) -> Iterator[tuple[str, Message]]:
    """What a document states, each under a name that is its own; nothing of one that says nothing to us."""
    read = _READERS.get(document.document)
    if read is None:
        raise Refused("BODY_NOT_DOCUMENT", f"There is no document {document.document[:60]!r}.", "/document")
    for name, said in read(document, given.mapping, given.settings):
        if isinstance(said, DoseOrder) and given.manufacturer:
            said.partner = sponsor_of(document.only("order"), "SoldToParty", given.mapping)
        yield name, said


def _production_order(
    document: SapDocument, mapping: AccountMapping, options: Settings
) -> Iterator[tuple[str, Message]]:
    order, names = document.only("order"), _names(mapping, "production_order")
    state = _production_state(order)
    if state is None:
        return
    said = ProductionOrder(production_order=document.number, state=state, state_time=document.stamp)
    if state != ProductionOrder.CANCELLED:
        said.product, terms = _made(order, names["product"], mapping, options)
        said.line = our_word(order, names["line"], mapping, "line")
        ends_at = _planned_end(order, names, options)
        said.end_of_synthesis_time.CopyFrom(stamp(ends_at))
        said.claim_cutoff_time.CopyFrom(stamp(ends_at - timedelta(minutes=terms.claim_cutoff_minutes)))
        _pledge(said, order, names, terms)
    yield document.number, said


def _production_state(order: RecordFields) -> ProductionOrder.State | None:
    """None: it was made and closed, which other documents tell."""
    if order.is_set("OrderIsDeleted") or order.is_set("OrderIsMarkedForDeletion"):
        return ProductionOrder.CANCELLED
    if order.is_set("OrderIsTechnicallyCompleted") or order.is_set("OrderIsClosed"):
        made = ("OrderIsConfirmed", "OrderIsPartiallyConfirmed", "OrderIsDelivered", "OrderIsPartiallyDelivered")
        return None if any(map(order.is_set, made)) else ProductionOrder.CANCELLED
    return ProductionOrder.RELEASED if order.is_set("OrderIsReleased") else ProductionOrder.PLANNED


def _made(order: RecordFields, name: str, mapping: AccountMapping, options: Settings) -> tuple[str, ProductionTerms]:
    product = our_word(order, name, mapping, "product")
    if product not in options.production:
        raise order.wrong(name, f"is {product}, of which options.production says nothing", "TERMS_MISSING")
    return product, options.production[product]


def _planned_end(order: RecordFields, names: dict[str, str], options: Settings) -> datetime:
    plant = order.needed(names["plant"])
    zone = options.plant_zones.get(plant)
    if zone is None:
        raise order.wrong(
            names["plant"], f"is {plant[:20]!r}, of which options.plant_zones says no zone", "ZONE_UNKNOWN"
        )
    return wall_instant(
        order, order.day(names["end_date"]), order.time_of_day(names["end_time"]), zone, names["end_time"]
    )


def _pledge(said: ProductionOrder, order: RecordFields, names: dict[str, str], terms: ProductionTerms) -> None:
    """An order counts activity, or vials of one activity. What is pledged is rounded down, what limits it up."""
    quantity, unit = order.decimal(names["quantity"]), unit_of(order, names["unit"])
    if quantity <= 0:
        raise order.wrong(names["quantity"], "must be above zero")
    if unit in KBQ_OF_UNIT:
        if terms.vials is None:
            raise order.wrong(
                names["unit"], "counts activity, and options.production does not say `vials`", "TERMS_MISSING"
            )
        kbq, vials = quantity * KBQ_OF_UNIT[unit], Decimal(terms.vials)
    elif unit in PIECES:
        if terms.vial_mbq is None:
            raise order.wrong(
                names["unit"], "counts vials, and options.production does not say `vial_mbq`", "TERMS_MISSING"
            )
        kbq, vials = quantity * _kbq(terms.vial_mbq), quantity
    else:
        raise order.wrong(names["unit"], f"is {unit[:10]!r}, which is neither activity nor pieces", "UNIT_UNKNOWN")
    if vials != vials.to_integral_value() or vials > VIALS_MAX or kbq > REFERENCE_ACTIVITY_KBQ_MAX:
        raise order.wrong(
            names["quantity"], f"must be whole vials, at most {VIALS_MAX}, and at most {REFERENCE_ACTIVITY_KBQ_MAX} kBq"
        )
    said.pledged.reference_activity_kbq = int(kbq.to_integral_value(ROUND_FLOOR))
    said.pledged.vials = int(vials)
    said.vial_reference_activity_max_kbq = int(_kbq(terms.vial_mbq_max).to_integral_value(ROUND_CEILING))
    said.loss_fraction = terms.loss_fraction


def _inspection_lot(document: SapDocument, mapping: AccountMapping, _: Settings) -> Iterator[tuple[str, Message]]:
    lot, names = document.only("lot"), _names(mapping, "inspection_lot")
    production_order = lot.text(names.get("production_order", ""))
    if not production_order:
        return  # of goods that were bought, or of stock
    said = InspectionLot(
        inspection_lot=document.number,
        production_order=production_order,
        batch_number=lot.text(names.get("batch", "")),
        state_time=document.stamp,
    )
    for decision in document.each("usage_decision"):
        code = decision.text("InspectionLotUsageDecisionCode")
        valuation = decision.text("InspLotUsageDecisionValuation")
        said.usage_decision_code = code
        word = mapping.ours("usage_decision", code) or {"A": "ACCEPTED", "R": "REJECTED"}.get(valuation)
        if word is not None:
            said.usage_decision = InspectionLot.UsageDecision.Value(word)
    yield document.number, said


def _outbound_delivery(document: SapDocument, mapping: AccountMapping, _: Settings) -> Iterator[tuple[str, Message]]:
    delivery, names = document.only("delivery"), _names(mapping, "outbound_delivery")
    orders = {each.needed("SalesOrder"): each for each in document.each("sales_order")}
    references = [delivery.text(names.get("bill_of_lading", ""))]
    references += [each.text("HandlingUnitExternalID") for each in document.each("handling_unit")]
    order_name = _names(mapping, "sales_order").get("order_reference", "")
    told: set[str] = set()
    for item in document.each("item"):
        order = orders.get(item.text("ReferenceSDDocument"))
        reference = order.text(order_name) if order else ""
        if order is None or not reference or reference in told:
            continue
        told.add(reference)
        said = OutboundDelivery(
            delivery=document.number,
            order_reference=reference,
            references=[each for each in dict.fromkeys(references) if each],
            state_time=document.stamp,
            partner=sponsor_of(order, "SoldToParty", mapping),
        )
        yield f"{document.number} {reference}", said


def _sales_order(document: SapDocument, mapping: AccountMapping, options: Settings) -> Iterator[tuple[str, Message]]:
    order, items = document.only("order"), document.each("item")
    names = _names(mapping, "sales_order")
    reference = order.needed(names["order_reference"])
    for item in items:
        number = item.needed("SalesOrderItem")
        # Of an order for several doses each is an order of ours.
        own = reference if len(items) == 1 else f"{reference}/{number.lstrip('0')}"
        said = DoseOrder(
            order_reference=own,
            system_reference=f"{document.number}/{number}",
            state=DoseOrder.WITHDRAWN if item.text("SalesDocumentRjcnReason") else DoseOrder.WANTED,
            state_time=document.stamp,
        )
        if said.state == DoseOrder.WANTED:
            _want(said, document, item, mapping, options)
        yield said.system_reference, said


def _want(
    said: DoseOrder, document: SapDocument, item: RecordFields, mapping: AccountMapping, options: Settings
) -> None:
    order, names = document.only("order"), _names(mapping, "sales_order_item")
    said.product = our_word(item, names["product"], mapping, "product")
    said.patient_reference = item.text(names.get("patient_reference", ""))
    said.site = _site(document, order, mapping, options)
    fill_day(said, order, _names(mapping, "sales_order")["delivery_date"], options)
    fill_quantity(said, item, names["quantity"], names["unit"])


def fill_day(said: DoseOrder, fields: RecordFields, name: str, options: Settings) -> None:
    """The hours of a day of delivery in which the dose is administered, by the clocks of the order's site."""
    zone, hours = options.site_zones.get(said.site), options.administration
    if zone is None or hours is None:
        words = (
            f"is delivered to {said.site}, of which options.site_zones and options.administration do not say the time"
        )
        raise fields.wrong("", words, "ZONE_UNKNOWN")
    day = fields.day(name)
    said.administration_interval.start_time.CopyFrom(stamp(wall_instant(fields, day, hours.begin, zone, name)))
    said.administration_interval.end_time.CopyFrom(stamp(wall_instant(fields, day, hours.end, zone, name)))


def fill_quantity(said: DoseOrder, item: RecordFields, name: str, unit_name: str) -> None:
    """An item is one dose: one piece, or the activity that is wanted."""
    quantity, unit = item.decimal(name), unit_of(item, unit_name)
    if unit in KBQ_OF_UNIT and quantity > 0:
        said.activity_mbq = float(quantity * KBQ_OF_UNIT[unit] / 1000)
    elif unit not in PIECES or quantity != 1:
        words = f"is {quantity:f} {unit[:10]}, and an item is one dose: one piece, or its activity"
        raise item.wrong(name, words)


def _site(document: SapDocument, order: RecordFields, mapping: AccountMapping, options: Settings) -> str:
    receiving = [each for each in document.each("partner") if each.text("PartnerFunction") == options.ship_to_function]
    fields, name = (receiving[0], "Customer") if receiving else (order, "SoldToParty")
    return our_word(fields, name, mapping, "site")


def sponsor_of(fields: RecordFields, name: str, mapping: AccountMapping) -> str:
    """Whose order it is, in the manufacturer's system: taken for another's, it would show that one what is not its."""
    partner = our_word(fields, name, mapping, "partner")
    if not names_partner(partner):
        raise fields.wrong(name, f"is {partner[:80]!r} in tables.partner; write partners/… there", "WORD_UNKNOWN")
    return partner


def _planned_requirements(document: SapDocument, mapping: AccountMapping, _: Settings) -> Iterator[tuple[str, Message]]:
    yield from demands(document, _names(mapping, "requirement"), mapping)


def _names(mapping: AccountMapping, kind: str) -> dict[str, str]:
    """Their fields of a kind of record. A name that the mapping leaves out is asked for in vain, and says so."""
    return {**dict.fromkeys(_FIELDS[kind], ""), **mapping.of_kind(kind)}


def wall_instant(fields: RecordFields, day: date, at: time, zone: str, name: str) -> datetime:
    """A local time as an instant; refused where clocks show it twice, or not at all."""
    found = civil_time(datetime.combine(day, at), (zone,))
    if found.at is None:
        raise fields.wrong(name, f"is {day}T{at}, which is no one instant in {zone}", found.doubt)
    return found.at


def _kbq(mbq: float) -> Decimal:
    """Kilobecquerel, by the digits that were written."""
    return Decimal(str(mbq)) * 1000


_FIELDS = {
    kind: [name.partition(".")[2] for name in of_account.SHAPE.fields if name.startswith(f"{kind}.")]
    for kind in {name.partition(".")[0] for name in of_account.SHAPE.fields}
}
_READERS = {
    of_account.PRODUCTION_ORDERS: _production_order,
    of_account.INSPECTION_LOTS: _inspection_lot,
    of_account.OUTBOUND_DELIVERIES: _outbound_delivery,
    of_account.SALES_ORDERS: _sales_order,
    of_account.PLANNED_REQUIREMENTS: _planned_requirements,
}
