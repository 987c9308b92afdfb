"""The AsyncAPI document of our topics, made from the protos: a message an event type, CloudEvents headers beside it."""

import re
from functools import cache
from typing import Any

import yaml
from doselane.contracts.protos import Protos

from services.edge.api import Api, load
from services.edge.openapi.schemas import Schemas
from services.local.contracts.descriptors import descriptors_of_today
from tests.contracts.files import FOLDER

FILE = FOLDER / "asyncapi" / "doselane.yaml"
_TYPE_IN_COMMENT = re.compile(r" \(`[^`]+`\)")
_KAFKA = "0.5.0"

HEADERS: dict[str, Any] = {
    "description": "CloudEvents 1.0 in Kafka's binary mode. The record's key is the subject.",
    "type": "object",
    "required": [
        "content-type",
        "ce_specversion",
        "ce_id",
        "ce_type",
        "ce_source",
        "ce_subject",
        "ce_time",
        "ce_sequence",
    ],
    "properties": {
        "content-type": {"const": "application/protobuf"},
        "ce_specversion": {"const": "1.0"},
        "ce_id": {"type": "string", "format": "uuid", "description": "One id is one event, however often it arrives."},
        "ce_type": {"type": "string", "description": "What happened; says which message the value is."},
        "ce_source": {"type": "string", "description": "The service that published it."},
        "ce_subject": {"type": "string", "description": "What it happened to; events of one subject keep their order."},
        "ce_time": {"type": "string", "format": "date-time", "description": "When it happened, in UTC."},
        "ce_sequence": {
            "type": "string",
            "pattern": "^[1-9][0-9]*$",
            "description": "Counts the events of the subject from 1 without a gap.",
        },
        "ce_partitionkey": {"type": "string", "description": "The same as the subject."},
        "ce_partner": {"type": "string", "description": "Whose it is; absent where it is the manufacturer's own."},
        "ce_actor": {"type": "string", "description": "Who made the change."},
        "ce_reason": {"type": "string", "description": "Why, in the words of whoever made the change."},
        "ce_traceparent": {"type": "string", "description": "W3C trace context of the change."},
        "traceparent": {"type": "string", "description": "The same, for tools that know Kafka but not CloudEvents."},
    },
}


def document() -> dict[str, Any]:
    """The document for today's protos."""
    api, protos = load(), Protos(descriptors_of_today())
    schemas = Schemas(api)
    topics = sorted({_topic(event) for event in protos.events})
    messages = {event: _message(event, protos, api, schemas) for event in sorted(protos.events)}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Doselane events",
            "version": "1.0.0",
            "description": "What Doselane publishes. Made from the protos by `python -m tests.contracts asyncapi`.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/protobuf",
        "channels": {topic.rpartition(".")[2]: _channel(topic, list(messages)) for topic in topics},
        "operations": {f"publish{topic.rpartition('.')[2].capitalize()}": _operation(topic) for topic in topics},
        "components": {
            "messages": messages,
            "schemas": {"KafkaHeaders": HEADERS, **dict(sorted(schemas.components.items()))},
        },
    }


@cache
def text() -> str:
    """The document as its file says it."""
    return yaml.dump(document(), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=118)


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        """Writes a repeated value again: an anchor helps no reader."""
        return True


def _topic(event: str) -> str:
    return ".".join(event.split(".")[:2])


def _channel(topic: str, events: list[str]) -> dict[str, Any]:
    own = [event for event in events if _topic(event) == topic]
    return {
        "address": topic,
        "description": f"Everything that {topic.rpartition('.')[2]} publishes, in order per subject, at least once.",
        "messages": {event: {"$ref": f"#/components/messages/{event}"} for event in own},
        "bindings": {"kafka": {"topic": topic, "bindingVersion": _KAFKA}},
    }


def _operation(topic: str) -> dict[str, Any]:
    channel = topic.rpartition(".")[2]
    return {
        "action": "send",
        "summary": f"Doselane publishes to {topic}; each reader sees what is its own.",
        "channel": {"$ref": f"#/channels/{channel}"},
    }


def _message(event: str, protos: Protos, api: Api, schemas: Schemas) -> dict[str, Any]:
    carried = protos.event(event).DESCRIPTOR
    fixed = {"type": "object", "properties": {"ce_type": {"const": event}}}
    return {
        "name": event,
        "title": carried.name,
        "summary": _TYPE_IN_COMMENT.sub("", api.comment(carried.full_name)),
        "contentType": "application/protobuf",
        "headers": {"allOf": [{"$ref": "#/components/schemas/KafkaHeaders"}, fixed]},
        "payload": schemas.reference(carried),
        "bindings": {"kafka": {"key": {"type": "string", "description": "The subject."}, "bindingVersion": _KAFKA}},
        "x-protobuf-message": carried.full_name,
    }
