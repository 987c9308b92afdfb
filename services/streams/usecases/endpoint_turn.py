"""One turn of delivering to an endpoint: what is new in the feed, what waits, what is recovered, what is to be told.

Events of a subject go one after the other, subjects beside each other. The place that is kept is that before the first
event which is neither delivered nor waiting; so whoever goes on after a crash may send some again, and misses none.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from datetime import timedelta
from random import random
from uuid import UUID

from services.kernel.cursors import Cursors
from services.kernel.db import passes_by_itself
from services.streams import events, store
from services.streams.domain import EventFilter, Feed, FeedEntry
from services.streams.domain.endpoint import Endpoint, EndpointState, FeedRecovery
from services.streams.domain.endpoint_delivery import (
    AttemptCause,
    EndpointNotice,
    ParkedEvent,
    ParkReason,
    WaitingSubject,
    WebhookMessage,
)
from services.streams.domain.endpoint_retries import WebhookOutcome, next_try_at
from services.streams.store import EndpointLease
from services.streams.usecases.endpoint_ledger import DeliveryParts, EndpointLeaseLost, TurnLedger
from services.streams.usecases.endpoint_sender import WebhookSender
from services.streams.usecases.endpoint_tries import TriedEvent, parked_event, tried_event
from services.streams.usecases.reading import OpenFeed
from services.streams.usecases.sending_width import SENDING_MAX, SendingWidth

PAGE = 100
WINDOW = 200  # events that are taken and not settled
TURN_S_MAX = 30.0
SAVE_EVERY_S = 0.1
STAY_S = 0.1  # behind a feed that does not grow
RELEASE_S_MAX = 2.0
FAULT_REST = timedelta(minutes=1)  # after a fault of ours, so that it is not met again and again
# After so many misses in a row what is new stays in the feed for a while, as it does of an endpoint that fails.
MISSES_MAX = 10
WINDOW_FAILING, MISSES_FAILING_MAX = 20, 3


class EndpointTurn:
    """Delivers to one endpoint, until nothing is left to do now or the turn has lasted long enough."""

    def __init__(
        self,
        parts: DeliveryParts,
        lease: EndpointLease,
        endpoint: Endpoint,
        waiting: Sequence[WaitingSubject],
        stays: "Callable[[EndpointTurn], AbstractContextManager[None]]",
        may_stay: Callable[[], bool],
    ) -> None:
        self._parts, self._lease, self._waiting = parts, lease, waiting
        self._stays, self._may_stay = stays, may_stay
        self._database = parts.transactions.database
        self._ledger = TurnLedger(parts, lease, endpoint)
        self._endpoint = endpoint
        self._sender = WebhookSender(parts.poster, parts.pusher, parts.clock, endpoint)
        self._read_to = endpoint.place
        self._unsettled: dict[int, None] = {}  # positions, in their order
        self._chains: dict[str, deque[FeedEntry]] = {}
        self._ready: deque[str] = deque()  # subjects with a chain of which nothing is on its way
        self._senders = 0
        self._width = SendingWidth()
        self._blocked = {each.subject for each in waiting}
        self._sending = asyncio.Semaphore(SENDING_MAX)
        self._settled = asyncio.Event()
        self._done = asyncio.Event()
        self._misses = 0
        self._resting = False
        self._ends_s = asyncio.get_running_loop().time() + TURN_S_MAX

    async def run(self) -> None:
        """Works, saving now and then, and gives the endpoint back; also when it is cancelled."""
        try:
            await self._work()
        except asyncio.CancelledError:
            if not self._ledger.torn:
                with suppress(Exception):  # What is not saved is sent again, so this is worth no more than a try.
                    await self._ledger.save(self._place)
            raise
        except ExceptionGroup as faults:
            if faults.split(passes_by_itself)[1]:
                rests_until = self._parts.clock.now() + FAULT_REST
                await store.rest(self._database.pool, self._endpoint.id, rests_until, None)
            raise
        finally:
            async with asyncio.timeout(RELEASE_S_MAX):
                await store.release(self._database.pool, self._lease)

    @property
    def endpoint_id(self) -> UUID:
        """Whose turn it is."""
        return self._endpoint.id

    def stands_at(self, version: int | None) -> None:
        """The endpoint is stored in this version (None: something else is to be done for it); another ends the turn."""
        if version != self._ledger.endpoint.version:
            self._ledger.changed_by_others = True

    async def _work(self) -> None:
        try:
            async with asyncio.TaskGroup() as around:
                around.create_task(self._save_now_and_then())
                async with asyncio.TaskGroup() as self._tasks:
                    await self._begin()
                self._done.set()
        except* EndpointLeaseLost:
            pass

    @property
    def _place(self) -> int:
        return next(iter(self._unsettled), self._read_to + 1) - 1

    @property
    def _goes_on(self) -> bool:
        return not self._resting and not self._ledger.changed_by_others

    @property
    def _in_time(self) -> bool:
        return self._goes_on and asyncio.get_running_loop().time() < self._ends_s

    async def _begin(self) -> None:
        now = self._parts.clock.now()
        notices = await store.notices(self._database.pool, self._endpoint.id, now)
        self._tasks.create_task(self._tell_second_channel(notices))
        if self._endpoint.state is EndpointState.DISABLED:
            return
        for each in self._waiting:
            if each.next_at <= now:
                self._tasks.create_task(self._catch_up(each))
        recovery = self._endpoint.recovery
        if recovery and (recovery.next_at or now) <= now:
            self._tasks.create_task(self._recover(recovery))
        self._tasks.create_task(self._take())

    # What is new.

    async def _take(self) -> None:
        """Takes what is new in the feed. What a waiting subject has to say is left there for its turn."""
        feed = await store.find_feed(self._database.pool, self._endpoint.partner)
        if feed is None:
            return
        if not feed.keeps_after(self._read_to):
            self._not_kept(self._read_to + 1, feed.earliest - 1)
            self._read_to = feed.earliest - 1
        failing = self._endpoint.state is EndpointState.FAILING
        window, misses_max = (WINDOW_FAILING, MISSES_FAILING_MAX) if failing else (WINDOW, MISSES_MAX)
        while self._in_time and self._read_to < feed.latest and len(self._blocked) < store.WAITING_MAX:
            if self._misses >= misses_max:
                self._ledger.pausing = True
                return
            limit = min(PAGE, window - len(self._unsettled))
            if limit <= 0:
                self._settled.clear()
                await self._settled.wait()
                continue
            page = await self._entries(self._read_to, limit, self._endpoint.wanted, feed.latest)
            for entry in page:
                self._add(entry)
            self._read_to = page[-1].position if len(page) == limit else feed.latest
        await self._follow(feed)

    async def _follow(self, feed: Feed) -> None:
        """Takes what comes, until nothing did for a moment: to begin a turn costs more than to send an event."""
        followers, cursors = self._parts.followers, await Cursors.of(self._database, "feed", feed.partner)
        if followers is None or not self._is_at_ease:
            return
        with followers.joined(OpenFeed(feed, cursors)) as followed, self._stays(self):
            while self._in_time and self._is_at_ease:
                limit, seen = min(PAGE, WINDOW - len(self._unsettled)), followed.grew.calls
                if limit <= 0:
                    self._settled.clear()
                    await self._settled.wait()
                elif batch := await followed.after(self._read_to, limit):
                    if batch[0].position != self._read_to + 1:
                        return  # what is kept no more is told by the next turn
                    for each in batch:
                        if self._endpoint.wanted.lets_through(each.entry.copy):
                            self._add(each.entry)
                    self._read_to = batch[-1].position
                elif not await followed.wait_behind(self._read_to, seen, STAY_S):
                    return

    @property
    def _is_at_ease(self) -> bool:
        """Whether nothing is to be done but to send what comes."""
        fares_well = self._endpoint.state is EndpointState.ENABLED and not (self._blocked or self._misses)
        return fares_well and self._endpoint.recovery is None and self._may_stay()

    def _add(self, entry: FeedEntry) -> None:
        subject = entry.copy.subject
        if subject in self._blocked or not self._endpoint.is_sent(subject):
            return
        self._unsettled[entry.position] = None
        if subject in self._chains:
            self._chains[subject].append(entry)
        else:
            self._chains[subject] = deque([entry])
            self._ready.append(subject)
            self._employ()

    def _employ(self) -> None:
        """One more sender, if there is something for it to send and the endpoint is to be sent more at once."""
        if self._ready and self._senders < self._width.at_once:
            self._senders += 1
            self._tasks.create_task(self._send_what_is_ready())

    async def _send_what_is_ready(self) -> None:
        try:
            while self._ready and self._senders <= self._width.at_once:
                await self._send_next(self._ready.popleft())
                self._employ()
        finally:
            self._senders -= 1

    async def _send_next(self, subject: str) -> None:
        """Sends the next of a subject's new events; those behind it follow, as long as they are taken."""
        chain = self._chains[subject]
        tried = await self._send(chain[0], AttemptCause.FEED)
        if tried and tried.settled:
            self._settle(chain.popleft())
            if chain:
                self._ready.append(subject)
                return
        elif tried:
            self._blocked.add(subject)
            self._ledger.waiting[subject] = tried.waiting
            for each in chain:
                self._settle(each)
        del self._chains[subject]
        self._settled.set()  # also if it left off: whoever waits for room looks whether to go on at all

    def _settle(self, entry: FeedEntry) -> None:
        del self._unsettled[entry.position]
        self._settled.set()

    # What waits.

    async def _catch_up(self, waiting: WaitingSubject) -> None:
        """Sends what a subject waits with, and then what came behind it, until it has caught up with what was taken."""
        subject, wanted = waiting.subject, replace(self._endpoint.wanted, subjects=(waiting.subject,))
        feed = await store.find_feed(self._database.pool, self._endpoint.partner)
        if feed and not feed.keeps_after(waiting.position - 1):
            self._not_kept(waiting.position, waiting.position)
        while self._in_time:
            through = self._read_to
            page = await self._entries(waiting.position - 1, PAGE, wanted, through)
            if not page and through == self._read_to:
                self._blocked.discard(subject)
                self._ledger.waiting[subject] = None
                return
            for entry in page:
                before = waiting if entry.position == waiting.position else None
                tried = await self._send(entry, AttemptCause.FEED, before)
                if tried is None:
                    return
                waiting = self._ledger.waiting[subject] = tried.waiting
                if not tried.settled:
                    return

    # What is sent again because somebody asked for it.

    async def _recover(self, recovery: FeedRecovery) -> None:
        """Sends a part of the feed again. What is not taken holds up the rest of it."""
        while self._in_time:
            page = await self._entries(recovery.place, PAGE, self._endpoint.wanted, recovery.last)
            if not page:
                self._ledger.recovery = None
                return
            chains: dict[str, list[FeedEntry]] = {}
            for entry in filter(lambda each: self._endpoint.is_sent(each.copy.subject), page):
                chains.setdefault(entry.copy.subject, []).append(entry)
            ends = await asyncio.gather(*(self._recover_chain(chain, recovery) for chain in chains.values()))
            stopped = min((end for end in ends if end), key=lambda end: end[0].position, default=None)
            if stopped is None:
                recovery = self._ledger.recovery = FeedRecovery(page[-1].position, recovery.last)
                continue
            if tried := stopped[1]:
                failed = tried.waiting
                self._ledger.recovery = FeedRecovery(
                    failed.position - 1, recovery.last, failed.failures, failed.next_at, failed.give_up_at
                )
            return

    async def _recover_chain(
        self, chain: Sequence[FeedEntry], recovery: FeedRecovery
    ) -> tuple[FeedEntry, TriedEvent | None] | None:
        """The event at which it stopped, with what came back if it was sent; None if all were taken or given up."""
        for entry in chain:
            before = None
            if entry.position == recovery.place + 1 and recovery.next_at:
                subject = entry.copy.subject
                before = WaitingSubject(
                    subject, entry.position, recovery.failures, recovery.next_at, recovery.give_up_at
                )
            tried = await self._send(entry, AttemptCause.RECOVERY, before)
            if tried is None or not tried.settled:
                return entry, tried
        return None

    # What the second channel is told.

    async def _tell_second_channel(self, notices: Sequence[EndpointNotice]) -> None:
        for notice in notices:
            message = WebhookMessage(notice.event_id, notice.type, self._endpoint.name, None, notice.body)
            url = self._endpoint.second_channel_url
            attempt = await self._sender.send(url, message, AttemptCause.SECOND_CHANNEL, notice.failures + 1)
            if not attempt.delivered:
                asked = attempt.answer.asks_for_rest(attempt.sent_at)
                again = next_try_at(attempt.sent_at, notice.failures + 1, notice.give_up_at, asked, random())
                attempt = replace(attempt, next_try_at=again)
            self._ledger.notice_tried(notice, attempt)

    # What all of them need.

    async def _entries(self, place: int, limit: int, wanted: EventFilter, through: int) -> list[FeedEntry]:
        pool, partner = self._database.pool, self._endpoint.partner
        return await store.entries_after(pool, partner, place, limit, wanted, through=through)

    async def _send(
        self, entry: FeedEntry, cause: AttemptCause, before: WaitingSubject | None = None
    ) -> TriedEvent | None:
        """Sends an event; None if nothing more is to be sent now. `before`: how it failed before."""
        async with self._sending:
            if not self._goes_on:
                return None
            failures = before.failures + 1 if before else 1
            message = events.webhook_message(entry, self._parts.body_of(entry))
            attempt = await self._sender.send(self._endpoint.url, message, cause, failures)
        self._width.took(attempt.answer.latency_ms)
        tried = tried_event(entry, attempt, failures, before.give_up_at if before else None)
        self._ledger.tried(tried.attempt, failures)
        if attempt.delivered:
            self._misses = 0
            if cause is AttemptCause.RECOVERY:
                self._ledger.unparked.append(entry.position)
            return tried
        self._misses += 1
        if attempt.answer.outcome is WebhookOutcome.GONE or attempt.answer.asks_for_rest(attempt.sent_at):
            self._resting = True
        if tried.settled:
            self._ledger.parked.append(parked_event(tried.attempt, ParkReason.OUT_OF_TIME))
        return tried

    def _not_kept(self, first: int, last: int) -> None:
        """A part of the feed went before it could be sent; it is said, as it cannot be sent any more."""
        self._ledger.parked.append(ParkedEvent(first, last, ParkReason.NOT_KEPT, self._parts.clock.now()))

    async def _save_now_and_then(self) -> None:
        """Saves what is new, and all in the end. It ends by itself: a save that is cut off loses what it took."""
        done = False
        while not done:
            with suppress(TimeoutError):
                async with asyncio.timeout(SAVE_EVERY_S):
                    await self._done.wait()
            done = self._done.is_set()  # asked before the save: what ends during one is saved by the next
            if done or self._ledger.is_due(self._place):
                await self._ledger.save(self._place)
