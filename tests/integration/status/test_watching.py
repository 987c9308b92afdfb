"""Watching timelines: history, then live, no gap, no repeat, and a sign of life when nothing happens."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest
from doselane.courier.v1.courier_pb2 import Milestone
from doselane.status.v1 import status_pb2

from services.kernel.errors import Invalid
from services.kernel.rpc import Client
from tests.integration.status.conftest import Door
from tests.support.status import HARBOR, NORTHLAKE, SWIFT, milestone_event, slot_event

ALL = "doses/-"


class Watcher:
    """A running watch; it reads only when asked."""

    def __init__(self, client: Client, parent: str, cursor: str = "") -> None:
        request = status_pb2.WatchTimelineRequest(parent=parent, cursor=cursor)
        self._answers: AsyncIterator[status_pb2.WatchTimelineResponse] = client.stream("WatchTimeline", request)
        self.cursor = cursor

    async def next(self) -> status_pb2.WatchTimelineResponse:
        """The next answer, whatever it is."""
        async with asyncio.timeout(20):
            answer = await anext(self._answers)
        self.cursor = answer.cursor
        return answer

    async def entries(self, count: int) -> list[str]:
        """The next entries, past signs of life."""
        found: list[str] = []
        while len(found) < count:
            answer = await self.next()
            if answer.HasField("entry"):
                found.append(answer.entry.name.removeprefix("doses/").replace("/timelineEntries/", ":"))
        return found

    async def aclose(self) -> None:
        """Leaves."""
        await self._answers.aclose()  # type: ignore[attr-defined]


async def test_a_watch_of_one_dose_begins_with_its_history_and_goes_on_live(door: Door) -> None:
    await door.a_dose("d")
    async with aclosing(Watcher(door.client(), "doses/d")) as watcher:
        assert await watcher.entries(1) == ["d:1"]
        await door.publish(slot_event("other"), slot_event("d", "at_risk", 2))
        assert await watcher.entries(1) == ["d:2"]


async def test_a_watch_of_all_doses_begins_now(door: Door) -> None:
    await door.a_dose("before")
    async with aclosing(Watcher(door.client(), ALL)) as watcher:
        assert (await watcher.next()).HasField("keep_alive")
        await door.publish(slot_event("d"), slot_event("e"))
        assert await watcher.entries(2) == ["d:1", "e:1"]


@pytest.mark.parametrize("parent", ["doses/d", ALL])
async def test_a_watch_goes_on_from_its_cursor_without_a_gap_or_a_repeat(door: Door, parent: str) -> None:
    await door.a_dose("d")
    seen: list[str] = []
    watcher = Watcher(door.client(), parent)
    await watcher.next()
    for sequence in range(2, 8):
        await door.publish(slot_event("d", ("confirmed", "at_risk")[sequence % 2], sequence))
        seen += await watcher.entries(1)
        await watcher.aclose()
        watcher = Watcher(door.client(), parent, watcher.cursor)
    await watcher.aclose()
    assert seen == [f"d:{number}" for number in range(2, 8)]


async def test_nothing_is_missed_between_history_and_live(door: Door) -> None:
    await door.a_dose("d")
    publishing = asyncio.create_task(door.publish(*(slot_event("d", "at_risk", n) for n in range(2, 301))))
    watchers = [Watcher(door.client(), "doses/d") for _ in range(3)]
    found = await asyncio.gather(*(watcher.entries(300) for watcher in watchers))
    assert all(each == [f"d:{number}" for number in range(1, 301)] for each in found)
    await publishing
    for watcher in watchers:
        await watcher.aclose()


async def test_a_sign_of_life_comes_when_nothing_happens_and_carries_a_cursor(door: Door) -> None:
    async with aclosing(Watcher(door.client(), ALL)) as watcher:
        signs = [await watcher.next() for _ in range(3)]
    assert all(sign.HasField("keep_alive") and sign.keep_alive.server_time.seconds for sign in signs)
    await door.a_dose("missed")
    async with aclosing(Watcher(door.client(), ALL, signs[-1].cursor)) as watcher:
        assert await watcher.entries(1) == ["missed:1"]


async def test_a_sign_of_life_comes_also_when_only_others_are_busy(door: Door) -> None:
    async with aclosing(Watcher(door.client(HARBOR), ALL)) as harbor:
        await harbor.next()
        await door.a_dose("d")
        answer = await harbor.next()
        assert answer.HasField("keep_alive")
        await door.publish(slot_event("h", partner=HARBOR))
        assert await harbor.entries(1) == ["h:1"]


async def test_two_watchers_see_each_their_own_and_an_operator_sees_all(door: Door) -> None:
    watchers = [Watcher(client, ALL) for client in (door.client(), door.client(HARBOR), door.operator())]
    courier = Watcher(door.client(SWIFT), ALL)
    for watcher in (*watchers, courier):
        await watcher.next()
    await door.publish(slot_event("n"), slot_event("h", partner=HARBOR), slot_event("n", "at_risk", 2))
    northlake, harbor, operator = watchers
    assert await northlake.entries(2) == ["n:1", "n:2"]
    assert await harbor.entries(1) == ["h:1"]
    assert await operator.entries(3) == ["n:1", "h:1", "n:2"]
    assert (await courier.next()).HasField("keep_alive")
    for watcher in (*watchers, courier):
        await watcher.aclose()


async def test_milestones_are_watched_as_they_come(door: Door) -> None:
    await door.a_dose("d")
    async with aclosing(Watcher(door.client(), "doses/d")) as watcher:
        await watcher.entries(1)
        await door.publish(milestone_event("d", Milestone.DELIVERED, 1, 9))
        while not (answer := await watcher.next()).HasField("entry"):
            continue
    assert answer.entry.milestone.kind == Milestone.DELIVERED


async def test_a_cursor_is_good_only_for_who_got_it_and_what_he_watched(door: Door) -> None:
    await door.a_dose("d")
    await door.a_dose("e")
    async with aclosing(Watcher(door.client(), ALL)) as watcher:
        await watcher.next()
    cursor = watcher.cursor
    for client, parent, text in (
        (door.client(HARBOR), ALL, cursor),
        (door.operator(), ALL, cursor),
        (door.client(), "doses/d", cursor),
        (door.client(), ALL, cursor[:-2] + "AA"),
        (door.client(), ALL, "7"),
        (door.client(), ALL, "x" * 5000),
    ):
        with pytest.raises(Invalid) as refusal:
            await Watcher(client, parent, text).next()
        assert refusal.value.facts["field"] == "cursor"


async def test_a_cursor_does_not_tell_how_much_happened_to_others(door: Door) -> None:
    async with aclosing(Watcher(door.client(), ALL)) as watcher:
        first = (await watcher.next()).cursor
        await door.a_dose("h", partner=HARBOR)
        await door.until(lambda: door.database.pool.fetchval("SELECT count(*) FROM event_log"), 1)
        second = (await watcher.next()).cursor
    assert len(first) == len(second)


async def test_a_cursor_from_before_a_restored_backup_is_refused(door: Door) -> None:
    await door.a_dose("d")
    await door.publish(slot_event("d", "at_risk", 2))
    async with aclosing(Watcher(door.client(), "doses/d")) as watcher:
        await watcher.entries(2)
    await door.database.pool.execute("TRUNCATE timeline, dose CASCADE")
    await door.publish(slot_event("d"))
    await door.until(lambda: door.database.pool.fetchval("SELECT count(*) FROM dose"), 1)
    with pytest.raises(Invalid) as refusal:
        await Watcher(door.client(), "doses/d", watcher.cursor).next()
    assert "ahead" in refusal.value.message


async def test_a_watch_ends_at_once_when_the_watcher_leaves(door: Door) -> None:
    await door.a_dose("d")
    before = len(asyncio.all_tasks())
    watchers = [Watcher(door.client(NORTHLAKE), parent) for parent in ("doses/d", ALL) for _ in range(5)]
    for watcher in watchers:
        await watcher.next()
    during = len(asyncio.all_tasks())
    for watcher in watchers:
        await watcher.aclose()
    async with asyncio.timeout(60):
        while len(asyncio.all_tasks()) > before:
            await asyncio.sleep(0.01)
    assert during > before
