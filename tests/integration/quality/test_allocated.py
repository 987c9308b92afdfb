"""A sponsor that comes to a batch after it was made is told what it has come to, and nobody else is."""

import asyncio
from contextlib import aclosing

from doselane.quality.v1 import quality_pb2
from doselane.quality.v1.batch_pb2 import Verdict
from doselane.quality.v1.events_pb2 import BatchAllocated, BatchCreated, BatchJudged

from services.kernel.bus.memory import MemoryBus
from services.kernel.event import Event
from services.kernel.outbox import Relay
from services.quality.events import TOPIC
from services.quality.events.messages import partner_view
from services.quality.main import hearing_of
from tests.integration.quality.conftest import SETTINGS, Door, ended, first
from tests.support.quality_news import HARBOR, NORTHLAKE, a_produced_run, a_report, a_slot

FIRST, SECOND = "slots/01a215bf-0000-7000-8000-00000000000a", "slots/01a215bf-0000-7000-8000-00000000000b"


def harbors(slot: str, sequence: int = 1, **fields: object) -> Event:
    return a_slot(slot, sequence, partner=HARBOR, **fields)


async def told(door: Door) -> list[tuple[str, BatchAllocated]]:
    """Whom it told of a batch that is there, and what."""
    return [(each.partner, BatchAllocated.FromString(each.data)) for each in await door.published("batch.allocated")]


async def test_who_comes_to_a_batch_that_is_made_is_told_of_it_once(door: Door) -> None:
    batch = await door.made(partners=[NORTHLAKE, HARBOR])
    await door.hear(a_report("appearance", "complies", "", f"{batch.name}/samples/1"))
    [judged] = await door.published("batch.judged")
    assert await told(door) == []  # Northlake was told when it was made
    await door.hear(harbors(FIRST, run="runs/another"), harbors(FIRST, 2))
    [event] = await door.published("batch.allocated")
    said = BatchAllocated.FromString(event.data)
    assert (event.partner, event.subject, event.sequence, said.version) == (HARBOR, batch.name, 2, 2)
    assert said.batch == partner_view(BatchJudged.FromString(judged.data).batch)
    await door.hear(harbors(FIRST, 2), harbors(FIRST, 3), harbors(SECOND), a_slot(SECOND[:-1] + "c"))
    assert len(await told(door)) == 1


async def test_an_old_word_of_a_slot_allocates_nothing(door: Door) -> None:
    await door.made(partners=[NORTHLAKE, HARBOR])
    await door.hear(harbors(FIRST, 2, run="runs/another"), harbors(FIRST, 1))
    assert await told(door) == []


async def test_who_may_not_know_of_the_product_is_told_nothing(door: Door) -> None:
    await door.made(partners=[NORTHLAKE])
    await door.hear(harbors(FIRST))
    assert await told(door) == []


async def test_a_batch_and_a_slot_that_come_at_once_do_not_miss_each_other(door: Door) -> None:
    """Two members of the consumer, whichever is first: the sponsor is told of the batch exactly once."""
    await door.made(partners=[NORTHLAKE, HARBOR])
    hearing = hearing_of(SETTINGS, door.clock)
    for run, sooner, later in (
        ("runs/one", harbors(FIRST, run="runs/one"), a_produced_run("runs/one")),
        ("runs/two", a_produced_run("runs/two"), harbors(SECOND, run="runs/two")),
    ):
        async with door.database.transaction() as conn:
            await hearing.apply(conn, sooner)
            other = asyncio.create_task(door.hear(later))
            await door.waited_for(other)
        await other
        created = [BatchCreated.FromString(each.data) for each in await door.published("batch.created")]
        audience = next(list(each.audience) for each in created if each.batch.run == run)
        allocated = [said.batch.run for _, said in await told(door)]
        assert audience.count(HARBOR) + allocated.count(run) == 1


async def test_a_watch_shows_an_allocation_to_its_sponsor_alone(door: Door) -> None:
    relay = asyncio.create_task(Relay(door.database, MemoryBus(), TOPIC).run())
    request = quality_pb2.WatchBatchesRequest()
    async with (
        aclosing(door.caller().stream("WatchBatches", request)) as northlake,
        aclosing(door.staff().stream("WatchBatches", request)) as staff,
        aclosing(door.caller(HARBOR).stream("WatchBatches", request)) as harbor,
    ):
        for watch in (northlake, staff):
            await anext(watch)  # where the watch begins
        batch = await door.made(partners=[NORTHLAKE, HARBOR])
        shown = [(await first(watch)).verdicts[0].outcome for watch in (northlake, staff)]
        await anext(harbor)
        await door.hear(harbors(FIRST), a_report("appearance", "complies", "", f"{batch.name}/samples/1"))
        shown += [(await first(watch)).verdicts[0].outcome for watch in (northlake, staff, harbor, harbor)]
    assert shown == [Verdict.MISSING, Verdict.MISSING, Verdict.PASS, Verdict.PASS, Verdict.MISSING, Verdict.PASS]
    await ended([relay])
