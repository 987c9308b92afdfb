"""How much waits to be sent, and how long the oldest has waited: metrics, by account. A system that is slow or away

is seen here before anybody is missed.
"""

from collections.abc import Collection
from datetime import datetime

from services.kernel.clock import Clock
from services.kernel.db import FAULTS, Database
from services.kernel.supervise import periodically
from services.kernel.telemetry import meter

LOOK_EVERY_S = 5.0
_WAITING = (
    "SELECT account, count(*) AS number, min(created_at) AS oldest FROM delivery WHERE state = 1 GROUP BY account"
)


async def waiting(database: Database, now: datetime) -> dict[str, tuple[int, float]]:
    """By account that has any: how many deliveries wait, and for how many seconds the oldest has."""
    rows = await database.pool.fetch(_WAITING)
    return {row["account"]: (row["number"], max((now - row["oldest"]).total_seconds(), 0.0)) for row in rows}


async def watch_pressure(database: Database, clock: Clock, accounts: Collection[str]) -> None:
    """Reports them until cancelled."""
    numbers = meter().create_gauge("doselane.exchange.waiting", description="Deliveries that wait to be sent")
    ages = meter().create_gauge("doselane.exchange.waiting.age", unit="s", description="Age of the oldest of them")

    async def look() -> None:
        found = await waiting(database, clock.now())
        for account in accounts:
            number, age_s = found.get(account, (0, 0.0))
            numbers.set(number, {"account": account})
            ages.set(age_s, {"account": account})

    await periodically("a look at what waits to be sent", LOOK_EVERY_S, look, lambda fault: isinstance(fault, FAULTS))
