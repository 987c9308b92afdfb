"""Couriers: they report milestones of shipments, and call what they push pushes."""

from collections.abc import Iterable, Sequence
from typing import Any, cast

from doselane.courier.v1 import courier_pb2
from doselane.courier.v1.courier_pb2 import CourierAccount, Milestone, Push
from doselane.courier.v1.events_pb2 import MilestoneReported, PushRefused
from doselane.distribution.v1.events_pb2 import ShipmentFollowed
from doselane.exchange.v1 import exchange_pb2

from adapters.manifest import Fact
from adapters.ports import AccountStatus, Exchange, Port, Reference, Sender
from services.kernel.event import Event
from services.kernel.timestamps import instant, stamp

NAME = "courier"
# What a courier may be asked to do; an adapter says for each of its reactions and polls which of them it is.
BOOK, CANCEL, REDIRECT, SUBSCRIBE, TRACK, NOTIFY = (
    CourierAccount.Operation.Name(each)
    for each in (
        CourierAccount.BOOK,
        CourierAccount.CANCEL,
        CourierAccount.REDIRECT,
        CourierAccount.SUBSCRIBE,
        CourierAccount.TRACK,
        CourierAccount.NOTIFY,
    )
)
MILESTONE_REPORTED = "doselane.courier.milestone.reported.v1"
SHIPMENT_FOLLOWED = "doselane.distribution.shipment.followed.v1"


def fact(index: int, key: str, content: bytes, milestone: Milestone, warnings: Sequence[str] = ()) -> Fact:
    """A milestone as a fact."""
    return Fact(
        index=index,
        key=key,
        content=content,
        said=milestone,
        event_id=milestone.event_id,
        kind=Milestone.Kind.Name(milestone.kind) if milestone.kind else "",
        code=milestone.code,
        references=tuple(milestone.shipment_references),
        warnings=tuple(warnings),
        ends=milestone.kind == Milestone.DELIVERED,
    )


def _reported(sender: Sender, milestone: Any) -> tuple[str, MilestoneReported]:
    said = MilestoneReported(courier=sender.partner, adapter=sender.adapter, push=sender.message, milestone=milestone)
    return MILESTONE_REPORTED, said


def _refused(sender: Sender, reason: str, detail: str) -> PushRefused:
    return PushRefused(
        courier=sender.partner, adapter=sender.adapter, push=sender.message, reason=reason, detail=detail
    )


def _refers(event: Event) -> Reference | None:
    if event.type != SHIPMENT_FOLLOWED:
        return None
    followed = ShipmentFollowed.FromString(event.data)
    ends = followed.administration_time if followed.HasField("administration_time") else None
    ends_at = instant(ends, "administration_time") if ends else None
    return Reference(followed.courier, followed.references, followed.shipment.name, ends_at)


class CourierCalls:
    """Serves doselane.courier.v1.CourierService, in which messages are called pushes."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def GetPush(self, request: courier_pb2.GetPushRequest, call: Any) -> Push:
        """One push with its body."""
        asked = exchange_pb2.GetMessageRequest(name=request.name)
        return push(await self._exchange.GetMessage(asked, call))

    async def ListPushes(self, request: courier_pb2.ListPushesRequest, call: Any) -> courier_pb2.ListPushesResponse:
        """A page of pushes, newest first."""
        asked = exchange_pb2.ListMessagesRequest(
            page_size=request.page_size, page_token=request.page_token, states=_states(request.states), port=NAME
        )
        found = await self._exchange.ListMessages(asked, call)
        return courier_pb2.ListPushesResponse(pushes=map(push, found.messages), next_page_token=found.next_page_token)

    async def RejudgePush(self, request: courier_pb2.RejudgePushRequest, call: Any) -> Push:
        """Judges a push again and answers with the new verdict."""
        asked = exchange_pb2.ReplayMessageRequest(name=request.name, reason=request.reason)
        return push(await self._exchange.ReplayMessage(asked, call))

    async def ListCourierAccounts(
        self, request: courier_pb2.ListCourierAccountsRequest, call: Any
    ) -> courier_pb2.ListCourierAccountsResponse:
        """A page of accounts, by name."""
        found, token = await self._exchange.accounts(NAME, request, call)
        return courier_pb2.ListCourierAccountsResponse(accounts=map(account, found), next_page_token=token)

    async def ReportMilestones(self, request: courier_pb2.ReportMilestonesRequest, call: Any) -> Push:
        """Milestones that somebody enters by hand; for another courier only an operator may."""
        courier = request.courier or call.caller.partner
        if courier != call.caller.partner:
            call.caller.require("operator courier.operate")
        return push(await self._exchange.Enter(NAME, courier, request, call))


def _states(asked: Iterable[Any]) -> list[exchange_pb2.Message.State]:
    return [cast("exchange_pb2.Message.State", state) for state in asked]


def push(message: exchange_pb2.Message) -> Push:
    """A message in a courier's words."""
    notes = [
        courier_pb2.PushNote(
            index=note.index,
            event_id=note.event_id,
            kind=Milestone.Kind.Value(note.kind) if note.kind else Milestone.KIND_UNSPECIFIED,
            warnings=note.warnings,
        )
        for note in message.notes
    ]
    return Push(
        name=f"pushes/{message.name.partition('/')[2]}",
        courier=message.partner,
        adapter=message.adapter,
        receive_time=message.receive_time,
        state=cast("Push.State", message.state),  # a push has the states of a message
        reason=message.reason,
        detail=message.detail,
        notes=notes,
        body_sha256=message.body_sha256,
        body_bytes=message.body_bytes,
        body=message.body,
    )


def account(status: AccountStatus) -> CourierAccount:
    """An account in a courier's words."""
    return CourierAccount(
        name=f"courierAccounts/{status.id}",
        courier=status.partner,
        adapter=status.adapter,
        operations=[CourierAccount.Operation.Value(each) for each in status.operations],
        webhooks=status.webhooks,
        last_push_time=stamp(status.pushed_at),
        last_fetch_time=stamp(status.fetched_at),
        state=CourierAccount.State.Value(status.state or "STATE_UNSPECIFIED"),
        detail=status.words,
    )


PORT = Port(
    name=NAME,
    topic="doselane.courier",
    hears=("doselane.distribution",),
    scope="courier.push",
    refused_type="doselane.courier.push.refused.v1",
    reported=_reported,
    refused=_refused,
    refers=_refers,
    unknown_reference="SHIPMENT_UNKNOWN",
    collection="pushes",
    partner_field="courier",
    operations=frozenset({BOOK, CANCEL, REDIRECT, SUBSCRIBE, TRACK, NOTIFY}),
    calls=lambda exchange: [(courier_pb2.DESCRIPTOR.services_by_name["CourierService"], CourierCalls(exchange))],
)
