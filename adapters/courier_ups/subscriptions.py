"""Subscribing to Track Alert: when a dose travels with a package of UPS, UPS is asked to tell of it."""

import json
from collections.abc import Iterator
from datetime import timedelta

from doselane.status.v1.events_pb2 import ShipmentAttached

from adapters.courier_ups.model import TRACKING_NUMBER
from adapters.outbound import Outgoing
from services.kernel.event import Event
from services.kernel.references import canonical
from services.kernel.timestamps import instant

ATTACHED = "doselane.status.shipment.attached.v1"
# A subscription ends after 14 days, whatever has become of the package.
RENEW_AFTER = timedelta(days=13)
# When nobody knows how long the dose lives: no dose that could be sent for lives longer.
LIFE_MAX = timedelta(days=30)
# Also a dose whose time seems to be over is told of for so long.
LIFE_MIN = timedelta(days=1)


def subscriptions(event: Event, partner: str) -> Iterator[Outgoing]:
    """One for each tracking number among the references, and a renewal for as long as the dose lives."""
    attached = ShipmentAttached.FromString(event.data)
    if attached.courier != partner:
        return
    ends = event.time + LIFE_MAX
    if attached.HasField("administration_time"):
        ends = max(instant(attached.administration_time, "administration_time"), event.time + LIFE_MIN)
    numbers = dict.fromkeys(canonical(reference) for reference in attached.references)
    for number in filter(TRACKING_NUMBER.fullmatch, numbers):
        at = event.time
        while at < ends:
            yield Outgoing(number, _subscription(number), ends, at)
            at += RENEW_AFTER


def _subscription(number: str) -> bytes:
    return json.dumps({"locale": "en_US", "trackingNumberList": [number]}).encode()
