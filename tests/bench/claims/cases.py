"""The cases of the claims bench and how each is driven."""

import asyncio
import shutil
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from services.local import postgres
from services.local.postgres import Postgres
from tests.bench.claims import flush
from tests.bench.claims.drive import drive
from tests.bench.claims.peer import drive_peer
from tests.bench.claims.service import Slotting, running
from tests.bench.frame import asked_of, database_server
from tests.bench.result import Line, Measured, line, show
from tests.support.slotting_process import child, first_line

SPREAD_RUNS = [f"runs/bench-{number:03}" for number in range(200)]
HOT_RUN = ["runs/bench-hot"]
IN_FLIGHT = 64
BATCH = 64
CASES = ("spread", "hot", "hot_flush", "batch", "peer", "single")


class Bench:
    """The cases, with the figures that several of them share measured once."""

    def __init__(self, seconds: float, server: Postgres) -> None:
        self.seconds = seconds
        self.server = server
        self._databases = 0
        self._shared: dict[str, Measured] = {}

    async def spread(self) -> Line:
        """64 in flight over 200 runs."""
        return line(
            "claims",
            "spread",
            await self._spread(),
            await self._echo(),
            "raw grpc.aio echo",
            "claims/s",
            "0.6, aim 0.8",
        )

    async def hot(self) -> Line:
        """64 in flight on one run."""
        measured = await self._claims(HOT_RUN, IN_FLIGHT)
        return line("claims", "hot", measured, await self._echo(), "raw grpc.aio echo", "claims/s", "0.5")

    async def hot_flush(self) -> Line:
        """64 in flight on one run, each flush of the database 1 ms longer."""
        folder = Path(tempfile.mkdtemp(prefix="doselane-bench-"))
        with ExitStack() as cleanup:
            cleanup.callback(shutil.rmtree, folder, ignore_errors=True)
            shim = flush.build(folder)
            server = postgres.start(folder / "postgres", environment={"LD_PRELOAD": str(shim)})
            cleanup.callback(server.stop)
            measured = await self._claims(HOT_RUN, IN_FLIGHT, server=server)
        return line("claims", "hot_flush", measured, await self._echo(), "raw grpc.aio echo", "claims/s", "0.35")

    async def batch(self) -> Line:
        """BatchClaimSlots of 64; four messages in flight."""
        measured = await self._claims(SPREAD_RUNS, 4, batch=BATCH)
        return line("claims", "batch", measured, await self._spread(), "unary spread", "claims/s", "2")

    async def peer(self) -> Line:
        """Against FastAPI + SQLAlchemy SELECT FOR UPDATE, on the same schema and durability."""
        dsn = self._database(self.server)
        limit = await drive_peer(dsn, SPREAD_RUNS, IN_FLIGHT, self.seconds)
        return line("claims", "peer", await self._spread(), limit, "FastAPI + SQLAlchemy", "claims/s", "8")

    async def single(self) -> Line:
        """One in flight."""
        measured = await self._claims(SPREAD_RUNS, 1)
        limit = await self._echo(1)
        note = f"echo p50 {limit.p50_ms:.3f} ms, p99 {limit.p99_ms:.3f} ms"
        return line("claims", "single", measured, limit, "raw grpc.aio echo", "claims/s", "reported", note)

    async def _spread(self) -> Measured:
        if "spread" not in self._shared:
            self._shared["spread"] = await self._claims(SPREAD_RUNS, IN_FLIGHT)
        return self._shared["spread"]

    async def _echo(self, in_flight: int = IN_FLIGHT) -> Measured:
        key = f"echo {in_flight}"
        if key not in self._shared:
            with child([sys.executable, "-m", "tests.bench.claims.echo"]) as process:
                target = f"127.0.0.1:{first_line(process)}"
                self._shared[key] = await drive(target, "none", SPREAD_RUNS, in_flight, self.seconds)
        return self._shared[key]

    async def _claims(
        self, runs: list[str], in_flight: int, *, batch: int = 0, server: Postgres | None = None
    ) -> Measured:
        async with running(self._database(server or self.server), runs) as slotting:
            measured = await drive(slotting.target, slotting.token, runs, in_flight, self.seconds, batch=batch)
            await _require_sound(slotting, measured)
        return measured

    def _database(self, server: Postgres) -> str:
        self._databases += 1
        return server.create_database(f"bench_{self._databases}")


async def _require_sound(slotting: Slotting, measured: Measured) -> None:
    """The ledger must add up and hold at least as many slots as were acknowledged, each with its event."""
    pool = slotting.database.pool
    wrong = await pool.fetch("SELECT * FROM violation")
    slots = await pool.fetchval("SELECT count(*) FROM slot")
    logged = await pool.fetchval(
        "SELECT count(*) FROM (SELECT event_id FROM outbox UNION SELECT event_id FROM event_log) AS e"
    )
    if wrong or slots < measured.outcomes.get("OK", 0) or logged != slots:
        raise RuntimeError(f"the ledger is not sound: {wrong}, {slots} slots, {logged} events, {measured.outcomes}")


async def _run(cases: Sequence[str], seconds: float) -> None:
    with database_server() as server:
        bench = Bench(seconds, server)
        for case in cases:
            show(await getattr(bench, case)())


def main(argv: list[str]) -> int:
    """Run the cases asked for."""
    asyncio.run(_run(*asked_of("claims", CASES, argv)))
    return 0
