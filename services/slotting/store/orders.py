"""Orders that partners' own systems state: which statement counts, and the slots under an order's reference."""

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
    return KnownOrder(row["id"], row["version"], row["stated_at"], row["digest"], row["slot_id"])


async def save_order(connection: Connection, order: KnownOrder) -> None:
    """Store what is known of an order that is locked."""
    await connection.execute(
        "UPDATE dose_order SET version = $2, stated_at = $3, digest = $4, slot_id = $5 WHERE id = $1", *order
    )


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
