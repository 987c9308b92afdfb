"""A host with one account at Salesforce's event bus: the twin on a socket, tokens that can end, and the real intake."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import httpx
from google.protobuf.struct_pb2 import Struct
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from adapters.content import digest
from adapters.crm_salesforce.pubsub.change_event import ChangeEvent, PlatformEvent, RereadNeeded
from adapters.crm_salesforce.pubsub.client import PubSubClient
from adapters.crm_salesforce.pubsub.message import read_message
from adapters.crm_salesforce.pubsub.schemas import SchemaCache
from adapters.crm_salesforce.pubsub.subscription import Subscription, stream
from adapters.host.client import client
from adapters.host.main import service
from adapters.host.settings import Settings
from adapters.manifest import Adapter, Fact, Incoming, Translation
from adapters.sandbox.salesforce.bus import SalesforceBus
from adapters.sandbox.salesforce.change_schema import CompoundField
from adapters.sandbox.salesforce.pubsub import PubSubTwin
from services.kernel.bus.memory import MemoryBus
from services.kernel.clock import VirtualClock
from services.kernel.db import Database
from services.kernel.event import Event
from services.kernel.event_log import event_of
from services.kernel.http import HttpServer
from tests.support import lims
from tests.support.couriers import NOW
from tests.support.tokens import Issuer

TENANT = "00D000000000001EAA"
USER = "005000000000009AAA"
ORDER = "TreatmentOrder__c"
RELEASED = "Dose_Released__e"
CHANGES = "/data/ChangeEvents"
FIELDS: dict[str, Any] = {
    "Name": "string",
    "Status__c": "string",
    "Site_Address__c": CompoundField("Address", {"Street": "string", "City": "string"}),
    "Bill_Address__c": CompoundField("Address", {"Street": "string", "City": "string"}),
    "Activity_GBq__c": "double",
    "Confirmed__c": "boolean",
    "Remarks__c": "string",
}


@dataclass
class TokenDesk:
    """An issuer whose tokens hold until they are ended."""

    live: set[str] = field(default_factory=set)
    given: int = 0
    bad: int = 0  # so many tokens are refused although they are new

    def end(self) -> None:
        """All tokens are over."""
        self.live.clear()

    async def answer(self, request: Request) -> Response:
        self.given += 1
        token = f"00D!token-{self.given}"
        if self.bad:
            self.bad -= 1
        else:
            self.live.add(token)
        instance = str(request.base_url).rstrip("/")
        said = {"access_token": token, "instance_url": instance, "id": f"{instance}/id/{TENANT}/{USER}"}
        return JSONResponse(said)


class Reader:
    """Reads what the bus brought, each message for one fact."""

    def translate(self, incoming: Incoming) -> Translation:
        message = read_message(incoming.body)
        said = Struct()
        said.update({"id": message.key, "kind": type(message.said).__name__, **_told(message.said)})
        return Translation((Fact(0, message.key, digest(message.key), said, event_id=message.event_id, kind="X"),))


def _told(said: ChangeEvent | RereadNeeded | PlatformEvent) -> dict[str, Any]:
    if isinstance(said, RereadNeeded):
        return {"reason": said.reason, "records": list(said.record_ids), "entity": said.entity}
    if isinstance(said, PlatformEvent):
        return {"fields": dict(said.fields)}
    return {"type": said.header.change_type, "changed": dict(said.changed), "nulled": sorted(said.nulled)}


@dataclass
class Twins:
    """The outside: bus, API, issuer; with their addresses."""

    clock: VirtualClock
    bus: SalesforceBus
    api: PubSubTwin
    tokens: TokenDesk
    url: str
    issuer_url: str

    @property
    def connection(self) -> dict[str, Any]:
        """How an account reaches them."""
        proves = {"type": "oauth_client_post", "token_url": f"{self.issuer_url}/token", "client": "c", "secret": "s"}
        return {"url": self.issuer_url, "credentials": proves}


@asynccontextmanager
async def twins(**options: Any) -> AsyncIterator[Twins]:
    """The outside, running."""
    clock, tokens = VirtualClock(NOW), TokenDesk()
    bus = SalesforceBus(clock)
    bus.define_object(ORDER, FIELDS)
    bus.define_event(RELEASED, {"Dose__c": "string", "Batch__c": "string"})
    api = PubSubTwin(bus, clock, lambda token: token in tokens.live, TENANT, **options)
    issuer = HttpServer(Starlette(routes=[Route("/token", tokens.answer, methods=["POST"])]), "127.0.0.1:0")
    await issuer.start()
    try:
        port = await api.start()
        yield Twins(clock, bus, api, tokens, f"http://127.0.0.1:{port}", f"http://127.0.0.1:{issuer.port}")
    finally:
        await api.stop()
        await issuer.stop(0)


@asynccontextmanager
async def a_client(outside: Twins) -> AsyncIterator[tuple[PubSubClient, SchemaCache]]:
    """The adapter's client without a host."""
    async with client(outside.connection, outside.clock) as http:
        made = PubSubClient(http, outside.url)
        try:
            yield made, SchemaCache(made)
        finally:
            await made.close()


