"""The table of deliveries: what waits to be sent, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any, NamedTuple
from uuid import UUID

from adapters.host.values import Account
from adapters.outbound import Outgoing, Reaction, storable
from services.kernel.db import Connection
from services.kernel.event import Event
from services.kernel.ids import uuid7s
from services.kernel.telemetry import current_traceparent

NO_EVENT = UUID(int=0)


class DeliveryState(IntEnum):
    """How far a delivery has come."""

    WAITING = 1
    SENT = 2
    PARKED = 3  # declined, until somebody has it tried again
    GIVEN_UP = 4


_STATES = {int(state): state for state in DeliveryState}


class Delivery(NamedTuple):
    """Something that is sent to an outside system because of one of our events."""

    id: UUID
    account: str
    partner: str
    port: str
    adapter: str
    reaction: str
    outgoing: Outgoing
    event_id: UUID
    created_at: datetime
    state: DeliveryState
    attempts: int
    uncertain: bool
    words: str
    finished_at: datetime | None
    traceparent: str

    @property
    def set_off_by(self) -> str:
        """The id of our event that set it off; empty where none did."""
        return str(self.event_id) if self.event_id != NO_EVENT else ""

    @property
    def name(self) -> str:
        """Its name in `doselane.exchange.v1`, and the subject of its events."""
        return f"deliveries/{self.id}"


_COLUMNS = """d.delivery_id, d.account, d.partner, d.port, d.adapter, d.reaction, d.subject, d.body, d.event_id,
    d.created_at, d.give_up_at, d.state, d.attempts, d.uncertain, d.words, d.finished_at, d.traceparent"""
# What a process that sends for an account does not know of a delivery before it claims it.
_CLAIMED = """d.delivery_id, d.reaction, d.subject, d.body, d.event_id, d.created_at, d.give_up_at, d.attempts,
    d.uncertain, d.words, d.traceparent"""
_NEW = """delivery_id account partner port adapter reaction subject body event_id created_at give_up_at state next_at
    traceparent""".split()
# The first of each subject that is due and that nobody is sending. Who let his lease run out may have sent it. Leases
# are the machine's time: a clock that is moved on must not let two send the same. OFFSET 0 has
# each row asked by itself whether it goes first: as a join that reads all that waits for each batch, however small.
_DUE = """
    SELECT delivery_id, next_at FROM delivery w
    WHERE account = $1 AND {which} AND state = 1 AND next_at <= $2
      AND (lease_until IS NULL OR lease_until < clock_timestamp())
      AND NOT EXISTS (SELECT FROM delivery e WHERE e.account = $1 AND e.subject = w.subject AND e.state = 1
                      AND e.delivery_id < w.delivery_id OFFSET 0)
    ORDER BY next_at LIMIT $4 FOR UPDATE SKIP LOCKED
"""
_CLAIM = f"""
UPDATE delivery d SET lease_until = clock_timestamp() + $3, attempts = d.attempts + 1,
    uncertain = d.uncertain OR d.lease_until IS NOT NULL
