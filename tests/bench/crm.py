"""Bench `crm`: changes of slots, mapped and delivered to Salesforce by the real host and its adapter, beside the same

calls by a bare loop of httpx, whose records are ready. The organisation is the sandbox's twin, in a process of its own.
"""

import asyncio
import json
import multiprocessing
import statistics
import tempfile
import time
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import httpx
import uvloop
from doselane.distribution.v1.shipment_pb2 import Shipment
from doselane.slotting.v1.slotting_pb2 import Slot
from doselane.status.v1.events_pb2 import DoseUpdated
from doselane.status.v1.status_pb2 import Dose, TimelineEntry
from doselane.type.v1.type_pb2 import Activity
from pydantic import SecretStr

from adapters.crm_salesforce import ADAPTER
from adapters.crm_salesforce.client import SalesforceConnection
from adapters.crm_salesforce.port import DOSE_UPDATED, DOSES, dose_written, write_doses
from adapters.crm_salesforce.rest.client import SalesforceRest
from adapters.crm_salesforce.rest.records import RECORDS_MAX
from adapters.grants import grant
from adapters.host import main as host
from adapters.host.client import client
from adapters.host.delivering import AT_ONCE_MAX
from adapters.host.settings import Settings, accounts
from adapters.manifest import Adapter
from adapters.mapping import Mapped
from adapters.outbound import Outcome, Outgoing
from adapters.sandbox.salesforce.deployed import deployed
from adapters.sandbox.salesforce.login import ClientApp
from adapters.sandbox.salesforce.org import Org
from adapters.sandbox.salesforce.rest import SalesforceTwin
from services.kernel.bus import Handle, SetAside
from services.kernel.clock import SystemClock
from services.kernel.db import Database, migrate
from services.kernel.event import Event
from services.kernel.http import HttpServer
from services.kernel.ids import uuid7
from services.kernel.process import keep_for_good
from services.kernel.signals import Signal
from services.kernel.timestamps import stamp
from tests.bench.frame import asked_of, database_server
from tests.bench.result import Line, Measured, line, percentile, show
from tests.support.salesforce import VERSION
from tests.support.tokens import Issuer

CASES = ("composite", "memory")
TOPIC = DOSES.topic
PARTNER = "partners/bench"
DOSE, DOSE_ID = "Dose__c", "Dose_Id__c"
# As an organisation that has words of its own.
MAPPING = """
version: 1
tables:
  site: {0015000000AbCdEAAV: sites/harbour-clinic, 0015000000FgHiJAAV: sites/lakeside-clinic}
  courier: {Swift: partners/swift}
"""
AT = datetime(2027, 3, 3, 12, tzinfo=UTC)
VIALS = 5000
CHANGES_PER_S, COMMITS_PER_S = 500, 100
DRAINED, ROUNDS = 20_000, 5
REMEMBERED = 100_000
BATCH = 500
BATCH_EVERY_S = 0.4
CLIENT, SECRET = "bench", "s" * 20


@dataclass
class FeedBus:
    """Hands on events in one process and forgets them, so that what is measured is the host's memory alone."""

    wants_events: bool = False
    waiting: deque[Event] = field(default_factory=deque)
    news: Signal = field(default_factory=Signal)

    async def publish(self, topic: str, events: Sequence[Event]) -> None:
        """Puts events of the doses' topic where the host takes them; others nobody hears."""
        if topic == TOPIC:
            self.waiting.extend(events)
            self.news.call()

    async def consume(
        self, topics: Sequence[str], group: str, handle: Handle, set_aside: SetAside | None = None
    ) -> None:
        """Hands on what waits, in batches, until cancelled."""
        while True:
            seen = self.news.calls
            batch = [self.waiting.popleft() for _ in range(min(BATCH, len(self.waiting)))]
            if batch:
                await handle(batch)
            else:
                await self.news.wait(seen, 60)

    async def close(self) -> None:
        """Nothing is open."""


@dataclass
class Seen:
    """When each change was published, and how long it took until Salesforce had said yes to it."""

    published_at: dict[bytes, float] = field(default_factory=dict)  # by what the event says
    lags: list[float] = field(default_factory=list)
    done: int = 0
    calls: int = 0
    enough: tuple[int, asyncio.Event] = field(default_factory=lambda: (0, asyncio.Event()))

    def took(self, outgoing: Sequence[Outgoing]) -> None:
        """Salesforce has these."""
        now = time.perf_counter()
        self.calls += 1
        if self.published_at:
            at = [self.published_at.pop(each.body, None) for each in outgoing]
            self.lags += [now - each for each in at if each is not None]
        self.done += len(outgoing)
        if self.done >= self.enough[0]:
            self.enough[1].set()

    async def until(self, done: int) -> None:
        """Waits until so many are done."""
        self.enough = (done, asyncio.Event())
        if self.done < done:
            await self.enough[1].wait()


