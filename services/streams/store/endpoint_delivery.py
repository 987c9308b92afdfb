"""Rows of deliveries: leases on endpoints, what waits, what was tried, what was given up, what is to be told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.kernel.db import Connection, Database
from services.streams.domain import FeedEntry
from services.streams.domain.endpoint import EndpointState, is_of_endpoints
from services.streams.domain.endpoint_delivery import (
    AttemptCause,
    EndpointNotice,
    ParkedEvent,
    ParkReason,
    WaitingSubject,
    WebhookAttempt,
    WebhookMessage,
)
from services.streams.domain.endpoint_retries import WebhookAnswer
from services.streams.store.entries import entry_of

# While so many subjects wait, no new events are taken: what waits is in the table, the rest in the feed.
WAITING_MAX = 10_000
FORGET_ROWS = 10_000

# Endpoints that have something to do and that nobody holds, in the order in which they were last seen to.
_CLAIM = f"""
UPDATE endpoint e SET lease_holder = $1, lease_until = clock_timestamp() + $2
FROM (
    SELECT w.id FROM endpoint w LEFT JOIN feed f ON f.partner = w.partner
    WHERE (w.lease_until IS NULL OR w.lease_until < clock_timestamp()) AND (
        EXISTS (SELECT FROM endpoint_notice n WHERE n.endpoint_id = w.id AND n.next_at <= $3)
        OR (w.state <> {EndpointState.DISABLED:d} AND (w.rest_until IS NULL OR w.rest_until <= $3) AND (
            (f.latest > w.place AND (w.take_at IS NULL OR w.take_at <= $3)
                AND (SELECT count(*) FROM endpoint_waiting h WHERE h.endpoint_id = w.id) < {WAITING_MAX})
            OR (w.recovery_place IS NOT NULL AND (w.recovery_next_at IS NULL OR w.recovery_next_at <= $3))
            OR EXISTS (SELECT FROM endpoint_waiting h WHERE h.endpoint_id = w.id AND h.next_at <= $3))))
    ORDER BY w.lease_until NULLS FIRST, w.id LIMIT $4 FOR UPDATE OF w SKIP LOCKED
) AS due
WHERE e.id = due.id RETURNING e.id"""
_PUT_WAITING = """
INSERT INTO endpoint_waiting (endpoint_id, subject, position, failures, next_at, give_up_at, detail)
SELECT $1, * FROM unnest($2::text[], $3::bigint[], $4::integer[], $5::timestamptz[], $6::timestamptz[], $7::text[])
ON CONFLICT (endpoint_id, subject) DO UPDATE SET position = excluded.position, failures = excluded.failures,
    next_at = excluded.next_at, give_up_at = excluded.give_up_at, detail = excluded.detail"""
_PUT_ATTEMPTS = """
INSERT INTO endpoint_attempt (endpoint_id, attempt_id, event_id, type, subject, position, cause, number, sent_at,
    delivered, status, fault, latency_ms, response, next_try_at)
SELECT $1, tried.* FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::bigint[], $7::smallint[],
    $8::integer[], $9::timestamptz[], $10::boolean[], $11::smallint[], $12::text[], $13::integer[],
    $14::bytea[], $15::timestamptz[]) AS tried"""
# Nearly every save: the place moved on, and attempts were made. One statement, so one round trip and one commit.
_KEEP_PACE = f"""
WITH unchanged AS (
    UPDATE endpoint SET place = greatest(place, $16), lease_until = clock_timestamp() + $17
    WHERE id = $1 AND lease_holder = $18 AND version = $19 RETURNING true),
