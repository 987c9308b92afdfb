"""Subscriptions: those that the carrier asks of us, and those that we ask of him for each shipment. Pure."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.courier_onerecord.graph import REASON, LinkedDocument, LinkedNode
from adapters.courier_onerecord.settings import OBJECTS, Settings
from adapters.courier_onerecord.waybill import waybill_number
from adapters.courier_onerecord.words import (
    API,
    BY_IDENTIFIER,
    BY_TYPE,
    BY_URI,
    CARGO,
    CONTEXT,
    CREATED,
    EVENT_RECEIVED,
    JSON_LD,
    SHIPMENT,
    SUBSCRIBABLE,
    SUBSCRIPTION,
    api,
)
from adapters.manifest import Refused

# What we ask for. Changes of an object's other properties say nothing of where a dose is.
WANTED = (EVENT_RECEIVED, CREATED)
# The classes of which shipments consist; others carry no events that could be of a dose.
TYPES = frozenset({SHIPMENT, f"{CARGO}Waybill", f"{CARGO}Piece"})


@dataclass(frozen=True, slots=True)
class Subscribed:
    """What somebody wants to hear of."""

    topic_type: str
    topic: str
    event_types: frozenset[str]
    expires_at: datetime | None = None

    def covers(self, object_url: str, event_type: str, now: datetime) -> bool:
        """Whether this may be told because of it."""
        topic = SHIPMENT if self.topic_type == BY_TYPE else object_url
        alive = self.expires_at is None or now < self.expires_at
        return alive and event_type in self.event_types and self.topic == topic


def subscription(document: LinkedDocument, settings: Settings) -> Subscribed:
    """What a carrier wants to hear of us; Refused, naming the place, if it is none, or of what is not here."""
    found = document.of_type(SUBSCRIPTION)
    if len(found) != 1:
        raise Refused(REASON, "The body must be one api:Subscription.", document.roots[0].place)
    wanted = _subscribed(found[0])
    place = f"{found[0].place}/api:hasTopic"
    if not _link(found[0], "hasSubscriber"):
        raise Refused(REASON, "api:hasSubscriber is required.", f"{found[0].place}/api:hasSubscriber")
    if wanted.topic_type == BY_TYPE and wanted.topic != SHIPMENT:
        raise Refused("TOPIC_NOT_SUPPORTED", f"Of the types only {SHIPMENT} can be subscribed to here.", place)
    if wanted.topic_type != BY_TYPE and not settings.reference(wanted.topic):
        raise Refused("TOPIC_NOT_SUPPORTED", f"api:hasTopic must be an object below {settings.server}{OBJECTS}.", place)
    return wanted


def answered(document: LinkedDocument) -> list[Subscribed]:
    """The subscriptions with which a carrier answers when he is asked what he wants to hear."""
    found = []
    for node in document.of_type(SUBSCRIPTION) + [each for root in document.roots for each in _items(root)]:
        try:
            found.append(_subscribed(node))
        except Refused:
            continue  # He wants something; what, he does not say as the standard has it, so he is not told.
    return found


def _items(root: LinkedNode) -> Iterator[LinkedNode]:
    for said in root.all(api("hasItem")):
        if (node := said.node) and SUBSCRIPTION in node.types:
            yield node


def _subscribed(node: LinkedNode) -> Subscribed:
    given = node.first(api("hasTopicType"))
    topic_type = given.word(API) if given else ""
    if topic_type not in (BY_TYPE, BY_IDENTIFIER, BY_URI):
        detail = f"api:hasTopicType must be {BY_TYPE} or {BY_IDENTIFIER}."
        raise Refused(REASON, detail, f"{node.place}/api:hasTopicType")
    topic = _link(node, "hasTopic")
    if not topic:
        raise Refused(REASON, "api:hasTopic is required.", f"{node.place}/api:hasTopic")
    events = {said.word(API) for said in node.all(api("includeSubscriptionEventType"))}
    if not events or not events <= SUBSCRIBABLE:
        detail = f"api:includeSubscriptionEventType must be some of {', '.join(sorted(SUBSCRIBABLE))}."
        raise Refused(REASON, detail, f"{node.place}/api:includeSubscriptionEventType")
    expires = node.text(api("expiresAt"))
    return Subscribed(topic_type, topic, frozenset(events), _instant(expires, node.place) if expires else None)


def _link(node: LinkedNode, name: str) -> str:
    said = node.first(api(name))
    return said.link if said else ""


def _instant(text: str, place: str) -> datetime:
    """Times of the API are UTC, also where they do not say so."""
    try:
        at = datetime.fromisoformat(text)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refused(REASON, "api:expiresAt must be an xsd:dateTime.", f"{place}/api:expiresAt") from None


def names_shipment(reference: str) -> bool:
    """Whether a carrier of ONE Record can know a shipment so: by its waybill's number, or an object's address."""
    return bool(waybill_number(reference)) or (reference.startswith(("https://", "http://")) and OBJECTS in reference)


def topic_of(reference: str, settings: Settings) -> tuple[str, str]:
    """What we subscribe to for a shipment: its object where we know it, else all shipments that we are shown."""
    known = settings.object_at_carrier(reference)
    return (BY_IDENTIFIER, known) if known else (BY_TYPE, SHIPMENT)


def request(topic_type: str, topic: str, expires_at: datetime | None, settings: Settings) -> dict[str, Any]:
    """What we want to hear of, as JSON-LD. The carrier finds our /notifications by our name."""
    ends: dict[str, Any] = {}
    if expires_at is not None:
        at = (expires_at + timedelta(seconds=1)).astimezone(UTC).replace(microsecond=0)
        ends = {"api:expiresAt": {"@type": "xsd:dateTime", "@value": at.strftime("%Y-%m-%dT%H:%M:%SZ")}}
    return {
        "@context": CONTEXT,
        "@type": "api:Subscription",
        "api:hasContentType": JSON_LD,
        "api:hasSubscriber": {"@id": settings.organization},
        "api:hasTopicType": {"@id": f"api:{topic_type}"},
        "api:hasTopic": {"@type": "http://www.w3.org/2001/XMLSchema#anyURI", "@value": topic},
        "api:includeSubscriptionEventType": _ids(WANTED),
        "api:sendLogisticsObjectBody": False,
        "api:notifyRequestStatusChange": True,
        **ends,
    }


def _ids(names: Iterable[str]) -> list[dict[str, str]]:
    return [{"@id": f"api:{name}"} for name in names]


def written(value: Any) -> bytes:
    """JSON-LD as it goes over the wire."""
    return json.dumps(value, ensure_ascii=False).encode()
