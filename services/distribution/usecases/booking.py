"""Making shipments of promised doses: asked for by an operator, or because their batch may leave."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby

from services.distribution import events
from services.distribution.domain import changing, ordering, refusals
from services.distribution.domain.known import Promise
from services.distribution.domain.shipment import CarriedDose, Itinerary, OrderKind, Shipment
from services.distribution.store import Unit, milestones, others
from services.distribution.usecases.deliveries import join
from services.distribution.usecases.fleet import Fleet, Grounds, by_system
from services.distribution.usecases.naming import attach
from services.kernel.errors import Invalid
from services.kernel.ids import uuid7
from services.kernel.provenance import Provenance
from services.network.resources import Product


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


async def book(unit: Unit, doses: Sequence[str], courier: str, references: tuple[str, ...], by: Provenance) -> Shipment:
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


async def ask_carrier(unit: Unit, fleet: Fleet, name: str, by: Provenance) -> None:
    """Asks the courier of a shipment, if it has one, to carry it under our own name of it."""
    courier = fleet.shipment(name).courier
    if courier:
        await milestones.refer(unit.conn, name, courier, events.keys_of([name]), ("", ()))
        fleet.take(ordering.ask(fleet.shipment(name), OrderKind.BOOK, str(uuid7()), "", by))


async def _book(
    unit: Unit, promises: Sequence[Promise], courier: str, references: tuple[str, ...], by: Provenance
) -> Shipment:
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
    await join(unit, fleet, shipment.name, by.at)
    await fleet.save(unit)
    return fleet.shipment(shipment.name)


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


def _grouping(promise: Promise) -> tuple[str, str, str, float]:
    departure = promise.departure_at.timestamp() if promise.departure_at else 0.0
    return promise.partner, promise.site, promise.lane, departure
