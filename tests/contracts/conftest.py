"""What the tests of the contracts share: a gateway and its events, kept from its first on."""

from collections.abc import AsyncIterator

import pytest

from services.local.contracts.command import gateway_on
from services.local.contracts.feed import EventFeed
from services.local.gateway import Gateway
from services.local.postgres import Postgres


@pytest.fixture(scope="package")
async def gateway_and_feed(
    postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Gateway, EventFeed]]:
    """One gateway for all contracts: their states never meet, and starting one for each would take most of the time."""
    async with gateway_on(postgres, tmp_path_factory.mktemp("gateway")) as running:
        yield running


@pytest.fixture(scope="package")
def gateway(gateway_and_feed: tuple[Gateway, EventFeed]) -> Gateway:
    """The gateway."""
    return gateway_and_feed[0]


@pytest.fixture(scope="package")
def feed(gateway_and_feed: tuple[Gateway, EventFeed]) -> EventFeed:
    """Every event that the gateway has published and will publish."""
    return gateway_and_feed[1]
