"""Events of slotting and couriers, applied in the transaction of the consumer's batch."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from uuid import UUID

from services.kernel.clock import Clock
from services.kernel.db import Connection
from services.kernel.event import Event
from services.kernel.steps import in_steps
from services.status import store
from services.status.domain import Attaching, BatchFact, Dose, MilestoneFact, Production, RunFact, Settling, SlotFact
from services.status.events import Fact, fact_of
from services.status.usecases.attach import attach_again
from services.status.usecases.settle import settle_again
from services.status.usecases.timelines import Timelines


async def apply_all(conn: Connection, batch: Sequence[Event], clock: Clock) -> None:
    """Applies events in their order, with as few questions to the database as there are kinds of them."""
    facts = [fact for fact in await in_steps(fact_of, batch) if fact is not None]
    await store.lock_runs(conn, to_change=any(isinstance(fact, RunFact | BatchFact) for fact in facts))
    for kind, alike in groupby(facts, _one_by_one):
        if kind is None:
            await _apply_facts(conn, list(alike), clock.now())
            continue
        for fact in alike:
            await _apply_one(conn, fact, clock.now())


def _one_by_one(fact: Fact) -> type[Fact] | None:
    """The kind of a fact that is applied by itself; None for those that come in numbers."""
    return type(fact) if isinstance(fact, Attaching | Settling | RunFact | BatchFact) else None


async def _apply_one(conn: Connection, fact: Fact, now: datetime) -> None:
    if isinstance(fact, RunFact):
        await _learn(conn, fact, now)
    elif isinstance(fact, BatchFact):
        await _judge(conn, fact, now)
    elif isinstance(fact, Attaching):  # only when the log of status itself is replayed
        await attach_again(conn, fact, now)
    elif isinstance(fact, Settling):
        await settle_again(conn, fact, now)


async def _learn(conn: Connection, fact: RunFact, now: datetime) -> None:
    """Sees the doses of a run in the light of its news. Runs are locked, so nobody else changes a dose meanwhile."""
    if not await store.put_run(conn, fact):
        return
    doses = await store.lock_doses(conn, await store.doses_of(conn, fact.run, shipped=not fact.tells))
    counted = await store.related(conn, doses, only_what_matters=True)
    timelines = Timelines(doses, now, counted=counted, productions={fact.run: fact.production})
    for dose_id in doses:
        timelines.learn(dose_id, fact)
    await store.save(conn, timelines.saving())


async def _judge(conn: Connection, fact: BatchFact, now: datetime) -> None:
    """Tells each dose that a decision is about. Runs are locked, so no slot comes to stand on this one meanwhile."""
    concerned = [fact.dose_id] if fact.dose_id else await store.doses_of(conn, fact.run, shipped=False)
    doses = await store.lock_doses(conn, concerned)
    told = await store.told_sources(conn, [(dose_id, fact.source) for dose_id in doses])
    timelines = Timelines(doses, now, told=told)
    for dose_id in doses:
        timelines.judge(dose_id, fact)
    await store.save(conn, timelines.saving())


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
        counted=await _counted(conn, pairs, _moved(heard, doses)),
        productions=await _productions(conn, heard, doses),
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


def _moved(heard: Sequence[SlotFact], doses: Mapping[str, Dose]) -> set[str]:
    """Doses with a shipment whose slot stands on another run now."""
    return {
        fact.dose_id
        for fact in heard
        if (dose := doses.get(fact.dose_id)) and dose.shipment and dose.slot.run != fact.slot.run
    }


async def _productions(
    conn: Connection, heard: Sequence[SlotFact], doses: Mapping[str, Dose]
) -> Mapping[str, Production]:
    """What is known of the runs on which shipped doses stand, or come to stand."""
    shipped = {dose.id: dose.slot.run for dose in doses.values() if dose.shipment}
    runs = {*shipped.values(), *(fact.slot.run for fact in heard if fact.dose_id in shipped)}
    return await store.productions(conn, runs) if runs else {}


async def _counted(conn: Connection, pairs: Sequence[store.Pair], moved: set[str]) -> list[store.Related]:
    """What the standing of the doses rests on so far. Readings on the way, which are the many, need not look."""
    dose_ids = moved | {pair.dose_id for pair in pairs if pair.fact.milestone.matters}
    if not dose_ids:
        return []
    coming = {(pair.dose_id, pair.milestone_id) for pair in pairs}
    found = await store.related(conn, dose_ids, only_what_matters=True)
    return [each for each in found if (each.dose_id, each.milestone_id) not in coming]


def _is_late(fact: SlotFact, dose: Dose | None) -> bool:
    return dose is not None and fact.sequence <= dose.slot_sequence
