"""Isotope deliveries as protobuf, and as the events that publish them."""

from collections.abc import Mapping, Sequence
from typing import Any

from doselane.planning.v1 import events_pb2, planning_pb2
from doselane.type.v1 import type_pb2

from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.nuclides import PROTO_OF_NUCLIDE
from services.kernel.timestamps import stamp
from services.planning import events
from services.planning.domain.deliveries import Announced, DeliveryHappened

_MESSAGE_OF: Mapping[DeliveryHappened, Any] = {
    DeliveryHappened.PLANNED: events_pb2.IsotopeDeliveryPlanned,
    DeliveryHappened.UPDATED: events_pb2.IsotopeDeliveryUpdated,
    DeliveryHappened.CANCELLED: events_pb2.IsotopeDeliveryCancelled,
}


def message_of(announced: Announced, conflicting_runs: Sequence[str] = ()) -> planning_pb2.IsotopeDelivery:
    """A delivery as protobuf; after a change with the runs that it no longer carries."""
    delivery, changed = announced.delivery, announced.changed
    state = planning_pb2.IsotopeDelivery.CANCELLED if announced.cancelled else planning_pb2.IsotopeDelivery.PLANNED
    return planning_pb2.IsotopeDelivery(
        name=delivery.name,
        facility=delivery.facility,
        nuclide=PROTO_OF_NUCLIDE[delivery.nuclide],
        calibration=type_pb2.Activity(activity_mbq=delivery.activity_mbq, time=stamp(delivery.calibrated_at)),
        arrival_time=stamp(delivery.arrival_at),
        use_by_time=stamp(delivery.use_by_at),
        yield_fraction=delivery.yield_fraction,
        state=state,
        etag=announced.etag,
        create_time=stamp(announced.created_at),
        update_time=stamp(changed.at),
        last_change=type_pb2.Change(actor=changed.actor, time=stamp(changed.at), reason=changed.reason),
        conflicting_runs=conflicting_runs,
    )


def event_of(
    announced: Announced, happened: DeliveryHappened, traceparent: str, conflicting_runs: Sequence[str] = ()
) -> Event:
    """The event that publishes a change of a delivery."""
    changed, message = announced.changed, message_of(announced, conflicting_runs)
    return Event(
        id=uuid7(),
        type=f"{events.TOPIC}.{happened}.v1",
        source=events.SOURCE,
        subject=announced.delivery.name,
        sequence=announced.version,
        time=changed.at,
        data=_MESSAGE_OF[happened](isotope_delivery=message).SerializeToString(),
        actor=changed.actor,
        reason=changed.reason,
        traceparent=traceparent,
    )
