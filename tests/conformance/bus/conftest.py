"""The line from a saved event to a consumer, once over each bus."""

from collections.abc import AsyncIterator

import pytest

from services.kernel.bus import Bus
from services.kernel.bus.kafka import KafkaBus
from services.kernel.bus.memory import MemoryBus
from services.kernel.bus.postgres import PostgresBus
from services.kernel.db import Database
from services.kernel.ids import uuid7
from tests.support.line import Line, a_database

BUSES = ["memory", "postgres", pytest.param("kafka", marks=pytest.mark.kafka)]


@pytest.fixture(params=BUSES)
async def line(request: pytest.FixtureRequest, database_dsn: str) -> AsyncIterator[Line]:
    """A line of its own for each test: its own schema, topic and groups."""
    # A name that no other test uses, as all share one broker.
    schema = f"test_{uuid7().hex}"
    async with a_database(database_dsn, schema) as database:
        bus = _bus(request, database)
        yield Line(database, bus, f"doselane.{schema}")
        await bus.close()


def _bus(request: pytest.FixtureRequest, database: Database) -> Bus:
    if request.param == "memory":
        return MemoryBus()
    if request.param == "postgres":
        return PostgresBus(database)
    return KafkaBus(request.getfixturevalue("kafka").bootstrap, partitions=3)
