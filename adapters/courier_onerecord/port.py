"""What we ask of a carrier: to tell us of a shipment, and its events. The rest is in `telling`."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from doselane.distribution.v1.events_pb2 import ShipmentFollowed
from doselane.exchange.v1.exchange_pb2 import Message

from adapters.courier_onerecord.client import OneRecordClient
from adapters.courier_onerecord.graph import LinkedDocument, LinkedNode
from adapters.courier_onerecord.notifications import notification
from adapters.courier_onerecord.reader import NOTIFICATIONS, OneRecordReader
from adapters.courier_onerecord.settings import Settings
from adapters.courier_onerecord.subscriptions import names_shipment, request, topic_of, written
from adapters.courier_onerecord.waybill import waybill_number
from adapters.courier_onerecord.words import WAYBILL, cargo
from adapters.json_body import read_json
from adapters.manifest import Refused
from adapters.outbound import Away, Declined, Fetched, Following, Outgoing, Poll, Reaction
from adapters.ports import courier
from services.kernel.event import Event
from services.kernel.references import canonical
from services.kernel.timestamps import instant

# What says that a courier carries a shipment of ours from now on, and by which names he knows it.
FOLLOWED = "doselane.distribution.shipment.followed.v1"

# So long a subscription is asked for; it is renewed a day before, for as long as the dose lives.
SUBSCRIBED_FOR = timedelta(days=14)
RENEW_AFTER = timedelta(days=13)
# When nobody knows how long the dose lives: no dose that could be sent for lives longer.
LIFE_MAX = timedelta(days=30)
# Also a dose whose time seems to be over is told of for so long.
LIFE_MIN = timedelta(days=1)
# The host gives a poll 90 s. What is asked for at once shares the connections of the account.
AT_ONCE_MAX = 8
LINKS_MAX = 16
OBJECT_S_MAX = 40.0
NOTICES_MAX = 50
WAYBILLS_MAX = 3


def followed_by(event: Event, partner: str) -> tuple[list[str], datetime]:
    """The names by which a carrier of ONE Record can know a shipment, and when nobody cares any more."""
    said = ShipmentFollowed.FromString(event.data)
    ends = event.time + LIFE_MAX
    if said.HasField("administration_time"):
        ends = max(instant(said.administration_time, "administration_time"), event.time + LIFE_MIN)
    if said.courier != partner:
        return [], ends
    names = dict.fromkeys(waybill_number(name) or canonical(name) for name in said.references)
    return [name for name in names if names_shipment(name)], ends


def subscriptions(event: Event, partner: str) -> Iterator[Outgoing]:
    """One for each name of the shipment, and a renewal for as long as the dose lives."""
    names, ends = followed_by(event, partner)
    for name in names:
        at = event.time
        while at < ends:
            body = {"reference": name, "expires": (at + SUBSCRIBED_FOR).isoformat()}
            yield Outgoing(name, json.dumps(body).encode(), ends, at)
            at += RENEW_AFTER


def subscription_written(settings: Settings, outgoing: Outgoing) -> bytes:
    """The subscription as it goes over the wire."""
    asked = json.loads(outgoing.body)
    topic_type, topic = topic_of(asked["reference"], settings)
    return written(request(topic_type, topic, datetime.fromisoformat(asked["expires"]), settings))


async def subscribe(carrier: OneRecordClient, outgoing: Outgoing) -> str:
    """Asks for it, unless the same was asked for lately and holds longer than this would be needed for."""
    asked = json.loads(outgoing.body)
    _, topic = topic_of(asked["reference"], carrier.settings)
    expires = datetime.fromisoformat(asked["expires"])
    held = carrier.subscribed.get(topic)
    if held is not None and held >= expires - (SUBSCRIBED_FOR - RENEW_AFTER):
        return f"subscribed to {topic} already, until {held.isoformat()}"
    if topic == asked["reference"] and not carrier.is_theirs(topic):
        raise Declined(f"{topic[:200]!r} is not on the account's server, which could not tell of it")
    location = await carrier.post("/subscriptions", subscription_written(carrier.settings, outgoing))
    carrier.subscribed[topic] = expires
    return f"asked for a subscription to {topic}: {location or 'the carrier does not say where its request is'}"


async def fetch_followed(carrier: OneRecordClient, cursor: str, following: Following) -> Fetched:
    """The events of the next shipments that we follow; the cursor is the last name asked for."""
    names = await following(cursor, AT_ONCE_MAX)
    urls = filter(None, map(carrier.settings.object_at_carrier, names))
    bodies, fault = await _events_of_all(carrier, list(urls))
    if fault and not bodies and not cursor:
        raise fault
    more = len(names) == AT_ONCE_MAX
    return Fetched(bodies, names[-1] if more else "", more)


async def fetch_notified(carrier: OneRecordClient, cursor: str, following: Following) -> Fetched:
    """What the notifications since the last time only name. The cursor is the last notification that was looked at.

    Where more came than are looked at, or one came late beside a later one, the poll of what we follow brings the rest.
    """
    newest = await carrier.archive.messages(NOTIFICATIONS, "", NOTICES_MAX)
    ids = [each.message.name.partition("/")[2] for each in newest if each.message.state != Message.REFUSED]
    waiting = [each for each in reversed(ids) if not cursor or UUID(each) > UUID(cursor)]
    fresh = waiting[:AT_ONCE_MAX]
    wanted: dict[str, None] = {}
    for message_id in fresh:
        kept = await carrier.archive.message(message_id)
        wanted |= dict.fromkeys(_wanted(carrier, kept.message.body) if kept else ())
    bodies, fault = await _events_of_all(carrier, list(wanted)[:LINKS_MAX])
    if fault and not bodies:
        raise fault
    return Fetched(bodies, fresh[-1] if fresh else cursor, len(waiting) > len(fresh))


async def _events_of_all(carrier: OneRecordClient, urls: Sequence[str]) -> tuple[list[bytes], Away | None]:
    """What stands at these addresses, and a fault that kept some of them back: one that always fails holds up no other.

    Whoever is told of a fault beside bodies goes on; what is missing comes with the next round of the poll.
    """
    found = await asyncio.gather(*(_events_or_fault(carrier, url) for url in filter(carrier.is_theirs, urls)))
    fault = next((each for each in found if isinstance(each, Away)), None)
    return [each for each in found if isinstance(each, bytes) and each], fault


async def _events_or_fault(carrier: OneRecordClient, url: str) -> bytes | Away:
    try:
        async with asyncio.timeout(OBJECT_S_MAX):
            return await _events_of(carrier, url)
    except Away as away:
        return away
    except TimeoutError:
        return Away(f"{url[:200]} did not answer in {OBJECT_S_MAX:.0f} s")


def _wanted(carrier: OneRecordClient, body: bytes) -> Sequence[str]:
    reader = OneRecordReader(carrier.settings)
    try:
        return reader.wanted(notification(LinkedDocument(read_json(body))))
    except Refused:
        return ()  # It was refused when it came, with the reason.


async def _events_of(carrier: OneRecordClient, url: str) -> bytes:
    """An event, or all events of an object, with what says of which shipment they are, as one list of documents."""
    try:
        if "/logistics-events/" in url:
            parent = url.partition("/logistics-events/")[0]
            found = [await carrier.get(url), *await _shipment(carrier, parent)]
        else:
            found = [await carrier.get(f"{url}/logistics-events"), *await _shipment(carrier, url)]
    except Declined:
        return b""
    if not found[0] or not _is_json(found[0]):
        return b""
    return b"[" + b",".join(body for body in found if body) + b"]"


async def _shipment(carrier: OneRecordClient, url: str) -> list[bytes]:
    """The object, and its waybill where that stands by itself: with the number by which we know the shipment."""
    try:
        body = await carrier.get(url)
        nodes = LinkedDocument(read_json(body)).roots if body else []
    except (Declined, Refused):
        return []
    found = [body] if nodes else []
    for link in list(dict.fromkeys(_waybill_links(nodes)))[:WAYBILLS_MAX]:
        if link == url or not carrier.is_theirs(link):
            continue
        try:
            waybill = await carrier.get(link)
        except Declined:
            continue
        if waybill and _is_json(waybill):
            found.append(waybill)
            break
    return found


def _waybill_links(nodes: Sequence[LinkedNode]) -> Iterator[str]:
    for node in nodes:
        for said in node.all(cargo("waybill")) if WAYBILL not in node.types else ():
            inside = said.node
            if said.link and (inside is None or inside.is_link):
                yield said.link


def _is_json(body: bytes) -> bool:
    """Whether it can stand beside other documents: what is none would spoil them."""
    try:
        LinkedDocument(read_json(body))
    except Refused:
        return False
    return True


# Without `look`: to be subscribed twice does no harm, as an event that is told twice counts once.
SUBSCRIBE = Reaction(
    "one-record.subscribe",
    FOLLOWED,
    subscriptions,
    subscribe,
    written=subscription_written,
    operation=courier.SUBSCRIBE,
)
NOTIFIED = Poll("one-record.notified", timedelta(seconds=15), fetch_notified, operation=courier.TRACK)
EVENTS_OF_FOLLOWED = Poll("one-record.followed", timedelta(minutes=30), fetch_followed, operation=courier.TRACK)
