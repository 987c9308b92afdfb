"""Pushes at a fixed rate for a minute: what was acknowledged, how late, and whether any of that is lost."""

import asyncio
import json
import sys
from collections.abc import Sequence

import asyncpg

from services.local.postgres import Postgres
from tests.bench.push.load import Orders, orders_json
from tests.bench.push.serving import PROCESSES, serving
from tests.bench.result import Measured, percentile
from tests.support.couriers import RIVAL_KEY

CONNECTIONS = 64
PER_SECOND = 2000
# Kept, judged and accepted, and its event waits or is out. Whatever an acknowledged push lacks of these is lost.
_LOST = """
SELECT count(*) FROM unnest($1::uuid[]) AS taken(id)
LEFT JOIN message m ON m.message_id = id
LEFT JOIN verdict v ON v.message_id = id
LEFT JOIN (SELECT message_id, count(*) AS number FROM accepted_event GROUP BY 1) AS facts ON facts.message_id = id
LEFT JOIN (
    SELECT subject, count(*) AS number
    FROM (SELECT event_id, subject FROM outbox UNION SELECT event_id, subject FROM event_log) AS e GROUP BY 1
) AS events ON events.subject = 'pushes/' || id
WHERE m.message_id IS NULL OR v.state IS DISTINCT FROM 2 OR facts.number IS DISTINCT FROM 1
   OR events.number IS DISTINCT FROM 1
"""


async def drive_steady(server: Postgres, seconds: float) -> tuple[Measured, Measured]:
    """What was acknowledged, and what was asked for. Fails if an acknowledged push is lost."""
    dsn = server.create_database("steady")
    with serving("service", dsn, PROCESSES) as ports:
        orders = Orders(ports, "/push/ups/rival-ups", CONNECTIONS, seconds, per_second=PER_SECOND, key=RIVAL_KEY)
        load = [sys.executable, "-m", "tests.bench.push.load", orders_json(orders)]
        posting = await asyncio.create_subprocess_exec(*load, stdout=asyncio.subprocess.PIPE, limit=1 << 28)
        output, _ = await posting.communicate()
    if posting.returncode:
        raise RuntimeError("the load process failed")
    told = json.loads(output)
    if lost := await _lost(dsn, told["taken"]):
        raise RuntimeError(f"not sound: {lost} of {len(told['taken'])} acknowledged pushes are lost")
    latencies_ms = sorted(told["latencies_ms"])
    p50_ms, p99_ms = percentile(latencies_ms, 0.5), percentile(latencies_ms, 0.99)
    taken = Measured(len(told["taken"]) / seconds, p50_ms, p99_ms, {**told["outcomes"], "LOST": 0})
    return taken, Measured(PER_SECOND, 0, 0, {})


async def _lost(dsn: str, taken: Sequence[str]) -> int:
    conn = await asyncpg.connect(dsn, server_settings={"search_path": "exchange"})
    try:
        # The relay moves events between the two tables while they are counted; it has an end when the service has.
        return await conn.fetchval(_LOST, [name.rpartition("/")[2] for name in taken])
    finally:
        await conn.close()
