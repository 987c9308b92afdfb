"""Orders that partners' own systems state: which statement counts, and the slots under an order's reference."""

from uuid import UUID

from asyncpg import Record

from services.kernel.db import Connection
from services.kernel.ids import uuid7
from services.slotting.domain import Slot, State
from services.slotting.domain.ordering import KnownOrder
from services.slotting.store.page import slot_of_row

_STANDING = [State.HELD.value, State.CONFIRMED.value, State.FULFILLED.value]


async def lock_order(connection: Connection, partner: str, order_reference: str) -> KnownOrder:
    """The order, locked until the transaction ends; one that nobody has heard of begins here, at version 0."""
    row = await connection.fetchrow(
        "INSERT INTO dose_order (id, partner, order_reference, version, digest) VALUES ($1, $2, $3, 0, '')"
        " ON CONFLICT (partner, order_reference) DO UPDATE SET version = dose_order.version RETURNING *",
        uuid7(),
        partner,
        order_reference,
    )
    return _known(row)


async def lock_known_order(connection: Connection, partner: str, order_reference: str) -> KnownOrder | None:
    """An order that a system has stated, locked until the transaction ends; None if none has."""
    row = await connection.fetchrow(
        "SELECT * FROM dose_order WHERE partner = $1 AND order_reference = $2 FOR UPDATE", partner, order_reference
    )
    return _known(row) if row is not None else None


def _known(row: Record) -> KnownOrder:
    return KnownOrder(
        id=row["id"],
        version=row["version"],
        stated_at=row["stated_at"],
        digest=row["digest"],
        slot_id=row["slot_id"],
        stated_type=row["stated_type"],
        stated=row["stated"],
        slot_version=row["slot_version"],
    )


async def save_order(connection: Connection, order: KnownOrder) -> None:
    """Store what is known of an order that is locked."""
    await connection.execute(
        "UPDATE dose_order SET version = $2, stated_at = $3, digest = $4, slot_id = $5, stated_type = $6, stated = $7,"
        " slot_version = $8 WHERE id = $1",
        *order,
    )


async def version_of_slot(connection: Connection, slot_id: UUID | None) -> int:
    """The version of a slot as it is stored; 0 without one."""
    return await connection.fetchval("SELECT version FROM slot WHERE id = $1", slot_id) or 0


async def slots_of_order(connection: Connection, partner: str, order_reference: str) -> list[Slot]:
    """The partner's slots under an order's reference that stand: held and not run out, promised, or delivered."""
    rows = await connection.fetch(
        "SELECT * FROM slot WHERE partner = $1 AND order_reference = $2 AND state = ANY ($3)"
        " AND (state <> 1 OR hold_until > (SELECT present()))",
        partner,
        order_reference,
        _STANDING,
    )
    return [slot_of_row(row) for row in rows]
