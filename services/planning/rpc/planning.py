"""The calls of PlanningService."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from doselane.planning.v1 import planning_pb2
from doselane.type.v1 import type_pb2

from services.kernel.asking import ask_of
from services.kernel.clock import Clock
from services.kernel.paging import BY_TIME, page_of
from services.kernel.rpc import Behalf, Call
from services.kernel.signals import Signal
from services.kernel.steps import in_steps
from services.kernel.timestamps import stamp
from services.planning.domain.proposals import Proposal
from services.planning.events import deliveries as delivery_events
from services.planning.events import proposals as proposal_events
from services.planning.rpc import planning_requests as requests
from services.planning.store import Store
from services.planning.usecases import accepting, deliveries, following, planning
from services.planning.usecases.accepting import RunOpener


@dataclass(frozen=True, slots=True)
class PlanningRpc:
    """Serves doselane.planning.v1.PlanningService."""

    store: Store
    clock: Clock
    capacity: RunOpener
    terms: planning.PlanningTerms
    keep_alive: timedelta
    wake: Signal  # the worker's

    async def CreateIsotopeDelivery(self, request: planning_pb2.CreateIsotopeDeliveryRequest, call: Call) -> bytes:
        """Announces a delivery."""
        ask, draft = ask_of(request, call), requests.delivery_of(request.isotope_delivery)
        return await deliveries.create(draft, ask, self.store, self.clock)

    async def GetIsotopeDelivery(
        self, request: planning_pb2.GetIsotopeDeliveryRequest, call: Call
    ) -> planning_pb2.IsotopeDelivery:
        """Returns a delivery."""
        name = request.name
        return delivery_events.message_of(await deliveries.get(name, self.store))

    async def ListIsotopeDeliveries(
        self, request: planning_pb2.ListIsotopeDeliveriesRequest, call: Call
    ) -> planning_pb2.ListIsotopeDeliveriesResponse:
        """Lists deliveries."""
        wanted = requests.deliveries_wanted(request)
        page = await page_of(self.store.database, request, call.caller, BY_TIME)
        found, last = await deliveries.page(wanted, page.after, page.size, self.store)
        token = page.token_after((last.delivery.arrival_at, last.delivery.name)) if last else ""
        messages = [delivery_events.message_of(each) for each in found]
        return planning_pb2.ListIsotopeDeliveriesResponse(isotope_deliveries=messages, next_page_token=token)

    async def UpdateIsotopeDelivery(self, request: planning_pb2.UpdateIsotopeDeliveryRequest, call: Call) -> bytes:
        """Changes a delivery."""
        ask, wanted = ask_of(request, call), request.isotope_delivery
        name = wanted.name
        draft, accepted = requests.delivery_of(wanted), request.accept_conflicts
        return await deliveries.update(name, draft, wanted.etag, ask, self.store, self.clock, accept_conflicts=accepted)

    async def CancelIsotopeDelivery(self, request: planning_pb2.CancelIsotopeDeliveryRequest, call: Call) -> bytes:
        """Cancels a delivery."""
        ask, name = ask_of(request, call), request.name
        accepted = request.accept_conflicts
        return await deliveries.cancel(name, request.etag, ask, self.store, self.clock, accept_conflicts=accepted)

    async def ProposePlan(self, request: planning_pb2.ProposePlanRequest, call: Call) -> bytes:
        """Begins to work out a proposal."""
        ask, wanted = ask_of(request, call), requests.wanted_of(request, self.clock.now())
        answer = await planning.propose(wanted, ask, self.store, self.clock)
        self.wake.call()
        return answer

    async def WatchProposal(
        self, request: planning_pb2.WatchProposalRequest, call: Call
    ) -> AsyncIterator[planning_pb2.WatchProposalResponse]:
        """Follows a proposal while it is worked out."""
        name = request.name
        async with aclosing(following.follow(name, self.store, self.keep_alive)) as steps:
            async for step in steps:
                yield await self._response(step.told)

    async def GetProposal(self, request: planning_pb2.GetProposalRequest, call: Call) -> planning_pb2.Proposal:
        """Returns a proposal."""
        name = request.name
        return await asyncio.to_thread(proposal_events.message_of, await planning.get(name, self.store))

    async def ListProposals(
        self, request: planning_pb2.ListProposalsRequest, call: Call
    ) -> planning_pb2.ListProposalsResponse:
        """Lists proposals."""
        states = requests.states_of(request.states)
        page = await page_of(self.store.database, request, call.caller, BY_TIME)
        found, last = await planning.page(states, page.after, page.size, self.store)
        token = page.token_after((last.created_at, last.name)) if last else ""
        messages = await in_steps(partial(proposal_events.message_of, whole=False), found)
        return planning_pb2.ListProposalsResponse(proposals=messages, next_page_token=token)

    async def EditProposal(self, request: planning_pb2.EditProposalRequest, call: Call) -> bytes:
        """Replaces the runs of a proposal."""
        ask, name = ask_of(request, call), request.name
        drafts = requests.drafts_of(request.runs)
        return await planning.edit(name, drafts, request.etag, ask, self.terms, self.store, self.clock)

    async def AcceptProposal(self, request: planning_pb2.AcceptProposalRequest, call: Call) -> bytes:
        """Accepts a proposal."""
        ask, name = ask_of(request, call), request.name
        behalf = Behalf.of(call)
        return await accepting.accept(
            name, request.etag, ask, behalf, self.terms, self.capacity, self.store, self.clock
        )

    async def RejectProposal(self, request: planning_pb2.RejectProposalRequest, call: Call) -> bytes:
        """Rejects a proposal."""
        ask, name = ask_of(request, call), request.name
        return await planning.reject(name, request.etag, ask, self.store, self.clock)

    async def _response(self, step: following.Step | None) -> planning_pb2.WatchProposalResponse:
        if step is None:
            alive = type_pb2.KeepAlive(server_time=stamp(self.clock.now()))
            return planning_pb2.WatchProposalResponse(keep_alive=alive)
        if isinstance(step, Proposal):
            proposal = await asyncio.to_thread(proposal_events.message_of, step)
            return planning_pb2.WatchProposalResponse(proposal=proposal)
        progress = planning_pb2.ProposalProgress(
            phase=step.phase, elapsed_seconds=step.elapsed_s, objective=step.objective, bound=step.bound
        )
        return planning_pb2.WatchProposalResponse(progress=progress)
