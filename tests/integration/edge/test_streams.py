"""Streams over HTTP: server-sent events."""

import asyncio
import json
from dataclasses import dataclass

import httpx
import pytest
from doselane.planning.v1 import planning_pb2
from doselane.status.v1 import status_pb2 as pb
from doselane.type.v1 import type_pb2

from services.kernel.errors import Invalid, NotFound
from tests.integration.edge.conftest import open_door

WATCH = "/v1/doses/-/timelineEntries:watch"
PROPOSAL = "/v1/proposals/1:watch"


@dataclass
class Event:
    name: str = ""
    id: str = ""
    data: str = ""
    retry: str = ""


async def events(answer: httpx.Response):
    event = Event()
    async for line in answer.aiter_lines():
        if not line:
            if event.data:
                yield event
            event = Event()
            continue
        field, _, value = line.partition(": ")
        if field:
            setattr(event, {"event": "name"}.get(field, field), value)


class Watched:
    """A watch that counts from the cursor, with a sign of life between, and then waits."""

    def __init__(self, until: int = 3, then: Exception | None = None) -> None:
        self.until, self.then = until, then
        self.ended = asyncio.Event()

    async def __call__(self, request: pb.WatchTimelineRequest):
        try:
            for number in range(int(request.cursor or 0) + 1, self.until + 1):
                if number % 2:
                    entry = pb.TimelineEntry(name=f"{number}", summary="a line\nand another")
                    yield pb.WatchTimelineResponse(cursor=str(number), entry=entry)
                else:
                    yield pb.WatchTimelineResponse(cursor=str(number), keep_alive=type_pb2.KeepAlive())
            if self.then:
                raise self.then
            await asyncio.Event().wait()
        finally:
            self.ended.set()


async def take(answer: httpx.Response, count: int) -> list[Event]:
    found = []
    async for event in events(answer):
        found.append(event)
        if len(found) == count:
            break
    return found


async def test_a_stream_arrives_as_events_with_ids_and_names(client, behind):
    behind.answers["WatchTimeline"] = Watched()
    async with client.stream("GET", WATCH) as answer:
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        first, second, third = await take(answer, 3)
    assert behind.request.parent == "doses/-"
    assert (first.id, first.name, first.retry) == ("1", "entry", "2000")
    assert json.loads(first.data)["entry"]["summary"] == "a line\nand another"
    assert (second.id, second.name, second.retry) == ("2", "keepAlive", "")
    assert (third.id, third.name) == ("3", "entry")


async def test_a_reader_that_comes_back_goes_on_where_it_was(client, behind):
    behind.answers["WatchTimeline"] = Watched(until=9)
    async with client.stream("GET", f"{WATCH}?cursor=1", headers={"last-event-id": "7"}) as answer:
        assert [event.id for event in await take(answer, 2)] == ["8", "9"]


async def test_a_reader_that_leaves_ends_the_call_behind_the_door(client, behind):
    behind.answers["WatchTimeline"] = watched = Watched()
    async with client.stream("GET", WATCH) as answer:
        await take(answer, 1)
    await asyncio.wait_for(watched.ended.wait(), 60)


@pytest.mark.parametrize(("error", "status"), [(NotFound("None."), 404), (Invalid("Too old.", earliest="5"), 400)])
async def test_an_error_before_the_first_event_is_a_problem(client, behind, error, status):
    behind.answers["WatchTimeline"] = Watched(until=0, then=error)
    answer = await client.get(WATCH)
    assert (answer.status_code, answer.json()["facts"]) == (status, dict(error.facts))


async def test_a_stream_that_is_not_allowed_is_a_problem(client, issuer):
    narrow = issuer.token("partners/acme", ["slotting.read"])
    answer = await client.get(WATCH, headers={"authorization": f"Bearer {narrow}"})
    assert (answer.status_code, answer.json()["reason"]) == (403, "SCOPE_MISSING")


async def test_an_error_later_is_the_last_event(client, behind):
    behind.answers["WatchTimeline"] = Watched(until=2, then=Invalid("Too old.", earliest="5"))
    async with client.stream("GET", WATCH) as answer:
        found = [event async for event in events(answer)]
    assert [event.name for event in found] == ["entry", "keepAlive", "error"]
    assert json.loads(found[-1].data)["facts"] == {"earliest": "5"}


