"""One process serves systems of several kinds from one schema, and what is of one kind is never taken for another's."""

import asyncio
import importlib
import json
import pkgutil
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import httpx
import pytest
from doselane.courier.v1 import courier_pb2
from doselane.exchange.v1 import exchange_pb2
from google.protobuf.struct_pb2 import Struct
from pydantic import SecretStr

from adapters import ports
from adapters.courier_ups import ADAPTER as UPS
from adapters.host import store
from adapters.host.discover import ports_of, served, topics_of
from adapters.host.main import SCHEMA, Host, service, topics
from adapters.host.settings import Settings
from adapters.host.values import ReceivedMessage, digest
from adapters.manifest import Adapter, Webhook
from adapters.ports import Port
from services.kernel import outbox
from services.kernel.bus.memory import MemoryBus
from services.kernel.bus.postgres import PostgresBus
from services.kernel.clock import VirtualClock
from services.kernel.db import Database, migrate
from services.kernel.errors import GatewayError, Kind
from services.kernel.event import Event
from services.kernel.http import HttpServer
from services.kernel.ids import uuid7
from services.kernel.rpc import Client, Server
from services.kernel.settings import SettingsError
from tests.support import lims
from tests.support.couriers import NOW, exchange_schema, ups
from tests.support.line import Seen, running
from tests.support.postgres import Databases
from tests.support.tokens import Issuer

HOUSE = "partners/house"  # one partner with systems of every kind
KEY = "one-key-for-all-of-them"
AUTH = {"type": "header_key", "header": "x-api-key", "secrets": [KEY]}
ERP_PORT = replace(
    lims.PORT,
    name="erp",
    topic="doselane.erp",
    reported=lambda sender, said: ("doselane.erp.production.reported.v1", said),
    refused_type="doselane.erp.message.refused.v1",
    refers=lambda event: None,
)
REACHED = {"connection": {"url": "http://127.0.0.1:9"}}
ACCOUNTS = {
    "ups": {"partner": HOUSE, "auth": AUTH, "adapter": "courier_ups"},
    "lab": {"partner": HOUSE, "auth": AUTH, "adapter": "lims_tiny", **REACHED},
    "plant": {"partner": HOUSE, "auth": AUTH, "adapter": "erp_tiny", **REACHED},
}
RESULT = {"results": [{"id": "1", "sample": "s1", "state": "verified"}]}
EXCHANGE = exchange_pb2.DESCRIPTOR.services_by_name["ExchangeService"]
COURIER = courier_pb2.DESCRIPTOR.services_by_name["CourierService"]


def adapters(laboratory: lims.Laboratory, erp: lims.Laboratory) -> dict[str, Adapter]:
    """A courier's, a laboratory's and an ERP's; the last two speak alike."""
    of_erp = replace(
        lims.ADAPTER, name="erp_tiny", port=ERP_PORT, webhooks=(Webhook("erp.push", "/erp/{account}"),), polls=()
    )
    connected = {"connect": lambda settings, http: laboratory}
    return {
        "courier_ups": UPS,
        "lims_tiny": replace(lims.ADAPTER, polls=(), streams=(), **connected),
        "erp_tiny": replace(of_erp, streams=(), connect=lambda settings, http: erp),
    }


@dataclass
class House:
    """The running host, and its other sides."""

    host: Host
    database: Database
    bus: MemoryBus
    http: httpx.AsyncClient
    laboratory: lims.Laboratory
    erp: lims.Laboratory
    client: Callable[..., Client]

    async def push(self, path: str, body: object) -> httpx.Response:
        return await self.http.post(path, json=body)

    async def heard(self, topic: str, count: int) -> Sequence[Event]:
        """The first events that a topic brings."""
        seen = Seen()
        async with running(self.bus.consume([topic], f"test-{uuid7()}", seen.handle)):
            await seen.until(lambda: len(seen.events) >= count)
        return seen.events


