"""Reports of production that came before the run that they are of: parked, and read again once there is one.

Whoever parks one and whoever stores a run of its order take one lock, so that either sees what the other has done.
"""

from services.capacity import events
from services.kernel import parked
from services.kernel.db import Connection

CONSUMER = "capacity"
LOOKED_AT_MAX = 1000
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"


async def lock(conn: Connection, production_order: str) -> None:
    """What waits for a run of this order, until this transaction ends."""
    await conn.execute(_LOCK, f"{CONSUMER} production order {production_order}")


async def ask_again(conn: Connection, production_order: str) -> int:
    """Has the reports read again that wait for a run of this order; answers how many."""
    found = await parked.waiting(conn, CONSUMER, kind=events.PRODUCTION_REPORTED, limit=LOOKED_AT_MAX)
    of_order = [each.id for each in found if each.event and events.reported_order(each.event) == production_order]
    return await parked.ask_replay(conn, of_order) if of_order else 0
