"""A reader of ONE Record, and bodies as carriers send them."""

import json
from typing import Any

from adapters.courier_onerecord import ADAPTER
from adapters.courier_onerecord.reader import EVENTS, NOTIFICATIONS, OneRecordReader
from adapters.courier_onerecord.settings import settings
from adapters.manifest import Fact, Incoming, Translation
from adapters.sandbox.one_record import CONTEXT, event_of, notification
from tests.support.couriers import NOW

SERVER = "https://gate.example/push/one-record/air"
THEIRS = "https://1r.skyfreight.example"
SHIPMENT = f"{THEIRS}/logistics-objects/8a76ed85-959e-45d5-8c42-5fd39c08efb1"
CARRIER = f"{THEIRS}/logistics-objects/carrier"
WAYBILL = "020-12345675"
FOLLOWED = "one-record.followed"


def reader(**options: Any) -> OneRecordReader:
    """A reader with these options of an account."""
    return OneRecordReader(settings({"server": SERVER, **options}))


def event(code: str = "DEP", at: Any = NOW, time_type: str = "ACTUAL", **beside: Any) -> dict[str, Any]:
    """A logistics event with its context; a name beside is of the cargo ontology, and None takes it away."""
    said = event_of(code, at, SHIPMENT, CARRIER, time_type)
    said |= {name if name[:1] == "@" else f"cargo:{name}": value for name, value in beside.items()}
    return {"@context": CONTEXT, **{name: value for name, value in said.items() if value is not None}}


def told(event_type: str = "LOGISTICS_EVENT_RECEIVED", of: str = SHIPMENT, **beside: Any) -> dict[str, Any]:
    """A notification with its context."""
    named = {f"api:{name}": value for name, value in beside.items()}
    return {"@context": CONTEXT, **notification(event_type, of), **named}


def body_of(value: Any) -> bytes:
    """A body as it goes over the wire."""
    return value if isinstance(value, bytes) else json.dumps(value).encode()


def posted(value: Any, of: str = WAYBILL, **options: Any) -> Translation:
    """What is made of an event that was posted on an object of ours."""
    return reader(**options).translate(Incoming(EVENTS, body_of(value), {":object": of}, NOW))


def notified(value: Any, **options: Any) -> Translation:
    """What is made of a notification."""
    return reader(**options).translate(Incoming(NOTIFICATIONS, body_of(value), {}, NOW))


def fetched(*documents: Any, **options: Any) -> Translation:
    """What is made of documents that were fetched together."""
    return reader(**options).translate(Incoming(FOLLOWED, body_of(list(documents)), {}, NOW))


def only(translation: Translation) -> Fact:
    """The one fact."""
    (fact,) = translation.facts
    return fact


__all__ = ["ADAPTER", "NOW", "body_of", "event", "fetched", "notified", "only", "posted", "reader", "told"]
