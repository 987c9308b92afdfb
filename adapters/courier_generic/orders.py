"""What we ask of a courier, in our own JSON: made of distribution's events, pure."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from doselane.courier.v1.orders_pb2 import Consignment, Parcel, RadioactiveContent, Stop
from doselane.distribution.v1.events_pb2 import BookingRequested, CancellationRequested, RedirectionRequested
from doselane.type.v1.type_pb2 import Nuclide
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from adapters.outbound import Declined, Outgoing
from services.kernel.event import Event
from services.kernel.timestamps import instant

SCHEMA_ID = "https://doselane.io/schemas/courier/orders/1"
BOOK, CANCEL, REDIRECT = "book", "cancel", "redirect"
EVENT_TYPES: Mapping[str, str] = {
    BOOK: "doselane.distribution.shipment.booking_requested.v1",
    CANCEL: "doselane.distribution.shipment.cancellation_requested.v1",
    REDIRECT: "doselane.distribution.shipment.redirection_requested.v1",
}
_EVENTS: Mapping[str, Any] = {BOOK: BookingRequested, CANCEL: CancellationRequested, REDIRECT: RedirectionRequested}
# When nobody knows how long the doses live: none that could be sent for lives longer.
LIFE_MAX = timedelta(days=30)

Make = Callable[[Event, str], Iterator[Outgoing]]


def orders(what: str) -> Make:
    """Makes the orders of this kind, of events that ask the account's partner."""

    def make(event: Event, partner: str) -> Iterator[Outgoing]:
        asked = _EVENTS[what].FromString(event.data)
        consignment = asked.consignment
        if consignment.courier == partner:
            order = _order(what, str(event.id), consignment, getattr(asked, "cause", ""))
            yield Outgoing(consignment.shipment, json.dumps(order).encode(), _end(consignment, event.time))

    return make


def path_of(template: str, order: Mapping[str, Any]) -> str:
    """The courier's path for an order. Raises Declined where it needs a name that is not known."""
    references = order.get("references", [])
    if "{reference}" in template and not references:
        raise Declined(f"The courier's own name of {order['shipment']} is not known, and its path needs it.")
    shipment = quote(str(order["shipment"]).rpartition("/")[2], safe="")
    reference = quote(str(references[0]), safe="") if references else ""
    return template.replace("{shipment}", shipment).replace("{reference}", reference)


def _order(what: str, request_id: str, consignment: Consignment, cause: str) -> dict[str, Any]:
    return _said(
        {
            "$schema": SCHEMA_ID,
            "order": what,
            "request_id": request_id,
            "shipment": consignment.shipment,
            "references": list(consignment.references),
            "cause": cause,
            "pickup": _stop(consignment.pickup) if consignment.HasField("pickup") else None,
            "delivery": _stop(consignment.delivery) if consignment.HasField("delivery") else None,
            "parcels": [_parcel(each) for each in consignment.parcels],
            "administration_at": _text(consignment, "administration_time"),
            "temperature_min_cel": _figure(consignment, "temperature_min_cel"),
            "temperature_max_cel": _figure(consignment, "temperature_max_cel"),
        }
    )


def _stop(stop: Stop) -> dict[str, Any]:
    return _said(
        {
            "place": stop.place,
            "display_name": stop.display_name,
            "time_zone": stop.time_zone,
            "earliest_at": _text(stop, "earliest_time"),
            "latest_at": _text(stop, "latest_time"),
        }
    )


def _parcel(parcel: Parcel) -> dict[str, Any]:
    return _said(
        {
            "package_id": parcel.package_id,
            "un_number": parcel.un_number,
            "proper_shipping_name": parcel.proper_shipping_name,
            "category": parcel.category,
            "transport_index": _figure(parcel, "transport_index"),
            "gross_weight_g": _figure(parcel, "gross_weight_g"),
            "contents": [_content(each) for each in parcel.contents],
        }
    )


def _content(content: RadioactiveContent) -> dict[str, Any]:
    nuclide = Nuclide.Name(content.nuclide).removeprefix("NUCLIDE_")
    return _said({"nuclide": nuclide, "activity_bq": content.activity_bq, "activity_at": _text(content, "time")})


def _said(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is not known: an empty text is no name, and what is not measured is no zero."""
    return {name: value for name, value in fields.items() if value not in (None, "", [], {})}


def _figure(message: Message, name: str) -> Any:
    return getattr(message, name) if message.HasField(name) else None


def _text(message: Message, name: str) -> str | None:
    at: Timestamp = getattr(message, name)
    return at.ToJsonString() if message.HasField(name) else None


def _end(consignment: Consignment, asked_at: datetime) -> datetime:
    if not consignment.HasField("administration_time"):
        return asked_at + LIFE_MAX
    return max(instant(consignment.administration_time, "administration_time"), asked_at)
