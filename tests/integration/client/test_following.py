"""A watch survives its connections, tells everything once, and says when it sees nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from functools import partial
from typing import Any

import grpc
import pytest
from doselane import client
from doselane.client import Blind, GapFound, Gateway, News, Seeing
from doselane.status.v1 import status_pb2
from doselane.status.v1.status_pb2_grpc import StatusServiceStub
from doselane.type.v1.type_pb2 import KeepAlive

from services.kernel.errors import Denied, Invalid, RuleViolation, Unauthenticated, Unavailable
from tests.support.scripted_server import ScriptedServer, a_scripted_server

STATUS = status_pb2.DESCRIPTOR.services_by_name["StatusService"]
ALL = status_pb2.WatchTimelineRequest(parent="doses/-")
ALIVE = status_pb2.WatchTimelineResponse(cursor="alive", keep_alive=KeepAlive())


class CursorExpired(RuleViolation):
    """As a feed says it."""

    reason = "CURSOR_EXPIRED"


class TokenEnded(Unauthenticated):
    """As the gateway says it."""

    reason = "TOKEN_EXPIRED"


def entry(number: int, dose: str = "d") -> status_pb2.WatchTimelineResponse:
    said = status_pb2.TimelineEntry(name=f"doses/{dose}/timelineEntries/{number}")
    return status_pb2.WatchTimelineResponse(cursor=f"{dose}{number}", entry=said)


async def silence(request: Any, context: Any) -> Any:
    await asyncio.Event().wait()


async def followed(server: ScriptedServer, news: int, **options: Any) -> list[client.following.Told]:
    """What is told until there were so many news."""
    told: list[client.following.Told] = []
    async with Gateway(server.address, "token") as gateway:
        call = StatusServiceStub(gateway).WatchTimeline
        async with aclosing(client.follow(call, ALL, pause_s_max=0.01, **options)) as following:
            async for each in following:
                told.append(each)
                if sum(isinstance(found, News) for found in told) == news:
                    return told
    raise AssertionError("unreachable: it goes on for ever")


def numbers(told: list[client.following.Told]) -> list[str]:
    return [
        each.value.name.removeprefix("doses/").replace("/timelineEntries/", "")
        for each in told
        if isinstance(each, News)
    ]


@pytest.fixture(scope="module")
async def serving() -> AsyncIterator[ScriptedServer]:
    async with a_scripted_server(STATUS) as server:
        yield server


@pytest.fixture
def server(serving: ScriptedServer) -> ScriptedServer:
    serving.script, serving.asked = {}, []
    return serving


async def test_it_goes_on_from_the_last_cursor_and_tells_nothing_twice(server: ScriptedServer) -> None:
    server.script["WatchTimeline"] = [
        [entry(1), entry(1, "e"), entry(2), grpc.StatusCode.UNAVAILABLE],
        [entry(2), entry(1, "e"), entry(3), entry(2, "e")],  # What came twice, and the stream's own end.
        [entry(4), silence],
    ]
    told = await followed(server, 6)
    assert numbers(told) == ["d1", "e1", "d2", "d3", "e2", "d4"]
    assert [each.cursor for each in server.requests("WatchTimeline")] == ["", "d2", "e2"]
    assert len(told) == 6  # It was back at once, and so never blind.


async def test_a_sign_of_life_moves_the_cursor_on(server: ScriptedServer) -> None:
    server.script["WatchTimeline"] = [[ALIVE], [entry(1), silence]]
    await followed(server, 1)
    assert [each.cursor for each in server.requests("WatchTimeline")] == ["", "alive"]


async def test_it_says_since_when_it_is_blind_and_when_it_sees_again(server: ScriptedServer) -> None:
    server.script["WatchTimeline"] = [
        [entry(1), grpc.StatusCode.UNAVAILABLE],
        [Unavailable("Away.", retry_after_ms=1)],
        [Unavailable("Away.", retry_after_ms=1)],
        [entry(2), silence],
    ]
    first, blind, seeing, second = await followed(server, 2)
    assert isinstance(first, News) and isinstance(second, News)
    assert isinstance(blind, Blind) and blind.why.message == "Away."
    assert seeing == Seeing(blind.since)


async def test_a_stream_that_stays_open_and_silent_is_taken_for_dead(server: ScriptedServer) -> None:
    server.script["WatchTimeline"] = [[entry(1), silence], [entry(2), silence]]
    first, blind, seeing, second = await followed(server, 2, silence_s_max=0.3)
    assert isinstance(blind, Blind) and blind.why.reason == "SILENT" and seeing == Seeing(blind.since)
    assert isinstance(first, News) and isinstance(second, News)


async def test_a_gap_in_the_numbers_of_a_subject_is_told(server: ScriptedServer) -> None:
    server.script["WatchTimeline"] = [[entry(5), entry(6), entry(1, "e"), entry(9), silence]]
    told = await followed(server, 4)
    assert told[3] == GapFound("doses/d/timelineEntries", 6, 9)
    assert numbers(told) == ["d5", "d6", "e1", "d9"]


async def test_numbers_that_a_filter_leaves_out_are_no_gap_and_what_comes_twice_is_still_dropped(
    server: ScriptedServer,
) -> None:
    server.script["WatchTimeline"] = [[entry(5), entry(9), entry(5), entry(12), silence]]
    assert numbers(await followed(server, 3, gapless=False)) == ["d5", "d9", "d12"]


async def test_a_cursor_that_is_too_old_is_a_gap_and_it_goes_on_from_the_earliest(
    server: ScriptedServer,
) -> None:
    server.script["WatchTimeline"] = [
        [entry(1), CursorExpired("Too old.", earliest_cursor="earliest")],
        [entry(8), Invalid("cursor is ahead of the log.", field="cursor")],  # A database that was restored.
        [entry(9), silence],
    ]
    told = await followed(server, 3)
    assert [type(each) for each in told] == [News, GapFound, GapFound, News, GapFound, News]
    assert isinstance(told[1], GapFound) and told[1].why is not None and told[1].why.reason == "CURSOR_EXPIRED"
    assert told[2] == GapFound("doses/d/timelineEntries", 1, 8)
    assert [each.cursor for each in server.requests("WatchTimeline")] == ["", "earliest", ""]


async def test_a_stream_that_ends_with_its_token_goes_on_with_the_next(server: ScriptedServer) -> None:
    server.script["WatchTimeline"] = [[entry(1), TokenEnded("Over.")], [entry(2), silence]]
    assert numbers(await followed(server, 2)) == ["d1", "d2"]


@pytest.mark.parametrize("said", [Denied("No."), Invalid("No.", field="parent"), Invalid("No.", field="cursor")])
async def test_what_no_waiting_mends_ends_it(server: ScriptedServer, said: Exception) -> None:
    server.script["WatchTimeline"] = [[said]]
    with pytest.raises((client.NotPermitted, client.InvalidRequest)):
        await followed(server, 1)
    assert len(server.asked) == 1


async def test_a_token_that_is_refused_twice_ends_it(server: ScriptedServer) -> None:
    server.script["WatchTimeline"] = [[TokenEnded("Over.")]]
    with pytest.raises(client.NotAuthenticated):
        await followed(server, 1)
    assert len(server.asked) == 2


async def test_a_gateway_that_is_killed_and_started_again_is_found_again() -> None:
    async with a_scripted_server(STATUS) as before:
        before.script["WatchTimeline"] = [[entry(1), silence]]
        port = int(before.address.rpartition(":")[2])
        async with Gateway(before.address, "token") as gateway:
            call = StatusServiceStub(gateway).WatchTimeline
            async with aclosing(client.follow(call, ALL, pause_s_max=0.05)) as following:
                assert isinstance(await anext(following), News)
                coming = asyncio.ensure_future(partial(anext, following)())
                await before.stop()
                blind = await coming
                assert isinstance(blind, Blind)
                async with a_scripted_server(STATUS, port=port) as after:
                    after.script["WatchTimeline"] = [[entry(2), silence]]
                    assert await anext(following) == Seeing(blind.since)
                    assert numbers([await anext(following)]) == ["d2"]
                    assert [each.cursor for each in after.requests("WatchTimeline")] == ["d1"]
