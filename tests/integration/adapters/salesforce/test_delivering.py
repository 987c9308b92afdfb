"""Many states of doses go out through the real host in few calls, in order, and nothing is lost on the way."""

import asyncio
import itertools
import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from google.protobuf.struct_pb2 import Struct
from pydantic import SecretStr
from starlette.responses import Response

from adapters.crm_salesforce.rest.client import SalesforceRest
from adapters.crm_salesforce.rest.records import RECORDS_MAX, upsert, upsert_many
from adapters.host import deliveries
from adapters.host.deliveries import Delivery, DeliveryState
from adapters.host.main import service
from adapters.host.settings import Settings
from adapters.outbound import Outcome, Outgoing, Reaction
from adapters.sandbox.salesforce.rest import page
from services.kernel.bus.memory import MemoryBus
from services.kernel.db import Database
from services.kernel.event import Event
from services.kernel.ids import uuid7
from tests.support import lims
from tests.support.salesforce import VERSION, OrgDoor, an_org, connection
from tests.support.tokens import Issuer

DOSE, SLOT = "Dose__c", "Slot__c"
CHANGED = "doselane.quality.slot.changed.v1"


def _outgoing(event: Event, partner: str) -> Iterator[Outgoing]:
    said = Struct.FromString(event.data)
    yield Outgoing(said["slot"], event.data, event.time + timedelta(days=2))


def _record(outgoing: Outgoing) -> dict[str, Any]:
    said = Struct.FromString(outgoing.body)
    return {SLOT: said["slot"], "Revision__c": said["revision"], "Status__c": said["status"]}


async def _send(rest: SalesforceRest, outgoing: Outgoing) -> str:
    record = _record(outgoing)
    return await upsert(rest, DOSE, SLOT, record.pop(SLOT), record)


async def _send_many(rest: SalesforceRest, outgoing: Sequence[Outgoing]) -> Sequence[Outcome]:
    return await upsert_many(rest, DOSE, SLOT, [_record(each) for each in outgoing])


ADAPTER = replace(
    lims.ADAPTER,
    name="lims_tiny",
    connect=lambda settings, http: SalesforceRest(http, VERSION),
    polls=(),
    streams=(),
    reactions=(Reaction("crm.dose", CHANGED, _outgoing, _send, send_many=_send_many, batch_max=RECORDS_MAX),),
)


@dataclass
class Running:
    """The host, and the organisation that it writes to."""

    door: OrgDoor
    database: Database
    bus: MemoryBus

    async def changed(self, slot: int, revision: int, status: str = "Confirmed") -> None:
        said = Struct()
        said.update({"slot": f"slots/{slot}", "revision": revision, "status": status})
        data, at = said.SerializeToString(), self.door.clock.now()
        await self.bus.publish(
            "doselane.quality", [Event(uuid7(), CHANGED, "doselane/slotting", f"slots/{slot}", revision, at, data)]
        )

    async def deliveries(self) -> list[Delivery]:
        return await deliveries.page(self.database.pool, partner=None, states=(), before=None, limit=2000)

    async def ended(self, count: int) -> dict[str, int]:
        """How many ended how, once so many did; the clock goes on to whatever waits."""
        async with asyncio.timeout(120):
            while True:
                rows = await self.database.pool.fetch("SELECT state, count(*) AS n FROM delivery GROUP BY state")
                found = {DeliveryState(row["state"]).name: row["n"] for row in rows}
                if "WAITING" not in found and sum(found.values()) == count:
                    return found
                due = await self.database.pool.fetchval(
                    "SELECT min(next_at) FROM delivery WHERE state = 1 AND next_at > $1", self.door.clock.now()
                )
                if due is not None:
                    self.door.clock.advance_to(due)
                await asyncio.sleep(0.01)

    def revisions(self) -> dict[str, int]:
        return {each[SLOT]: int(each["Revision__c"]) for each in self.door.org.records.get(DOSE, {}).values()}


