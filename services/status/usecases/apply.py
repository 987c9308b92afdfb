"""Events of slotting and couriers, applied in the transaction of the consumer's batch."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from uuid import UUID

from services.kernel.clock import Clock
from services.kernel.db import Connection
from services.kernel.event import Event
from services.status import store
from services.status.domain import Attaching, Dose, MilestoneFact, SlotFact
from services.status.events import Fact, fact_of
from services.status.usecases.attach import attach_again
from services.status.usecases.timelines import Timelines


async def apply_all(conn: Connection, batch: Sequence[Event], clock: Clock) -> None:
    """Applies events in their order, with as few questions to the database as there are kinds of them."""
    facts = [fact for fact in map(fact_of, batch) if fact is not None]
    for attaches, run in groupby(facts, lambda fact: isinstance(fact, Attaching)):
        if not attaches:
            await _apply_facts(conn, list(run), clock.now())
            continue
        for fact in run:  # only when the log of status itself is replayed
            if isinstance(fact, Attaching):
                await attach_again(conn, fact, clock.now())


async def _apply_facts(conn: Connection, facts: Sequence[Fact], now: datetime) -> None:
    heard = [fact for fact in facts if isinstance(fact, SlotFact)]
    reports = [fact for fact in facts if isinstance(fact, MilestoneFact)]
    pairs = await _take(conn, reports) if reports else []
    doses = await store.lock_doses(conn, [fact.dose_id for fact in heard] + [pair.dose_id for pair in pairs])
    late = [(fact.dose_id, fact.source) for fact in heard if _is_late(fact, doses.get(fact.dose_id))]
    timelines = Timelines(
        doses,
        now,
        told=await store.told_sources(conn, late) if late else (),
        counted=await _counted(conn, pairs),
    )
    await store.save(conn, _walk(timelines, facts, pairs))


def _walk(timelines: Timelines, facts: Sequence[Fact], pairs: Sequence[store.Pair]) -> store.Saving:
    """Adds the facts to the timelines in the order in which they came."""
    brought = {fact.event_id for fact in facts}
    pairs_of: defaultdict[UUID, list[store.Pair]] = defaultdict(list)
    for pair in pairs:
        if pair.fact.event_id in brought:
            pairs_of[pair.fact.event_id].append(pair)
        else:  # a retraction that waited for what it retracts: it was known first
            timelines.report(pair.dose_id, pair.milestone_id, pair.fact, pair.fact.traceparent)
    for fact in facts:
        if isinstance(fact, SlotFact):
            timelines.hear(fact)
        for pair in pairs_of.pop(fact.event_id, ()):
            timelines.report(pair.dose_id, pair.milestone_id, pair.fact, pair.fact.traceparent)
    return timelines.saving()


async def _take(conn: Connection, reports: Sequence[MilestoneFact]) -> list[store.Pair]:
    await store.lock_couriers(conn, {report.courier for report in reports})
    return await store.take_milestones(conn, reports)


async def _counted(conn: Connection, pairs: Sequence[store.Pair]) -> list[store.Related]:
    """What the standing of the doses rests on so far. Readings on the way, which are the many, need not look."""
    dose_ids = {pair.dose_id for pair in pairs if pair.fact.milestone.matters}
    if not dose_ids:
        return []
    coming = {(pair.dose_id, pair.milestone_id) for pair in pairs}
    found = await store.related(conn, dose_ids, only_what_matters=True)
    return [each for each in found if (each.dose_id, each.milestone_id) not in coming]


def _is_late(fact: SlotFact, dose: Dose | None) -> bool:
    return dose is not None and fact.sequence <= dose.slot_sequence
