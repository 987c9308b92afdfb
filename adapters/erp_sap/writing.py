"""What is written into SAP because of our events. Pure."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from doselane.capacity.v1.events_pb2 import RunProduced
from doselane.distribution.v1.events_pb2 import ShipmentHandedOver
from doselane.quality.v1 import events_pb2 as quality
from doselane.slotting.v1.events_pb2 import OrderDecided, SlotConfirmed
from doselane.slotting.v1.slotting_pb2 import Slot

from adapters.erp_sap.odata.model import TypedField
from adapters.erp_sap.settings import Settings, UsageDecisionCodes
from adapters.erp_sap.words import KBQ_OF_UNIT, PIECES
from adapters.mapping import AccountMapping
from adapters.outbound import Declined, Outgoing
from services.kernel.event import Event
from services.kernel.timestamps import instant

# What goes into books is of use for longer than a dose lives.
BOOKS = timedelta(days=14)
# By this an order that SAP stated is known again: number and item.
ADAPTER = "erp_sap"
PRODUCED = "doselane.capacity.run.produced.v1"
HANDED_OVER = "doselane.distribution.shipment.handed_over.v1"
ORDER_DECIDED = "doselane.slotting.order.decided.v1"
SLOT_CONFIRMED = "doselane.slotting.slot.confirmed.v1"
_DECISIONS: Mapping[str, tuple[Any, bool]] = {
    "doselane.quality.batch.certified_for_use.v1": (quality.BatchCertifiedForUse, True),
    "doselane.quality.batch.rejected.v1": (quality.BatchRejected, False),
    "doselane.quality.batch.failed_after_use.v1": (quality.BatchFailedAfterUse, False),
}
DECISION_EVENTS = tuple(_DECISIONS)
Body = Mapping[str, Any]


def produced(event: Event, partner: str) -> Iterator[Outgoing]:
    """What a run yielded, for its process order."""
    run = RunProduced.FromString(event.data).run
    if not run.production_order:
        return
    measured = run.production.measured
    body = {
        "order": run.production_order,
        "run": run.name,
        "kbq": measured.activity_kbq,
        "vials": measured.vials if measured.HasField("vials") else None,
    }
    yield _outgoing(event, run.name, body)


def decided_of_batch(event: Event, partner: str) -> Iterator[Outgoing]:
    """The usage decision that follows from what was decided about a batch."""
    message, accepted = _DECISIONS[event.type]
    batch = message.FromString(event.data).batch
    if batch.production_order:
        yield _outgoing(event, batch.name, {"order": batch.production_order, "accepted": accepted})


def handed_over(event: Event, partner: str) -> Iterator[Outgoing]:
    """Goods issue of the deliveries by whose numbers a shipment is known, once somebody has taken it from us."""
    said = ShipmentHandedOver.FromString(event.data)
    if not said.entry.from_party.startswith(("facilities/", "partners/")) or not said.entry.HasField("time"):
        return
    at = instant(said.entry.time, "entry.time")
    numbers = [each for each in said.shipment.references if each.isascii() and each.isdigit() and len(each) <= 10]
    others = [each for each in said.shipment.references if each not in numbers]
    for number in numbers:
        body = {"delivery": number, "time": at.isoformat(), "bill_of_lading": others[0] if others else ""}
        yield _outgoing(event, f"{said.shipment.name} {number}", body)


def decided_of_order(event: Event, partner: str) -> Iterator[Outgoing]:
    """What came of an order, for the sales order that stated it."""
    said = OrderDecided.FromString(event.data)
    number, _, item = said.order.system_reference.partition("/")
    if said.stated_by != partner or said.adapter != ADAPTER or not item:
        return
    body = {
        "order": number,
        "outcome": OrderDecided.Outcome.Name(said.outcome),
        "slot": said.slot.name if said.HasField("slot") else "",
        "site": said.slot.site,
        "delivery": _isoformat(said.slot, "delivery_time"),
    }
    yield _outgoing(event, f"{number}/{item}", body)


def confirmed(event: Event, partner: str) -> Iterator[Outgoing]:
    """A sales order for a slot that was promised; one that is there already is found by its reference."""
    slot = SlotConfirmed.FromString(event.data).slot
    if event.partner != partner or not slot.HasField("administration"):
        return
    body = {
        "reference": slot.order_reference,
        "product": slot.product,
        "site": slot.site,
        "delivery": _isoformat(slot, "delivery_time"),
        "created": event.time.isoformat(),
        "request_id": str(event.id),
    }
    yield _outgoing(event, slot.name, body)


def _isoformat(slot: Slot, field: str) -> str:
    """An instant of a slot as a text; empty if it is not known."""
    return instant(getattr(slot, field), field).isoformat() if slot.HasField(field) else ""  # type: ignore[arg-type]


def _outgoing(event: Event, subject: str, body: Body) -> Outgoing:
    return Outgoing(subject, json.dumps(body).encode(), event.time + BOOKS)


def yield_values(body: Body, unit: str, quantity: TypedField | None, mapping: AccountMapping) -> dict[str, Any]:
    """What is written into a process order, in the unit in which it counts. Raises Declined.

    A measured activity has more digits than the order's field; what there is no room for stays with us, rounded down.
    """
    names = mapping.of_kind("yield")
    values: dict[str, Any] = {}
    if "activity_mbq" in names and quantity is not None:
        if unit.upper() in KBQ_OF_UNIT:
            exact = Decimal(body["kbq"]) / KBQ_OF_UNIT[unit.upper()]
            places = Decimal(1).scaleb(-(quantity.scale if quantity.scale is not None else 3))
            values[names["activity_mbq"]] = exact.quantize(places, ROUND_DOWN)
        elif unit.upper() in PIECES:
            if body["vials"] is None:
                raise Declined(f"{body['run']}: nobody said how many vials were filled, and the order counts vials")
            values[names["activity_mbq"]] = Decimal(body["vials"])
        else:
            raise Declined(f"process order {body['order']} counts in {unit!r}, which is neither activity nor pieces")
    if "run" in names:
        values[names["run"]] = body["run"]
    return values


def usage_decision_values(lot: str, codes: UsageDecisionCodes, *, accepted: bool) -> dict[str, Any]:
    """The usage decision of an inspection lot, in the codes of the account."""
    return {
        "InspectionLot": lot,
        "InspLotUsageDecisionCatalog": codes.catalog,
        "SelectedCodeSetPlant": codes.plant,
        "InspLotUsgeDcsnSelectedSet": codes.selected_set,
        "InspLotUsageDecisionCodeGroup": codes.code_group,
        "InspectionLotUsageDecisionCode": codes.accepted if accepted else codes.rejected,
    }


def outcome_values(body: Body, settings: Settings, mapping: AccountMapping) -> dict[str, Any]:
    """What is written into a sales order: the outcome in the customer's word, the slot, the day on which it is promised
    to be delivered where a field takes it, and a block or none. Raises Declined if nobody says the centre's time."""
    names = mapping.of_kind("order_outcome")
    refused = body["outcome"] == "REFUSED"
    said: dict[str, Any] = {
        "outcome": mapping.theirs("outcome", body["outcome"]) or body["outcome"],
        "slot": body["slot"].partition("/")[2].replace("-", ""),  # as 32 digits it fits
        "delivery_block": settings.refused_block if refused else "",
    }
    if not settings.refused_block:
        del said["delivery_block"]
    if "delivery_date" in names:
        said["delivery_date"] = _promised_day(body, settings)
    return {names[ours]: value for ours, value in said.items() if ours in names}


