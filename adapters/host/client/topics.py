"""Records of Kafka topics, from where we stopped: the place in each partition is kept with us, and nobody else's.

So there is no group, and no rebalance can give a partition to another member: of the host's processes the one that
holds the cursor reads all of them. Leaders may change, partitions may be added, and a topic may be made anew.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.conn import create_conn
from aiokafka.errors import (
    CorruptRecordException,
    IllegalSaslStateError,
    KafkaError,
    OffsetOutOfRangeError,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
    UnsupportedCodecError,
    for_code,
)
from aiokafka.protocol.metadata import MetadataRequest

from adapters.host.client.channels import AccountClient
from adapters.host.client.kafka import KafkaAccess
from adapters.host.client.kafka_refusals import refusal
from adapters.outbound import Away, Declined

RECORDS_MAX = 100
QUIET_MS = 5000
# So often we look whether partitions were added.
LOOK_EVERY = timedelta(seconds=30)
# What is fetched ahead at once, of all partitions; a larger record comes all the same.
AHEAD_BYTES_MAX = 8 << 20


@dataclass(frozen=True, slots=True)
class LostRecords:
    """The place after which we wanted to go on is gone: records were deleted before we read them, or the topic was made

    anew.
    """

    place: TopicPartition
    wanted: int  # the offset that would have been next
    first: int  # the one with which we go on


@dataclass(frozen=True, slots=True)
class TopicNews:
    """What came, of each partition in its order, and which offset of each is next. Without records: a sign of life."""

    records: Sequence[ConsumerRecord[bytes, bytes]]
    offsets: Mapping[TopicPartition, int]
    lost: Sequence[LostRecords] = ()


class TopicListener:
    """Reads some topics over an account's connection."""

    def __init__(self, http: httpx.AsyncClient, topics: Sequence[str], look_every: timedelta = LOOK_EVERY) -> None:
        self._http, self._topics, self._look_every = http, topics, look_every

    async def partitions(self) -> set[TopicPartition]:
        """All there are. Raises Declined where we are not let in, or a topic is not there for us; else Away."""
        access = _access(self._http)
        token = await access.token(self._http)
        try:
            topics = await self._described(access)
        except Declined:
            if not token:
                raise
            # It may have been withdrawn before its time.
            await access.token(self._http, refused=token)
            topics = await self._described(access)
        return {place for each in topics for place in _places(each)}

    async def _described(self, access: KafkaAccess) -> Sequence[Mapping[str, Any]]:
        """What the first broker that is there says of the topics. Raises Declined where it does not let us in, or Away.

        The client itself tells a broker that is away and one that says no alike.
        """
        away = []
        for broker in access.bootstrap:
            host, _, port = broker.rpartition(":")
            try:
                connected = await create_conn(host.strip("[]"), int(port), **access.options(self._http))
                try:
                    asked = MetadataRequest(list(self._topics), allow_auto_topic_creation=False)
                    topics: list[dict[str, Any]] = (await connected.send(asked)).to_object()["topics"]
                finally:
                    connected.close()
                # The client does not read the answer to a token, so a refusal shows with what is asked next.
                if any(for_code(each["error_code"]) is IllegalSaslStateError for each in topics):
                    raise SaslAuthenticationFailed("the token is refused")
            except (KafkaError, OSError, TimeoutError, ValueError) as fault:
                if words := refusal(fault, access.certificate_ends, access.clock.now()):
                    raise Declined(words) from fault
                away.append(f"{broker}: {_words(fault)}")
                continue
            return topics
        raise Away(f"no broker can be reached: {'; '.join(away)}")

    async def listen(self, offsets: Mapping[TopicPartition, int]) -> AsyncGenerator[TopicNews, None]:
        """What comes from these offsets on, and of partitions without one from the oldest record there is.

        Raises Away or Declined.
        """
        reached, places = dict(offsets), await self.partitions()
        with _told():
            consumer = self._consumer()
            try:
                await consumer.start()
                await _assign(consumer, places, reached)
                look_at = self._next_look()
                while True:
                    news = await _next(consumer, reached)
                    if _now() >= look_at:
                        look_at = self._next_look()
                        await self._look(consumer, reached)
                    elif not news.records and not news.lost:
                        # That nothing came may mean that nobody is there: whoever answers this is.
                        await consumer.end_offsets(consumer.assignment())
                    yield news
            finally:
                await consumer.stop()

    async def _look(self, consumer: Any, reached: dict[TopicPartition, int]) -> None:
        if (places := await self.partitions()) != consumer.assignment():
            await _assign(consumer, places, reached)

    def _next_look(self) -> float:
        return _now() + self._look_every.total_seconds()

    def _consumer(self) -> Any:
        access = _access(self._http)
        return AIOKafkaConsumer(
            bootstrap_servers=list(access.bootstrap),
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="none",  # where a place is gone, that is told
            isolation_level="read_committed",
            fetch_max_bytes=AHEAD_BYTES_MAX,
            **access.options(self._http),
        )


