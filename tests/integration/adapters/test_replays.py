"""Many kept messages are read again at once: what fits, in order, each counted once, through stops and crashes."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from doselane.exchange.v1 import exchange_pb2

from adapters.host.intake import Intake
from adapters.manifest import Incoming, MessageReader, Refused, Translation
from services.kernel.errors import GatewayError, Kind
from services.kernel.ids import uuid7
from services.kernel.rpc import Client
from services.kernel.timestamps import stamp
from tests.support.couriers import NOW, RIVAL_KEY, SWIFT, CourierDesk, a_courier_desk, ups

As = Callable[..., Client]
Message, Replay = exchange_pb2.Message, exchange_pb2.Replay
PARKED = 45  # more than two steps of the worker


class NotYet:
    """A reader that lacks what it needs, until it is mended."""

    def translate(self, incoming: Incoming) -> Translation:
        raise Refused("NOT_YET", "The tables lack this.")


class Stopped:
    """A reader in whose middle the process is stopped."""

    def __init__(self, reader: MessageReader, after: int) -> None:
        self._reader, self._left = reader, after

    def translate(self, incoming: Incoming) -> Translation:
        self._left -= 1
        if self._left < 0:
            raise asyncio.CancelledError
        return self._reader.translate(incoming)


def read_by(desk: CourierDesk, reader: Any) -> MessageReader:
    """From now on this one reads for Swift; answers who did before."""
    door: Any = desk.host.door
    before = door._accounts["swift-ups"]
    for accounts in (door._accounts, door._intake._accounts):
        accounts["swift-ups"] = replace(before, reader=reader)
    return before.reader


async def park(desk: CourierDesk, number: int = PARKED) -> None:
    """So many of Swift's pushes are refused, and some others are taken, before it is mended."""
    mended = read_by(desk, NotYet())
    for n in range(number):
        assert (await desk.push_ups(ups(NOW + timedelta(seconds=n)))).status_code == 400
    read_by(desk, mended)
    await desk.push_ups(b"{")
    await desk.post("/ups/rival-ups", b"{", {"credential": RIVAL_KEY})
    await desk.push_ups(ups(NOW - timedelta(hours=1)))


def asked(desk: CourierDesk, **changes: Any) -> exchange_pb2.CreateReplayRequest:
    """A replay of all of Swift's, asked for a moment after what came last."""
    desk.clock.advance(timedelta(seconds=1))
    now = desk.clock.now()
    told = {
        "account": "swift-ups",
        "start_time": stamp(now - timedelta(hours=1)),
        "end_time": stamp(now + timedelta(hours=1)),
        "request_id": str(uuid7()),
        "reason": "the tables were mended",
        **changes,
    }
    return exchange_pb2.CreateReplayRequest(**told)


async def ended(operator: Client, begun: Replay) -> Replay:
    async with asyncio.timeout(60):
        while (found := await operator.call("GetReplay", exchange_pb2.GetReplayRequest(name=begun.name))).state == 1:
            await asyncio.sleep(0.01)
    return found


@pytest.fixture
async def operator(client_of: As) -> Client:
    return client_of("partners/cdmo", "exchange.read", "exchange.operate", "operator")


async def test_what_is_parked_is_read_again_and_published_once(desk: CourierDesk, operator: Client) -> None:
    await park(desk)
    request = asked(desk, states=[Message.REFUSED], reasons=["NOT_YET"])
    begun = await operator.call("CreateReplay", request)
    assert begun.end_time == stamp(desk.clock.now())  # what comes later is not read again
    assert await operator.call("CreateReplay", request) == begun
    done = await ended(operator, begun)
    assert (done.state, done.total_count, done.accepted_count, done.refused_count) == (Replay.DONE, PARKED, PARKED, 0)
    assert (done.actor, done.finish_time) == ("night-shift", stamp(desk.clock.now()))
    assert len(await desk.milestones()) == PARKED + 1
    again = await ended(operator, await operator.call("CreateReplay", asked(desk, states=[Message.REFUSED])))
    assert (again.total_count, again.refused_count) == (1, 1)  # the one that says nothing, and not the rival's
    listed = await operator.call("ListReplays", exchange_pb2.ListReplaysRequest(page_size=1))
    assert [each.name for each in listed.replays] == [again.name]
    assert listed.next_page_token


async def test_reading_again_what_was_taken_publishes_nothing(desk: CourierDesk, operator: Client) -> None:
    await desk.push_ups(ups())
    await desk.push_ups(ups())
    before = await desk.published()
    done = await ended(operator, await operator.call("CreateReplay", asked(desk)))
    assert (done.accepted_count, done.repeated_count, done.failed_count) == (1, 1, 0)
    assert await desk.published() == before


async def test_only_what_arrived_in_the_time_is_read(desk: CourierDesk, operator: Client) -> None:
    at = [desk.clock.now() + timedelta(minutes=n) for n in range(4)]
    for n, instant in enumerate(at):
        desk.clock.advance_to(instant)
        await desk.push_ups(ups(NOW + timedelta(seconds=n)))
    request = asked(desk, start_time=stamp(at[1]), end_time=stamp(at[3]), sources=["ups.track-alert"])
    assert (await ended(operator, await operator.call("CreateReplay", request))).total_count == 2
    other = asked(desk, sources=["ups.track"])
    assert (await ended(operator, await operator.call("CreateReplay", other))).total_count == 0


