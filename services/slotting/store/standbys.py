"""Standbys in the database: with a page, saved with it, and read as they are at the instant."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from asyncpg import Pool, Record

from services.kernel.db import Connection
from services.kernel.ids import uuid7
from services.slotting import events
from services.slotting.domain import (
    Asked,
    Cut,
    Demand,
    Leave,
    Move,
    MoveTogether,
    Queue,
    Release,
    RunState,
    Standby,
    UnitOfWork,
    Withdraw,
)
from services.slotting.domain import StandbyState as State

# A change of the network frees too, but has the network alone.
_FREEING = (Release, Move, MoveTogether, Leave, Cut, Withdraw)

# A standby's state at the instant, as Standby.as_of says it.
_STATE_NOW = f"""
    (CASE WHEN w.state = {State.WAITING}
               AND (r.state <> {RunState.OPEN} OR r.cutoff_at <= (SELECT instant FROM at)) THEN {State.LAPSED}
          WHEN w.state = {State.OFFERED}
               AND w.answer_until <= (SELECT instant FROM at) THEN {State.LAPSED}
          ELSE w.state END)
"""
_SELECT = f"""
    WITH at AS MATERIALIZED (SELECT present() AS instant)
    SELECT w.*, {_STATE_NOW} AS state_now FROM standby w JOIN run r ON r.name = w.run
"""
_SAVE = """
    INSERT INTO standby SELECT * FROM unnest($1::standby[])
    ON CONFLICT (id) DO UPDATE SET
        version = excluded.version, state = excluded.state, slot_id = excluded.slot_id,
        answer_until = excluded.answer_until, updated_at = excluded.updated_at, actor = excluded.actor,
        reason = excluded.reason
"""


@dataclass(frozen=True, slots=True)
class StandbyFilter:
    """Which standbys to list. `partner` None: of all partners (operators only)."""

    partner: str | None
    run: str = ""
    states: tuple[State, ...] = ()


async def find_standby(connection: Connection | Pool, standby_id: UUID, partner: str | None) -> Standby | None:
    """The standby, if it is the partner's (or whoever's, for None)."""
    row = await connection.fetchrow(
        f"{_SELECT} WHERE w.id = $1 AND ($2::text IS NULL OR w.partner = $2)", standby_id, partner
    )
    return standby_of_row(row, "state_now") if row else None


async def list_standbys(
    connection: Connection | Pool, wanted: StandbyFilter, after: UUID | None, limit: int
) -> list[Standby]:
    """Standbys by id, which is by age, after the given one."""
    conditions = ["($1::uuid IS NULL OR w.id > $1)"]
    arguments: list[object] = [after, limit]
    for condition, value in (
        ("w.partner = ${}", wanted.partner),
        ("w.run = ${}", wanted.run or None),
        (f"{_STATE_NOW} = ANY (${{}}::smallint[])", [state.value for state in wanted.states] or None),
    ):
        if value is not None:
            arguments.append(value)
            conditions.append(condition.format(len(arguments)))
    rows = await connection.fetch(f"{_SELECT} WHERE {' AND '.join(conditions)} ORDER BY w.id LIMIT $2", *arguments)
    return [standby_of_row(row, "state_now") for row in rows]


def queue_of_row(row: Record) -> Queue:
    """The queue of a page, from the row that queues_of adds to it."""
    standbys = [standby_of_row(standby) for standby in row["standbys"]]
    documents = [agreement["document"] for agreement in row["agreements"] or ()]
    return Queue(
        {standby.id: standby for standby in standbys},
        events.priorities_of(documents, row["now"]),
        uuid7,
    )


async def passed_over(connection: Connection, page: UnitOfWork, commands: Sequence[Asked]) -> bool:
    """True if somebody waits, on a run that is not locked, for a place that this batch may free.

    Asked once the places are locked: who joined before that shows now, and who joins later finds the places as this
    batch leaves them.
    """
    if not (page.overdue or any(isinstance(command, _FREEING) for command in commands)):
        return False
    freed = [*page.slots, *(slot.id for slot in page.overdue)]
    query = "SELECT EXISTS (SELECT FROM queues_beside($1, $2, '{}') q WHERE NOT q.run = ANY ($3))"
    return bool(await connection.fetchval(query, freed, list(page.standing), list(page.books)))


async def save_standbys(connection: Connection, standbys: Sequence[Standby]) -> None:
    """Write what a page's batch made of its standbys. Their runs are locked by the page."""
    if standbys:
        await connection.execute(_SAVE, [_standby_row(standby) for standby in standbys])


async def queues_to_look_at(connection: Connection | Pool) -> Sequence[str]:
    """Runs whose queues the clock has a say in that nobody has noticed: closed, or with allotments to release back."""
    rows = await connection.fetch(
        """
        WITH at AS MATERIALIZED (SELECT present() AS instant)
        SELECT r.name FROM run r
        WHERE r.name IN (SELECT run FROM standby WHERE state = 1)
          AND (r.state <> 2 OR r.cutoff_at <= (SELECT instant FROM at) OR EXISTS (
              SELECT FROM allotment a WHERE a.run = r.name AND a.release_back_at <= (SELECT instant FROM at)
                AND (a.size_kbq > a.committed_kbq OR a.size_vials > a.committed_vials)))
        LIMIT 100
        """
    )
    return [row["name"] for row in rows]


def standby_of_row(row: Record, state: str = "state") -> Standby:
    """A standby from its row; `state` is the column that says where it stands."""
    return Standby(
        id=row["id"],
        version=row["version"],
        state=State(row[state]),
        demand=Demand(
            partner=row["partner"],
            run=row["run"],
            site=row["site"],
            lane=row["lane"],
            activity_mbq=row["activity_mbq"],
            administration_at=row["administration_at"],
            order_reference=row["order_reference"],
            patient_reference=row["patient_reference"],
            departure_at=row["departure_at"],
        ),
        slot_id=row["slot_id"],
        answer_until=row["answer_until"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        actor=row["actor"],
        reason=row["reason"],
    )


def _standby_row(standby: Standby) -> tuple[Any, ...]:
    demand = standby.demand
    return (
        standby.id,
        standby.version,
        standby.state.value,
        demand.partner,
        demand.run,
        demand.site,
        demand.lane,
        demand.activity_mbq,
        demand.administration_at,
        demand.departure_at,
        demand.order_reference,
        demand.patient_reference,
        standby.slot_id,
        standby.answer_until,
        standby.created_at,
        standby.updated_at,
        *standby.signature,
    )
