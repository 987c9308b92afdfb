"""Example events as they would be written, with why the organisation would not take them. Pure."""

import json
from typing import Any

from google.protobuf.message import Message

from adapters.crm_salesforce import samples
from adapters.crm_salesforce.rest.describing import ObjectDescription
from adapters.mapping import Mapped
from adapters.outbound import Reaction
from adapters.preflight import SamplePayload


def payload(given: Mapped, reaction: Reaction, message: Message, into: ObjectDescription | None) -> SamplePayload:
    """What the reaction would send of an example; `into` is the object that takes it, if it is known."""
    (outgoing,) = reaction.make(samples.event_of(reaction.event_type, message), samples.PARTNER)
    body = reaction.written(given, outgoing) if reaction.written else outgoing.body
    written = json.loads(body)
    problem = "; ".join(_problems(written, into)) if into is not None else ""
    return SamplePayload(reaction.name, outgoing.subject, json.dumps(written, indent=2, ensure_ascii=False), problem)


def _problems(record: dict[str, Any], into: ObjectDescription) -> list[str]:
    found = []
    for name, value in record.items():
        known = into.fields.get(name)
        if known is None:
            found.append(f"there is no field {name}")
        elif isinstance(value, str) and 0 < known.length < len(value):
            found.append(f"{name} takes {known.length} characters, and this has {len(value)}")
        elif isinstance(value, str) and known.words is not None and value not in known.words:
            found.append(f"{name} has no value {value!r}")
    return found
