"""What a host has to send, as tests wait for it: while nothing is being sent, the clock goes on to what is due next."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from adapters.host import deliveries
from adapters.host.deliveries import Delivery, DeliveryState
from services.kernel.clock import VirtualClock
from services.kernel.db import Database

_DUE = "SELECT min(next_at) FROM delivery WHERE state = 1 HAVING bool_and(lease_until IS NULL)"


class WatchedDeliveries:
    """The deliveries of a running host; `database` and `clock` are the host's."""

    database: Database
    clock: VirtualClock

    async def deliveries(self) -> list[Delivery]:
        """What was or is to be sent, the oldest first."""
        found = await deliveries.page(self.database.pool, partner=None, states=(), before=None, limit=1000)
        return found[::-1]

    async def ended(self, *states: DeliveryState) -> list[Delivery]:
        """The deliveries once they have ended so."""

        async def holds() -> bool:
            return [each.state for each in await self.deliveries()] == list(states)

        await self.until(holds)
        return await self.deliveries()

    async def until(self, holds: Callable[[], Awaitable[Any]]) -> None:
        """Waits until it holds."""
        async with asyncio.timeout(60):
            while not await holds():
                due = await self.database.pool.fetchval(_DUE)
                if due is not None and due > self.clock.now():
                    self.clock.advance_to(due)
                await asyncio.sleep(0.01)
