"""The invariants as the database holds them: whatever code writes, it cannot overbook; and one function writes."""

import re
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from services.network import Capacity
from tests.support.slotting import HARBOR, a_claim, an_allotment, violations
from tests.support.slotting_desk import LedgerDesk, slot_id

SERVICE = Path(__file__).parents[3] / "services" / "slotting"
OVERBOOKING = [
    ("pool_never_overbooked_kbq", "UPDATE run SET pool_committed_kbq = pool_kbq + 1"),
    ("pool_never_overbooked_kbq", "UPDATE run SET pool_committed_kbq = -1"),
    ("pool_never_overbooked_kbq", "UPDATE run SET pool_kbq = pool_committed_kbq - 1"),
    ("pool_never_overbooked_vials", "UPDATE run SET pool_committed_vials = pool_vials + 1"),
    ("pool_never_overbooked_vials", "UPDATE run SET pool_vials = 0"),
    ("allotment_never_overbooked_kbq", "UPDATE allotment SET committed_kbq = size_kbq + 1"),
    ("allotment_never_overbooked_kbq", "UPDATE allotment SET size_kbq = committed_kbq - 1"),
    ("allotment_never_overbooked_vials", "UPDATE allotment SET committed_vials = -1"),
    ("allotment_never_overbooked_vials", "UPDATE allotment SET size_vials = 0"),
    ("a_slot_takes_what_it_needs", "UPDATE slot SET pool_kbq = pool_kbq + 1"),
    ("a_slot_takes_what_it_needs", "UPDATE slot SET pool_vials = 2, allotment_vials = 0"),
    ("a_slot_at_risk_says_of_what", "UPDATE slot SET at_risk = true"),
    ("a_slot_at_risk_says_of_what", "UPDATE slot SET risk = 3"),
    ("a_slot_that_lost_its_run_holds_nothing", "UPDATE slot SET at_risk = true, risk = 1"),
    ("a_hold_has_an_end", "UPDATE slot SET state = 1, hold_until = NULL"),
    ("slot_reference_kbq_check", "UPDATE slot SET reference_kbq = 0, pool_kbq = 0, allotment_kbq = 0"),
]


async def filled(desk: LedgerDesk) -> None:
    """A run with slots in its pool and in an allotment."""
    back_at = desk.now + timedelta(hours=10)
    await desk.run(pool=Capacity(10**8, 4), allotments={HARBOR: an_allotment(Capacity(10**8, 4), back_at)})
    for partner in ("partners/northlake", HARBOR):
        await desk.ask(a_claim(desk.demand(partner=partner)))


async def test_no_statement_can_overbook(desk: LedgerDesk):
    await filled(desk)
    for constraint, statement in OVERBOOKING:
        with pytest.raises(asyncpg.CheckViolationError) as stopped:
            await desk.database.pool.execute(statement)
        assert stopped.value.constraint_name == constraint, statement


async def test_a_book_that_does_not_add_up_is_seen(desk: LedgerDesk):
    await filled(desk)
    for what, statement in (
        ("pool", "UPDATE run SET pool_committed_kbq = pool_committed_kbq - 1"),
        ("pool", "UPDATE run SET pool_committed_vials = pool_committed_vials + 1"),
        ("pool", "DELETE FROM slot WHERE allotment_vials = 0"),
        ("allotment", "UPDATE allotment SET committed_kbq = committed_kbq + 1"),
        ("allotment", "UPDATE slot SET state = 4 WHERE allotment_vials = 1"),
    ):
        connection = await desk.database.pool.acquire()
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(statement)
        assert [row["what"] for row in await violations(connection)] == [what], statement
        await transaction.rollback()
        await desk.database.pool.release(connection)


async def test_a_request_is_answered_once_for_a_partner(desk: LedgerDesk):
    await filled(desk)
    with pytest.raises(asyncpg.UniqueViolationError):
        await desk.database.pool.execute("INSERT INTO request SELECT * FROM request")


def test_only_save_page_writes_the_books():
    """A new writer is a new path: it must take the locks, and be among the paths of the histories."""
    writes = re.compile(r"(?:INSERT INTO|UPDATE|DELETE FROM|TRUNCATE|MERGE INTO)\s+(run|allotment|slot|place)\b")
    found = {
        (file.relative_to(SERVICE).as_posix(), match[0])
        for file in [*SERVICE.rglob("*.py"), *SERVICE.rglob("*.sql")]
        for match in writes.finditer(file.read_text("utf-8"))
    }
    writing = {"UPDATE run", "INSERT INTO run", "INSERT INTO allotment", "INSERT INTO slot", "UPDATE slot"}
    assert found == {
        ("store/page.py", "INSERT INTO run"),  # a run's empty place, so that there is a row to lock
        *(("schema/0001_slotting.sql", statement) for statement in writing),  # replaced by what follows
        *(
            ("schema/0002_legs.sql", statement)
            for statement in writing | {"INSERT INTO place", "UPDATE place", "UPDATE allotment"}
        ),
        *(("schema/0011_replaced.sql", statement) for statement in writing | {"UPDATE place"}),  # as it is now
    }


async def test_the_slot_in_an_event_is_the_slot_as_it_is_stored(desk: LedgerDesk):
    await filled(desk)
    slot = await desk.ask(a_claim(desk.demand()))
    stored = await desk.database.pool.fetchrow("SELECT version, updated_at FROM slot WHERE id = $1", slot_id(slot))
    event = await desk.database.pool.fetchrow("SELECT sequence, time FROM outbox WHERE subject = $1", slot.name)
    assert tuple(stored) == tuple(event)
