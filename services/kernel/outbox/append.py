"""Storing events in the transaction that made them."""

from collections.abc import Sequence

from services.kernel.db import Connection
from services.kernel.event import Event

_INSERT = """
INSERT INTO outbox (event_id, type, source, subject, sequence, time, data, partner, actor, reason, traceparent)
SELECT event_id, type, source, subject, sequence, time, data, partner, actor, reason, traceparent
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::timestamptz[], $7::bytea[],
            $8::text[], $9::text[], $10::text[], $11::text[])
     WITH ORDINALITY AS e(event_id, type, source, subject, sequence, time, data, partner, actor, reason, traceparent, n)
ORDER BY n
"""


async def append(conn: Connection, events: Sequence[Event]) -> None:
    """Stores the events, in their order, inside the caller's transaction, in one statement.

    The caller holds the lock on each event's subject: that is what keeps a subject's events in order.
    """
    if events:
        await conn.execute(
            _INSERT,
            [e.id for e in events],
            [e.type for e in events],
            [e.source for e in events],
            [e.subject for e in events],
            [e.sequence for e in events],
            [e.time for e in events],
            [e.data for e in events],
            [e.partner for e in events],
            [e.actor for e in events],
            [e.reason for e in events],
            [e.traceparent for e in events],
        )
