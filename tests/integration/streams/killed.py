"""Readers of a feed that are killed again and again, each coming back in its own way to the place that it noted."""

import asyncio
import json
import random
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta
from typing import Any, NamedTuple

import httpx
from aiohttp import web
from aiokafka import AIOKafkaConsumer
from doselane.streams.v1.feed_pb2 import FeedEvent
from doselane.type.v1.type_pb2 import Activity
from standardwebhooks import Webhook

from services.edge import main as edge
from services.edge.settings import Settings as EdgeSettings
from services.kernel import telemetry
from services.kernel.timestamps import stamp
from tests.integration.streams.conftest import Door, Subscriber
from tests.integration.streams.topics import a_consumer, relayed
from tests.support.status import slot_event

HOUR, EVENTS, DOSES, WITHIN_S = timedelta(hours=1), 240, 8, 60.0
NOTED = 0.3  # how often a reader notes its place after an event


class Read(NamedTuple):
    """An event as a reader got it."""

    id: str
    subject: str
    sequence: int


class KilledReader(ABC):
    """Keeps what it has and, now and then, its place; whatever else it knows is gone with each of its lives."""

    in_the_feeds_order, life = True, 30  # `life`: events that it lives for, at most

    def __init__(self, door: Door, partner: str, seed: int) -> None:
        self.door, self.partner, self.chance = door, partner, random.Random(seed)
        self.kept: dict[str, Read] = {}
        self.place, self.told, self.deaths = "", 0, 0

    def keep(self, read: Read) -> None:
        """Keeps an event, once under its id."""
        self.told += 1
        self.kept.setdefault(read.id, read)

    @property
    def doses_events(self) -> list[Read]:
        """What it has of doses: readers of the feed are told of its endpoints too, those that are called are not."""
        return [each for each in self.kept.values() if each.subject.startswith("slots/")]

    @abstractmethod
    async def read(self, count: int) -> None:
        """Lives, dies and comes back until it has so many events of doses."""


class AskingReader(KilledReader):
    """Comes for its events from its place on."""

    async def read(self, count: int) -> None:
        while len(self.doses_events) < count:
            lives = self.chance.randint(1, self.life)
            async with aclosing(self.connection()) as told:
                async for read, place in told:
                    self.keep(read)
                    if self.chance.random() < NOTED:  # what comes after is read again if it is killed before the next
                        await self.note(place)
                    lives -= 1
                    if not lives or len(self.doses_events) == count:
                        break
            self.deaths += 1

    async def note(self, place: str) -> None:
        """Keeps a place for the next life."""
        self.place = place

    @abstractmethod
    def connection(self) -> AsyncGenerator[tuple[Read, str]]:
        """What it is told from its place on, in one life, and the place after each."""


class GrpcReader(AskingReader):
    """Subscribes over gRPC; its place is a cursor."""

    async def connection(self) -> AsyncGenerator[tuple[Read, str]]:
        subscriber = Subscriber(self.door.client(self.partner), start="EARLIEST", cursor=self.place)
        try:
            while True:
                [event] = await subscriber.events(1)
                yield Read(event.id, event.subject, event.sequence), subscriber.cursor
        finally:
            await subscriber.aclose()


class SseReader(AskingReader):
    """Follows server-sent events; its place is `Last-Event-ID`."""

    def __init__(self, door: Door, partner: str, seed: int, edge_url: str) -> None:
        super().__init__(door, partner, seed)
        self.url = f"{edge_url}/v1/feeds/-/events:subscribe"

    async def connection(self) -> AsyncGenerator[tuple[Read, str]]:
        headers = {"authorization": f"Bearer {self.door.token(self.partner)}"}
        if self.place:
            headers["last-event-id"] = self.place
        async with (
            httpx.AsyncClient(timeout=WITHIN_S) as client,
            client.stream("GET", self.url, params={"start": "EARLIEST"}, headers=headers) as answer,
        ):
            fields: dict[str, str] = {}
            async for line in answer.aiter_lines():
                name, _, value = line.partition(": ")
                if line:
                    fields[name] = value
                    continue
                said = json.loads(fields.get("data", "{}"))
                if "event" in said:
                    event = said["event"]
                    yield Read(event["id"], event["subject"], int(event["sequence"])), fields["id"]
                fields = {}


class TopicReader(AskingReader):
    """Reads a topic of Kafka in a group; its place is what it has committed."""

    life = 60  # to join a group takes a third of a second

    def __init__(self, door: Door, partner: str, seed: int, client: dict[str, Any], topic: str) -> None:
        super().__init__(door, partner, seed)
        self.client, self.topic = client, topic
        self.consumer: AIOKafkaConsumer | None = None

    async def read(self, count: int) -> None:
        """Waits until there is a topic that it may read, and reads it."""
        await relayed(self.door, self.partner, 1)
        await super().read(count)

    async def note(self, place: str) -> None:
        """Commits what it has taken."""
        assert self.consumer is not None
        await self.consumer.commit()

    async def connection(self) -> AsyncGenerator[tuple[Read, str]]:
        group = f"{self.partner.rpartition('/')[2]}.killed"
        async with a_consumer(self.client, self.topic, group) as self.consumer:
            while True:
                event = json.loads((await self.consumer.getone()).value or b"")
                yield Read(event["id"], event["subject"], int(event["sequence"])), ""


