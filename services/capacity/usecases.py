"""Load, decide, save. Cuts and cancellations ask slotting's ledger in between, and survive a crash at any point."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from tenacity import AsyncRetrying, retry_if_result, stop_after_delay, wait_fixed

from services.capacity import domain, events
from services.capacity.domain import AskedRun, Changed, Provenance, Run
from services.capacity.domain.agreed import LedgerChange
from services.capacity.domain.refusals import RunChanging
from services.capacity.ledger import LedgerOrder, RunLedger, derived_id
from services.capacity.orders import take_order
from services.capacity.reports import take_report
from services.capacity.store import RunFilter, Store, Unit, intents
from services.kernel import idempotency
from services.kernel.asking import Ask
from services.kernel.clock import Clock
from services.kernel.db import Connection
from services.kernel.errors import GatewayError, Kind, Stale
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.rpc import Behalf
from services.kernel.signals import Signal
from services.network.refusals import RunUnknown

# Makes the answer's bytes of the run and the slots that lost their place.
Render: TypeAlias = Callable[[Run, Sequence[str]], bytes]

ATTEMPTS_MAX = 3
RETRY_AFTER_MS = 200
PRODUCT_WAIT_S, RECORDED_WITHIN_S, LOOK_EVERY_S = 1.0, 0.2, 0.02
# After these the ledger has certainly not done what it was asked. After the other kinds nobody knows.
DEFINITE = frozenset(
    {Kind.INVALID, Kind.NOT_FOUND, Kind.REFUSED, Kind.STALE, Kind.DENIED, Kind.UNAUTHENTICATED, Kind.BUSY}
)


@dataclass(frozen=True, slots=True)
class RunAsk(Ask):
    """What every change carries, and how its answer is rendered."""

    render: Render


@dataclass(frozen=True, slots=True)
class LedgerAsk:
    """A change that the ledger must agree to."""

    ask: RunAsk
    name: str
    etag: str
    change: LedgerChange
    accept_conflicts: bool
    behalf: Behalf


class _Meanwhile(Exception):
    """A twin of the request was withdrawn between two looks; look again."""


class _Outdated(Exception):
    """The run changed before the ledger was asked, so the ledger declined; decide on the run as it is now."""


async def create_run(draft: AskedRun, run_id: str, ask: RunAsk, store: Store, clock: Clock) -> bytes:
    """Plans a run."""

    async def work(conn: Connection) -> bytes:
        by = Provenance(ask.actor, clock.now(), ask.reason)
        unit = Unit(conn)
        shelf_life = await unit.shelf_life(draft.product)
        return await _save(unit, domain.plan_run(f"runs/{run_id or uuid7()}", draft, by, shelf_life), ask)

    return await store.perform(ask.request_key, clock.now(), work)


async def open_run(name: str, etag: str, ask: RunAsk, store: Store, clock: Clock, heard: Signal) -> bytes:
    """Opens a planned run for claims. `heard` is called when something of another service was applied."""
    await _until_product_is_known(name, store, heard)

    async def work(conn: Connection) -> bytes:
        unit = Unit(conn)
        run = await unit.lock_run(name)
        run.require_etag(etag)
        by = Provenance(ask.actor, clock.now(), ask.reason)
        return await _save(unit, domain.open_run(run, by, await unit.shelf_life(run.product)), ask)

    return await store.perform(ask.request_key, clock.now(), work)


async def start_run(
    name: str, etag: str, started_at: datetime | None, ask: RunAsk, store: Store, clock: Clock
) -> bytes:
    """Records that production has begun, at the instant of the call unless another is said."""

    async def work(conn: Connection) -> bytes:
        unit, by = Unit(conn), Provenance(ask.actor, clock.now(), ask.reason)
        run = await unit.lock_run(name)
        run.require_etag(etag)
        return await _save(unit, domain.start(run, started_at or by.at, by), ask)

    return await store.perform(ask.request_key, clock.now(), work)


async def _until_product_is_known(name: str, store: Store, heard: Signal) -> None:
    """Gives the news of a product that was made a moment ago time to arrive. A watch tells of an opening once, and not
    to those who may not know of the product yet. Longer than that nobody is kept: perhaps there is no such product."""
    loop = asyncio.get_running_loop()
    until_s, seen = loop.time() + PRODUCT_WAIT_S, heard.calls
    while not await store.product_known(name) and await heard.wait(seen, until_s - loop.time()):
        seen = heard.calls


async def get_run(name: str, partner: str | None, store: Store, clock: Clock) -> domain.View:
    """A run as the partner (None: an operator) may see it; what it may not see does not exist."""
    view = domain.view_of(await store.load(name), partner, clock.now())
    if view is None:
        raise RunUnknown("There is no such run.", run=name)
    return view


async def list_runs(
    wanted: RunFilter, after: tuple[datetime, str] | None, size: int, store: Store, clock: Clock
) -> tuple[list[domain.View], Run | None]:
    """A page of runs as the partner may see them, and the last one if more follow."""
    now = clock.now()
    runs = await store.page(wanted, now, after, size + 1)
    views = [view for run in runs[:size] if (view := domain.view_of(run, wanted.partner, now))]
    return views, runs[size - 1] if len(runs) > size else None


async def foresee(asked: LedgerAsk, store: Store, ledger: RunLedger, clock: Clock) -> tuple[Run, tuple[str, ...]]:
    """The slots that a cut would displace; changes nothing."""
    run = await store.load(asked.name)
    _decide(run, asked, clock)
    if not asked.change.needs_ledger(run):
        return run, ()
    order = _order(asked, run, run.version, validate_only=True)
    return run, await ledger.cut(order, asked.behalf)


async def change(asked: LedgerAsk, store: Store, ledger: RunLedger, clock: Clock) -> bytes:
    """Changes a run, once the ledger has if it must be asked; it stays so for a request that was asked before."""
    run = await store.load(asked.name)
    if asked.change.needs_ledger(run) or await intents.stands(store.database.pool, asked.ask.request_key):
        return await change_with_ledger(asked, store, ledger, clock)

    async def work(conn: Connection) -> bytes:
        unit = Unit(conn)
        run = await unit.lock_run(asked.name)
        _decide(run, asked, clock)
        if asked.change.needs_ledger(run):  # a run only shrinks, so what it could yield a moment ago it still can
            raise AssertionError(f"{asked.name} has grown")
        by = Provenance(asked.ask.actor, clock.now(), asked.ask.reason)
        return await _save(unit, asked.change.made(run, (), by), asked.ask)

    return await store.perform(asked.ask.request_key, clock.now(), work)


async def change_with_ledger(asked: LedgerAsk, store: Store, ledger: RunLedger, clock: Clock) -> bytes:
    """Cuts, cancels, completes or fails a run, once the ledger has.

    First it is stored, durably, which version the ledger will be asked to cut; only then is the ledger asked. Should
    this process die on the way, a repetition asks the ledger exactly the same, which answers what it did then.
    """
    for _ in range(ATTEMPTS_MAX):
        try:
            return await _attempt(asked, store, ledger, clock)
        except _Meanwhile:
            continue
        except _Outdated:
            await intents.withdraw(store.database.pool, asked.ask.request_key)
        except GatewayError as refusal:
            if refusal.kind in DEFINITE or isinstance(refusal, RunChanging):
                await intents.withdraw(store.database.pool, asked.ask.request_key)
            raise
    raise RunChanging("The run changes too often at the moment.", run=asked.name, retry_after_ms=RETRY_AFTER_MS)


async def hear(unit: Unit, event: Event, clock: Clock) -> None:
    """Applies what another service published."""
    if event.type == events.LEDGER_CUT:
        await take_over(unit, event, clock)
    elif event.type == events.PRODUCTION_REPORTED:
        await take_report(unit, event, clock)
    elif event.type == events.PRODUCTION_ORDER_CHANGED:
        await take_order(unit, event, clock)
    elif (product := events.product_in(event)) is not None:
        await unit.put_product(product)


async def take_over(unit: Unit, event: Event, clock: Clock) -> None:
    """Records a cut that the ledger published and this service did not record: it died in between, or was passed by."""
    name, made = events.ledger_cut_in(event)
    run = await unit.lock_run(name)
    changed = domain.converge(run, made, Provenance(event.actor, clock.now(), event.reason))
    if changed is not None:
        await unit.save(changed, event.traceparent)


async def _attempt(asked: LedgerAsk, store: Store, ledger: RunLedger, clock: Clock) -> bytes:
    """No connection is held and nothing is locked while the ledger is asked: that may take seconds."""
    key = asked.ask.request_key
    async with store.unit() as unit:
        run = await unit.run(asked.name)
        intent = await intents.begin(unit.conn, key, clock.now(), run.version)
        if intent.answer is None and run.version == intent.base_version:
            _decide(run, asked, clock)
    if intent.answer is not None:
        return intent.answer
    base = run if run.version == intent.base_version else await store.at_version(run.name, intent.base_version)
    conflicts = await _ask_ledger(asked, _order(asked, base or run, intent.base_version), store, ledger)
    async with store.unit() as unit:
        run = await unit.lock_run(asked.name)
        now = await intents.find(unit.conn, key)
        if now is None or now.base_version != intent.base_version:
            raise _Meanwhile
        if now.answer is not None:
            return now.answer
        changed = _changed(asked, run, intent.base_version, conflicts, clock)
        answer = await _save(unit, changed or run, asked.ask, conflicts)
        await idempotency.answer(unit.conn, asked.ask.request_key, answer)
        return answer


async def _ask_ledger(asked: LedgerAsk, order: LedgerOrder, store: Store, ledger: RunLedger) -> tuple[str, ...]:
    try:
        return await ledger.cut(order, asked.behalf)
    except Stale as stale:
        if await _moved_on(asked.name, order.base_version, store):
            raise _Outdated from stale
        # A cut that this service has not recorded yet stands in the ledger; its event is on the way.
        raise RunChanging("The run is being changed.", run=asked.name, retry_after_ms=RETRY_AFTER_MS) from stale


async def _moved_on(name: str, base_version: int, store: Store) -> bool:
    """Whether the run has another version, or gets it in a moment: whoever changed it in the ledger records it now."""
    moved = AsyncRetrying(
        retry=retry_if_result(lambda moved: not moved),
        stop=stop_after_delay(RECORDED_WITHIN_S),
        wait=wait_fixed(LOOK_EVERY_S),
        retry_error_callback=lambda _: False,
    )

    async def look() -> bool:
        return (await store.load(name)).version != base_version

    return await moved(look)


def _decide(run: Run, asked: LedgerAsk, clock: Clock) -> None:
    """Refuses first."""
    run.require_etag(asked.etag)
    asked.change.require(run, clock.now())


def _changed(asked: LedgerAsk, run: Run, base_version: int, conflicts: tuple[str, ...], clock: Clock) -> Changed | None:
    """What the ledger's consent makes of the run; None if its event has brought that here already."""
    by = Provenance(asked.ask.actor, clock.now(), asked.ask.reason)
    if run.version == base_version:
        return asked.change.made(run, conflicts, by)
    return asked.change.taken_over(run, conflicts, by)


def _order(asked: LedgerAsk, run: Run, base_version: int, *, validate_only: bool = False) -> LedgerOrder:
    of = asked.ask.request_key
    return LedgerOrder(
        run=asked.name,
        base_version=base_version,
        request_id=derived_id(of.request_id, of.partner, base_version, validate_only=validate_only),
        lower=asked.change.left_of(run),
        accept_conflicts=asked.accept_conflicts,
        reason=asked.change.cause or asked.ask.reason,
        failed=asked.change.fails,
        validate_only=validate_only,
    )


async def _save(unit: Unit, outcome: Changed | Run, ask: RunAsk, conflicts: Sequence[str] = ()) -> bytes:
    """Saves what changed, with its event; the answer."""
    if isinstance(outcome, Changed):
        await unit.save(outcome, ask.traceparent)
    run = outcome.run if isinstance(outcome, Changed) else outcome
    return ask.render(run, conflicts)