@asynccontextmanager
async def a_house(dsn: str, ports_served: str = "") -> AsyncIterator[House]:
    laboratory, erp, issuer, clock = lims.Laboratory(), lims.Laboratory(), Issuer(), VirtualClock(NOW)
    async with AsyncExitStack() as stack:
        database = await Database.connect(dsn, "exchange", pool_size=6)
        stack.push_async_callback(database.close)
        bus = MemoryBus()
        settings = Settings(accounts=SecretStr(json.dumps(ACCOUNTS)), look_every=timedelta(seconds=0.02))
        found = adapters(laboratory, erp)
        serves = served(found, {"DOSELANE_PORT": ports_served})
        host = service(settings, database, bus, issuer.verifier(), clock=clock, adapters=found, serves=serves)
        await stack.enter_async_context(running(*(each() for each in host.background)))
        server = HttpServer(host.door, "127.0.0.1:0")
        await server.start()
        stack.push_async_callback(server.stop, 1)
        calls = Server("127.0.0.1:0", issuer.verifier())
        for descriptor, servicer in host.servicers:
            calls.add(descriptor, servicer)
        await calls.start()
        stack.push_async_callback(calls.stop, 0)

        def client(of: object, *scopes: str) -> Client:
            made = Client(f"127.0.0.1:{calls.port}", of, issuer.token(HOUSE, list(scopes), actor="a"))
            stack.push_async_callback(made.close)
            return made

        address = f"http://127.0.0.1:{server.port}"
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=address, headers={"x-api-key": KEY}))
        yield House(host, database, bus, http, laboratory, erp, client)


@pytest.fixture
async def dsn(databases: Databases) -> str:
    return await databases.prepared("exchange", exchange_schema)


@pytest.fixture
async def house(dsn: str) -> AsyncIterator[House]:
    async with a_house(dsn) as running_house:
        yield running_house


async def test_one_body_at_two_ports_counts_at_each_and_is_published_on_the_topic_of_each(house: House) -> None:
    for path in ("/lims/lab", "/erp/plant"):
        answers = [await house.push(path, RESULT) for _ in range(2)]
        assert [answer.json()["state"] for answer in answers] == ["ACCEPTED", "REPEATED"]
    assert (await house.push("/ups/ups", ups())).json()["state"] == "ACCEPTED"
    for port, reported in (("courier", "milestone"), ("lims", "result"), ("erp", "production")):
        (event,) = await house.heard(f"doselane.{port}", 1)
        assert (event.type, event.source) == (f"doselane.{port}.{reported}.reported.v1", f"doselane/{port}")


async def test_messages_of_all_ports_are_listed_and_pushes_are_the_couriers_alone(house: House) -> None:
    pushed = (await house.push("/ups/ups", ups())).json()["name"]
    result = (await house.push("/lims/lab", RESULT)).json()["name"]
    exchange = house.client(EXCHANGE, "exchange.read", "exchange.operate")
    everything = (await exchange.call("ListMessages", exchange_pb2.ListMessagesRequest())).messages
    as_message = f"messages/{pushed.partition('/')[2]}"
    assert [(each.name, each.port) for each in everything] == [(result, "lims"), (as_message, "courier")]
    for port, expected in (("lims", [result]), ("courier", [as_message]), ("erp", [])):
        page = await exchange.call("ListMessages", exchange_pb2.ListMessagesRequest(port=port))
        assert [each.name for each in page.messages] == expected
    courier = house.client(COURIER, "courier.read", "courier.operate")
    assert [each.name for each in (await courier.call("ListPushes", courier_pb2.ListPushesRequest())).pushes] == [
        pushed
    ]
    assert (await courier.call("GetPush", courier_pb2.GetPushRequest(name=pushed))).name == pushed
    as_push = f"pushes/{result.partition('/')[2]}"
    for call, request in (("GetPush", courier_pb2.GetPushRequest), ("RejudgePush", courier_pb2.RejudgePushRequest)):
        with pytest.raises(GatewayError) as refused:
            await courier.call(call, request(name=as_push))
        assert refused.value.kind == Kind.NOT_FOUND


