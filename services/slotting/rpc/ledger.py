"""The calls of LedgerService: what the owners of other truths tell slotting. All are the manufacturer's own."""

from doselane.slotting.v1 import slotting_pb2

from services.kernel.db import Database
from services.kernel.rpc import Call
from services.slotting import events, store
from services.slotting.rpc import requests
from services.slotting.usecases import Ledger, preview


class LedgerRpc:
    """Serves doselane.slotting.v1.LedgerService."""

    def __init__(self, ledger: Ledger, database: Database) -> None:
        self._ledger = ledger
        self._database = database

    async def CutRunCapacity(self, request: slotting_pb2.CutRunCapacityRequest, call: Call) -> bytes:
        """Lowers or withdraws a run's capacity."""
        command = requests.cut_of(request, call.caller)
        return await self._ledger.execute_one(command, call.traceparent, call.deadline)

    async def PreviewNetworkChange(
        self, request: slotting_pb2.PreviewNetworkChangeRequest, call: Call
    ) -> slotting_pb2.PreviewNetworkChangeResponse:
        """Says which promised slots changes of master data would put at risk."""
        changes = requests.changes_of(request)
        pool = self._database.pool
        async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
            known = await store.known_resources(connection, request.deleted)
            threatened = await preview(connection, [*changes, *known])
        slots = events.threatened_messages((each.slot, each.risk) for each in threatened)
        return slotting_pb2.PreviewNetworkChangeResponse(slots=slots)
