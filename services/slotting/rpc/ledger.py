"""The calls of LedgerService: what the owners of other truths tell slotting. All are the manufacturer's own."""

from doselane.slotting.v1 import slotting_pb2

from services.kernel.db import Database
from services.kernel.identity import OPERATOR_SCOPE
from services.kernel.rpc import Call
from services.slotting import store
from services.slotting.rpc import requests
from services.slotting.usecases import Ledger


class LedgerRpc:
    """Serves doselane.slotting.v1.LedgerService."""

    def __init__(self, ledger: Ledger, database: Database) -> None:
        self._ledger = ledger
        self._database = database

    async def CutRunCapacity(self, request: slotting_pb2.CutRunCapacityRequest, call: Call) -> bytes:
        """Lowers or withdraws a run's capacity."""
        call.caller.require(OPERATOR_SCOPE)
        command = requests.cut_of(request, call.caller)
        return await self._ledger.execute_one(command, call.traceparent, call.deadline)

    async def UpdateSite(self, request: slotting_pb2.UpdateSiteRequest, call: Call) -> slotting_pb2.Site:
        """Creates or replaces a centre."""
        call.caller.require(OPERATOR_SCOPE)
        site = request.site
        requests.check_site(site)
        document = site.SerializeToString(deterministic=True)
        await store.put_site(self._database.pool, site.name, document, call.caller.actor)
        return site

    async def UpdateLane(self, request: slotting_pb2.UpdateLaneRequest, call: Call) -> slotting_pb2.Lane:
        """Creates or replaces a lane."""
        call.caller.require(OPERATOR_SCOPE)
        lane = request.lane
        requests.check_lane(lane)
        document = lane.SerializeToString(deterministic=True)
        await store.put_lane(self._database.pool, lane.name, document, call.caller.actor)
        return lane
