"""An event as it is kept: by itself, so that it can be read again when nobody has its schema any more. Pure.

The body is JSON. An event: `topic`, `event_id`, `schema_id`, `schema` (the schema's own JSON, as a text), and in base64
`replay_id` and `payload`. A place in the stream that is gone: `topic`, `reread` (why), and `replay_id`.
"""

import json
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass
from typing import Any

from adapters.crm_salesforce.pubsub.avro import decode, writer_schema
from adapters.crm_salesforce.pubsub.change_event import RereadNeeded, Said, said_by
from adapters.json_body import read_json
from adapters.manifest import Refused

REPLAY_LOST = "REPLAY_LOST"


@dataclass(frozen=True, slots=True)
class BusMessage:
    """What came over the bus: under which key it counts once, where it came from, and what it says."""

    key: str
    topic: str
    event_id: str  # empty if it is no event
    said: Said


def event_body(topic: str, event_id: str, schema_id: str, schema: str, replay_id: bytes, payload: bytes) -> bytes:
    """An event as it is kept. Without a schema (empty) it is kept too, and refused when it is read."""
    said = {
        "topic": topic,
        "event_id": event_id,
        "schema_id": schema_id,
        "schema": schema,
        "replay_id": b64encode(replay_id).decode(),
        "payload": b64encode(payload).decode(),
    }
    return json.dumps(said).encode()


def reread_body(topic: str, replay_id: bytes) -> bytes:
    """That the place after which we wanted to go on is gone. The same place gives the same body: it counts once."""
    return json.dumps({"topic": topic, "reread": REPLAY_LOST, "replay_id": b64encode(replay_id).decode()}).encode()


def read_message(body: bytes) -> BusMessage:
    """What a kept body says; raises Refused where it, its schema or its payload cannot be read."""
    value = read_json(body)
    if not isinstance(value, dict):
        raise Refused("BODY_NOT_EVENT", "The body is no object.")
    topic, replay_id = _text(value, "topic"), _text(value, "replay_id")
    if "reread" in value:
        return BusMessage(f"reread {topic} {replay_id}", topic, "", RereadNeeded(_text(value, "reread")))
    event_id, schema_id = _text(value, "event_id"), _text(value, "schema_id")
    schema = _text(value, "schema")
    if not schema:
        words = f"Salesforce did not give the schema {schema_id[:100]!r}, without which the payload cannot be read."
        raise Refused("SCHEMA_UNKNOWN", words, "/schema")
    read = writer_schema(schema)
    try:
        payload = b64decode(_text(value, "payload"), validate=True)
    except NotBase64:
        raise Refused("BODY_NOT_EVENT", "payload is not base64.", "/payload") from None
    # Without an id of its own, which Salesforce always gives, its place in the stream tells it from others.
    return BusMessage(event_id or f"{topic} {replay_id}", topic, event_id, said_by(read, decode(read, payload)))


def _text(value: dict[str, Any], name: str) -> str:
    found = value.get(name)
    if not isinstance(found, str):
        raise Refused("BODY_NOT_EVENT", f"{name} is missing, or is no text.", f"/{name}")
    return found
