"""Slotting's rows: load what a batch needs under locks, save what it decided with its events."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from asyncpg import Record

from services.kernel.activity import Nuclide
from services.kernel.db import Connection
from services.network import Capacity, ResourceVersion
from services.slotting import events
from services.slotting.domain import (
    Allocation,
    Allotment,
    Asked,
    Book,
    Claim,
    Command,
    Cut,
    Demand,
    Leave,
    Move,
    Project,
    RecordShipment,
    RecordVial,
    Reservations,
    ResourceCounters,
    Revise,
    Risk,
    Run,
    RunState,
    Settle,
    Slot,
    State,
    UnitOfWork,
    Withdraw,
)
from services.slotting.domain.book import Audience, CommittedSize, blank
from services.slotting.domain.commands import OnSlot, each_of
from services.slotting.domain.revising import SlotDependencies, dependencies_of
from services.slotting.store import places, resources, standbys, vials
from services.slotting.store.faults import SlotMoved

SCHEMA = Path(__file__).parent.parent / "schema"

RequestKey = tuple[str, UUID]
# A row of the table: partner, request id, hash of the body, answer, instant.
Request = tuple[str, UUID, bytes, bytes, datetime]


# The first and the last of these have next to nothing to do while nothing is overdue and nobody waits.
_LOAD = """
    SELECT p.*, q.standbys, q.agreements, q.moved AS queue_moved
    FROM with_queues($1 || overdue_beside(), $2, $5, $7, $6, $8, $9) w,
         load_page(w.runs, w.slots, $3, $4, w.resources, $6) p,
         queues_of(ARRAY (SELECT r.name FROM unnest(p.runs) r), $7, w.slots, w.resources) q
"""


@dataclass(frozen=True, slots=True)
class Answered:
    """What a request id was answered with before."""

    body_hash: bytes
    answer: bytes


async def load(connection: Connection, commands: Sequence[Asked]) -> tuple[UnitOfWork, dict[RequestKey, Answered]]:
    """Lock the books and places that the commands concern and read all they can need. Call inside a transaction."""
    wants = LockSet(commands)
    resting: list[Slot] = []
    changes = [command.change for command in commands if isinstance(command, Revise)]
    if changes:
        rows = await resources.resting_on(connection, [change.name for change in changes], alone=True)
        resting = [slot_of_row(row) for row in rows]
        wants.also(resting, changes)
    drawn = [command.book for command in commands if isinstance(command, Project)]
    if drawn:
        # A run that nobody has heard of has no row to lock: without one, two processes could both draw it, and the
        # second would undo what was claimed after the first.
        rows = [_run_row(blank(book)) for book in drawn]
        await connection.execute("INSERT INTO run SELECT * FROM unnest($1::run[]) ON CONFLICT DO NOTHING", rows)
    row = await connection.fetchrow(_LOAD, *wants.arguments())
    if row["moved"] or row["queue_moved"]:
        raise SlotMoved
    page = _page_of_row(row)
    page.slots |= {slot.id: slot for slot in resting}
    page.resting = [slot.id for slot in resting]
    page.vials = await vials.load_vials(connection, commands, resting)
    page.rooms = await places.lock(connection, page, commands)
    if await standbys.passed_over(connection, page, commands):
        raise SlotMoved
    answered = {
        (request["partner"], request["request_id"]): Answered(request["body_hash"], request["answer"])
        for request in row["requests"]
    }
    return page, answered


@dataclass(frozen=True, slots=True)
class Survey:
    """What some changes of the network would do to promised slots, worked out without a lock."""

    dependencies_of: Sequence[SlotDependencies]
    rooms: ResourceCounters


async def survey(connection: Connection, changes: Sequence[ResourceVersion]) -> Survey:
    """Read what a preview of the changes needs. Call inside a transaction that sees one snapshot."""
    rows = await resources.resting_on(connection, [change.name for change in changes], alone=False)
    slots = [slot_of_row(row) for row in rows]
    wants = LockSet(())
    wants.also(slots, changes)
    found = await connection.fetch("SELECT * FROM run WHERE name = ANY ($1)", list(wants.runs))
    runs = {row["name"]: book_of_row(row).run for row in found}
    wants.resources |= {name for run in runs.values() for name in (run.product, run.facility)}
    known = await connection.fetch("SELECT * FROM network WHERE name = ANY ($1)", list(wants.resources))
    now = await connection.fetchval("SELECT present()")
    filled = (await vials.load_vials(connection, (), slots)).values()
    stand_on = dependencies_of(slots, runs, resources.network_of_rows(known).after(changes), now, filled)
    return Survey(stand_on, await places.look(connection, stand_on, now))


def _page_of_row(row: Record) -> UnitOfWork:
    return UnitOfWork(
        now=row["now"],
        books=books_of_rows(row["runs"], row["allotments"]),
        slots={slot.id: slot for slot in map(slot_of_row, row["slots"] or ())},
        network=resources.network_of_rows(row["resources"]),
        overdue=[slot_of_row(slot) for slot in row["overdue"]],
        standing=_by_run(map(slot_of_row, row["standing"] or ())),
        queue=standbys.queue_of_row(row),
    )


async def save(
    connection: Connection,
    page: UnitOfWork,
    requests: Sequence[Request],
    outgoing: Sequence[events.Outgoing],
) -> None:
    """Write what the page's batch decided: books, places, slots, answers and events, in one statement."""
    redrawn = [book for book in page.books.values() if book.redrawn]
    changed = [book for book in page.books.values() if book.changed and not book.redrawn]
    if page.revised:
        await resources.put(connection, page.revised)
    if page.told:
        await vials.save_vials(connection, page.told)
    if page.queue.touched:
        await standbys.save_standbys(connection, list(page.queue.touched.values()))
    await connection.execute(
        "SELECT save_page($1, $2, $3, $4, $5, $6, $7, $8)",
        [_run_row(book) for book in changed],
        [_run_row(book) for book in redrawn],
        [_allotment_row(book, partner) for book in (*changed, *redrawn) for partner in book.allotments],
        [(room.name, room.size, room.committed, room.at) for room in page.rooms.values() if room.changed],
        [_slot_row(slot) for slot in page.created],
        [_slot_row(slot) for slot in page.touched.values()],
        requests,
        outgoing,
    )


