"""What an ERP states of a production order, followed by the run that it makes; what the rules refuse is told of."""

from services.capacity import domain, events
from services.capacity.domain import Provenance
from services.capacity.store import Unit, orders
from services.kernel import outbox
from services.kernel.clock import Clock
from services.kernel.db import Connection
from services.kernel.errors import GatewayError
from services.kernel.event import Event
from services.kernel.ids import uuid7


async def take_order(unit: Unit, event: Event, clock: Clock) -> None:
    """Brings the run in line with its production order. What is older than what counted last changes nothing.

    As with reports nobody is asked whether conflicts are accepted: the ledger marks the slots that lose their place in
    the transaction in which it hears of it.
    """
    stated, told_by = events.order_in(event)
    last = await orders.lock(unit.conn, stated.production_order)
    if last.since is not None and stated.since < last.since:
        return
    name = await unit.made_by(stated.production_order)
    run = await unit.lock_run(name) if name else None
    by = Provenance(event.actor or told_by, clock.now(), f"told by {told_by}")
    product = await unit.product(stated.product or (run.product if run else ""))
    for changed in domain.follow(run, stated, f"runs/{uuid7()}", product, by, events.shaped, last.pledged):
        await unit.save(changed, event.traceparent)
    await orders.put(unit.conn, stated)


async def tell_refused(conn: Connection, event: Event, fault: Exception, clock: Clock) -> None:
    """Publishes why a production order's statement was parked, so that its plant hears of it."""
    if event.type != events.PRODUCTION_ORDER_CHANGED or not isinstance(fault, GatewayError):
        return
    order = events.refused_subject(event).removeprefix("productionOrders/")
    number = await orders.refused(conn, order)
    await outbox.append(conn, [events.refused_event(event, fault, number, clock.now())])