async def proposal_watched(_: planning_pb2.WatchProposalRequest):
    """A proposal that is worked out while it is watched."""
    yield planning_pb2.WatchProposalResponse(progress=planning_pb2.ProposalProgress(phase="solving", objective=0.0))
    yield planning_pb2.WatchProposalResponse(keep_alive=type_pb2.KeepAlive())
    yield planning_pb2.WatchProposalResponse(proposal=planning_pb2.Proposal(name="proposals/1", state="READY"))


async def test_a_stream_that_has_an_end_says_so_and_closes(client, behind):
    behind.answers["WatchProposal"] = proposal_watched
    async with asyncio.timeout(60), client.stream("GET", PROPOSAL) as answer:
        found = [event async for event in events(answer)]
    assert [event.name for event in found] == ["progress", "keepAlive", "proposal", "end"]
    progress, _, proposal, end = (json.loads(event.data) for event in found)
    assert progress == {"progress": {"phase": "solving", "elapsedSeconds": 0.0, "objective": 0.0}}
    assert (proposal["proposal"]["state"], end, found[-1].id) == ("READY", {}, "end")
    assert behind.request.name == "proposals/1"


async def test_a_browser_that_comes_back_after_the_end_is_told_to_come_no_more(client, behind):
    answer = await client.get(PROPOSAL, headers={"last-event-id": "end"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert behind.seen == []


async def test_a_stream_that_goes_on_does_not_say_that_it_ended(client, behind):
    async def cut_short(_: pb.WatchTimelineRequest):
        yield pb.WatchTimelineResponse(cursor="1", keep_alive=type_pb2.KeepAlive())

    behind.answers["WatchTimeline"] = cut_short
    async with asyncio.timeout(60), client.stream("GET", WATCH) as answer:
        assert [event.name async for event in events(answer)] == ["keepAlive"]


async def test_a_proposal_that_is_none_is_a_problem(client, behind):
    async def none(_: planning_pb2.WatchProposalRequest):
        raise NotFound("None.")
        yield

    behind.answers["WatchProposal"] = none
    assert (await client.get(PROPOSAL)).status_code == 404


async def test_a_stream_with_nothing_to_say_yet_says_that_it_is_there(client, behind):
    behind.answers["WatchTimeline"] = Watched(until=0)
    async with client.stream("GET", WATCH) as answer:
        assert answer.status_code == 200
        assert await anext(answer.aiter_lines()) == ": connected"


async def test_head_of_a_stream_does_not_wait_for_it(client, behind):
    behind.answers["WatchTimeline"] = watched = Watched()
    answer = await client.head(WATCH)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"].startswith("text/event-stream")
    await asyncio.wait_for(watched.ended.wait(), 60)


async def test_streams_do_not_take_the_place_of_calls(services, behind, token):
    behind.answers["WatchTimeline"] = Watched()
    async with open_door(services, token, at_once_max=1) as client, client.stream("GET", WATCH) as answer:
        await take(answer, 1)
        assert (await client.get("/v1/slots/1")).status_code == 200


async def test_more_streams_of_a_caller_than_its_share_are_refused_and_others_are_served(
    services, behind, token, issuer
):
    behind.answers["WatchTimeline"] = Watched()
    other = {"authorization": f"Bearer {issuer.token('partners/other', ['status.read'])}"}
    async with open_door(services, token, streams_at_once_max=4) as client:
        async with client.stream("GET", WATCH) as answer:
            await take(answer, 1)
            refused = await client.get(WATCH)
            assert (refused.status_code, refused.json()["reason"]) == (429, "TOO_MANY_STREAMS")
            assert refused.headers["retry-after"] == "5"
            async with client.stream("GET", WATCH, headers=other) as anothers:
                assert anothers.status_code == 200
        async with asyncio.timeout(60):
            while (await client.head(WATCH)).status_code != 200:
                pass  # The place is given back when the door has noticed that the reader left.


async def test_open_streams_end_when_the_door_closes(services, behind, token):
    behind.answers["WatchTimeline"] = watched = Watched()
    async with open_door(services, token) as client, client.stream("GET", WATCH) as answer:
        await take(answer, 1)
        async with asyncio.timeout(60):
            await client.door.stop(10)
    await asyncio.wait_for(watched.ended.wait(), 60)
