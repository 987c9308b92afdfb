"""Announcing, changing and cancelling isotope deliveries."""

from collections.abc import Sequence
from datetime import datetime

from services.kernel.asking import Ask
from services.kernel.clock import Clock
from services.kernel.db import Connection
from services.kernel.ids import uuid7
from services.planning.domain import deliveries as rules
from services.planning.domain.deliveries import Announced, DeliveryDraft, DeliveryHappened, FacilityUnknown
from services.planning.domain.uses import not_carried, refuse_in_use
from services.planning.events import deliveries as events
from services.planning.store import Store, deliveries, projection, proposals, uses


async def create(draft: DeliveryDraft, ask: Ask, store: Store, clock: Clock) -> bytes:
    """Announces a delivery."""

    async def work(conn: Connection) -> bytes:
        announced = rules.announce(f"isotopeDeliveries/{uuid7()}", draft, ask.by(clock.now()))
        if not await projection.exists(conn, draft.facility):
            raise FacilityUnknown(
                "There is no such facility.", facility=draft.facility, field="isotope_delivery.facility"
            )
        return await _save(conn, announced, DeliveryHappened.PLANNED, ask)

    return await store.perform(ask.request_key, clock.now(), work)


async def update(
    name: str, draft: DeliveryDraft, etag: str, ask: Ask, store: Store, clock: Clock, *, accept_conflicts: bool = False
) -> bytes:
    """Changes a delivery; runs that it would no longer carry must be accepted as conflicts."""

    async def work(conn: Connection) -> bytes:
        await proposals.take_turn(conn)
        before = await deliveries.load(conn, name, lock=True)
        after = rules.update(before, draft, etag, ask.by(clock.now()))
        return await _save(conn, after, DeliveryHappened.UPDATED, ask, await _lost(conn, after, accept_conflicts))

    return await store.perform(ask.request_key, clock.now(), work)


async def cancel(
    name: str, etag: str, ask: Ask, store: Store, clock: Clock, *, accept_conflicts: bool = False
) -> bytes:
    """Cancels a delivery; runs that were opened on it must be accepted as conflicts."""

    async def work(conn: Connection) -> bytes:
        await proposals.take_turn(conn)
        before = await deliveries.load(conn, name, lock=True)
        after = rules.cancel(before, etag, ask.by(clock.now()))
        return await _save(conn, after, DeliveryHappened.CANCELLED, ask, await _lost(conn, after, accept_conflicts))

    return await store.perform(ask.request_key, clock.now(), work)


async def get(name: str, store: Store) -> Announced:
    """A delivery."""
    async with store.reading() as conn:
        return await deliveries.load(conn, name)


async def page(
    wanted: deliveries.DeliveryFilter, after: tuple[datetime, str] | None, size: int, store: Store
) -> tuple[Sequence[Announced], Announced | None]:
    """A page of deliveries, and the last one if more follow."""
    async with store.reading() as conn:
        found = await deliveries.page(conn, wanted, after, size + 1)
    return found[:size], found[size - 1] if len(found) > size else None


async def _lost(conn: Connection, after: Announced, accept_conflicts: bool) -> Sequence[str]:
    """The runs that the delivery no longer carries after a change; refuses if there are any and none is accepted."""
    delivery = after.delivery.name
    lost = not_carried(after, await uses.of_delivery(conn, delivery), after.changed.at)
    if not accept_conflicts:
        refuse_in_use(delivery, lost)
    return lost


async def _save(
    conn: Connection, announced: Announced, happened: DeliveryHappened, ask: Ask, conflicting_runs: Sequence[str] = ()
) -> bytes:
    event = events.event_of(announced, happened, ask.traceparent, conflicting_runs)
    await deliveries.save(conn, announced, event)
    return events.message_of(announced, conflicting_runs).SerializeToString()