async def test_a_message_of_each_port_is_judged_again_in_its_own_words(house: House) -> None:
    exchange = house.client(EXCHANGE, "exchange.read", "exchange.operate")
    names = [(await house.push(path, {})).json()["facts"]["push"] for path in ("/ups/ups", "/lims/lab", "/erp/plant")]
    assert [name.partition("/")[0] for name in names] == ["pushes", "messages", "messages"]
    for name, port in zip(names, ("courier", "lims", "erp"), strict=True):
        request = exchange_pb2.ReplayMessageRequest(name=f"messages/{name.partition('/')[2]}")
        assert (await exchange.call("ReplayMessage", request)).port == port
        (event,) = await house.heard(f"doselane.{port}", 1)
        assert (event.subject, event.type.endswith(".refused.v1")) == (name, True)


async def registered(house: House) -> None:
    said = Struct()
    said.update({"sample": "s1", "number": 1, "days": 5})
    data = said.SerializeToString()
    event = Event(uuid7(), lims.REGISTERED, "doselane/quality", "batches/b", 1, NOW, data, partner="partners/lab")
    await house.bus.publish("doselane.quality", [event])


async def deliveries(house: House, count: int, port: str = "") -> list[exchange_pb2.Delivery]:
    exchange = house.client(EXCHANGE, "exchange.read")
    async with asyncio.timeout(30):
        while True:
            found = await exchange.call("ListDeliveries", exchange_pb2.ListDeliveriesRequest(port=port))
            if len(found.deliveries) >= count and all(each.state == each.SENT for each in found.deliveries):
                return list(found.deliveries)
            await asyncio.sleep(0.01)


async def test_an_event_that_two_ports_hear_is_told_once_to_the_systems_of_each(house: House) -> None:
    await registered(house)
    sent = await deliveries(house, 2)
    assert sorted((each.account, each.port) for each in sent) == [("lab", "lims"), ("plant", "erp")]
    assert (house.laboratory.samples, house.erp.samples) == (["s1/1"], ["s1/1"])
    assert [each.account for each in await deliveries(house, 1, "erp")] == ["plant"]


async def test_names_are_known_at_the_port_that_learnt_them(dsn: str) -> None:
    async with a_house(dsn) as house:
        await store.refer(house.database.pool, "lims", HOUSE, ["s1"], "batches/b", NOW)
        warnings = [
            (await house.push(path, RESULT)).json()["notes"][0].get("warnings") for path in ("/lims/lab", "/erp/plant")
        ]
    assert warnings == [None, ["SAMPLE_UNKNOWN"]]


async def test_a_process_may_serve_some_ports_and_leaves_what_is_of_others_alone(dsn: str) -> None:
    body = json.dumps(RESULT).encode()

    def left(account: str, port: str, adapter: str) -> ReceivedMessage:
        facts = (uuid7(), account, HOUSE, adapter, f"{port}.push", NOW, {}, body, len(body), digest(body))
        return ReceivedMessage(*facts, port=port)

    ours, others = left("lab", "lims", "lims_tiny"), left("plant", "erp", "erp_tiny")
    async with a_house(dsn, "lims") as house:
        assert (await house.push("/erp/plant", RESULT)).status_code == 404
    database = await Database.connect(dsn, "exchange", pool_size=1)
    await store.keep(database.pool, [others, ours])
    await database.close()
    async with a_house(dsn, "lims,courier") as house:
        (event,) = await house.heard("doselane.lims", 1)
        assert event.subject == ours.name
        judged = await house.database.pool.fetch("SELECT message_id FROM verdict")
    assert [row["message_id"] for row in judged] == [ours.message_id]
    async with a_house(dsn) as house:  # all ports again: what was left is read
        (event,) = await house.heard("doselane.erp", 1)
        assert event.subject == others.name


