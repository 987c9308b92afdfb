"""An event as a Kafka record: CloudEvents 1.0 in binary mode (Kafka protocol binding)."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from services.kernel.event import Event

CONTENT_TYPE = b"application/protobuf"
Headers = list[tuple[str, bytes]]
Record = tuple[bytes, bytes, Headers]  # key, value, headers


class NotAnEvent(ValueError):
    """The record does not carry an event as we publish them; the message says what is wrong."""


def record(event: Event) -> Record:
    """The event as it is published."""
    return event.subject.encode(), event.data, headers(event)


def headers(event: Event) -> Headers:
    """The record's headers; its key is the subject and its value the data. Empty attributes stay away."""
    subject = event.subject.encode()
    made = [
        ("content-type", CONTENT_TYPE),
        ("ce_specversion", b"1.0"),
        ("ce_id", str(event.id).encode()),
        ("ce_type", event.type.encode()),
        ("ce_source", event.source.encode()),
        ("ce_subject", subject),
        ("ce_time", _rfc3339(event.time)),
        ("ce_sequence", b"%d" % event.sequence),
        ("ce_partitionkey", subject),
    ]
    if event.partner:
        made.append(("ce_partner", event.partner.encode()))
    if event.actor:
        made.append(("ce_actor", event.actor.encode()))
    if event.reason:
        made.append(("ce_reason", event.reason.encode()))
    if event.traceparent:
        trace = event.traceparent.encode()
        # Under its bare name for tracing tools that know Kafka only, under the other for those that know CloudEvents.
        made += [("traceparent", trace), ("ce_traceparent", trace)]
    return made


def event(record_headers: Sequence[tuple[str, bytes]], value: bytes | None) -> Event:
    """The event in a record. Headers that we do not know are ignored, as CloudEvents allows extensions."""
    found = dict(record_headers)
    if found.get("ce_specversion") != b"1.0":
        raise NotAnEvent("ce_specversion is not 1.0")
    content_type = found.get("content-type", b"").partition(b";")[0].strip().lower()
    if content_type != CONTENT_TYPE:
        raise NotAnEvent(f"content-type is {content_type!r}, not {CONTENT_TYPE.decode()}")
    if value is None:
        raise NotAnEvent("the record has no value")
    try:
        return _event(found, value)
    except KeyError as missing:
        raise NotAnEvent(f"{missing.args[0]} is missing") from missing
    except ValueError as fault:
        raise NotAnEvent(f"an attribute cannot be read: {fault}") from fault


def readable(record_headers: Sequence[tuple[str, bytes]]) -> dict[str, str]:
    """Headers of a record that is no event, as far as they are text."""
    return {name: (value or b"").decode("utf-8", "backslashreplace") for name, value in record_headers}


def _event(found: Mapping[str, bytes], value: bytes) -> Event:
    at = datetime.fromisoformat(found["ce_time"].decode())
    sequence = int(found["ce_sequence"])
    if at.tzinfo is None:
        raise ValueError("ce_time has no zone")
    if not 0 < sequence < 1 << 63:
        raise ValueError("ce_sequence is out of range")
    return Event(
        id=UUID(found["ce_id"].decode()),
        type=found["ce_type"].decode(),
        source=found["ce_source"].decode(),
        subject=found["ce_subject"].decode(),
        sequence=sequence,
        time=at.astimezone(UTC),
        data=value,
        partner=found.get("ce_partner", b"").decode(),
        actor=found.get("ce_actor", b"").decode(),
        reason=found.get("ce_reason", b"").decode(),
        traceparent=(found.get("traceparent") or found.get("ce_traceparent") or b"").decode(),
    )


def _rfc3339(at: datetime) -> bytes:
    text = (at if at.tzinfo is UTC else at.astimezone(UTC)).isoformat()
    return text.removesuffix("+00:00").encode() + b"Z"
