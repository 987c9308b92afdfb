"""Events of other services, applied in the transaction of the consumer's batch."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from services.kernel.clock import Clock
from services.kernel.db import Connection
from services.kernel.event import Event
from services.kernel.steps import in_steps
from services.status import store
from services.status.domain import NewsFact, ShipmentFact, SlotFact
from services.status.events import Fact, fact_of
from services.status.usecases.timelines import Timelines


async def apply_all(conn: Connection, batch: Sequence[Event], clock: Clock) -> None:
    """Applies events in their order, with as few questions to the database as there are kinds of them."""
    facts = [fact for fact in await in_steps(fact_of, batch) if fact is not None]
    await store.lock_doses_of_all(conn, alone=any(isinstance(fact, NewsFact) for fact in facts))
    for of_slots, alike in groupby(facts, lambda fact: not isinstance(fact, NewsFact)):
        if of_slots:
            await _apply_facts(conn, list(alike), clock.now())
        else:
            for fact in alike:
                await _tell(conn, fact, clock.now())  # type: ignore[arg-type]


async def _tell(conn: Connection, fact: NewsFact, now: datetime) -> None:
    """Tells each dose that news are about. All are locked, so no slot comes to stand on the run meanwhile."""
    concerned = [fact.dose_id] if fact.dose_id else await store.promised_doses(conn, fact.run)
    doses = await store.lock_doses(conn, concerned)
    entered = await store.told_sources(conn, [(dose_id, fact.occurrence.source) for dose_id in doses])
    timelines = Timelines(doses, now, entered)
    for dose_id in doses:
        timelines.tell(dose_id, fact)
    await store.save(conn, timelines.saving())


async def _apply_facts(conn: Connection, facts: Sequence[Fact], now: datetime) -> None:
    concerned = [(dose_id, fact.occurrence.source) for fact in facts for dose_id in _doses_of(fact)]
    doses = await store.lock_doses(conn, [dose_id for dose_id, _ in concerned])
    known = [(dose_id, source) for dose_id, source in concerned if dose_id in doses]
    timelines = Timelines(doses, now, await store.told_sources(conn, known) if known else ())
    for fact in facts:
        if isinstance(fact, SlotFact):
            timelines.hear(fact)
        elif isinstance(fact, ShipmentFact):
            timelines.carry(fact)
    await store.save(conn, timelines.saving())


def _doses_of(fact: Fact) -> tuple[str, ...]:
    if isinstance(fact, SlotFact):
        return (fact.dose_id,)
    return (*fact.slots, *fact.removed_ids) if isinstance(fact, ShipmentFact) else ()
