"""Applying events exactly once: repeats are dropped by id in the transaction that applies them."""

from collections.abc import Sequence
from services.kernel.db import Connection
from services.kernel.event import Event


async def fresh(conn: Connection, consumer: str, events: Sequence[Event]) -> list[Event]:
    """Notes the events as seen by the consumer and returns, in order, those it had not seen before.

    It counts only if the transaction commits, so an event whose application fails is fresh again.
    """
    if not events:
        return []
    new = await conn.fetch(
        # In one order, so that two members that were given the same events wait for each other instead of deadlocking.
        "INSERT INTO inbox (consumer, event_id) SELECT $1, id FROM unnest($2::uuid[]) AS id ORDER BY id"
        " ON CONFLICT DO NOTHING RETURNING event_id",
        consumer,
        [event.id for event in events],
    )
    unseen = {row["event_id"] for row in new}
    answer = []
    for event in events:
        if event.id in unseen:
            unseen.discard(event.id)  # the same event may stand twice in one batch
            answer.append(event)
    return answer