class LockSet:
    """The arguments of load_page: names and ids that the commands concern, each once where that matters."""

    def __init__(self, commands: Sequence[Asked]) -> None:
        self.runs: set[str] = set()
        self.resources: set[str] = set()
        self.slots: list[UUID] = []
        self.partners: list[str] = []
        self.request_ids: list[UUID] = []
        self.standing: list[str] = []
        self.standbys: list[UUID] = []
        self.changes: list[str] = []
        self.resting: list[UUID] = []
        for command in commands:
            if isinstance(command, Command):
                self.partners.append(command.partner)
                self.request_ids.append(command.request_id)
        for command in each_of(commands):
            self._add(command)

    def also(self, resting: Sequence[Slot], changes: Sequence[ResourceVersion]) -> None:
        """Slots that rest on what is to change, and the resources that change."""
        self.runs |= {slot.demand.run for slot in resting}
        self.resources |= {name for slot in resting for name in (slot.demand.site, slot.demand.lane)}
        self.resources |= {change.name for change in changes}
        self.changes += [change.name for change in changes]
        self.resting += [slot.id for slot in resting]

    def arguments(self) -> tuple[Sequence[Any], ...]:
        """In the order of load_page, and then for the queues."""
        names = list(self.runs), self.slots, self.partners, self.request_ids, list(self.resources), self.standing
        return *names, self.standbys, self.changes, self.resting

    def _add(self, command: Asked) -> None:
        if isinstance(command, Claim):
            self.runs.add(command.demand.run)
            self.resources.add(command.demand.site)
            self.resources.add(command.demand.lane)
            return
        if isinstance(command, Leave):
            self.standbys.append(command.standby_id)
        if isinstance(command, OnSlot):
            self.slots.append(command.slot_id)
        if isinstance(command, Move | Cut | Project | Settle | Withdraw):
            self.runs.add(command.run)
        if isinstance(command, Move):
            self.resources |= {command.lane or "", command.site or ""}
        if isinstance(command, RecordShipment):
            self.slots += command.slots
        if isinstance(command, RecordVial):
            self.runs.add(command.vial.run)
        if isinstance(command, Cut | Project | Withdraw):
            self.standing.append(command.run)


