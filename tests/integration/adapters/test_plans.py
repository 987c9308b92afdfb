"""How PostgreSQL finds what the push door and the way out ask for, before it knows anything of the tables."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from adapters.host import deliveries, store
from adapters.host.discover import discover
from adapters.host.values import Account
from services.kernel.db import Database
from services.kernel.ids import uuid7
from tests.support.couriers import NOW


@pytest.fixture(params=["SELECT", "ANALYZE"], ids=["nothing is known of the tables", "they are known to be empty"])
async def plan(courier_dsn: str, request: pytest.FixtureRequest) -> str:
    database = await Database.connect(courier_dsn, "exchange", pool_size=1)
    try:
        async with database.transaction() as conn:
            await conn.execute(request.param)
            await conn.execute("SET LOCAL enable_seqscan = off")  # chosen where it is known that hardly a row is there
            await conn.execute(f"SET LOCAL plan_cache_mode = force_generic_plan; PREPARE load AS {store._LOAD}")
            nothing = ", ".join(["'{}'"] * 11)
            rows = await conn.fetch(f"EXPLAIN EXECUTE load ({nothing})")
    finally:
        await database.close()
    return "\n".join(row[0] for row in rows)


async def test_a_fact_is_found_by_its_key_from_the_first_day(plan: str) -> None:
    """A plan is kept for long; one that reads all facts of a partner would take longer with each push."""
    (condition,) = (
        lines[at + 1].strip()
        for lines in [plan.splitlines()]
        for at, line in enumerate(lines)
        if "on accepted_event" in line
    )
    assert "accepted_event_pkey" in plan
    assert all(f"({name} = a.{name})" in condition for name in ("port", "partner", "fact"))


CRM = Account("crm", "partners/a", discover()["crm_salesforce"], None, None)  # type: ignore[arg-type]
WAITING, SUBJECTS, TAKEN = 3000, 600, 20
_PUT = """
INSERT INTO delivery (delivery_id, account, partner, port, adapter, reaction, subject, body, event_id, created_at,
    give_up_at, state, next_at, traceparent)
SELECT id, 'crm', 'partners/a', 'crm', 'x', 'r', 'slots/' || n % $2, '', $3, at, at + interval '1 day', 1, at, ''
FROM unnest($1::uuid[]) WITH ORDINALITY AS w (id, n), (SELECT $4::timestamptz) AS now (at)"""


def read(node: dict[str, Any]) -> Iterator[int]:
    """How many rows each scan has looked at, those that it left out too."""
    if "Scan" in node["Node Type"] and node["Node Type"] != "Subquery Scan":
        seen = node.get("Actual Rows", 0) + node.get("Rows Removed by Filter", 0)
        yield round(seen * node.get("Actual Loops", 1))
    for below in node.get("Plans", ()):
        yield from read(below)


@pytest.mark.parametrize(("known", "rows_max"), [("SELECT", 10 * WAITING), ("ANALYZE delivery", WAITING // 10)])
async def test_who_takes_a_few_deliveries_reads_few_however_many_wait(
    courier_dsn: str, known: str, rows_max: int
) -> None:
    """Read as a whole for each batch, what piles up in an outage takes the square of its number to be sent.

    As long as nothing is known of the table, all of it may be read a few times, and never once for each row.
    """
    database = await Database.connect(courier_dsn, "exchange", pool_size=1)
    try:
        async with database.transaction() as conn:
            await conn.execute(_PUT, [uuid7() for _ in range(WAITING)], SUBJECTS, deliveries.NO_EVENT, NOW)
            await conn.execute(known)
            explained = "EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) "
            given: tuple[Any, ...] = ("crm", NOW, timedelta(minutes=1), TAKEN)
            (others,) = json.loads(await conn.fetchval(explained + deliveries._CLAIM_SOME, *given, ["p", "q"]))
            (plan,) = json.loads(await conn.fetchval(explained + deliveries._CLAIM_ONE, *given, "r"))
        assert plan["Plan"]["Plans"]
        assert sum(read(plan["Plan"])) <= rows_max
        assert sum(read(others["Plan"])) <= 10, "who sends one by one reads what waits for a batch"
        taken = await deliveries.claim(database.pool, CRM, NOW, timedelta(minutes=1), 1000, of=["r"])
    finally:
        await database.close()
    # The first of each subject, without those that are taken already.
    assert len(taken) == len({each.outgoing.subject for each in taken}) == SUBJECTS - TAKEN
