"""Salesforce's event bus through the real intake: over real sockets, whatever ends a stream."""

import json
import random
from base64 import b64encode
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from salesforce.eventbus.v1 import pubsub_pb2

from adapters.crm_salesforce.pubsub.subscription import Subscription
from adapters.host import fetching
from adapters.outbound import Away, Declined, Fetched
from services.kernel.db import Database
from tests.support.pubsub import CHANGES, ORDER, RELEASED, Twins, a_client, a_crm_bench, twins

RECORD = "a0B000000000001EAA"
PRESETS = pubsub_pb2.ReplayPreset


@pytest.fixture
async def outside() -> AsyncIterator[Twins]:
    async with twins() as running:
        yield running


def changed(outside: Twins, number: int) -> str:
    """A change of the order's status; its event id."""
    before, after = {"Status__c": f"s{number - 1}"}, {"Status__c": f"s{number}"}
    return outside.bus.record_changed(ORDER, [RECORD], before, after).event_id


async def test_what_the_bus_tells_is_kept_and_read_and_the_cursor_moves_behind_it(
    courier_dsn: str, outside: Twins
) -> None:
    address = {"Street": "Old 1", "City": "Utrecht"}
    record = {"Name": "TO-1", "Status__c": "Requested", "Site_Address__c": address, "Remarks__c": "late"}
    later = record | {"Status__c": "Confirmed", "Remarks__c": None, "Site_Address__c": {"Street": None, "City": "Ede"}}
    made = outside.bus.record_changed(ORDER, [RECORD], None, record)
    last = outside.bus.record_changed(ORDER, [RECORD], record, later)
    async with a_crm_bench(courier_dsn, outside) as bench:
        await bench.has(made.event_id, last.event_id)
        first, second = await bench.reported()
        assert dict(first["changed"]) == {
            "Name": "TO-1", "Status__c": "Requested", "Remarks__c": "late", "Site_Address__c.Street": "Old 1",
            "Site_Address__c.City": "Utrecht",
        }  # fmt: skip
        assert dict(second["changed"]) == {"Status__c": "Confirmed", "Site_Address__c.City": "Ede"}
        assert list(second["nulled"]) == ["Remarks__c", "Site_Address__c.Street"]
        behind = "replay:" + b64encode(last.replay_id).decode()

        async def moved() -> bool:
            return await bench.cursor() == behind

        await bench.until(moved)
        assert outside.api.subscribed[0].replay_preset == PRESETS.EARLIEST
        body = json.loads(await bench.database.pool.fetchval("SELECT body FROM message ORDER BY message_id LIMIT 1"))
        assert outside.bus.schemas[body["schema_id"]] == body["schema"]


async def test_platform_events_and_gaps_take_the_same_way(courier_dsn: str, outside: Twins) -> None:
    gap = outside.bus.gap(ORDER, [RECORD])
    overflow = outside.bus.gap(ORDER, [], "GAP_OVERFLOW")
    async with a_crm_bench(courier_dsn, outside) as bench:
        await bench.has(gap.event_id, overflow.event_id)
        told = [(each["kind"], each["reason"], list(each["records"])) for each in await bench.reported()]
        assert told == [("RereadNeeded", "GAP_UPDATE", [RECORD]), ("RereadNeeded", "GAP_OVERFLOW", [])]


async def test_a_platform_event_is_told_without_its_empty_fields(courier_dsn: str, outside: Twins) -> None:
    event = outside.bus.publish(f"/event/{RELEASED}", {"Dose__c": "doses/1"})
    async with a_crm_bench(courier_dsn, outside, topic=f"/event/{RELEASED}") as bench:
        await bench.has(event.event_id)
        (told,) = await bench.reported()
        assert set(dict(told["fields"])) == {"CreatedDate", "CreatedById", "Dose__c"}


async def test_a_sign_of_life_moves_the_cursor(courier_dsn: str, outside: Twins) -> None:
    event = changed(outside, 1)
    async with a_crm_bench(courier_dsn, outside) as bench:
        await bench.has(event)
        before = await bench.stands()
        outside.clock.advance(timedelta(seconds=269))
        assert outside.api.keepalives == 0
        outside.clock.advance(timedelta(seconds=1))

        async def moved() -> bool:
            return await bench.cursor() != before

        await bench.until(moved)
        assert (outside.api.keepalives, len(outside.api.subscribed)) == (1, 1)


async def test_many_events_are_asked_for_in_time_and_never_more_than_a_hundred(
    courier_dsn: str, outside: Twins
) -> None:
    wanted = [changed(outside, number) for number in range(350)]
    async with a_crm_bench(courier_dsn, outside) as bench:
        await bench.has(*wanted)
        assert [each["id"] for each in await bench.reported()] == wanted
        assert outside.api.outstanding_max == 100
        assert len(outside.api.subscribed) == 1
        assert len(outside.api.schemas_asked) == 1  # asked for once


