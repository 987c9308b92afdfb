"""Two processes share the delivering, and one goes on where the other was killed: nothing is missed, order is kept."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from services.kernel.clock import VirtualClock
from services.kernel.db import Database
from services.kernel.ids import uuid7
from services.kernel.transactions import Transactions
from services.kernel.webhook_signing import SignatureKind, SigningKey
from services.streams import store
from services.streams.domain import EventCopy
from services.streams.domain.endpoint import Endpoint
from services.streams.domain.endpoint_retries import WebhookAnswer
from services.streams.posting import WebhookClient
from services.streams.pushing import KafkaPusher
from services.streams.usecases import DeliveryParts, EncodedBodies, EndpointDeliverer
from tests.integration.streams.conftest import streams_schema
from tests.integration.streams.webhooks import ids
from tests.support.postgres import Databases
from tests.support.receiver import ReceivedHook, Receiver, receiving
from tests.support.status import NOON, slot_event

LONG, SHORT = timedelta(minutes=5), timedelta(seconds=1)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver."""
    async with receiving() as opened:
        yield opened


@pytest.fixture
async def database(databases: Databases) -> AsyncIterator[Database]:
    """Streams' schema, on which nobody works yet."""
    opened = await Database.connect(await databases.prepared("streams", streams_schema), "streams")
    yield opened
    await opened.close()


class Process:
    """What delivers in a process of its own: its clients, and its work."""

    def __init__(self, database: Database, lease: timedelta, client: WebhookClient | None = None) -> None:
        self.client = client or WebhookClient(loopback=True)
        pusher = KafkaPusher(loopback=True, answer_s_max=10)
        clock = VirtualClock(NOON)
        parts = DeliveryParts(Transactions(database), clock, self.client, pusher, lease, EncodedBodies().of)
        self.deliverer = EndpointDeliverer(parts)
        self.work = asyncio.ensure_future(self.deliverer.run())

    async def __aenter__(self) -> "Process":
        return self

    async def __aexit__(self, *_: object) -> None:
        self.work.cancel()
        with suppress(asyncio.CancelledError):
            await self.work
        await self.client.close()


async def an_endpoint(database: Database, receiver: Receiver, path: str) -> Endpoint:
    """An endpoint of a partner of that name."""
    key = SigningKey(SignatureKind.HMAC_SHA256, b"k" * 32)
    endpoint = Endpoint(uuid7(), f"partners/{path}", receiver.url(path), NOON, NOON, NOON, keys=(key,))
    await store.insert_endpoint(database.pool, endpoint, await database.cipher())
    return endpoint


async def record(database: Database, path: str, doses: int, rounds: int = 1) -> list[str]:
    """So many rounds of events, one a dose each, in the feed of the partner; their ids."""
    copies = []
    for number in range(rounds):
        for dose in range(doses):
            event = slot_event(f"{path}-{dose}", sequence=number + 1)
            copies.append(
                EventCopy(
                    f"partners/{path}", event.id, event.type, event.source, event.subject, event.time, "", event.data
                )
            )
    async with database.transaction() as conn:
        await store.append(conn, copies, NOON)
    return [str(copy.event_id) for copy in copies]


async def test_each_endpoint_is_served_by_one_process_at_a_time(database: Database, receiver: Receiver) -> None:
    paths = [f"p{number}" for number in range(12)]
    wanted = {}
    for path in paths:
        await an_endpoint(database, receiver, path)
        wanted[path] = await record(database, path, doses=5, rounds=4)
    async with Process(database, LONG), Process(database, LONG):
        for path in paths:
            hooks = await receiver.got(path, 20)
            assert sorted(ids(hooks)) == sorted(wanted[path])  # none twice: nobody was killed
            for dose in range(5):
                sent = [hook.id for hook in hooks if hook.event["subject"] == f"slots/{path}-{dose}"]
                assert sent == wanted[path][dose::5]


class Stumbling(WebhookClient):
    """Has a fault of its own wherever an address holds `odd`."""

    def __init__(self) -> None:
        super().__init__(loopback=True)
        self.stumbled = 0

    async def post(self, url: str, *sent: Any, **more: Any) -> WebhookAnswer:
        """What came back."""
        if "odd" in url:
            self.stumbled += 1
            raise OverflowError("nobody thought of this answer")
        return await super().post(url, *sent, **more)


async def test_a_fault_of_ours_at_one_endpoint_does_not_stop_the_others(database: Database, receiver: Receiver) -> None:
    for path in ("odd", "even"):
        await an_endpoint(database, receiver, path)
        await record(database, path, doses=1)
    client = Stumbling()
    async with Process(database, LONG, client) as process:
        await receiver.got("even", 1)
        while not await database.pool.fetchval("SELECT count(*) FROM endpoint WHERE rest_until > $1", NOON):
            await asyncio.sleep(0.01)
        await record(database, "even", doses=1)
        await receiver.got("even", 2)
        assert not process.work.done()
        assert client.stumbled == 1  # and it is not tried again and again


async def test_another_process_goes_on_where_one_was_killed(database: Database, receiver: Receiver) -> None:
    never, killed_at = asyncio.Event(), asyncio.Event()

    async def answer(hook: ReceivedHook) -> web.Response:
        if len(receiver.hooks["p"]) == 40:
            killed_at.set()
        if len(receiver.hooks["p"]) >= 40 and not never.is_set():
            await never.wait()
        return web.Response()

    receiver.answers["p"] = answer
    endpoint = await an_endpoint(database, receiver, "p")
    wanted = await record(database, "p", doses=10, rounds=10)
    first = await Database.connect(database.dsn, "streams")
    process = Process(first, SHORT)
    await asyncio.wait_for(killed_at.wait(), 60)
    # As kill -9 leaves it: no word more to the database, and its leases stand.
    first.pool.terminate()
    process.work.cancel()
    await asyncio.wait([process.work])
    await process.client.close()
    assert await database.pool.fetchval("SELECT lease_holder IS NOT NULL FROM endpoint WHERE id = $1", endpoint.id)
    never.set()
    async with Process(database, SHORT):
        hooks = await receiver.until("p", lambda hooks: set(wanted) <= set(ids(hooks)))
        while await database.pool.fetchval("SELECT place FROM endpoint WHERE id = $1", endpoint.id) < 100:
            await asyncio.sleep(0.02)
    for dose in range(10):
        sent = [hook.id for hook in hooks if hook.event["subject"] == f"slots/p-{dose}"]
        assert list(dict.fromkeys(sent)) == wanted[dose::10]
    tried = await store.list_attempts(database.pool, endpoint.id, None, False, None, 1000)
    assert tried and all(each.delivered for each in tried)


async def test_what_goes_from_the_feed_before_it_is_sent_is_said(database: Database, receiver: Receiver) -> None:
    endpoint = await an_endpoint(database, receiver, "p")
    kept = await record(database, "p", doses=3)
    await database.pool.execute("UPDATE feed SET earliest = 3")
    async with Process(database, LONG):
        hooks = await receiver.until("p", lambda hooks: kept[2] in ids(hooks))
        while not (given_up := await store.list_parked(database.pool, endpoint.id, None, 10)):
            await asyncio.sleep(0.02)
    assert ids(hooks) == [kept[2]]
    [parked] = given_up
    assert (parked.position, parked.last, parked.reason.name) == (1, 2, "NOT_KEPT")
