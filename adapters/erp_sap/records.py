"""A record of Kafka as it is kept, with all that explains it, and the business events that it carries. Pure.

The body is JSON. A record: `topic`, `partition`, `offset`, `time_ms`, `headers` (pairs of a name and a value), `key`
and `value`; values in base64, and null where there is none. Of a value over the bound: `value_bytes`, `value_sha256`.
Records that are gone: `topic`, `partition`, `wanted` and `first`: where we would have gone on, and where we do.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from adapters.erp_sap.events import BusinessEvent, events_of, header_text
from adapters.json_body import read_json
from adapters.manifest import Refused

RECORDS = "sap.records"
VALUE_BYTES_MAX = 1 << 20  # an event that only names its document has some hundreds
# How attributes are named: in Kafka's own binding, and as brokers hand on what came by HTTP and by AMQP.
_PREFIXES = ("ce_", "ce-", "cloudevents:", "cloudevents_")


@dataclass(frozen=True, slots=True)
class EventRecord:
    """A record, or, with a remark, what is no record and carries no event."""

    headers: Mapping[str, str]  # names in lower case
    value: bytes = b""
    remark: str = ""

    def events(self) -> list[BusinessEvent]:
        """The events that it carries, in binary or structured mode. Raises Refused."""
        if self.remark:
            return []
        attributes = {
            name.removeprefix(prefix): header_text(name, said) if prefix == "ce-" else said
            for name, said in self.headers.items()
            for prefix in _PREFIXES
            if name.startswith(prefix)
        }
        return events_of(self.headers.get("content-type", ""), attributes, self.value)


def record_body(
    topic: str,
    partition: int,
    offset: int,
    time_ms: int,
    headers: Sequence[tuple[str, bytes | None]],
    key: bytes | None,
    value: bytes | None,
) -> bytes:
    """A record as it is kept."""
    kept: dict[str, Any] = {"value": _written(value)}
    if value is not None and len(value) > VALUE_BYTES_MAX:
        kept = {"value_bytes": len(value), "value_sha256": sha256(value).hexdigest()}
    place = {"topic": topic, "partition": partition, "offset": offset, "time_ms": time_ms}
    named = [[name, _written(said)] for name, said in headers]
    return json.dumps({**place, "headers": named, "key": _written(key), **kept}).encode()


def lost_body(topic: str, partition: int, wanted: int, first: int) -> bytes:
    """That records are gone which we have not read. The same place gives the same body."""
    return json.dumps({"topic": topic, "partition": partition, "wanted": wanted, "first": first}).encode()


def record_in(body: bytes) -> EventRecord:
    """What a kept body holds; raises Refused where its value was too large to keep, or a header is no text."""
    kept = read_json(body)
    if "wanted" in kept:
        gone = f"From offset {kept['wanted']} on partition {kept['partition']} of {kept['topic']} is gone or made anew"
        return EventRecord({}, remark=f"{gone}; we go on at {kept['first']}, and what has changed in SAP is swept.")
    if "value_bytes" in kept:
        words = f"The record has {kept['value_bytes']} bytes; an event that names a document has at most"
        raise Refused("BODY_TOO_LARGE", f"{words} {VALUE_BYTES_MAX}, so its value was not kept.", "/value")
    if kept["value"] is None and not kept["headers"]:
        return EventRecord({}, remark="A tombstone of a compacted topic carries no event.")
    headers = {}
    for index, (name, said) in enumerate(kept["headers"]):
        try:
            headers[name.lower()] = _read(said).decode("utf-8")
        except UnicodeDecodeError:
            raise Refused("BODY_NOT_UTF8", f"The header {name[:100]!r} is not UTF-8.", f"/headers/{index}") from None
    return EventRecord(headers, _read(kept["value"]))


def _written(given: bytes | None) -> str | None:
    return None if given is None else b64encode(given).decode()


def _read(kept: str | None) -> bytes:
    return b"" if kept is None else b64decode(kept)
