"""What we ask of SAP, and what we tell it."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from doselane.exchange.v1.exchange_pb2 import Message

from adapters.erp_sap import writing
from adapters.erp_sap.client import RequestIdentity
from adapters.erp_sap.client.connection import SapConnection
from adapters.erp_sap.client.topics import topic_records
from adapters.erp_sap.events import BusinessEvent, events_in
from adapters.erp_sap.odata.addresses import EntityQuery, condition
from adapters.erp_sap.odata.entities import SapEntity
from adapters.erp_sap.odata.model import DefinitionFault
from adapters.erp_sap.odata.values import ValueFault, padded_key
from adapters.erp_sap.reading import KINDS, all_where, changed, read_document
from adapters.erp_sap.records import RECORDS, record_in
from adapters.erp_sap.settings import (
    INSPECTION_LOTS,
    OUTBOUND_DELIVERIES,
    PRODUCTION_ORDERS,
    SALES_ORDERS,
    Settings,
)
from adapters.erp_sap.translate import EVENTS
from adapters.manifest import Incoming, Kept, Refused
from adapters.mapping import Mapped
from adapters.outbound import Away, Declined, Fetched, Following, Outgoing, Poll, Reaction, Stream

NOTICES_MAX = 50
AT_ONCE_MAX = 10
Send = Callable[[SapConnection, Outgoing], Awaitable[str]]


async def read_back(sap: SapConnection, cursor: str, following: Following) -> Fetched:
    """The documents that the events since the last time name; the cursor is the last message that was looked at.

    Where more came than are looked at, or one came late beside a later one, the polls of what has changed bring it.
    """
    sources = (EVENTS, RECORDS) if sap.settings.event_topics else (EVENTS,)
    newest = [each for source in sources for each in await sap.archive.messages(source, "", NOTICES_MAX)]
    kept = [each.message.name.partition("/")[2] for each in newest if each.message.state != Message.REFUSED]
    waiting = sorted((each for each in kept if not cursor or UUID(each) > UUID(cursor)), key=UUID)[-NOTICES_MAX:]
    fresh = waiting[:AT_ONCE_MAX]
    named: dict[tuple[str, str], None] = {}
    for message_id in fresh:
        found = await sap.archive.message(message_id)
        events = _events_of(found) if found else []
        named |= {(each.document, each.number): None for each in events if each.document in sap.settings.reads}
    bodies = await _read(sap, list(named))
    return Fetched(bodies, fresh[-1] if fresh else cursor, more=len(waiting) > len(fresh))


def _events_of(kept: Kept) -> list[BusinessEvent]:
    received_at = kept.message.receive_time.ToDatetime(UTC)
    try:
        if kept.webhook == RECORDS:
            return record_in(kept.message.body).events()
        return events_in(Incoming(EVENTS, kept.message.body, kept.headers, received_at))
    except Refused:
        return []


async def read_changed(document: str, field: str, sap: SapConnection, cursor: str, following: Following) -> Fetched:
    """The next documents that have changed, events or not: one that was lost is made up for here."""
    if document not in sap.settings.reads:
        return Fetched((), cursor)
    numbers, sweep, more = await changed(sap, document, field, cursor)
    return Fetched(await _read(sap, [(document, number) for number in numbers]), sweep.written(), more)


async def _read(sap: SapConnection, named: Sequence[tuple[str, str]]) -> list[bytes]:
    found = [await read_document(sap, document, number) for document, number in named]
    return [each.written() for each in found if each is not None]


def _checked(send: Send) -> Send:
    """What does not fit SAP's fields is parked, naming the field, before anything of it is sent."""

    async def checked(sap: SapConnection, outgoing: Outgoing) -> str:
        try:
            return await send(sap, outgoing)
        except (DefinitionFault, ValueFault) as fault:
            raise Declined(str(fault)) from fault

    return checked


