"""Delivering to all endpoints: any number of processes share the work, a turn at a time."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

from services.kernel.db import passes_by_itself
from services.kernel.ids import uuid7
from services.kernel.signals import Signal
from services.kernel.supervise import supervise
from services.streams import store
from services.streams.domain import FeedEntry
from services.streams.events import cloud_event
from services.streams.store import EndpointLease
from services.streams.usecases.endpoint_ledger import DeliveryParts
from services.streams.usecases.endpoint_turn import EndpointTurn

TURNS_MAX = 64  # at once, of one process
CLAIMED_AT_ONCE = 4  # so that others get some too
LOOK_EVERY_S = 0.25  # for what is due; news call
BODIES_KEPT = 2000

log = logging.getLogger(__name__)


class EncodedBodies:
    """The newest bodies, as several endpoints of a partner are sent the same."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, int], bytes] = OrderedDict()

    def of(self, entry: FeedEntry) -> bytes:
        """The entry as it is sent: a CloudEvent in its structured mode."""
        key = entry.copy.partner, entry.position
        body = self._kept.get(key)
        if body is None:
            body = self._kept[key] = cloud_event(entry)
            if len(self._kept) > BODIES_KEPT:
                self._kept.popitem(last=False)
        return body


class EndpointDeliverer:
    """Gives turns to endpoints that have something to do."""

    def __init__(self, parts: DeliveryParts) -> None:
        self._parts, self._database = parts, parts.transactions.database
        self._turns: set[asyncio.Task[None]] = set()
        self._news = Signal()
        self._staying: set[EndpointTurn] = set()
        parts.clock.moved.followed_by(self._news.call)
        if parts.followers:
            parts.followers.before_telling.append(self._tell_what_changed)

    async def run(self) -> None:
        """Delivers until cancelled."""
        await supervise("delivering webhooks", self._run, passes_by_itself)

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._hear())
            while True:
                seen, free = self._news.calls, TURNS_MAX - len(self._turns)
                claimed: list[EndpointLease] = []
                limit = min(free, CLAIMED_AT_ONCE)
                if limit > 0:
                    now = self._parts.clock.now()
                    claimed = await store.claim(self._database.pool, uuid7(), self._parts.lease, now, limit)
                for lease in claimed:
                    turn = tasks.create_task(self._turn(lease))
                    self._turns.add(turn)
                    turn.add_done_callback(self._ended)
                if limit > 0 and len(claimed) == limit:  # there may be more
                    await asyncio.sleep(0)
                else:
                    await self._news.wait(seen, LOOK_EVERY_S)

    @contextmanager
    def _stays(self, turn: EndpointTurn) -> Iterator[None]:
        """While it follows its feed, a turn is told when something else is to be done for its endpoint."""
        self._staying.add(turn)
        try:
            yield
        finally:
            self._staying.discard(turn)

    def _has_room(self) -> bool:
        return len(self._turns) <= TURNS_MAX // 2

    async def _tell_what_changed(self) -> None:
        staying = {turn.endpoint_id: turn for turn in self._staying}
        if staying:
            now = self._parts.clock.now()
            versions = await store.undisturbed_versions(self._database.pool, staying, now)
            for endpoint_id, turn in staying.items():
                turn.stands_at(versions.get(endpoint_id))

    def _ended(self, turn: asyncio.Task[None]) -> None:
        self._turns.discard(turn)
        self._news.call()

    async def _hear(self) -> None:
        """Feeds grew."""
        call = self._database.listen()
        while True:
            seen = call.calls
            if await call.wait(seen, LOOK_EVERY_S):
                self._news.call()

    async def _turn(self, lease: EndpointLease) -> None:
        """One turn. After a fault that passes by itself somebody takes the endpoint up again. Any other is of this
        endpoint, of what it is sent or answers: it is left alone for a while, so that others' go on."""
        try:
            pool, cipher = self._database.pool, await self._parts.cipher()
            endpoint = await store.find_endpoint(pool, cipher, lease.endpoint_id, None)
            if endpoint is not None:
                waiting = await store.waiting(pool, lease.endpoint_id)
                await EndpointTurn(self._parts, lease, endpoint, waiting, self._stays, self._has_room).run()
        except* Exception as faults:
            _, others = faults.split(passes_by_itself)
            if others is None:
                log.warning("delivering to endpoints/%s pauses: %r", lease.endpoint_id, faults.exceptions[0])
            else:
                log.error("delivering to endpoints/%s failed; it rests", lease.endpoint_id, exc_info=others)
