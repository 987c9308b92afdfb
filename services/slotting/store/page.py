"""Slotting's rows: load what a batch needs under locks, save what it decided with its events."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from asyncpg import Record
from doselane.slotting.v1 import slotting_pb2

from services.kernel.activity import Nuclide
from services.kernel.db import Connection
from services.slotting import events
from services.slotting.domain import (
    Allotment,
    Amount,
    Book,
    Claim,
    Command,
    Cut,
    Demand,
    Lane,
    Move,
    Page,
    Project,
    Run,
    RunState,
    Settle,
    Site,
    Slot,
    State,
    Taking,
)
from services.slotting.domain.book import Account, Audience, blank
from services.slotting.domain.commands import OnSlot
from services.slotting.store.faults import SlotMoved

SCHEMA = Path(__file__).parent.parent / "schema"

RequestKey = tuple[str, UUID]
# A row of the table: partner, request id, hash of the body, answer, instant.
Request = tuple[str, UUID, bytes, bytes, datetime]


@dataclass(frozen=True, slots=True)
class Answered:
    """What a request id was answered with before."""

    body_hash: bytes
    answer: bytes


async def load(
    connection: Connection, commands: Sequence[Command | Project | Settle]
) -> tuple[Page, dict[RequestKey, Answered]]:
    """Lock the books that the commands concern and read all they can need. Call inside a transaction."""
    drawn = [command.book for command in commands if isinstance(command, Project)]
    if drawn:
        # A run that nobody has heard of has no row to lock: without one, two processes could both draw it, and the
        # second would undo what was claimed after the first.
        rows = [_run_row(blank(book)) for book in drawn]
        await connection.execute("INSERT INTO run SELECT * FROM unnest($1::run[]) ON CONFLICT DO NOTHING", rows)
    row = await connection.fetchrow("SELECT * FROM load_page($1, $2, $3, $4, $5, $6, $7)", *_wants(commands))
    if row["moved"]:
        raise SlotMoved
    now: datetime = row["now"]
    page = Page(
        now=now,
        books=_books(row["runs"], row["allotments"]),
        slots={slot.id: slot for slot in map(slot_of_row, row["slots"] or ())},
        sites={site["name"]: _site(site["document"]) for site in row["sites"]},
        lanes={lane["name"]: _lane(lane["document"]) for lane in row["lanes"]},
        overdue=[slot_of_row(slot) for slot in row["overdue"]],
        standing=_by_run(map(slot_of_row, row["standing"] or ())),
    )
    answered = {
        (request["partner"], request["request_id"]): Answered(request["body_hash"], request["answer"])
        for request in row["requests"]
    }
    return page, answered


async def save(
    connection: Connection,
    page: Page,
    requests: Sequence[Request],
    outgoing: Sequence[events.Outgoing],
) -> None:
    """Write what the page's batch decided: books, slots, answers and events, in one statement."""
    redrawn = [book for book in page.books.values() if book.redrawn]
    changed = [book for book in page.books.values() if book.changed and not book.redrawn]
    await connection.execute(
        "SELECT save_page($1, $2, $3, $4, $5, $6, $7)",
        [_run_row(book) for book in changed],
        [_run_row(book) for book in redrawn],
        [_allotment_row(book, partner) for book in (*changed, *redrawn) for partner in book.allotments],
        [_slot_row(slot) for slot in page.created],
        [_slot_row(slot) for slot in page.touched.values()],
        requests,
        outgoing,
    )


def _wants(commands: Sequence[Command | Project | Settle]) -> tuple[Sequence[Any], ...]:
    """The arguments of load_page: names and ids that the commands concern, each once where that matters."""
    runs: set[str] = set()
    sites: set[str] = set()
    lanes: set[str] = set()
    slots: list[UUID] = []
    partners: list[str] = []
    request_ids: list[UUID] = []
    standing: list[str] = []
    for command in commands:
        if isinstance(command, Command):
            partners.append(command.partner)
            request_ids.append(command.request_id)
        if isinstance(command, Claim):
            runs.add(command.demand.run)
            sites.add(command.demand.site)
            lanes.add(command.demand.lane)
            continue
        if isinstance(command, OnSlot):
            slots.append(command.slot_id)
        if isinstance(command, Move | Cut | Project | Settle):
            runs.add(command.run)
        if isinstance(command, Move) and command.lane:
            lanes.add(command.lane)
        if isinstance(command, Cut):
            standing.append(command.run)
    return list(runs), slots, partners, request_ids, list(sites), list(lanes), standing


def slot_of_row(row: Record) -> Slot:
    """A slot from its row."""
    return Slot(
        id=row["id"],
        version=row["version"],
        state=State(row["state"]),
        at_risk=row["at_risk"],
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
        taking=Taking(Amount(row["allotment_kbq"], row["allotment_vials"]), Amount(row["pool_kbq"], row["pool_vials"])),
        hold_until=row["hold_until"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        actor=row["actor"],
        reason=row["reason"],
    )


def _slot_row(slot: Slot) -> tuple[Any, ...]:
    demand, taking = slot.demand, slot.taking
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
        taking.allotment.kbq,
        taking.allotment.vials,
        taking.pool.kbq,
        taking.pool.vials,
        slot.hold_until,
        slot.created_at,
        slot.updated_at,
        slot.actor,
        slot.reason,
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
    )


def _allotment_row(book: Book, partner: str) -> tuple[Any, ...]:
    allotment = book.allotments[partner]
    return (book.run.name, partner, *allotment.size, *allotment.committed, allotment.release_back_at)


def _books(runs: Sequence[Record], allotments: Sequence[Record]) -> dict[str, Book]:
    books = {row["name"]: book_of_row(row) for row in runs}
    for row in allotments:
        books[row["run"]].allotments[row["partner"]] = Allotment(
            Amount(row["size_kbq"], row["size_vials"]),
            Amount(row["committed_kbq"], row["committed_vials"]),
            release_back_at=row["release_back_at"],
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
    )
    size = Amount(row["pool_kbq"], row["pool_vials"])
    return Book(run, Account(size, Amount(row["pool_committed_kbq"], row["pool_committed_vials"])), {})


def _by_run(slots: Iterable[Slot]) -> Mapping[str, list[Slot]]:
    by_run: dict[str, list[Slot]] = {}
    for slot in slots:
        by_run.setdefault(slot.demand.run, []).append(slot)
    return by_run


# Few centres and lanes serve many claims, and their documents seldom change: parsed once per version.
@lru_cache(maxsize=4096)
def _site(document: bytes) -> Site:
    return events.site_of(slotting_pb2.Site.FromString(document))


@lru_cache(maxsize=4096)
def _lane(document: bytes) -> Lane:
    return events.lane_of(slotting_pb2.Lane.FromString(document))
