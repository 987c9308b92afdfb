"""Orders for doses, which CRM and ERP systems state alike, and what became of them."""

from doselane.slotting.v1.events_pb2 import OrderDecided
from doselane.slotting.v1.order_pb2 import DoseOrder
from google.protobuf.message import Message

from adapters.ports import Objection
from services.kernel.event import Event

TOPIC = "doselane.slotting"
ORDER_DECIDED = "doselane.slotting.order.decided.v1"


def is_of_another(said: Message) -> bool:
    """Whether somebody states an order as another partner's: only the manufacturer has orders of its sponsors."""
    return isinstance(said, DoseOrder) and bool(said.partner)


def objects(event: Event) -> Objection | None:
    """Why an order could not be taken: it joins the notes of the message that stated it."""
    if event.type != ORDER_DECIDED:
        return None
    decided = OrderDecided.FromString(event.data)
    if decided.outcome != OrderDecided.REFUSED or not decided.message:
        return None
    return Objection(decided.stated_by, decided.message, decided.order.order_reference, decided.reason)
