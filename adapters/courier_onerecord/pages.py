"""The pages of our ONE Record server: what it is, our objects and their events, and what was subscribed to."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from doselane.exchange.v1.exchange_pb2 import Message

from adapters.courier_onerecord.answers import MEDIA_TYPE
from adapters.courier_onerecord.event import logistics_event
from adapters.courier_onerecord.graph import LinkedDocument
from adapters.courier_onerecord.own import is_echo
from adapters.courier_onerecord.reader import EVENTS, OBJECT, SUBSCRIPTIONS, OneRecordReader
from adapters.courier_onerecord.settings import ORGANIZATION, Settings
from adapters.courier_onerecord.subscriptions import TYPES, request, written
from adapters.courier_onerecord.telling import revoked_requests
from adapters.courier_onerecord.translate import fact
from adapters.courier_onerecord.waybill import spellings, waybill_number
from adapters.courier_onerecord.words import (
    API,
    BY_IDENTIFIER,
    BY_TYPE,
    BY_URI,
    COMPANY,
    CONTEXT,
    JSON_LD,
    LOGISTICS_EVENT,
    SERVER_INFORMATION,
    SHIPMENT,
    SUBSCRIPTION_REQUEST,
    VERSIONS,
)
from adapters.json_body import read_json
from adapters.manifest import Archive, Kept, PageRequest, Refused, Reply

# When what the server says of itself changed last.
SINCE = datetime(2026, 11, 26, tzinfo=UTC)
# Of an object the newest events, and how many messages are looked through for them.
EVENTS_MAX = 100
LOOKED_THROUGH_MAX = 1000
_PAGE = 200


async def server_information(asked: PageRequest, archive: Archive, reader: OneRecordReader) -> Reply:
    """What this server can do, and whose it is."""
    ours = reader.settings
    said = {
        "@context": CONTEXT,
        "@id": ours.server,
        "@type": "api:ServerInformation",
        "api:hasDataHolder": {"@id": ours.organization, "@type": "cargo:Company"},
        "api:hasServerEndpoint": _uri(ours.server),
        "api:hasSupportedApiVersion": list(VERSIONS),
        "api:hasSupportedContentType": [JSON_LD],
        "api:hasSupportedLanguage": ["en-US"],
        "api:hasSupportedOntology": [_uri("https://onerecord.iata.org/ns/cargo"), _uri("https://onerecord.iata.org/ns/api")],
        "api:hasSupportedOntologyVersion": [
            _uri("https://onerecord.iata.org/ns/cargo/3.2.0"),
            _uri("https://onerecord.iata.org/ns/api/2.3.0"),
        ],
    }  # fmt: skip
    return _answer(asked, said, SERVER_INFORMATION, SINCE)


async def logistics_object(asked: PageRequest, archive: Archive, reader: OneRecordReader) -> Reply:
    """Our organization, or a shipment that this carrier carries: its name, and its waybill's number if it is one.

    Nothing else is here: what is in the box is nobody's business on the way. It never changes, so its revision is 1.
    """
    ours, name = reader.settings, asked.parameters["object"]
    revision = {"api:hasRevision": 1, "api:hasLatestRevision": 1}
    if name == ORGANIZATION:
        company = {"@context": CONTEXT, "@id": ours.organization, "@type": ["cargo:Company", "cargo:Organization"],
                   **revision, "cargo:name": ours.organization_name}  # fmt: skip
        return _answer(asked, company, COMPANY, SINCE, _revision())
    since = await _followed_since(archive, name)
    said: dict[str, Any] = {"@context": CONTEXT, "@id": ours.object_url(name), "@type": "cargo:Shipment", **revision}
    if number := waybill_number(name):
        prefix, _, serial = number.partition("-")
        said["cargo:waybill"] = {
            "@id": f"internal:waybill-{number}",
            "@type": "cargo:Waybill",
            "cargo:waybillPrefix": prefix,
            "cargo:waybillNumber": serial,
        }
    return _answer(asked, said, SHIPMENT, since, _revision())


async def logistics_events(asked: PageRequest, archive: Archive, reader: OneRecordReader) -> Reply:
    """The events that this account posted on an object, newest first."""
    name, items = asked.parameters["object"], []
    await _followed_since(archive, name)
    codes = {code.strip() for code in asked.asked("event-code", "").split(",") if code.strip()}
    skip, limit = _number(asked, "skip", 0), min(_number(asked, "limit", EVENTS_MAX), EVENTS_MAX)
    kept, complete = await _posted(archive, name)
    for each in kept:
        body = each.message.body
        items += await archive.beside(len(body), events_in, reader.settings, name, body, frozenset(codes))
    url = f"{reader.settings.object_url(name)}/logistics-events"
    said: dict[str, Any] = {"@context": CONTEXT, "@id": url, "@type": "api:Collection"}
    if complete:
        said["api:hasTotalItems"] = len(items)
    return _answer(asked, {**said, "api:hasItem": items[skip : skip + limit]}, f"{API}Collection", None)


async def one_event(asked: PageRequest, archive: Archive, reader: OneRecordReader) -> Reply:
    """One event, as it was posted, with its id."""
    name, event = asked.parameters["object"], asked.parameters["event"]
    url = f"{reader.settings.object_url(name)}/logistics-events/{event}"
    for event_id in (url, event):
        for message_id, _ in await archive.places_of_event(event_id):
            if (kept := await archive.message(message_id)) is None:
                continue
            for item in await archive.beside(
                kept.message.body_bytes, events_in, reader.settings, name, kept.message.body, frozenset()
            ):
                if item["@id"] == event_id:
                    return _answer(asked, item, LOGISTICS_EVENT, kept.message.receive_time.ToDatetime(UTC))
    raise Refused("EVENT_NOT_FOUND", "There is no event of this name.", status=404)


async def subscriptions(asked: PageRequest, archive: Archive, reader: OneRecordReader) -> Reply:
    """What we want to hear, for a publisher who asks: the events of shipments, waybills and pieces."""
    topic_type = asked.asked("topicType", "").removeprefix(API).removeprefix(f"{API[:-1]}/")
    topic = asked.asked("topic", "")
    if topic_type not in (BY_TYPE, BY_IDENTIFIER, BY_URI):
        detail = f"topicType must be {API}{BY_TYPE} or {API}{BY_IDENTIFIER}, with %23 for its #."
        raise Refused("PARAMETER_NOT_VALID", detail)
    if not topic or ":" not in topic:
        raise Refused("PARAMETER_NOT_VALID", "topic must be the address of a type or of an object.")
    if topic_type == BY_TYPE and topic not in TYPES:
        raise Refused("TOPIC_NOT_SUPPORTED", f"Of the types we want to hear of {', '.join(sorted(TYPES))}.")
    return _answer(asked, request(topic_type, topic, None, reader.settings), f"{API}Subscription", None)


async def action_request(asked: PageRequest, archive: Archive, reader: OneRecordReader) -> Reply:
    """A request for a subscription, and what became of it."""
    request_id = asked.parameters["request"]
    kept = await archive.message(request_id)
    if kept is None or kept.webhook != SUBSCRIPTIONS:
        raise Refused("ACTION_REQUEST_NOT_FOUND", "There is no action request of this name.", status=404)
    at = kept.message.receive_time.ToDatetime(UTC)
    state = "REQUEST_ACCEPTED" if kept.message.state != Message.REFUSED else "REQUEST_REJECTED"
    if request_id in await revoked_requests(archive):
        state = "REQUEST_REVOKED"
    asked_for = _first(kept)
    said = {
        "@context": CONTEXT,
        "@id": f"{reader.settings.server}/action-requests/{request_id}",
        "@type": "api:SubscriptionRequest",
        "api:hasSubscription": asked_for,
        "api:isRequestedAt": {"@type": "xsd:dateTime", "@value": at.isoformat().replace("+00:00", "Z")},
        "api:hasRequestStatus": {"@id": f"api:{state}"},
    }
    return _answer(asked, said, SUBSCRIPTION_REQUEST, at)


def events_in(settings: Settings, name: str, body: bytes, codes: frozenset[str]) -> list[dict[str, Any]]:
    """The events of a message that was posted on an object, each with its id; all, or those with one of these codes."""
    found = []
    for node in LinkedDocument(read_json(body)).of_type(LOGISTICS_EVENT):
        event = logistics_event(node, settings.object_url(name))
        if is_echo(event, settings) or (codes and event.code.code not in codes):
            continue
        event_id = fact(0, event, settings, datetime.max.replace(tzinfo=UTC)).event_id
        context = {"@context": node.raw.get("@context", CONTEXT)}
        found.append({**context, **node.raw, "@id": event_id})
    return found


async def _posted(archive: Archive, name: str) -> tuple[list[Kept], bool]:
    """The newest messages with events of an object, and whether no older one was left out."""
    found: list[str] = []
    before, looked = "", 0
    while looked < LOOKED_THROUGH_MAX:
        page = await archive.messages(EVENTS, before, _PAGE)
        looked += len(page)
        for each in page:
            taken = each.message.state == Message.ACCEPTED
            if taken and each.headers.get(OBJECT) == name and len(found) < EVENTS_MAX:
                found.append(each.message.name.partition("/")[2])
        if len(page) < _PAGE:
            break
        before = page[-1].message.name.partition("/")[2]
    kept = [await archive.message(message_id) for message_id in found]
    return [each for each in kept if each], looked < LOOKED_THROUGH_MAX and len(found) < EVENTS_MAX


async def _followed_since(archive: Archive, name: str) -> datetime:
    """Since when this carrier carries the shipment; what he does not carry is not there for him."""
    number = waybill_number(name)
    for spelled in spellings(number) if number else (name,):
        if (since := await archive.followed_since(spelled)) is not None:
            return since
    raise Refused("LOGISTICS_OBJECT_NOT_FOUND", "There is no logistics object at this address.", status=404)


def _first(kept: Kept) -> Mapping[str, Any]:
    """The subscription as it was sent. It may have been refused, and be anything."""
    try:
        node = LinkedDocument(read_json(kept.message.body)).roots[0]
    except Refused:
        return {"@type": "api:Subscription"}
    return dict(node.raw)


def _number(asked: PageRequest, name: str, otherwise: int) -> int:
    text = asked.asked(name, str(otherwise))
    if not (text.isascii() and text.isdigit()):
        raise Refused("PARAMETER_NOT_VALID", f"{name} must be a whole number.")
    return int(text[:9])


def _uri(text: str) -> dict[str, str]:
    return {"@type": "xsd:anyURI", "@value": text}


def _revision() -> tuple[tuple[str, str], ...]:
    return ("Revision", "1"), ("Latest-Revision", "1")


def _answer(
    asked: PageRequest,
    said: Mapping[str, Any],
    kind: str,
    changed: datetime | None,
    more: tuple[tuple[str, str], ...] = (),
) -> Reply:
    """JSON-LD with the standard's headers, and an ETag; 304 to who has it already."""
    accepted = asked.headers.get("accept", "*/*").lower()
    if not any(each in accepted for each in ("*/*", "application/*", JSON_LD, "application/json")):
        raise Refused("FORMAT_NOT_SUPPORTED", f"Answers are {JSON_LD}.", status=415)
    body = written(said)
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers: tuple[tuple[str, str], ...] = (("Type", kind), ("ETag", tag), *more)
    if changed is not None:
        headers += (("Last-Modified", format_datetime(changed.replace(microsecond=0), usegmt=True)),)
    if tag in [each.strip().removeprefix("W/") for each in asked.headers.get("if-none-match", "").split(",")]:
        return Reply(304, headers, b"", MEDIA_TYPE)
    return Reply(200, headers, body, _media_type(accepted))


def _media_type(accepted: str) -> str:
    """With the version that was asked for, if we speak it; else with the newest."""
    asked = next((each for each in VERSIONS if f"version={each}" in accepted.replace(" ", "")), VERSIONS[0])
    return f"{JSON_LD}; version={asked}"
