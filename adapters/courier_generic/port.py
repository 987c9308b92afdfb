"""What we ask of a courier's own platform: to take a shipment, to give it up, to redirect it, and where it is."""

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta

from adapters.courier_generic.client import GenericClient
from adapters.courier_generic.orders import BOOK, CANCEL, EVENT_TYPES, REDIRECT, orders, path_of
from adapters.outbound import Declined, Fetched, Following, Outgoing, Poll, Reaction, Receipt
from adapters.ports import courier

TRACK = "courier.track"
AT_ONCE_MAX = 20
_TAKEN_NOT_DECIDED = 202


def _send(what: str) -> Callable[[GenericClient, Outgoing], Awaitable[str | Receipt]]:
    async def send(platform: GenericClient, outgoing: Outgoing) -> str | Receipt:
        template = platform.orders.get(what)
        if template is None:
            raise Declined(f"The account has no path for this: its option orders.{what} is missing.")
        order = json.loads(outgoing.body)
        answer = await platform.order(path_of(template, order), outgoing.body, order["request_id"])
        words = f"{what} {outgoing.subject}: {answer.status_code}"
        # Of what it has not decided it tells by itself. A yes without a word is a yes all the same.
        return words if answer.status_code == _TAKEN_NOT_DECIDED else Receipt(words, answer.content.strip() or b"{}")

    return send


async def fetch(platform: GenericClient, cursor: str, following: Following) -> Fetched:
    """What the courier tells of the next shipments that we follow; the cursor is the last one asked for."""
    template = platform.orders.get("track")
    if template is None:
        return Fetched([], "")
    names = await following(cursor, AT_ONCE_MAX)
    bodies = [await platform.milestones(template, name) for name in names]
    more = len(names) == AT_ONCE_MAX
    return Fetched([body for body in bodies if body], names[-1] if more else "", more)


# Without `look`: the courier knows a repetition by its key.
REACTIONS = tuple(
    Reaction(f"courier.{what}", EVENT_TYPES[what], orders(what), _send(what), operation=operation)
    for what, operation in ((BOOK, courier.BOOK), (CANCEL, courier.CANCEL), (REDIRECT, courier.REDIRECT))
)
TRACKING = Poll(TRACK, timedelta(minutes=15), fetch, operation=courier.TRACK)
