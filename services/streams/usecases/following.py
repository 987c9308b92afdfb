"""Following feeds: all who follow one share what is read and encoded, and each reads on when it has sent the last."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
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
READ_AT_ONCE = 50  # feeds that grew, of which so many are read by one query
# What is kept in memory of a feed that somebody follows.
KEPT_ENTRIES_MAX = 2000
KEPT_BYTES_MAX = 4_000_000
POLL_S = 0.25  # should a call be missed
# News come in bursts; one look is enough for those of a moment. To wake who follows a feed takes some 0.3 ms, for one
# event as for ten: where many feeds grow at once, looks are rarer and bring more.
PAUSE_S = 0.002
PAUSE_OF_FEED_S, PAUSE_S_MAX = 0.001, 0.05


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


class FollowedFeed:
    """The newest part of a feed that somebody follows."""

    def __init__(self, database: Database, opened: OpenFeed) -> None:
        self._database, self._opened = database, opened
        self.followers, self.latest = 0, opened.feed.latest
        self.awaited: int | None = None  # the place at whose end somebody waits
        self.grew = Signal()
        self.tail = LogTailCache(self._read, self.grew, rows_max=KEPT_ENTRIES_MAX, bytes_max=KEPT_BYTES_MAX)

    async def _read(self, place: int, limit: int) -> list[ServedEntry]:
        return self._served(await store.entries_after(self._database.pool, self._opened.feed.partner, place, limit))

    def _served(self, found: Sequence[FeedEntry]) -> list[ServedEntry]:
        return [ServedEntry(entry, self._opened.cursors) for entry in found]

    async def after(self, place: int, limit: int) -> list[ServedEntry]:
        """What comes after a place, as far as the feed is known to go; only `run` looks whether it goes further."""
        return await self.tail.after(place, limit) if place < self.latest else []

    async def wait_behind(self, place: int, seen: int, timeout_s: float = POLL_S) -> bool:
        """Until it grew since so many calls; False when the time is up."""
        self.awaited = place
        return await self.grew.wait(seen, timeout_s)

    def grow(self, latest: int, found: Sequence[FeedEntry]) -> None:
        """It goes to here now; what was read of it is kept for all, and those who wait are woken."""
        self.latest, self.awaited = latest, None
        self.tail.take(self._served(found))
        self.grew.call()


class FeedFollowers:
    """Who follows which feed. `run` says to those whose feed grew that it did, whichever process made it grow."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._followed: dict[str, FollowedFeed] = {}
        self._announcer = Announcer(database, log_channel(database.schema))
        # Called after feeds were read and before those who follow are told: what was changed before is seen by then.
        self.before_telling: list[Callable[[], Awaitable[None]]] = []

    def recorded(self) -> None:
        """Says that a commit has put entries into feeds. Cheap; called once a batch, after the commit."""
        self._database.log_grew.call()
        self._announcer.call()

    async def follow(self, opened: OpenFeed, place: int, wanted: EventFilter) -> AsyncGenerator[Look[bytes], None]:
        """What comes after a place of a feed, and then each as it comes, without end: encoded, if it is wanted.

        CursorExpired if the follower is so slow that what it has not read is kept no more.
        """
        with self.joined(opened) as feed:
            while True:
                seen = feed.grew.calls
                batch = await feed.after(place, READ_ENTRIES)
                if not batch:
                    await feed.wait_behind(place, seen)
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
            seen, grew = call.calls, 0
            if self._followed:
                grew = await self._look()
            await asyncio.sleep(min(PAUSE_S + grew * PAUSE_OF_FEED_S, PAUSE_S_MAX))
            await call.wait(seen, POLL_S)

    async def _look(self) -> int:
        """Reads on in all feeds that grew and at whose end somebody waits, and wakes those; how many grew."""
        pool = self._database.pool
        latest = await store.latest_positions(pool, self._followed)
        grew = [partner for partner, place in latest.items() if self._behind(partner, place)]
        for few in (grew[start : start + READ_AT_ONCE] for start in range(0, len(grew), READ_AT_ONCE)):
            followed = {partner: feed for partner in few if (feed := self._followed.get(partner))}
            places = {partner: feed.awaited for partner, feed in followed.items() if feed.awaited is not None}
            found = await store.entries_of_feeds(pool, places, READ_ENTRIES) if places else {}
            for each in self.before_telling:
                await each()
            for partner, feed in followed.items():
                feed.grow(latest[partner], found.get(partner, ()))
        return len(grew)

    def _behind(self, partner: str, latest: int) -> bool:
        feed = self._followed.get(partner)
        return feed is not None and feed.latest < latest

    async def _as_it_stands(self, opened: OpenFeed) -> OpenFeed:
        feed = await store.find_feed(self._database.pool, opened.feed.partner)
        return OpenFeed(feed or opened.feed, opened.cursors)

    @contextmanager
    def joined(self, opened: OpenFeed) -> Iterator[FollowedFeed]:
        """The newest part of a feed, shared by all who follow it at the same time."""
        partner = opened.feed.partner
        feed = self._followed.setdefault(partner, FollowedFeed(self._database, opened))
        feed.followers += 1
        try:
            yield feed
        finally:
            feed.followers -= 1
            if not feed.followers:
                del self._followed[partner]
