"""What every bus promises when something fails."""

import asyncio
from collections.abc import Sequence

from services.kernel.event import Event
from tests.support.line import Line, Seen, a_history, an_event, of_subject, running, without_repeats


async def test_what_a_handler_fails_on_comes_again_in_order(line: Line) -> None:
    history, seen = a_history(subjects=3, each=30), Seen()
    failures = iter([True, True, False, True])

    async def fails_at_times(events: Sequence[Event]) -> None:
        if next(failures, False):
            raise RuntimeError("the handler's own fault, on purpose")
        await seen.handle(events)

    async with running(line.relay.run(), line.consume("status", fails_at_times)):
        await line.save(history[:45])
        await seen.all_of(history[:45])
        await line.save(history[45:])
        arrived = await seen.all_of(history)
    assert next(failures, None) is None  # every failure that was planned took place
    for number in range(3):
        assert of_subject(arrived, f"slots/{number}") == list(range(1, 31))


async def test_what_a_killed_consumer_had_in_hand_comes_again(line: Line) -> None:
    history, started, seen = a_history(subjects=3, each=5), Seen(), Seen()

    async def hangs(events: Sequence[Event]) -> None:
        await started.handle(events)
        await asyncio.Event().wait()

    async with running(line.relay.run()):
        await line.save(history)
        async with running(line.consume("status", hangs)):
            await started.until(lambda: bool(started.events))
        async with running(line.consume("status", seen.handle)):
            arrived = await seen.all_of(history)
    assert {event.id for event in started.events} <= {event.id for event in arrived}
    assert of_subject(arrived, "slots/0") == [1, 2, 3, 4, 5]


async def test_when_one_member_of_a_group_goes_the_other_takes_over(line: Line) -> None:
    first, rest, together = a_history(subjects=6, each=10), a_history(subjects=6, each=10), Seen()
    async with running(line.relay.run(), line.consume("status", together.handle)):
        async with running(line.consume("status", together.handle)):
            await line.save(first)
            await together.all_of(first)
        await line.save(rest)
        arrived = await together.all_of(first + rest)
    assert len(arrived) == len(first + rest)


async def test_members_that_come_and_go_lose_nothing_and_keep_the_order(line: Line) -> None:
    history, together = a_history(subjects=5, each=60), Seen()
    async with running(line.relay.run(), line.consume("status", together.handle)):
        for start in range(0, len(history), 100):
            async with running(line.consume("status", together.handle)):
                await line.save(history[start : start + 100])
                await together.all_of(history[: start + 30])
        arrived = await together.all_of(history)
    for number in range(5):
        assert of_subject(arrived, f"slots/{number}") == list(range(1, 61))


async def test_a_relay_that_starts_again_loses_nothing(line: Line) -> None:
    history, seen = a_history(subjects=4, each=50), Seen()
    async with running(line.consume("status", seen.handle)):
        for start in range(0, len(history), 50):
            async with running(line.relay.run()):
                await line.save(history[start : start + 50])
                await seen.all_of(history[: start + 10])
        async with running(line.relay.run()):
            arrived = await seen.all_of(history)
    for number in range(4):
        assert of_subject(arrived, f"slots/{number}") == list(range(1, 51))


async def test_when_every_connection_to_the_database_is_cut_nothing_is_lost(line: Line) -> None:
    history, seen = a_history(subjects=4, each=40), Seen()
    async with running(line.relay.run(), line.consume("status", seen.handle)):
        for start in range(0, len(history), 40):
            await line.save(history[start : start + 40])
            await seen.all_of(history[: start + 1])
            await line.cut_connections()
        arrived = await seen.all_of(history)
    for number in range(4):
        assert of_subject(arrived, f"slots/{number}") == list(range(1, 41))


async def test_two_relays_publish_each_event_once_and_in_order(line: Line) -> None:
    other = Line(line.database, line.bus, line.topic)
    history, seen = a_history(subjects=4, each=40), Seen()
    async with running(line.relay.run(), other.relay.run(), line.consume("status", seen.handle)):
        for start in range(0, len(history), 16):
            await (line, other)[start % 32 == 0].save(history[start : start + 16])
        await seen.all_of(history)
        marker = an_event("slots/last")
        await other.save([marker])
        await seen.all_of([marker])
    assert len(seen.events) == len(without_repeats(seen.events)) == len(history) + 1
    assert of_subject(seen.events, "slots/1") == list(range(1, 41))
