"""The gateway's clock: the machine's time, and how far ahead of it all go that share a database."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import asyncpg

from services.kernel.db import Connection, Database, passes_by_itself
from services.kernel.errors import GatewayError, Invalid, Kind, RequestMismatch
from services.kernel.idempotency import RequestKey
from services.kernel.signals import Signal
from services.kernel.supervise import supervise

CHANNEL = "gateway_clock"
LOOK_EVERY_S = 5.0
# The longest pause between tries to follow again after an outage of the database: until then what happened after a move
# of the clock is refused as in the future.
AGAIN_WITHIN_S = 0.4
MOVE_MAX = timedelta(days=366)
AHEAD_MAX = timedelta(days=100 * 366)


class ClockFixed(GatewayError):
    """This gateway goes by its machines' clocks, and nobody moves it."""

    kind, reason = Kind.REFUSED, "CLOCK_FIXED"


class ClockBackwards(GatewayError):
    """The clock would have to run backwards."""

    kind, reason = Kind.REFUSED, "CLOCK_BACKWARDS"


class ClockAhead(RuntimeError):
    """The database belongs to a sandbox whose clock was moved, and the process was told that there is none."""


@dataclass(frozen=True, slots=True)
class ClockMove:
    """Where the clock is to be moved, to an instant or by so much; who wants it, and why."""

    to: datetime | timedelta
    actor: str
    reason: str
    request_key: RequestKey


class GatewayClock:
    """Asking it costs no query: how far it is ahead is kept here, and read anew whenever somebody has moved it.

    `run` follows the moves of other processes, some milliseconds behind. A move through this one counts at once.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.ahead = timedelta(0)
        self.moved = Signal()

    @classmethod
    async def open(cls, database: Database) -> "GatewayClock":
        """The clock of a database that is migrated, as it stands."""
        clock = cls(database)
        await clock._read(database.pool)
        return clock

    def now(self) -> datetime:
        """The present instant, in UTC."""
        return datetime.now(UTC) + self.ahead

    def seconds(self) -> float:
        """The same in seconds since 1970, as tokens count."""
        return time.time() + self.ahead.total_seconds()

    async def advance(self, move: ClockMove) -> None:
        """Moves the clock on, for every process; a repeated move changes nothing. Raises ClockBackwards or Invalid."""
        async with self._database.transaction() as connection:
            await connection.execute("SELECT FROM gateway.clock FOR UPDATE")
            if not await _repeated(connection, move.request_key):
                await _advance(connection, move)
        await self._read(self._database.pool)

    async def run(self) -> None:
        """Follows the clock until cancelled, whoever moves it."""
        name = "following the gateway's clock"
        await supervise(name, self._follow, passes_by_itself, pause_to_s=AGAIN_WITHIN_S)

    async def _follow(self) -> None:
        connection = await self._database.dedicated(application_name=CHANNEL)
        news = Signal()
        connection.add_termination_listener(lambda _: news.call())
        try:
            await connection.add_listener(CHANNEL, lambda *_: news.call())
            while True:
                seen = news.calls
                await self._read(connection)
                await news.wait(seen, LOOK_EVERY_S)  # a look now and then finds one that is open and dead
        finally:
            connection.terminate()

    async def _read(self, connection: Connection | asyncpg.Pool) -> None:
        ahead: timedelta = await connection.fetchval("SELECT ahead FROM gateway.clock")
        if ahead > self.ahead:  # what is read late is older than what is known
            self.ahead = ahead
            self.moved.call()


async def require_unmoved(database: Database) -> None:
    """Raises ClockAhead where SQL would go by another time than the process does, by the machine's clock."""
    if ahead := await database.pool.fetchval("SELECT ahead FROM gateway.clock"):
        raise ClockAhead(f"The database is a sandbox's, whose clock is {ahead} ahead; DOSELANE_VIRTUAL_CLOCK is off.")


async def _repeated(connection: Connection, key: RequestKey) -> bool:
    """Whether this move was made already; raises RequestMismatch if its id was used for another."""
    known = await connection.fetchval(
        "SELECT body_hash FROM gateway.clock_move WHERE request_id = $1 AND partner = $2",
        key.request_id,
        key.partner,
    )
    if known is not None and known != key.body_hash:
        raise RequestMismatch(
            "This request id was used before with another body; use a new one.", request_id=key.request_id
        )
    return known is not None


async def _advance(connection: Connection, move: ClockMove) -> None:
    row = await connection.fetchrow("SELECT present() AS now, ahead FROM gateway.clock")
    assert row is not None
    now: datetime = row["now"]
    by = move.to if isinstance(move.to, timedelta) else move.to - now
    if by < timedelta(0):
        raise ClockBackwards("The gateway's clock only moves forward.", time=now)
    if by > MOVE_MAX or row["ahead"] + by > AHEAD_MAX:
        raise Invalid(f"The clock moves on by at most {MOVE_MAX.days} days at once.", field="to", time=now)
    await connection.execute("UPDATE gateway.clock SET ahead = ahead + $1", by)
    await connection.execute(
        "INSERT INTO gateway.clock_move (partner, request_id, body_hash, actor, reason, moved_from, moved_to)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        move.request_key.partner,
        move.request_key.request_id,
        move.request_key.body_hash,
        move.actor,
        move.reason,
        now,
        now + by,
    )
