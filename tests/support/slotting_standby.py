"""Builders for standby: joins and leaves, pages with a queue, and what became of whom."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from doselane.slotting.v1 import slotting_pb2

from services.kernel.ids import uuid7
from services.network import Capacity
from services.slotting import store
from services.slotting.domain import (
    Demand,
    Join,
    Leave,
    Slot,
    Standby,
    StandbyState,
    UnitOfWork,
    decide,
    settle,
)
from services.slotting.domain.standby import Queue
from tests.support.slotting import GBQ, a_book, a_claim, a_demand, a_page, asked
from tests.support.slotting_desk import LedgerDesk


def a_join(demand: Demand | None = None, **changes: Any) -> Join:
    """An order to be queued."""
    demand = demand or a_demand()
    return Join(**asked(**{"partner": demand.partner, **changes}), slot_id=uuid7(), demand=demand, standby_id=uuid7())


def a_leave(standby_id: UUID, etag: str = "", **changes: Any) -> Leave:
    """An order to be taken out of the queue."""
    return Leave(**asked(**changes), standby_id=standby_id, etag=etag)


def a_full_page(*more: Any, vials: int = 1, **changes: Any) -> tuple[UnitOfWork, Slot]:
    """A run of so many vials, all of them claimed; and the newest slot."""
    page = a_page(a_book(pool=Capacity(100 * GBQ, vials)), *more, **changes)
    slots = [decide(page, a_claim()) for _ in range(vials)]
    page.happenings.clear()
    return page, slots[-1]


def queued(page: UnitOfWork, demand: Demand | None = None) -> Standby:
    """An order that waits, as there is no room for it."""
    standby = decide(page, a_join(demand))
    assert isinstance(standby, Standby)
    assert standby.state is StandbyState.WAITING
    return standby


def now_of(page: UnitOfWork, standby: Standby) -> Standby:
    """The standby as it is now on the page."""
    return page.queue.standbys[standby.id]


def states(page: UnitOfWork, *standbys: Standby) -> list[str]:
    """Where they stand."""
    return [now_of(page, standby).state.name for standby in standbys]


def following(page: UnitOfWork, now: datetime, priorities: Mapping[tuple[str, str], int] | None = None) -> UnitOfWork:
    """The page as the next batch would find it, with what the clock has decided by then."""
    after = UnitOfWork(
        now=now,
        books=page.books,
        slots=dict(page.slots),
        network=page.network,
        rooms=page.rooms,
        overdue=[slot for slot in page.slots.values() if slot.overdue(now)],
        queue=Queue(dict(page.queue.standbys), priorities or page.queue.priorities, uuid7),
    )
    settle(after)
    return after


async def ask(desk: LedgerDesk, command: Join | Leave, copy: int = 0) -> slotting_pb2.Standby:
    """The standby after the command; raises its refusal."""
    return slotting_pb2.Standby.FromString(await desk.copies[copy].ledger.execute_one(command))


async def read(desk: LedgerDesk, *standbys: slotting_pb2.Standby) -> list[str]:
    """Where they stand, as anybody reads it."""
    found = [await store.find_standby(desk.database.pool, standby_id(each), None) for each in standbys]
    return [each.state.name if each else "" for each in found]


async def stored(desk: LedgerDesk, standby: slotting_pb2.Standby) -> Standby:
    """The standby as it is stored."""
    found = await store.find_standby(desk.database.pool, standby_id(standby), None)
    assert found is not None
    return found


def standby_id(standby: slotting_pb2.Standby) -> UUID:
    """The id in a standby's name."""
    return UUID(standby.name.removeprefix("standbys/"))
