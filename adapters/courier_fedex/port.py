"""What we ask of FedEx: what it knows of the packages that we follow, also of what its pushes left out."""

import re
from collections.abc import Sequence
from datetime import timedelta

from adapters.courier_fedex.client import FedexClient
from adapters.outbound import Declined, Fetched, Following, Poll
from adapters.ports import courier

NAME = "fedex.track"
AT_ONCE_MAX = 30
# Express and Ground, SmartPost, and door tags. Other names of a shipment are none of FedEx's business.
TRACKING_NUMBER = re.compile(r"[0-9]{12}|[0-9]{15}|[0-9]{20}|[0-9]{22}|[0-9]{34}|DT[0-9]{12}", re.ASCII)


async def fetch(fedex: FedexClient, cursor: str, following: Following) -> Fetched:
    """What FedEx knows of the next numbers that we follow; the cursor is the last one asked for."""
    names = await following(cursor, AT_ONCE_MAX)
    plain = dict.fromkeys("".join(name.split()).upper() for name in names)
    numbers = list(filter(TRACKING_NUMBER.fullmatch, plain))
    more = len(names) == AT_ONCE_MAX
    return Fetched(await _tracked(fedex, numbers) if numbers else [], names[-1] if more else "", more)


async def _tracked(fedex: FedexClient, numbers: Sequence[str]) -> list[bytes]:
    """The answers for all numbers. One that FedEx declines makes it decline the call, so the others are asked apart."""
    try:
        return [await fedex.track(numbers)]
    except Declined as no:
        if not str(no).startswith("400"):
            raise  # Of these numbers only; anything else holds for all.
        if len(numbers) == 1:
            return []
    half = len(numbers) // 2
    return [*await _tracked(fedex, numbers[:half]), *await _tracked(fedex, numbers[half:])]


TRACK = Poll(NAME, timedelta(minutes=15), fetch, operation=courier.TRACK)
