"""What operators ask of a shipment."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

from services.distribution.domain import changing, ordering, refusals
from services.distribution.domain.acceptance import AcceptanceGrounds, checklist, lacking
from services.distribution.domain.acceptance_items import AcceptanceItem
from services.distribution.domain.changing import Settlement
from services.distribution.domain.packages import Package, findings_of, named_by
from services.distribution.domain.shipment import Custody, Itinerary, Loss, LossCause, OrderKind, Shipment
from services.distribution.store import Store, Unit, a2_tables, milestones, others
from services.distribution.usecases import booking, deliveries, naming
from services.distribution.usecases.fleet import Fleet, Grounds
from services.kernel.asking import Ask
from services.kernel.clock import Clock
from services.kernel.db import Connection
from services.kernel.errors import Stale
from services.kernel.ids import uuid7
from services.kernel.provenance import Provenance

Work: TypeAlias = Callable[[Unit, Fleet, Shipment, Provenance], Awaitable[None]]
Render: TypeAlias = Callable[[Shipment], bytes]


async def change(
    store: Store, clock: Clock, name: str, ask: Ask, work: Work, render: Render, *, courier: str = "", lane: str = ""
) -> bytes:
    """Does `work` with a locked shipment, once per request; a `courier` or a `lane` that it comes to matters too."""

    async def once(conn: Connection) -> bytes:
        unit = Unit(conn, ask.traceparent)
        await unit.lock_known(to_change=False)
        couriers = {courier, await unit.courier_of(name)}
        await milestones.lock_couriers(conn, couriers)
        shipment = await unit.lock_one(name)
        shipment.require_etag(ask.etag)
        if shipment.courier not in couriers:  # Another call gave it to a courier whose milestones are not locked.
            raise Stale("The shipment has got another courier meanwhile; ask again.", name=name, etag=shipment.etag)
        by = ask.by(clock.now())
        counted = await milestones.related(conn, [name], only_what_matters=True)
        fleet = Fleet({name: shipment}, await Grounds.of(unit, [shipment], by.at, [lane]), by, counted)
        await work(unit, fleet, shipment, by)
        await fleet.save(unit)
        await unit.tell_measured(by.at)
        return render(fleet.shipment(name))

    return await store.perform(ask.request_key, clock.now(), once)


async def book(
    store: Store,
    clock: Clock,
    doses: Sequence[str],
    courier: str,
    references: tuple[str, ...],
    ask: Ask,
    render: Render,
) -> bytes:
    """Books doses as one shipment, once per request."""

    async def once(conn: Connection) -> bytes:
        unit = Unit(conn, ask.traceparent)
        await unit.lock_known(to_change=True)
        by = ask.by(clock.now())
        booked = await booking.book(unit, doses, courier, references, by)
        await unit.tell_measured(by.at)  # its courier may have told of it before
        return render(booked)

    return await store.perform(ask.request_key, clock.now(), once)


def attaching(courier: str, references: tuple[str, ...]) -> Work:
    """Says which courier carries it, and what the courier calls it."""

    async def work(unit: Unit, fleet: Fleet, shipment: Shipment, by: Provenance) -> None:
        if not shipment.same_references(courier, references):
            await naming.attach(unit, fleet, shipment.name, courier, references, by)
            if courier != shipment.courier:
                await deliveries.join(unit, fleet, shipment.name, by.at)

    return work


def packing(packages: Sequence[Package]) -> Work:
    """Says what is in which package."""

    async def work(unit: Unit, fleet: Fleet, shipment: Shipment, by: Provenance) -> None:
        edition = await a2_tables.edition(unit.conn)
        lane = (await others.lanes(unit.conn, [shipment.lane])).get(shipment.lane)
        sender = await others.place(unit.conn, lane.facility) if lane and lane.facility else None
        receiver = await others.place(unit.conn, shipment.site)
        named = [named_by(each, sender, receiver) for each in packages]
        found = [replace(each, found=findings_of(each, edition, shipment.departure_at)) for each in named]
        fleet.take(changing.pack(shipment, found, by))

    return work


def handing_over(entry: Custody) -> Work:
    """Somebody took it over; now, if it is not said when."""

    async def work(unit: Unit, fleet: Fleet, shipment: Shipment, by: Provenance) -> None:
        missing = lacking(await acceptance(unit, shipment))
        fleet.take(changing.hand_over(shipment, replace(entry, at=entry.at or by.at, actor=by.actor), missing, by))

    return work


async def acceptance(unit: Unit, shipment: Shipment) -> list[AcceptanceItem]:
    """The acceptance checklist of a shipment."""
    lanes = await others.lanes(unit.conn, [shipment.lane])
    grounds = AcceptanceGrounds(
        await others.may_leave(unit.conn, shipment.dose_ids),
        await others.declared(unit.conn, shipment.dose_ids),
        await a2_tables.edition(unit.conn),
        lanes.get(shipment.lane),
    )
    return checklist(shipment, grounds)


def redirecting(site: str, lane: str, cause: str) -> Work:
    """It goes to another centre; its courier is asked to deliver it there."""

    async def work(unit: Unit, fleet: Fleet, shipment: Shipment, by: Provenance) -> None:
        shipment.require_open()
        if not shipment.in_hand:
            raise refusals.WrongShipmentState(
                "No courier has the shipment yet: move the slots of its doses instead.",
                name=shipment.name,
                state=shipment.state.name,
            )
        way = (await others.lanes(unit.conn, [lane])).get(lane) if lane else None
        if lane and (way is None or way.site != site):
            raise refusals.SiteNotReached("The lane does not lead to the centre.", lane=lane, site=site)
        course = fleet.grounds.course(lane)
        journey = Itinerary(site, lane, shipment.departure_at)
        fleet.take(changing.replan(shipment, journey, None, course, by))
        fleet.stand(shipment.name)
        if shipment.courier:
            fleet.take(ordering.ask(fleet.shipment(shipment.name), OrderKind.REDIRECT, str(uuid7()), cause, by))

    return work


def cancelling(cause: str) -> Work:
    """It is called off; what its courier was asked to carry, it is asked not to."""

    async def work(unit: Unit, fleet: Fleet, shipment: Shipment, by: Provenance) -> None:
        shipment.require_not_in_hand()
        fleet.take(changing.cancel(shipment, by))
        if shipment.courier:
            fleet.take(ordering.ask(fleet.shipment(shipment.name), OrderKind.CANCEL, str(uuid7()), cause, by))

    return work


def losing(cause: LossCause, detail: str, at: datetime | None) -> Work:
    """It is lost."""

    async def work(unit: Unit, fleet: Fleet, shipment: Shipment, by: Provenance) -> None:
        fleet.take(changing.lose(shipment, Loss(cause, detail, at or by.at), by))

    return work


def settling(settlement: Settlement) -> Work:
    """An operator says of a milestone in doubt whether it counts."""

    async def work(unit: Unit, fleet: Fleet, shipment: Shipment, by: Provenance) -> None:
        if (settlement.milestone_event_id, settlement.counts) not in shipment.settled:
            fleet.settle(shipment.name, settlement)

    return work