@asynccontextmanager
async def a_host(dsn: str, door: OrgDoor, *others: OrgDoor) -> AsyncIterator[Running]:
    database, bus = await Database.connect(dsn, "exchange", pool_size=6), MemoryBus()
    told = {
        f"crm-{number}": {"partner": f"partners/crm-{number}", "adapter": "lims_tiny",
                          "auth": {"type": "header_key", "header": "x", "secrets": ["k" * 20]},
                          "connection": connection(each.url)}
        for number, each in enumerate((door, *others))
    }  # fmt: skip
    settings = Settings(accounts=SecretStr(json.dumps(told)), look_every=timedelta(seconds=0.05))
    host = service(settings, database, bus, Issuer().verifier(), clock=door.clock, adapters={"lims_tiny": ADAPTER})
    tasks = [asyncio.ensure_future(each()) for each in host.background]
    try:
        yield Running(door, database, bus)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await database.close()


@pytest.fixture
async def running(courier_dsn: str) -> AsyncIterator[Running]:
    async with an_org() as door, a_host(courier_dsn, door) as made:
        yield made


async def test_many_states_go_in_few_calls_and_the_last_of_each_slot_stands(running: Running) -> None:
    twin = running.door.twin
    twin.open.clear()
    for revision in (1, 2, 3):
        for slot in range(100):
            await running.changed(slot, revision)
    twin.open.set()
    assert await running.ended(300) == {"SENT": 300}
    assert running.revisions() == {f"slots/{slot}": 3 for slot in range(100)}
    assert len(twin.sizes) < 30
    assert max(twin.sizes) > 50
    assert all(len(each.words) == 18 for each in await running.deliveries())


async def test_each_row_ends_by_itself_and_what_a_lock_kept_goes_again(running: Running) -> None:
    org = running.door.org
    org.create(DOSE, {SLOT: "slots/2", "Revision__c": 0})
    locked = org.by(DOSE, SLOT, "slots/2")["Id"]
    org.locked.add(locked)
    running.door.twin.open.clear()
    for slot, status in ((1, "Confirmed"), (2, "Confirmed"), (3, "Mislaid"), (4, "Confirmed")):
        await running.changed(slot, 1, status)
    running.door.twin.open.set()

    async with asyncio.timeout(60):
        while not any(each.words.startswith("UNABLE_TO_LOCK_ROW") for each in await running.deliveries()):
            await asyncio.sleep(0.01)
    org.locked.clear()
    assert await running.ended(4) == {"SENT": 3, "PARKED": 1}
    assert running.revisions() == {"slots/1": 1, "slots/2": 1, "slots/4": 1}
    (parked,) = (each for each in await running.deliveries() if each.state == DeliveryState.PARKED)
    assert "bad value for restricted picklist" in parked.words


async def test_lost_answers_maintenance_and_sessions_that_end_lose_nothing_and_double_nothing(
    running: Running,
) -> None:
    twin = running.door.twin
    twin.lose_answers = 2
    for slot in range(20):
        await running.changed(slot, 1)
    assert await running.ended(20) == {"SENT": 20}
    twin.faults += [lambda: page(), lambda: page(503)]
    twin.log_in.expire()
    for slot in range(20):
        await running.changed(slot, 2)
    assert await running.ended(40) == {"SENT": 40}
    assert running.revisions() == {f"slots/{slot}": 2 for slot in range(20)}


async def test_a_process_that_ends_with_a_batch_on_its_way_leaves_it_to_the_next(courier_dsn: str) -> None:
    async with an_org() as door:
        async with a_host(courier_dsn, door) as first:
            door.twin.open.clear()
            for slot in range(10):
                await first.changed(slot, 1)
            async with asyncio.timeout(60):
                while not [each for each in door.twin.calls if "composite" in each]:
                    await asyncio.sleep(0.01)
                while len(await first.deliveries()) < 10:
                    await asyncio.sleep(0.01)
        door.twin.open.set()
        async with a_host(courier_dsn, door) as second:
            await second.database.pool.execute("UPDATE delivery SET lease_until = now() - interval '1 minute'"
                                               " WHERE lease_until IS NOT NULL")  # fmt: skip
            assert await second.ended(10) == {"SENT": 10}
            assert second.revisions() == {f"slots/{slot}": 1 for slot in range(10)}


