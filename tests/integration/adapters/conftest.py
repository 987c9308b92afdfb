"""A courier host for each test."""

from collections.abc import AsyncIterator, Callable

import pytest
from doselane.exchange.v1 import exchange_pb2

from services.kernel.rpc import Client, Server
from services.local.postgres import Postgres
from tests.support.couriers import CourierDesk, a_courier_desk, exchange_schema
from tests.support.lims_bench import Bench, a_bench
from tests.support.postgres import Databases
from tests.support.sap import SapBench, a_sap_bench

EXCHANGE = exchange_pb2.DESCRIPTOR.services_by_name["ExchangeService"]
As = Callable[..., Client]


@pytest.fixture
async def courier_dsn(databases: Databases) -> str:
    """A database with the host's schema."""
    return await databases.prepared("exchange", exchange_schema)


@pytest.fixture
async def desk(courier_dsn: str) -> AsyncIterator[CourierDesk]:
    """A running host."""
    async with a_courier_desk(courier_dsn) as running:
        yield running


@pytest.fixture
async def client_of(desk: CourierDesk) -> AsyncIterator[As]:
    """Clients of the host's general calls, by partner and scopes."""
    server = Server("127.0.0.1:0", desk.issuer.verifier())
    for descriptor, servicer in desk.host.servicers:
        server.add(descriptor, servicer)
    await server.start()
    made: list[Client] = []

    def client(partner: str, *scopes: str) -> Client:
        token = desk.issuer.token(partner, scopes or ("exchange.read", "exchange.operate"), actor="night-shift")
        made.append(Client(f"127.0.0.1:{server.port}", EXCHANGE, token))
        return made[-1]

    yield client
    for each in made:
        await each.close()
    await server.stop(0)


@pytest.fixture
async def bench(courier_dsn: str) -> AsyncIterator[Bench]:
    """A running host of the smallest laboratory."""
    async with a_bench(courier_dsn) as running:
        yield running


@pytest.fixture(scope="session")
async def shared_desk(postgres: Postgres) -> AsyncIterator[CourierDesk]:
    """A running host for tests that look only at what they pushed themselves; a database for each would cost time."""
    dsn = postgres.create_database("couriers_shared")
    await exchange_schema(dsn)
    async with a_courier_desk(dsn) as running:
        yield running


@pytest.fixture
async def sap() -> AsyncIterator[SapBench]:
    """A gateway of SAP, and what reaches it."""
    async with a_sap_bench() as running:
        yield running
