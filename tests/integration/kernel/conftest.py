"""A migrated schema for each test."""

from collections.abc import AsyncIterator

import pytest

from services.kernel.db import Database
from tests.support.line import a_database, line_schemas
from tests.support.postgres import Databases


@pytest.fixture
async def database_dsn(databases: Databases) -> str:
    """A database with the kernel's tables and nothing in them."""
    return await databases.prepared("line", line_schemas)


@pytest.fixture
async def database(database_dsn: str) -> AsyncIterator[Database]:
    async with a_database(database_dsn) as database:
        yield database
