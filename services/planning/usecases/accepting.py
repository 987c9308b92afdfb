"""Accepting a proposal: its runs are created and opened, and a repetition goes on where a fault broke it off."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from services.kernel.asking import Ask
from services.kernel.clock import Clock
from services.kernel.db import Connection
from services.kernel.errors import Unavailable
from services.kernel.rpc import Behalf
from services.network import Product
from services.planning.domain import proposals as rules
from services.planning.domain.limits import Broken, broken_limits
from services.planning.domain.plan import PlannedRun, RunPlan
from services.planning.domain.proposals import LimitsRefused, Proposal, ProposalHappened, State
from services.planning.domain.resources import World
from services.planning.domain.routing import DoseRouting
from services.planning.events import proposals as events
from services.planning.store import Store, proposals
from services.planning.store.worlds import world_of
from services.planning.usecases.planning import PlanningTerms, without_lead

RUNS_AT_ONCE = 4


class RunOpener(Protocol):
    """What planning needs of capacity."""

    async def open(self, proposal: str, run: PlannedRun, product: Product, behalf: Behalf) -> str:
        """Creates and opens a run and answers its name; does so once, however often it is asked."""
        ...


async def accept(
    name: str,
    etag: str,
    ask: Ask,
    behalf: Behalf,
    terms: PlanningTerms,
    capacity: RunOpener,
    store: Store,
    clock: Clock,
) -> bytes:
    """Accepts a proposal."""

    async def decide() -> bytes:
        # Three transactions, since capacity is called in between and no lock may wait for another service. What was
        # begun is in the database after each, so that any repetition, by any copy, goes on from there.
        world = await _begin(name, etag, ask, terms, store, clock)
        proposal = await _load(name, store)
        products = {product.name: product for product in world.products}
        await _open_all(proposal, products, behalf, capacity, store)

        async def work(conn: Connection) -> bytes:
            proposal = await proposals.load(conn, name, lock=True)
            if proposal.state is not State.ACCEPTED:  # a twin under another request id may have come to the end first
                proposal.require("", (State.ACCEPTING,))
                proposal = rules.accepted(proposal, ask.by(clock.now()))
                await proposals.save(
                    conn, proposal, events.event_of(proposal, ProposalHappened.ACCEPTED, ask.traceparent)
                )
            return events.message_of(proposal).SerializeToString()

        # Only at the end: an attempt that broke off must leave its request id free to be repeated.
        return await store.perform(ask.request_key, clock.now(), work)

    return await store.unless_answered(ask.request_key, decide)


async def _begin(name: str, etag: str, ask: Ask, terms: PlanningTerms, store: Store, clock: Clock) -> World:
    """Checks the runs against the world as it is now, and from then on the proposal is being accepted."""
    async with store.changing() as conn:
        await proposals.take_turn(conn)
        proposal = await proposals.load(conn, name, lock=True)
        # Whoever goes on has seen the version before the first attempt, or one on its way.
        proposal.require("" if proposal.state is State.ACCEPTING else etag, (State.READY, State.ACCEPTING))
        now = clock.now()
        world = without_lead(await world_of(conn, now, proposal, terms.lead, terms.claim_cutoff))
        rules.refuse_outdated(proposal, now)
        if proposal.state is State.READY:
            broken = await asyncio.to_thread(_broken, world, proposal.runs)
            if broken:
                raise LimitsRefused(broken, {run.id: place for place, run in enumerate(proposal.runs)})
            await proposals.save(conn, rules.accepting(proposal, ask.by(now)), None)
    return world


def _broken(world: World, runs: Sequence[PlannedRun]) -> list[Broken]:
    return broken_limits(world, DoseRouting(world), RunPlan(tuple(runs)))


async def _load(name: str, store: Store) -> Proposal:
    async with store.reading() as conn:
        return await proposals.load(conn, name)


async def _open_all(
    proposal: Proposal, products: dict[str, Product], behalf: Behalf, capacity: RunOpener, store: Store
) -> None:
    """Opens what is not open yet, some at a time; each is noted as soon as it is open."""
    turn, stopped = asyncio.Semaphore(RUNS_AT_ONCE), asyncio.Event()

    async def open_one(run: PlannedRun) -> None:
        async with turn:
            if stopped.is_set():
                return
            # Asked before each run and with no lock kept: whoever rejects the proposal waits for no other service.
            async with store.changing() as conn:
                standing = await proposals.state(conn, proposal.name)
            rules.require_state(proposal.name, standing, (State.ACCEPTING, State.ACCEPTED))
            product = products.get(run.product)
            if product is None:
                raise Unavailable("A product is away from the master data.", product=run.product, retry_after_ms=1000)
            opened = await capacity.open(proposal.name, run, product, behalf)
            async with store.changing() as conn:
                await proposals.became(conn, proposal.name, run, opened)

    # What was noted as open is not asked again; what was opened and not noted is, and capacity answers as before.
    left = [run for run in proposal.runs if run.id not in proposal.run_names]
    tasks = [asyncio.ensure_future(open_one(run)) for run in left]
    try:
        if tasks:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        # What is on its way comes to its end and is noted: a rejected proposal is never asked to go on.
        stopped.set()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in tasks:
        task.result()
