"""Endpoints as rows, their keys sealed."""

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from services.kernel.db import Connection
from services.kernel.sealing import Cipher
from services.kernel.webhook_signing import SignatureKind, SigningKey
from services.streams.domain import EventFilter
from services.streams.domain.client_certificate import ClientCertificate
from services.streams.domain.endpoint import Endpoint, EndpointState, FeedRecovery
from services.streams.domain.feed_topics import RecordMode
from services.streams.domain.kafka_destination import BrokerAccess, BrokerSasl

_SEALED_FOR, _PASSWORD_SEALED_FOR = b"endpoint key", b"endpoint password of brokers"
_KEY_SEALED_FOR = b"endpoint private key for brokers"
_SEALED_MAX = 32_768  # characters: of a private key of 16 KiB, and more than a password takes
_COLUMNS = """e.id, e.partner, e.url, e.description, e.types, e.subjects, e.second_channel_url, e.key_kinds,
    e.sealed_keys, e.keys_expire_at, e.kafka, e.sealed_kafka_password, e.sealed_kafka_key, e.state, e.state_detail,
    e.state_at, e.place, e.recovery_place, e.recovery_last, e.recovery_failures, e.recovery_next_at,
    e.recovery_give_up_at, e.version, e.told, e.created_at, e.updated_at,
    (SELECT count(*) FROM endpoint_waiting w WHERE w.endpoint_id = e.id) AS waiting"""
_INSERT = """
INSERT INTO endpoint (id, partner, url, description, types, subjects, second_channel_url, key_kinds, sealed_keys,
    keys_expire_at, kafka, sealed_kafka_password, sealed_kafka_key, state, state_detail, state_at, place, version,
    told, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)"""
_UPDATE = """
UPDATE endpoint SET url = $2, description = $3, types = $4, subjects = $5, second_channel_url = $6, key_kinds = $7,
    sealed_keys = $8, keys_expire_at = $9, kafka = $10, sealed_kafka_password = $11, sealed_kafka_key = $12,
    state = $13, state_detail = $14, state_at = $15, recovery_place = $16, recovery_last = $17,
    recovery_failures = $18, recovery_next_at = $19, recovery_give_up_at = $20, version = $21, told = $22,
    updated_at = $23
WHERE id = $1"""


async def insert_endpoint(conn: Connection, endpoint: Endpoint, cipher: Cipher) -> None:
    """Stores a new endpoint."""
    await conn.execute(
        _INSERT,
        endpoint.id,
        endpoint.partner,
        *_stated(endpoint),
        *_keys(endpoint, cipher),
        endpoint.state,
        endpoint.state_detail,
        endpoint.state_at,
        endpoint.place,
        endpoint.version,
        endpoint.told,
        endpoint.created_at,
        endpoint.updated_at,
    )


async def save_endpoint(conn: Connection, endpoint: Endpoint, cipher: Cipher) -> None:
    """Stores a locked endpoint as it is now; its place belongs to whoever delivers."""
    recovery = endpoint.recovery
    await conn.execute(
        _UPDATE,
        endpoint.id,
        *_stated(endpoint),
        *_keys(endpoint, cipher),
        endpoint.state,
        endpoint.state_detail,
        endpoint.state_at,
        recovery and recovery.place,
        recovery and recovery.last,
        recovery.failures if recovery else 0,
        recovery and recovery.next_at,
        recovery and recovery.give_up_at,
        endpoint.version,
        endpoint.told,
        endpoint.updated_at,
    )


async def find_endpoint(
    conn: Connection, cipher: Cipher, endpoint_id: UUID, viewer: str | None, *, lock: bool = False
) -> Endpoint | None:
    """One endpoint, if the viewer may see it (None: sees all); locked until the transaction ends, if asked."""
    row = await conn.fetchrow(
        f"SELECT {_COLUMNS} FROM endpoint e WHERE id = $1 AND ($2::text IS NULL OR partner = $2)"
        + (" FOR UPDATE OF e" if lock else ""),
        endpoint_id,
        viewer,
    )
    return endpoint_of(row, cipher) if row else None


async def list_endpoints(
    conn: Connection, cipher: Cipher, viewer: str | None, after: tuple[datetime, str] | None, limit: int
) -> Sequence[Endpoint]:
    """The next endpoints that the viewer may see, oldest first."""
    at, last = after or (None, None)
    rows = await conn.fetch(
        f"SELECT {_COLUMNS} FROM endpoint e WHERE ($1::text IS NULL OR partner = $1)"
        " AND ($2::timestamptz IS NULL OR (created_at, id) > ($2, $3::uuid)) ORDER BY created_at, id LIMIT $4",
        viewer,
        at,
        last and UUID(last),
        limit,
    )
    return [endpoint_of(row, cipher) for row in rows]


async def lock_room(conn: Connection, partner: str) -> int:
    """How many endpoints a partner has; nobody else counts them until this transaction ends."""
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('streams endpoints of ' || $1, 0))", partner)
    return int(await conn.fetchval("SELECT count(*) FROM endpoint WHERE partner = $1", partner))


