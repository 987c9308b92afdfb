"""A system of a kind that the host has never heard of runs through all of it: pushed, fetched, heard, and told."""

from datetime import timedelta
from uuid import UUID

from doselane.exchange.v1.events_pb2 import DeliveryFailed, SourceHeard, SourceSilent
from doselane.exchange.v1.exchange_pb2 import Delivery as Told
from doselane.quality.v1.batch_pb2 import TestResult
from doselane.quality.v1.events_pb2 import ResultRefused

from adapters.host import deliveries, store
from adapters.host.deliveries import DeliveryState
from adapters.host.pressure import waiting
from adapters.outbound import Away, Declined, Uncertain
from adapters.ports.lims import RESULT_REFUSED
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.timestamps import instant
from tests.support.lims_bench import Bench, a_bench, result


async def test_what_is_pushed_is_kept_read_published_once_and_answered_in_general_words(bench: Bench) -> None:
    await bench.registered("s1")
    await bench.ended(DeliveryState.SENT)
    answer = await bench.http.post("/lims/lab", json={"results": [result(1), result(2, "odd")]})
    assert (answer.status_code, answer.json()["state"], answer.json()["partner"]) == (200, "ACCEPTED", "partners/lab")
    assert answer.json()["name"].startswith("messages/")
    assert answer.json()["notes"] == [
        {"eventId": "r1", "kind": "VERIFIED"},
        {"index": 1, "eventId": "r2", "warnings": ["CODE_UNKNOWN", "SAMPLE_UNKNOWN"]},
    ]
    again = await bench.http.post("/lims/lab", json={"results": [result(1), result(2, "odd")]})
    refused = await bench.http.post("/lims/lab", json={"result": []})
    assert (again.json()["state"], refused.json()["reason"]) == ("REPEATED", "BODY_NOT_RESULTS")
    assert await bench.reported() == ["r1", "r2"]
    kinds = [(event.type, event.source) for event in await bench.events()]
    assert kinds[-1] == ("doselane.lims.message.refused.v1", "doselane/lims")


async def test_what_a_service_objects_to_stands_in_the_notes_once(bench: Bench) -> None:
    pushed = await bench.http.post("/lims/lab", json={"results": [result(1), result(2)]})
    name = pushed.json()["name"]

    async def object_to(laboratory: str, number: int) -> None:
        refused = TestResult(result_id="r2", laboratory=laboratory, message=name, reason="RESULT_UNREADABLE")
        data, subject = ResultRefused(result=refused).SerializeToString(), f"results/{laboratory}/r2"
        event = Event(uuid7(), RESULT_REFUSED, "doselane/quality", subject, number, bench.clock.now(), data)
        await bench.bus.publish("doselane.quality", [event])

    for number, laboratory in enumerate(("partners/other", "partners/lab", "partners/lab"), 1):
        await object_to(laboratory, number)

    async def heard() -> bool:
        return bool(await bench.database.pool.fetchval("SELECT count(*) = 3 FROM inbox"))

    await bench.until(heard)
    stored = await store.one(bench.database.pool, UUID(name.partition("/")[2]))  # type: ignore[arg-type]
    assert stored and stored.verdict
    assert [list(note.warnings) for note in stored.verdict.notes] == [
        ["SAMPLE_UNKNOWN"],
        ["SAMPLE_UNKNOWN", "RESULT_UNREADABLE"],
    ]


async def test_what_is_fetched_and_heard_takes_the_same_way(bench: Bench) -> None:
    bench.laboratory.results += [result(number) for number in range(5)]
    await bench.has("r0", "r1", "r2", "r3", "r4")
    await bench.laboratory.heard.put(result(4))  # heard as well
    await bench.laboratory.heard.put({})  # a sign of life
    await bench.laboratory.heard.put(result(6))
    bench.laboratory.results.append(result(5))
    await bench.has("r0", "r1", "r2", "r3", "r4", "r5", "r6")
    sources = await bench.database.pool.fetch("SELECT source, count(*) FROM message GROUP BY 1 ORDER BY 1")
    assert [tuple(row) for row in sources] == [("lims.results", 6), ("lims.stream", 2)]

    async def moved() -> bool:
        return await bench.database.pool.fetchval("SELECT value FROM cursor WHERE name = 'lims.results'") == "6"

    await bench.until(moved)  # after what it brought is kept


async def test_a_stream_that_falls_silent_or_ends_is_listened_to_anew(bench: Bench) -> None:
    async def listened_again() -> bool:
        return bench.laboratory.listeners >= 2

    await bench.until(listened_again)  # silent for longer than it may be
    await bench.laboratory.heard.put(None)
    before = bench.laboratory.listeners

    async def once_more() -> bool:
        return bench.laboratory.listeners > before

    await bench.until(once_more)
    await bench.laboratory.heard.put(result(1))
    await bench.has("r1")


async def test_of_one_subject_the_first_goes_first_and_others_do_not_wait(bench: Bench) -> None:
    bench.laboratory.answers += [Away("down"), Away("down"), Away("down")]
    for number in (1, 2, 3):
        await bench.registered("s1", number)
    await bench.ended(DeliveryState.SENT, DeliveryState.SENT, DeliveryState.SENT)
    assert bench.laboratory.samples == ["s1/1", "s1/2", "s1/3"]


async def test_what_waits_for_an_instant_is_sent_when_the_clock_is_moved_there_and_not_at_some_later_look(
    courier_dsn: str,
) -> None:
    async with a_bench(courier_dsn, look_every=timedelta(seconds=60)) as bench:
        bench.laboratory.answers += [Away("down")] * 2
        await bench.registered("s1")
        await bench.ended(DeliveryState.SENT)  # two looks later would be too late
        assert bench.laboratory.samples == ["s1/1"]


