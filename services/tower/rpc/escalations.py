"""The calls of ladders and escalations: read the request, ask the use case, write the answer."""

from collections.abc import Iterable
from typing import Any

from doselane.tower.v1 import escalation_pb2

from services.kernel.clock import Clock
from services.kernel.idempotency import request_key_of
from services.kernel.paging import BY_TIME, page_of
from services.kernel.rpc import Call
from services.kernel.steps import in_steps
from services.tower.domain.escalation import Escalation
from services.tower.domain.ladder import AlertChannel, AlertContact, EscalationLadder, LadderStep
from services.tower.events.escalations import escalation_message, ladder_message
from services.tower.store import Store
from services.tower.store import escalations as rows
from services.tower.usecases import Escalations
from services.tower.usecases.escalating import LadderAsk


class EscalationCalls:
    """The part of TowerService that is about ladders and escalations."""

    store: Store
    clock: Clock

    async def SetEscalationLadder(self, request: escalation_pb2.SetEscalationLadderRequest, call: Call) -> bytes:
        """A partner writes its ladder for a product."""
        ask, steps = _ask_of(request, call), _steps_of(request.steps)
        return await Escalations(self.store, self.clock).set_ladder(ask, request.product, steps, _ladder)

    async def WithdrawEscalationLadder(
        self, request: escalation_pb2.WithdrawEscalationLadderRequest, call: Call
    ) -> bytes:
        """A partner takes a ladder away."""
        return await Escalations(self.store, self.clock).withdraw_ladder(_ask_of(request, call), _ladder)

    async def GetEscalationLadder(
        self, request: escalation_pb2.GetEscalationLadderRequest, call: Call
    ) -> escalation_pb2.EscalationLadder:
        """One ladder of the caller."""
        async with self.store.reading() as conn:
            return ladder_message(await rows.find_ladder(conn, _plain(request.name), call.caller.viewer))

    async def ListEscalationLadders(
        self, request: escalation_pb2.ListEscalationLaddersRequest, call: Call
    ) -> escalation_pb2.ListEscalationLaddersResponse:
        """The ladders of the caller, newest first."""
        page = await page_of(self.store.database, request, call.caller, BY_TIME)
        async with self.store.reading() as conn:
            found = await rows.list_ladders(conn, call.caller.viewer, page.after, page.limit)
        shown, token = page.cut(found, lambda each: (each.created_at, each.name))
        told = await in_steps(ladder_message, shown)
        return escalation_pb2.ListEscalationLaddersResponse(escalation_ladders=told, next_page_token=token)

    async def GetEscalation(
        self, request: escalation_pb2.GetEscalationRequest, call: Call
    ) -> escalation_pb2.Escalation:
        """One escalation of a ladder of the caller."""
        async with self.store.reading() as conn:
            return escalation_message(await rows.find_escalation(conn, _plain(request.name), call.caller.viewer))

    async def ListEscalations(
        self, request: escalation_pb2.ListEscalationsRequest, call: Call
    ) -> escalation_pb2.ListEscalationsResponse:
        """The escalations of the caller's ladders, newest first."""
        states, incident = tuple(sorted(set(request.states))), _plain(request.incident)
        wanted = rows.EscalationFilter(call.caller.viewer, states, incident)
        page = await page_of(self.store.database, request, call.caller, BY_TIME)
        async with self.store.reading() as conn:
            found = await rows.list_escalations(conn, wanted, page.after, page.limit)
        shown, token = page.cut(found, lambda each: (each.began_at, each.name))
        told = await in_steps(escalation_message, shown)
        return escalation_pb2.ListEscalationsResponse(escalations=told, next_page_token=token)

    async def AcknowledgeEscalation(self, request: escalation_pb2.AcknowledgeEscalationRequest, call: Call) -> bytes:
        """Somebody looks after what an escalation tells of."""
        return await Escalations(self.store, self.clock).acknowledge(_ask_of(request, call), _escalation)


def _ask_of(request: Any, call: Call) -> LadderAsk:
    caller = call.caller
    return LadderAsk(
        caller.partner,
        not caller.operator,
        caller.actor,
        request.reason,
        request_key_of(request, caller),
        call.traceparent,
        _plain(request.name) if "name" in request.DESCRIPTOR.fields_by_name else "",
        request.etag,
    )


def _steps_of(steps: Iterable[escalation_pb2.LadderStep]) -> list[LadderStep]:
    return [
        LadderStep(
            step.left_percent,
            tuple(AlertContact(AlertChannel(each.channel), each.address) for each in step.contacts),
        )
        for step in steps
    ]


def _ladder(ladder: EscalationLadder) -> bytes:
    return ladder_message(ladder).SerializeToString()


def _escalation(escalation: Escalation) -> bytes:
    return escalation_message(escalation).SerializeToString()


def _plain(name: str) -> str:
    """A name with its id spelled as everybody does."""
    collection, _, uuid = name.partition("/")
    return f"{collection}/{uuid.lower()}" if uuid else name
