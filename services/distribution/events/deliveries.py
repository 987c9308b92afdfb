"""Outbound deliveries of the manufacturer's ERP, as they are told, and what is said of names that cannot be."""

from collections.abc import Sequence
from datetime import datetime

from doselane.distribution.v1 import events_pb2
from doselane.erp.v1 import events_pb2 as erp_events

from services.distribution.domain.outbound import DeliveryStatement
from services.distribution.events.published import SOURCE, TOPIC
from services.kernel.errors import GatewayError, Invalid
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.rpc.shape import require_shape
from services.kernel.timestamps import required_instant

# As many as what an operator may attach.
NAMES_MAX = 32


def delivery_in(event: Event) -> DeliveryStatement:
    """What the manufacturer's ERP states of a delivery; Invalid if it cannot be meant."""
    said = erp_events.OutboundDeliveryChanged.FromString(event.data)
    told = said.outbound_delivery
    further = tuple(dict.fromkeys(name for name in told.references if name != told.delivery))
    if not said.partner:
        raise Invalid("It is not said who states it.", field="partner")
    require_shape(told, "outbound_delivery")
    if len(further) >= NAMES_MAX:
        raise Invalid(f"A delivery has {NAMES_MAX} names at most.", field="references", names=len(further) + 1)
    named = [("delivery", told.delivery), ("order_reference", told.order_reference)]
    for field, text in (*named, *(("references", name) for name in further)):
        if not text.isprintable():  # by Unicode's categories, which no pattern of a proto knows
            raise Invalid(f"{field} must have characters that can be printed.", field=field)
        if field != "order_reference" and text.startswith("shipments/"):
            raise Invalid("Our name of a shipment is no name of a delivery.", field=field, name=text)
    return DeliveryStatement(
        stated_by=said.partner,
        partner=told.partner,
        delivery=told.delivery,
        order_reference=told.order_reference,
        further=further,
        stated_at=required_instant(told, "state_time", "state_time"),
        adapter=said.adapter,
        message=said.message,
    )


def delivery_refused_event(
    stated: DeliveryStatement, names: Sequence[str], refusal: GatewayError, number: int, at: datetime
) -> Event:
    """The news that some names of a delivery cannot be; for who stated it alone, with nothing of another shipment."""
    said = events_pb2.OutboundDeliveryRefused(
        delivery=stated.delivery,
        order_reference=stated.order_reference,
        references=names,
        reason=refusal.reason,
        detail=refusal.message,
        message=stated.message,
        adapter=stated.adapter,
    )
    return Event(
        id=uuid7(),
        type=f"{TOPIC}.outbound_delivery.refused.v1",
        source=SOURCE,
        subject=f"{stated.stated_by}/outboundDeliveries/{stated.delivery}",
        sequence=number,
        time=at,
        data=said.SerializeToString(),
        partner=stated.stated_by,
    )