async def delete_endpoint(conn: Connection, endpoint_id: UUID) -> None:
    """Deletes an endpoint with all that belongs to it."""
    await conn.execute("DELETE FROM endpoint WHERE id = $1", endpoint_id)


async def hurry(conn: Connection, endpoint_id: UUID, now: datetime) -> None:
    """What waits for an endpoint is sent now: something was mended."""
    await conn.execute(
        "UPDATE endpoint SET rest_until = NULL, take_at = NULL,"
        " recovery_next_at = CASE WHEN recovery_place IS NULL THEN NULL ELSE $2::timestamptz END WHERE id = $1",
        endpoint_id,
        now,
    )
    await conn.execute(
        "UPDATE endpoint_waiting SET next_at = $2 WHERE endpoint_id = $1 AND next_at > $2", endpoint_id, now
    )
    await conn.execute(
        "UPDATE endpoint_notice SET next_at = $2 WHERE endpoint_id = $1 AND next_at > $2", endpoint_id, now
    )


def endpoint_of(row: Any, cipher: Cipher) -> Endpoint:
    """The endpoint in a row, its keys opened."""
    recovery = None
    if row["recovery_place"] is not None:
        recovery = FeedRecovery(
            *(row[f"recovery_{name}"] for name in ("place", "last", "failures", "next_at", "give_up_at"))
        )
    keys = zip(row["key_kinds"], row["sealed_keys"], row["keys_expire_at"], strict=True)
    return Endpoint(
        id=row["id"],
        partner=row["partner"],
        url=row["url"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        state_at=row["state_at"],
        description=row["description"],
        wanted=EventFilter(tuple(row["types"]), tuple(row["subjects"])),
        second_channel_url=row["second_channel_url"],
        access=_access_of(row, cipher),
        keys=tuple(
            SigningKey(SignatureKind(kind), cipher.open(sealed, _SEALED_FOR, row["id"].bytes), expires_at)
            for kind, sealed, expires_at in keys
        ),
        state=EndpointState(row["state"]),
        state_detail=row["state_detail"],
        place=row["place"],
        recovery=recovery,
        version=row["version"],
        told=row["told"],
        waiting=row["waiting"],
    )


def _stated(endpoint: Endpoint) -> tuple[Any, ...]:
    wanted = endpoint.wanted
    return endpoint.url, endpoint.description, wanted.types, wanted.subjects, endpoint.second_channel_url


def _access_of(row: Any, cipher: Cipher) -> BrokerAccess | None:
    if not row["kafka"]:
        return None
    said = json.loads(row["kafka"])
    chain, key = said.pop("certificates", ""), ""  # rows from before there were certificates have none
    if chain:
        key = _opened(row, "sealed_kafka_key", _KEY_SEALED_FOR, cipher)
    return BrokerAccess(
        **{**said, "mode": RecordMode(said["mode"]), "sasl": BrokerSasl(said["sasl"])},
        password=_opened(row, "sealed_kafka_password", _PASSWORD_SEALED_FOR, cipher),
        certificate=ClientCertificate(chain, key),
    )


def _opened(row: Any, column: str, sealed_for: bytes, cipher: Cipher) -> str:
    return cipher.open(row[column], sealed_for, row["id"].bytes, characters_max=_SEALED_MAX).decode()


def _access(endpoint: Endpoint, cipher: Cipher) -> tuple[str, str, str]:
    """How its brokers are spoken to, and apart from it, sealed, the password and the private key."""
    if endpoint.access is None:
        return "", "", ""
    said, bound_to = asdict(endpoint.access), endpoint.id.bytes
    password, certificate = said.pop("password"), said.pop("certificate")
    key = cipher.seal(certificate["key"].encode(), _KEY_SEALED_FOR, bound_to) if certificate["key"] else ""
    return (
        json.dumps({**said, "certificates": certificate["chain"]}),
        cipher.seal(password.encode(), _PASSWORD_SEALED_FOR, bound_to),
        key,
    )


def _keys(endpoint: Endpoint, cipher: Cipher) -> tuple[Any, ...]:
    """Its keys, and how its brokers are spoken to."""
    return (
        [key.kind for key in endpoint.keys],
        [cipher.seal(key.raw, _SEALED_FOR, endpoint.id.bytes) for key in endpoint.keys],
        [key.expires_at for key in endpoint.keys],
        *_access(endpoint, cipher),
    )


async def undisturbed_versions(conn: Connection, ids: Collection[UUID], now: datetime) -> dict[UUID, int]:
    """In which version these endpoints are; without those that were deleted, or whose second channel is to be told."""
    rows = await conn.fetch(
        "SELECT id, version FROM endpoint e WHERE id = ANY ($1) AND NOT EXISTS ("
        "SELECT FROM endpoint_notice n WHERE n.endpoint_id = e.id AND n.next_at <= $2)",
        list(ids),
        now,
    )
    return dict(rows)
