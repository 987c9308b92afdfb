"""Ledgers on one database that each test finds as new: emptying it is quicker than making another."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from services.local.postgres import Postgres
from tests.support.slotting import slotting_schema
from tests.support.slotting_desk import LedgerDesk, a_desk
from tests.support.slotting_door import Door, a_door

EMPTY = """
    TRUNCATE slotting.run, slotting.allotment, slotting.slot, slotting.request, slotting.outbox, slotting.inbox,
             slotting.parked;
    UPDATE slotting.clock SET ahead = '0';
"""


@pytest.fixture(scope="session")
def slotting_dsn(postgres: Postgres) -> str:
    """A database with slotting's schema, a centre and a lane."""
    made = postgres.create_database("slotting_tests")
    asyncio.run(slotting_schema(made))
    return made


@pytest.fixture
async def dsn(slotting_dsn: str) -> str:
    """The same, with nothing in its books."""
    connection = await asyncpg.connect(slotting_dsn)
    await connection.execute(EMPTY)
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
