"""What we ask of UPS: to tell us of a package, and what it knows of those that we follow."""

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

from adapters.courier_ups import intercepts
from adapters.courier_ups.client import UpsClient
from adapters.courier_ups.intercepts import Intercept
from adapters.courier_ups.model import TRACKING_NUMBER
from adapters.courier_ups.subscriptions import FOLLOWED, subscriptions
from adapters.courier_ups.track import NAME
from adapters.outbound import Declined, Fetched, Following, Outgoing, Poll, Reaction, Receipt
from adapters.ports import courier

AT_ONCE_MAX = 20


async def subscribe(ups: UpsClient, outgoing: Outgoing) -> str:
    """UPS's answer decides, not its status: it is 200 also for a number that UPS does not take."""
    answer = await ups.subscribe(outgoing.body)
    if outgoing.subject not in (answer.get("validTrackingNumbers") or ()):
        raise Declined(f"UPS does not take the number: {json.dumps(answer)}")
    return f"subscribed to {outgoing.subject}"


async def fetch(ups: UpsClient, cursor: str, following: Following) -> Fetched:
    """What UPS knows of the next numbers that we follow; the cursor is the last one asked for."""
    names = await following(cursor, AT_ONCE_MAX)
    bodies = []
    for number in filter(TRACKING_NUMBER.fullmatch, names):
        try:
            bodies.append(await ups.details(number))
        except Declined as no:
            if not str(no).startswith("400"):
                raise  # Of one number only; anything else holds for all.
    more = len(names) == AT_ONCE_MAX
    return Fetched([body for body in bodies if body], names[-1] if more else "", more)


def _intercepting(kind: Intercept) -> Callable[[UpsClient, Outgoing], Awaitable[Receipt]]:
    async def send(ups: UpsClient, outgoing: Outgoing) -> Receipt:
        number, body = intercepts.asked(outgoing)["number"], intercepts.written(kind, ups.settings, outgoing)
        answer = await ups.intercept(kind.path, number, body)
        words = intercepts.done(answer, number)
        return Receipt(words, json.dumps({intercepts.NUMBER_OF_ANSWER: number, **answer}).encode())

    return send


def _looking(kind: Intercept) -> Callable[[UpsClient, Outgoing], Awaitable[None]]:
    async def look(ups: UpsClient, outgoing: Outgoing) -> None:
        number = intercepts.asked(outgoing)["number"]
        intercepts.require_none_stands(kind, await ups.eligibility(number), number)

    return look


# Without `look`: UPS lets a number be submitted again, and tells of it once all the same.
SUBSCRIBE = Reaction("ups.subscribe", FOLLOWED, subscriptions, subscribe, operation=courier.SUBSCRIBE)
TRACK = Poll(NAME, timedelta(minutes=30), fetch, operation=courier.TRACK)
REDIRECT = Reaction(
    intercepts.REDIRECT.name,
    intercepts.REDIRECTION_REQUESTED,
    intercepts.redirections,
    _intercepting(intercepts.REDIRECT),
    _looking(intercepts.REDIRECT),
    partial(intercepts.written, intercepts.REDIRECT),
    operation=courier.REDIRECT,
)
RETURN = Reaction(
    intercepts.RETURN.name,
    intercepts.CANCELLATION_REQUESTED,
    intercepts.returns,
    _intercepting(intercepts.RETURN),
    _looking(intercepts.RETURN),
    partial(intercepts.written, intercepts.RETURN),
    operation=courier.CANCEL,
)
