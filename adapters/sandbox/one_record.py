"""What a carrier's ONE Record server sends: events, notifications and subscriptions, as the standard's examples are."""

from datetime import datetime
from typing import Any

API, CARGO = "https://onerecord.iata.org/ns/api#", "https://onerecord.iata.org/ns/cargo#"
CONTEXT = {"api": API, "cargo": CARGO}
STATUS = "https://onerecord.iata.org/ns/code-lists/StatusCode#"
ANY_URI = "http://www.w3.org/2001/XMLSchema#anyURI"


def event_of(code: str, at: datetime | str, of: str, recorder: str, time_type: str = "ACTUAL") -> dict[str, Any]:
    """A logistics event as the standard's example writes it."""
    when = at if isinstance(at, str) else at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return {
        "@type": "cargo:LogisticsEvent",
        "cargo:eventDate": {"@type": "http://www.w3.org/2001/XMLSchema#dateTime", "@value": when},
        "cargo:eventCode": {"@id": f"{STATUS}{code}"},
        "cargo:eventTimeType": {"@id": f"cargo:{time_type}", "@type": "cargo:EventTimeType"},
        "cargo:partialEventIndicator": False,
        "cargo:eventFor": {"@type": "cargo:Shipment", "@id": of},
        "cargo:recordingOrganization": {"@type": "cargo:Company", "@id": recorder},
    }


def notification(event_type: str, of: str) -> dict[str, Any]:
    """A notification of an object."""
    said: dict[str, Any] = {"@type": "api:Notification", "api:hasEventType": {"@id": f"api:{event_type}"}}
    if of:
        said["api:hasLogisticsObject"] = {"@id": of}
        said["api:hasLogisticsObjectType"] = {"@type": ANY_URI, "@value": f"{CARGO}Shipment"}
    return said


def subscription(topic_type: str, topic: str, subscriber: str, *event_types: str) -> dict[str, Any]:
    """What somebody wants to be told."""
    return {
        "@type": "api:Subscription",
        "api:hasContentType": "application/ld+json",
        "api:hasSubscriber": {"@id": subscriber},
        "api:hasTopicType": {"@id": f"api:{topic_type}"},
        "api:includeSubscriptionEventType": [{"@id": f"api:{each}"} for each in event_types],
        "api:hasTopic": {"@type": ANY_URI, "@value": topic},
    }


def value_of(literal: Any) -> str:
    """The text of a literal, typed or not."""
    return str(literal["@value"] if isinstance(literal, dict) else literal)
