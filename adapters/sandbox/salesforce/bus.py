"""Salesforce's event bus, in memory: topics, schemas by fingerprint, events with opaque replay ids, and retention."""

import asyncio
import base64
import hashlib
import io
import json
import random
import struct
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import fastavro

from adapters.sandbox.salesforce.change_schema import (
    HEADER,
    ObjectFields,
    as_json,
    change_schema,
    change_topic_name,
    event_schema,
    field_lists,
    flattened,
    values_at,
)
from services.kernel.clock import Clock

ALL_CHANGES = "/data/ChangeEvents"
USER = "005000000000001AAA"
# What Salesforce gives for the ids of an overflow: they stand for no record.
NO_RECORD = "000000000000000AAA"


@dataclass(frozen=True, slots=True)
class BusEvent:
    """An event in the bus."""

    number: int
    topics: frozenset[str]
    event_id: str
    schema_id: str
    payload: bytes
    at: datetime

    @property
    def replay_id(self) -> bytes:
        """Its place in the stream, as subscribers see it."""
        return replay_id_of(self.number)


class ReplayIdGone(Exception):
    """A replay id that is none, or that is out of retention."""


class SalesforceBus:
    """One organisation's bus. The org calls `record_changed`, whoever plays with it the other functions."""

    def __init__(self, clock: Clock, *, retention: timedelta = timedelta(hours=72), seed: int = 0) -> None:
        self._clock, self._retention, self._random = clock, retention, random.Random(seed)
        self._events: list[BusEvent] = []
        self._issued: dict[int, datetime] = {}  # numbers that subscribers may have seen, and since when
        self._last = 1_000
        self._commits = 900_000_000_000
        self._objects: dict[str, ObjectFields] = {}
        self.schemas: dict[str, str] = {}
        self.topics: dict[str, str] = {ALL_CHANGES: ""}  # and the schema in force; of several objects none
        self.arrived = asyncio.Event()  # set, and replaced, when something new is in the bus

    def define_object(self, entity: str, fields: ObjectFields) -> str:
        """An object whose changes are told; again, if an administrator changes its fields. Its topic."""
        topic = f"/data/{change_topic_name(entity)}"
        self._objects[entity] = fields
        self.topics[topic] = self._register(change_schema(entity, fields))
        return topic

    def define_event(self, name: str, fields: Mapping[str, str]) -> str:
        """A platform event, such as `Dose_Released__e`. Its topic."""
        topic = f"/event/{name}"
        self.topics[topic] = self._register(event_schema(name, fields))
        return topic

    def publish(self, topic: str, fields: Mapping[str, Any], *, event_id: str = "") -> BusEvent:
        """A platform event of the organisation's own."""
        standing = {"CreatedDate": self._milliseconds(), "CreatedById": USER}
        return self.append(
            {topic}, self.topics[topic], self.encoded(self.topics[topic], standing | dict(fields)), event_id
        )

    def record_changed(
        self,
        entity: str,
        record_ids: Sequence[str],
        before: Mapping[str, Any] | None,
        after: Mapping[str, Any] | None,
        *,
        client: str = "",
        differing: Collection[str] = (),  # paths whose value is told as a difference
        enriched: Collection[str] = (),  # paths that are told although they did not change
        undeleted: bool = False,
        event_id: str = "",
        user: str = USER,
    ) -> BusEvent:
        """A change of records: made (no `before`), changed, or deleted (no `after`)."""
        fields, told = self._objects[entity], after or {}
        old, new = flattened(fields, before or {}), flattened(fields, told)
        if before is not None and after is not None:
            kind, paths = "UPDATE", {path for path in new if old[path] != new[path]}
            nulled = {path for path in paths if new[path] is None}
            lists = field_lists(
                fields, {"changedFields": paths, "nulledFields": nulled, "diffFields": set(differing)}, digits=4
            )
        else:
            kind = ("UNDELETE" if undeleted else "CREATE") if after is not None else "DELETE"
            paths, lists = {path for path, value in new.items() if value is not None}, {}
        values = values_at(fields, told, paths | set(enriched))
        return self._changed(entity, record_ids, kind, lists, values, client, event_id, user)

    def gap(self, entity: str, record_ids: Sequence[str], kind: str = "GAP_UPDATE") -> BusEvent:
        """A change that the bus cannot tell: read the records; with GAP_OVERFLOW, all of the object."""
        ids = [NO_RECORD] if kind == "GAP_OVERFLOW" else record_ids
        return self._changed(entity, ids, kind, {}, {}, "", "", USER)

    def append(self, topics: Collection[str], schema_id: str, payload: bytes, event_id: str = "") -> BusEvent:
        """Whatever it is, in the bus as it is."""
        event_id = event_id or str(UUID(int=self._random.getrandbits(128), version=4))
        event = BusEvent(self._next(), frozenset(topics), event_id, schema_id, payload, self._clock.now())
        self._events.append(event)
        self.arrived.set()
        self.arrived = asyncio.Event()
        return event

    def encoded(self, schema_id: str, record: Mapping[str, Any]) -> bytes:
        """A record in Avro."""
        schema = json.loads(self.schemas[schema_id])
        whole = {field["name"]: record.get(field["name"]) for field in schema["fields"]}
        target = io.BytesIO()
        fastavro.schemaless_writer(target, fastavro.parse_schema(schema), whole)
        return target.getvalue()

    def decoded(self, schema_id: str, payload: bytes) -> dict[str, Any]:
        """A record out of Avro; raises what the library raises."""
        source = io.BytesIO(payload)
        found = fastavro.schemaless_reader(source, fastavro.parse_schema(json.loads(self.schemas[schema_id])), None)
        if source.read(1):
            raise ValueError("bytes are left after the record")
        assert isinstance(found, dict)
        return found

    def position(self, replay_id: bytes, topic: str) -> int:
        """The number of a replay id; raises ReplayIdGone, also where it is of an event of another topic."""
        number = struct.unpack(">qh", replay_id)[0] if len(replay_id) == struct.calcsize(">qh") else -1
        if self._issued.get(number, datetime.min.replace(tzinfo=self._clock.now().tzinfo)) < self._oldest():
            raise ReplayIdGone
        if any(event.number == number and topic not in event.topics for event in self._events):
            raise ReplayIdGone
        return int(number)

    def after(self, topic: str, number: int, limit: int) -> list[BusEvent]:
        """The events of a topic after a place, oldest first, as far as they are kept."""
        self._forget()
        found = (event for event in self._events if event.number > number and topic in event.topics)
        return [event for event, _ in zip(found, range(limit), strict=False)]

    def before(self, topic: str, number: int, count: int) -> int:
        """The place so many events of a topic earlier."""
        earlier = [event.number for event in self._events if event.number <= number and topic in event.topics]
        return earlier[-count - 1] if len(earlier) > count else 0

    def tip(self) -> int:
        """The newest place, which is no event's: as a sign of life tells it."""
        return self._next()

    def reset(self) -> None:
        """The organisation moves: no replay id holds any more, and what was in the bus is gone."""
        self._events.clear()
        self._issued.clear()
        self._last += self._random.randrange(1_000, 9_000)

    def _changed(
        self,
        entity: str,
        record_ids: Sequence[str],
        kind: str,
        lists: Mapping[str, list[str]],
        values: Mapping[str, Any],
        client: str,
        event_id: str,
        user: str,
    ) -> BusEvent:
        topic = f"/data/{change_topic_name(entity)}"
        self._commits += 1
        header = {
            "entityName": entity,
            "recordIds": list(record_ids),
            "changeType": kind,
            "changeOrigin": "com/salesforce/api/rest/66.0" + (f";client={client}" if client else ""),
            "transactionKey": str(UUID(int=self._random.getrandbits(128), version=4)),
            "sequenceNumber": 1,
            "commitTimestamp": self._milliseconds(),
            "commitNumber": self._commits,
            "commitUser": user,
            "nulledFields": [],
            "diffFields": [],
            "changedFields": [],
            **lists,
        }
        payload = self.encoded(self.topics[topic], {HEADER: header, **values})
        return self.append({topic, ALL_CHANGES}, self.topics[topic], payload, event_id)

    def _register(self, schema: Mapping[str, Any]) -> str:
        text = as_json(schema)
        schema_id = base64.urlsafe_b64encode(hashlib.md5(text.encode()).digest()).decode().rstrip("=")
        self.schemas[schema_id] = text
        return schema_id

    def _next(self) -> int:
        self._last += self._random.randrange(1, 50)
        self._issued[self._last] = self._clock.now()
        return self._last

    def _oldest(self) -> datetime:
        return self._clock.now() - self._retention

    def _forget(self) -> None:
        oldest = self._oldest()
        while self._events and self._events[0].at < oldest:
            self._events.pop(0)

    def _milliseconds(self) -> int:
        return int(self._clock.now().timestamp() * 1000)


def replay_id_of(number: int) -> bytes:
    """A place as subscribers see it: ten bytes that mean nothing to them."""
    return struct.pack(">qh", number, 0)
