"""Relaying feeds to topics: one process at a time carries all of them on, each from its place, in its order.

What was sent and not yet noted is sent again after a crash, and so is what two processes send that each believe to
lead. Each goes through a feed in its order, so the first record of a position never stands before one of those before
it: whoever passes over positions that are not higher than the highest so far reads the feed, whole and in order.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from services.kernel.bus.cloudevents import Record
from services.kernel.db import FAULTS, Connection, Database, passes_by_itself, wait_for_lock
from services.kernel.errors import Unavailable
from services.kernel.signals import Signal
from services.kernel.steps import in_steps
from services.kernel.supervise import supervise
from services.kernel.telemetry import meter
from services.streams import store
from services.streams.domain import Feed, FeedEntry

PAGE = 100  # entries of one feed at once
FEEDS_AT_ONCE = 20
POLL_S = 0.25  # should a call be missed, and for feeds that pause
SAVE_EVERY_S = 0.05  # what is younger than that is sent again after a crash
RETRY_FROM_S, RETRY_TO_S = 0.25, 30.0
LAG_EVERY_S = 5.0
GOODBYE_WITHIN_S = 1.0

log = logging.getLogger(__name__)


class FeedTopics(Protocol):
    """Where feeds are relayed to."""

    async def send(self, partner: str, records: Sequence[Record]) -> None:
        """Returns once the partner's topic keeps the records durably, in their order; raises Unavailable."""


@dataclass(slots=True)
class _Pause:
    """After so many failures in a row a feed rests until then, by the machine's clock."""

    failures: int
    until_s: float


class FeedRelay:
    """Relays all feeds. Any number may run; one works, the others stand by."""

    def __init__(self, database: Database, topics: FeedTopics, record_of: Callable[[FeedEntry], Record]) -> None:
        self._database, self._topics, self._record_of = database, topics, record_of
        self._sent = meter().create_counter("doselane.feed.relayed", description="Events that topics of feeds have")
        self._lag = meter().create_gauge("doselane.feed.lag", description="Events that a topic does not have yet")

    async def run(self) -> None:
        """Relays until cancelled."""
        await supervise("relaying feeds to their topics", self._once, passes_by_itself)

    async def _once(self) -> None:
        # The lock lives and dies with this connection, and places are saved over it: who has lost it saves no more.
        conn = await self._database.dedicated()
        try:
            await wait_for_lock(conn, f"doselane feed relay {self._database.schema}")
            await self._lead(conn)
        finally:
            with suppress(*FAULTS):
                await conn.close(timeout=GOODBYE_WITHIN_S)

    async def _lead(self, conn: Connection) -> None:
        self._places = await store.topic_places(conn)
        self._unsaved: set[str] = set()
        self._flying: set[str] = set()
        self._pauses: dict[str, _Pause] = {}
        self._news, self._lag_at_s = Signal(), 0.0
        log.info("relaying feeds to their topics")
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._hear())
                tasks.create_task(self._save_now_and_then(conn))
                while True:
                    seen = self._news.calls
                    for partner, entries in (await self._due()).items():
                        self._flying.add(partner)
                        tasks.create_task(self._send(partner, entries))
                    await self._news.wait(seen, POLL_S)
        finally:
            with suppress(*FAULTS):
                async with asyncio.timeout(GOODBYE_WITHIN_S):
                    await self._save(conn)

    async def _hear(self) -> None:
        call = self._database.listen()
        while True:
            seen = call.calls
            await call.wait(seen, POLL_S)
            self._news.call()

    async def _due(self) -> Mapping[str, list[FeedEntry]]:
        """The next entries of feeds that have some, of which none are on their way, and that need not rest."""
        feeds, now_s = await store.all_feeds(self._database.pool), asyncio.get_running_loop().time()
        self._report_lag(feeds, now_s)
        due = [feed for feed in feeds if self._is_due(feed, now_s)][:FEEDS_AT_ONCE]
        if not due:
            return {}
        places = {feed.partner: self._place(feed) for feed in due}
        found = await store.entries_of_feeds(self._database.pool, places, PAGE)
        for partner, entries in found.items():
            if entries[0].position > places[partner] + 1:
                gone = f"{places[partner] + 1} to {entries[0].position - 1}"
                log.error("the topic of %s goes without positions %s: they are kept no more", partner, gone)
        return found

    def _is_due(self, feed: Feed, now_s: float) -> bool:
        resting = self._pauses.get(feed.partner)
        return (
            feed.latest > self._place(feed)
            and feed.partner not in self._flying
            and (resting is None or resting.until_s <= now_s)
        )

    def _place(self, feed: Feed) -> int:
        """A new topic begins with the oldest entry that is kept."""
        return self._places.get(feed.partner, feed.earliest - 1)

    async def _send(self, partner: str, entries: Sequence[FeedEntry]) -> None:
        try:
            await self._topics.send(partner, await in_steps(self._record_of, entries))
        except Unavailable as fault:
            self._rest(partner, fault)
        else:
            self._places[partner] = entries[-1].position
            self._unsaved.add(partner)
            self._pauses.pop(partner, None)
            self._sent.add(len(entries), {"partner": partner})
        finally:
            self._flying.discard(partner)
            self._news.call()

    def _rest(self, partner: str, fault: Unavailable) -> None:
        """A topic that does not take its feed holds up no other."""
        failures = self._pauses[partner].failures + 1 if partner in self._pauses else 1
        pause_s = min(RETRY_FROM_S * 2 ** (failures - 1), RETRY_TO_S)
        self._pauses[partner] = _Pause(failures, asyncio.get_running_loop().time() + pause_s)
        log.warning("the feed of %s waits for its topic, again in %g s: %s", partner, pause_s, fault)

    async def _save_now_and_then(self, conn: Connection) -> None:
        while True:
            await asyncio.sleep(SAVE_EVERY_S)
            await self._save(conn)

    async def _save(self, conn: Connection) -> None:
        moved = {partner: self._places[partner] for partner in self._unsaved}
        if moved:
            await store.save_topic_places(conn, moved)
            self._unsaved -= {partner for partner, place in moved.items() if self._places[partner] == place}

    def _report_lag(self, feeds: Sequence[Feed], now_s: float) -> None:
        if now_s - self._lag_at_s > LAG_EVERY_S:
            self._lag_at_s = now_s
            for feed in feeds:
                self._lag.set(feed.latest - self._place(feed), {"partner": feed.partner})
