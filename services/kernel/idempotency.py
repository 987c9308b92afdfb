"""Each call can be repeated and acts only once, as what was asked and answered stands in the table `request`.

All that is stored here belongs to the transaction of the change: should it end without a commit, nothing was asked.
Transactions must be READ COMMITTED, as they are by default, to see what a twin has answered while they waited for it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from google.protobuf.message import Message

from services.kernel.db import Connection
from services.kernel.errors import RequestMismatch
from services.kernel.identity import Caller
from services.kernel.ids import uuid_of


@dataclass(frozen=True, slots=True)
class RequestKey:
    """What makes a call safe to repeat: its id and partner name it, `body_hash` tells a twin from a stranger."""

    partner: str
    request_id: UUID
    body_hash: bytes


def request_key_of(request: Any, caller: Caller) -> RequestKey:
    """How a repetition of a request that changes something is known; Invalid if its `request_id` is no UUID."""
    request_id = uuid_of(request.request_id, "request_id")
    return RequestKey(caller.partner, request_id, body_hash(request))


def body_hash(request: Message) -> bytes:
    """Tells a repetition from another request that uses the same id; the kind of the call is part of it."""
    body = with_plain_id(request).SerializeToString(deterministic=True)
    return sha256(request.DESCRIPTOR.full_name.encode() + b"\0" + body).digest()


def with_plain_id(request: Any) -> Any:
    """The request with its id spelled as everybody does: however else it is spelled, it is the same request."""
    plain = str(uuid_of(request.request_id, "request_id"))
    if request.request_id == plain:
        return request
    copied = type(request)()
    copied.CopyFrom(request)
    copied.request_id = plain
    return copied


async def perform(conn: Connection, key: RequestKey, asked_at: datetime, work: Callable[[], Awaitable[bytes]]) -> bytes:
    """What was answered before, or else what `work` answers now, in this transaction; stored for every repetition."""
    answered = await begin(conn, key, asked_at)
    if answered is not None:
        return answered
    told = await work()
    await answer(conn, key, told)
    return told


async def begin(conn: Connection, key: RequestKey, asked_at: datetime) -> bytes | None:
    """Stores that this was asked, or returns what was answered: waits for a twin that is being answered right now.

    None: not answered yet, and now this transaction's to `answer`. Raises RequestMismatch if the request id was used
    with another body.
    """
    row = None
    while row is None:  # What was asked before may be forgotten between the two statements.
        mine = await conn.fetchval(
            "INSERT INTO request (partner, request_id, body_hash, asked_at) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT DO NOTHING RETURNING true",
            key.partner,
            key.request_id,
            key.body_hash,
            asked_at,
        )
        if mine:
            return None
        # Locked, as a service may have committed that it was asked before it could answer: twins then take turns.
        row = await conn.fetchrow(
            "SELECT body_hash, answer FROM request WHERE request_id = $1 AND partner = $2 FOR UPDATE",
            key.request_id,
            key.partner,
        )
    return _answer_in(row, key)


async def answer(conn: Connection, key: RequestKey, answer: bytes) -> None:
    """Stores the answer of a request that was begun, for every repetition."""
    await conn.execute(
        "UPDATE request SET answer = $3 WHERE request_id = $1 AND partner = $2",
        key.request_id,
        key.partner,
        answer,
    )


async def answered(conn: Connection, key: RequestKey) -> bytes | None:
    """What was answered to the request, if it was: a look that stores nothing and waits for nobody.

    For calls that do their work before they change anything, and before `remember`. Raises RequestMismatch as `begin`.
    """
    row = await conn.fetchrow(
        "SELECT body_hash, answer FROM request WHERE request_id = $1 AND partner = $2",
        key.request_id,
        key.partner,
    )
    return None if row is None else _answer_in(row, key)


async def remember(conn: Connection, key: RequestKey, answer: bytes, asked_at: datetime) -> None:
    """Stores a request together with its answer.

    Only for a service whose changes all hold one lock: under it, twins cannot both find nothing `answered` and go on.
    """
    await conn.execute(
        "INSERT INTO request (partner, request_id, body_hash, answer, asked_at) VALUES ($1, $2, $3, $4, $5)",
        key.partner,
        key.request_id,
        key.body_hash,
        answer,
        asked_at,
    )


def _answer_in(row: Any, key: RequestKey) -> bytes | None:
    if row["body_hash"] != key.body_hash:
        raise RequestMismatch(
            "This request id was used before with another body; use a new one.", request_id=key.request_id
        )
    answer: bytes | None = row["answer"]
    return answer
