"""The gateway keeps every contract there is: each file in contracts/pacts, whoever laid it there."""

import asyncio
from pathlib import Path

import pytest

from services.local.contracts.feed import EventFeed
from services.local.contracts.verification import verify
from services.local.gateway import Gateway
from tests.contracts.files import pact_files


@pytest.mark.parametrize("file", pact_files(), ids=lambda file: file.stem)
async def test_the_gateway_keeps_the_contract(file: Path, gateway: Gateway, feed: EventFeed) -> None:
    verdict = await asyncio.to_thread(verify, file, gateway, feed)
    assert verdict.holds, str(verdict)


def test_there_is_a_contract_of_each_kind() -> None:
    words = "".join(file.read_text() for file in pact_files())
    for kind in ("Synchronous/HTTP", "Synchronous/Messages", "Asynchronous/Messages"):
        assert f'"type": "{kind}"' in words