FROM ({{due}}) AS due
WHERE d.delivery_id = due.delivery_id
RETURNING {_CLAIMED}
"""
_CLAIM_ONE = _CLAIM.format(due=_DUE.format(which="reaction = $5"))
# One reaction after the other, so that what waits of others, in an outage much, is not read.
_CLAIM_SOME = _CLAIM.format(
    due=f"""SELECT delivery_id FROM unnest($5::text[]) AS r (of),
    LATERAL ({_DUE.format(which="reaction = r.of")}) AS due ORDER BY next_at LIMIT $4"""
)
_CLAIM_UNKNOWN = _CLAIM.format(due=_DUE.format(which="reaction <> ALL ($5::text[])"))


class NewDelivery(NamedTuple):
    """What is to be sent, and because of which event of ours; None: no event set it off."""

    account: Account
    reaction: Reaction
    event: Event | None
    outgoing: Outgoing


async def add(conn: Connection, new: Sequence[NewDelivery], now: datetime) -> None:
    """Deliveries more, in their order, in the transaction that applies their events."""
    if not new:
        return
    traceparent = current_traceparent()
    # By COPY: asyncpg looks at each element of an array four times to see whether it is an array itself.
    await conn.copy_records_to_table(
        "delivery",
        records=[
            (
                delivery_id, account.id, account.partner, account.port.name, account.adapter.name, reaction.name,
                outgoing.subject, outgoing.body, event.id if event else NO_EVENT, now, outgoing.give_up_at,
                DeliveryState.WAITING, outgoing.not_before or now, event.traceparent if event else traceparent,
            )
            for delivery_id, (account, reaction, event, outgoing) in zip(uuid7s(len(new)), new, strict=True)
        ],
        columns=_NEW,
    )  # fmt: skip


async def claim(
    conn: Connection,
    account: Account,
    now: datetime,
    lease: timedelta,
    limit: int,
    *,
    of: Sequence[str] = (),
    known: Sequence[str] | None = None,
) -> list[Delivery]:
    """What this process sends now, until the lease ends: of some reactions; or, reading all that waits, of those that

    are not among the `known`.
    """
    id_, partner, port, adapter = account.id, account.partner, account.port.name, account.adapter.name
    if known is not None:
        rows = await conn.fetch(_CLAIM_UNKNOWN, id_, now, lease, limit, known)
    elif len(of) == 1:
        rows = await conn.fetch(_CLAIM_ONE, id_, now, lease, limit, of[0])
    else:
        rows = await conn.fetch(_CLAIM_SOME, id_, now, lease, limit, of)
    return [
        Delivery(
            delivery_id, id_, partner, port, adapter, reaction, Outgoing(subject, body, give_up_at), event_id,
            created_at, DeliveryState.WAITING, attempts, uncertain, words, None, traceparent,
        )
        for (delivery_id, reaction, subject, body, event_id, created_at, give_up_at, attempts, uncertain, words,
             traceparent) in rows
    ]  # fmt: skip


async def finish(conn: Connection, delivery: Delivery, state: DeliveryState, words: str, now: datetime) -> int | None:
    """What became of it in the end, and the number of the event that tells of it; None if it had ended already."""
    return await conn.fetchval(
        "UPDATE delivery SET state = $2::smallint, words = $3, finished_at = $4, lease_until = NULL,"
        " told = told + ($2::smallint <> 2)::int WHERE delivery_id = $1 AND state = 1 RETURNING told",
        delivery.id,
        int(state),
        storable(words),
        now,
    )


async def finish_sent(conn: Connection, sent: Sequence[tuple[Delivery, str]], now: datetime) -> None:
    """As `finish` for many that were sent, in one statement; each with its receipt."""
    await conn.execute(
        "UPDATE delivery d SET state = 2, words = s.words, finished_at = $3, lease_until = NULL"
        " FROM unnest($1::uuid[], $2::text[]) AS s (id, words) WHERE d.delivery_id = s.id AND d.state = 1",
        [delivery.id for delivery, _ in sent],
        [storable(words) for _, words in sent],
        now,
    )


@dataclass(frozen=True, slots=True)
class Postponed:
    """A delivery that is tried again at an instant, and why."""

    delivery: Delivery
    next_at: datetime
    words: str
    uncertain: bool


async def postpone(conn: Connection, postponed: Sequence[Postponed]) -> None:
    """They are tried again, each at its instant."""
    await conn.execute(
        "UPDATE delivery d SET next_at = p.next_at, words = p.words, uncertain = p.uncertain, lease_until = NULL"
        " FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::boolean[]) AS p (id, next_at, words, uncertain)"
        " WHERE d.delivery_id = p.id AND d.state = 1",
        [each.delivery.id for each in postponed],
        [each.next_at for each in postponed],
        [storable(each.words) for each in postponed],
        [each.uncertain for each in postponed],
    )


async def replay(conn: Connection, delivery_id: UUID, now: datetime, give_up_at: datetime) -> None:
    """Sends again what was declined or given up. It may have been done in part, so it is looked for first."""
    await conn.execute(
        "UPDATE delivery SET state = 1, next_at = $2, give_up_at = greatest(give_up_at, $3), uncertain = true,"
        " finished_at = NULL WHERE delivery_id = $1 AND state IN (3, 4)",
        delivery_id,
        now,
        give_up_at,
    )


async def withdraw(conn: Connection, account: str, subject: str, words: str, now: datetime) -> None:
    """Nobody wants any more what waits to be sent about this."""
    await conn.execute(
        "UPDATE delivery SET state = 4, words = $3, finished_at = $4, lease_until = NULL"
        " WHERE account = $1 AND subject = $2 AND state = 1",
        account,
        subject,
        words,
        now,
    )


async def one(conn: Connection, delivery_id: UUID) -> Delivery | None:
    """One delivery."""
    row = await conn.fetchrow(f"SELECT {_COLUMNS} FROM delivery d WHERE delivery_id = $1", delivery_id)
    return _delivery(row) if row else None


async def page(
    conn: Connection,
    *,
    partner: str | None,
    port: str | None = None,
    states: Sequence[int],
    before: UUID | None,
    limit: int,
) -> list[Delivery]:
    """Deliveries that fit every condition given, newest first."""
    rows = await conn.fetch(
        f"""SELECT {_COLUMNS} FROM delivery d
        WHERE ($1::text IS NULL OR partner = $1) AND (cardinality($2::int[]) = 0 OR state = ANY ($2))
          AND ($3::uuid IS NULL OR delivery_id < $3) AND ($5::text IS NULL OR port = $5)
        ORDER BY delivery_id DESC LIMIT $4""",
        partner,
        list(states),
        before,
        limit,
        port,
    )
    return [_delivery(row) for row in rows]


def _delivery(row: Sequence[Any]) -> Delivery:
    """Of `_COLUMNS`, by their places: a system that is behind gets hundreds at once."""
    (
        delivery_id, account, partner, port, adapter, reaction, subject, body, event_id,
        created_at, give_up_at, state, attempts, uncertain, words, finished_at, traceparent,
    ) = row  # fmt: skip
    return Delivery(
        delivery_id, account, partner, port, adapter, reaction, Outgoing(subject, body, give_up_at), event_id,
        created_at, _STATES[state], attempts, uncertain, words, finished_at, traceparent,
    )  # fmt: skip