@dataclass
class World:
    """What one measurement runs on."""

    url: str
    database: Database
    bus: FeedBus
    seen: Seen
    given: Mapped
    number: int = 0

    def changes(self, count: int) -> list[Event]:
        """So many changes, each of the next dose."""
        return [self._change() for _ in range(count)]

    def _change(self) -> Event:
        self.number += 1
        said = a_change(self.number)
        return Event(uuid7(), DOSE_UPDATED, "doselane/status", said.dose.name, self.number, datetime.now(UTC),
                     said.SerializeToString(), said.dose.partner)  # fmt: skip


def a_change(number: int) -> DoseUpdated:
    """Of one dose after the other: its slot changed."""
    at = stamp(AT)
    dose = Dose(
        name=f"doses/{number % VIALS}",
        partner=PARTNER,
        order_reference=f"PO-{number % VIALS}",
        slot_state=Slot.CONFIRMED,
        run="runs/lu-2027-03",
        site="sites/lakeside-clinic",
        administration=Activity(activity_mbq=7400.0, time=at),
        shipment=Shipment(state=Shipment.BOOKED, courier="partners/swift", expected_delivery_time=at),
    )
    entry = TimelineEntry(
        event_type="doselane.slotting.slot.changed.v1", event_time=at, summary=f"Its slot was changed ({number})."
    )
    return DoseUpdated(dose=dose, entry=entry)


def an_adapter(seen: Seen) -> Adapter:
    """Salesforce's, that only writes doses, and is watched."""

    async def watched(connection: SalesforceConnection, outgoing: Sequence[Outgoing]) -> Sequence[Outcome]:
        outcomes = await write_doses(connection, outgoing)
        seen.took([each for each, outcome in zip(outgoing, outcomes, strict=True) if isinstance(outcome, str)])
        return outcomes

    return replace(ADAPTER, streams=(), reactions=(replace(DOSES, send_many=watched),))


def connection(url: str) -> dict[str, Any]:
    """How the account reaches the twin."""
    credentials = {"type": "oauth_client_post", "token_url": f"{url}/services/oauth2/token", "client": CLIENT,
                   "secret": SECRET}  # fmt: skip
    instance = {"field": "instance_url", "hosts": ["127.0.0.1"]}
    return {"url": url, "credentials": credentials, "instance": instance, "every": {DOSES.name: BATCH_EVERY_S}}


def an_organisation(told: Connection) -> None:
    """Serves the twin on a free port until its process is ended, and says which."""

    async def served() -> None:
        app = ClientApp(CLIENT, "user@bench.example", secret=SECRET)
        twin = SalesforceTwin(Org(SystemClock(), deployed()), app, calls_per_day=10**9)
        server = HttpServer(twin.app, "127.0.0.1:0")
        await server.start()
        twin.log_in.instance_url = f"http://127.0.0.1:{server.port}"
        told.send(twin.log_in.instance_url)
        await asyncio.Event().wait()

    uvloop.run(served())


@asynccontextmanager
async def a_world(dsn: str) -> AsyncIterator[World]:
    """The host with one account, and an organisation in another process."""
    here, there = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=an_organisation, args=(there,), daemon=True)
    process.start()
    url = await asyncio.to_thread(here.recv)
    database, bus, seen = await Database.connect(dsn, "exchange", pool_size=6), FeedBus(), Seen()
    await migrate(database, host.SCHEMA)
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as mapping:
        mapping.write(MAPPING)
        mapping.flush()
        account = {"partner": PARTNER, "adapter": ADAPTER.name, "connection": connection(url), "mapping": mapping.name}
        settings = Settings(accounts=SecretStr(json.dumps({"bench": account})))
        adapters, verifier = {ADAPTER.name: an_adapter(seen)}, Issuer().verifier()
        running = host.service(settings, database, bus, verifier, adapters=adapters)
        given = accounts(settings.accounts.get_secret_value(), adapters, verifier)["bench"].settings
    tasks = [asyncio.ensure_future(each()) for each in running.background]
    try:
        yield World(url, database, bus, seen, given)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await database.close()
        process.kill()
        process.join()


async def composite(dsn: str, seconds: float) -> Line:
    """500 changes a second, then as many as can be, and the bare calls for as many."""
    async with a_world(dsn) as world:
        await _steadily(world, 2.0)  # connections, plans, records that are there
        world.seen.lags.clear()
        calls = world.seen.calls
        steady = await _steadily(world, seconds)
        lags, a_call = sorted(world.seen.lags), steady / (world.seen.calls - calls)
        rounds = []
        for _ in range(ROUNDS):
            at_once = await _at_once(world)
            await _require_all(world)
            rounds.append((at_once, await _bare(world)))
    ours, bare = (statistics.median(each) for each in zip(*rounds, strict=True))
    p50, p99 = percentile(lags, 0.5) * 1000, percentile(lags, 0.99) * 1000
    outcomes = {"drained": ROUNDS * DRAINED, f"at {CHANGES_PER_S}/s": steady}
    measured = Measured(ours, p50, p99, outcomes)
    limit_is = f"httpx, {RECORDS_MAX} records a call, {AT_ONCE_MAX} calls at once, same records"
    note = f"p50 and p99: from the change to Salesforce's yes at {CHANGES_PER_S}/s, {a_call:.0f} a call; "
    note += f"at once: medians of {ROUNDS} rounds by turns"
    return line(
        "crm", "composite", measured, Measured(bare, 0, 0, {}), limit_is, "changes/s", f"{CHANGES_PER_S}/s", note
    )


