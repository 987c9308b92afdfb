"""Where a poll or a stream goes on, held by one process at a time."""

from datetime import timedelta
from uuid import UUID

from services.kernel.db import Connection

# Who had it may have died. The instants are the machine's, in the database: a clock that is moved on ends no lease.
_TAKE = """
INSERT INTO cursor (account, name, value, holder, lease_until) VALUES ($1, $2, '', $3, clock_timestamp() + $4)
ON CONFLICT (account, name) DO UPDATE SET holder = $3, lease_until = clock_timestamp() + $4
    WHERE cursor.holder = $3 OR cursor.lease_until IS NULL OR cursor.lease_until < clock_timestamp()
RETURNING value
"""


class LeaseLost(Exception):
    """Another process goes on from here."""


async def take(conn: Connection, account: str, name: str, holder: UUID, lease: timedelta) -> str | None:
    """The cursor, held until the lease ends; None while another process has it."""
    return await conn.fetchval(_TAKE, account, name, holder, lease)


async def move(conn: Connection, account: str, name: str, holder: UUID, value: str, lease: timedelta) -> None:
    """Moves the cursor on, and holds it longer. Raises LeaseLost if somebody else has it now."""
    moved = await conn.fetchval(
        "UPDATE cursor SET value = $4, lease_until = clock_timestamp() + $5"
        " WHERE account = $1 AND name = $2 AND holder = $3 RETURNING true",
        account,
        name,
        holder,
        value,
        lease,
    )
    if not moved:
        raise LeaseLost(f"{name} of {account}")


async def release(conn: Connection, account: str, name: str, holder: UUID) -> None:
    """Lets go of the cursor, so that another process need not wait for the lease to end."""
    await conn.execute(
        "UPDATE cursor SET lease_until = NULL WHERE account = $1 AND name = $2 AND holder = $3", account, name, holder
    )
