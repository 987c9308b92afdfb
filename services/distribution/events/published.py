"""What distribution publishes: each change of a shipment as an event."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from doselane.courier.v1 import courier_pb2
from doselane.distribution.v1 import events_pb2

from services.distribution.domain.changing import (
    News,
    OrderAsked,
    Recorded,
    Replanned,
    Settlement,
    ShipmentChange,
    What,
)
from services.distribution.domain.shipment import Shipment
from services.distribution.events import messages
from services.distribution.events.messages import Stops, shipment_message
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp

SOURCE = "doselane/distribution"
TOPIC = "doselane.distribution"


def events_of(changed: ShipmentChange, stops: Stops | None, traceparent: str) -> list[Event]:
    """The news of a change, numbered as the shipment's versions are."""
    # Partners may be sent these: which of the manufacturer's staff did what is not in them.
    shipment, whole = changed.shipment, shipment_message(changed.shipment, whole=False)
    first = shipment.version - len(changed.news) + 1
    return [
        Event(
            id=UUID(news.about.event_id) if isinstance(news.about, OrderAsked) else uuid7(),
            type=f"{TOPIC}.{news.what}.v1",
            source=SOURCE,
            subject=shipment.name,
            sequence=first + place,
            time=shipment.changed.at,
            data=_said(news, shipment, whole, stops).SerializeToString(),
            partner=shipment.partner,
            actor=shipment.changed.actor,
            reason=shipment.changed.reason,
            traceparent=news.traceparent or traceparent,
        )
        for place, news in enumerate(changed.news)
    ]


def _said(news: News, shipment: Shipment, whole: Any, stops: Stops | None) -> Any:
    message = _MESSAGE_OF[news.what](shipment=whole)
    tell = _TELL.get(news.what)
    if tell is not None:
        tell(message, news.about)
    if news.what is What.FOLLOWED:
        message.courier, message.references[:] = shipment.courier, shipment.references
        if shipment.administration_at:
            message.administration_time.CopyFrom(stamp(shipment.administration_at))
    elif news.what is What.DELIVERED and shipment.delivered_at:
        message.delivery_time.CopyFrom(stamp(shipment.delivered_at))
    elif isinstance(news.about, OrderAsked):
        assert stops, "who asks a courier says where"
        message.consignment.CopyFrom(messages.consignment_message(shipment, stops, news.about))
        if news.about.cause:
            message.cause = news.about.cause
    return message


def _recorded(message: events_pb2.MilestoneRecorded, recorded: Recorded) -> None:
    message.milestone.CopyFrom(courier_pb2.Milestone.FromString(recorded.milestone.message))
    message.record_time.CopyFrom(stamp(recorded.recorded_at))
    if recorded.doubt is not None:
        message.implausibility.CopyFrom(messages.implausibility_message(recorded.doubt))


def _replanned(message: events_pb2.ShipmentReplanned, replanned: Replanned) -> None:
    message.removed_doses.extend(messages.dose_names(replanned.removed))
    message.from_site = replanned.from_site


def _settled(message: events_pb2.MilestoneSettled, settlement: Settlement) -> None:
    message.milestone_event_id, message.accepted = settlement.milestone_event_id, settlement.counts


_TELL: Mapping[What, Callable[[Any, Any], None]] = {
    What.REPLANNED: _replanned,
    What.HANDED_OVER: lambda message, entry: message.entry.CopyFrom(messages.custody_message(entry, whole=False)),
    What.RECORDED: _recorded,
    What.SETTLED: _settled,
    What.OVERDUE: lambda message, expected: message.expected.CopyFrom(messages.expected_message(expected)),
    What.EXCURSION_DETECTED: lambda message, found: message.excursion.CopyFrom(messages.excursion_message(found)),
    What.ORDER_CONFIRMED: lambda message, order: message.order.CopyFrom(messages.order_message(order, whole=False)),
    What.ORDER_FAILED: lambda message, order: message.order.CopyFrom(messages.order_message(order, whole=False)),
}
_MESSAGE_OF: Mapping[What, Any] = {
    What.BOOKED: events_pb2.ShipmentBooked,
    What.REPLANNED: events_pb2.ShipmentReplanned,
    What.PACKED: events_pb2.ShipmentPacked,
    What.FOLLOWED: events_pb2.ShipmentFollowed,
    What.HANDED_OVER: events_pb2.ShipmentHandedOver,
    What.RECORDED: events_pb2.MilestoneRecorded,
    What.SETTLED: events_pb2.MilestoneSettled,
    What.OVERDUE: events_pb2.MilestoneOverdue,
    What.REJUDGED: events_pb2.ShipmentRejudged,
    What.EXCURSION_DETECTED: events_pb2.ExcursionDetected,
    What.DELIVERED: events_pb2.ShipmentDelivered,
    What.DELIVERY_WITHDRAWN: events_pb2.DeliveryWithdrawn,
    What.LOST: events_pb2.ShipmentLost,
    What.CANCELLED: events_pb2.ShipmentCancelled,
    What.BOOKING_REQUESTED: events_pb2.BookingRequested,
    What.CANCELLATION_REQUESTED: events_pb2.CancellationRequested,
    What.REDIRECTION_REQUESTED: events_pb2.RedirectionRequested,
    What.ORDER_CONFIRMED: events_pb2.CourierOrderConfirmed,
    What.ORDER_FAILED: events_pb2.CourierOrderFailed,
}
