"""kill -9 of the slotting process while claims are in flight: nothing acknowledged is lost, nothing happens twice."""

import asyncio
import os
import random
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack

import pytest
from doselane.slotting.v1 import slotting_pb2
from doselane.type.v1 import type_pb2

from services.kernel.db import Database
from services.kernel.errors import GatewayError, Kind
from services.kernel.ids import uuid7
from services.kernel.rpc import Client
from services.kernel.timestamps import stamp
from tests.support.slotting import NORTHLAKE, SITE, a_demand
from tests.support.slotting_process import prepare, slotting_process
from tests.support.tokens import Issuer

RUNS = [f"runs/kill-{number}" for number in range(5)]
CLAIMERS = 16
ACKNOWLEDGED_BETWEEN_KILLS_MAX = 400
_SLOTTING = slotting_pb2.DESCRIPTOR.services_by_name["SlottingService"]


class Claimers:
    """Programs that claim, and after a lost connection ask again with the same request id, as they should."""

    def __init__(self, token: str, now) -> None:
        self.token = token
        self.slot_of_request: dict[str, str] = {}
        self.counts: Counter[str] = Counter()
        self.acknowledged = asyncio.Condition()
        self.target: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.stopping = False
        self._administration = type_pb2.Activity(activity_mbq=7400.0, time=stamp(a_demand(now=now).administration_at))

    async def claim_on_and_on(self) -> None:
        """Claim until told to stop; the last claim is always seen through."""
        while not self.stopping:
            request = slotting_pb2.ClaimSlotRequest(
                demand=slotting_pb2.SlotDemand(
                    run=random.choice(RUNS), site=SITE, administration=self._administration, order_reference="NL-1"
                ),
                request_id=str(uuid7()),
            )
            await self._see_through(request)

    async def _see_through(self, request: slotting_pb2.ClaimSlotRequest) -> None:
        while True:
            target = await self.target
            try:
                async with Client(target, _SLOTTING, self.token) as client:
                    await self._claim_until_broken(client, request)
                    return
            except GatewayError as error:
                assert error.kind is Kind.UNAVAILABLE or error.reason == "DEADLINE_EXCEEDED", error
                self.counts["interrupted"] += 1
                if self.target.done() and self.target.result() == target:
                    await asyncio.sleep(0)  # the parent has not noticed yet; it replaces `target` next

    async def _claim_until_broken(self, client: Client, request: slotting_pb2.ClaimSlotRequest) -> None:
        slot = await client.call("ClaimSlot", request, timeout_s=2)
        assert self.slot_of_request.setdefault(request.request_id, slot.name) == slot.name
        self.counts["acknowledged"] += 1
        async with self.acknowledged:
            self.acknowledged.notify_all()


async def _history(dsn: str, kills: int) -> Counter[str]:
    issuer = Issuer()
    database = await prepare(dsn, RUNS)
    now = await database.pool.fetchval("SELECT min(end_of_synthesis_at) - interval '24 hours' FROM run")
    claimers = Claimers(issuer.token(NORTHLAKE, ["slotting.claim"]), now)
    async with AsyncExitStack() as cleanup:
        cleanup.push_async_callback(database.close)
        async with asyncio.TaskGroup() as tasks:
            for _ in range(CLAIMERS):
                tasks.create_task(claimers.claim_on_and_on())
            for number in range(kills + 1):
                with slotting_process(dsn, issuer) as (process, target):
                    claimers.target.set_result(target)
                    await _after_some_claims(claimers)
                    if number == kills:
                        claimers.stopping = True
                        await _all_seen_through(claimers, tasks)
                    else:
                        claimers.target = asyncio.get_running_loop().create_future()
                        process.kill()
                        process.wait()
        await _judge(database, claimers)
    return claimers.counts


async def _after_some_claims(claimers: Claimers) -> None:
    """A random number of acknowledgements makes a random instant, without a clock."""
    wanted = claimers.counts["acknowledged"] + random.randint(1, ACKNOWLEDGED_BETWEEN_KILLS_MAX)
    async with asyncio.timeout(60), claimers.acknowledged:
        await claimers.acknowledged.wait_for(lambda: claimers.counts["acknowledged"] >= wanted)


async def _all_seen_through(claimers: Claimers, tasks: asyncio.TaskGroup) -> None:
    others = [task for task in asyncio.all_tasks() if task.get_coro().__qualname__ == "Claimers.claim_on_and_on"]
    async with asyncio.timeout(60):
        await asyncio.wait(others)


async def _judge(database: Database, claimers: Claimers) -> None:
    """What was acknowledged is there once, what is there was asked for once, and each slot has its one event."""
    pool = database.pool
    rows = await pool.fetch("SELECT 'slots/' || id AS name FROM slot")
    stored = Counter(row["name"] for row in rows)
    assert set(claimers.slot_of_request.values()) == set(stored)
    assert len(claimers.slot_of_request) == len(stored) == await pool.fetchval("SELECT count(*) FROM request")
    events = await pool.fetch("SELECT event_id, subject FROM outbox UNION SELECT event_id, subject FROM event_log")
    assert Counter(row["subject"] for row in events) == stored
    assert await pool.fetch("SELECT * FROM violation") == []


@pytest.mark.slow
async def test_five_kills_lose_nothing_and_double_nothing(database_dsn: str, tell: Callable[[str], None]):
    counts = await _history(database_dsn, kills=5)
    tell(f"kills: 5, {dict(counts)}")
    assert counts["interrupted"] > 0


@pytest.mark.long
@pytest.mark.timeout(3600)
async def test_two_hundred_kills_lose_nothing_and_double_nothing(database_dsn: str, tell: Callable[[str], None]):
    counts = await _history(database_dsn, kills=int(os.environ.get("DOSELANE_TEST_KILLS", "200")))
    tell(f"kills: 200, {dict(counts)}")
    assert counts["interrupted"] > 0
