"""The calls by which an operator, or the partner concerned, looks after what is exchanged with its systems."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from doselane.exchange.v1 import connection_pb2, exchange_pb2
from google.protobuf.message import Message

from adapters.host import deliveries, listing, store
from adapters.host.checking import ConnectionChecker
from adapters.host.deliveries import Delivery, DeliveryState
from adapters.host.delivering import Deliverer
from adapters.host.entries import Entries
from adapters.host.intake import Intake
from adapters.host.judge import shown
from adapters.host.listing import Wanted
from adapters.host.overview import overview
from adapters.host.replay_rpc import ReplayRpc
from adapters.host.replaying import Replayer
from adapters.host.translating import Translator
from adapters.host.values import Account
from adapters.ports import AccountStatus, Port
from services.kernel.clock import Clock
from services.kernel.db import Database
from services.kernel.errors import GatewayError, Kind, NotFound
from services.kernel.identity import Caller
from services.kernel.paging import BY_ID, BY_NAME, page_of
from services.kernel.rpc import Call
from services.kernel.rpc.server import MESSAGE_BYTES_MAX
from services.kernel.timestamps import optional_instant, stamp

MESSAGES = "messages"
# A gRPC message holds 4 MiB; the rest is for the notes.
ANSWER_BYTES_MAX = 5 * MESSAGE_BYTES_MAX // 8
# What is replayed after its time is tried for so long.
REPLAYED_FOR = timedelta(hours=1)

Shown = TypeVar("Shown", bound=Message)


class DeliveryNotEnded(GatewayError):
    """The delivery still waits, or the other side has it."""

    kind, reason = Kind.REFUSED, "DELIVERY_NOT_ENDED"


class ExchangeRpc(ReplayRpc):
    """Serves doselane.exchange.v1.ExchangeService. What belongs to another partner does not exist.

    A port's own calls come here too, with its own word for messages in their names, which none but its messages have.
    The protos have judged the shape of a request, those of the port too.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        intake: Intake,
        deliverer: Deliverer,
        replayer: Replayer,
        entries: Entries,
        ports: Sequence[Port],
        accounts: Mapping[str, Account],
        checker: ConnectionChecker,
        translator: Translator,
    ) -> None:
        super().__init__(database, clock, replayer)
        self._translator = translator
        self._entries, self._accounts, self._checker = entries, accounts, checker
        self._intake, self._deliverer = intake, deliverer
        self._ports = {port.collection: port.name for port in ports if port.collection != MESSAGES}

    async def GetMessage(self, request: exchange_pb2.GetMessageRequest, call: Call) -> exchange_pb2.Message:
        """One message with its body."""
        return await self._message(request.name, call.caller)

    async def ListMessages(
        self, request: exchange_pb2.ListMessagesRequest, call: Call
    ) -> exchange_pb2.ListMessagesResponse:
        """A page of messages, newest first."""
        page = await page_of(self._database, request, call.caller, BY_ID)
        wanted = Wanted(
            partner=_partner(call.caller) or "",
            port=request.port,
            account=request.account,
            sources=request.sources,
            states=request.states,
            reasons=request.reasons,
            start=optional_instant(request, "start_time"),
            end=optional_instant(request, "end_time"),
        )
        found = await listing.page(self._database.pool, wanted, page.after, page.limit)
        told = _that_fit([_named(shown(each.received, each.verdict)) for each in found[: page.size]])
        last = page.token_after(_id(told[-1].name)) if len(found) > len(told) else ""
        return exchange_pb2.ListMessagesResponse(messages=told, next_page_token=last)

    async def ReplayMessage(self, request: exchange_pb2.ReplayMessageRequest, call: Call) -> exchange_pb2.Message:
        """Reads a message again and answers with the new verdict."""
        await self._message(request.name, call.caller)
        message_id = _id(request.name)
        await self._intake.rejudge(message_id, request.reason, call.caller.actor, call.traceparent)
        return await self._message(request.name, call.caller)

    async def TranslateMessage(
        self, request: exchange_pb2.TranslateMessageRequest, call: Call
    ) -> exchange_pb2.MessageTranslation:
        """What would be made of a message, with as many of its events as fit."""
        found = await self._translator.translate(request)
        del found.events[len(_that_fit(found.events)) :]
        return found

    async def Enter(self, port: str, partner: str, request: Any, call: Call) -> exchange_pb2.Message:
        """What a call of a port brings, as a message that was kept, with its verdict."""
        message_id = await self._entries.take(port, partner, request, call.caller, call.traceparent)
        stored = await store.one(self._database.pool, message_id)
        if stored is None:
            raise NotFound("What this request brought is kept no more.", name=f"{MESSAGES}/{message_id}")
        return _named(shown(stored.received, stored.verdict))

    async def GetDelivery(self, request: exchange_pb2.GetDeliveryRequest, call: Call) -> exchange_pb2.Delivery:
        """One delivery with its body."""
        return _delivery(await self._delivered(_id(request.name), call.caller), body=True)

    async def ListDeliveries(
        self, request: exchange_pb2.ListDeliveriesRequest, call: Call
    ) -> exchange_pb2.ListDeliveriesResponse:
        """A page of deliveries, newest first."""
        page = await page_of(self._database, request, call.caller, BY_ID)
        found = await deliveries.page(
            self._database.pool,
            partner=_partner(call.caller),
            port=request.port or None,
            states=request.states,
            before=page.after,
            limit=page.limit,
        )
        told = _that_fit([_delivery(each) for each in found[: page.size]])
        last = page.token_after(_id(told[-1].name)) if len(found) > len(told) else ""
        return exchange_pb2.ListDeliveriesResponse(deliveries=told, next_page_token=last)

    async def ReplayDelivery(self, request: exchange_pb2.ReplayDeliveryRequest, call: Call) -> exchange_pb2.Delivery:
        """Sends again what was declined or given up."""
        delivery_id = _id(request.name)
        found = await self._delivered(delivery_id, call.caller)
        if found.state not in (DeliveryState.PARKED, DeliveryState.GIVEN_UP):
            words = "Only a delivery that was declined or given up can be sent again."
            raise DeliveryNotEnded(words, name=request.name, state=found.state.name)
        now = self._clock.now()
        await deliveries.replay(self._database.pool, delivery_id, now, now + REPLAYED_FOR)
        self._deliverer.wake()
        return _delivery(await self._delivered(delivery_id, call.caller), body=True)

    async def CheckConnection(
        self, request: connection_pb2.CheckConnectionRequest, call: Call
    ) -> connection_pb2.ConnectionReport:
        """What stands in the way of exchanging with an account's system."""
        account = self._accounts.get(request.name.partition("/")[2])
        if account is None or not call.caller.may_see(account.partner):
            raise NotFound("There is no account of this name.", name=request.name)
        return await self._checker.check(account)

    async def ListAccounts(
        self, request: connection_pb2.ListAccountsRequest, call: Call
    ) -> connection_pb2.ListAccountsResponse:
        """A page of accounts of all ports, by name."""
        found, token = await self.accounts(request.port, request, call)
        return connection_pb2.ListAccountsResponse(accounts=map(_account, found), next_page_token=token)

    async def accounts(self, port: str, request: Any, call: Call) -> tuple[Sequence[AccountStatus], str]:
        """The page of accounts that the request asks for, of one port if it is named, and the token of the next one."""
        page = await page_of(self._database, request, call.caller, BY_NAME)
        seen = [
            account
            for name, account in sorted(self._accounts.items())
            if port in ("", account.port.name) and call.caller.may_see(account.partner) and name > (page.after or "")
        ]
        shown_here, token = page.cut(seen, lambda account: account.id)
        return await overview(self._database.pool, shown_here), token

    async def _message(self, name: str, caller: Caller) -> exchange_pb2.Message:
        found = await store.one(self._database.pool, _id(name))
        port = self._ports.get(name.partition("/")[0])
        if found is None or not caller.may_see(found.received.partner) or port not in (None, found.received.port):
            raise NotFound("There is no message of this name.", name=name)
        fits = found.received.body_bytes <= ANSWER_BYTES_MAX
        return _named(shown(found.received, found.verdict, body=fits))

    async def _delivered(self, delivery_id: UUID, caller: Caller) -> Delivery:
        found = await deliveries.one(self._database.pool, delivery_id)
        if found is None or not caller.may_see(found.partner):
            raise NotFound("There is no delivery of this name.", name=f"deliveries/{delivery_id}")
        return found