async def test_what_is_declined_keeps_back_neither_its_subject_nor_others(bench: Bench) -> None:
    bench.laboratory.answers += [Declined("no such client")]
    await bench.registered("s1", 1)
    await bench.ended(DeliveryState.PARKED)
    await bench.registered("s1", 2)
    parked, _ = await bench.ended(DeliveryState.PARKED, DeliveryState.SENT)
    assert parked.words == "no such client"


async def failed(bench: Bench) -> list[tuple[int, DeliveryFailed]]:
    return [
        (event.sequence, DeliveryFailed.FromString(event.data))
        for event in await bench.events()
        if event.type == "doselane.lims.delivery.failed.v1"
    ]


async def test_what_is_declined_or_given_up_is_told_of_each_time(bench: Bench) -> None:
    bench.laboratory.answers += [Declined("no such client")]
    await bench.registered("s1", days=0.1)
    (parked,) = await bench.ended(DeliveryState.PARKED)
    ((_, told),) = await failed(bench)
    assert (told.delivery, told.account, told.about) == (f"deliveries/{parked.id}", "lab", "s1")
    assert (told.state, told.detail, told.reaction) == (Told.PARKED, "no such client", "lims.register")
    bench.laboratory.answers += [Away("down")] * 10_000
    now = bench.clock.now()
    await deliveries.replay(bench.database.pool, parked.id, now, now + timedelta(seconds=20))
    await bench.ended(DeliveryState.GIVEN_UP)
    numbers = [(number, each.state, each.detail) for number, each in await failed(bench)]
    assert numbers == [(1, Told.PARKED, "no such client"), (2, Told.GIVEN_UP, "down")]
    assert {event.partner for event in await bench.events()} == {"partners/lab"}


async def test_what_was_sent_is_not_told_of(bench: Bench) -> None:
    await bench.registered("s1")
    await bench.ended(DeliveryState.SENT)
    assert await failed(bench) == []


async def test_a_poll_that_brings_nothing_for_long_is_told_of_once_and_when_it_is_heard_again(bench: Bench) -> None:
    async def told(kind: str) -> list[Event]:
        subject = "accounts/lab/sources/lims.results"
        return [event for event in await bench.events() if event.type.endswith(kind) and event.subject == subject]

    async def heard() -> bool:
        return bool(await bench.database.pool.fetchval("SELECT value FROM cursor WHERE name = 'lims.results'"))

    await bench.until(heard)
    began = bench.clock.now()
    bench.laboratory.down = Away("nobody answers")
    bench.clock.advance(timedelta(minutes=14))
    failures = bench.laboratory.failures

    async def failed_twice() -> bool:
        return bench.laboratory.failures >= failures + 2

    await bench.until(failed_twice)
    assert await told("silent.v1") == []
    bench.clock.advance(timedelta(minutes=2))

    async def silent() -> bool:
        return bool(await told("silent.v1"))

    await bench.until(silent)
    failures = bench.laboratory.failures
    await bench.until(failed_twice)
    (event,) = await told("silent.v1")
    said = SourceSilent.FromString(event.data)
    assert (event.partner, event.sequence, said.detail) == ("partners/lab", 1, "nobody answers")
    assert instant(said.since, "since") <= began
    bench.laboratory.down = None

    async def again() -> bool:
        return bool(await told("heard.v1"))

    await bench.until(again)
    (event,) = await told("heard.v1")
    assert (event.sequence, SourceHeard.FromString(event.data).since) == (2, said.since)


async def test_after_a_lost_answer_it_looks_before_it_sends_again(bench: Bench) -> None:
    bench.laboratory.answers += [Uncertain("cut off")]
    await bench.registered("s1")
    (sent,) = await bench.ended(DeliveryState.SENT)
    assert (bench.laboratory.samples, bench.laboratory.looks, sent.words) == (["s1/1"], 1, "found s1/1")


async def test_what_its_process_died_over_is_looked_for_first(bench: Bench) -> None:
    bench.laboratory.answers += [Away("down")] * 1000
    await bench.registered("s1")

    async def tried() -> bool:
        return any(each.attempts for each in await bench.deliveries())

    await bench.until(tried)
    bench.laboratory.samples.append("s1/1")
    dead = "UPDATE delivery SET lease_until = now() - interval '1 minute' WHERE state = 1 AND lease_until IS NULL"

    async def found() -> bool:
        await bench.database.pool.execute(dead)  # again and again: an attempt under way would end as it should
        return [each.state for each in await bench.deliveries()] == [DeliveryState.SENT]

    await bench.until(found)
    (sent,) = await bench.deliveries()
    assert bench.laboratory.samples == ["s1/1"]
    assert sent.words == "found s1/1"


async def test_how_much_waits_and_for_how_long_is_known_by_account(bench: Bench) -> None:
    assert await waiting(bench.database, bench.clock.now()) == {}
    bench.laboratory.answers += [Away("down")] * 50
    await bench.registered("s1")
    await bench.registered("s2")

    async def both() -> bool:
        return len(await bench.deliveries()) == 2

    await bench.until(both)
    later = bench.clock.now() + timedelta(minutes=3)
    number, age_s = (await waiting(bench.database, later))["lab"]
    assert (number, age_s >= 180) == (2, True)
    assert (await waiting(bench.database, bench.clock.now() - timedelta(days=1)))["lab"] == (2, 0.0)