def _promised_day(body: Body, settings: Settings) -> Any:
    """The day of the promised delivery at the centre; None: nothing is promised."""
    if not body["slot"] or not body.get("delivery"):
        return None
    zone = settings.site_zones.get(body["site"])
    if zone is None:
        raise Declined(f"{body['site']}: options.site_zones does not say its time, so the day of delivery is not known")
    return local_day(datetime.fromisoformat(body["delivery"]), zone)


def new_order_values(body: Body, settings: Settings, mapping: AccountMapping) -> dict[str, Any]:
    """The sales order, with its item, that is made of a slot. Raises Declined where the mapping has no word for it."""
    terms = settings.new_sales_order
    assert terms is not None, "an account that wants sales orders made says what they have"
    material, ship_to = their_word(mapping, "product", body["product"]), their_word(mapping, "site", body["site"])
    names, item_names = mapping.of_kind("sales_order"), mapping.of_kind("sales_order_item")
    zone = settings.site_zones.get(body["site"])
    if not body["delivery"] or zone is None:
        raise Declined(f"{body['site']}: options.site_zones does not say its time, so the day of delivery is not known")
    return {
        "SalesOrderType": terms.order_type,
        "SalesOrganization": terms.organization,
        "DistributionChannel": terms.distribution_channel,
        "OrganizationDivision": terms.division,
        "SoldToParty": terms.sold_to,
        names["order_reference"]: body["reference"],
        names["delivery_date"]: local_day(datetime.fromisoformat(body["delivery"]), zone),
        "to_Partner": [{"PartnerFunction": settings.ship_to_function, "Customer": ship_to}],
        "to_Item": [
            {
                item_names["product"]: material,
                item_names["quantity"]: Decimal(1),
                item_names["unit"]: terms.unit,
            }
        ],
    }


def local_day(at: datetime, zone: str) -> Any:
    """The day of an instant, as clocks there show it."""
    return at.astimezone(ZoneInfo(zone)).date()


def their_word(mapping: AccountMapping, table: str, ours: str) -> str:
    """Their word for ours. Raises Declined where no line of the table says."""
    theirs = mapping.theirs(table, ours)
    if theirs is None:
        raise Declined(f"write a line for {ours} into tables.{table}; without one SAP does not know it")
    return theirs
