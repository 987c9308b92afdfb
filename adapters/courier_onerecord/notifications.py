"""An api:Notification: reading one, and writing those that we send. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adapters.courier_onerecord.graph import REASON, LinkedDocument, LinkedNode
from adapters.courier_onerecord.words import (
    API,
    CONTEXT,
    CREATED,
    EVENT_RECEIVED,
    LOGISTICS_EVENT,
    NOTIFICATION,
    OF_OBJECTS,
    SHIPMENT,
    api,
    cargo,
)
from adapters.manifest import Refused

_LINKS_MAX = 100


@dataclass(frozen=True, slots=True)
class Notification:
    """What a notification tells of."""

    event_type: str
    object_id: str = ""
    about: LinkedNode | None = None  # the object, if more than its name came
    triggered_by: str = ""
    events: tuple[LinkedNode, ...] = ()  # those that are in it
    event_links: tuple[str, ...] = ()  # those that it only names


def notification(document: LinkedDocument) -> Notification:
    """The notification in a body; Refused, naming the place, if it is none."""
    found = document.of_type(NOTIFICATION)
    if len(found) != 1:
        wrong = document.roots[0].place
        raise Refused(REASON, "The body must be one api:Notification.", wrong)
    (root,) = found
    event_type = root.first(api("hasEventType"))
    word = event_type.word(API) if event_type else ""
    if not word:
        raise Refused(
            REASON, "api:hasEventType is required: a NotificationEventType.", f"{root.place}/api:hasEventType"
        )
    about = root.first(api("hasLogisticsObject"))
    events, links = _events(root)
    if word in OF_OBJECTS and not (about and about.link) and not events and not links:
        detail = "api:hasLogisticsObject is required: nothing else says what it is about."
        raise Refused(REASON, detail, f"{root.place}/api:hasLogisticsObject")
    by = root.first(api("isTriggeredBy"))
    return Notification(
        event_type=word,
        object_id=about.link if about else "",
        about=about.node if about else None,
        triggered_by=by.link if by else "",
        events=tuple(events),
        event_links=tuple(links),
    )


def _events(root: LinkedNode) -> tuple[list[LinkedNode], list[str]]:
    """The events themselves, in the notification or in the object that it brings along, and those only named."""
    about = root.first(api("hasLogisticsObject"))
    inside = about.node if about else None
    given = root.all(api("hasLogisticsEvent")) + (inside.all(cargo("events")) if inside else [])
    events, links = [], []
    for said in given:
        node = said.node
        if node is not None and LOGISTICS_EVENT in node.types and not node.is_link:
            events.append(node)
        elif said.link:
            links.append(said.link)
    return events, list(dict.fromkeys(links))[:_LINKS_MAX]


def created(object_url: str) -> bytes:
    """That a shipment of ours is there."""
    return _written({"api:hasEventType": _id(API + CREATED)}, object_url)


def event_received(object_url: str, event: Mapping[str, Any]) -> bytes:
    """That something happened to a shipment of ours, with the event itself: nobody needs to come and ask."""
    return _written({"api:hasEventType": _id(API + EVENT_RECEIVED), "api:hasLogisticsEvent": [event]}, object_url)


def event_of(event_id: str, object_url: str, code: str, name: str, at: str, recorder: str) -> dict[str, Any]:
    """A logistics event as JSON-LD."""
    named = {"cargo:eventName": name} if name else {}
    return {
        "@id": event_id,
        "@type": "cargo:LogisticsEvent",
        "cargo:eventCode": {"@id": f"https://onerecord.iata.org/ns/code-lists/StatusCode#{code}"},
        **named,
        "cargo:eventDate": {"@type": "http://www.w3.org/2001/XMLSchema#dateTime", "@value": at},
        "cargo:eventTimeType": _id("cargo:ACTUAL"),
        "cargo:eventFor": {"@id": object_url, "@type": "cargo:Shipment"},
        "cargo:recordingOrganization": {"@id": recorder, "@type": "cargo:Company"},
    }


def _written(said: Mapping[str, Any], object_url: str) -> bytes:
    kind = {"@type": "http://www.w3.org/2001/XMLSchema#anyURI", "@value": SHIPMENT}
    about = {"api:hasLogisticsObject": _id(object_url), "api:hasLogisticsObjectType": kind}
    return json.dumps({"@context": CONTEXT, "@type": "api:Notification", **said, **about}).encode()


def _id(name: str) -> dict[str, str]:
    return {"@id": name}
