"""Making shipments of promised doses: asked for by an operator, or because their batch may leave."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby

from services.distribution import events
from services.distribution.domain import changing, ordering, refusals
from services.distribution.domain.known import Promise
from services.distribution.domain.milestone import MilestoneFact, MilestoneKind, ShipmentState
from services.distribution.domain.shipment import By, CarriedDose, Itinerary, OrderKind, Shipment
from services.distribution.store import Unit, milestones, others
from services.distribution.store.milestones import ReferenceHolder
from services.distribution.usecases.fleet import Fleet, Grounds, by_system
from services.kernel.errors import Invalid
from services.kernel.ids import uuid7
from services.network.resources import Product

# As many as an operator may attach; a courier is not believed more than that.
REFERENCES_MAX = 32
# The cause that a courier is told, whose booking is called off because of it.
ANOTHER_CARRIES_IT = "Another courier carries it."


def journey_of(promise: Promise) -> Itinerary:
    """The journey that a dose was promised."""
    return Itinerary(promise.site, promise.lane, promise.departure_at)


def carried_of(promise: Promise, products: Mapping[str, Product]) -> CarriedDose:
    """A promised dose as it is carried."""
    product = products.get(promise.product)
    return CarriedDose(
        dose=promise.dose,
        run=promise.run,
        product=promise.product,
        nuclide=product.nuclide if product else None,
        administration_mbq=promise.administration_mbq,
        administration_at=promise.administration_at,
    )


def latest_delivery(promises: Iterable[Promise]) -> datetime | None:
    """By when all of these doses are promised to be delivered."""
    return max((each.delivery_at for each in promises if each.delivery_at), default=None)


async def book(unit: Unit, doses: Sequence[str], courier: str, references: tuple[str, ...], by: By) -> Shipment:
    """A new shipment of these doses. Call with what is known of others locked, and the courier."""
    await unit.release_returned(doses)
    promises = [_promised(dose, (await others.promises(unit.conn, doses)).get(dose)) for dose in doses]
    if taken := await unit.carrying(doses):
        dose, shipment = min(taken.items())
        raise refusals.DoseShippedAlready(
            "The dose is in another shipment; call that off, or book the other doses without it.",
            dose=f"doses/{dose}",
            shipment=shipment,
        )
    _require_alike(promises)
    return await _book(unit, promises, courier, references, by)


async def book_ready(unit: Unit, batch: str, now: datetime) -> None:
    """Books the doses of a batch that may leave and that nobody has booked: those of one sponsor and journey together.

    Their courier, the first carrier of their lane, is asked to carry them.
    """
    ready = await others.ready_doses(unit.conn, batch)
    known = await others.promises(unit.conn, ready)
    for _, alike in groupby(sorted((known[dose] for dose in ready), key=_grouping), _grouping):
        await _book(unit, list(alike), "", (), by_system(now))


async def attach(unit: Unit, fleet: Fleet, name: str, courier: str, references: tuple[str, ...], by: By) -> None:
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


async def learn(unit: Unit, fleet: Fleet, fact: MilestoneFact, name: str, by: By) -> None:
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


async def ask_carrier(unit: Unit, fleet: Fleet, name: str, by: By) -> None:
    """Asks the courier of a shipment, if it has one, to carry it under our own name of it."""
    courier = fleet.shipment(name).courier
    if courier:
        await milestones.refer(unit.conn, name, courier, events.keys_of([name]), ("", ()))
        fleet.take(ordering.ask(fleet.shipment(name), OrderKind.BOOK, str(uuid7()), "", by))


async def _book(unit: Unit, promises: Sequence[Promise], courier: str, references: tuple[str, ...], by: By) -> Shipment:
    first = promises[0]
    lanes = await others.lanes(unit.conn, [first.lane])
    products = await others.products(unit.conn, {each.product for each in promises})
    courier = courier or (lanes[first.lane].carrier if first.lane in lanes else "")
    if references and not courier:
        raise Invalid("Whose references these are is not known: name the courier.", field="courier", lane=first.lane)
    shipment = Shipment(
        name=f"shipments/{uuid7()}",
        partner=first.partner,
        site=first.site,
        lane=first.lane,
        doses=tuple(carried_of(each, products) for each in promises),
        created_at=by.at,
        changed=by,
        courier=courier,
        departure_at=first.departure_at,
        promised_delivery_at=latest_delivery(promises),
    )
    grounds = await Grounds.of(unit, [shipment], by.at)
    fleet = Fleet({shipment.name: shipment}, grounds, by)
    fleet.take(changing.book(shipment, grounds.course(shipment.lane), by))
    await fleet.save(unit)  # what it is called by refers to it
    fleet = Fleet({shipment.name: fleet.shipment(shipment.name)}, grounds, by)
    if references:
        await attach(unit, fleet, shipment.name, shipment.courier, references, by)
    else:
        await ask_carrier(unit, fleet, shipment.name, by)
    await fleet.save(unit)
    return fleet.shipment(shipment.name)


def _still_names(takers: Mapping[str, ReferenceHolder]) -> dict[str, str]:
    """By reference, the shipments that they name for good: what was called off gives its names up, never our own."""
    return {
        reference: holder.shipment
        for reference, holder in takers.items()
        if holder.state is not ShipmentState.CANCELLED or reference in events.keys_of([holder.shipment])
    }


async def _free(unit: Unit, fleet: Fleet, courier: str, takers: Mapping[str, ReferenceHolder], by: By) -> None:
    """What was called off is not called by these names any more. Call with the courier locked."""
    await milestones.give_up(unit.conn, courier, list(takers))
    locked = await unit.lock(holder.shipment for holder in takers.values())
    for each in (fleet.newest(shipment) for shipment in locked.values()):
        left = tuple(name for name in each.references if takers.keys().isdisjoint(events.keys_of([name])))
        fleet.take(changing.follow(each, each.courier, left, by))


def _promised(dose: str, promise: Promise | None) -> Promise:
    if promise is None:
        raise refusals.DoseUnknown("There is no such dose, as far as distribution has heard.", dose=f"doses/{dose}")
    if not promise.confirmed:
        raise refusals.DoseNotPromised("The slot of the dose is not confirmed.", dose=f"doses/{dose}")
    return promise


def _require_alike(promises: Sequence[Promise]) -> None:
    fields = ("partner", *Itinerary._fields)
    differs = [field for field in fields if len({getattr(each, field) for each in promises}) > 1]
    if differs:
        raise refusals.DosesDiffer(
            "Doses of one shipment have one sponsor, centre, lane and departure.", differs=", ".join(differs)
        )


def _may_be_learned(reference: str) -> bool:
    """Our name of another shipment is never a courier's name of this one."""
    return reference.isprintable() and not reference.startswith("shipments/")


def _grouping(promise: Promise) -> tuple[str, str, str, float]:
    departure = promise.departure_at.timestamp() if promise.departure_at else 0.0
    return promise.partner, promise.site, promise.lane, departure
