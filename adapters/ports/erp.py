"""ERP systems: they tell of production, inspection lots, deliveries, demand and orders for doses."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from doselane.capacity.v1.events_pb2 import ProductionOrderRefused
from doselane.distribution.v1.events_pb2 import OutboundDeliveryRefused
from doselane.erp.v1 import erp_pb2, events_pb2
from doselane.planning.v1.events_pb2 import DemandRefused
from doselane.slotting.v1.order_pb2 import DoseOrder
from google.protobuf.message import Message

from adapters.manifest import Fact
from adapters.ports import Objection, Port, Sender, orders
from services.kernel.event import Event

DELIVERY_REFUSED = "doselane.distribution.outbound_delivery.refused.v1"
ORDER_REFUSED = "doselane.capacity.production_order.refused.v1"
DEMAND_REFUSED = "doselane.planning.demand.refused.v1"
# What each statement is published as: the type, the event, and the event's field.
_EVENTS: Mapping[type[Message], tuple[str, Any, str]] = {
    erp_pb2.ProductionReport: ("production.reported", events_pb2.ProductionReported, "report"),
    erp_pb2.ProductionOrder: ("production_order.changed", events_pb2.ProductionOrderChanged, "production_order"),
    erp_pb2.InspectionLot: ("inspection_lot.changed", events_pb2.InspectionLotChanged, "inspection_lot"),
    erp_pb2.OutboundDelivery: ("outbound_delivery.changed", events_pb2.OutboundDeliveryChanged, "outbound_delivery"),
    erp_pb2.Demand: ("demand.changed", events_pb2.DemandChanged, "demand"),
    DoseOrder: ("order.changed", events_pb2.OrderChanged, "order"),
}


def fact(index: int, key: str, content: bytes, report: erp_pb2.ProductionReport, warnings: Sequence[str] = ()) -> Fact:
    """A report as a fact. The run that it names is looked for by capacity, which parks what it cannot find."""
    return Fact(
        index=index,
        key=key,
        content=content,
        said=report,
        event_id=report.report_id,
        kind=(report.WhichOneof("fact") or "").upper(),
        warnings=tuple(warnings),
    )


def statement(
    index: int, key: str, content: bytes, said: Message, event_id: str = "", warnings: Sequence[str] = ()
) -> Fact:
    """What the ERP says of one of its documents, as a fact; `event_id` is the document, of an order its reference. A
    demand has none: it goes by its product and region, by which a forecast that is refused is told of.

    The key must tell its states apart: who says the same of a document twice has said one thing, and who says another
    thing of it has said two.
    """
    return Fact(
        index=index,
        key=key,
        content=content,
        said=said,
        event_id=_demand_id(said) if isinstance(said, erp_pb2.Demand) else event_id,
        kind=said.DESCRIPTOR.name,
        warnings=tuple(warnings),
    )


def _demand_id(demand: erp_pb2.Demand | DemandRefused) -> str:
    return f"{demand.product} {demand.region}"


# What our services could not take of a statement: the event that says so, and what of the ERP's it is about.
_REFUSALS: Mapping[str, tuple[Any, Callable[[Any], str]]] = {
    ORDER_REFUSED: (ProductionOrderRefused, lambda refused: refused.production_order),
    DELIVERY_REFUSED: (OutboundDeliveryRefused, lambda refused: refused.delivery),
    DEMAND_REFUSED: (DemandRefused, _demand_id),
}


def _reported(sender: Sender, said: Message) -> tuple[str, Message]:
    kind, event, field = _EVENTS[type(said)]
    told = event(partner=sender.partner, adapter=sender.adapter, message=sender.message, **{field: said})
    return f"doselane.erp.{kind}.v1", told


def _refused(sender: Sender, reason: str, detail: str) -> events_pb2.ErpMessageRefused:
    return events_pb2.ErpMessageRefused(
        partner=sender.partner, adapter=sender.adapter, message=sender.message, reason=reason, detail=detail
    )


def _objects(event: Event) -> Objection | None:
    """Why an order, of a dose or of production, a name of a delivery, or a demand could not be taken."""
    if event.type not in _REFUSALS:
        return orders.objects(event)
    message, about = _REFUSALS[event.type]
    refused = message.FromString(event.data)
    return Objection(event.partner, refused.message, about(refused), refused.reason)


_MANUFACTURERS = (
    erp_pb2.ProductionReport,
    erp_pb2.ProductionOrder,
    erp_pb2.InspectionLot,
    erp_pb2.OutboundDelivery,
)
PORT = Port(
    name="erp",
    topic="doselane.erp",
    hears=("doselane.capacity", "doselane.distribution", "doselane.planning", orders.TOPIC),
    scope="erp.push",
    reported=_reported,
    refused_type="doselane.erp.message.refused.v1",
    refused=_refused,
    refers=lambda _: None,
    objects=_objects,
    unknown_reference="",  # whether a document is of anything of ours is known to those who hear of it, and not here
    manufacturers=lambda said: isinstance(said, _MANUFACTURERS) or orders.is_of_another(said),
)
