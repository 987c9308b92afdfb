"""What we tell a carrier or a forwarder who subscribed: that a shipment of ours is there, and what happened to it.

No loops: nobody is told what he said himself, an event is told under an id of ours, by which it is known when it comes
back, and what comes back sets off nothing (`own.is_echo`).
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256

from doselane.courier.v1.events_pb2 import MilestoneReported
from doselane.exchange.v1.exchange_pb2 import Message

from adapters.courier_onerecord import codes, notifications
from adapters.courier_onerecord.client import OneRecordClient
from adapters.courier_onerecord.graph import LinkedDocument
from adapters.courier_onerecord.port import FOLLOWED, followed_by
from adapters.courier_onerecord.reader import REQUEST, REVOCATIONS, SUBSCRIPTIONS
from adapters.courier_onerecord.settings import Settings
from adapters.courier_onerecord.subscriptions import Subscribed, answered, names_shipment, subscription
from adapters.courier_onerecord.translate import own_event_id
from adapters.courier_onerecord.waybill import spellings, waybill_number
from adapters.courier_onerecord.words import API, BY_IDENTIFIER, CREATED, EVENT_RECEIVED
from adapters.json_body import read_json
from adapters.manifest import Archive, Refused
from adapters.outbound import Declined, Outgoing, Reaction
from adapters.ports import courier
from services.kernel.event import Event
from services.kernel.references import canonical

NAME = "courier_onerecord"
REPORTED = "doselane.courier.milestone.reported.v1"
# News of an event are worth telling for so long; later everybody knows.
NEWS_LAST = timedelta(hours=12)
SUBSCRIPTIONS_MAX = 100
ANSWER_HOLDS = timedelta(minutes=10)
_REMEMBERED_MAX = 1000


def announcements(event: Event, partner: str) -> Iterator[Outgoing]:
    """That the shipment is there, for each name of it."""
    names, ends = followed_by(event, partner)
    for name in names:
        yield Outgoing(f"announce {name}", json.dumps({"reference": name}).encode(), ends)


def news(event: Event, partner: str) -> Iterator[Outgoing]:
    """What another carrier of ONE Record said has happened, if that is a status code with a time.

    Nobody is told his own words. Plans, and what is of some pieces only, bear longer codes, and so are not told.
    """
    said = MilestoneReported.FromString(event.data)
    told = said.milestone
    if said.courier == partner or said.adapter != NAME or told.retracted or not told.HasField("time"):
        return
    if told.code not in codes.KIND_OF_CODE:
        return
    names = dict.fromkeys(waybill_number(name) or canonical(name) for name in told.shipment_references)
    number = sha256(f"{said.courier} {told.event_id}".encode()).hexdigest()
    for name in filter(names_shipment, names):
        body = {"reference": name, "number": number, "code": told.code, "name": told.description,
                "at": told.time.ToJsonString()}  # fmt: skip
        yield Outgoing(f"news {name}", json.dumps(body).encode(), event.time + NEWS_LAST)


def announcement_written(settings: Settings, outgoing: Outgoing) -> bytes:
    """The notification that a shipment is there."""
    return notifications.created(settings.object_url(json.loads(outgoing.body)["reference"]))


def news_written(settings: Settings, outgoing: Outgoing) -> bytes:
    """The notification that something happened, with the event."""
    told = json.loads(outgoing.body)
    url = settings.object_url(told["reference"])
    event_id = own_event_id(told["reference"], told["number"], settings)
    event = notifications.event_of(event_id, url, told["code"], told["name"], told["at"], settings.organization)
    return notifications.event_received(url, event)


async def announce(carrier: OneRecordClient, outgoing: Outgoing) -> str:
    """Tells that a shipment is there, if the carrier wants to know."""
    return await _tell(carrier, outgoing, CREATED, announcement_written(carrier.settings, outgoing))


async def tell(carrier: OneRecordClient, outgoing: Outgoing) -> str:
    """Tells that something happened, if the carrier wants to know and the shipment is one that he carries."""
    reference = json.loads(outgoing.body)["reference"]
    if not await _carries(carrier.archive, reference):
        return f"{reference} is no shipment of theirs"
    return await _tell(carrier, outgoing, EVENT_RECEIVED, news_written(carrier.settings, outgoing))


async def _carries(archive: Archive, reference: str) -> bool:
    for spelled in spellings(reference) if waybill_number(reference) else (reference,):
        if await archive.followed_since(spelled) is not None:
            return True
    return False


async def _tell(carrier: OneRecordClient, outgoing: Outgoing, event_type: str, body: bytes) -> str:
    url = carrier.settings.object_url(json.loads(outgoing.body)["reference"])
    now = carrier.archive.now()
    if not any(each.covers(url, event_type, now) for each in await _wishes(carrier, url)):
        return f"nobody there subscribed to {event_type} of {url}"
    await carrier.post("/notifications", body)
    return f"told of {event_type} of {url}"


async def _wishes(carrier: OneRecordClient, url: str) -> list[Subscribed]:
    """What the other side subscribed to here, and what it says when it is asked, as a publisher may."""
    asked = await in_force(carrier.archive, carrier.settings, carrier.read)
    held, found = carrier.answered.get(url, (None, []))
    now = carrier.archive.now()
    if held is None or now >= held:
        query = {"topicType": API + BY_IDENTIFIER, "topic": url}
        try:
            answer = await carrier.ask("/subscriptions", query)
            found = answered(LinkedDocument(read_json(answer))) if answer else []
        except (Declined, Refused):
            found = []  # It says no, or nothing that can be read: it is not told.
        if len(carrier.answered) >= _REMEMBERED_MAX:
            carrier.answered.clear()
        carrier.answered[url] = (now + ANSWER_HOLDS, found)
    return asked + found


async def in_force(archive: Archive, settings: Settings, read: dict[str, Subscribed | None]) -> list[Subscribed]:
    """The subscriptions that an account asked for and did not revoke, newest first; `read` keeps what was read."""
    revoked = await revoked_requests(archive)
    found, listed = [], await archive.messages(SUBSCRIPTIONS, "", SUBSCRIPTIONS_MAX)
    for gone in read.keys() - {kept.message.name.partition("/")[2] for kept in listed}:
        del read[gone]
    for kept in listed:
        request_id = kept.message.name.partition("/")[2]
        if kept.message.state in (Message.ACCEPTED, Message.REPEATED) and request_id not in revoked:
            if request_id not in read:
                read[request_id] = await _read(archive, settings, request_id)
            if (wanted := read[request_id]) is not None:
                found.append(wanted)
    return found


async def revoked_requests(archive: Archive) -> set[str]:
    """The ids of the requests that were revoked."""
    return {kept.headers.get(REQUEST, "") for kept in await archive.messages(REVOCATIONS, "", SUBSCRIPTIONS_MAX)}


async def _read(archive: Archive, settings: Settings, request_id: str) -> Subscribed | None:
    kept = await archive.message(request_id)
    try:
        return subscription(LinkedDocument(read_json(kept.message.body)), settings) if kept else None
    except Refused:
        return None  # The account's address was changed since, so it is of nothing that we have.


ANNOUNCE = Reaction(
    "one-record.announce",
    FOLLOWED,
    announcements,
    announce,
    written=announcement_written,
    operation=courier.NOTIFY,
)
# What is over when it is heard is no news: a carrier that joins is not told of the past.
TELL = Reaction("one-record.tell", REPORTED, news, tell, written=news_written, past=False, operation=courier.NOTIFY)
