"""A courier's message in its own format, for states in which a shipment has moved."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from services.local.world import SPECIALTY

COURIER = SPECIALTY
PATH = "/push/epcis/coldway/capture"


def delivered(reference: str, at: datetime) -> dict[str, Any]:
    """What says: this shipment is in the receiver's hands."""
    return reported(reference, at, "receiving")


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
