"""Couriers' messages, for states in which a shipment has moved."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from services.local.world import SPECIALTY

COURIER = SPECIALTY
PATH = "/push/epcis/coldway/capture"
VAN_PATH, VAN_HEADER = "/push/courier/harborline", "x-api-key"


def in_our_words(event_id: str, reference: str, at: str) -> dict[str, Any]:
    """A delivery in our own JSON."""
    told = {"event_id": event_id, "shipments": [reference], "kind": "DELIVERED", "occurred_at": at}
    return {"milestones": [told]}


def reported(reference: str, at: datetime, step: str) -> dict[str, Any]:
    """An EPCIS 2.0 document about one step of a shipment."""
    event = {
        "type": "ObjectEvent",
        "eventID": f"urn:uuid:{uuid4()}",
        "eventTime": at.isoformat(),
        "eventTimeZoneOffset": "+00:00",
        "epcList": [reference],
        "action": "OBSERVE",
        "bizStep": step,
        "disposition": "in_progress",
    }
    return {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": at.isoformat(),
        "epcisBody": {"eventList": [event]},
    }
