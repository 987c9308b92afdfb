"""A migrated schema for each test."""

from collections.abc import AsyncIterator

import pytest

from services.kernel.db import Database
from tests.support.line import a_database


@pytest.fixture
async def database(database_dsn: str) -> AsyncIterator[Database]:
    async with a_database(database_dsn) as database:
        yield database
