"""CRM systems: they state orders for doses."""

from collections.abc import Sequence
from typing import Any

from doselane.crm.v1.events_pb2 import CrmMessageRefused, OrderChanged
from doselane.slotting.v1.order_pb2 import DoseOrder

from adapters.manifest import Fact
from adapters.ports import Port, Sender, orders


def fact(index: int, key: str, content: bytes, order: DoseOrder, warnings: Sequence[str] = ()) -> Fact:
    """What the CRM says of an order, as a fact. The key must tell its states apart: whoever says the same of an order

    twice has said one thing, and whoever says another thing of it has said two.
    """
    return Fact(
        index=index,
        key=key,
        content=content,
        said=order,
        event_id=order.order_reference,
        kind=DoseOrder.State.Name(order.state) if order.state else "",
        warnings=tuple(warnings),
    )


def _reported(sender: Sender, order: Any) -> tuple[str, OrderChanged]:
    told = OrderChanged(partner=sender.partner, adapter=sender.adapter, message=sender.message, order=order)
    return "doselane.crm.order.changed.v1", told


def _refused(sender: Sender, reason: str, detail: str) -> CrmMessageRefused:
    return CrmMessageRefused(
        partner=sender.partner, adapter=sender.adapter, message=sender.message, reason=reason, detail=detail
    )


PORT = Port(
    name="crm",
    topic="doselane.crm",
    hears=(orders.TOPIC,),
    scope="crm.push",
    reported=_reported,
    refused_type="doselane.crm.message.refused.v1",
    refused=_refused,
    refers=lambda _: None,
    objects=orders.objects,
    manufacturers=orders.is_of_another,
    unknown_reference="",  # an order is stated, not referred to
)