async def test_a_stream_that_is_open_and_dead_is_noticed_and_taken_up_again(courier_dsn: str, outside: Twins) -> None:
    first = changed(outside, 1)
    async with a_crm_bench(courier_dsn, outside, silence=timedelta(seconds=1)) as bench:
        await bench.has(first)
        outside.api.dead = True
        missed, seen = changed(outside, 2), len(outside.api.subscribed)

        async def again() -> bool:
            return len(outside.api.subscribed) > seen

        await bench.until(again)
        assert missed not in {each["id"] for each in await bench.reported()}
        outside.api.dead = False
        await bench.has(missed)
        assert outside.api.subscribed[seen].replay_preset == PRESETS.CUSTOM
        assert Counter(each["id"] for each in await bench.reported()) == {first: 1, missed: 1}


async def test_what_is_killed_again_and_again_brings_each_event_once(courier_dsn: str, outside: Twins) -> None:
    """The tail repeats after each reconnect, streams break, and the process dies at any point."""
    outside.api.repeats, outside.api.cut_after = 15, 40
    wanted, chance = [changed(outside, number) for number in range(150)], random.Random(7)
    for round_ in range(8):
        async with a_crm_bench(courier_dsn, outside) as bench:
            enough = (round_ + 1) * 15 + chance.randrange(15)

            await bench.has_so_many(enough)
    async with a_crm_bench(courier_dsn, outside) as bench:
        await bench.has(*wanted)
        assert Counter(each["id"] for each in await bench.reported()) == dict.fromkeys(wanted, 1)
        kept = await bench.database.pool.fetchval("SELECT count(*) FROM message")
        assert kept > len(wanted)  # The tail did repeat.
    assert len(outside.api.subscribed) > 9


async def test_who_died_with_the_cursor_is_followed_when_its_lease_is_over_and_waiting_is_no_failure(
    courier_dsn: str, outside: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "LEASE", timedelta(seconds=0.4))
    first = changed(outside, 1)
    async with a_crm_bench(courier_dsn, outside) as bench:
        await bench.has(first)
        await bench.stands()
    second = changed(outside, 2)
    database = await Database.connect(courier_dsn, "exchange", pool_size=1)
    await database.pool.execute("UPDATE cursor SET holder = gen_random_uuid(), lease_until = 'infinity'")
    tried: list[None] = []
    take = fetching.cursors.take

    async def counted(*arguments: Any) -> str | None:
        tried.append(None)
        return await take(*arguments)

    monkeypatch.setattr(fetching.cursors, "take", counted)
    async with a_crm_bench(courier_dsn, outside) as bench:

        async def tried_twice() -> bool:
            return len(tried) >= 2

        await bench.until(tried_twice)
        assert await database.pool.fetchval("SELECT failures FROM cursor") == 0
        assert len(await bench.reported()) == 1
        await database.pool.execute("UPDATE cursor SET lease_until = clock_timestamp()")
        await bench.has(second)
    await database.close()