def _named(message: exchange_pb2.Message) -> exchange_pb2.Message:
    message.name = f"{MESSAGES}/{message.name.partition('/')[2]}"
    return message


def _account(found: AccountStatus) -> connection_pb2.Account:
    return connection_pb2.Account(
        name=f"accounts/{found.id}",
        partner=found.partner,
        port=found.port,
        adapter=found.adapter,
        operations=found.operations,
        webhooks=found.webhooks,
        last_push_time=stamp(found.pushed_at),
        last_fetch_time=stamp(found.fetched_at),
        state=connection_pb2.Account.State.Value(found.state or "STATE_UNSPECIFIED"),
        detail=found.words,
        mapping_version=found.mapping_version,
    )


def _delivery(found: Delivery, *, body: bool = False) -> exchange_pb2.Delivery:
    return exchange_pb2.Delivery(
        name=found.name,
        partner=found.partner,
        account=found.account,
        port=found.port,
        adapter=found.adapter,
        reaction=found.reaction,
        subject=found.outgoing.subject,
        event_id=found.set_off_by,
        create_time=stamp(found.created_at),
        give_up_time=stamp(found.outgoing.give_up_at),
        state=int(found.state),  # type: ignore[arg-type]
        attempts=found.attempts,
        uncertain=found.uncertain,
        detail=found.words,
        finish_time=stamp(found.finished_at),
        body=found.outgoing.body if body else b"",
    )


def _partner(caller: Caller) -> str | None:
    return None if caller.operator else caller.partner


def _that_fit(found: Sequence[Shown]) -> Sequence[Shown]:
    """The first ones that fit into one answer, and at least one: a document may have thousands of notes."""
    size = 0
    for number, each in enumerate(found):
        size += each.ByteSize()
        if number and size > ANSWER_BYTES_MAX:
            return found[:number]
    return found


def _id(name: str) -> UUID:
    return UUID(name.partition("/")[2])
