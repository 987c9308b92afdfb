"""Ledgers on a database that each test finds as new."""

from collections.abc import AsyncIterator

import pytest

from tests.support.offers_door import a_network, begin, offers_schema
from tests.support.offers_world import World
from tests.support.postgres import Databases
from tests.support.slotting import slotting_schema
from tests.support.slotting_desk import LedgerDesk, a_desk
from tests.support.slotting_door import Door, a_door


@pytest.fixture
async def dsn(databases: Databases) -> str:
    """A database with slotting's schema, a centre and a lane, and nothing in its books."""
    return await databases.prepared("slotting", slotting_schema)


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


@pytest.fixture
async def offers_door(databases: Databases) -> AsyncIterator[Door]:
    """Calls over a ledger that knows a small network, at noon of a certain day."""
    async with a_desk(await databases.prepared("offers", offers_schema)) as desk:
        await begin(desk, World(a_network(), []))
        async with a_door(desk) as made:
            yield made
