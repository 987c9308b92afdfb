"""Telling other processes by NOTIFY, never inside a transaction that somebody waits for."""

import asyncio

from services.kernel.db import Database
from services.kernel.signals import Signal

PAUSE_S = 0.002  # at most so many announcements a second as this allows; a reader reads whatever is there anyway
FOR_EVER_S = 3600.0


class Announcer:
    """Announces on one channel, on a connection of its own.

    NOTIFY makes committers queue behind one lock, so it has no place in a producer's transaction; and nothing is lost
    with an announcement, so its own commit does not wait for the disk.
    """

    def __init__(self, database: Database, channel: str) -> None:
        self._database = database
        self._channel = channel
        self._news = Signal()

    def call(self) -> None:
        """There is news; it is announced soon, once for all calls until then."""
        self._news.call()

    async def run(self) -> None:
        """Announces until cancelled; the connection is made when there first is something to say."""
        await self._news.wait(0, FOR_EVER_S)
        conn = await self._database.dedicated(synchronous_commit="off")
        try:
            while True:
                seen = self._news.calls
                await conn.execute("SELECT pg_notify($1, '')", self._channel)
                await asyncio.sleep(PAUSE_S)
                await self._news.wait(seen, FOR_EVER_S)
        finally:
            conn.terminate()
