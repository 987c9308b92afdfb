"""What the other side answers to a delivery is taken in like a push, together with the delivery's end or not at all."""

import json
from typing import Any

import asyncpg
import pytest

from adapters.host.deliveries import DeliveryState
from adapters.outbound import Receipt
from services.kernel.db import Database
from tests.support.lims_bench import Bench, a_bench, result

# As PostgreSQL answers while it goes down, in the middle of what one process has to do.
AWAY = """
CREATE FUNCTION away() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM nextval('outages'); RAISE EXCEPTION 'going down' USING ERRCODE = 'admin_shutdown';
END $$;
CREATE SEQUENCE outages;
"""


def booked(number: int = 1, **more: Any) -> Receipt:
    """That a sample was registered, and what the laboratory says of it at once."""
    return Receipt("registered", json.dumps({"results": [result(number, **more)]}).encode())


async def outages(database: Database) -> int:
    return await database.pool.fetchval("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM outages")


async def kept(database: Database) -> list[tuple[str, str, str]]:
    rows = await database.pool.fetch("SELECT source, headers, actor FROM message ORDER BY message_id")
    return [(row["source"], json.loads(row["headers"])["doselane-subject"], row["actor"]) for row in rows]


async def test_what_an_answer_tells_is_published_as_if_it_had_been_pushed(bench: Bench) -> None:
    bench.laboratory.answers.append(booked())
    await bench.registered("s1")
    (sent,) = await bench.ended(DeliveryState.SENT)
    await bench.has("r1")
    assert sent.words == "registered"
    assert await kept(bench.database) == [("lims.register", "s1", "account lab")]
    pushed = await bench.http.post("/lims/lab", json={"results": [result(1)]})
    assert pushed.json()["notes"][0]["warnings"] == ["EVENT_REPEATED"]


async def test_an_answer_has_the_name_that_the_adapter_gives_it_and_says_what_it_answers(bench: Bench) -> None:
    bench.laboratory.answers.append(Receipt("registered", booked().body, "lims.results"))
    await bench.registered("s1")
    (sent,) = await bench.ended(DeliveryState.SENT)
    await bench.has("r1")
    row = await bench.database.pool.fetchrow("SELECT source, headers FROM message")
    assert row["source"] == "lims.results"
    assert json.loads(row["headers"]) == {
        "doselane-delivery": sent.name,
        "doselane-event": sent.set_off_by,
        "doselane-subject": "s1",
    }


async def test_an_answer_that_cannot_be_read_is_kept_and_refused_and_the_delivery_was_made(bench: Bench) -> None:
    bench.laboratory.answers.append(Receipt("registered \0", b"not JSON"))
    await bench.registered("s1")
    (sent,) = await bench.ended(DeliveryState.SENT)

    async def refused() -> bool:
        return [event.type for event in await bench.events()] == ["doselane.lims.message.refused.v1"]

    await bench.until(refused)
    assert (sent.words, bench.laboratory.samples) == ("registered \N{REPLACEMENT CHARACTER}", ["s1/1"])
    assert await bench.database.pool.fetchval("SELECT body FROM message") == b"not JSON"


@pytest.mark.parametrize(
    ("table", "trigger"),
    [
        ("delivery", "BEFORE UPDATE ON delivery FOR EACH ROW WHEN (new.state = 2)"),
        ("message", "BEFORE INSERT ON message"),
    ],
)
async def test_an_answer_that_was_not_kept_with_its_delivery_s_end_is_looked_for_and_counts_once(
    bench: Bench, table: str, trigger: str
) -> None:
    pool = bench.database.pool
    await pool.execute(f"{AWAY} CREATE TRIGGER away {trigger} EXECUTE FUNCTION away()")
    bench.laboratory.answers.append(booked())
    await bench.registered("s1")

    async def lost() -> bool:
        return await outages(bench.database) == 1

    await bench.until(lost)
    (waits,) = await bench.deliveries()
    assert (waits.state, await kept(bench.database), bench.laboratory.samples) == (DeliveryState.WAITING, [], ["s1/1"])

    async def back() -> bool:
        try:
            await pool.execute(f"DROP TRIGGER away ON {table}")
        except asyncpg.DeadlockDetectedError:  # the host is at work, with locks in its own order
            return False
        return True

    await bench.until(back)
    await pool.execute("UPDATE delivery SET lease_until = now() - interval '1 minute'")  # as when its process died
    await bench.ended(DeliveryState.SENT)
    await bench.has("r1")
    assert (bench.laboratory.samples, bench.laboratory.looks) == (["s1/1"], 1)
    assert len(await kept(bench.database)) == 1


async def test_an_answer_that_is_kept_and_not_yet_read_is_read_after_a_crash(courier_dsn: str) -> None:
    async with a_bench(courier_dsn) as bench:
        await bench.database.pool.execute(
            f"{AWAY} CREATE TRIGGER away BEFORE INSERT ON verdict EXECUTE FUNCTION away()"
        )
        bench.laboratory.answers.append(booked())
        await bench.registered("s1")
        await bench.ended(DeliveryState.SENT)

        async def unread() -> bool:
            return await outages(bench.database) > 0

        await bench.until(unread)
        assert (len(await kept(bench.database)), await bench.reported()) == (1, [])
        await bench.database.pool.execute("DROP TRIGGER away ON verdict")
    async with a_bench(courier_dsn) as after:
        await after.has("r1")
        assert len(await kept(after.database)) == 1


async def test_an_answer_counts_also_where_somebody_else_ended_the_delivery(bench: Bench) -> None:
    pool = bench.database.pool
    await pool.execute(
        "CREATE FUNCTION over() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN new.state := 4; RETURN new; END $$;"
        "CREATE TRIGGER over BEFORE UPDATE ON delivery FOR EACH ROW WHEN (old.attempts < new.attempts)"
        " EXECUTE FUNCTION over()"  # given up by another process while this one sends
    )
    bench.laboratory.answers.append(booked())
    await bench.registered("s1")
    await bench.has("r1")
    (given_up,) = await bench.deliveries()
    assert given_up.state == DeliveryState.GIVEN_UP
