"""Streams behind its door, on a database and a bus of a file's own; each test has partners of its own."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
from doselane.streams.v1 import endpoint_pb2, feed_pb2
from doselane.streams.v1.feed_pb2 import SubscribeRequest, SubscribeResponse
from google.protobuf.descriptor import ServiceDescriptor

from services.kernel.bus.kafka_settings import KafkaSettings
from services.kernel.bus.memory import MemoryBus
from services.kernel.clock import VirtualClock
from services.kernel.db import Database, migrate
from services.kernel.event import Event
from services.kernel.rpc import Client, Server
from services.streams.main import SCHEMA, service
from services.streams.settings import Settings
from tests.support.postgres import Copies, Databases
from tests.support.status import NOON, slot_event
from tests.support.tokens import Issuer

ENDPOINTS = endpoint_pb2.DESCRIPTOR.services_by_name["EndpointService"]
FEEDS = feed_pb2.DESCRIPTOR.services_by_name["FeedService"]
RETENTION = timedelta(days=30)
_PARTNERS = itertools.count(1)


class Subscriber:
    """A running subscription; it reads only when asked."""

    def __init__(self, client: Client, **asked: Any) -> None:
        request = SubscribeRequest(**{"parent": "feeds/-", **asked})
        self._answers: AsyncIterator[SubscribeResponse] = client.stream("Subscribe", request)
        self.cursor = ""

    async def next(self) -> SubscribeResponse:
        """The next answer, whatever it is."""
        async with asyncio.timeout(20):
            answer = await anext(self._answers)
        self.cursor = answer.cursor
        return answer

    async def events(self, count: int) -> list[feed_pb2.FeedEvent]:
        """The next events, past signs of life."""
        found: list[feed_pb2.FeedEvent] = []
        while len(found) < count:
            answer = await self.next()
            if answer.HasField("event"):
                found.append(answer.event)
        return found

    async def positions(self, count: int) -> list[int]:
        """The positions of the next events."""
        return [event.position for event in await self.events(count)]

    async def aclose(self) -> None:
        """Leaves."""
        await self._answers.aclose()  # type: ignore[attr-defined]


class Door:
    """The whole service, with clients of several callers."""

    def __init__(self, database: Database, bus: MemoryBus, clock: VirtualClock, server: Server, issuer: Issuer) -> None:
        self.database, self.bus, self.clock, self._server, self.issuer = database, bus, clock, server, issuer
        self._open: dict[tuple[str, ...], Client] = {}

    def partner(self) -> str:
        """A partner of whom nobody has heard."""
        return f"partners/sponsor-{next(_PARTNERS)}"

    def client(self, partner: str, *scopes: str, of: ServiceDescriptor = FEEDS) -> Client:
        """A client of a partner, by default with leave to read."""
        key = (of.name, partner, *scopes)
        if key not in self._open:
            self._open[key] = Client(self.target, of, self.token(partner, *scopes))
        return self._open[key]

    @property
    def target(self) -> str:
        """Where it serves gRPC."""
        return f"127.0.0.1:{self._server.port}"

    def token(self, partner: str, *scopes: str) -> str:
        """A token of a partner, by default with leave to read."""
        return self.issuer.token(partner, scopes or ("streams.read",))

    def operator(self) -> Client:
        """A client of the manufacturer's own staff."""
        return self.client("partners/cdmo", "operator", "streams.read")

    async def publish(self, *events: Event) -> None:
        """Lets other services publish."""
        for event in events:
            await self.bus.publish(event.topic, [event])

    async def recorded(self, partner: str, count: int, first: int = 1, **facts: Any) -> None:
        """Lets so many slots of a partner be confirmed, and waits until they are in its feed."""
        await self.publish(*(slot_event(f"s{n}", partner=partner, **facts) for n in range(first, first + count)))
        await self.until(partner, first + count - 1)

    async def until(self, partner: str, position: int) -> None:
        """Waits until a feed is so long; each look follows a growth of some feed, or a poll."""
        call = self.database.listen()
        async with asyncio.timeout(20):
            while True:
                seen = call.calls
                feed = await self.feed(self.client(partner))
                if feed.latest_position >= position:
                    return
                await call.wait(seen, 0.02)

    async def feed(self, client: Client, name: str = "feeds/-") -> feed_pb2.Feed:
        """A feed."""
        answer: feed_pb2.Feed = await client.call("GetFeed", feed_pb2.GetFeedRequest(name=name))
        return answer

    async def listed(self, client: Client, **asked: Any) -> feed_pb2.ListFeedEventsResponse:
        """A page of a feed."""
        request = feed_pb2.ListFeedEventsRequest(**{"parent": "feeds/-", **asked})
        answer: feed_pb2.ListFeedEventsResponse = await client.call("ListFeedEvents", request)
        return answer

    async def close(self) -> None:
        """Closes the clients."""
        for client in self._open.values():
            await client.close()


async def streams_schema(dsn: str) -> None:
    """Makes the schema."""
    database = await Database.connect(dsn, "streams")
    await migrate(database, SCHEMA)
    await database.close()


@asynccontextmanager
async def a_door(
    databases: Databases, settings: Settings, kafka: KafkaSettings = KafkaSettings()
) -> AsyncIterator[Door]:
    """The whole service on a database of its own, running."""
    bus, issuer, clock = MemoryBus(), Issuer(), VirtualClock(NOON)
    dsn = await databases.prepared("streams", streams_schema)
    async with AsyncExitStack() as cleanup:
        database = await Database.connect(dsn, "streams", pool_size=8)
        cleanup.push_async_callback(database.close)
        parts = service(settings, database, bus, clock, kafka)
        server = Server("127.0.0.1:0", issuer.verifier())
        for descriptor, servicer in parts.servicers:
            server.add(descriptor, servicer)
        await server.start()
        running = [asyncio.ensure_future(each()) for each in parts.background]
        cleanup.push_async_callback(_ended, running)
        cleanup.push_async_callback(server.stop, 0)
        opened = Door(database, bus, clock, server, issuer)
        cleanup.push_async_callback(opened.close)
        yield opened


@pytest.fixture(scope="module")
async def door(_copies: Copies) -> AsyncIterator[Door]:
    """The whole service, with signs of life every 50 ms."""
    databases = Databases(_copies)
    # On a machine that is held up a lease of seconds would run out, and what is sent come twice.
    lease = timedelta(minutes=5)
    settings = Settings(keep_alive=timedelta(seconds=0.05), retention=RETENTION, loopback=True, endpoint_lease=lease)
    try:
        async with a_door(databases, settings) as opened:
            yield opened
    finally:
        databases.give_back()


async def _ended(tasks: Sequence["asyncio.Future[None]"]) -> None:
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
