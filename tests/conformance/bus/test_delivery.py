"""What every bus promises about the events that it delivers."""

from services.kernel import outbox
from tests.support.line import Line, Seen, a_database, a_history, an_event, of_subject, running


async def test_every_event_arrives_and_each_subject_keeps_its_order(line: Line) -> None:
    history, seen = a_history(subjects=11, each=40), Seen()
    async with running(line.relay.run(), line.consume("status", seen.handle)):
        for start in range(0, len(history), 37):
            await line.save(history[start : start + 37])
        arrived = await seen.all_of(history)
    assert len(arrived) == len(history)
    for number in range(11):
        assert of_subject(arrived, f"slots/{number}") == list(range(1, 41))


async def test_every_attribute_survives(line: Line) -> None:
    full = an_event(reason="Größe geändert → 3\nnew line", data=bytes(range(256)))
    bare = an_event("slots/2", partner="", actor="", reason="", traceparent="", data=b"")
    seen = Seen()
    async with running(line.relay.run(), line.consume("status", seen.handle)):
        await line.save([full, bare])
        arrived = await seen.all_of([full, bare])
    assert sorted(arrived, key=lambda event: event.id) == [full, bare]


async def test_a_large_event_arrives(line: Line) -> None:
    large, seen = an_event(data=bytes(range(256)) * 3516), Seen()
    assert len(large.data) > 900_000
    async with running(line.relay.run(), line.consume("status", seen.handle)):
        await line.save([large])
        assert await seen.all_of([large]) == [large]


async def test_two_groups_both_get_everything(line: Line) -> None:
    history, status, tower = a_history(subjects=5, each=20), Seen(), Seen()
    async with running(line.relay.run(), line.consume("status", status.handle), line.consume("tower", tower.handle)):
        await line.save(history)
        assert len(await status.all_of(history)) == len(await tower.all_of(history)) == len(history)


async def test_a_new_group_begins_at_the_start(line: Line) -> None:
    history, first, late = a_history(subjects=3, each=10), Seen(), Seen()
    async with running(line.relay.run()):
        async with running(line.consume("status", first.handle)):
            await line.save(history)
            await first.all_of(history)
        async with running(line.consume("tower", late.handle)):
            arrived = await late.all_of(history)
    assert of_subject(arrived, "slots/2") == list(range(1, 11))


async def test_events_saved_before_anybody_ran_arrive(line: Line) -> None:
    history, seen = a_history(subjects=4, each=600), Seen()
    await line.save(history)
    async with running(line.relay.run(), line.consume("status", seen.handle)):
        arrived = await seen.all_of(history)
    assert of_subject(arrived, "slots/3") == list(range(1, 601))


async def test_a_transaction_that_commits_late_is_not_skipped(line: Line) -> None:
    early, late, seen = an_event("slots/early"), an_event("slots/late"), Seen()
    async with running(line.relay.run(), line.consume("status", seen.handle)):
        async with line.database.transaction() as slow:
            await outbox.append(slow, [late])
            await line.save([early])
            await seen.all_of([early])
        line.relay.wake()
        await seen.all_of([early, late])


async def test_a_group_that_stops_goes_on_where_it_stopped(line: Line) -> None:
    before, after, seen = an_event(sequence=1), an_event(sequence=2), Seen()
    async with running(line.relay.run()):
        async with running(line.consume("status", seen.handle)):
            await line.save([before])
            await seen.all_of([before])
            # A second event shows that the first batch was not only handed over but also ticked off.
            await line.save([an_event("slots/other")])
            await seen.until(lambda: len(seen.events) >= 2)
        again = Seen()
        async with running(line.consume("status", again.handle)):
            await line.save([after])
            await again.all_of([after])
    assert before.id not in {event.id for event in again.events}


async def test_one_schema_may_publish_on_several_topics_each_in_order_and_apart(line: Line) -> None:
    here, there = f"{line.topic}_here", f"{line.topic}_there"
    await line.database.pool.executemany(
        "INSERT INTO gateway.topic VALUES ($1, $2)", [(topic, line.database.schema) for topic in (here, there)]
    )
    events = [
        an_event(f"{topic}/1", step, type=f"{topic}.happened.v1") for step in (1, 2, 3) for topic in (here, there)
    ]
    line.relay = outbox.Relay(line.database, line.bus)
    seen, both = Seen(), Seen()
    together = line.bus.consume([here, there], "both", both.handle)
    async with running(line.relay.run(), line.bus.consume([here], "one", seen.handle), together):
        await line.save(events)
        await seen.all_of(events[::2])
        told = await both.all_of(events)
    assert {event.topic for event in seen.events} == {here}
    assert [of_subject(told, f"{topic}/1") for topic in (here, there)] == [[1, 2, 3], [1, 2, 3]]


async def test_one_consumer_may_read_several_topics(line: Line) -> None:
    here, there, seen = an_event("slots/1"), an_event("runs/1"), Seen()
    async with a_database(line.database.dsn, f"{line.database.schema}_too") as too:
        other = Line(too, line.bus, f"{line.topic}_too")
        both = line.bus.consume([line.topic, other.topic], "status", seen.handle)
        async with running(line.relay.run(), other.relay.run(), both):
            await line.save([here])
            await other.save([there])
            assert len(await seen.all_of([here, there])) == 2