async def test_of_two_processes_one_listens_however_little_comes(
    courier_dsn: str, outside: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lease ends long before a sign of life must come, so it is renewed meanwhile."""
    monkeypatch.setattr(fetching, "LEASE", timedelta(seconds=4))
    first = changed(outside, 1)
    async with a_crm_bench(courier_dsn, outside) as bench, a_crm_bench(courier_dsn, outside):
        await bench.has(first)
        until = set()

        async def renewed_for_longer_than_a_lease() -> bool:
            until.add(await bench.database.pool.fetchval("SELECT lease_until FROM cursor"))
            return max(until) - min(until) > timedelta(seconds=5)

        await bench.until(renewed_for_longer_than_a_lease)
        assert len(outside.api.subscribed) == 1


@pytest.mark.parametrize("way", ["retention", "migration", "another topic"])
async def test_a_place_that_is_gone_is_told_once_and_the_subscription_begins_anew(
    courier_dsn: str, outside: Twins, way: str
) -> None:
    first = changed(outside, 1)
    async with a_crm_bench(courier_dsn, outside) as bench:
        await bench.has(first)
        lost = await bench.stands()
    if way == "retention":
        outside.clock.advance(timedelta(hours=73))
    elif way == "migration":
        outside.bus.reset()
    else:
        other = outside.bus.publish(f"/event/{RELEASED}", {"Dose__c": "D-1"})
        lost = "replay:" + b64encode(other.replay_id).decode()
        database = await Database.connect(courier_dsn, "exchange", pool_size=1)
        await database.pool.execute("UPDATE cursor SET value = $1", lost)
        await database.close()
    seen, kept = len(outside.api.subscribed), changed(outside, 3)
    async with a_crm_bench(courier_dsn, outside) as bench:
        await bench.has(kept)
        told = [each for each in await bench.reported() if each["kind"] == "RereadNeeded"]
        assert [(each["reason"], each["entity"]) for each in told] == [("REPLAY_LOST", "")]
        presets = [each.replay_preset for each in outside.api.subscribed[seen:]]
        assert presets == [PRESETS.CUSTOM, PRESETS.EARLIEST]
        assert [each["id"] for each in await bench.reported()] == [first, told[0]["id"], kept]
        assert await bench.stands() != lost
    async with a_crm_bench(courier_dsn, outside) as bench:
        last = changed(outside, 4)
        await bench.has(last)
        assert outside.api.subscribed[-1].replay_preset == PRESETS.CUSTOM
        assert sum(each["kind"] == "RereadNeeded" for each in await bench.reported()) == 1


async def test_a_token_that_ends_in_the_middle_is_replaced_once_and_nothing_is_missed(
    courier_dsn: str, outside: Twins
) -> None:
    first = changed(outside, 1)
    async with a_crm_bench(courier_dsn, outside) as bench:
        await bench.has(first)
        outside.tokens.end()
        second = changed(outside, 2)
        await bench.has(second)
        assert outside.tokens.given == 2
        assert len(outside.api.subscribed) == 2  # The refused attempt never became one.
        assert Counter(each["id"] for each in await bench.reported()) == {first: 1, second: 1}


async def test_an_event_whose_schema_nobody_has_is_kept_and_refused_and_holds_up_none(
    courier_dsn: str, outside: Twins
) -> None:
    strange = outside.bus.append({CHANGES}, "unheard-of", b"\x01")
    unfit = outside.bus.append({CHANGES}, outside.bus.topics["/data/TreatmentOrder__ChangeEvent"], b"\x01\x02")
    good = changed(outside, 1)
    async with a_crm_bench(courier_dsn, outside) as bench:
        await bench.has(good)
        rows = await bench.database.pool.fetch(
            "SELECT body, reason, detail FROM message JOIN verdict USING (message_id) WHERE reason <> ''"
            " ORDER BY message_id"
        )
        told = [(json.loads(row["body"])["event_id"], row["reason"]) for row in rows]
        assert told == [(strange.event_id, "SCHEMA_UNKNOWN"), (unfit.event_id, "PAYLOAD_UNREADABLE")]
        assert "unheard-of" in rows[0]["detail"]


async def test_an_object_that_an_administrator_changes_is_read_by_the_schema_of_each_event(
    courier_dsn: str, outside: Twins
) -> None:
    first = changed(outside, 1)
    outside.bus.define_object(ORDER, {"Added__c": "string", "Status__c": "string"})
    second = outside.bus.record_changed(ORDER, [RECORD], {"Added__c": "a"}, {"Added__c": "b"}).event_id
    async with a_crm_bench(courier_dsn, outside) as bench:
        await bench.has(first, second)
        told = [dict(each["changed"]) for each in await bench.reported()]
        assert told == [{"Status__c": "s1"}, {"Added__c": "b"}]


async def listened(outside: Twins, cursor: str = "", topic: str = CHANGES) -> Fetched:
    """The first thing that a subscription brings."""
    async with a_client(outside) as (client, schemas):
        subscription = Subscription(client, schemas, topic)
        async for fetched in subscription.listen(cursor):
            return fetched
    raise AssertionError("it ended")


@pytest.mark.parametrize(
    ("name", "kind", "after"),
    [
        ("service.unavailable", Away, None),
        ("subscription.internal.error", Away, None),
        ("service.protection.triggered", Away, timedelta(minutes=1)),
        ("subscription.limit.exceeded", Away, timedelta(hours=1)),
        ("concurrent.client.limit.exceeded", Away, timedelta(hours=1)),
        ("subscription.fetch.replayid.corrupted", Away, None),  # of EARLIEST it makes no sense
        ("service.auth.headers.invalid", Declined, None),
        ("subscription.fetch.overflow", Declined, None),
    ],
)
async def test_each_refusal_is_told_by_its_name_and_ends_as_the_table_says(
    outside: Twins, name: str, kind: type[Away | Declined], after: timedelta | None
) -> None:
    outside.api.faults.append(name)
    with pytest.raises(kind, match=rf"{name}.*rpcId: twin") as no:
        await listened(outside)
    assert getattr(no.value, "retry_after", None) == after
    assert len(outside.api.faults) == 0


async def test_a_new_token_is_tried_once_and_then_it_is_told(outside: Twins) -> None:
    outside.tokens.bad = 2
    with pytest.raises(Away, match=r"service.auth.error.*a new token was refused too"):
        await listened(outside)
    assert outside.tokens.given == 2


async def test_what_is_not_allowed_or_not_there_is_told(outside: Twins) -> None:
    outside.api.forbidden.add(CHANGES)
    with pytest.raises(Declined, match=r"cannot.subscribe"):
        await listened(outside)
    with pytest.raises(Declined, match=r"topic.not.found"):
        await listened(outside, topic="/event/Nothing__e")


async def test_a_spent_allocation_ends_the_stream_after_what_was_left_of_it(outside: Twins) -> None:
    changed(outside, 1), changed(outside, 2)
    outside.api.deliveries_left = 1
    async with a_client(outside) as (client, schemas):
        coming = Subscription(client, schemas, CHANGES).listen("")
        assert len((await anext(coming)).bodies) == 1
        with pytest.raises(Away) as no:
            await anext(coming)
        assert no.value.retry_after == timedelta(hours=1)


async def test_a_bus_that_is_not_there_is_away() -> None:
    async with twins() as outside:
        await outside.api.stop()
        with pytest.raises(Away, match="UNAVAILABLE"):
            await listened(outside)
