"""Distribution's events as commands."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from doselane.distribution.v1 import events_pb2, shipment_pb2

from services.kernel.errors import Invalid
from services.kernel.event import Event
from services.slotting.domain import RecordShipment, State

# The message of each event that concerns the ledger, and what the slots of its doses become.
_CONCERNING: Mapping[str, tuple[Any, State]] = {
    "doselane.distribution.shipment.delivered.v1": (events_pb2.ShipmentDelivered, State.FULFILLED),
    "doselane.distribution.shipment.delivery_withdrawn.v1": (events_pb2.DeliveryWithdrawn, State.CONFIRMED),
    "doselane.distribution.shipment.lost.v1": (events_pb2.ShipmentLost, State.LOST),
}


def record_shipment_of(event: Event) -> RecordShipment | None:
    """What an event of distribution means to the ledger; None for a type that does not concern it."""
    if event.type not in _CONCERNING:
        return None
    message, state = _CONCERNING[event.type]
    shipment: shipment_pb2.Shipment = message.FromString(event.data).shipment
    slots = tuple(_slots_of(shipment.doses, event))
    cause = _cause(shipment.loss) if state is State.LOST else ""
    return RecordShipment(slots, state, event.actor, event.reason, cause)


def _slots_of(doses: Iterable[shipment_pb2.CarriedDose], event: Event) -> Iterator[UUID]:
    """A dose has the id of its slot. One whose id is no slot's was never promised here, and changes nothing."""
    for each in doses:
        collection, _, dose = each.dose.partition("/")
        if collection != "doses" or not dose:
            raise Invalid("The event does not say which doses it is about.", field="shipment.doses", event=event.id)
        try:
            yield UUID(dose)
        except ValueError:
            continue


def _cause(loss: shipment_pb2.Loss) -> str:
    """The word for it; empty if none is told, or one that is newer than this program."""
    known = loss.cause and loss.cause in shipment_pb2.Loss.Cause.values()
    return shipment_pb2.Loss.Cause.Name(loss.cause) if known else ""
