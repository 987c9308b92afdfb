"""A call can be repeated and acts only once, whoever repeats it, and whenever."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import pytest
from doselane.capacity.v1.capacity_pb2 import CancelRunRequest, OpenRunRequest

from services.kernel import idempotency
from services.kernel.db import Connection, Database, migrate
from services.kernel.errors import Invalid, RequestMismatch, RuleViolation
from services.kernel.idempotency import RequestKey, request_key_of
from services.kernel.identity import Caller
from services.kernel.ids import uuid7
from services.kernel.transactions import Transactions
from tests.support.line import NOON

PLANNER = Caller("partners/cdmo", "planner", frozenset())
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


@pytest.fixture
async def requests(database_dsn: str) -> AsyncIterator[Database]:
    database = await Database.connect(database_dsn, "public", pool_size=8)
    await migrate(database)
    yield database
    await database.close()


def asked(**changes: object) -> RequestKey:
    return replace(RequestKey("partners/cdmo", uuid7(), b"body"), **changes)  # type: ignore[arg-type]


async def carry_out(requests: Database, wanted: RequestKey, done: list[bytes]) -> bytes:
    """A change, as every service makes it; each that really acts answers something else."""

    async def act(_: Connection) -> bytes:
        done.append(b"answer %d" % len(done))
        await asyncio.sleep(0)  # so that its twins get a turn
        return done[-1]

    return await Transactions(requests).perform(wanted, NOON, act)


async def test_twins_act_once_and_all_get_the_same_answer(requests: Database) -> None:
    wanted, done = asked(), list[bytes]()
    answers = await asyncio.gather(*(carry_out(requests, wanted, done) for _ in range(8)))
    assert done == [b"answer 0"] and set(answers) == {b"answer 0"}
    assert await idempotency.answered(requests.pool, wanted) == b"answer 0"


async def test_a_request_whose_transaction_failed_was_never_asked(requests: Database) -> None:
    wanted, stranger = asked(), b"other body"
    with pytest.raises(ZeroDivisionError):
        async with requests.transaction() as conn:
            await idempotency.begin(conn, wanted, NOON)
            raise ZeroDivisionError
    assert await idempotency.answered(requests.pool, wanted) is None
    assert await carry_out(requests, replace(wanted, body_hash=stranger), []) == b"answer 0"


async def test_a_twin_waits_and_acts_itself_when_the_first_one_fails(requests: Database) -> None:
    wanted, done = asked(), list[bytes]()
    with pytest.raises(ZeroDivisionError):
        async with requests.transaction() as conn:
            await idempotency.begin(conn, wanted, NOON)
            twin = asyncio.create_task(carry_out(requests, wanted, done))
            await _wait_for_a_waiter(requests)
            assert not done
            raise ZeroDivisionError
    assert await twin == b"answer 0"


async def test_twins_of_a_request_that_was_committed_without_an_answer_take_turns(requests: Database) -> None:
    wanted, done = asked(), list[bytes]()
    async with requests.transaction() as conn:
        assert await idempotency.begin(conn, wanted, NOON) is None
    answers = await asyncio.gather(*(carry_out(requests, wanted, done) for _ in range(4)))
    assert done == [b"answer 0"] and set(answers) == {b"answer 0"}


async def test_another_body_under_the_same_id_is_refused_before_and_after_the_answer(requests: Database) -> None:
    wanted = asked()
    stranger = replace(wanted, body_hash=b"other body")
    async with requests.transaction() as conn:
        await idempotency.begin(conn, wanted, NOON)
        await _refused(conn, stranger)
        await idempotency.answer(conn, wanted, b"")
        await _refused(conn, stranger)
        assert await idempotency.begin(conn, wanted, NOON) == b"", "an empty answer is an answer"


async def test_what_was_remembered_with_its_answer_is_found_by_both_looks(requests: Database) -> None:
    wanted = asked()
    async with requests.transaction() as conn:
        assert await idempotency.answered(conn, wanted) is None
        await idempotency.remember(conn, wanted, b"done", NOON)
        assert await idempotency.answered(conn, wanted) == await idempotency.begin(conn, wanted, NOON) == b"done"


async def test_a_refusal_stands_only_if_no_twin_was_answered_while_it_was_decided(requests: Database) -> None:
    wanted, done, transactions = asked(), list[bytes](), Transactions(requests)

    async def refuse() -> bytes:
        raise RuleViolation("It is there already.")

    async def refuse_after_a_twin() -> bytes:
        await carry_out(requests, wanted, done)
        return await refuse()

    with pytest.raises(RuleViolation):
        await transactions.unless_answered(wanted, refuse)
    assert await transactions.unless_answered(wanted, refuse_after_a_twin) == b"answer 0"
    assert await transactions.unless_answered(wanted, refuse_after_a_twin) == b"answer 0", "nothing is decided anew"
    assert done == [b"answer 0"]
    with pytest.raises(RequestMismatch):
        await transactions.unless_answered(replace(wanted, body_hash=b"other body"), refuse)


async def test_a_request_id_of_one_partner_says_nothing_about_anothers(requests: Database) -> None:
    wanted = asked()
    assert await carry_out(requests, wanted, []) == b"answer 0"
    assert (
        await idempotency.answered(requests.pool, replace(wanted, partner="partners/northlake", body_hash=b"x")) is None
    )


def test_a_repetition_is_known_by_partner_id_and_body_and_the_kind_of_call_is_part_of_it() -> None:
    request_id = "0198c0de-0000-7000-8000-000000000001"
    opening = request_key_of(OpenRunRequest(name="runs/lu-1", request_id=request_id), PLANNER)
    assert (opening.partner, opening.request_id) == ("partners/cdmo", UUID(request_id))
    assert opening == request_key_of(OpenRunRequest(name="runs/lu-1", request_id=request_id), PLANNER)
    other_run = request_key_of(OpenRunRequest(name="runs/lu-2", request_id=request_id), PLANNER)
    other_call = request_key_of(CancelRunRequest(name="runs/lu-1", request_id=request_id), PLANNER)
    assert len({opening.body_hash, other_run.body_hash, other_call.body_hash}) == 3


@pytest.mark.parametrize("request_id", ["", "one", "0198c0de-0000-7000-8000-00000000000"])
def test_a_request_id_that_is_no_uuid_is_refused_by_its_field(request_id: str) -> None:
    with pytest.raises(Invalid) as refused:
        request_key_of(OpenRunRequest(request_id=request_id), PLANNER)
    assert refused.value.facts["field"] == "request_id"


async def _refused(conn: Connection, stranger: RequestKey) -> None:
    for look in (idempotency.begin(conn, stranger, NOON), idempotency.answered(conn, stranger)):
        with pytest.raises(RequestMismatch):
            await look


async def _wait_for_a_waiter(requests: Database) -> None:
    async with asyncio.timeout(60):
        while not await requests.pool.fetchval(WAITING):
            await asyncio.sleep(0)
