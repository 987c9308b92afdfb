"""An ERP tells of production through the adapter host, and capacity records it by the rules of its calls."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from doselane.capacity.v1 import capacity_pb2
from doselane.erp.v1 import erp_pb2, events_pb2
from pydantic import SecretStr

from adapters.host.main import SCHEMA, service
from adapters.host.settings import Settings
from services.capacity.reports import wait_for_run
from services.kernel import parked
from services.kernel.db import Database, migrate
from services.kernel.errors import Invalid
from services.kernel.event import Event
from services.kernel.http import HttpServer
from services.kernel.ids import uuid7
from services.network.refusals import RunUnknown
from tests.integration.capacity.conftest import House
from tests.support import erp
from tests.support.capacity import CUTOFF, SYNTHESIS
from tests.support.postgres import Databases
from tests.support.tokens import Issuer

State = capacity_pb2.Run.State
KEY = "manufacturers-key-000001"
ORDER = "000100004711"
ACCOUNTS = {
    "plant": {
        "partner": "partners/cdmo",
        "adapter": "erp_tiny",
        "manufacturer": True,
        "auth": {"type": "header_key", "header": "x-api-key", "secrets": [KEY]},
    }
}


async def erp_schema(dsn: str) -> None:
    database = await Database.connect(dsn, "erp", pool_size=2)
    await migrate(database, SCHEMA)
    await database.close()


@pytest.fixture
async def door(house: House, databases: Databases) -> AsyncIterator[httpx.AsyncClient]:
    """Where the ERP pushes; what it tells goes over the bus that capacity hears."""
    database = await Database.connect(await databases.prepared("erp", erp_schema), "erp", pool_size=6)
    settings = Settings(accounts=SecretStr(json.dumps(ACCOUNTS)), look_every=timedelta(seconds=0.02))
    adapters = {"erp_tiny": erp.ADAPTER}
    host = service(settings, database, house.bus, Issuer().verifier(), clock=house.clock, adapters=adapters)
    tasks = [asyncio.create_task(each()) for each in host.background]
    server = HttpServer(host.door, "127.0.0.1:0")
    await server.start()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", headers={"x-api-key": KEY}) as http:
        yield http
    await server.stop(1)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await database.close()


async def tell(door: httpx.AsyncClient, number: int, status: str, at: datetime, **facts: Any) -> None:
    said = {"id": f"c{number}", "order": ORDER, "status": status, "at": at.isoformat(), **facts}
    assert (await door.post("/erp/plant", json={"orders": [said]})).status_code == 200


async def waits(house: House) -> list[parked.Parked]:
    """What capacity could not apply, once there is something."""
    async with asyncio.timeout(60):
        while True:
            async with house.database.pool.acquire() as conn:
                if found := await parked.waiting(conn, "capacity"):
                    return list(found)
            await asyncio.sleep(0.01)


async def test_a_run_is_started_and_produced_by_its_production_order_and_each_fact_counts_once(
    house: House, door: httpx.AsyncClient
) -> None:
    run = await house.opened(production_order=ORDER)
    house.clock.advance_to(SYNTHESIS)
    await tell(door, 1, "REL", CUTOFF)
    assert (await house.reaches(run.name, 3)).state == State.IN_PRODUCTION
    await tell(door, 2, "CNF", SYNTHESIS, gbq=120, ul=60_000)
    await tell(door, 3, "CNF", SYNTHESIS, gbq=120, ul=60_000)  # the same under another id
    produced = await house.reaches(run.name, 4)
    assert (produced.state, produced.production.measured.reference_activity_kbq) == (State.PRODUCED, 120_000_000)
    assert produced.pledged == run.pledged
    await tell(door, 4, "TECO", SYNTHESIS, text="too late")
    [refused] = await waits(house)  # the repetition before it was nothing to refuse, and nothing to publish
    assert refused.fault.startswith("RunInOtherState")
    history = [what for what, _ in await house.history(run.name)]
    assert history == ["created", "opened", "production_started", "produced"]


async def test_a_failure_is_told_in_the_words_of_the_erp(house: House, door: httpx.AsyncClient) -> None:
    run = await house.opened(production_order=ORDER)
    house.clock.advance_to(SYNTHESIS)
    await tell(door, 1, "TECO", SYNTHESIS, text="the target leaks")
    failed = await house.reaches(run.name, 3)
    assert (failed.state, failed.production.failure_cause) == (State.FAILED, "the target leaks")


async def test_what_the_rules_refuse_is_parked_with_its_reason_and_can_be_replayed(
    house: House, door: httpx.AsyncClient
) -> None:
    run = await house.opened(production_order=ORDER)
    house.clock.advance_to(CUTOFF)
    await tell(door, 1, "CNF", SYNTHESIS, gbq=120, ul=60_000)  # in the future, by the gateway's clock
    [refused] = await waits(house)
    assert refused.fault.startswith("InvalidFields")
    house.clock.advance_to(SYNTHESIS)
    async with house.database.pool.acquire() as conn:
        await parked.ask_replay(conn, [refused.id])
    assert (await house.reaches(run.name, 3)).state == State.PRODUCED


async def test_a_report_of_an_order_that_makes_no_run_yet_is_taken_once_there_is_one(
    house: House, door: httpx.AsyncClient
) -> None:
    await tell(door, 1, "REL", house.clock.now())
    [refused] = await waits(house)
    assert refused.fault.startswith("RunUnknown")
    # Asked for, or read again already, with whatever its run says to it.
    again = """SELECT count(*) FROM parked
        WHERE replay_asked_at IS NOT NULL OR replayed_at IS NOT NULL OR fault NOT LIKE 'RunUnknown%'"""
    async with house.database.pool.acquire() as conn:
        await house.planned(production_order="000100004712")
        assert await conn.fetchval(again) == 0
        await house.planned(production_order=ORDER)
        assert await conn.fetchval(again) == 1


async def test_a_run_that_appears_while_a_report_of_it_is_parked_is_seen_by_one_of_both(house: House) -> None:
    said = erp_pb2.ProductionReport(production_order=ORDER, report_id="1")
    told = events_pb2.ProductionReported(adapter="erp_tiny", report=said).SerializeToString()
    event = Event(uuid7(), "doselane.erp.production.reported.v1", "", "x/1", 1, house.clock.now(), told)
    await house.planned(production_order=ORDER)
    async with house.database.transaction() as conn:
        await parked.park(conn, "capacity", event, "RunUnknown: it was not there yet")
        await wait_for_run(conn, event, RunUnknown("It was not there yet."))
        asked = "SELECT count(*) FROM parked WHERE replay_asked_at IS NOT NULL"
        assert await conn.fetchval(asked) == 1
        await conn.execute("UPDATE parked SET replay_asked_at = NULL")
        await wait_for_run(conn, event, Invalid("The run refuses it."))
        assert await conn.fetchval(asked) == 0
