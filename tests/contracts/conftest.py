"""What the tests of the contracts share: the gateway's events, kept from its first on."""

from collections.abc import AsyncIterator

import pytest

from services.local.gateway import Gateway, Plan
from services.local.postgres import Postgres
from tests.contracts.provider.calls import LIFETIME_S
from tests.contracts.provider.feed import Feed, following


@pytest.fixture(scope="package")
async def gateway(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gateway]:
    """One gateway for all contracts: their states never meet, and starting one for each would take most of the time."""
    data = tmp_path_factory.mktemp("gateway")
    plan = Plan(postgres.create_database("contracts"), data, token_lifetime_s=LIFETIME_S)
    async with Gateway(plan) as running:
        yield running


@pytest.fixture(scope="package")
async def feed(gateway: Gateway) -> AsyncIterator[Feed]:
    """Every event that the gateway has published and will publish."""
    async with following(gateway) as feed:
        yield feed
