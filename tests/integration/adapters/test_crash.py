"""What a crash leaves half done is done at the next start; what the database refuses to take is not acknowledged."""

import asyncio
import json
import os
from dataclasses import replace
from datetime import timedelta

import pytest
from doselane.courier.v1 import courier_pb2

from adapters.host import store
from adapters.host.values import ReceivedMessage, digest
from adapters.manifest import Incoming, Translation
from services.kernel.aside import LARGE_BYTES
from services.kernel.db import Database
from services.kernel.ids import uuid7
from tests.support.couriers import NOW, SWIFT, CourierDesk, a_courier_desk, ups

Push = courier_pb2.Push


def an_arrival(body: bytes) -> ReceivedMessage:
    """A push as a crash leaves it: kept, not judged."""
    return ReceivedMessage(
        message_id=uuid7(),
        account="swift-ups",
        partner=SWIFT,
        port="courier",
        adapter="courier_ups",
        source="ups.track-alert",
        received_at=NOW,
        headers={},
        body=body,
        body_bytes=len(body),
        body_sha256=digest(body),
        collection="pushes",
    )


async def keep(dsn: str, *arrivals: ReceivedMessage) -> None:
    database = await Database.connect(dsn, "exchange", pool_size=1)
    await store.keep(database.pool, arrivals)
    await database.close()


async def all_judged(desk: CourierDesk) -> None:
    async with asyncio.timeout(20):
        while await desk.database.pool.fetchval(
            "SELECT count(*) FROM message LEFT JOIN verdict USING (message_id) WHERE verdict.message_id IS NULL"
        ):
            await asyncio.sleep(0.01)


async def test_pushes_left_without_a_verdict_are_judged_at_the_next_start(courier_dsn: str) -> None:
    left = [an_arrival(json.dumps(ups(NOW + timedelta(minutes=n))).encode()) for n in range(120)]
    poison = an_arrival(b'{"trackingNumber":')
    await keep(courier_dsn, *left, poison)
    async with a_courier_desk(courier_dsn) as desk:
        await all_judged(desk)
        assert len(await desk.milestones()) == 120
        assert [refusal.push for refusal in await desk.refusals()] == [poison.name]


async def test_a_retry_after_a_crash_and_the_push_it_repeats_count_once(courier_dsn: str) -> None:
    body = json.dumps(ups()).encode()
    await keep(courier_dsn, an_arrival(body))
    async with a_courier_desk(courier_dsn) as desk:
        retried = await desk.push_ups(body)
        await all_judged(desk)
        states = await desk.database.pool.fetch("SELECT state FROM verdict")
        assert sorted(row["state"] for row in states) == [Push.ACCEPTED, Push.REPEATED]
        assert retried.status_code == 200
        assert len(await desk.milestones()) == 1


async def test_two_processes_that_judge_the_same_count_it_once(courier_dsn: str) -> None:
    async with a_courier_desk(courier_dsn) as one, a_courier_desk(courier_dsn) as other:
        bodies = [ups(tracking=f"1Z{number:016}") for number in range(50)]
        answers = await asyncio.gather(*(desk.push_ups(body) for body in bodies for desk in (one, other)))
        states = [answer.json()["state"] for answer in answers]
        assert (states.count("ACCEPTED"), states.count("REPEATED")) == (50, 50)
        assert len(await one.milestones()) == 50


async def test_a_push_that_the_database_cannot_take_is_not_acknowledged(desk: CourierDesk) -> None:
    await desk.database.pool.execute("ALTER TABLE message RENAME TO away")
    answer = await desk.push_ups(ups())
    await desk.database.pool.execute("ALTER TABLE away RENAME TO message")
    assert answer.status_code >= 500
    assert await desk.stored() == 0
    assert (await desk.push_ups(ups())).json()["state"] == "ACCEPTED"


async def test_a_broken_connection_is_replaced(desk: CourierDesk) -> None:
    assert (await desk.push_ups(ups())).status_code == 200
    await desk.database.pool.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'doselane exchange' AND pid <> pg_backend_pid() AND datname = current_database()"
    )
    async with asyncio.timeout(20):
        while (await desk.push_ups(ups(NOW + timedelta(minutes=1)))).status_code != 200:
            await asyncio.sleep(0.05)
    assert len(await desk.milestones()) == 2


class Deadly:
    """An adapter that ends the process in which it reads."""

    def translate(self, incoming: Incoming) -> Translation:
        os._exit(1)


@pytest.mark.slow
async def test_a_body_that_ends_its_reader_ends_nobody_else_and_is_given_up_in_the_end(
    courier_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = json.dumps(ups()).encode() + b" " * LARGE_BYTES
    async with a_courier_desk(courier_dsn) as desk:
        account = desk.host.door._accounts["swift-ups"]
        monkeypatch.setitem(desk.host.door._accounts, account.id, replace(account, reader=Deadly()))
        for attempt in range(1, 4):
            answer = await desk.push_ups(large + b" " * attempt)
            assert (answer.status_code, answer.json()["state"]) == (202, "RECEIVED")
        (row,) = await desk.database.pool.fetch("SELECT message_id FROM ended_reading ORDER BY message_id LIMIT 1")
        assert await store.attempts(desk.database.pool, row["message_id"]) == 1
    # It is read again at each start, always in a process of its own.
    async with a_courier_desk(courier_dsn) as desk:
        await all_judged(desk)
        states = await desk.database.pool.fetch("SELECT state FROM verdict ORDER BY message_id")
        assert [row["state"] for row in states].count(Push.REFUSED) == 0
        assert len(await desk.milestones()) == 1


async def test_outages_of_the_database_are_no_attempts(courier_dsn: str) -> None:
    await keep(courier_dsn, an_arrival(json.dumps(ups()).encode()))
    database = await Database.connect(courier_dsn, "exchange", pool_size=1)
    await database.pool.execute(
        "CREATE SEQUENCE outages; CREATE FUNCTION away() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " PERFORM nextval('outages'); RAISE EXCEPTION 'going down' USING ERRCODE = 'admin_shutdown'; END $$;"
        "CREATE TRIGGER away BEFORE INSERT ON verdict EXECUTE FUNCTION away()"
    )
    for number in range(1, 5):
        before = await database.pool.fetchval("SELECT last_value FROM outages")
        async with a_courier_desk(courier_dsn), asyncio.timeout(30):
            while await database.pool.fetchval("SELECT last_value FROM outages") < before + (number > 1):
                await asyncio.sleep(0.01)
    await database.pool.execute("DROP TRIGGER away ON verdict")
    await database.close()
    async with a_courier_desk(courier_dsn) as desk:
        await all_judged(desk)
        assert await desk.refusals() == []
        assert len(await desk.milestones()) == 1


async def test_a_body_that_ends_every_process_that_reads_it_is_given_up_after_some_attempts(courier_dsn: str) -> None:
    deadly, good = (
        an_arrival(json.dumps(ups()).encode()),
        an_arrival(json.dumps(ups(NOW + timedelta(minutes=1))).encode()),
    )
    await keep(courier_dsn, deadly, good)
    database = await Database.connect(courier_dsn, "exchange", pool_size=1)
    for _ in range(3):  # as three processes did, before they ended
        await store.note_attempt(database.pool, deadly.message_id)
    await database.close()
    async with a_courier_desk(courier_dsn) as desk:
        await all_judged(desk)
        assert [(refusal.push, refusal.reason) for refusal in await desk.refusals()] == [(deadly.name, "ADAPTER_FAULT")]
        assert len(await desk.milestones()) == 1
