"""The calls of CapacityService."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from doselane.capacity.v1 import capacity_pb2

from services.capacity import events, usecases
from services.capacity.domain import Run
from services.capacity.ledger import RunLedger
from services.capacity.rpc import requests
from services.capacity.store import Store
from services.capacity.watching import RunWatcher, watch_runs
from services.kernel.clock import Clock
from services.kernel.cursors import Cursors
from services.kernel.paging import BY_TIME, page_of
from services.kernel.rpc import Call
from services.kernel.signals import Signal
from services.kernel.steps import in_steps
from services.kernel.watching import responses


@dataclass(frozen=True, slots=True)
class CapacityRpc:
    """Serves doselane.capacity.v1.CapacityService."""

    store: Store
    ledger: RunLedger
    clock: Clock
    keep_alive: timedelta
    # However many cuts come, slotting keeps room for claims.
    ledger_turn: asyncio.Semaphore
    # Called when something that another service published was applied.
    heard: Signal = field(default_factory=Signal)

    async def CreateRun(self, request: capacity_pb2.CreateRunRequest, call: Call) -> bytes:
        """Plans a run."""
        ask = requests.ask_of(request, call, self._run)
        return await usecases.create_run(events.asked_of(request.run), request.run_id, ask, self.store, self.clock)

    async def GetRun(self, request: capacity_pb2.GetRunRequest, call: Call) -> capacity_pb2.Run:
        """Returns one run."""
        name = request.name
        view = await usecases.get_run(name, call.caller.viewer, self.store, self.clock)
        return events.message_of(view)

    async def ListRuns(self, request: capacity_pb2.ListRunsRequest, call: Call) -> capacity_pb2.ListRunsResponse:
        """Lists runs."""
        wanted = requests.filter_of(request, call.caller)
        page = await page_of(self.store.database, request, call.caller, BY_TIME)
        views, last = await usecases.list_runs(wanted, page.after, page.size, self.store, self.clock)
        token = page.token_after((last.end_of_synthesis_at, last.name)) if last else ""
        return capacity_pb2.ListRunsResponse(runs=await in_steps(events.message_of, views), next_page_token=token)

    async def OpenRun(self, request: capacity_pb2.OpenRunRequest, call: Call) -> bytes:
        """Opens a planned run."""
        ask, name = requests.ask_of(request, call, self._run), request.name
        return await usecases.open_run(name, request.etag, ask, self.store, self.clock, self.heard)

    async def CutRun(self, request: capacity_pb2.CutRunRequest, call: Call) -> capacity_pb2.CutRunResponse | bytes:
        """Lowers what a run can yield."""
        asked = requests.cut_of(request, call, self._cut)
        if request.validate_only:
            run, conflicts = await usecases.foresee(asked, self.store, self.ledger, self.clock)
            return capacity_pb2.CutRunResponse(run=self._full(run), conflicting_slots=conflicts)
        async with self.ledger_turn:
            return await usecases.change_with_ledger(asked, self.store, self.ledger, self.clock)

    async def CancelRun(self, request: capacity_pb2.CancelRunRequest, call: Call) -> bytes:
        """Cancels a run."""
        asked = requests.cancel_of(request, call, self._cancellation)
        async with self.ledger_turn:
            return await usecases.change_with_ledger(asked, self.store, self.ledger, self.clock)

    async def StartRun(self, request: capacity_pb2.StartRunRequest, call: Call) -> bytes:
        """Records that production has begun."""
        ask, started_at = requests.ask_of(request, call, self._run), requests.start_of(request)
        return await usecases.start_run(request.name, request.etag, started_at, ask, self.store, self.clock)

    async def CompleteRun(
        self, request: capacity_pb2.CompleteRunRequest, call: Call
    ) -> capacity_pb2.CompleteRunResponse | bytes:
        """Records that synthesis has ended."""
        asked = requests.completion_of(request, call, self._completion)
        if request.validate_only:
            run, conflicts = await usecases.foresee(asked, self.store, self.ledger, self.clock)
            return capacity_pb2.CompleteRunResponse(run=self._full(run), conflicting_slots=conflicts)
        async with self.ledger_turn:
            return await usecases.change(asked, self.store, self.ledger, self.clock)

    async def FailRun(self, request: capacity_pb2.FailRunRequest, call: Call) -> capacity_pb2.FailRunResponse | bytes:
        """Records that manufacture failed."""
        asked = requests.failure_of(request, call, self._failure)
        if request.validate_only:
            run, conflicts = await usecases.foresee(asked, self.store, self.ledger, self.clock)
            return capacity_pb2.FailRunResponse(run=self._full(run), conflicting_slots=conflicts)
        async with self.ledger_turn:
            return await usecases.change_with_ledger(asked, self.store, self.ledger, self.clock)

    async def WatchRuns(
        self, request: capacity_pb2.WatchRunsRequest, call: Call
    ) -> AsyncIterator[capacity_pb2.WatchRunsResponse]:
        """Follows the changes of runs."""
        partner = call.caller.viewer
        watcher = RunWatcher(partner, request.product)
        cursors = await Cursors.of(self.store.database, "WatchRuns", partner)
        after = cursors.read(request.cursor, await self.store.log_end()) if request.cursor else None
        sightings = watch_runs(watcher, after, self.store, self.keep_alive)
        async for response in responses(sightings, cursors, self.clock, capacity_pb2.WatchRunsResponse, "run"):
            yield response

    def _run(self, run: Run, _: Sequence[str]) -> bytes:
        return self._full(run).SerializeToString()

    def _cut(self, run: Run, conflicts: Sequence[str]) -> bytes:
        return capacity_pb2.CutRunResponse(run=self._full(run), conflicting_slots=conflicts).SerializeToString()

    def _cancellation(self, run: Run, conflicts: Sequence[str]) -> bytes:
        return capacity_pb2.CancelRunResponse(run=self._full(run), conflicting_slots=conflicts).SerializeToString()

    def _completion(self, run: Run, conflicts: Sequence[str]) -> bytes:
        return capacity_pb2.CompleteRunResponse(run=self._full(run), conflicting_slots=conflicts).SerializeToString()

    def _failure(self, run: Run, conflicts: Sequence[str]) -> bytes:
        return capacity_pb2.FailRunResponse(run=self._full(run), conflicting_slots=conflicts).SerializeToString()

    def _full(self, run: Run) -> capacity_pb2.Run:
        return events.full_message(run, self.clock.now())
