"""Subscribing to Track Alert: when a dose travels with a package of UPS, UPS is asked to tell of it."""

import json
from collections.abc import Iterator
from datetime import timedelta

from doselane.distribution.v1.events_pb2 import ShipmentFollowed

from adapters.courier_ups.model import TRACKING_NUMBER
from adapters.outbound import Outgoing
from services.kernel.event import Event
from services.kernel.references import canonical
from services.kernel.timestamps import instant

FOLLOWED = "doselane.distribution.shipment.followed.v1"
# A subscription ends after 14 days, whatever has become of the package.
RENEW_AFTER = timedelta(days=13)
# When nobody knows how long the dose lives: no dose that could be sent for lives longer.
LIFE_MAX = timedelta(days=30)
# Also a dose whose time seems to be over is told of for so long.
LIFE_MIN = timedelta(days=1)


def subscriptions(event: Event, partner: str) -> Iterator[Outgoing]:
    """One for each tracking number among the references, and a renewal for as long as the dose lives."""
    followed = ShipmentFollowed.FromString(event.data)
    if followed.courier != partner:
        return
    ends = event.time + LIFE_MAX
    if followed.HasField("administration_time"):
        ends = max(instant(followed.administration_time, "administration_time"), event.time + LIFE_MIN)
    numbers = dict.fromkeys(canonical(reference) for reference in followed.references)
    for number in filter(TRACKING_NUMBER.fullmatch, numbers):
        at = event.time
        while at < ends:
            yield Outgoing(number, _subscription(number), ends, at)
            at += RENEW_AFTER


def _subscription(number: str) -> bytes:
    return json.dumps({"locale": "en_US", "trackingNumberList": [number]}).encode()
