"""What a shipment's couriers are asked, and what becomes of it; what their milestones answer is in `changing.stand`."""

from collections.abc import Collection
from dataclasses import replace

from services.distribution.domain.changing import News, OrderAsked, ShipmentChange, What, grown
from services.distribution.domain.shipment import CourierOrder, OrderKind, OrderState, Shipment
from services.kernel.provenance import Provenance


def ask(
    shipment: Shipment, kind: OrderKind, event_id: str, cause: str, by: Provenance, *, of: Shipment | None = None
) -> ShipmentChange:
    """Its courier is asked for something; or the courier that it had when it was as `of`."""
    what = {
        OrderKind.BOOK: What.BOOKING_REQUESTED,
        OrderKind.CANCEL: What.CANCELLATION_REQUESTED,
        OrderKind.REDIRECT: What.REDIRECTION_REQUESTED,
    }[kind]
    asked = OrderAsked(event_id, (of or shipment).courier, (of or shipment).references, cause)
    orders = (*shipment.orders, CourierOrder(kind, event_id, by.at, courier=asked.courier))
    return grown(replace(shipment, orders=orders), by, News(what, asked))


def order_confirmed(
    shipment: Shipment, event_id: str, courier: str, by: Provenance, references: Collection[str] = ()
) -> ShipmentChange | None:
    """The courier that an event of ours asked said yes; None if another one was asked, or it was answered before.

    A no stands until the courier says yes to just that: of several packages one may be refused and another one not.
    `references` are the keys of what the yes is about.
    """
    asked = _asked(shipment, event_id)
    if asked is None or asked.courier not in ("", courier):
        return None
    confirmed = replace(asked, state=OrderState.CONFIRMED, answered_at=by.at, detail="", undone=())
    if asked.state is OrderState.REQUESTED:
        return _answered(shipment, asked, confirmed, by)
    left = tuple(each for each in asked.undone if each not in (shipment.name, *references))
    if asked.state is not OrderState.FAILED or left == asked.undone:
        return None
    if left:
        orders = tuple(replace(each, undone=left) if each is asked else each for each in shipment.orders)
        return grown(replace(shipment, orders=orders), by)
    return _answered(shipment, asked, confirmed, by)


def order_failed(
    shipment: Shipment, event_id: str, detail: str, by: Provenance, about: str = ""
) -> ShipmentChange | None:
    """The courier said no to what an event of ours asked, or could not be told; None if none did, or that is known.

    A booking that the courier announced stands. What was agreed to otherwise is not, if a part of it is refused.
    `about` names the part.
    """
    asked = _asked(shipment, event_id)
    if asked is None or (asked.state is OrderState.FAILED and about in ("", *asked.undone)):
        return None
    if asked.state is OrderState.CONFIRMED and asked.kind is OrderKind.BOOK:
        return None
    undone = (*asked.undone, about) if about else asked.undone
    failed = replace(asked, state=OrderState.FAILED, answered_at=by.at, detail=detail, undone=undone)
    return _answered(shipment, asked, failed, by)


def _asked(shipment: Shipment, event_id: str) -> CourierOrder | None:
    return next((each for each in shipment.orders if each.event_id == event_id), None)


def _answered(shipment: Shipment, asked: CourierOrder, answered: CourierOrder, by: Provenance) -> ShipmentChange:
    orders = tuple(answered if each is asked else each for each in shipment.orders)
    what = What.ORDER_CONFIRMED if answered.state is OrderState.CONFIRMED else What.ORDER_FAILED
    return grown(replace(shipment, orders=orders), by, News(what, answered))
