"""Bench `crm`: changes of slots out to Salesforce through the real host, beside the same calls by a bare loop of httpx.

The organisation is the sandbox's twin, in a process of its own. What a slot says is the record already (the mapping to
an organisation's fields is the adapter's, and not measured here).
"""

import argparse
import asyncio
import json
import multiprocessing
import shutil
import tempfile
import time
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import httpx
import uvloop
from pydantic import SecretStr

from adapters.crm_salesforce.rest.client import SalesforceRest
from adapters.crm_salesforce.rest.records import RECORDS_MAX, upsert, upsert_many
from adapters.grants import grant
from adapters.host import main as host
from adapters.host.client import client
from adapters.host.delivering import AT_ONCE_MAX
from adapters.host.settings import Settings
from adapters.manifest import Adapter
from adapters.outbound import Outcome, Outgoing, Reaction
from adapters.ports.crm import PORT
from adapters.sandbox.salesforce.login import ClientApp
from adapters.sandbox.salesforce.objects import OBJECTS
from adapters.sandbox.salesforce.org import Org
from adapters.sandbox.salesforce.rest import SalesforceTwin
from services.kernel.bus import Handle, SetAside
from services.kernel.clock import SystemClock
from services.kernel.db import Database, migrate
from services.kernel.event import Event
from services.kernel.http import HttpServer
from services.kernel.ids import uuid7
from services.kernel.signals import Signal
from services.local import postgres
from tests.bench.result import Line, Measured, line, percentile, show
from tests.support.salesforce import VERSION
from tests.support.tokens import Issuer

CASES = ("composite", "memory")
CHANGED = "doselane.slotting.slot.changed.v1"
DOSE, SLOT = "Dose__c", "Slot__c"
SLOTS = 5000
CHANGES_PER_S, COMMITS_PER_S = 500, 100
DRAINED = 20_000
REMEMBERED = 100_000
BATCH = 500
BATCH_EVERY = timedelta(seconds=0.4)
CLIENT, SECRET = "bench", "s" * 20


@dataclass
class FeedBus:
    """Hands on events in one process and forgets them, so that what is measured is the host's memory alone."""

    wants_events: bool = False
    waiting: deque[Event] = field(default_factory=deque)
    news: Signal = field(default_factory=Signal)

    async def publish(self, topic: str, events: Sequence[Event]) -> None:
        """Puts events of the slots' topic where the host takes them; others nobody hears."""
        if topic == "doselane.slotting":
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

    published_at: dict[int, float] = field(default_factory=dict)
    lags: list[float] = field(default_factory=list)
    done: int = 0
    calls: int = 0
    enough: tuple[int, asyncio.Event] = field(default_factory=lambda: (0, asyncio.Event()))

    def took(self, records: Sequence[dict[str, Any]]) -> None:
        """Salesforce has these."""
        now = time.perf_counter()
        self.calls += 1
        for each in records:
            if (at := self.published_at.pop(each["Revision__c"], None)) is not None:
                self.lags.append(now - at)
        self.done += len(records)
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
    number: int = 0

    def changes(self, count: int) -> list[Event]:
        """So many changes, each of the next slot."""
        return [self._change() for _ in range(count)]

    def _change(self) -> Event:
        self.number += 1
        slot = f"slots/{self.number % SLOTS}"
        data = json.dumps(a_record(slot, self.number)).encode()
        return Event(uuid7(), CHANGED, "doselane/slotting", slot, self.number, datetime.now(UTC), data)


def a_record(slot: str, revision: int) -> dict[str, Any]:
    """A slot as the organisation has it."""
    return {SLOT: slot, "Revision__c": revision, "Status__c": "Confirmed", "Run__c": "runs/lu-2027-03",
            "Calibration__c": "2027-03-03T12:00:00+00:00", "Activity_MBq__c": 7400.0}  # fmt: skip


def an_adapter(seen: Seen) -> Adapter:
    """Each change of a slot is a record, by its external id."""

    def made(event: Event, partner: str) -> Iterator[Outgoing]:
        yield Outgoing(event.subject, event.data, event.time + timedelta(days=3))

    async def send(rest: SalesforceRest, outgoing: Outgoing) -> str:
        record = json.loads(outgoing.body)
        return await upsert(rest, DOSE, SLOT, record.pop(SLOT), record)

    async def send_many(rest: SalesforceRest, outgoing: Sequence[Outgoing]) -> Sequence[Outcome]:
        records = [json.loads(each.body) for each in outgoing]
        outcomes = await upsert_many(rest, DOSE, SLOT, records)
        seen.took([record for record, outcome in zip(records, outcomes, strict=True) if isinstance(outcome, str)])
        return outcomes

    reaction = Reaction(
        "crm.dose", CHANGED, made, send, send_many=send_many, batch_max=RECORDS_MAX, batch_every=BATCH_EVERY
    )
    return Adapter(
        name="crm_bench",
        port=PORT,
        settings=lambda options: dict(options),
        build=lambda _: None,  # type: ignore[arg-type,return-value]  # nothing comes in
        connect=lambda settings, http: SalesforceRest(http, VERSION),
        reactions=(reaction,),
    )


def connection(url: str) -> dict[str, Any]:
    """How the account reaches the twin."""
    credentials = {"type": "oauth_client_post", "token_url": f"{url}/services/oauth2/token", "client": CLIENT,
                   "secret": SECRET}  # fmt: skip
    return {"url": url, "credentials": credentials, "instance": {"field": "instance_url", "hosts": ["127.0.0.1"]}}


