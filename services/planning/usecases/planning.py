"""Asking for proposals, reading, editing and rejecting them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from services.kernel.asking import Ask
from services.kernel.clock import Clock
from services.kernel.db import Connection
from services.kernel.errors import Unavailable
from services.kernel.ids import uuid7
from services.planning.domain import proposals as rules
from services.planning.domain.deliveries import FacilityUnknown
from services.planning.domain.editing import RunDraft
from services.planning.domain.proposals import LimitsRefused, Proposal, ProposalHappened, QueueFull, State
from services.planning.domain.resources import World
from services.planning.domain.weeks import WEEK, week_of
from services.planning.events import proposals as events
from services.planning.solving.frames import JudgeTask, LimitsFrame
from services.planning.solving.process import SolverFailed, answer_of
from services.planning.store import Store, projection, proposals
from services.planning.store.worlds import world_of


@dataclass(frozen=True, slots=True)
class PlanningTerms:
    """How plans are made here: how long a proposal may wait, and when runs stop taking claims before their start."""

    lead: timedelta
    claim_cutoff: timedelta


@dataclass(frozen=True, slots=True)
class PlanOrder:
    """What to plan; without a first week, the next one."""

    first_week: date | None
    weeks: int
    facility: str
    solve_seconds_max: int


async def propose(wanted: PlanOrder, ask: Ask, store: Store, clock: Clock) -> bytes:
    """Stores that a proposal is to be worked out; a worker takes it up."""

    async def work(conn: Connection) -> bytes:
        if wanted.facility and not await projection.exists(conn, wanted.facility):
            raise FacilityUnknown("There is no such facility.", facility=wanted.facility, field="facility")
        # Counted without a lock: that a few more slip in at once does no harm.
        if await proposals.waiting(conn) >= rules.WAITING_MAX:
            raise QueueFull("Too many proposals are being worked out; wait for one.", retry_after_ms=10_000)
        now = clock.now()
        proposal = Proposal(
            f"proposals/{uuid7()}",
            State.SOLVING,
            wanted.first_week or week_of(now) + WEEK,
            wanted.weeks,
            wanted.facility,
            wanted.solve_seconds_max,
            now,
            ask.by(now),
        )
        await proposals.insert(conn, proposal)
        return events.message_of(proposal).SerializeToString()

    return await store.perform(ask.request_key, clock.now(), work)


async def get(name: str, store: Store) -> Proposal:
    """A proposal."""
    async with store.reading() as conn:
        return await proposals.load(conn, name)


async def page(
    states: Sequence[str], after: tuple[datetime, str] | None, size: int, store: Store
) -> tuple[Sequence[Proposal], Proposal | None]:
    """A page of proposals, newest first, and the last one if more follow."""
    async with store.reading() as conn:
        found = await proposals.page(conn, states, after, size + 1)
    return found[:size], found[size - 1] if len(found) > size else None


async def edit(
    name: str, drafts: Sequence[RunDraft], etag: str, ask: Ask, terms: PlanningTerms, store: Store, clock: Clock
) -> bytes:
    """Replaces the runs of a proposal, or names every limit that they break."""

    async def decide() -> bytes:
        # Judged first and without a lock, as it takes a while; the version says whether it still holds.
        async with store.reading() as conn:
            before = await proposals.load(conn, name)
            before.require(etag, (State.READY,))
            world = await world_of(conn, clock.now(), before, terms.lead, terms.claim_cutoff)
            covered = await proposals.serves(conn, name)
        known = {(run.id, run.product, run.line, run.start_at, run.delivery, run.pledged) for run in before.runs}
        same = {each.id for each in drafts if _key(each) in known}
        try:
            judged = await answer_of(JudgeTask(world, drafts, {each: covered[each] for each in same & covered.keys()}))
        except SolverFailed as fault:
            raise Unavailable("The runs could not be judged; try again.", retry_after_ms=1000) from fault
        if isinstance(judged, LimitsFrame):
            raise LimitsRefused(judged.limits, {draft.id: place for place, draft in enumerate(drafts)})

        async def work(conn: Connection) -> bytes:
            now_there = await proposals.load(conn, name, lock=True)
            now_there.require(before.etag, (State.READY,))
            after = rules.edited(now_there, judged.judged, ask.by(clock.now()))
            await proposals.save(conn, after, events.event_of(after, ProposalHappened.EDITED, ask.traceparent))
            await proposals.save_serves(conn, name, after.runs)
            return events.message_of(after).SerializeToString()

        return await store.perform(ask.request_key, clock.now(), work)

    return await store.unless_answered(ask.request_key, decide)


async def reject(name: str, etag: str, ask: Ask, store: Store, clock: Clock) -> bytes:
    """Rejects a proposal. One that is being worked out stops; runs that it became already stay as they are."""

    async def work(conn: Connection) -> bytes:
        before = await proposals.load(conn, name, lock=True)
        before.require(etag, (State.SOLVING, State.READY, State.ACCEPTING))
        after = rules.rejected(before, ask.by(clock.now()))
        await proposals.save(conn, after, events.event_of(after, ProposalHappened.REJECTED, ask.traceparent))
        return events.message_of(after).SerializeToString()

    return await store.perform(ask.request_key, clock.now(), work)


def without_lead(world: World) -> World:
    """The world for runs that are about to be opened: nothing waits for a planner any more."""
    return replace(world, lead=timedelta(0))


def _key(draft: RunDraft) -> tuple[object, ...]:
    return (draft.id, draft.product, draft.line, draft.start_at, draft.delivery, draft.pledged)
