"""What is sent many at a time: a subject's order holds, each delivery ends as its own outcome says, nothing is lost."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from google.protobuf.struct_pb2 import Struct

from adapters.host import deliveries
from adapters.host.deliveries import DeliveryState, NewDelivery
from adapters.host.values import Account
from adapters.outbound import Away, Declined, Outcome, Outgoing, Reaction, Receipt, Uncertain
from services.kernel.db import Database
from tests.support import lims
from tests.support.couriers import NOW
from tests.support.lims_bench import Bench, a_bench, result

BATCH_MAX = 5
Answer = Callable[[list[str]], Sequence[Outcome]]


@dataclass
class Door:
    """Where batches arrive: open, or shut until somebody opens it."""

    batches: list[list[str]] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    open: asyncio.Event = field(default_factory=asyncio.Event)
    arrived: asyncio.Condition = field(default_factory=asyncio.Condition)
    answers: list[Answer] = field(default_factory=list)  # to the next batches, instead of a yes to all

    async def send(self, laboratory: lims.Laboratory, outgoing: Sequence[Outgoing]) -> Sequence[Outcome]:
        names = [f"{each.subject}/{Struct.FromString(each.body)['number']:g}" for each in outgoing]
        self.batches.append(names)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        async with self.arrived:
            self.arrived.notify_all()
        try:
            await self.open.wait()
        finally:
            self.at_once -= 1
        if self.answers:
            return self.answers.pop(0)(names)
        laboratory.samples += names
        return ["taken"] * len(names)

    async def has(self, batches: int) -> None:
        async with asyncio.timeout(60), self.arrived:
            await self.arrived.wait_for(lambda: len(self.batches) >= batches)


@pytest.fixture
def door() -> Door:
    made = Door()
    made.open.set()
    return made


@pytest.fixture
async def bench(courier_dsn: str, door: Door) -> AsyncIterator[Bench]:
    many = replace(lims.ADAPTER.reactions[0], look=None, send_many=door.send, batch_max=BATCH_MAX)
    async with a_bench(courier_dsn, reactions=(many,)) as running:
        yield running


@pytest.fixture
async def woken(courier_dsn: str, door: Door) -> AsyncIterator[Bench]:
    """One that looks when it is told of something, and not before: so what makes a full batch is always the same."""
    many = replace(lims.ADAPTER.reactions[0], look=None, send_many=door.send, batch_max=BATCH_MAX)
    async with a_bench(courier_dsn, reactions=(many,), look_every=timedelta(minutes=1)) as running:
        yield running


async def all_ended(bench: Bench, count: int) -> dict[str, list[DeliveryState]]:
    """The states of each subject, in the order of its deliveries, once none of so many waits."""

    async def holds() -> bool:
        found = await bench.deliveries()
        return len(found) == count and all(each.state != DeliveryState.WAITING for each in found)

    await bench.until(holds)
    states: dict[str, list[DeliveryState]] = {}
    for each in await bench.deliveries():
        states.setdefault(each.outgoing.subject, []).append(each.state)
    return states


async def waiting(bench: Bench, count: int) -> None:
    async def holds() -> bool:
        return len(await bench.deliveries()) == count

    await bench.until(holds)


async def test_what_gathers_while_a_batch_is_on_its_way_goes_together_and_in_the_order_of_each_subject(
    bench: Bench, door: Door
) -> None:
    door.open.clear()
    await bench.registered("s0", 1)
    await door.has(1)
    for number in range(1, 4):
        for subject in range(1, 8):
            await bench.registered(f"s{subject}", number)
    await waiting(bench, 22)
    door.open.set()
    await all_ended(bench, 22)
    for subject in range(1, 8):
        told = [name for name in bench.laboratory.samples if name.startswith(f"s{subject}/")]
        assert told == [f"s{subject}/1", f"s{subject}/2", f"s{subject}/3"]
    for batch in door.batches:
        subjects = [name.partition("/")[0] for name in batch]
        assert len(set(subjects)) == len(subjects) <= BATCH_MAX
    assert max(map(len, door.batches)) == BATCH_MAX
    assert len(door.batches) < 15  # 22 one by one; 5 at best, as a batch holds a subject once


async def test_a_batch_that_is_not_full_is_alone_on_its_way_and_full_ones_go_at_once(bench: Bench, door: Door) -> None:
    door.open.clear()
    await bench.registered("s0")
    await door.has(1)
    for subject in range(1, BATCH_MAX - 1):  # with the one on its way, which may have been found before it was told of
        await bench.registered(f"s{subject}")
    await waiting(bench, BATCH_MAX - 1)
    assert [len(each) for each in door.batches] == [1]
    for subject in range(BATCH_MAX - 1, 12):
        await bench.registered(f"s{subject}")
    await door.has(2)
    assert max(map(len, door.batches)) >= BATCH_MAX - 1
    door.open.set()
    await all_ended(bench, 12)
    door.open.clear()
    async with bench.database.transaction() as conn:
        await conn.execute("UPDATE delivery SET state = 1, next_at = $1, finished_at = NULL", bench.clock.now())
    bench.laboratory.samples.clear()
    await bench.registered("s99")  # wakes
    await door.has(len(door.batches) + 3)
    assert door.most_at_once >= 3
    door.open.set()
    await all_ended(bench, 13)
    assert len(bench.laboratory.samples) == 13


async def test_each_delivery_of_a_batch_ends_as_its_own_outcome_says(woken: Bench, door: Door) -> None:
    bench = woken
    outcomes: dict[str, Outcome] = {
        "s1/1": "taken",
        "s2/1": Declined("STRING_TOO_LONG"),
        "s3/1": Away("UNABLE_TO_LOCK_ROW"),
        "s4/1": Uncertain("lost"),
        "s5/1": Receipt("taken", lims_results(5)),
    }
    door.open.clear()
    await bench.registered("s0")
    await door.has(1)
    for number in (1, 2):
        for subject in range(1, 6):
            await bench.registered(f"s{subject}", number)
    await waiting(bench, 11)
    door.answers.append(lambda names: ["taken"] * len(names))
    door.answers.append(lambda names: [outcomes[name] for name in names])
    door.open.set()
    states = await all_ended(bench, 11)
    assert states.pop("s2") == [
        DeliveryState.PARKED,
        DeliveryState.SENT,
    ]  # what was declined does not hold up what comes after it
    assert set(map(tuple, states.values())) == {(DeliveryState.SENT,), (DeliveryState.SENT, DeliveryState.SENT)}
    assert sorted(door.batches[1]) == sorted(outcomes)
    by_name = {(each.outgoing.subject, index): each for index, each in enumerate(await bench.deliveries())}
    attempts = {name: each.attempts for (name, index), each in by_name.items() if 1 <= index <= 5}
    assert attempts == {"s1": 1, "s2": 1, "s3": 2, "s4": 2, "s5": 1}
    for again in ("s3", "s4"):  # again before what comes after it
        assert [name for name in bench.laboratory.samples if name.startswith(again)] == [
            f"{again}/1",
            f"{again}/2",
        ]
    await bench.has("r5")
    failed = [event for event in await bench.events() if event.type == "doselane.lims.delivery.failed.v1"]
    assert len(failed) == 1


def lims_results(number: int) -> bytes:
    return json.dumps({"results": [result(number)]}).encode()


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda names: ["taken"],
        lambda names: [None] * len(names),
        lambda names: (_ for _ in ()).throw(RuntimeError("a mistake of ours")),
        lambda names: (_ for _ in ()).throw(Uncertain("the answer was lost")),
        lambda names: (_ for _ in ()).throw(Away("maintenance", timedelta(minutes=1))),
    ],
)
async def test_where_nobody_knows_what_became_of_a_batch_all_of_it_is_sent_again(
    bench: Bench, door: Door, spoilt: Any
) -> None:
    door.open.clear()
    await bench.registered("s0")
    await door.has(1)
    await bench.registered("s1")
    await bench.registered("s2")
    await waiting(bench, 3)
    door.answers += [lambda names: ["taken"] * len(names), spoilt]
    door.open.set()
    states = await all_ended(bench, 3)
    assert set(map(tuple, states.values())) == {(DeliveryState.SENT,)}
    assert sorted(bench.laboratory.samples) == ["s1/1", "s2/1"]
    assert [each.attempts for each in await bench.deliveries()] == [1, 2, 2]


async def test_what_was_sent_and_not_noted_before_a_crash_is_sent_again_and_ends_once(bench: Bench, door: Door) -> None:
    pool = bench.database.pool
    await pool.execute(
        "CREATE SEQUENCE outages; CREATE FUNCTION away() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " PERFORM nextval('outages'); RAISE EXCEPTION 'going down' USING ERRCODE = 'admin_shutdown'; END $$;"
        "CREATE TRIGGER away BEFORE UPDATE ON delivery FOR EACH ROW WHEN (new.state = 2) EXECUTE FUNCTION away()"
    )
    await bench.registered("s1")

    async def lost() -> bool:
        return await pool.fetchval("SELECT is_called FROM outages")

    async def back() -> bool:
        try:
            await pool.execute("DROP TRIGGER away ON delivery")
        except asyncpg.DeadlockDetectedError:  # the host is at work, with locks in its own order
            return False
        return True

    await bench.until(lost)
    await bench.until(back)
    await pool.execute("UPDATE delivery SET lease_until = now() - interval '1 minute'")  # as when its process died
    (sent,) = await bench.ended(DeliveryState.SENT)
    assert (bench.laboratory.samples, sent.attempts) == (["s1/1", "s1/1"], 2)


async def test_what_is_over_leaves_its_batch_and_is_given_up(bench: Bench, door: Door) -> None:
    door.open.clear()
    await bench.registered("s0")
    await door.has(1)
    await bench.registered("s1", days=1)
    await bench.registered("s2", days=5)
    await waiting(bench, 3)
    bench.clock.advance(timedelta(days=2))
    door.open.set()
    states = await all_ended(bench, 3)
    assert states == {"s0": [DeliveryState.SENT], "s1": [DeliveryState.GIVEN_UP], "s2": [DeliveryState.SENT]}
    assert bench.laboratory.samples == ["s0/1", "s2/1"]


async def test_what_an_older_version_of_the_adapter_left_is_told_and_keeps_nobody_waiting(
    courier_dsn: str, door: Door
) -> None:
    gone = Reaction("lims.gone", "doselane.quality.gone.v1", lambda *_: (), lims.ADAPTER.reactions[0].send)
    account = Account("lab", "partners/a", lims.ADAPTER, None, None)  # type: ignore[arg-type]
    left = Outgoing("s1", b"", NOW + timedelta(days=3))
    database = await Database.connect(courier_dsn, "exchange", pool_size=1)
    await deliveries.add(database.pool, [NewDelivery(account, gone, None, left)], NOW)
    await database.close()
    async with a_bench(courier_dsn) as bench:
        await bench.registered("s1")  # it waits for what is about the same
        before, _ = await bench.ended(DeliveryState.PARKED, DeliveryState.SENT)
        assert before.words == "the adapter no longer reacts to this"


async def test_batches_that_hang_hold_up_neither_the_other_kinds_nor_each_other(courier_dsn: str, door: Door) -> None:
    door.open.clear()
    one = lims.ADAPTER.reactions[0]
    many = Reaction("lims.many", one.event_type, one.make, one.send, send_many=door.send, batch_max=BATCH_MAX)
    async with a_bench(courier_dsn, reactions=(replace(one, make=_elsewhere), many)) as bench:
        for number in range(1, 8):
            await bench.registered(f"s{number}")
        await door.has(1)

        async def told() -> bool:
            return len(bench.laboratory.samples) == 7

        await bench.until(told)  # while no batch has ended
        assert {name.partition("/")[0] for name in bench.laboratory.samples} == {f"one-s{n}" for n in range(1, 8)}
        door.open.set()
        await all_ended(bench, 14)


def _elsewhere(event: Any, partner: str) -> Any:
    for each in lims.ADAPTER.reactions[0].make(event, partner):
        yield each._replace(subject=f"one-{each.subject}")


async def test_where_calls_are_counted_one_that_is_not_full_waits_for_its_time(courier_dsn: str, door: Door) -> None:
    many = replace(
        lims.ADAPTER.reactions[0],
        look=None,
        send_many=door.send,
        batch_max=BATCH_MAX,
        batch_every=timedelta(hours=1),
    )
    # Nobody looks before it is told of what there is, or the batches would be others.
    async with a_bench(courier_dsn, reactions=(many,), look_every=timedelta(minutes=1)) as bench:
        await bench.registered("s0")
        await bench.ended(DeliveryState.SENT)  # the first at once
        await bench.registered("s1")
        await waiting(bench, 2)
        for _ in range(20):  # looks, of which each would send it
            bench.clock.advance(timedelta(seconds=1))
            await bench.database.pool.execute("SELECT 1")
            await asyncio.sleep(0)
        assert [each.attempts for each in await bench.deliveries()] == [1, 0]
        assert door.batches == [["s0/1"]]
        for subject in range(2, 2 * BATCH_MAX + 2):  # one that is full waits for nothing
            await bench.registered(f"s{subject}")
        await door.has(3)
        await bench.ended(*[DeliveryState.SENT] * (1 + 2 * BATCH_MAX), DeliveryState.WAITING)
        assert [len(each) for each in door.batches] == [1, BATCH_MAX, BATCH_MAX]


async def test_an_account_may_say_for_how_long_what_it_is_sent_gathers(courier_dsn: str, door: Door) -> None:
    quick = Reaction(
        "lims.quick",
        lims.ADAPTER.reactions[0].event_type,
        lims.ADAPTER.reactions[0].make,
        lims.ADAPTER.reactions[0].send,
        send_many=door.send,
        batch_max=BATCH_MAX,
        batch_every=timedelta(hours=1),
    )
    async with a_bench(courier_dsn, reactions=(quick,)) as bench:
        for number in range(3):
            await bench.registered(f"s{number}")
            await bench.ended(*[DeliveryState.SENT] * (number + 1))


def test_a_batch_cannot_be_looked_for() -> None:
    with pytest.raises(ValueError, match="no `look`"):
        replace(lims.ADAPTER.reactions[0], send_many=Door().send, batch_max=2)
