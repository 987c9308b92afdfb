"""Case `verdict`: from a batch's last result in to its verdict out, beside a bare insert and its commit.

What quality does when it hears of a result, on a real PostgreSQL: batch locked, everything known of it read, judged by
the sandbox's lutetium specification with the trend over earlier batches, decision and events stored, committed.
"""

import asyncio
import shutil
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from services.kernel.clock import VirtualClock
from services.kernel.db import Database, migrate
from services.kernel.event import Event
from services.kernel.provenance import Provenance
from services.local import postgres
from services.quality.domain.signing import Meaning
from services.quality.domain.specification import Outcome
from services.quality.domain.specification.decisions import specification_sha256
from services.quality.domain.specified import SpecificationVersion
from services.quality.store import SCHEMA, decisions
from services.quality.store.store import Store
from services.quality.usecases.hearing import Hearing
from tests.bench.quality.rules import SPECIFICATION
from tests.bench.result import Line, percentile, show
from tests.support import quality_news as news
from tests.support.quality import EOS, a_signature

BATCHES = 200
# Of each batch: what its laboratory found, the test that is told last at the end.
FOUND = {
    "appearance": "clear",
    "identity": "complies",
    "radiochemical_purity": "98.4",
    "unbound_lutetium": "0.6",
    "ph": "5.5",
    "lu177m": "<0.001",
    "activity_concentration": "1002",
    "filter_integrity": "3.4",
    "sterility": "no growth",
    "endotoxin": "<0.5",
}


def run(_: float) -> None:
    """Measure both sides by turns, and show the line."""
    folder = Path(tempfile.mkdtemp(prefix="doselane-bench-"))
    server = postgres.start(folder / "postgres")
    try:
        show(asyncio.run(_measured(server.create_database("verdict"))))
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def _measured(dsn: str) -> Line:
    database = await Database.connect(dsn, "quality", pool_size=4)
    try:
        await migrate(database, SCHEMA)
        await database.pool.execute("CREATE TABLE raw (id bigserial PRIMARY KEY, body bytea NOT NULL)")
        hearing = Hearing(VirtualClock(EOS + timedelta(hours=4)), news.LAB)
        await _prepared(database, hearing)
        ours, bare = [], []
        for number in range(BATCHES):
            *before, last = await _reports(database, hearing, number)
            await _hear(database, hearing, *before)
            ours.append(await _timed(database, hearing, last))
            bare.append(await _inserted(database, last))
        passed = await _passed(database)
    finally:
        await database.close()
    return _line(sorted(ours), sorted(bare), passed)


async def _prepared(database: Database, hearing: Hearing) -> None:
    """A product that asks for nobody's signature to be judged, and its specification in force."""
    name = f"specifications/{SPECIFICATION.name}"
    by = Provenance("quality-assurance@cdmo", EOS)
    sha256 = specification_sha256(SPECIFICATION)
    proposed = SpecificationVersion(name, SPECIFICATION.version, "", "", sha256, SPECIFICATION, EOS, by)
    signature = a_signature(Meaning.SPECIFICATION_APPROVED, record=name, record_sha256=sha256)
    async with database.transaction() as conn:
        await decisions.put_specification(conn, proposed.signed(signature, by))
    await _hear(database, hearing, news.a_product(specification=name))


async def _reports(database: Database, hearing: Hearing, number: int) -> list[Event]:
    """A new batch, and what its laboratory will tell of it."""
    run_name = f"runs/lu-{number}"
    await _hear(database, hearing, news.a_produced_run(run_name))
    batch = await database.pool.fetchval("SELECT name FROM batch WHERE run = $1", run_name)
    return [
        news.a_report(test, value, SPECIFICATION.by_test[test].unit or "", f"{batch}/samples/1")
        for test, value in FOUND.items()
    ]


async def _hear(database: Database, hearing: Hearing, *events: Event) -> None:
    async with database.transaction() as conn:
        for event in events:
            await hearing.apply(conn, event)


async def _timed(database: Database, hearing: Hearing, last: Event) -> float:
    began = time.perf_counter()
    await _hear(database, hearing, last)
    return 1000 * (time.perf_counter() - began)


async def _inserted(database: Database, event: Event) -> float:
    began = time.perf_counter()
    async with database.transaction() as conn:
        await conn.execute("INSERT INTO raw (body) VALUES ($1)", event.data)
    return 1000 * (time.perf_counter() - began)


async def _passed(database: Database) -> int:
    """How many batches have passed every test: all of them, or what was measured was something else."""
    found = 0
    store = Store(database, lambda: None)
    async with store.reading() as conn:
        for row in await conn.fetch("SELECT name FROM batch"):
            batch = await store.batch(conn, row["name"], None)
            found += all(verdict.outcome is Outcome.PASS for verdict in batch.verdicts)
    if found != BATCHES:
        raise RuntimeError(f"not sound: {found} of {BATCHES} batches have passed")
    return found


def _line(ours: list[float], bare: list[float], passed: int) -> Line:
    p99, bare_p99 = percentile(ours, 0.99), percentile(bare, 0.99)
    return Line(
        bench="quality",
        case="verdict",
        doselane=round(p99, 3),
        limit=round(bare_p99, 3),
        limit_is="one insert and its commit, on the same connections",
        unit="ms p99, last result in to verdict out",
        ratio=round(p99 / bare_p99, 3),
        goal="p99 50 ms",
        p50_ms=round(percentile(ours, 0.5), 3),
        p99_ms=round(p99, 3),
        outcomes={"PASS": passed},
        note=f"{len(FOUND)} results a batch, trend over earlier ones; bare p50 {percentile(bare, 0.5):.2f} ms",
    )
