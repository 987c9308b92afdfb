"""Following feeds: all who follow one share what is read and encoded, and each reads on when it has sent the last."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

from services.kernel.cursors import Cursors
from services.kernel.db import Database, passes_by_itself
from services.kernel.db import channel as log_channel
from services.kernel.log_tail import LogTailCache
from services.kernel.outbox.announce import Announcer
from services.kernel.signals import Signal
from services.kernel.supervise import supervise
from services.kernel.watching import Look, Sighting
from services.streams import store
from services.streams.domain import EventFilter, FeedEntry
from services.streams.events import subscribed
from services.streams.usecases.reading import OpenFeed

READ_ENTRIES = 200
# What is kept in memory of a feed that somebody follows.
KEPT_ENTRIES_MAX = 2000
KEPT_BYTES_MAX = 4_000_000
POLL_S = 0.25  # should a call be missed
PAUSE_S = 0.002  # news come in bursts; one look is enough for those of a moment


@dataclass(frozen=True)
class ServedEntry:
    """An entry, and the message that tells it to all who follow the feed."""

    entry: FeedEntry
    cursors: Cursors

    @property
    def position(self) -> int:
        """Its place."""
        return self.entry.position

    @property
    def size_bytes(self) -> int:
        """What it takes of memory, about: its data, and that once more in the message."""
        return 2 * self.entry.size_bytes

    @cached_property
    def message(self) -> bytes:
        """The message."""
        return subscribed(self.entry, self.cursors.write(self.position))


class _FollowedFeed:
    """The newest part of a feed that somebody follows."""

    def __init__(self, database: Database, opened: OpenFeed) -> None:
        self._database, self._opened = database, opened
        self.followers = self.latest = 0
        self.grew = Signal()
        self.tail = LogTailCache(self._read, self.grew, rows_max=KEPT_ENTRIES_MAX, bytes_max=KEPT_BYTES_MAX)

    async def _read(self, place: int, limit: int) -> list[ServedEntry]:
        found = await store.entries_after(self._database.pool, self._opened.feed.partner, place, limit)
        return [ServedEntry(entry, self._opened.cursors) for entry in found]


class FeedFollowers:
    """Who follows which feed. `run` says to those whose feed grew that it did, whichever process made it grow."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._followed: dict[str, _FollowedFeed] = {}
        self._announcer = Announcer(database, log_channel(database.schema))

    def recorded(self) -> None:
        """Says that a commit has put entries into feeds. Cheap; called once a batch, after the commit."""
        self._database.log_grew.call()
        self._announcer.call()

    async def follow(self, opened: OpenFeed, place: int, wanted: EventFilter) -> AsyncGenerator[Look[bytes], None]:
        """What comes after a place of a feed, and then each as it comes, without end: encoded, if it is wanted.

        CursorExpired if the follower is so slow that what it has not read is kept no more.
        """
        with self._joined(opened) as feed:
            while True:
                seen = feed.grew.calls
                batch = await feed.tail.after(place, READ_ENTRIES)
                if not batch:
                    await feed.grew.wait(seen, POLL_S)
                    continue
                if batch[0].position != place + 1:
                    raise (await self._as_it_stands(opened)).expired("cursor")
                place = batch[-1].position
                told = [each for each in batch if wanted.lets_through(each.entry.copy)]
                yield Look(place, [Sighting(each.position, each.message) for each in told])

    async def run(self) -> None:
        """Wakes followers until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(supervise("announcing feeds", self._announcer.run, passes_by_itself))
            tasks.create_task(supervise("waking followers of feeds", self._wake, passes_by_itself))

    async def _wake(self) -> None:
        call = self._database.listen()
        while True:
            seen = call.calls
            if self._followed:
                for partner, latest in (await store.latest_positions(self._database.pool, self._followed)).items():
                    feed = self._followed.get(partner)
                    if feed and feed.latest < latest:
                        feed.latest = latest
                        feed.grew.call()
            await asyncio.sleep(PAUSE_S)
            await call.wait(seen, POLL_S)

    async def _as_it_stands(self, opened: OpenFeed) -> OpenFeed:
        feed = await store.find_feed(self._database.pool, opened.feed.partner)
        return OpenFeed(feed or opened.feed, opened.cursors)

    @contextmanager
    def _joined(self, opened: OpenFeed) -> Iterator[_FollowedFeed]:
        partner = opened.feed.partner
        feed = self._followed.setdefault(partner, _FollowedFeed(self._database, opened))
        feed.followers += 1
        try:
            yield feed
        finally:
            feed.followers -= 1
            if not feed.followers:
                del self._followed[partner]
