"""What is told on streams: each there is, at both doors, to both sponsors of the sandbox."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import httpx
import pytest

from services.kernel.errors import GatewayError
from services.local.world import HARBOR, NORTHLAKE
from tests.support import rest
from tests.support.calls import SCOPES, STREAMS, request_for
from tests.support.gateway import Desk


class Heard:
    """What one partner was told on one stream, at one door."""

    def __init__(self, method: str, partner: str, source: AsyncIterator[object]) -> None:
        self.method, self.partner, self.text, self.refused = method, partner, "", False
        self._task = asyncio.create_task(self._collect(source))

    async def _collect(self, source: AsyncIterator[object]) -> None:
        try:
            async with aclosing(source) as answers:  # type: ignore[type-var]
                async for answer in answers:
                    self.text += str(answer)
        except (GatewayError, httpx.HTTPStatusError):
            self.refused = True

    async def close(self) -> None:
        """Stops listening."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


@pytest.fixture
async def heard(desk: Desk) -> AsyncIterator[list[Heard]]:
    """Every stream there is, at both doors, followed by both sponsors, each told its first words."""
    async with httpx.AsyncClient(base_url=desk.gateway.rest_url, timeout=30) as client:
        opened = []
        for method in STREAMS:
            request = request_for(method, {"doses": "doses/-", "feeds": "feeds/-"})
            for partner in (HARBOR, NORTHLAKE):
                token = desk.gateway.token(partner, *SCOPES)
                opened.append(Heard(method, partner, desk.stream(method, request, token)))
                opened.append(Heard(method, partner, rest.events(client, method, request, token)))
        await desk.until(lambda: require(all(each.refused or each.text for each in opened)))
        yield [each for each in opened if not each.refused]
        for each in opened:
            await each.close()


async def require(fact: bool) -> None:
    """Raises until it is so."""
    assert fact
