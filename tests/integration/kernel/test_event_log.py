"""The log can be proved, read and followed."""

import pytest

from services.kernel import event_log, outbox
from services.kernel.bus.memory import MemoryBus
from services.kernel.db import Database
from services.kernel.event_log import Logged
from tests.support.line import Line, Seen, a_database, a_history, an_event, running


async def log_of(database: Database, count: int) -> None:
    """Fills the log with so many events."""
    async with database.transaction() as conn:
        await outbox.append(conn, a_history(subjects=1, each=count))
    await database.pool.fetch("SELECT * FROM relay_step(0, $1, NULL)", count)


async def test_an_untouched_log_proves_true(database: Database) -> None:
    await log_of(database, 1500)
    assert await event_log.verify(database.pool) == event_log.Verified(1500)


@pytest.mark.parametrize(
    "change",
    [
        "data = set_byte(data, 0, 0)",
        "subject = 'slots/2'",
        "sequence = sequence + 1",
        "time = time + interval '1 microsecond'",
        "logged_at = logged_at - interval '1 microsecond'",
        "event_id = uuidv7()",
        "seq = seq + 1000",
        "partner = 'partners/harbor'",
        "actor = ''",
        "reason = reason || ' '",
        "type = upper(type)",
        "source = ''",
        "traceparent = ''",
        "hash = set_byte(hash, 31, 1 # get_byte(hash, 31))",
    ],
)
async def test_any_change_to_a_row_is_found_at_its_position(database: Database, change: str) -> None:
    await log_of(database, 9)
    await database.pool.execute(f"UPDATE event_log SET {change} WHERE position = 5")
    found = await event_log.verify(database.pool)
    assert (found.broken_at, found.count, found.intact) == (5, 4, False)


async def test_a_removed_row_is_found(database: Database) -> None:
    await log_of(database, 9)
    await database.pool.execute("DELETE FROM event_log WHERE position = 4")
    found = await event_log.verify(database.pool)
    assert found.broken_at == 4
    assert "missing" in found.problem


async def test_two_rows_that_changed_places_are_found(database: Database) -> None:
    await log_of(database, 9)
    await database.pool.execute("UPDATE event_log SET position = 100 WHERE position = 3")
    await database.pool.execute("UPDATE event_log SET position = 3 WHERE position = 4")
    await database.pool.execute("UPDATE event_log SET position = 4 WHERE position = 100")
    assert (await event_log.verify(database.pool)).broken_at == 3


async def test_a_text_moved_from_one_field_to_the_next_is_found(database: Database) -> None:
    await log_of(database, 3)
    await database.pool.execute(
        "UPDATE event_log SET actor = actor || left(reason, 1), reason = substr(reason, 2) WHERE position = 2"
    )
    assert (await event_log.verify(database.pool)).broken_at == 2


async def test_the_walk_can_begin_behind_a_position_that_is_trusted(database: Database) -> None:
    await log_of(database, 9)
    await database.pool.execute("UPDATE event_log SET reason = '' WHERE position = 2")
    assert (await event_log.verify(database.pool, after=2)).count == 7


async def test_reading_pages_through_the_log(database: Database) -> None:
    await log_of(database, 5)
    first = await event_log.read(database.pool, 0, 3)
    second = await event_log.read(database.pool, first[-1].position, 3)
    assert [logged.position for logged in first + second] == [1, 2, 3, 4, 5]
    assert await event_log.end(database.pool) == 5


async def test_the_end_of_an_empty_log_is_zero(database: Database) -> None:
    assert await event_log.end(database.pool) == 0


class Followed(Seen):
    """What a follower got."""

    def __init__(self) -> None:
        super().__init__()
        self.positions: list[int] = []

    async def follow(self, database: Database, after: int) -> None:
        async for batch in event_log.follow(database, after):
            await self.keep(batch)

    async def keep(self, batch: list[Logged]) -> None:
        self.positions += [logged.position for logged in batch]
        await self.handle([logged.event for logged in batch])


async def test_a_follower_gets_what_is_there_and_then_what_comes(database: Database) -> None:
    line, followed = Line(database, MemoryBus(), "doselane.slotting"), Followed()
    history = a_history(subjects=3, each=4)
    await log_of(database, 2)
    async with running(line.relay.run(), followed.follow(database, 1)):
        await followed.until(lambda: followed.positions == [2])
        await line.save(history)
        await followed.all_of(history)
    assert followed.positions == list(range(2, 15))


async def test_a_follower_in_another_process_is_told_by_notify(database: Database, database_dsn: str) -> None:
    line, followed = Line(database, MemoryBus(), "doselane.slotting"), Followed()
    async with a_database(database_dsn) as elsewhere, running(line.relay.run(), followed.follow(elsewhere, 0)):
        calls = elsewhere.listen()
        await followed.until(lambda: True)
        event = an_event()
        await line.save([event])
        await followed.all_of([event])
        assert await calls.wait(0, 10)
