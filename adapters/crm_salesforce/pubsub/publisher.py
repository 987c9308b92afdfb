"""Platform events out: in batches over one stream, each with a result of its own that is known by our own UUID.

The bus does not know repetitions: what is sent twice stands in it twice. So where it is not known whether a request
arrived, `Uncertain` says so.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from salesforce.eventbus.v1 import pubsub_pb2

from adapters.crm_salesforce.pubsub.avro import encode, writer_schema
from adapters.crm_salesforce.pubsub.client import Opened, PubSubClient
from adapters.crm_salesforce.pubsub.faults import STAY_AWAY, Advice, PubSubFault
from adapters.crm_salesforce.pubsub.schemas import SchemaCache
from adapters.manifest import Refused
from adapters.outbound import Away, Declined, Uncertain

EVENTS_MAX = 200
EVENT_BYTES_MAX = 1_000_000
REQUEST_BYTES_MAX = 3_000_000
ANSWER_S_MAX = 30.0
# The server closes a stream that was idle for 70 seconds; a request that crosses with that would be lost unseen.
IDLE_S_MAX = 50.0
FRAME_BYTES = 8  # around each event of a request
LIMIT = "LIMIT_EXCEEDED"
SWEPT = "publish.stream.sweeper.timeout"  # It was idle, so nothing had arrived.


@dataclass(frozen=True, slots=True)
class EventToPublish:
    """A platform event of ours: its UUID, its fields, and when it was made."""

    id: UUID
    fields: Mapping[str, Any]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PublishOutcome:
    """What became of one event: its place in the stream, or why it is not there."""

    id: UUID
    replay_id: bytes = b""
    fault: Away | Declined | Uncertain | None = None

    def check(self) -> bytes:
        """The place in the stream; raises Away, Declined or Uncertain where there is none."""
        if self.fault is not None:
            raise self.fault
        return self.replay_id


class EventPublisher:
    """Publishes on one topic. One request is under way at a time; more wait, so their order is kept."""

    def __init__(self, client: PubSubClient, schemas: SchemaCache, topic: str) -> None:
        self._client, self._schemas, self._topic = client, schemas, topic
        self._turn = asyncio.Lock()
        self._opened: Opened | None = None
        self._used_at_s = 0.0
        self._schema_id = ""  # in force for the topic; empty: to be asked for

    async def publish(self, events: Sequence[EventToPublish]) -> list[PublishOutcome]:
        """What became of each event, in their order. Raises Away or Declined where nothing could be sent at all."""
        async with self._turn:
            try:
                found = await self._published(events)
            except PubSubFault as fault:
                raise fault.outcome from fault
            declined = [event for event in events if isinstance(found[event.id].fault, Declined)]
            if declined and await self._changed_meanwhile():
                found |= await self._published(declined)
        return [found[event.id] for event in events]

    def close(self) -> None:
        """Ends the stream; the next event opens another."""
        if self._opened is not None:
            self._opened.close()
        self._opened = None

    async def _published(self, events: Sequence[EventToPublish]) -> dict[UUID, PublishOutcome]:
        made, found = await self._made(events)
        for batch in _batches(made):
            found |= await self._sent(batch)
        return found

    async def _made(
        self, events: Sequence[EventToPublish]
    ) -> tuple[list[pubsub_pb2.ProducerEvent], dict[UUID, PublishOutcome]]:
        """The events in Avro, and the outcome of those that do not fit the topic's schema."""
        schema_id = await self._schema()
        try:
            schema = writer_schema(await self._schemas.of(schema_id))
        except Refused as refused:
            raise Declined(refused.words) from None
        made: list[pubsub_pb2.ProducerEvent] = []
        found: dict[UUID, PublishOutcome] = {}
        user = await self._client.user()
        for event in events:
            # Every platform event has these two, and its publisher sets them.
            standing = {"CreatedDate": int(event.created_at.timestamp() * 1000), "CreatedById": user}
            try:
                payload = encode(schema, standing | dict(event.fields))
                if len(payload) > EVENT_BYTES_MAX:
                    raise ValueError(f"{schema.name} has {len(payload)} bytes of {EVENT_BYTES_MAX}")
            except ValueError as wrong:
                found[event.id] = PublishOutcome(event.id, fault=Declined(str(wrong)))
                continue
            made.append(pubsub_pb2.ProducerEvent(id=str(event.id), schema_id=schema_id, payload=payload))
        return made, found

    async def _changed_meanwhile(self) -> bool:
        """Whether the topic has another schema now, and we have it; if that cannot be asked, there is no other."""
        before, self._schema_id = self._schema_id, ""
        try:
            schema_id = await self._schema()
            writer_schema(await self._schemas.of(schema_id))
        except (PubSubFault, Refused, Away, Declined):
            return False
        return schema_id != before

    async def _schema(self) -> str:
        if not self._schema_id:
            topic = await self._client.topic(self._topic)
            if not topic.can_publish:
                raise Declined(f"the account's user may not publish on {self._topic}")
            self._schema_id = topic.schema_id
        return self._schema_id

    async def _sent(self, batch: Sequence[pubsub_pb2.ProducerEvent]) -> dict[UUID, PublishOutcome]:
        try:
            answer = await self._answer(pubsub_pb2.PublishRequest(topic_name=self._topic, events=batch))
        except (Away, Declined, Uncertain) as fault:
            return {UUID(event.id): PublishOutcome(UUID(event.id), fault=fault) for event in batch}
        results = {result.correlation_key: result for result in answer.results}
        return {UUID(event.id): _outcome(UUID(event.id), results.get(event.id)) for event in batch}

    async def _answer(self, request: pubsub_pb2.PublishRequest) -> pubsub_pb2.PublishResponse:
        refused = ""
        while True:
            sent = False
            try:
                async with asyncio.timeout(ANSWER_S_MAX):
                    opened = await self._ready(refused)
                    sent = True
                    return await self._asked(opened, request)
            except PubSubFault as fault:
                if fault.advice is Advice.NEW_TOKEN and not refused:
                    refused = fault.token
                    continue
                # It may have been taken before the stream broke.
                unknown = sent and fault.advice is Advice.REPEAT and fault.name != SWEPT
                raise (Uncertain(f"the stream broke: {fault}") if unknown else fault.outcome) from fault
            except TimeoutError:
                raise (Uncertain if sent else Away)("the event bus did not answer in time") from None

    async def _ready(self, refused: str) -> Opened:
        """The stream that is open, or another that the server has taken."""
        idle_s = asyncio.get_running_loop().time() - self._used_at_s
        if self._opened is not None and (self._opened.ended or idle_s > IDLE_S_MAX):
            self.close()
        if self._opened is None:
            opened = await self._client.publish_stream(refused)
            try:
                await opened.connected()
            except BaseException:
                opened.close()
                raise
            self._opened, self._used_at_s = opened, asyncio.get_running_loop().time()
        return self._opened

    async def _asked(self, opened: Opened, request: pubsub_pb2.PublishRequest) -> pubsub_pb2.PublishResponse:
        # Unless it answers, the stream is not used again: its next answer could be the one to this request.
        self._opened = None
        try:
            await opened.write(request)
            answer = await opened.read()
        except BaseException:
            opened.close()
            raise
        if answer is None:
            raise Uncertain("the stream was closed before the answer")
        self._opened, self._used_at_s = opened, asyncio.get_running_loop().time()
        return answer


def _outcome(event_id: UUID, result: pubsub_pb2.PublishResult | None) -> PublishOutcome:
    if result is None:
        return PublishOutcome(event_id, fault=Uncertain("the event bus did not say what became of it"))
    if not result.HasField("error"):
        return PublishOutcome(event_id, result.replay_id)
    if LIMIT in result.error.msg:
        return PublishOutcome(event_id, fault=Away(result.error.msg, STAY_AWAY))
    return PublishOutcome(event_id, fault=Declined(result.error.msg or "the event bus does not say why"))


def _batches(events: Sequence[pubsub_pb2.ProducerEvent]) -> Iterator[list[pubsub_pb2.ProducerEvent]]:
    """The events in their order, in requests that are not too large."""
    batch: list[pubsub_pb2.ProducerEvent] = []
    size = 0
    for event in events:
        more = event.ByteSize() + FRAME_BYTES
        if batch and (len(batch) == EVENTS_MAX or size + more > REQUEST_BYTES_MAX):
            yield batch
            batch, size = [], 0
        batch.append(event)
        size += more
    if batch:
        yield batch