@_checked
async def write_yield(sap: SapConnection, outgoing: Outgoing) -> str:
    """Writes what a run yielded into its process order."""
    body = json.loads(outgoing.body)
    service = sap.service(PRODUCTION_ORDERS)
    model = await service.model()
    name = sap.mapping.fields.get("yield.activity_mbq")
    quantity = model.field("A_ProcessOrder_2", name) if name else None

    def decide(order: SapEntity) -> dict[str, Any]:
        unit = str(order.values.get(sap.mapping.fields.get("production_order.unit", "")) or "")
        return _new(order, writing.yield_values(body, unit, quantity, sap.mapping))

    found = await service.change_latest("A_ProcessOrder_2", await _key(sap, PRODUCTION_ORDERS, body["order"]), decide)
    if found is None:
        raise Declined(f"SAP has no process order {body['order']}")
    return f"process order {body['order']} tells the yield"


@_checked
async def write_usage_decision(sap: SapConnection, outgoing: Outgoing) -> str:
    """Decides about the inspection lots of a batch; what SAP has decided already is left as it is."""
    body = json.loads(outgoing.body)
    codes = sap.settings.usage_decision
    assert codes is not None, "an account that wants usage decisions says their codes"
    service = sap.service(INSPECTION_LOTS)
    number = await _key(sap, PRODUCTION_ORDERS, body["order"])
    lots = await all_where(service, "A_InspectionLot", "ManufacturingOrder", number)
    if not lots:
        raise Away(f"SAP has no inspection lot of process order {body['order']} yet")
    code = codes.accepted if body["accepted"] else codes.rejected
    said = []
    for lot in lots:
        named = str(lot["InspectionLot"])
        decided = await all_where(service, "A_InspLotUsageDecision", "InspectionLot", named)
        other = [each for each in decided if each.values.get("InspectionLotUsageDecisionCode") != code]
        if other:
            there = str(other[0].values.get("InspectionLotUsageDecisionCode"))
            raise Declined(f"inspection lot {named} has the usage decision {there}; {code} follows from the batch")
        if not decided:
            values = writing.usage_decision_values(named, codes, accepted=body["accepted"])
            await service.create("A_InspLotUsageDecision", values)
        said.append(f"inspection lot {named} is decided: {code}")
    return "; ".join(said)


@_checked
async def post_goods_issue(sap: SapConnection, outgoing: Outgoing) -> str:
    """Writes the air waybill into a delivery and posts its goods issue, unless that was done."""
    body = json.loads(outgoing.body)
    service = sap.service(OUTBOUND_DELIVERIES)
    number = await _key(sap, OUTBOUND_DELIVERIES, body["delivery"])
    name = sap.mapping.fields.get("goods_issue.bill_of_lading")

    def decide(delivery: SapEntity) -> dict[str, Any]:
        return _new(delivery, {name: body["bill_of_lading"]} if name and body["bill_of_lading"] else {})

    found = await service.change_latest("A_OutbDeliveryHeader", number, decide)
    if found is None:
        # Whatever else the shipment is known by may look like a number of a delivery.
        return f"SAP has no delivery {body['delivery']}"
    latest = await service.read("A_OutbDeliveryHeader", number)
    if latest is None or latest.values.get("OverallGoodsMovementStatus") == "C":
        return f"goods issue of delivery {number} was posted already"
    await service.call("PostGoodsIssue", {"DeliveryDocument": str(number)}, etag=latest.etag)
    return f"goods issue of delivery {number} is posted"


async def goods_issue_posted(sap: SapConnection, outgoing: Outgoing) -> str | None:
    """Whether the goods issue was posted after all."""
    number = await _key(sap, OUTBOUND_DELIVERIES, json.loads(outgoing.body)["delivery"])
    latest = await sap.service(OUTBOUND_DELIVERIES).read("A_OutbDeliveryHeader", number)
    posted = latest is not None and latest.values.get("OverallGoodsMovementStatus") == "C"
    return f"goods issue of delivery {number} was posted" if posted else None


@_checked
async def write_outcome(sap: SapConnection, outgoing: Outgoing) -> str:
    """Writes what came of an order into the sales order that stated it."""
    body = json.loads(outgoing.body)
    values = writing.outcome_values(body, sap.settings, sap.mapping)
    number = await _key(sap, SALES_ORDERS, body["order"])
    found = await sap.service(SALES_ORDERS).change_latest("A_SalesOrder", number, lambda order: _new(order, values))
    if found is None:
        raise Declined(f"SAP has no sales order {body['order']}")
    return f"sales order {body['order']} tells {body['outcome']}"


