"""Reads of the ledger. A hold that has run out reads as expired at that instant, by the database's clock."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from asyncpg import Pool, Record

from services.kernel.db import Connection
from services.network import Product
from services.slotting.domain import Book, Slot, State
from services.slotting.store.page import books_of_rows, slot_of_row
from services.slotting.store.resources import network_of_rows

# The clock is read once in each statement, so that all of an answer is true of one instant. As a sub-select and not
# joined, it leaves the order of an index as it is, and a page of a long list stays cheap.
_CLOCK = "WITH at AS MATERIALIZED (SELECT present() AS instant)"
_READ_AT = "(SELECT instant FROM at)"
_STATE_NOW = f"(CASE WHEN state = {State.HELD} AND hold_until <= {_READ_AT} THEN {State.EXPIRED} ELSE state END)"


@dataclass(frozen=True, slots=True)
class SlotFilter:
    """Which slots to list. `partner` None: of all partners (operators only)."""

    partner: str | None
    run: str = ""
    states: tuple[State, ...] = ()
    order_reference: str = ""


async def find_slot(connection: Connection | Pool, slot_id: UUID, partner: str | None) -> Slot | None:
    """The slot, if it is the partner's (or whoever's, for None)."""
    row = await connection.fetchrow(
        f"{_CLOCK} SELECT *, {_READ_AT} AS read_at FROM slot WHERE id = $1 AND ($2::text IS NULL OR partner = $2)",
        slot_id,
        partner,
    )
    return _as_of(row) if row else None


async def list_slots(connection: Connection | Pool, wanted: SlotFilter, after: UUID | None, limit: int) -> list[Slot]:
    """Slots by id, which is by age, after the given one."""
    conditions = ["($1::uuid IS NULL OR id > $1)"]
    arguments: list[object] = [after, limit]
    for condition, value in (
        ("partner = ${}", wanted.partner),
        ("run = ${}", wanted.run or None),
        ("order_reference = ${}", wanted.order_reference or None),
        (f"{_STATE_NOW} = ANY (${{}}::smallint[])", [state.value for state in wanted.states] or None),
    ):
        if value is not None:
            arguments.append(value)
            conditions.append(condition.format(len(arguments)))
    rows = await connection.fetch(
        f"{_CLOCK} SELECT *, {_READ_AT} AS read_at FROM slot WHERE {' AND '.join(conditions)} ORDER BY id LIMIT $2",
        *arguments,
    )
    return [_as_of(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Availability:
    """A run's book as it is at an instant, with what the clock has decided done in it, and what it makes, if known."""

    book: Book
    product: Product | None
    read_at: datetime


async def availability(connection: Connection | Pool, run: str) -> Availability | None:
    """What there is of a run."""
    row = await connection.fetchrow(
        f"""
        {_CLOCK} SELECT r.*, {_READ_AT} AS read_at,
               ARRAY (SELECT a FROM allotment a WHERE a.run = r.name) AS allotments,
               ARRAY (
                   SELECT s FROM slot s WHERE s.run = r.name AND s.state = 1 AND s.hold_until <= {_READ_AT}
               ) AS overdue,
               ARRAY (SELECT n FROM network n WHERE n.name = r.product) AS resources
        FROM run r WHERE r.name = $1
        """,
        run,
    )
    if row is None:
        return None
    book = settled_book(row)
    network = network_of_rows(row["resources"])
    return Availability(book, network.products.get(book.run.product), row["read_at"])


def settled_book(row: Record) -> Book:
    """The book of a row that has the run, its allotments and its overdue holds, as it is at the instant of the row."""
    book = books_of_rows([row], row["allotments"])[row["name"]]
    for slot in map(slot_of_row, row["overdue"]):
        if slot.in_book:
            book.give_back(slot.demand.partner, slot.allocation, row["read_at"])
    book.settle(row["read_at"])
    return book


async def overdue_runs(connection: Connection | Pool) -> Sequence[str]:
    """Runs with holds that have run out and that nobody has noticed yet."""
    rows = await connection.fetch(
        "SELECT DISTINCT run FROM slot WHERE state = 1 AND hold_until <= (SELECT present()) LIMIT 100"
    )
    return [row["run"] for row in rows]


async def next_expiry(connection: Connection | Pool) -> float | None:
    """Seconds until the next hold runs out; None if nothing is held."""
    value: float | None = await connection.fetchval(
        "SELECT extract(epoch FROM min(hold_until) - (SELECT present()))::float8 FROM slot WHERE state = 1"
    )
    return value


def _as_of(row: Record) -> Slot:
    slot = slot_of_row(row)
    return replace(slot, state=State.EXPIRED) if slot.overdue(row["read_at"]) else slot
