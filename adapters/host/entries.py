"""What people enter by hand, in a call of a port's own: a message like any other, kept before it is read."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from google.protobuf import json_format

from adapters.host import store
from adapters.host.intake import Intake
from adapters.host.values import Account, ReceivedMessage, digest
from services.kernel import idempotency
from services.kernel.clock import Clock
from services.kernel.db import Database
from services.kernel.errors import GatewayError, Kind
from services.kernel.identity import Caller
from services.kernel.ids import uuid7


class EntryNotServed(GatewayError):
    """No adapter of this port reads what is entered by hand."""

    kind, reason = Kind.REFUSED, "ENTRY_NOT_SERVED"


class Entries:
    """Takes requests in. A repetition of one finds the message that it brought."""

    def __init__(self, database: Database, clock: Clock, intake: Intake, accounts: Mapping[str, Account]) -> None:
        self._database, self._clock, self._intake = database, clock, intake
        self._by_port = {account.port.name: account for account in accounts.values()}

    async def take(self, port: str, partner: str, request: Any, caller: Caller, traceparent: str) -> UUID:
        """The id of the message that a request brings, or brought; judged, unless the database went away meanwhile."""
        account = self._by_port.get(port)
        if account is None:
            raise EntryNotServed("Nothing here reads what is entered by hand.", port=port)
        key = idempotency.request_key_of(request, caller)
        body = _written(request)
        place = self._intake.enter(caller.partner, len(body))
        try:
            received = self._received(account, partner, body, caller, traceparent)
            kept = await self._kept(key, received)
            if kept == received.message_id:
                await self._intake.judge(received, account, None)
            return kept
        finally:
            place.leave()

    async def _kept(self, key: idempotency.RequestKey, received: ReceivedMessage) -> UUID:
        """The message of this request: kept now, in one transaction with what remembers the request, or before."""

        async with self._database.transaction() as conn:

            async def keep() -> bytes:
                await store.keep(conn, [received])
                return received.message_id.bytes

            return UUID(bytes=await idempotency.perform(conn, key, received.received_at, keep))

    def _received(
        self, account: Account, partner: str, body: bytes, caller: Caller, traceparent: str
    ) -> ReceivedMessage:
        return ReceivedMessage(
            message_id=uuid7(),
            account=account.id,
            partner=partner,
            adapter=account.adapter.name,
            source=account.adapter.entry,
            received_at=self._clock.now(),
            headers={"content-type": "application/json"},
            body=body,
            body_bytes=len(body),
            body_sha256=digest(body),
            traceparent=traceparent,
            actor=caller.actor,
            port=account.port.name,
            collection=account.port.collection,
        )


def _written(request: Any) -> bytes:
    """The request as the REST door takes it."""
    return json_format.MessageToJson(request, indent=None, ensure_ascii=False).encode()