async def memory(dsn: str, _: float) -> Line:
    """What the host's memory grows by over 100,000 changes."""
    async with a_world(dsn) as world:
        await _drained(world, REMEMBERED // 5)
        before_mib = _resident_mib()
        await _drained(world, REMEMBERED)
        after_mib = _resident_mib()
        await _require_all(world)
    return Line(
        bench="crm",
        case="memory",
        doselane=round(after_mib, 1),
        limit=round(before_mib, 1),
        limit_is=f"after the first {REMEMBERED // 5} changes",
        unit=f"MiB after {REMEMBERED} more",
        ratio=round(after_mib / before_mib, 3),
        goal="at most 1.1",
        p50_ms=0.0,
        p99_ms=0.0,
        outcomes={"delivered": world.seen.done},
    )


async def _steadily(world: World, seconds: float) -> int:
    began, count = time.perf_counter(), 0
    for number in range(int(seconds * COMMITS_PER_S)):
        wait_s = began + number / COMMITS_PER_S - time.perf_counter()
        if wait_s > 0:
            await asyncio.sleep(wait_s)
        events = world.changes(CHANGES_PER_S // COMMITS_PER_S)
        due = began + number / COMMITS_PER_S  # counted from when it should have been, not from when we came to it
        world.seen.published_at.update((event.data, due) for event in events)
        await world.bus.publish(TOPIC, events)
        count += len(events)
    await world.seen.until(world.number)
    return count


async def _drained(world: World, count: int) -> None:
    """In parts, so that what waits in the bus is no part of what is remembered."""
    for start in range(0, count, 2000):
        await world.bus.publish(TOPIC, world.changes(min(2000, count - start)))
        await world.seen.until(world.number)


async def _at_once(world: World) -> float:
    """How many changes a second, where they come at once."""
    before, events = world.seen.done, world.changes(DRAINED)
    keep_for_good()  # as a process does; the changes are a broker's to keep
    began = time.perf_counter()
    await world.bus.publish(TOPIC, events)
    await world.seen.until(before + DRAINED)
    return DRAINED / (time.perf_counter() - began)


async def _bare(world: World) -> float:
    """Nothing but httpx: lists that are ready, as many at once as the host sends. So many records a second."""
    of_events = [Outgoing("", each.data, each.time) for each in world.changes(DRAINED)]
    world.number -= DRAINED  # they are not made by the host
    listed = [{"attributes": {"type": DOSE}, **json.loads(dose_written(world.given, each))} for each in of_events]
    lists = deque(listed[start : start + RECORDS_MAX] for start in range(0, DRAINED, RECORDS_MAX))
    keep_for_good()
    path = f"{world.url}/services/data/v{VERSION}/composite/sobjects/{DOSE}/{DOSE_ID}"
    async with client(connection(world.url), SystemClock()) as ours:
        token = (await grant(ours)).token
    async with httpx.AsyncClient(headers={"authorization": f"Bearer {token}"}, timeout=30) as http:

        async def sending() -> None:
            while lists:
                answer = await http.patch(path, json={"allOrNone": False, "records": lists.popleft()})
                assert all(each["success"] for each in answer.json())

        began = time.perf_counter()
        await asyncio.gather(*(sending() for _ in range(AT_ONCE_MAX)))
        return DRAINED / (time.perf_counter() - began)


async def _require_all(world: World) -> None:
    """Fast is nothing if something is missing: every delivery is sent, and the last of each slot stands there."""
    async with asyncio.timeout(60):
        while await world.database.pool.fetchval("SELECT count(*) FROM delivery WHERE state <> 2"):
            await asyncio.sleep(0.05)
    sent = await world.database.pool.fetchval("SELECT count(*) FROM delivery WHERE state = 2")
    async with client(connection(world.url), SystemClock()) as http:
        rest = SalesforceRest(http, VERSION)
        wrong = 0
        for number in (1, VIALS // 2, VIALS - 1):
            last = world.number - (world.number - number) % VIALS
            answer = await rest.get(f"sobjects/{DOSE}/{DOSE_ID}/{number}")
            wrong += answer.body["Last_Event_Summary__c"] != a_change(last).entry.summary
    if sent != world.number or wrong:
        raise RuntimeError(f"{world.number} changes were made, {sent} sent; {wrong} doses do not stand at the last")


def _resident_mib() -> float:
    told = next(each for each in Path("/proc/self/status").read_text().splitlines() if each.startswith("VmRSS"))
    return int(told.split()[1]) / 1024


async def _run(cases: Sequence[str], seconds: float) -> None:
    measured = {"composite": composite, "memory": memory}
    with database_server() as server:
        for case in cases:
            show(await measured[case](server.create_database(f"crm_{case}"), seconds))


def main(argv: list[str]) -> int:
    """Run the cases asked for."""
    uvloop.run(_run(*asked_of("crm", CASES, argv)))
    return 0