kept AS ({_PUT_ATTEMPTS}, unchanged)
SELECT FROM unchanged"""
_ENTRY = "partner, position, event_id, type, source, subject, sequence, time, recorded_at, traceparent, data"


@dataclass(frozen=True, slots=True)
class EndpointLease:
    """That one process delivers to an endpoint."""

    holder: UUID
    endpoint_id: UUID


async def claim(conn: Connection, holder: UUID, lease: timedelta, now: datetime, limit: int) -> list[EndpointLease]:
    """Endpoints that have something to do; nobody else delivers to them until the lease ends."""
    return [EndpointLease(holder, row["id"]) for row in await conn.fetch(_CLAIM, holder, lease, now, limit)]


async def renew(conn: Connection, lease: EndpointLease, length: timedelta, place: int) -> bool:
    """Keeps the place and the lease, and locks the endpoint; False if somebody else has it or it is deleted."""
    return (
        await conn.fetchval(
            "UPDATE endpoint SET place = greatest(place, $3), lease_until = clock_timestamp() + $4"
            " WHERE id = $1 AND lease_holder = $2 RETURNING true",
            lease.endpoint_id,
            lease.holder,
            place,
            length,
        )
        is True
    )


async def release(conn: Connection, lease: EndpointLease) -> None:
    """Lets others have the endpoint, after those that have waited for longer."""
    await conn.execute(
        "UPDATE endpoint SET lease_holder = NULL, lease_until = clock_timestamp() WHERE id = $1 AND lease_holder = $2",
        lease.endpoint_id,
        lease.holder,
    )


async def rest(conn: Connection, endpoint_id: UUID, until: datetime | None, take_at: datetime | None) -> None:
    """Leaves an endpoint alone, as a whole or with what is new."""
    if until is None and take_at is None:
        return
    await conn.execute(
        "UPDATE endpoint SET rest_until = coalesce($2, rest_until), take_at = coalesce($3, take_at) WHERE id = $1",
        endpoint_id,
        until,
        take_at,
    )


async def waiting(conn: Connection, endpoint_id: UUID) -> list[WaitingSubject]:
    """All subjects that wait, the one whose turn comes first before the others."""
    rows = await conn.fetch(
        "SELECT subject, position, failures, next_at, give_up_at, detail FROM endpoint_waiting"
        " WHERE endpoint_id = $1 ORDER BY next_at, position",
        endpoint_id,
    )
    return [WaitingSubject(*row) for row in rows]


async def worst_failures(conn: Connection, endpoint_id: UUID) -> int:
    """How often the event has failed that failed most often of those that wait and count."""
    rows = await conn.fetch("SELECT subject, failures FROM endpoint_waiting WHERE endpoint_id = $1", endpoint_id)
    return max((row["failures"] for row in rows if not is_of_endpoints(row["subject"])), default=0)


async def put_waiting(conn: Connection, endpoint_id: UUID, changed: Mapping[str, WaitingSubject | None]) -> None:
    """Subjects that wait now, and (None) those that do no more."""
    if done := [subject for subject, row in changed.items() if row is None]:
        await conn.execute(
            "DELETE FROM endpoint_waiting WHERE endpoint_id = $1 AND subject = ANY ($2::text[])", endpoint_id, done
        )
    if rows := [row for row in changed.values() if row is not None]:
        await conn.execute(
            _PUT_WAITING,
            endpoint_id,
            [row.subject for row in rows],
            [row.position for row in rows],
            [row.failures for row in rows],
            [row.next_at for row in rows],
            [row.give_up_at for row in rows],
            [row.detail for row in rows],
        )


async def put_attempts(conn: Connection, endpoint_id: UUID, attempts: Sequence[WebhookAttempt]) -> None:
    """What was tried, in one statement."""
    if attempts:
        await conn.execute(_PUT_ATTEMPTS, endpoint_id, *_columns_of(attempts))


async def keep_pace(
    conn: Connection,
    lease: EndpointLease,
    length: timedelta,
    place: int,
    version: int,
    attempts: Sequence[WebhookAttempt],
) -> bool:
    """Keeps the place, the lease and what was tried, by itself; False, and nothing kept, if the endpoint is not in this
    version, not this holder's any more, or deleted."""
    held = lease.endpoint_id, *_columns_of(attempts), place, length, lease.holder, version
    return await conn.fetchrow(_KEEP_PACE, *held) is not None


def _columns_of(attempts: Sequence[WebhookAttempt]) -> Sequence[list[Any]]:
    return (
        [each.id for each in attempts],
        [each.message.event_id for each in attempts],
        [each.message.type for each in attempts],
        [each.message.subject for each in attempts],
        [each.message.position for each in attempts],
        [each.cause for each in attempts],
        [each.number for each in attempts],
        [each.sent_at for each in attempts],
        [each.delivered for each in attempts],
        [each.answer.status for each in attempts],
        [each.answer.fault for each in attempts],
        [each.answer.latency_ms for each in attempts],
        [each.answer.body for each in attempts],
        [each.next_try_at for each in attempts],
    )


async def list_attempts(
    conn: Connection, endpoint_id: UUID, event_id: UUID | None, failed_only: bool, before: UUID | None, limit: int
) -> list[WebhookAttempt]:
    """The next attempts, newest first."""
    rows = await conn.fetch(
        "SELECT attempt_id, event_id, type, subject, position, cause, number, sent_at, delivered, status, fault,"
        " latency_ms, response, next_try_at FROM endpoint_attempt"
        " WHERE endpoint_id = $1 AND ($2::uuid IS NULL OR event_id = $2) AND NOT ($3 AND delivered)"
        " AND ($4::uuid IS NULL OR attempt_id < $4) ORDER BY attempt_id DESC LIMIT $5",
        endpoint_id,
        event_id,
        failed_only,
        before,
        limit,
    )
    return [_attempt_of(row) for row in rows]


async def forget_attempts(database: Database, before: datetime, parked_before: datetime) -> None:
    """Deletes attempts that are older, some at a time, and what was given up before the feed's own retention."""
    await database.pool.execute("DELETE FROM endpoint_parked WHERE parked_at < $1", parked_before)
    gone = FORGET_ROWS
    while gone == FORGET_ROWS:
        done = await database.pool.execute(
            "DELETE FROM endpoint_attempt WHERE ctid = ANY (ARRAY ("
            "SELECT ctid FROM endpoint_attempt WHERE sent_at < $1 LIMIT $2))",
            before,
            FORGET_ROWS,
        )
        gone = int(done.rpartition(" ")[2])


