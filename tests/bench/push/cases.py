"""The cases of the push bench and how each is driven."""

import asyncio
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import asyncpg

from services.local.postgres import Postgres
from tests.bench.claims.drive import gather_loads
from tests.bench.frame import asked_of, database_server
from tests.bench.push.load import Orders, orders_json
from tests.bench.push.seen import drive_seen
from tests.bench.push.serving import PROCESSES, serving
from tests.bench.push.steady import drive_steady
from tests.bench.result import Line, Measured, line, show

CONNECTIONS = 64  # of a courier platform, as at the fixed rate
CASES = ("stored", "steady", "seen")
STEADY_TIMES = 12  # a minute, where the others last five seconds


class Bench:
    """The cases."""

    def __init__(self, seconds: float, server: Postgres) -> None:
        self.seconds, self.server = seconds, server

    async def stored(self) -> Line:
        """64 connections: the credential checked, the push stored, judged, its event written, the verdict answered."""
        limit = await self._measure("limit", "/push", 1)
        measured = await self._measure("service", "/push/ups/swift-ups", PROCESSES)
        await self._require_sound(measured)
        return line("push", "stored", measured, limit, "bare FastAPI route + raw insert", "pushes/s", "0.7")

    async def steady(self) -> Line:
        """2,000 pushes a second for a minute: all of them acknowledged, none of those lost."""
        taken, asked = await drive_steady(self.server, STEADY_TIMES * self.seconds)
        return line("push", "steady", taken, asked, "what is sent", "pushes/s", "1.0")

    async def seen(self) -> Line:
        """One push at a time, until a subscriber that waits on a gRPC stream has it."""
        folder = Path(tempfile.mkdtemp(prefix="doselane-bench-"))
        try:
            measured = await drive_seen(self.server.create_database("seen"), folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return line("push", "seen", measured, measured, "reported as it is", "pushes/s, one at a time", "reported")

    async def _measure(self, what: str, path: str, processes: int) -> Measured:
        with serving(what, self.server.create_database(what), processes) as ports:
            orders = Orders(ports, path, CONNECTIONS, self.seconds)
            return await gather_loads(
                [sys.executable, "-m", "tests.bench.push.load", orders_json(orders)], 1, self.seconds
            )

    async def _require_sound(self, measured: Measured) -> None:
        """Every push that was acknowledged is kept with a verdict, and its event waits or is out, once."""
        conn = await asyncpg.connect(self.server.dsn("service"), server_settings={"search_path": "exchange"})
        kept, judged, counted, events = await conn.fetchrow(
            "SELECT (SELECT count(*) FROM message), (SELECT count(*) FROM verdict),"
            " (SELECT count(*) FROM accepted_event),"
            " (SELECT count(*) FROM (SELECT event_id FROM outbox UNION SELECT event_id FROM event_log) AS e)"
        )
        await conn.close()
        if not (kept >= judged == counted == events >= measured.outcomes.get("OK", 0) > 0):
            raise RuntimeError(f"not sound: {kept=} {judged=} {counted=} {events=} {measured.outcomes}")


async def _run(cases: Sequence[str], seconds: float) -> None:
    with database_server() as server:
        bench = Bench(seconds, server)
        for case in cases:
            show(await getattr(bench, case)())


def main(argv: list[str]) -> int:
    """Run the cases asked for."""
    asyncio.run(_run(*asked_of("push", CASES, argv)))
    return 0
