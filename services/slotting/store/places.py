"""Counted places: those that a batch can need, made and locked in one order."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import chain

from asyncpg import Record, SerializationError

from services.kernel.db import Connection
from services.slotting.domain import (
    Asked,
    Claim,
    CountedPlace,
    Demand,
    Move,
    Project,
    ResourceCounter,
    ResourceCounters,
    Revise,
    Run,
    UnitOfWork,
)
from services.slotting.domain.commands import each_of
from services.slotting.domain.filled import made_dose
from services.slotting.domain.revising import SlotDependencies, dependencies_of
from services.slotting.domain.routing import MadeDose, options
from services.slotting.domain.vial import vial_of
from services.slotting.store.faults import SlotMoved


async def lock(connection: Connection, page: UnitOfWork, commands: Sequence[Asked]) -> ResourceCounters:
    """The counted places that the commands can need, of today's sizes; no round trip if there are none."""
    sized = {place.name: place for place in wanted(page, commands)}
    slots = chain(page.overdue, page.slots.values(), *page.standing.values())
    held = {name for slot in slots if slot.in_book for name in slot.reservations.places}
    if not (sized or held):
        return ResourceCounters()
    try:
        rows = await connection.fetch(
            "SELECT * FROM lock_places($1, $2, $3, $4, $5, $6)",
            list(sized),
            [place.size for place in sized.values()],
            [place.at for place in sized.values()],
            list(held),
            list(page.books),
            page.now,
        )
    except SerializationError:  # a hold of another run has just run out
        raise SlotMoved from None
    return ResourceCounters({row["name"]: counter_of(row, sized) for row in rows})


_LOOK = """
    SELECT p.name, p.size, p.at, p.committed - (
        SELECT count(*) FROM slot s
        WHERE s.state = 1 AND s.hold_until <= $2 AND p.name IN (s.qc_place, s.departure_place, s.window_place)
    )::int AS committed
    FROM place p WHERE p.name = ANY ($1)
"""


async def look(connection: Connection, dependencies_of: Sequence[SlotDependencies], now: datetime) -> ResourceCounters:
    """The places that slots hold or would take, as they are without the holds that have run out; no lock is taken."""
    sized = {place.name: place for dependencies in dependencies_of for place in dependencies.places()}
    held = {name for dependencies in dependencies_of for name in dependencies.slot.reservations.places}
    rows = await connection.fetch(_LOOK, list(sized.keys() | held), now)
    empty = {place.name: ResourceCounter(place.name, place.size, 0, place.at) for place in sized.values()}
    return ResourceCounters({**empty, **{row["name"]: counter_of(row, sized) for row in rows}})


def counter_of(row: Record, sized: Mapping[str, CountedPlace]) -> ResourceCounter:
    """A place as it is counted. Its size is the network's, but never less than what is promised already."""
    name, committed = row["name"], row["committed"]
    size = max(sized[name].size, committed) if name in sized else row["size"]
    return ResourceCounter(name, size, committed, row["at"])


def wanted(page: UnitOfWork, commands: Sequence[Asked]) -> list[CountedPlace]:
    """The places that the commands can come to take: of each option that each of them has."""
    runs: dict[str, Run] = {name: book.run for name, book in page.books.items()}
    runs |= {command.run: command.book.run for command in commands if isinstance(command, Project)}
    places: list[CountedPlace] = []
    for command in each_of(commands):
        if isinstance(command, Revise):
            slots = [page.slots[slot_id] for slot_id in page.resting]
            after, filled = page.network.after([command.change]), page.vials.values()
            for dependencies in dependencies_of(slots, runs, after, page.now, filled):
                places += dependencies.places()
        demand = _demand(page, command)
        if demand is not None and demand.run in runs:
            for made in _made(page, command):
                places += options(demand, runs[demand.run], page.network, made).places()
    return places + _waited_for(page, commands)


def _waited_for(page: UnitOfWork, commands: Sequence[Asked]) -> list[CountedPlace]:
    """The places that orders in the queues wait for: as things are, and as the commands make them."""
    networks = [page.network, *(page.network.after([each.change]) for each in commands if isinstance(each, Revise))]
    drawn = {command.run: command.book.run for command in commands if isinstance(command, Project)}
    places: list[CountedPlace] = []
    for standby in page.queue.standbys.values():
        demand = standby.demand
        if standby.open:
            for run in {page.books[demand.run].run, drawn.get(demand.run, page.books[demand.run].run)}:
                for network in networks:
                    places += options(demand, run, network).places()
    return places


def _made(page: UnitOfWork, command: Asked) -> Sequence[MadeDose | None]:
    """As what the command can take places: a slot that is filled or at risk, also as a dose that is made."""
    slot = page.slots.get(command.slot_id) if isinstance(command, Move) else None
    if slot is not None and (slot.at_risk or vial_of(slot, page.vials.values())):
        return None, made_dose(slot, page.now)
    return (None,)


def _demand(page: UnitOfWork, command: Asked) -> Demand | None:
    """What the command would take places for."""
    if isinstance(command, Claim):
        return command.demand
    if isinstance(command, Move) and command.slot_id in page.slots:
        return command.demand_of(page.slots[command.slot_id].demand)
    return None
