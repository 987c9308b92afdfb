"""How PostgreSQL finds what the push door asks for, before it knows anything of the tables."""

import pytest

from adapters.host import store
from services.kernel.db import Database


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
