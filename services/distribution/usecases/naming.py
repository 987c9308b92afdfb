"""What couriers call shipments: said by operators, learnt from couriers, stated by the manufacturer's ERP."""

from collections.abc import Mapping, Sequence

from services.distribution import events
from services.distribution.domain import changing, ordering, refusals
from services.distribution.domain.milestone import MilestoneFact, MilestoneKind, ShipmentState
from services.distribution.domain.shipment import OrderKind
from services.distribution.store import Unit, milestones
from services.distribution.store.milestones import ReferenceHolder
from services.distribution.usecases.fleet import Fleet
from services.kernel.ids import uuid7
from services.kernel.provenance import Provenance

# As many as an operator may attach; a courier is not believed more than that.
REFERENCES_MAX = 32
# The cause that a courier is told, whose booking is called off because of it.
ANOTHER_CARRIES_IT = "Another courier carries it."


async def attach(
    unit: Unit, fleet: Fleet, name: str, courier: str, references: tuple[str, ...], by: Provenance
) -> None:
    """Says what the courier calls a shipment, and records the milestones that came under these names before.

    A courier that was asked to carry it, and has not got it in hand, is asked not to when another one carries it. Call
    with the courier locked, and the one that it had.
    """
    before, keys = fleet.shipment(name), events.keys_of((name, *references))
    takers = await milestones.takers(unit.conn, courier, keys, name)
    if taken := _still_names(takers):
        reference, shipment = min(taken.items())
        raise refusals.ReferenceTaken(
            "The courier's reference names another shipment. Doses that travel together are booked as one.",
            courier=courier,
            reference=reference,
            shipment=shipment,
        )
    await _free(unit, fleet, courier, takers, by)
    await milestones.refer(unit.conn, name, courier, keys, (before.courier, events.keys_of((name, *before.references))))
    fleet.take(changing.follow(before, courier, references, by))
    if courier != before.courier and before.asks_courier and not before.courier_has_it:
        event_id = str(uuid7())
        fleet.take(ordering.ask(fleet.shipment(name), OrderKind.CANCEL, event_id, ANOTHER_CARRIES_IT, by, of=before))
    found = await milestones.related(unit.conn, [name], only_what_matters=False)
    fleet.rest_on(name, [each for each in found if each.told or fleet.has_recorded(name, each.milestone_id)])
    missing = (each for each in found if not each.told)
    for each in sorted(missing, key=lambda each: (each.fact.recorded_at, each.milestone_id)):
        fleet.record(name, each, unit.traceparent)


async def learn(unit: Unit, fleet: Fleet, fact: MilestoneFact, name: str, by: Provenance) -> None:
    """A courier that announces a shipment by our name for it says what it calls it itself."""
    shipment, milestone = fleet.shipment(name), fact.milestone
    if (
        milestone.kind is not MilestoneKind.BOOKED
        or milestone.retracted
        or events.keys_of([name])[0] not in fact.references
    ):
        return
    known = {*events.keys_of((name, *shipment.references))}
    known.update(_still_names(await milestones.takers(unit.conn, fact.courier, fact.references, name)))
    told = (each for each in events.references_in(milestone) if _may_be_learned(each))
    learned = [each for each in told if known.isdisjoint(events.keys_of([each]))]
    if learned:
        references = (*shipment.references, *learned)[:REFERENCES_MAX]
        await attach(unit, fleet, name, fact.courier, references, by)


async def taken(unit: Unit, courier: str, keys: Sequence[str], but: str) -> frozenset[str]:
    """Those of these keys of a courier's that name another shipment, and are not to be had."""
    return frozenset(_still_names(await milestones.takers(unit.conn, courier, keys, but)))


def _still_names(takers: Mapping[str, ReferenceHolder]) -> dict[str, str]:
    """By reference, the shipments that they name for good: what was called off gives its names up, never our own."""
    return {
        reference: holder.shipment
        for reference, holder in takers.items()
        if holder.state is not ShipmentState.CANCELLED or reference in events.keys_of([holder.shipment])
    }


async def _free(unit: Unit, fleet: Fleet, courier: str, takers: Mapping[str, ReferenceHolder], by: Provenance) -> None:
    """What was called off is not called by these names any more. Call with the courier locked."""
    await milestones.give_up(unit.conn, courier, list(takers))
    locked = await unit.lock(holder.shipment for holder in takers.values())
    for each in (fleet.newest(shipment) for shipment in locked.values()):
        left = tuple(name for name in each.references if takers.keys().isdisjoint(events.keys_of([name])))
        fleet.take(changing.follow(each, each.courier, left, by))


def _may_be_learned(reference: str) -> bool:
    """Our name of another shipment is never a courier's name of this one."""
    return reference.isprintable() and not reference.startswith("shipments/")