def test_a_port_that_no_adapter_has_is_refused() -> None:
    found = adapters(lims.Laboratory(), lims.Laboratory())
    assert [port.name for port in served(found, {})] == ["courier", "erp", "lims"]
    assert [port.name for port in served(found, {"DOSELANE_PORT": "lims, erp"})] == ["erp", "lims"]
    with pytest.raises(SettingsError, match="DOSELANE_PORT must name some of courier, erp, lims"):
        served(found, {"DOSELANE_PORT": "lims,lab"})


def all_ports() -> list[Port]:
    modules = [importlib.import_module(f"adapters.ports.{each.name}") for each in pkgutil.iter_modules(ports.__path__)]
    return [module.PORT for module in modules if hasattr(module, "PORT")]


async def test_every_topic_can_be_heard_over_postgresql_and_brings_its_own_events_alone(dsn: str) -> None:
    topics = sorted({"doselane.erp", "doselane.lims", *(port.topic for port in all_ports())})
    assert all(port.refused_type.startswith(f"{port.topic}.") for port in all_ports())
    database = await Database.connect(dsn, "exchange", pool_size=4)
    bus, relay = PostgresBus(database), outbox.Relay(database, PostgresBus(database))
    events = [Event(uuid7(), f"{topic}.x.happened.v1", "", f"{topic}/1", 1, NOW, b"") for topic in topics]
    seen = [Seen() for _ in topics]
    hearing = [bus.consume([topic], "test", each.handle) for topic, each in zip(topics, seen, strict=True)]
    async with running(relay.run(), *hearing):
        await outbox.append(database.pool, events)
        relay.wake()
        for each, event in zip(seen, events, strict=True):
            await each.all_of([event])
    heard = Counter(event.id for each in seen for event in each.events)
    assert heard == Counter(event.id for event in events)
    await database.close()


async def test_a_kind_of_system_that_no_file_of_the_host_names_is_heard_over_postgresql(dsn: str) -> None:
    port = replace(
        lims.PORT,
        name="weather",
        topic="doselane.weather",
        scope="weather.push",
        refused_type="doselane.weather.message.refused.v1",
        reported=lambda sender, said: ("doselane.weather.storm.reported.v1", said),
    )
    tiny = replace(lims.ADAPTER, name="weather_tiny", port=port, webhooks=(Webhook("weather.push", "/sky/{account}"),))
    found = {tiny.name: replace(tiny, polls=(), streams=(), reactions=(), connect=None)}
    database, seen, issuer = await Database.connect(dsn, "exchange", pool_size=6), Seen(), Issuer()
    where = "SELECT schema FROM gateway.topic WHERE topic = $1"
    assert await database.pool.fetchval(where, port.topic) is None
    await migrate(database, SCHEMA, topics=topics_of(ports_of(found)))  # as the host does when it starts
    assert await database.pool.fetchval(where, port.topic) == "exchange"
    settings = Settings(accounts=SecretStr(json.dumps({"sky": {**ACCOUNTS["ups"], "adapter": tiny.name}})))
    bus = PostgresBus(database)
    host = service(settings, database, bus, issuer.verifier(), clock=VirtualClock(NOW), adapters=found)
    server = HttpServer(host.door, "127.0.0.1:0")
    async with running(bus.consume([port.topic], "test", seen.handle), *(each() for each in host.background)):
        await server.start()
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", headers={"x-api-key": KEY}) as http:
            assert (await http.post("/sky/sky", json=RESULT)).status_code == 200
        await seen.until(lambda: bool(seen.events))
        await server.stop(1)
    assert [event.type for event in seen.events] == ["doselane.weather.storm.reported.v1"]
    await database.close()


def test_the_topics_of_all_ports_are_registered_from_what_is_discovered() -> None:
    assert sorted(topics()) == sorted(port.topic for port in all_ports())
