"""The calls of SlottingService about waiting for capacity, and about what became of allotments."""

from uuid import UUID

from doselane.slotting.v1 import slotting_pb2

from services.kernel.db import Database
from services.kernel.errors import Denied, Invalid
from services.kernel.identity import Caller
from services.kernel.ids import uuid7, uuid_of
from services.kernel.paging import BY_ID, BY_TIME, page_of
from services.kernel.rpc import Call
from services.kernel.steps import in_steps
from services.kernel.timestamps import optional_instant, stamp
from services.network.reading import capacity_message
from services.slotting import events, store
from services.slotting.domain import Join, Leave, StandbyState, Usage
from services.slotting.domain.refusals import StandbyUnknown
from services.slotting.rpc import requests
from services.slotting.usecases import Ledger


class StandbyCalls:
    """Part of what SlottingRpc serves."""

    _ledger: Ledger
    _database: Database

    async def JoinStandby(self, request: slotting_pb2.JoinStandbyRequest, call: Call) -> bytes:
        """Queues an order for a full run."""
        return await self._ledger.execute_one(join_of(request, call.caller), call.traceparent, call.deadline)

    async def LeaveStandby(self, request: slotting_pb2.LeaveStandbyRequest, call: Call) -> bytes:
        """Takes an order out of the queue."""
        return await self._ledger.execute_one(leave_of(request, call.caller), call.traceparent, call.deadline)

    async def GetStandby(self, request: slotting_pb2.GetStandbyRequest, call: Call) -> slotting_pb2.Standby:
        """One standby of the caller."""
        standby_id = _standby_id_of(request.name)
        standby = await store.find_standby(self._database.pool, standby_id, _bound(call))
        if standby is None:
            raise StandbyUnknown("There is no such standby.", standby=f"standbys/{standby_id}")
        return events.standby_message(standby)

    async def ListStandbys(
        self, request: slotting_pb2.ListStandbysRequest, call: Call
    ) -> slotting_pb2.ListStandbysResponse:
        """A page of the caller's standbys."""
        wanted = store.StandbyFilter(
            partner=_bound(call),
            run=request.run,
            states=tuple(map(StandbyState, request.states)),
        )
        page = await page_of(self._database, request, call.caller, BY_ID)
        found = await store.list_standbys(self._database.pool, wanted, page.after, page.limit)
        shown, token = page.cut(found, lambda standby: standby.id)
        return slotting_pb2.ListStandbysResponse(
            standbys=await in_steps(events.standby_message, shown), next_page_token=token
        )

    async def ListAllotmentUsages(
        self, request: slotting_pb2.ListAllotmentUsagesRequest, call: Call
    ) -> slotting_pb2.ListAllotmentUsagesResponse:
        """A page of what became of a sponsor's allotments."""
        wanted = usage_filter_of(request, call.caller)
        page = await page_of(self._database, request, call.caller, BY_TIME)
        found = await store.list_usages(self._database.pool, wanted, page.after, page.limit)
        shown, token = page.cut(found, lambda usage: (usage.run.end_of_synthesis_at, usage.run.name))
        return slotting_pb2.ListAllotmentUsagesResponse(
            usages=await in_steps(usage_message, shown), next_page_token=token
        )


def join_of(request: slotting_pb2.JoinStandbyRequest, caller: Caller) -> Join:
    """An order to be queued."""
    demand = requests.demand_of(request.demand, caller)
    return Join(**requests.signature_of(request, caller), slot_id=uuid7(), demand=demand, standby_id=uuid7())


def leave_of(request: slotting_pb2.LeaveStandbyRequest, caller: Caller) -> Leave:
    """An order to be taken out of the queue."""
    standby_id = _standby_id_of(request.name)
    return Leave(**requests.signature_of(request, caller), standby_id=standby_id, etag=request.etag)


def usage_filter_of(request: slotting_pb2.ListAllotmentUsagesRequest, caller: Caller) -> store.UsageFilter:
    """Whose usages, and of which runs."""
    if caller.operator and not request.partner:
        raise Invalid("partner is required of operators: name the sponsor.", field="partner")
    from_at = optional_instant(request, "end_of_synthesis_from_time")
    until_at = optional_instant(request, "end_of_synthesis_until_time")
    if from_at and until_at and until_at <= from_at:
        raise Invalid(
            "end_of_synthesis_until_time must be after end_of_synthesis_from_time.", field="end_of_synthesis_until_time"
        )
    if request.partner not in ("", caller.partner) and not caller.operator:
        raise Denied("You can list only for the partner that your token speaks for.", field="partner")
    return store.UsageFilter(
        partner=request.partner or caller.partner,
        product=request.product,
        from_at=from_at,
        until_at=until_at,
    )


def usage_message(usage: Usage) -> slotting_pb2.AllotmentUsage:
    """A usage as published."""
    return slotting_pb2.AllotmentUsage(
        run=usage.run.name,
        product=usage.run.product,
        end_of_synthesis_time=stamp(usage.run.end_of_synthesis_at),
        allotted=capacity_message(usage.allotted),
        claimed=capacity_message(usage.claimed),
        returned=capacity_message(usage.returned),
        free=capacity_message(usage.free),
        claimed_from_pool=capacity_message(usage.claimed_from_pool),
        release_back_time=stamp(usage.release_back_at),
        gone=usage.gone.value,  # type: ignore[arg-type]  # the same number; the stubs know the wrapper only
    )


def _standby_id_of(name: str) -> UUID:
    """The id in `standbys/{standby}`."""
    return uuid_of(name.removeprefix("standbys/"), "name")


def _bound(call: Call) -> str | None:
    """The partner whose standbys the caller may see; None: of all."""
    return None if call.caller.operator else call.caller.partner
