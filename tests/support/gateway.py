"""The whole gateway in this process, on a database of its own, for tests that go through its public doors."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.local.gateway import Gateway, Plan


@pytest.fixture
async def gateway(database_dsn: str, tmp_path: Path) -> AsyncIterator[Gateway]:
    """A running gateway on the PostgreSQL bus."""
    plan = Plan(database_dsn=database_dsn, data_dir=tmp_path, clients={}, keep_alive_s=0.5)
    async with Gateway(plan) as running:
        yield running
