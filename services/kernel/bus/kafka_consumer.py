"""Reading from Kafka: one member of a group; an offset is committed only after what it stands for has been handled."""

import asyncio
import logging
from collections.abc import Collection, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError

from services.kernel.bus import Handle, SetAside, Unreadable, cloudevents
from services.kernel.event import Event
from services.kernel.supervise import supervise
from services.kernel.telemetry import meter

RECORDS_AT_ONCE = 500
POLL_MS = 1000
SESSION_MS = 6000  # after so long without a sign of life others get a member's partitions
HEARTBEAT_MS = 500  # after so long a member learns that another has come or gone
RETRY_FROM_S, RETRY_TO_S = 0.05, 5.0
LAG_EVERY_S = 5.0

Fetched = dict[TopicPartition, list[ConsumerRecord]]

log = logging.getLogger(__name__)


class Member:
    """One member of a group for as long as its connection lasts."""

    def __init__(self, topics: Sequence[str], group: str, handle: Handle, set_aside: SetAside | None) -> None:
        self._topics = topics
        self._group = group
        self._handle = handle
        self._set_aside = set_aside
        # Held while a batch is in hand. A rebalance waits for it, so that no other member gets the batch meanwhile.
        self._in_hand = asyncio.Lock()
        self._pause_s = RETRY_FROM_S
        self._lag = meter().create_gauge("doselane.consumer.lag", description="Events published and not yet handled")

    async def run(self, **connection: Any) -> None:
        """Joins the group and hands on what it gets, until cancelled or until Kafka fails for good."""
        kafka = AIOKafkaConsumer(
            **connection,
            group_id=self._group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=SESSION_MS,
            heartbeat_interval_ms=HEARTBEAT_MS,
        )
        kafka.subscribe(self._topics, listener=_Listener(self._in_hand))
        try:
            await kafka.start()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._report_lag(kafka))
                tasks.create_task(self._hand_on(kafka))
        finally:
            await kafka.stop()

    async def _hand_on(self, kafka: AIOKafkaConsumer) -> None:
        while True:
            fetched = await kafka.getmany(timeout_ms=POLL_MS, max_records=RECORDS_AT_ONCE)
            async with self._in_hand:
                ours: Fetched = {each: records for each, records in fetched.items() if each in kafka.assignment()}
                handled = not ours or await self._handle_all(kafka, ours)
            if handled:
                self._pause_s = RETRY_FROM_S
            else:
                await asyncio.sleep(self._pause_s)
                self._pause_s = min(self._pause_s * 2, RETRY_TO_S)

    async def _handle_all(self, kafka: AIOKafkaConsumer, fetched: Fetched) -> bool:
        try:
            events = [event for records in fetched.values() for event in await self._readable(records)]
            if events:
                await self._handle(events)
        except Exception:
            log.exception("group %s could not handle what it got from %s; again", self._group, ", ".join(self._topics))
            for partition, records in fetched.items():
                kafka.seek(partition, records[0].offset)
            return False
        try:
            await kafka.commit({partition: records[-1].offset + 1 for partition, records in fetched.items()})
        except (CommitFailedError, IllegalStateError) as lost:
            log.info("group %s lost partitions before it could commit, and others get them: %s", self._group, lost)
        return True

    async def _readable(self, records: Sequence[ConsumerRecord]) -> list[Event]:
        events = []
        for record in records:
            try:
                events.append(cloudevents.event(record.headers, record.value))
            except cloudevents.NotAnEvent as fault:
                await self._put_aside(record, str(fault))
        return events

    async def _put_aside(self, record: ConsumerRecord, fault: str) -> None:
        place = f"partition {record.partition} offset {record.offset}"
        if self._set_aside is None:
            log.error("group %s passes over %s of %s: %s", self._group, place, record.topic, fault)
            return
        headers = cloudevents.readable(record.headers)
        await self._set_aside(Unreadable(record.topic, place, fault, headers, record.value or b""))

    async def _report_lag(self, kafka: AIOKafkaConsumer) -> None:
        while True:
            await asyncio.sleep(LAG_EVERY_S)
            behind = dict.fromkeys(self._topics, 0)
            for partition in kafka.assignment():
                end = kafka.highwater(partition)
                if end is not None:
                    behind[partition.topic] += end - await kafka.position(partition)
            for topic, events in behind.items():
                self._lag.set(events, {"consumer": self._group, "topic": topic})


class _Listener(ConsumerRebalanceListener):
    def __init__(self, in_hand: asyncio.Lock) -> None:
        self._in_hand = in_hand

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        async with self._in_hand:
            pass

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        pass


async def consume(
    topics: Sequence[str], group: str, handle: Handle, set_aside: SetAside | None, **connection: Any
) -> None:
    """Consumes until cancelled, joining the group anew whenever Kafka was away for too long."""

    async def once() -> None:
        await Member(topics, group, handle, set_aside).run(**connection)

    await supervise(f"group {group}", once, lambda fault: isinstance(fault, (KafkaError, OSError)))
