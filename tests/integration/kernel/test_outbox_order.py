"""Order of commit is not order of numbers: what relay_step makes of transactions that overlap."""

import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import asyncpg
import pytest

from services.kernel import event_log, outbox
from services.kernel.db import Database
from services.kernel.event import Event
from tests.support.line import an_event

TOKEN = 0


async def step(database: Database, limit: int = 1000) -> list[asyncpg.Record]:
    """One step of a relay."""
    moved = await database.pool.fetch("SELECT position FROM relay_step($1, $2, NULL)", TOKEN, limit)
    rows = await database.pool.fetch(
        "SELECT * FROM event_log WHERE position = ANY ($1) ORDER BY position", [row["position"] for row in moved]
    )
    assert [row["position"] for row in moved] == [row["position"] for row in rows]  # they come in order
    return rows


async def gaps(database: Database) -> list[asyncpg.Record]:
    """The numbers that may still come."""
    return await database.pool.fetch("SELECT missing, seen_by FROM relay_gap")


@pytest.fixture
async def slow(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """A connection beside the pool, for a transaction that takes its time."""
    conn = await database.dedicated()
    yield conn
    await conn.close()


async def save(database: Database, *events: Event) -> None:
    async with database.transaction() as conn:
        await outbox.append(conn, events)


async def test_a_lower_number_that_commits_later_is_not_skipped(database: Database, slow: asyncpg.Connection) -> None:
    async with slow.transaction():
        await outbox.append(slow, [an_event("slots/late")])
        await save(database, an_event("slots/early"))
        first = await step(database)
    second = await step(database)
    assert [(row["position"], row["seq"], row["subject"]) for row in [*first, *second]] == [
        (1, 2, "slots/early"),
        (2, 1, "slots/late"),
    ]
    assert (await event_log.verify(database.pool)).count == 2


async def test_a_gap_stays_open_for_as_long_as_its_transaction_runs(
    database: Database, slow: asyncpg.Connection
) -> None:
    async with slow.transaction():
        await outbox.append(slow, [an_event("slots/late")])
        for number in range(20):
            await save(database, an_event(f"slots/{number}"))
            assert len(await step(database, limit=1)) == 1
        assert len(await gaps(database)) == 1
    assert [row["subject"] for row in await step(database)] == ["slots/late"]
    assert await gaps(database) == []


async def test_numbers_that_were_rolled_back_are_given_up(database: Database, slow: asyncpg.Connection) -> None:
    rolled_back = slow.transaction()
    await rolled_back.start()
    await outbox.append(slow, [an_event(), an_event(sequence=2)])
    await save(database, an_event("slots/2"))
    await step(database)
    await rolled_back.rollback()
    assert await gaps(database)
    for _ in range(3):
        await step(database)
    assert await gaps(database) == []
    await save(database, an_event("slots/3"))
    assert [row["position"] for row in await step(database)] == [2]


async def test_a_step_that_ends_with_a_late_event_does_not_move_others_again(
    database: Database, slow: asyncpg.Connection
) -> None:
    async with slow.transaction():
        await outbox.append(slow, [an_event("slots/late")])
        await save(database, an_event("slots/1"), an_event("slots/2"))
        await step(database)
    await step(database)
    assert await step(database) == []
    await save(database, an_event("slots/3"))
    assert [row["position"] for row in await step(database)] == [4]


async def test_a_transaction_has_its_id_before_it_draws_a_number(database: Database, slow: asyncpg.Connection) -> None:
    default = await database.pool.fetchval(
        "SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef d"
        " JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum"
        " WHERE adrelid = to_regclass('outbox') AND attname = 'seq'"
    )
    await slow.execute(
        "SELECT nextval('outbox_seq')"
    )  # so that the next draw writes no WAL, which would give an id too
    async with slow.transaction():
        await slow.fetchval(f"SELECT {default}")
        assert await slow.fetchval("SELECT pg_current_xact_id_if_assigned()") is not None


async def test_an_event_that_the_bus_would_not_take_is_refused_in_its_own_transaction(database: Database) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await save(database, an_event(data=bytes(1_000_001)))
    await save(database, an_event(data=bytes(1_000_000)))
    assert len(await step(database)) == 1


class History:
    """Overlapping transactions that lock the subjects they write, as services do, beside a relay that steps."""

    def __init__(self, database: Database, chance: random.Random) -> None:
        self.database = database
        self.chance = chance
        self.committed: dict[str, list[int]] = {}
        self.open: list[tuple[asyncpg.Connection, asyncpg.transaction.Transaction, dict[str, int]]] = []
        self.idle: list[asyncpg.Connection] = []
        self.moved: list[asyncpg.Record] = []
        self.met: Counter[str] = Counter()

    async def run(self, actions: int) -> None:
        async with AsyncExitStack() as stack:
            for _ in range(4):
                conn = await self.database.dedicated()
                self.idle.append(conn)
                stack.push_async_callback(conn.close)
            for _ in range(actions):
                await self.chance.choice([self.begin, self.write, self.write, self.end, self.relay])()
            while self.open:
                await self.end()
            while rest := await step(self.database, 7):
                self.keep(rest)

    async def begin(self) -> None:
        if self.idle:
            conn = self.idle.pop()
            transaction = conn.transaction()
            await transaction.start()
            self.open.append((conn, transaction, {}))

    async def write(self) -> None:
        if not self.open:
            return
        conn, _, written = self.chance.choice(self.open)
        locked = {subject for other, _, theirs in self.open if other is not conn for subject in theirs}
        free = [subject for subject in map("slots/{}".format, range(8)) if subject not in locked]
        if free:
            subject = self.chance.choice(free)
            written[subject] = written.get(subject, len(self.committed.get(subject, []))) + 1
            await outbox.append(conn, [an_event(subject, written[subject])])

    async def end(self) -> None:
        if not self.open:
            return
        conn, transaction, written = self.open.pop(self.chance.randrange(len(self.open)))
        if self.chance.random() < 0.25:
            await transaction.rollback()
            self.met["rolled back"] += bool(written)
        else:
            await transaction.commit()
            for subject, last in written.items():
                known = self.committed.setdefault(subject, [])
                known.extend(range(len(known) + 1, last + 1))
        self.idle.append(conn)

    async def relay(self) -> None:
        self.keep(await step(self.database, self.chance.choice([1, 3, 1000])))

    def keep(self, rows: list[asyncpg.Record]) -> None:
        highest = max((row["seq"] for row in self.moved), default=0)
        self.met["late"] += sum(row["seq"] < highest for row in rows)
        self.moved += rows

    def broken(self) -> list[str]:
        """The promises that do not hold."""
        told = []
        if [row["position"] for row in self.moved] != list(range(1, len(self.moved) + 1)):
            told.append("positions have gaps or repeats")
        for subject, expected in self.committed.items():
            if [row["sequence"] for row in self.moved if row["subject"] == subject] != expected:
                told.append(f"{subject} is not complete and in order")
        return told


@pytest.mark.parametrize("seed", range(5))
async def test_whatever_overlaps_every_committed_event_gets_one_position_in_its_subjects_order(
    database: Database, seed: int
) -> None:
    history = History(database, random.Random(seed))
    await history.run(actions=400)
    assert history.broken() == []
    assert history.met["late"]
    assert history.met["rolled back"]
    assert await gaps(database) == [] or await still_settling(database)
    assert (await event_log.verify(database.pool)).intact


async def still_settling(database: Database) -> bool:
    """Gaps go when the id of the step that followed them has passed."""
    for _ in range(3):
        await step(database)
    return await gaps(database) == []


async def test_the_histories_catch_a_relay_that_follows_the_numbers_only(database: Database) -> None:
    await database.pool.execute(
        "CREATE OR REPLACE FUNCTION relay_note_gaps(old_position bigint, old_high bigint, new_high bigint,"
        " horizon xid8, read_to bigint) RETURNS void LANGUAGE sql AS $$ SELECT $$"
    )
    history = History(database, random.Random(1))
    await history.run(actions=400)
    assert any("complete" in told for told in history.broken())