class PushedTopicReader(TopicReader):
    """Reads the partner's own topic, which has several partitions: each subject is in order there, not the feed."""

    in_the_feeds_order = False


class WebhookReader(KilledReader):
    """Is called; it dies before it keeps an event or before it says so, and is away for some minutes."""

    in_the_feeds_order = False

    def __init__(self, door: Door, partner: str, seed: int) -> None:
        super().__init__(door, partner, seed)
        self.secret, self.lives, self.away_until = "", self.life, door.clock.now()
        self.news = asyncio.Condition()

    async def read(self, count: int) -> None:
        """Waits until it was called with so many."""
        async with self.news:
            await self.news.wait_for(lambda: len(self.doses_events) == count)

    async def take(self, request: web.Request) -> web.Response:
        """One call."""
        body = await request.read()
        if self.door.clock.now() < self.away_until:
            return self._nobody(request)
        self.lives -= 1
        if self.lives or self.chance.random() < 0.5:
            event = Webhook(self.secret).verify(body, {name.lower(): value for name, value in request.headers.items()})
            self.keep(Read(event["id"], event["subject"], int(event["sequence"])))
            async with self.news:
                self.news.notify_all()
        if self.lives:
            return web.Response(status=204)
        self.deaths, self.lives = self.deaths + 1, self.chance.randint(1, self.life)
        self.away_until = self.door.clock.now() + timedelta(seconds=self.chance.randint(0, 120))
        return self._nobody(request)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """Where it is called."""
        app = web.Application()
        app.router.add_post("/{path:.*}", self.take)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}/killed"
        finally:
            await runner.cleanup()

    @staticmethod
    def _nobody(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response(status=503)


@asynccontextmanager
async def an_edge(door: Door) -> AsyncIterator[str]:
    """The address of an edge before the door, for server-sent events."""
    settings = EdgeSettings(targets={"*": door.target}, listen="127.0.0.1:0")
    served = edge.server(settings, telemetry.setup("edge", environ={}), door.issuer.verifier())
    await served.start()
    try:
        yield f"http://127.0.0.1:{served.port}"
    finally:
        await served.stop(1)


async def an_hour(door: Door, partner: str, readers: Sequence[KilledReader]) -> None:
    """Lets an hour go by in which events come in bursts, and then time, until each reader has as many as there are."""
    try:
        async with asyncio.timeout(WITHIN_S):
            await _lived_through(door, partner, readers)
    except TimeoutError:
        found = {type(each).__name__: len(each.doses_events) for each in readers}
        raise AssertionError(f"of {EVENTS} events readers have, for ever: {found}") from None


async def _lived_through(door: Door, partner: str, readers: Sequence[KilledReader]) -> None:
    async with asyncio.TaskGroup() as tasks:
        reading = [tasks.create_task(each.read(EVENTS)) for each in readers]
        await _publish(door, partner)
        call = door.database.listen()
        while not all(each.done() for each in reading):
            door.clock.advance(timedelta(minutes=1))
            await call.wait(call.calls, 0.05)


async def _publish(door: Door, partner: str) -> None:
    chance, sequences, left = random.Random(11), dict.fromkeys(range(DOSES), 0), EVENTS
    administered = Activity(activity_mbq=7400, time=stamp(door.clock.now() + timedelta(days=2)))
    while left:
        burst = min(left, chance.randint(1, 12))
        for _ in range(burst):
            dose = chance.randrange(DOSES)
            sequences[dose] += 1
            name = f"{partner.rpartition('/')[2]}-{dose}"
            facts = {"partner": partner, "administration": administered}
            await door.publish(slot_event(name, "at_risk", sequences[dose], **facts))
        left -= burst
        await door.until(partner, EVENTS - left)
        door.clock.advance(HOUR * burst / EVENTS)


async def whole_feed(door: Door, partner: str) -> list[FeedEvent]:
    """All of a feed, page by page."""
    found: list[FeedEvent] = []
    token = ""
    while True:
        page = await door.listed(door.client(partner), page_token=token)
        found += page.events
        token = page.next_page_token
        if not token:
            return found


def check(reader: KilledReader, feed: Sequence[FeedEvent]) -> None:
    """Raises unless a reader that was killed has all of a feed, once and in order, and was told some of it twice."""
    who, found = type(reader).__name__, list(reader.kept.values())
    assert reader.deaths >= 5 and reader.told > len(found), f"{who}: too little happened to it to tell anything"
    told = [Read(event.id, event.subject, event.sequence) for event in feed]
    wanted = [each for each in told if each.subject.startswith("slots/")]
    assert sorted(each.id for each in reader.doses_events) == sorted(each.id for each in wanted), (
        f"{who}: not each once"
    )
    assert _by_subject(reader.doses_events) == _by_subject(wanted), f"{who}: a subject is out of order"
    assert found == told[: len(found)] or not reader.in_the_feeds_order, f"{who}: the feed is out of order"


def _by_subject(events: Sequence[Read]) -> dict[str, list[int]]:
    found: defaultdict[str, list[int]] = defaultdict(list)
    for event in events:
        found[event.subject].append(event.sequence)
    return found
