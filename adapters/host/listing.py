"""Messages by what somebody wants of them: of whom, by which way, when they came, and what was made of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from doselane.exchange.v1.exchange_pb2 import Message

from adapters.host.store import WITHOUT_BODY, StoredMessage, stored
from services.kernel.db import Connection


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which messages: those that fit all that is said."""

    partner: str = ""
    port: str = ""
    account: str = ""
    sources: Sequence[str] = ()
    states: Sequence[int] = ()
    reasons: Sequence[str] = ()
    start: datetime | None = None
    end: datetime | None = None  # what came at this instant is not wanted

    def conditions(self, values: list[Any]) -> str:
        """As SQL over a message `p` and its verdict `v`; adds its values. Says only what is wanted, for the planner."""
        # What is parked has an index of its own, which is found only where its condition is said as it is.
        parked = list(self.states) == [Message.REFUSED]
        said: list[tuple[str, Any]] = [
            ("p.partner = ${}", self.partner),
            ("p.port = ${}", self.port),
            ("p.account = ${}", self.account),
            ("p.source = ANY (${}::text[])", list(self.sources)),
            (f"coalesce(v.state, {int(Message.RECEIVED)}) = ANY (${{}}::int[])", [] if parked else list(self.states)),
            ("v.reason = ANY (${}::text[])", list(self.reasons)),
            ("p.received_at >= ${}", self.start),
            ("p.received_at < ${}", self.end),
        ]
        parts = [f"v.state = {int(Message.REFUSED)}"] if parked else []
        for condition, value in said:
            if value:
                values.append(value)
                parts.append(condition.format(len(values)))
        return " AND ".join(parts) or "true"


async def page(conn: Connection, wanted: Wanted, before: UUID | None, limit: int) -> list[StoredMessage]:
    """Wanted messages, newest first and older than `before`, without their bodies."""
    values: list[Any] = [limit]
    conditions = wanted.conditions(values)
    if before is not None:
        values.append(before)
        conditions += f" AND p.message_id < ${len(values)}"
    rows = await conn.fetch(f"{WITHOUT_BODY} WHERE {conditions} ORDER BY p.message_id DESC LIMIT $1", *values)
    return [stored(row) for row in rows]


async def span(conn: Connection, wanted: Wanted) -> tuple[int, UUID, UUID] | None:
    """How many are wanted, the first of them and the last; None if there are none."""
    values: list[Any] = []
    row = await conn.fetchrow(
        "SELECT count(*) AS total, min(p.message_id::text)::uuid AS first, max(p.message_id::text)::uuid AS last"
        f" FROM message p LEFT JOIN verdict v USING (message_id) WHERE {wanted.conditions(values)}",
        *values,
    )
    return (row["total"], row["first"], row["last"]) if row and row["total"] else None


async def ids(conn: Connection, wanted: Wanted, after: UUID, last: UUID, limit: int) -> list[UUID]:
    """The next wanted ones after one and up to the last, oldest first."""
    values: list[Any] = [after, last, limit]
    rows = await conn.fetch(
        "SELECT p.message_id FROM message p LEFT JOIN verdict v USING (message_id)"
        f" WHERE p.message_id > $1 AND p.message_id <= $2 AND {wanted.conditions(values)}"
        " ORDER BY p.message_id LIMIT $3",
        *values,
    )
    return [row["message_id"] for row in rows]
