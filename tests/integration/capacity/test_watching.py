"""Following runs: live and from a cursor, without gap or repeat, as much as the caller may see."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import pytest
from doselane.capacity.v1 import capacity_pb2

from services.kernel.cursors import Cursors
from services.kernel.errors import Invalid
from tests.integration.capacity.conftest import PLANNER, House
from tests.support.capacity import HARBOR, MERIDIAN, NORTHLAKE, an_allotment, capacity, gbq, new_id

State = capacity_pb2.Run.State


class Watch:
    """An open stream."""

    def __init__(self, answers: AsyncIterator[capacity_pb2.WatchRunsResponse]) -> None:
        self._answers = answers
        self.cursor = ""

    async def next(self) -> capacity_pb2.WatchRunsResponse:
        """The next answer of any kind."""
        answer = await asyncio.wait_for(anext(self._answers), 60)
        self.cursor = answer.cursor
        return answer

    async def seen(self) -> tuple[str, str]:
        """The next run that changed, and its state."""
        while not (answer := await self.next()).HasField("run"):
            pass
        return answer.run.name.removeprefix("runs/"), State.Name(answer.run.state)

    async def run(self) -> capacity_pb2.Run:
        """The next run that changed."""
        while not (answer := await self.next()).HasField("run"):
            pass
        return answer.run


@asynccontextmanager
async def watching(house: House, who: str = PLANNER, **facts: str) -> AsyncIterator[Watch]:
    """A stream whose first sign of life has come."""
    request = capacity_pb2.WatchRunsRequest(**facts)
    async with aclosing(house.client.stream("WatchRuns", request, token=house.tokens[who])) as answers:
        watch = Watch(answers)
        assert (await watch.next()).HasField("keep_alive")
        yield watch


def cutting(name: str, size: int, vials: int, **allotments: tuple[int, int]) -> capacity_pb2.CutRunRequest:
    return capacity_pb2.CutRunRequest(
        name=name,
        pledged=capacity(size, vials),
        allotments=[
            capacity_pb2.AllotmentCut(partner=f"partners/{partner}", capacity=capacity(*left))
            for partner, left in allotments.items()
        ],
        request_id=new_id(),
    )


async def test_an_operator_hears_of_every_change_as_it_comes(house: House) -> None:
    async with watching(house) as watch:
        run = await house.opened(run_id="lu-1")
        await house.call("CutRun", cutting(run.name, 70, 7))
        assert [await watch.seen() for _ in range(3)] == [("lu-1", "PLANNED"), ("lu-1", "OPEN"), ("lu-1", "OPEN")]


async def test_without_a_cursor_a_watch_begins_with_what_changes_from_now_on(house: House) -> None:
    run = await house.opened(run_id="old-run")
    await house.published(run.name)
    async with watching(house) as watch:
        await house.planned(run_id="new-run")
        assert await watch.seen() == ("new-run", "PLANNED")


async def test_a_watch_continues_from_any_cursor_without_gap_or_repeat(house: House) -> None:
    async with watching(house) as watch:
        start = watch.cursor
        for number in range(4):
            await house.planned(run_id=f"run{number}")
        steps = []
        for _ in range(4):
            name, _ = await watch.seen()
            steps.append((name, watch.cursor))
    assert [name for name, _ in steps] == ["run0", "run1", "run2", "run3"]
    for passed, cursor in enumerate([start] + [cursor for _, cursor in steps[:3]]):
        async with watching(house, cursor=cursor) as watch:
            rest = [(await watch.seen())[0] for _ in range(4 - passed)]
        assert rest == ["run0", "run1", "run2", "run3"][passed:]


async def test_a_silent_watch_says_that_it_is_alive_and_how_far_it_has_seen(house: House) -> None:
    async with watching(house, NORTHLAKE) as watch:
        await house.planned()  # not for a partner's eyes, yet the cursor moves on
        for _ in range(3):
            answer = await watch.next()
            assert answer.keep_alive.HasField("server_time")
        await house.opened(run_id="lu-2")
        assert (await watch.seen())[0] == "lu-2"


async def test_a_watch_that_only_others_keep_busy_still_says_that_it_is_alive(house: House) -> None:
    async def plan() -> None:
        while True:
            await house.planned()

    async with watching(house, NORTHLAKE) as watch:
        busy = asyncio.ensure_future(plan())
        for _ in range(3):
            assert (await watch.next()).HasField("keep_alive")
        busy.cancel()


async def test_a_watch_is_narrowed_to_a_product(house: House) -> None:
    async with watching(house, product="products/other") as watch:
        await house.planned(run_id="one-run")
        await house.planned(run_id="other-run", product="products/other")
        assert await watch.seen() == ("other-run", "PLANNED")


async def test_a_partner_first_hears_of_a_run_when_it_opens(house: House) -> None:
    async with watching(house, NORTHLAKE) as watch:
        run = await house.opened(run_id="lu-1")
        await house.call("CancelRun", capacity_pb2.CancelRunRequest(name=run.name, request_id=new_id()))
        assert [await watch.seen(), await watch.seen()] == [("lu-1", "OPEN"), ("lu-1", "CANCELLED")]


async def test_a_partner_never_hears_of_a_run_that_was_cancelled_before_it_opened(house: House) -> None:
    async with watching(house, NORTHLAKE) as watch:
        run = await house.planned(run_id="gone")
        await house.call("CancelRun", capacity_pb2.CancelRunRequest(name=run.name, request_id=new_id()))
        await house.opened(run_id="here")
        assert await watch.seen() == ("here", "OPEN")


async def test_a_partner_does_not_hear_of_cuts_that_change_nothing_for_it(house: House) -> None:
    run = await house.opened(an_allotment(NORTHLAKE, gbq(40, 4)), an_allotment(HARBOR, gbq(40, 4)), run_id="lu-1")
    async with watching(house, HARBOR) as harbor, watching(house, NORTHLAKE) as northlake:
        await house.call("CutRun", cutting(run.name, 90, 9, northlake=(30, 3)))  # the pool stays as it is
        await house.call("CutRun", cutting(run.name, 80, 8))  # the pool shrinks
        assert (await harbor.run()).pool == capacity(10, 1)
        seen = [await northlake.run(), await northlake.run()]
        assert [each.allotments[0].capacity for each in seen] == [capacity(30, 3)] * 2
        assert [each.pool for each in seen] == [capacity(20, 2), capacity(10, 1)]


async def test_a_partner_without_a_share_hears_nothing_of_a_fully_allotted_run(house: House) -> None:
    async with watching(house, MERIDIAN) as watch:
        await house.opened(an_allotment(NORTHLAKE, gbq(100, 10)), run_id="theirs")
        await house.opened(run_id="everybodys")
        assert await watch.seen() == ("everybodys", "OPEN")


async def test_a_partner_hears_that_the_pool_it_saw_is_gone(house: House) -> None:
    run = await house.opened(an_allotment(NORTHLAKE, gbq(40, 4)), run_id="lu-1")
    async with watching(house, MERIDIAN) as watch:
        await house.call("CutRun", cutting(run.name, 40, 4))
        assert (await watch.run()).pool == capacity(0, 0)


async def refused(house: House, who: str = PLANNER, **facts: str) -> str:
    with pytest.raises(Invalid) as refusal:
        async with watching(house, who, **facts):
            pass
    return refusal.value.facts["field"]


async def test_a_cursor_is_good_for_its_owner_only_and_cannot_be_made_by_hand(house: House) -> None:
    async with watching(house, NORTHLAKE) as watch:
        cursor = watch.cursor
    for who in (HARBOR, PLANNER):
        assert await refused(house, who, cursor=cursor) == "cursor"
    for at in range(0, len(cursor) - 1, 5):
        other = cursor[:at] + ("A" if cursor[at] != "A" else "B") + cursor[at + 1 :]
        assert await refused(house, NORTHLAKE, cursor=other) == "cursor"
    for made_up in ("1", "%%%", "AAAA", "A" * 5000, "0" * 48):
        assert await refused(house, cursor=made_up) == "cursor"


async def test_a_cursor_does_not_tell_how_much_happened(house: House) -> None:
    async with watching(house, NORTHLAKE) as watch:
        first, again = watch.cursor, (await watch.next()).cursor
    assert first != again  # the same position, sealed anew: two cursors cannot even be compared
    assert len(first) == len(again)


async def test_a_cursor_from_a_log_that_was_rolled_back_is_refused(house: House) -> None:
    cursors = await Cursors.of(house.database, "WatchRuns", None)
    await house.published((await house.planned()).name)
    assert await refused(house, cursor=cursors.write(2)) == "cursor"
    async with watching(house, cursor=cursors.write(1)):
        pass


async def test_a_filter_of_another_shape_is_refused(house: House) -> None:
    assert await refused(house, product="psma") == "product"