def slot_of_row(row: Record) -> Slot:
    """A slot from its row."""
    return Slot(
        id=row["id"],
        version=row["version"],
        state=State(row["state"]),
        product=row["product"],
        demand=Demand(
            partner=row["partner"],
            run=row["run"],
            site=row["site"],
            lane=row["lane"],
            activity_mbq=row["activity_mbq"],
            administration_at=row["administration_at"],
            order_reference=row["order_reference"],
            patient_reference=row["patient_reference"],
        ),
        reference_kbq=row["reference_kbq"],
        allocation=Allocation(
            Capacity(row["allotment_kbq"], row["allotment_vials"]), Capacity(row["pool_kbq"], row["pool_vials"])
        ),
        hold_until=row["hold_until"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        actor=row["actor"],
        reason=row["reason"],
        reservations=Reservations(
            row["qc_place"], row["departure_place"], row["window_place"], row["departure_at"], row["delivery_at"]
        ),
        risk=Risk(row["risk"]),
        replaces=row["replaces"],
        replaced_by=row["replaced_by"],
    )


def _slot_row(slot: Slot) -> tuple[Any, ...]:
    demand, allocation = slot.demand, slot.allocation
    return (
        slot.id,
        slot.version,
        slot.state.value,
        slot.at_risk,
        demand.partner,
        demand.run,
        demand.site,
        demand.lane,
        demand.activity_mbq,
        demand.administration_at,
        demand.order_reference,
        demand.patient_reference,
        slot.reference_kbq,
        allocation.allotment.kbq,
        allocation.allotment.vials,
        allocation.pool.kbq,
        allocation.pool.vials,
        slot.hold_until,
        slot.created_at,
        slot.updated_at,
        *slot.signature,
        slot.product,
        *slot.reservations,
        slot.risk.value,
        slot.replaces,
        slot.replaced_by,
    )


def _run_row(book: Book) -> tuple[Any, ...]:
    run, pool = book.run, book.pool
    return (
        run.name,
        run.version,
        run.state.value,
        run.product,
        run.nuclide.value,
        run.end_of_synthesis_at,
        run.cutoff_at,
        run.use_by_at,
        run.vial_kbq_max,
        run.loss_fraction,
        run.audience.value,
        run.cuts,
        run.pool_cut,
        *pool.size,
        *pool.committed,
        run.facility,
    )


def _allotment_row(book: Book, partner: str) -> tuple[Any, ...]:
    allotment = book.allotments[partner]
    history = (*allotment.pledged, *allotment.returned)
    return (book.run.name, partner, *allotment.size, *allotment.committed, allotment.release_back_at, *history)


def books_of_rows(runs: Sequence[Record], allotments: Sequence[Record]) -> dict[str, Book]:
    """Books with their allotments, from their rows."""
    books = {row["name"]: book_of_row(row) for row in runs}
    for row in allotments:
        books[row["run"]].allotments[row["partner"]] = Allotment(
            Capacity(row["size_kbq"], row["size_vials"]),
            Capacity(row["committed_kbq"], row["committed_vials"]),
            release_back_at=row["release_back_at"],
            pledged=Capacity(row["pledged_kbq"], row["pledged_vials"]),
            returned=Capacity(row["returned_kbq"], row["returned_vials"]),
        )
    return books


def book_of_row(row: Record) -> Book:
    """A run's book from its row, its allotments still missing."""
    run = Run(
        name=row["name"],
        version=row["version"],
        state=RunState(row["state"]),
        product=row["product"],
        nuclide=Nuclide(row["nuclide"]),
        end_of_synthesis_at=row["end_of_synthesis_at"],
        cutoff_at=row["cutoff_at"],
        use_by_at=row["use_by_at"],
        vial_kbq_max=row["vial_kbq_max"],
        loss_fraction=row["loss_fraction"],
        audience=Audience(row["audience"]),
        cuts=row["cuts"],
        pool_cut=row["pool_cut"],
        facility=row["facility"],
    )
    size = Capacity(row["pool_kbq"], row["pool_vials"])
    return Book(run, CommittedSize(size, Capacity(row["pool_committed_kbq"], row["pool_committed_vials"])), {})


def _by_run(slots: Iterable[Slot]) -> Mapping[str, list[Slot]]:
    by_run: dict[str, list[Slot]] = {}
    for slot in slots:
        by_run.setdefault(slot.demand.run, []).append(slot)
    return by_run