@_checked
async def make_sales_order(sap: SapConnection, outgoing: Outgoing) -> str:
    """Makes the sales order of a slot, unless one has its reference."""
    body = json.loads(outgoing.body)
    if (there := await _sales_order_of(sap, body["reference"])) is not None:
        return there
    values = writing.new_order_values(body, sap.settings, sap.mapping)
    identity = RequestIdentity(UUID(body["request_id"]), datetime.fromisoformat(body["created"]))
    made = await sap.service(SALES_ORDERS).create("A_SalesOrder", values, identity)
    return f"sales order {made['SalesOrder']} is made"


async def sales_order_made(sap: SapConnection, outgoing: Outgoing) -> str | None:
    """The sales order, if it was made after all."""
    return await _sales_order_of(sap, json.loads(outgoing.body)["reference"])


async def _sales_order_of(sap: SapConnection, reference: str) -> str | None:
    service, name = sap.service(SALES_ORDERS), sap.mapping.fields["sales_order.order_reference"]
    model = await service.model()
    query = EntityQuery(
        filter=condition(model, model.entity_set("A_SalesOrder").type, name, "eq", reference),
        select=("SalesOrder",),
        top=1,
    )
    async for page in service.pages("A_SalesOrder", query):
        for order in page.entities:
            return f"sales order {order['SalesOrder']} is there"
    return None


def _new(entity: SapEntity, values: dict[str, Any]) -> dict[str, Any]:
    """What of it is not so already: what was sent twice changes nothing, and costs no version."""
    return {name: value for name, value in values.items() if entity.values.get(name) not in (value, *_alike(value))}


def _alike(value: Any) -> tuple[Any, ...]:
    return (None,) if value == "" else ()


async def _key(sap: SapConnection, document: str, number: str) -> str:
    """A number with the zeros that SAP keeps before it."""
    kind = KINDS[document]
    model = await sap.service(document).model()
    return padded_key(model.field(kind.entity_set, kind.key), number)


def _wants(write: str) -> Callable[[Mapped], bool]:
    def wanted(given: Mapped) -> bool:
        options: Settings = given.settings
        return write in options.writes

    return wanted


def _records(sap: SapConnection, cursor: str) -> AsyncIterator[Fetched]:
    return topic_records(sap.http, sap.settings.event_topics, cursor)


# Quiet topics give a sign of life every few seconds.
LISTENED = Stream(RECORDS, timedelta(minutes=2), _records, wanted=lambda given: bool(given.settings.event_topics))
NOTIFIED = Poll("sap.notified", timedelta(seconds=5), read_back)
CHANGED = tuple(
    Poll(f"sap.{document}.{field}", timedelta(minutes=5), partial(read_changed, document, field))
    for document, kind in KINDS.items()
    for field in kind.changed
)
YIELD = Reaction(
    "sap.yield", writing.PRODUCED, writing.produced, write_yield, wanted=_wants("yields"), manufacturers=True
)
USAGE_DECISIONS = tuple(
    Reaction(
        f"sap.usage_decision.{event.split('.')[-2]}",
        event,
        writing.decided_of_batch,
        write_usage_decision,
        wanted=_wants("usage_decisions"),
        manufacturers=True,
    )
    for event in writing.DECISION_EVENTS
)
GOODS_ISSUE = Reaction(
    "sap.goods_issue",
    writing.HANDED_OVER,
    writing.handed_over,
    post_goods_issue,
    goods_issue_posted,
    wanted=_wants("goods_issues"),
    manufacturers=True,
)
OUTCOME = Reaction(
    "sap.order_outcome", writing.ORDER_DECIDED, writing.decided_of_order, write_outcome, wanted=_wants("order_outcomes")
)
NEW_ORDER = Reaction(
    "sap.new_sales_order",
    writing.SLOT_CONFIRMED,
    writing.confirmed,
    make_sales_order,
    sales_order_made,
    wanted=_wants("new_sales_orders"),
)
REACTIONS = (YIELD, *USAGE_DECISIONS, GOODS_ISSUE, OUTCOME, NEW_ORDER)
