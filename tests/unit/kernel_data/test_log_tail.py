"""Many who follow a log share one read."""

import asyncio

from services.kernel import log_tail
from services.kernel.log_tail import Logged, LogTailCache
from services.kernel.signals import Signal
from tests.support.line import an_event


class Log:
    """A log in memory that counts how often it is read."""

    def __init__(self, length: int, data_bytes: int = 10) -> None:
        self.events = [
            Logged(place, an_event(sequence=place, data=bytes(data_bytes)), b"") for place in range(1, length + 1)
        ]
        self.reads = 0

    async def read(self, after: int, limit: int) -> list[Logged]:
        self.reads += 1
        await asyncio.sleep(0)
        return self.events[after : after + limit]


def positions(found: list[Logged]) -> list[int]:
    return [each.position for each in found]


async def test_those_at_the_same_place_cost_one_read() -> None:
    log, grew = Log(5), Signal()
    shared = LogTailCache(log.read, grew)
    found = await asyncio.gather(*(shared.after(2, 100) for _ in range(50)))
    assert [positions(each) for each in found] == [[3, 4, 5]] * 50
    assert log.reads == 1


async def test_those_who_wait_for_news_cost_one_read() -> None:
    log, grew = Log(5), Signal()
    shared = LogTailCache(log.read, grew)
    assert await asyncio.gather(*(shared.after(5, 100) for _ in range(50))) == [[]] * 50
    assert log.reads == 1
    log.events.append(Logged(6, an_event(), b""))
    grew.call()
    found = await asyncio.gather(*(shared.after(5, 100) for _ in range(50)))
    assert [positions(each) for each in found] == [[6]] * 50
    assert log.reads == 2


async def test_one_who_is_far_behind_reads_on_his_own_until_he_has_caught_up() -> None:
    log = Log(20)
    shared = LogTailCache(log.read, Signal())
    await shared.after(15, 100)
    place, read = 0, []
    while found := await shared.after(place, 4):
        read += positions(found)
        place = found[-1].position
    assert read == list(range(1, 21))


async def test_one_who_is_ahead_of_the_others_takes_the_tail_with_him() -> None:
    log = Log(30)
    shared = LogTailCache(log.read, Signal())
    assert positions(await shared.after(0, 5)) == [1, 2, 3, 4, 5]
    assert positions(await shared.after(25, 5)) == [26, 27, 28, 29, 30]
    assert positions(await shared.after(5, 2)) == [6, 7]


async def test_a_place_beyond_the_end_gives_nothing_and_harms_nobody() -> None:
    log = Log(5)
    shared = LogTailCache(log.read, Signal())
    assert await shared.after(10**12, 10) == []
    assert positions(await shared.after(3, 10)) == [4, 5]


async def test_large_events_do_not_pile_up() -> None:
    log = Log(60, data_bytes=1_000_000)
    shared = LogTailCache(log.read, Signal())
    place = 0
    while found := await shared.after(place, 7):
        place = found[-1].position
        assert sum(len(each.event.data) for each in shared._kept) <= log_tail.KEPT_BYTES_MAX
    assert place == 60
