"""What distribution does when it hears of others, in the transaction of its consumer's batch."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby

from services.distribution import events
from services.distribution.domain import changing, ordering
from services.distribution.domain.known import Promise
from services.distribution.domain.milestone import MilestoneFact
from services.distribution.domain.shipment import ENDED, Shipment
from services.distribution.events import heard
from services.distribution.events.deliveries import delivery_in
from services.distribution.store import Unit, deliveries, measurements, milestones, others
from services.distribution.store.milestones import Related
from services.distribution.usecases.booking import (
    ask_carrier,
    book_ready,
    carried_of,
    journey_of,
    latest_delivery,
)
from services.distribution.usecases.deliveries import join
from services.distribution.usecases.fleet import Fleet, Grounds, by_system, weighs
from services.distribution.usecases.naming import learn
from services.kernel.clock import Clock
from services.kernel.db import Connection
from services.kernel.event import Event
from services.kernel.steps import in_steps


async def apply_all(conn: Connection, batch: Sequence[Event], clock: Clock) -> None:
    """Applies events in their order, with as few questions to the database as there are kinds of them."""
    unit = Unit(conn)
    await unit.lock_known(to_change=any(event.type != heard.MILESTONE_REPORTED for event in batch))
    for kind, alike in groupby(batch, heard.kind_of):
        await _APPLY[kind](unit, list(alike), clock.now())
    await unit.tell_measured(clock.now())


async def _milestones(unit: Unit, batch: Sequence[Event], now: datetime) -> None:
    facts = list(await in_steps(heard.reported_in, batch))
    await milestones.lock_couriers(unit.conn, {fact.courier for fact in facts})
    pairs = await milestones.take_milestones(unit.conn, facts)
    answers = [fact for fact in facts if fact.milestone.answers and not fact.milestone.retracted]
    asked = await unit.shipments_that_asked(each.milestone.answers for each in answers) if answers else {}
    if not pairs and not asked:
        return
    shipments = await unit.lock({*(pair.shipment for pair in pairs), *asked.values()})
    # Readings on the way, which are the many, need not look at what came before.
    coming = {(pair.shipment, pair.milestone_id) for pair in pairs}
    grounds = await Grounds.of(unit, shipments.values(), now)
    limits = {name: events.limits_of(each, grounds.products) for name, each in shipments.items()}
    made = {name: grounds.production(each) for name, each in shipments.items()}
    told = [(pair.shipment, pair.fact.milestone) for pair in pairs]
    weighty = {name for name, milestone in told if weighs(milestone, limits[name], made[name])}
    counted = await milestones.related(unit.conn, weighty, only_what_matters=True) if weighty else []
    counted = [each for each in counted if (each.shipment, each.milestone_id) not in coming]
    fleet = Fleet(shipments, grounds, by_system(now), counted)
    for pair in _in_order(facts, pairs):
        related = Related(pair.milestone_id, pair.shipment, pair.fact, told=False)
        fleet.record(pair.shipment, related, pair.fact.traceparent)
        await learn(unit, fleet, pair.fact, pair.shipment, by_system(now))
    for each in answers:
        if name := asked.get(each.milestone.answers):
            shipment, answers_to = fleet.shipment(name), each.milestone.answers
            yes = ordering.order_confirmed(shipment, answers_to, each.courier, by_system(now), each.references)
            fleet.take(yes)
    await fleet.save(unit)


def _in_order(facts: Sequence[MilestoneFact], pairs: Sequence[milestones.Pair]) -> list[milestones.Pair]:
    """Retractions that waited for what they retract first, then the others in the order in which they came."""
    place = {fact.event_id: number for number, fact in enumerate(facts)}
    return sorted(pairs, key=lambda pair: place.get(pair.fact.event_id, -1))


async def _slots(unit: Unit, batch: Sequence[Event], now: datetime) -> None:
    told = await in_steps(heard.promise_in, batch)
    fresh = {promise.dose: promise for promise in await others.PROMISES.put(unit.conn, told)}
    shipment_of = await unit.carrying(fresh)
    shipments = await unit.lock(shipment_of.values())
    grounds = await Grounds.of(unit, shipments.values(), now, promises=fresh.values())
    counted = await milestones.related(unit.conn, shipments, only_what_matters=True) if shipments else []
    fleet = Fleet(shipments, grounds, by_system(now), counted)
    for shipment in shipments.values():
        if not shipment.in_hand and shipment.state not in ENDED:
            _follow_promises(fleet, shipment, fresh, grounds, now)
            if fleet.shipment(shipment.name).version != shipment.version:
                fleet.stand(shipment.name)
    await fleet.save(unit)
    for each in await _batches_of(unit, [promise.dose for promise in fresh.values() if promise.confirmed]):
        await book_ready(unit, each, now)


def _follow_promises(
    fleet: Fleet, shipment: Shipment, fresh: dict[str, Promise], grounds: Grounds, now: datetime
) -> None:
    """A shipment that nobody has collected carries what is promised for its centre, lane and departure, and no more.

    If all its doses are promised for another journey now, it makes that one.
    """
    by, told = by_system(now), {dose: fresh[dose] for dose in shipment.dose_ids if dose in fresh}
    here = shipment.journey
    journeys = {journey_of(each) for each in told.values()}
    together = len(told) == len(shipment.doses) and len(journeys) == 1 and all(map(_confirmed, told.values()))
    journey = journeys.pop() if together else here
    stays = {dose for dose, each in told.items() if each.confirmed and journey_of(each) == journey}
    doses = [
        carried_of(told[dose.dose], grounds.products) if dose.dose in stays else dose
        for dose in shipment.doses
        if dose.dose not in told or dose.dose in stays
    ]
    fleet.take(changing.carry(shipment, doses, by))
    if journey != here:
        promised_at = latest_delivery(told.values())
        course = grounds.course(journey.lane)
        fleet.take(changing.replan(fleet.shipment(shipment.name), journey, promised_at, course, by))


def _confirmed(promise: Promise) -> bool:
    return promise.confirmed


async def _runs(unit: Unit, batch: Sequence[Event], now: datetime) -> None:
    fresh = await others.RUNS.put(unit.conn, [heard.run_told_in(event) for event in batch])
    await _rejudge(unit, await unit.shipments_of_runs(run.name for run in fresh), now)


async def _rejudge(unit: Unit, names: Iterable[str], now: datetime) -> None:
    shipments = await unit.lock(names)
    counted = await milestones.related(unit.conn, shipments, only_what_matters=True) if shipments else []
    fleet = Fleet(shipments, await Grounds.of(unit, shipments.values(), now), by_system(now), counted)
    for name in shipments:
        fleet.rejudge(name)
    await fleet.save(unit)


async def _batches(unit: Unit, batch: Sequence[Event], now: datetime) -> None:
    for told in await others.BATCHES.put(unit.conn, [heard.batch_in(event) for event in batch]):
        if told.may_leave:
            await book_ready(unit, told.name, now)


async def _vials(unit: Unit, batch: Sequence[Event], now: datetime) -> None:
    fresh = await others.VIALS.put(unit.conn, [heard.vial_in(event) for event in batch])
    for name in sorted({vial.batch for vial in fresh if not vial.surplus}):
        await book_ready(unit, name, now)


async def _documents(unit: Unit, batch: Sequence[Event], now: datetime) -> None:
    told = [found for event in batch if (found := heard.declaration_in(event)) is not None]
    await others.DECLARATIONS.put(unit.conn, told)


async def _batches_of(unit: Unit, doses: Sequence[str]) -> list[str]:
    """The batches that these doses were filled from."""
    rows = await unit.conn.fetch(
        "SELECT DISTINCT batch FROM vial WHERE dose = ANY ($1) AND NOT surplus ORDER BY batch", list(doses)
    )
    return [row["batch"] for row in rows]


async def _resources(unit: Unit, batch: Sequence[Event], now: datetime) -> None:
    told = [found for event in batch if (found := heard.resource_version_in(event)) is not None]
    fresh = [each.name for each in await others.RESOURCES.put(unit.conn, told)]
    # A lane that has other carriers now is measured without the denials of those that it had.
    unit.measure(await measurements.told_of(unit.conn, fresh))
    shipments = await unit.lock(await unit.waiting_for(fresh) if fresh else [])
    if not shipments:
        return
    grounds = await Grounds.of(unit, shipments.values(), now)
    nuclides = {name: product.nuclide for name, product in grounds.products.items()}
    counted = await milestones.related(unit.conn, shipments, only_what_matters=True)
    fleet, by = Fleet(shipments, grounds, by_system(now), counted), by_system(now)
    for name, before in shipments.items():
        course, carrier = grounds.course(before.lane), grounds.carrier(before.lane) if not before.in_hand else ""
        changed = changing.hear(before, course, carrier, nuclides, by)
        if changed is not None:
            fleet.take(changed)
            fleet.stand(name)
            if not before.courier:
                await ask_carrier(unit, fleet, name, by)
                await join(unit, fleet, name, now)
    await fleet.save(unit)


async def _deliveries(unit: Unit, batch: Sequence[Event], now: datetime) -> None:
    """Has shipments known by the names of these deliveries; what is not booked yet is, when it is booked."""
    stated = [delivery_in(event) for event in batch]
    fresh = [each for each in stated if await deliveries.put(unit.conn, each)]
    carried = await unit.carrying(await deliveries.doses(unit.conn, fresh))
    shipments = await unit.lock(carried.values())
    counted = await milestones.related(unit.conn, shipments, only_what_matters=True) if shipments else []
    fleet = Fleet(shipments, await Grounds.of(unit, shipments.values(), now), by_system(now), counted)
    for name in shipments:
        await join(unit, fleet, name, now)
    await fleet.save(unit)


async def _failed(unit: Unit, batch: Sequence[Event], now: datetime) -> None:
    failed: defaultdict[str, list[heard.OrderFailed]] = defaultdict(list)
    told = [heard.failed_order_in(event) for event in batch]
    asked = await unit.shipments_that_asked(each.event_id for each in told)
    for each in told:
        if name := asked.get(each.event_id):
            failed[name].append(each)
    shipments = await unit.lock(failed)
    fleet = Fleet(shipments, Grounds(now), by_system(now))
    for name in shipments:
        for each in failed[name]:
            shipment = fleet.shipment(name)
            fleet.take(ordering.order_failed(shipment, each.event_id, each.detail, by_system(now), each.about))
    await fleet.save(unit)


_APPLY = {
    heard.MILESTONE_REPORTED: _milestones,
    heard.DELIVERY_FAILED: _failed,
    heard.VIAL_CHANGED: _vials,
    heard.DOCUMENT_ISSUED: _documents,
    heard.OUTBOUND_DELIVERY_CHANGED: _deliveries,
    "slot": _slots,
    "run": _runs,
    "batch": _batches,
    "resource": _resources,
}