@dataclass
class Connection:
    """What an adapter of the bus would make of its settings."""

    subscription: Subscription


def adapter(outside: Twins, silence: timedelta) -> Adapter:
    """The smallest adapter of the bus."""

    def connect(settings: Any, http: httpx.AsyncClient) -> Connection:
        made = PubSubClient(http, outside.url)
        return Connection(Subscription(made, SchemaCache(made), settings["topic"]))

    listening = replace(stream("crm.changes", lambda connection: connection.subscription), silence=silence)
    return Adapter(
        name="crm_tiny",
        port=lims.PORT,
        settings=lambda options: dict(options),
        build=lambda _: Reader(),
        connect=connect,
        streams=(listening,),
    )


@dataclass
class CrmBench:
    """A running host, and the outside."""

    outside: Twins
    database: Database

    async def events(self) -> list[Event]:
        rows = await self.database.pool.fetch("SELECT * FROM outbox ORDER BY seq")
        return [event_of(row) for row in rows]

    async def reported(self) -> list[dict[str, Any]]:
        return [
            dict(Struct.FromString(event.data))
            for event in await self.events()
            if event.type == "doselane.lims.result.reported.v1"
        ]

    async def cursor(self) -> str:
        return await self.database.pool.fetchval("SELECT value FROM cursor WHERE name = 'crm.changes'") or ""

    async def stands(self) -> str:
        """The cursor, once it stands behind something that came."""

        async def holds() -> bool:
            return (await self.cursor()).startswith("replay:")

        await self.until(holds)
        return await self.cursor()

    async def until(self, holds: Callable[[], Awaitable[Any]]) -> None:
        async with asyncio.timeout(60):
            while not await holds():
                await asyncio.sleep(0.01)

    async def has(self, *event_ids: str) -> None:
        """Waits until each of these was reported."""
        await self.has_so_many(len(event_ids))

        async def holds() -> bool:
            return set(event_ids) <= {each["id"] for each in await self.reported()}

        await self.until(holds)

    async def has_so_many(self, enough: int) -> None:
        """Waits until so many were reported; to count them costs less than to read them, time and again."""
        counted = "SELECT count(*) >= $1 FROM outbox WHERE type = 'doselane.lims.result.reported.v1'"
        await self.until(lambda: self.database.pool.fetchval(counted, enough))


@asynccontextmanager
async def a_crm_bench(
    dsn: str, outside: Twins, *, topic: str = CHANGES, silence: timedelta = timedelta(seconds=300)
) -> AsyncIterator[CrmBench]:
    """A running host on a database that another may have used before."""
    account = {"partner": "partners/lab", "adapter": "crm_tiny", "options": {"topic": topic}}
    accounts = {"crm": account | {"connection": outside.connection}}
    async with AsyncExitStack() as stack:
        database = await Database.connect(dsn, "exchange", pool_size=6)
        stack.push_async_callback(database.close)
        settings = Settings(accounts=SecretStr(json.dumps(accounts)), look_every=timedelta(seconds=0.02))
        made = {"crm_tiny": adapter(outside, silence)}
        host = service(settings, database, MemoryBus(), Issuer().verifier(), clock=outside.clock, adapters=made)
        tasks = [asyncio.create_task(each()) for each in host.background]

        async def end() -> None:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        stack.push_async_callback(end)
        yield CrmBench(outside, database)
