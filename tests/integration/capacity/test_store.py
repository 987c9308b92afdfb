"""Runs on real PostgreSQL: what the statements promise beside the rules."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from random import Random

import asyncpg
import pytest

from services.capacity.domain import Allotment, Changed, CutOfRun, Run, RunHappened, State, cancel, cut, open_run
from services.capacity.store import RunFilter, Store, intents
from services.kernel import idempotency
from services.kernel.db import Database
from services.kernel.idempotency import RequestKey
from services.kernel.ids import uuid7
from services.network import Capacity
from services.network.refusals import RunUnknown
from tests.support.capacity import (
    CUTOFF,
    HARBOR,
    MERIDIAN,
    NOON,
    NORTHLAKE,
    RELEASE_BACK,
    an_allotment,
    by,
    capacity_schema,
    gbq,
    know_product,
    opened,
    planned,
)
from tests.support.postgres import Databases

PARTNERS = (NORTHLAKE, HARBOR, MERIDIAN)
# Who may know of each product; of the last nobody ever told.
AUDIENCES = {
    "products/p0": PARTNERS,
    "products/p1": (NORTHLAKE, HARBOR),
    "products/p2": (),
    "products/p3": None,
}


@pytest.fixture
async def store(databases: Databases) -> AsyncIterator[Store]:
    database = await Database.connect(await databases.prepared("capacity", capacity_schema), "capacity", pool_size=4)
    yield Store(database)
    await database.close()


async def save(store: Store, run: Run, what: RunHappened = RunHappened.CREATED) -> Run:
    async with store.unit() as unit:
        await unit.save(Changed(what, run), "")
    return run


def random_run(random: Random, number: int) -> Run:
    """A run of any state, with any split and any instants, every one of which the rules allow."""
    shares = random.sample(PARTNERS, random.randrange(4))
    vials = random.choice([1, 2, 3, 10])
    allotments = [
        Allotment(
            partner, gbq(random.choice([10, 33]), min(3, vials)), NOON + timedelta(hours=random.choice([2, 10, 20]))
        )
        for partner in shares
    ]
    pledged = Capacity(
        max(1, sum(a.size.kbq for a in allotments)) + random.choice([0, 0, 5]),
        max(1, sum(a.size.vials for a in allotments)) + random.choice([0, 0, 2]),
    )
    made = planned(
        *allotments, name=f"runs/run{number}", pledged=pledged, product=f"products/p{random.choice([0, 0, 1, 1, 2, 3])}"
    )
    made = replace(made, product_audience=frozenset(AUDIENCES[made.product] or ()))
    for step in random.choice([(), ("open",), ("open", "cut"), ("cut", "open"), ("cancel",), ("open", "cancel")]):
        if step == "open":
            made = open_run(made, by()).run
        elif step == "cancel":
            made = cancel(made, (), by()).run
        else:
            names = random.sample(shares, random.randrange(len(shares) + 1))
            sizes = {partner: Capacity(0, 0) for partner in names}
            left = [a.size for a in made.allotments if a.partner not in sizes]
            rest = Capacity(sum(size.kbq for size in left), sum(size.vials for size in left))
            made = cut(made, CutOfRun(rest, sizes), (), by()).run
    return replace(made, version=1)


async def test_the_list_shows_exactly_the_runs_that_the_rules_let_a_partner_see(store: Store) -> None:
    random = Random(2027)
    for product, partners in AUDIENCES.items():
        if partners is not None:
            await know_product(store.database, *partners, product=product)
    runs = [await save(store, random_run(random, number)) for number in range(150)]
    outcomes = {True: 0, False: 0}
    for now in (NOON, NOON + timedelta(hours=2), RELEASE_BACK, CUTOFF):
        for partner in (*PARTNERS, None):
            listed = {run.name for run in await store.page(RunFilter(partner), now, None, 1000)}
            for run in runs:
                visible = partner is None or run.visible_to(partner, now)
                assert (run.name in listed) is visible, (run, partner, now)
                outcomes[visible] += partner is not None
    assert min(outcomes.values()) > 300  # both branches were met often


async def test_the_list_knows_states_as_the_rules_do(store: Store) -> None:
    random = Random(7)
    runs = [await save(store, random_run(random, number)) for number in range(60)]
    for now in (NOON, CUTOFF - timedelta(seconds=1), CUTOFF):
        for state in State:
            listed = {run.name for run in await store.page(RunFilter(None, states=(state,)), now, None, 1000)}
            assert listed == {run.name for run in runs if run.state_at(now) is state}


async def test_a_run_comes_back_as_it_was_saved(store: Store) -> None:
    run = await save(store, replace(opened(an_allotment(NORTHLAKE), an_allotment(HARBOR)), version=1))
    assert await store.load(run.name) == run


async def test_a_run_that_waited_for_a_lock_is_read_with_its_new_allotments(store: Store) -> None:
    run = await save(store, planned(an_allotment(NORTHLAKE, gbq(40, 4))))
    smaller = cut(run, CutOfRun(gbq(50, 5), {NORTHLAKE: gbq(10, 1)}), (), by())

    async def wait_and_read() -> Run:
        async with store.unit() as unit:
            return await unit.lock_run(run.name)

    async with store.unit() as unit:
        await unit.lock_run(run.name)
        waiting = asyncio.ensure_future(wait_and_read())
        while not await store.database.pool.fetchval("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"):
            await asyncio.sleep(0.01)
        await unit.save(smaller, "")
    assert await waiting == smaller.run


async def test_a_version_cannot_be_written_over(store: Store) -> None:
    run = await save(store, planned())
    changed = open_run(run, by())
    await save(store, changed.run, RunHappened.OPENED)
    with pytest.raises(AssertionError, match="without its lock"):
        await save(store, changed.run, RunHappened.OPENED)


WRONG = (
    "pool_kbq = pledged_kbq + 1",
    "pool_vials = -1",
    "pledged_kbq = -1",
    "claim_cutoff_at = end_of_synthesis_at + interval '1 second'",
    "use_by_at = end_of_synthesis_at",
    "loss_fraction = 0.95",
    "state = 'CLOSED'",
    "state = 'OPEN', opened_at = NULL",
    "vial_kbq_max = 0",
)


async def test_no_code_path_can_store_a_run_that_breaks_a_rule(store: Store) -> None:
    await save(store, planned())
    for wrong in WRONG:
        with pytest.raises(asyncpg.CheckViolationError):
            await store.database.pool.execute(f"UPDATE run SET {wrong}")


async def test_a_run_and_its_event_are_stored_together_or_not_at_all(store: Store) -> None:
    with pytest.raises(RuntimeError):
        async with store.unit() as unit:
            await unit.save(Changed(RunHappened.CREATED, planned()), "")
            raise RuntimeError("the process dies here")
    with pytest.raises(RunUnknown):
        await store.load("runs/lu-1")
    assert await store.database.pool.fetchval("SELECT count(*) FROM outbox") == 0


async def test_withdrawing_a_request_leaves_what_was_answered_or_belongs_to_another_body(store: Store) -> None:
    request_key = RequestKey("partners/cdmo", uuid7(), b"body")
    stranger = RequestKey(request_key.partner, request_key.request_id, b"other body")
    async with store.unit() as unit:
        await intents.begin(unit.conn, request_key, NOON, 1)
        await intents.withdraw(unit.conn, stranger)
        assert await intents.find(unit.conn, request_key) is not None
        await idempotency.answer(unit.conn, request_key, b"done")
        await intents.withdraw(unit.conn, request_key)
        found = await intents.find(unit.conn, request_key)
    assert found is not None
    assert found.answer == b"done"


async def test_the_lists_by_time_and_by_product_walk_an_index(store: Store) -> None:
    random = Random(1)
    for number in range(40):
        await save(store, random_run(random, number))
    async with store.database.transaction() as conn:
        await conn.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        plan = await conn.fetch("EXPLAIN SELECT * FROM run ORDER BY end_of_synthesis_at, name LIMIT 10")
    assert any("run_by_synthesis" in row[0] for row in plan)
