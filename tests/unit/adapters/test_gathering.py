"""What is sent in batches gathers while one that is not full is on its way; what makes a full one goes at once."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from adapters.host import deliveries, delivering
from adapters.host.deliveries import Delivery, DeliveryState
from adapters.host.delivering import AT_ONCE_MAX, Deliverer
from adapters.outbound import Outgoing
from services.kernel.clock import VirtualClock
from services.kernel.ids import uuid7
from tests.support.couriers import NOW

BATCH_MAX = 3


def waiting_one(number: int) -> Delivery:
    outgoing = Outgoing(f"s{number}", b"{}", NOW + timedelta(days=1))
    state = DeliveryState.WAITING
    return Delivery(uuid7(), "one", "p", "p", "a", "r", outgoing, uuid7(), NOW, state, 1, False, "", None, "")


class Line:
    """An account whose deliveries wait in a list; batches end when the test says so, in its order."""

    def __init__(self) -> None:
        self.waiting: list[Delivery] = []
        self.left: list[Delivery] = []  # by an older version of the adapter
        self.parked = 0
        self.looks = 0
        self.looks_for_left = 0
        self.batches: list[int] = []
        self.ends: list[asyncio.Event] = []
        reaction = SimpleNamespace(
            name="r", send_many=self.send, look=None, batch_max=BATCH_MAX, batch_every=timedelta()
        )
        adapter = SimpleNamespace(name="a", reactions=[reaction], followers=())
        self.account: Any = SimpleNamespace(id="one", adapter=adapter, connection=None)
        other: Any = SimpleNamespace(id="two")
        nobody: Any = None
        accounts, database = (
            {"one": self.account, "two": other},
            SimpleNamespace(pool=None, transaction=self.transaction),
        )
        self.deliverer = Deliverer(
            database,  # type: ignore[arg-type]
            VirtualClock(NOW),
            accounts,
            {"one": None},
            judge=nobody,
            look_every=timedelta(minutes=10),
        )

    async def claim(self, *_: object, known: object = None, **__: object) -> list[Delivery]:
        limit = _[4]
        assert isinstance(limit, int)
        if known is not None:
            self.looks_for_left += 1
            found, self.left = self.left[:limit], self.left[limit:]
            return found
        self.looks += 1
        found, self.waiting = self.waiting[:limit], self.waiting[limit:]
        return found

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        yield

    async def finish(self, conn: object, delivery: Delivery, state: DeliveryState, *_: object) -> None:
        assert state == DeliveryState.PARKED
        self.parked += 1

    async def send(self, connection: Any, outgoing: Sequence[Outgoing]) -> Sequence[str]:
        self.batches.append(len(outgoing))
        self.ends.append(asyncio.Event())
        await self.ends[-1].wait()
        return ["taken"] * len(outgoing)

    async def come(self, count: int, told_of: int | None = None) -> list[int]:
        """So many more wait, of which the worker is told; the sizes of the batches that there are then."""
        self.waiting += [waiting_one(number) for number in range(count)]
        self.deliverer.wake({("one", "r"): count if told_of is None else told_of})
        return await self.settled()

    async def end(self, number: int) -> list[int]:
        """A batch ends."""
        self.ends[number].set()
        return await self.settled()

    async def settled(self) -> list[int]:
        """The sizes of the batches, when the worker has done all that it does without being woken again."""
        for _ in range(40):
            await asyncio.sleep(0)
        return self.batches


@pytest.fixture
async def line(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Line]:
    made = Line()

    async def finish_sent(*_: object) -> None:
        pass

    monkeypatch.setattr(deliveries, "claim", made.claim)
    monkeypatch.setattr(deliveries, "finish", made.finish)
    monkeypatch.setattr(deliveries, "finish_sent", finish_sent)
    working = asyncio.create_task(made.deliverer.work(made.account))
    await made.settled()
    yield made
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)


async def test_what_comes_gathers_until_it_is_a_full_batch(line: Line) -> None:
    assert await line.come(1) == [1]
    assert await line.come(BATCH_MAX - 1) == [1]
    assert await line.come(1) == [1, BATCH_MAX]
    assert await line.come(BATCH_MAX - 1) == [1, BATCH_MAX]
    assert await line.end(1) == [1, BATCH_MAX]  # the full one holds nothing, and the other is still on its way
    assert await line.end(0) == [1, BATCH_MAX, BATCH_MAX - 1]


async def test_of_many_that_come_at_once_the_full_batches_go_and_the_rest_gathers(line: Line) -> None:
    assert await line.come(1) == [1]
    assert await line.come(2 * BATCH_MAX + 1) == [1, BATCH_MAX, BATCH_MAX]
    assert await line.come(BATCH_MAX - 1) == [1] + 3 * [BATCH_MAX]


async def test_there_is_no_look_for_what_nobody_told_of_nor_for_what_is_sent_in_other_ways(line: Line) -> None:
    await line.come(1)
    looks = line.looks
    for _ in range(2 * BATCH_MAX):
        line.deliverer.wake()
        line.deliverer.wake({("two", "r"): BATCH_MAX})
        line.deliverer.wake({("one", "another"): BATCH_MAX})
        await line.settled()
    assert (line.looks, line.batches) == (looks, [1])


async def test_it_gathers_until_all_that_were_not_full_have_ended(line: Line) -> None:
    await line.come(1)
    assert await line.come(BATCH_MAX - 1, told_of=BATCH_MAX) == [1, BATCH_MAX - 1]  # another process took one
    assert await line.come(1) == [1, BATCH_MAX - 1]
    assert await line.end(0) == [1, BATCH_MAX - 1]
    assert await line.end(1) == [1, BATCH_MAX - 1, 1]
    assert await line.end(2) == [1, BATCH_MAX - 1, 1]
    assert await line.come(1) == [1, BATCH_MAX - 1, 1, 1]  # nothing is on its way, so it goes


async def test_what_was_found_before_it_was_told_of_makes_no_batch_by_itself(line: Line) -> None:
    line.waiting += [waiting_one(number) for number in range(BATCH_MAX + 1)]
    assert await line.come(0) == [BATCH_MAX, 1]
    assert await line.come(0, told_of=BATCH_MAX) == [BATCH_MAX, 1]
    assert line.looks == 4  # at the start; a full one; one that is not; and for what was told of late, in vain


async def test_so_many_batches_are_on_their_way_at_once_and_another_when_one_ends(line: Line) -> None:
    assert await line.come((AT_ONCE_MAX + 2) * BATCH_MAX) == AT_ONCE_MAX * [BATCH_MAX]
    assert await line.end(2) == (AT_ONCE_MAX + 1) * [BATCH_MAX]
    assert AT_ONCE_MAX == 4
    for number in (0, 1, 3):
        await line.end(number)
    assert line.batches == (AT_ONCE_MAX + 2) * [BATCH_MAX]
    assert await line.come(1) == [*(AT_ONCE_MAX + 2) * [BATCH_MAX], 1]  # full ones that ended hold nothing back


async def test_what_an_older_version_left_is_not_looked_for_at_each_wake(line: Line) -> None:
    for _ in range(5):
        await line.come(BATCH_MAX)
    assert line.looks_for_left == 1


async def test_what_an_older_version_left_is_looked_for_again_and_again(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "LOOK_FOR_LEFT_EVERY_S", 0.01)
    working = asyncio.create_task(line.deliverer.work(line.account))
    async with asyncio.timeout(60):
        while line.looks_for_left < 5:
            await asyncio.sleep(0.01)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)


async def test_of_what_an_older_version_left_there_is_no_rest_while_there_is_more(line: Line) -> None:
    line.left = [waiting_one(number)._replace(reaction="gone") for number in range(2 * AT_ONCE_MAX + 1)]
    # Another worker of the account: the first has looked, and rests.
    working = asyncio.create_task(line.deliverer.work(line.account))
    await line.settled()
    assert line.parked == 2 * AT_ONCE_MAX + 1
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
