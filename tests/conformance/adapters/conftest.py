"""A running host, behind whose door the owners' own examples are pushed."""

from collections.abc import AsyncIterator

import pytest

from services.local.postgres import Postgres
from tests.support.couriers import CourierDesk, a_courier_desk, exchange_schema


@pytest.fixture(scope="package")
async def door(postgres: Postgres) -> AsyncIterator[CourierDesk]:
    """One host for all of them: each is a fact of its own."""
    dsn = postgres.create_database("couriers_conformance")
    await exchange_schema(dsn)
    async with a_courier_desk(dsn) as running:
        yield running
