"""How subscribers come to hear: their subscriptions follow the record, and what they make of it is sent."""

from collections.abc import Iterable

from adapters.courier_epcis.client import Subscribers
from adapters.courier_epcis.query.named import SUBSCRIPTION
from adapters.courier_epcis.query.sending import look, notice_of
from adapters.outbound import Outgoing, Reaction
from adapters.record import Follower
from services.kernel.event import Event


def _nothing(event: Event, partner: str) -> Iterable[Outgoing]:
    """No event of ours is told of; only what was captured."""
    return ()


async def _send(subscribers: Subscribers, outgoing: Outgoing) -> str:
    return await subscribers.send(notice_of(outgoing.body))


def _written(settings: object, outgoing: Outgoing) -> bytes:
    return notice_of(outgoing.body).document


# Without `look`: an event that comes twice has the same id.
NOTIFY = Reaction("epcis.subscription", "", _nothing, _send, written=_written)
SUBSCRIPTIONS = Follower(SUBSCRIPTION, NOTIFY, look)
