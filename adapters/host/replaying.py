"""Reads many kept messages again, one after the other, beside what comes: a long work that stops and goes on."""

import logging
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from doselane.exchange.v1.exchange_pb2 import Message

from adapters.host import listing, replays
from adapters.host.intake import Intake
from adapters.host.replays import ACCEPTED, FAILED, REFUSED, REPEATED, Replay, ReplayState
from adapters.host.values import Account
from services.kernel.clock import Clock
from services.kernel.db import Database, passes_by_itself
from services.kernel.errors import Unavailable
from services.kernel.ids import uuid7
from services.kernel.signals import Signal

# How far it has come is kept after so many; after a crash these are read once more, which changes nothing.
AT_ONCE = 20
LEASE = timedelta(minutes=2)
# Another process may have been asked, or may have died.
LOOK_EVERY_S = 5.0
_ENDS = {Message.ACCEPTED: ACCEPTED, Message.REFUSED: REFUSED, Message.REPEATED: REPEATED}

log = logging.getLogger(__name__)


class Replayer:
    """The worker of a process: one replay at a time, so that reading again never holds up what comes new."""

    def __init__(self, database: Database, clock: Clock, intake: Intake, accounts: Mapping[str, Account]) -> None:
        self._database, self._clock, self._intake = database, clock, intake
        self.accounts, self._me, self._wake = accounts, uuid7(), Signal()

    def wake(self) -> None:
        """There may be something to read again."""
        self._wake.call()

    async def run(self) -> None:
        """Works off replays, oldest first, until cancelled."""
        while True:
            seen = self._wake.calls
            try:
                while replay := await replays.take(self._database.pool, self._me, list(self.accounts), LEASE):
                    await self._work(replay)
            except Exception as fault:
                if not (isinstance(fault, Unavailable) or passes_by_itself(fault)):
                    raise
                log.warning("replays wait for the database: %s", fault)
            await self._wake.wait(seen, LOOK_EVERY_S)

    async def _work(self, replay: Replay) -> None:
        going: Replay | None = replay if replay.total is not None else await self._counted(replay)
        while going is not None:
            going = await self._some(going)

    async def _some(self, replay: Replay) -> Replay | None:
        """Reads the next few; None when there is no more to do, or somebody else does it."""
        pool, after, last = self._database.pool, replay.after_id, replay.last_id
        assert after is not None and last is not None  # It is counted.
        found = await listing.ids(pool, replay.wanted, after, last, AT_ONCE)
        if not found:
            await replays.finish(pool, replay.id, ReplayState.DONE, self._clock.now())
            return None
        ends = Counter([await self._read_again(message_id, replay) for message_id in found])
        return await replays.move(pool, replay, self._me, found[-1], ends, LEASE)

    async def _counted(self, replay: Replay) -> Replay | None:
        pool, nobody = self._database.pool, UUID(int=0)
        total, first, last = await listing.span(pool, replay.wanted) or (0, nobody, nobody)
        return await replays.counted(pool, replay, self._me, total, first, last)

    async def _read_again(self, message_id: UUID, replay: Replay) -> str:
        try:
            found = await self._intake.rejudge(message_id, replay.reason, replay.actor, replay.traceparent)
        except Exception as fault:
            if isinstance(fault, Unavailable) or passes_by_itself(fault):
                raise
            log.exception("message %s could not be read again for replay %s", message_id, replay.id)
            return FAILED
        return _ENDS.get(found.state, FAILED) if found else FAILED
