"""Ledgers on one database that each test finds as new: emptying it is quicker than making another."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg
import pytest

from services.local.postgres import Postgres
from services.slotting.store import put_resources
from tests.support.offers_door import a_network, begin, offers_schema
from tests.support.offers_world import World
from tests.support.slotting import network_resources, slotting_schema
from tests.support.slotting_desk import LedgerDesk, a_desk
from tests.support.slotting_door import Door, a_door

EMPTY = """
    TRUNCATE slotting.run, slotting.allotment, slotting.slot, slotting.request, slotting.outbox, slotting.inbox,
             slotting.parked, slotting.place, slotting.network, slotting.standby, slotting.vial;
    UPDATE gateway.clock SET ahead = '0';
"""


@pytest.fixture(scope="session")
def slotting_dsn(postgres: Postgres) -> str:
    """A database with slotting's schema, a centre and a lane."""
    made = postgres.create_database("slotting_tests")
    asyncio.run(slotting_schema(made))
    return made


@pytest.fixture
async def dsn(slotting_dsn: str) -> str:
    """The same, with nothing in its books, and the network as it was made."""
    connection = await asyncpg.connect(slotting_dsn, server_settings={"search_path": "slotting"})
    await connection.execute(EMPTY)
    await put_resources(connection, *network_resources(datetime.now(UTC)))
    await connection.close()
    return slotting_dsn


@pytest.fixture
async def desk(dsn: str) -> AsyncIterator[LedgerDesk]:
    """One ledger."""
    async with a_desk(dsn) as made:
        yield made


@pytest.fixture
async def copies(dsn: str) -> AsyncIterator[LedgerDesk]:
    """Two ledgers on one database, as two copies of the service are."""
    async with a_desk(dsn, copies=2) as made:
        yield made


@pytest.fixture
async def door(desk: LedgerDesk) -> AsyncIterator[Door]:
    """The ledger's calls over gRPC."""
    async with a_door(desk) as made:
        yield made


@pytest.fixture(scope="session")
def offers_dsn(postgres: Postgres) -> str:
    """A database with slotting's schema, for networks of its own."""
    made = postgres.create_database("offers_tests")
    asyncio.run(offers_schema(made))
    return made


@pytest.fixture
async def offers_door(offers_dsn: str) -> AsyncIterator[Door]:
    """Calls over a ledger that knows a small network, at noon of a certain day."""
    async with a_desk(offers_dsn) as desk:
        await begin(desk, World(a_network(), []))
        async with a_door(desk) as made:
            yield made
