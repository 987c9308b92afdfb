"""The line from a saved event to a consumer, once over each bus."""

from collections.abc import AsyncIterator

import pytest

from services.kernel.bus import Bus
from services.kernel.bus.kafka import KafkaBus
from services.kernel.bus.kafka_settings import KafkaSettings
from services.kernel.bus.memory import MemoryBus
from services.kernel.bus.postgres import PostgresBus
from services.kernel.db import Database
from services.kernel.ids import uuid7
from tests.support.line import Line, a_database, line_schemas
from tests.support.postgres import Databases

BUSES = ["memory", "postgres", pytest.param("kafka", marks=pytest.mark.kafka)]


@pytest.fixture(params=BUSES)
async def line(request: pytest.FixtureRequest, databases: Databases) -> AsyncIterator[Line]:
    """A line of its own for each test: its own database and topic."""
    async with a_database(await databases.prepared("line", line_schemas)) as database:
        bus = _bus(request, database)
        # All tests share one broker, where each has a name of its own; in a database the topic is the schema.
        topic = f"test_{uuid7().hex}" if request.param == "kafka" else database.schema
        yield Line(database, bus, f"doselane.{topic}")
        await bus.close()


def _bus(request: pytest.FixtureRequest, database: Database) -> Bus:
    if request.param == "memory":
        return MemoryBus()
    if request.param == "postgres":
        return PostgresBus(database)
    return KafkaBus(KafkaSettings(bootstrap=request.getfixturevalue("kafka").bootstrap), partitions=3)