def an_organisation(told: Connection) -> None:
    """Serves the twin on a free port until its process is ended, and says which."""

    async def served() -> None:
        app = ClientApp(CLIENT, "user@bench.example", secret=SECRET)
        twin = SalesforceTwin(Org(SystemClock(), OBJECTS), app, calls_per_day=10**9)
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
    account = {"partner": "partners/bench", "adapter": "crm_bench", "connection": connection(url)}
    settings = Settings(accounts=SecretStr(json.dumps({"bench": account})))
    adapters = {"crm_bench": an_adapter(seen)}
    running = host.service(settings, database, bus, Issuer().verifier(), adapters=adapters)
    tasks = [asyncio.ensure_future(each()) for each in running.background]
    try:
        yield World(url, database, bus, seen)
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
        lags, calls = sorted(world.seen.lags), world.seen.calls - calls
        before = world.seen.done
        events = world.changes(DRAINED)
        began = time.perf_counter()
        await world.bus.publish("doselane.slotting", events)
        await world.seen.until(before + DRAINED)
        took = time.perf_counter() - began
        await _require_all(world)
        bare = await _bare(world)
    p50, p99 = percentile(lags, 0.5) * 1000, percentile(lags, 0.99) * 1000
    measured = Measured(DRAINED / took, p50, p99, {"drained": DRAINED, f"at {CHANGES_PER_S}/s": steady})
    limit_is = f"httpx, {RECORDS_MAX} records a call, {AT_ONCE_MAX} calls at once, same records"
    note = f"p50 and p99: from the change to Salesforce's yes at {CHANGES_PER_S}/s, {steady / calls:.0f} a call"
    return line("crm", "composite", measured, bare, limit_is, "changes/s", f"{CHANGES_PER_S}/s", note)


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
        world.seen.published_at.update((event.sequence, due) for event in events)
        await world.bus.publish("doselane.slotting", events)
        count += len(events)
    await world.seen.until(world.number)
    return count


async def _drained(world: World, count: int) -> None:
    """In parts, so that what waits in the bus is no part of what is remembered."""
    for start in range(0, count, 2000):
        await world.bus.publish("doselane.slotting", world.changes(min(2000, count - start)))
        await world.seen.until(world.number)


async def _bare(world: World) -> Measured:
    """Nothing but httpx: lists that are ready, as many at once as the host sends."""
    records = [a_record(f"slots/{number % SLOTS}", number) for number in range(DRAINED)]
    listed = [{"attributes": {"type": DOSE}, **each} for each in records]
    lists = deque(listed[start : start + RECORDS_MAX] for start in range(0, DRAINED, RECORDS_MAX))
    path = f"{world.url}/services/data/v{VERSION}/composite/sobjects/{DOSE}/{SLOT}"
    async with client(connection(world.url), SystemClock()) as ours:
        token = (await grant(ours)).token
    async with httpx.AsyncClient(headers={"authorization": f"Bearer {token}"}, timeout=30) as http:

        async def sending() -> None:
            while lists:
                answer = await http.patch(path, json={"allOrNone": False, "records": lists.popleft()})
                assert all(each["success"] for each in answer.json())

        began = time.perf_counter()
        await asyncio.gather(*(sending() for _ in range(AT_ONCE_MAX)))
        return Measured(DRAINED / (time.perf_counter() - began), 0, 0, {})


async def _require_all(world: World) -> None:
    """Fast is nothing if something is missing: every delivery is sent, and the last of each slot stands there."""
    async with asyncio.timeout(60):
        while await world.database.pool.fetchval("SELECT count(*) FROM delivery WHERE state <> 2"):
            await asyncio.sleep(0.05)
    sent = await world.database.pool.fetchval("SELECT count(*) FROM delivery WHERE state = 2")
    async with client(connection(world.url), SystemClock()) as http:
        rest = SalesforceRest(http, VERSION)
        wrong = 0
        for number in (1, SLOTS // 2, SLOTS - 1):
            last = world.number - (world.number - number) % SLOTS
            answer = await rest.get(f"sobjects/{DOSE}/{SLOT}/slots%2F{number}")
            wrong += answer.body["Revision__c"] != last
    if sent != world.number or wrong:
        raise RuntimeError(f"{world.number} changes were made, {sent} sent; {wrong} slots do not stand at the last")


def _resident_mib() -> float:
    told = next(each for each in Path("/proc/self/status").read_text().splitlines() if each.startswith("VmRSS"))
    return int(told.split()[1]) / 1024


async def _run(cases: Sequence[str], seconds: float) -> None:
    folder = Path(tempfile.mkdtemp(prefix="doselane-bench-"))
    measured = {"composite": composite, "memory": memory}
    try:
        with postgres.start(folder / "postgres") as server:
            for case in cases:
                show(await measured[case](server.create_database(f"crm_{case}"), seconds))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main(argv: list[str]) -> int:
    """Run the cases asked for."""
    parser = argparse.ArgumentParser("tests.bench crm")
    parser.add_argument("--case", action="append", default=[])
    parser.add_argument("--seconds", type=float, default=5.0)
    asked = parser.parse_args(argv)
    uvloop.run(_run([case for case in CASES if not asked.case or case in asked.case], asked.seconds))
    return 0