async def _assign(consumer: Any, places: set[TopicPartition], reached: dict[TopicPartition, int]) -> None:
    """Reads these partitions from where we are. Those that are new have been read from nowhere yet."""
    consumer.assign(sorted(places))
    reached |= await consumer.beginning_offsets(places - reached.keys())
    for place in places:
        consumer.seek(place, reached[place])


async def _next(consumer: Any, reached: dict[TopicPartition, int]) -> TopicNews:
    try:
        fetched = await consumer.getmany(timeout_ms=QUIET_MS, max_records=RECORDS_MAX)
    except OffsetOutOfRangeError as gone:
        lost = [await _go_on(consumer, place, wanted) for place, wanted in gone.args[0].items()]
        reached |= {each.place: each.first for each in lost}
        return TopicNews((), dict(reached), [each for each in lost if each.wanted != each.first])
    reached |= {place: records[-1].offset + 1 for place, records in fetched.items()}
    return TopicNews([each for records in fetched.values() for each in records], dict(reached))


async def _go_on(consumer: Any, place: TopicPartition, wanted: int) -> LostRecords:
    """With the oldest record there is, unless the place is there after all: what leads may have changed meanwhile."""
    first = (await consumer.beginning_offsets([place]))[place]
    last = (await consumer.end_offsets([place]))[place]
    found = wanted if first <= wanted <= last else first
    consumer.seek(place, found)
    return LostRecords(place, wanted, found)


def _places(topic: Mapping[str, Any]) -> Iterator[TopicPartition]:
    fault, name = for_code(topic["error_code"]), topic["topic"]
    if fault is TopicAuthorizationFailedError:
        raise Declined(f"we may not read the topic {name}: allow this user READ and DESCRIBE of it")
    if topic["error_code"] and fault.retriable and fault is not UnknownTopicOrPartitionError:
        raise Away(f"the topic {name} cannot be read for now: {fault.__name__}")
    if topic["error_code"]:
        raise Declined(f"there is no topic {name} for us: {fault.__name__}; correct its name, or have it made")
    for each in topic["partitions"]:
        yield TopicPartition(name, each["partition"])


@contextmanager
def _told() -> Iterator[None]:
    """Faults of Kafka as the host knows them."""
    try:
        yield
    except TopicAuthorizationFailedError as no:
        raise Declined(f"we may not read the topic {no}: allow this user READ and DESCRIBE of it") from no
    except (CorruptRecordException, UnsupportedCodecError) as broken:
        raise Declined(f"a batch of records cannot be unpacked: {_words(broken)}") from broken
    except (KafkaError, OSError, TimeoutError) as fault:
        raise Away(f"Kafka does not answer: {_words(fault)}") from fault


def _words(fault: BaseException) -> str:
    return f"{type(fault).__name__}: {fault}"


def _access(http: httpx.AsyncClient) -> KafkaAccess:
    access = http.kafka if isinstance(http, AccountClient) else None
    if access is None:
        raise Declined("connection.kafka is missing: it says where the brokers are")
    return access


def _now() -> float:
    return asyncio.get_running_loop().time()