async def test_a_replay_whose_process_was_stopped_goes_on_elsewhere_and_counts_all_once(
    desk: CourierDesk, operator: Client, courier_dsn: str
) -> None:
    await park(desk)
    read_by(desk, Stopped(read_by(desk, None), 30))
    begun = await operator.call("CreateReplay", asked(desk, reasons=["NOT_YET"]))
    pool = desk.database.pool
    async with asyncio.timeout(60):
        while len(await desk.milestones()) < 31:
            await asyncio.sleep(0.01)
    row = await pool.fetchrow("SELECT state, total, accepted FROM replay")
    assert tuple(row) == (1, PARKED, 20)
    await pool.execute("UPDATE replay SET lease_until = now() - interval '1 minute'")
    async with a_courier_desk(courier_dsn):
        done = await ended(operator, begun)
    # By now nothing of the first steps has this reason any more, so all that is left is read, and nothing twice.
    assert (done.state, done.accepted_count) == (Replay.DONE, PARKED - 10)
    assert len(await desk.milestones()) == PARKED + 1


async def test_a_replay_can_be_stopped_and_one_that_has_ended_stays_as_it_is(
    desk: CourierDesk, operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    await park(desk)
    going, go_on = asyncio.Event(), asyncio.Event()
    rejudge = Intake.rejudge

    async def slow(self: Intake, *args: Any) -> Any:
        going.set()
        await go_on.wait()
        return await rejudge(self, *args)

    monkeypatch.setattr(Intake, "rejudge", slow)
    begun = await operator.call("CreateReplay", asked(desk))
    await going.wait()
    stopped = await operator.call("CancelReplay", exchange_pb2.CancelReplayRequest(name=begun.name))
    assert (stopped.state, stopped.total_count) == (Replay.CANCELLED, PARKED + 2)
    go_on.set()
    after = await ended(operator, await operator.call("CreateReplay", asked(desk)))
    assert after.state == Replay.DONE
    assert await operator.call("GetReplay", exchange_pb2.GetReplayRequest(name=begun.name)) == stopped
    assert await operator.call("CancelReplay", exchange_pb2.CancelReplayRequest(name=after.name)) == after


async def test_what_cannot_be_replayed_is_refused_with_its_field(desk: CourierDesk, client_of: As) -> None:
    operator = client_of("partners/cdmo", "exchange.read", "exchange.operate", "operator")
    now = stamp(desk.clock.now())
    wrong: dict[str, tuple[Kind, dict[str, Any]]] = {
        "account": (Kind.NOT_FOUND, {"account": "nobody"}),
        "end_time": (Kind.INVALID, {"start_time": now, "end_time": now}),
        "start_time": (Kind.INVALID, {"start_time": None}),
    }
    for field, (kind, changes) in wrong.items():
        with pytest.raises(GatewayError) as refused:
            await operator.call("CreateReplay", asked(desk, **changes))
        assert refused.value.kind == kind
        assert field in refused.value.facts.values() or field in refused.value.facts
    with pytest.raises(GatewayError) as denied:
        await client_of(SWIFT).call("CreateReplay", asked(desk))
    assert denied.value.kind == Kind.DENIED
    with pytest.raises(GatewayError) as unknown:
        await operator.call("GetReplay", exchange_pb2.GetReplayRequest(name=f"replays/{uuid7()}"))
    assert unknown.value.kind == Kind.NOT_FOUND
    assert not await desk.database.pool.fetchval("SELECT count(*) FROM replay")


@pytest.mark.parametrize(
    ("filters", "number"),
    [
        ({}, 5),
        ({"states": [Message.REFUSED]}, 4),
        ({"states": [Message.REFUSED, Message.ACCEPTED]}, 5),
        ({"account": "swift-ups", "states": [Message.REFUSED]}, 3),
        ({"reasons": ["NOT_YET"]}, 2),
        ({"reasons": ["NOT_YET", "TRACKING_NUMBER_MISSING"], "account": "rival-ups"}, 0),
        ({"sources": ["ups.track-alert"], "account": "rival-ups"}, 1),
        ({"sources": ["ups.track"]}, 0),
        ({"start_time": stamp(NOW + timedelta(hours=1))}, 5),
        ({"end_time": stamp(NOW + timedelta(hours=1))}, 0),
    ],
)
async def test_the_parking_list_is_narrowed_by_account_reason_way_and_time(
    desk: CourierDesk, operator: Client, filters: dict[str, Any], number: int
) -> None:
    await park(desk, 2)
    names, request = [], exchange_pb2.ListMessagesRequest(page_size=2, **filters)
    while True:
        page = await operator.call("ListMessages", request)
        names += [each.name for each in page.messages]
        if not page.next_page_token:
            break
        request.page_token = page.next_page_token
    assert (len(names), names) == (number, sorted(set(names), reverse=True))