async def park(conn: Connection, endpoint_id: UUID, parked: Sequence[ParkedEvent]) -> None:
    """Keeps what was given up."""
    await conn.executemany(
        "INSERT INTO endpoint_parked (endpoint_id, position, last_position, reason, parked_at, attempts, detail,"
        " event_id, type, subject) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING",
        [
            (endpoint_id, each.position, each.last, each.reason, each.parked_at, each.attempts, each.detail,
             each.event_id, each.type, each.subject)
            for each in parked
        ],
    )  # fmt: skip


async def unpark(conn: Connection, endpoint_id: UUID, positions: Sequence[int]) -> None:
    """Events that were given up were delivered after all."""
    if positions:
        await conn.execute(
            "DELETE FROM endpoint_parked WHERE endpoint_id = $1 AND position = ANY ($2) AND last_position = position",
            endpoint_id,
            positions,
        )


async def list_parked(conn: Connection, endpoint_id: UUID, before: int | None, limit: int) -> list[ParkedEvent]:
    """The next events that were given up, the one with the highest position first."""
    rows = await conn.fetch(
        "SELECT position, last_position, reason, parked_at, attempts, detail, event_id, type, subject"
        " FROM endpoint_parked WHERE endpoint_id = $1 AND ($2::bigint IS NULL OR position < $2)"
        " ORDER BY position DESC LIMIT $3",
        endpoint_id,
        before,
        limit,
    )
    return [_parked_of(row) for row in rows]


async def add_notice(conn: Connection, endpoint_id: UUID, notice: EndpointNotice) -> None:
    """Something more that the second channel is to be told."""
    await conn.execute(
        "INSERT INTO endpoint_notice (endpoint_id, event_id, type, body, failures, next_at, give_up_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        endpoint_id,
        notice.event_id,
        notice.type,
        notice.body,
        notice.failures,
        notice.next_at,
        notice.give_up_at,
    )


async def notices(conn: Connection, endpoint_id: UUID, now: datetime) -> list[EndpointNotice]:
    """What the second channel is to be told now, in the order in which it happened."""
    rows = await conn.fetch(
        "SELECT event_id, type, body, failures, next_at, give_up_at FROM endpoint_notice"
        " WHERE endpoint_id = $1 AND next_at <= $2 ORDER BY event_id",
        endpoint_id,
        now,
    )
    return [EndpointNotice(*row) for row in rows]


async def settle_notice(conn: Connection, endpoint_id: UUID, notice: EndpointNotice, next_at: datetime | None) -> None:
    """The second channel is told again at an instant; None: it was told, or is given up."""
    if next_at is None:
        asked = "DELETE FROM endpoint_notice WHERE endpoint_id = $1 AND event_id = $2"
        await conn.execute(asked, endpoint_id, notice.event_id)
        return
    await conn.execute(
        "UPDATE endpoint_notice SET failures = failures + 1, next_at = $3 WHERE endpoint_id = $1 AND event_id = $2",
        endpoint_id,
        notice.event_id,
        next_at,
    )


async def find_entry(conn: Connection, partner: str, event_id: UUID) -> FeedEntry | None:
    """The entry of a partner's feed with an event; None if there is none, or it is kept no more."""
    row = await conn.fetchrow(
        f"SELECT {_ENTRY} FROM feed_entry WHERE partner = $1 AND event_id = $2 ORDER BY position LIMIT 1",
        partner,
        event_id,
    )
    return entry_of(row) if row else None


async def newest_entry(conn: Connection, partner: str, event_type: str) -> FeedEntry | None:
    """The newest entry of a type among the last of a partner's feed; None if there is none among them."""
    row = await conn.fetchrow(
        f"SELECT * FROM (SELECT {_ENTRY} FROM feed_entry WHERE partner = $1 ORDER BY position DESC LIMIT 1000) AS last"
        " WHERE type = $2 ORDER BY position DESC LIMIT 1",
        partner,
        event_type,
    )
    return entry_of(row) if row else None


def _attempt_of(row: Any) -> WebhookAttempt:
    return WebhookAttempt(
        row["attempt_id"],
        WebhookMessage(row["event_id"], row["type"], row["subject"], row["position"], b""),
        AttemptCause(row["cause"]),
        row["number"],
        row["sent_at"],
        WebhookAnswer(row["status"], row["latency_ms"], row["response"], row["fault"], taken=row["delivered"]),
        row["next_try_at"],
    )


def _parked_of(row: Any) -> ParkedEvent:
    position, last, reason, *rest_of_it = row.values()
    return ParkedEvent(position, last, ParkReason(reason), *rest_of_it)