async def test_a_slow_organisation_does_not_stall_another(courier_dsn: str) -> None:
    async with an_org() as slow, an_org(clock=slow.clock) as quick, a_host(courier_dsn, slow, quick) as running:
        slow.twin.open.clear()
        for slot in range(5):
            await running.changed(slot, 1)
        async with asyncio.timeout(60):
            while len(quick.org.records.get(DOSE, {})) < 5:
                await asyncio.sleep(0.01)
        assert not slow.org.records
        slow.twin.open.set()
        assert await running.ended(10) == {"SENT": 10}
        assert len(slow.org.records[DOSE]) == 5


REVISIONS, SLOTS = 8, 3
EVERY = timedelta(minutes=8)  # longer than any pause
NONSENSE: Sequence[tuple[int, str, str]] = (
    (200, "text/html", "<html><body>Welcome!</body></html>"),
    (200, "application/json", '{"status": "ok"}'),
    (200, "application/json", '[{"success": true}, {"success": true}, {"success": true}, {"success": true}]'),
    (200, "application/json", "[null, 7, []]"),
    (200, "application/json", '[{"id": "a00'),
    (404, "text/html", "<html>There is nothing here.</html>"),
    (400, "application/json", '{"error": "Upstream"}'),
    (500, "text/plain", "\0\0"),
)


class Endless(deque[Callable[[], Response]]):
    """The same fault again and again."""

    def __init__(self, fault: Callable[[], Response]) -> None:
        super().__init__([fault])

    def popleft(self) -> Callable[[], Response]:
        return self[0]


def written(door: OrgDoor) -> dict[str, list[int]]:
    """What is written in an organisation from now on: by slot the revisions, in the order in which they came."""
    found: dict[str, list[int]] = {}
    door.org.listeners.append(
        lambda each: found.setdefault(each.after[SLOT], []).append(int(each.after["Revision__c"]))
    )
    return found


async def test_an_organisation_that_is_away_for_an_hour_or_answers_nonsense_delays_nobody_else_and_loses_nothing(
    courier_dsn: str,
) -> None:
    async with (
        an_org() as away,
        an_org(clock=away.clock) as mad,
        an_org(clock=away.clock) as sane,
        a_host(courier_dsn, away, mad, sane) as running,
    ):
        began, clock = away.clock.now(), away.clock
        lost, misled, told = written(away), written(mad), written(sane)
        away.twin.away = True
        answers = itertools.cycle(NONSENSE)
        mad.twin.faults = Endless(
            lambda: Response(content=(said := next(answers))[2], status_code=said[0], media_type=said[1])
        )
        for revision in range(1, REVISIONS + 1):
            turned_away, calls = away.twin.turned_away.calls, len(mad.twin.calls)
            for slot in range(SLOTS):
                await running.changed(slot, revision)
            published = clock.now()
            async with asyncio.timeout(60):
                while told != {f"slots/{slot}": [*range(1, revision + 1)] for slot in range(SLOTS)}:
                    await asyncio.sleep(0.01)
                assert clock.now() == published, "it has them before the clock goes on"
                clock.advance(EVERY)
                while away.twin.turned_away.calls == turned_away or len(mad.twin.calls) == calls:
                    await asyncio.sleep(0.01)  # both are asked again, and go on as they are
        assert clock.now() - began >= timedelta(hours=1)
        assert lost == misled == {}
        away.twin.away = False
        mad.twin.faults = deque()
        assert await running.ended(3 * REVISIONS * SLOTS) == {"SENT": 3 * REVISIONS * SLOTS}
        assert lost == misled == told
