"""What an ERP tells of production, recorded by the rules of the calls; what they refuse is parked with its reason."""

from services.capacity import domain, events
from services.capacity.domain import Provenance
from services.capacity.store import Unit, waiting
from services.kernel.clock import Clock
from services.kernel.db import Connection
from services.kernel.event import Event
from services.network.refusals import RunUnknown


async def take_report(unit: Unit, event: Event, clock: Clock) -> None:
    """Records what an ERP told; nothing if it is known already.

    A report is a fact, so nobody is asked whether conflicts are accepted: the ledger marks the slots that lose their
    place in the transaction in which it hears of it.
    """
    report = events.report_in(event)
    name = report.run or await unit.made_by(report.production_order)
    if not name:
        raise RunUnknown("No run is made by this production order.", production_order=report.production_order)
    by = Provenance(event.actor or report.told_by, clock.now(), f"told by {report.told_by}")
    changed = domain.told(await unit.lock_run(name), report.fact, by)
    if changed is not None:
        await unit.save(changed, event.traceparent)


async def wait_for_run(conn: Connection, event: Event, fault: Exception) -> None:
    """A report that is parked for want of a run is read again where the run has appeared meanwhile.

    A run that appears later asks for it itself. What a run has refused is not read again: nothing would be new.
    """
    if event.type != events.PRODUCTION_REPORTED or not isinstance(fault, RunUnknown):
        return
    order = events.reported_order(event)
    await waiting.lock(conn, order)
    if await Unit(conn).made_by(order) is not None:
        await waiting.ask_again(conn, order)
