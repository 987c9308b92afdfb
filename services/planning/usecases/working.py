"""The worker: takes up proposals that wait, works them out in a process beside it, and says how far it is."""

import asyncio
import logging
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from services.kernel.clock import Clock
from services.kernel.db import passes_by_itself
from services.kernel.signals import Signal
from services.kernel.supervise import supervise
from services.planning.domain import proposals as rules
from services.planning.domain.forecast import Provenance
from services.planning.domain.proposals import ProposalHappened, State
from services.planning.events import proposals as events
from services.planning.solving.frames import Done, Failed, Frame, ProgressFrame, ProposeTask
from services.planning.solving.process import SolverFailed, frames_of
from services.planning.store import Store, proposals
from services.planning.store.worlds import world_of
from services.planning.usecases.planning import PlanningTerms

log = logging.getLogger(__name__)

ACTOR = "doselane/planning"
LOOK_EVERY_S = 2.0
# A proposal that has brought down its worker so often is given up.
ATTEMPTS_MAX = 3


@dataclass
class Worker:
    """Works out one proposal after the other; any number of copies may run beside each other."""

    store: Store
    clock: Clock
    terms: PlanningTerms
    lease: timedelta
    wake: Signal

    def __post_init__(self) -> None:
        self._id: UUID = uuid4()

    async def run(self) -> None:
        """Works until cancelled."""
        await supervise("the planning worker", self._work, passes_by_itself)

    async def _work(self) -> None:
        while True:
            seen = self.wake.calls
            taken = await proposals.take(self.store.database, self._id, self.lease)
            if taken is None:
                await self.wake.wait(seen, LOOK_EVERY_S)
            else:
                await self._solve(*taken)

    async def _solve(self, name: str, attempts: int) -> None:
        if attempts > ATTEMPTS_MAX:
            await self._end(name, Failed(f"It was given up after {ATTEMPTS_MAX} attempts."))
            return
        async with self.store.reading() as conn:
            proposal = await proposals.load(conn, name)
            try:
                world = await world_of(conn, self.clock.now(), proposal, self.terms.lead, self.terms.claim_cutoff)
            except (ValueError, KeyError) as fault:  # master data that nobody can read: say so rather than try again
                log.exception("%s cannot be worked out", name)
                await self._end(name, Failed(f"The master data cannot be read: {fault!r}"))
                return
        try:
            answer = await self._watch(name, ProposeTask(world, float(proposal.solve_seconds_max)))
        except SolverFailed as fault:
            log.exception("the solver of %s failed", name)
            answer = Failed(str(fault))
        if answer is not None:
            await self._end(name, answer)

    async def _watch(self, name: str, task: ProposeTask) -> Frame | None:
        """What the solver found; None if the proposal was rejected, or taken from this worker."""
        async with aclosing(frames_of(task)) as frames:
            coming = asyncio.ensure_future(anext(frames))
            try:
                while True:
                    # A sixth of the lease: several beats may be lost before another worker takes over.
                    done, _ = await asyncio.wait((coming,), timeout=self.lease.total_seconds() / 6)
                    frame = coming.result() if done else None
                    if frame is not None and not isinstance(frame, ProgressFrame):
                        return frame
                    told = (frame.phase, frame.objective, frame.bound) if frame else ()
                    if not await proposals.keep(self.store.database, name, self._id, self.lease, *told):
                        return None
                    if frame is not None:
                        coming = asyncio.ensure_future(anext(frames))
            finally:
                coming.cancel()
                await asyncio.gather(coming, return_exceptions=True)

    async def _end(self, name: str, answer: Frame) -> None:
        async with self.store.changing() as conn:
            before = await proposals.load(conn, name, lock=True)
            # Rejected meanwhile, or leased to another since this worker fell silent: then its answer no longer counts.
            if before.state is not State.SOLVING or not await proposals.held_by(conn, name, self._id):
                return
            by = Provenance(ACTOR, self.clock.now(), "")
            if isinstance(answer, Done):
                after = rules.ready(before, answer.judged, answer.greedy_score, by)
                await proposals.save_serves(conn, name, after.runs)
            else:
                after = rules.failed(before, answer.text if isinstance(answer, Failed) else repr(answer), by)
            happened = ProposalHappened.READY if after.state is State.READY else ProposalHappened.FAILED
            await proposals.save(conn, after, events.event_of(after, happened, ""))
