"""Slotting as a service: the one place that says which parts are real."""

from doselane.slotting.v1 import slotting_pb2

from services.kernel import process, standalone
from services.kernel.bus import Bus
from services.kernel.db import FAULTS, Database
from services.kernel.errors import GatewayError
from services.kernel.forgetting import forgetting
from services.kernel.inbox import Consumer
from services.kernel.outbox import Relay
from services.kernel.process import Service
from services.kernel.supervise import periodically
from services.slotting import store
from services.slotting.domain import Settle
from services.slotting.events.orders import MOVED_TYPES, ORDER_TOPICS, ORDER_TYPES
from services.slotting.rpc import LedgerRpc, SlottingRpc
from services.slotting.settings import Settings
from services.slotting.usecases import Ledger, take_order, take_over

NAME = "slotting"
SCHEMA = store.SCHEMA
TOPIC = "doselane.slotting"
SWEEP_S_MAX = 1.0
_SERVICES = slotting_pb2.DESCRIPTOR.services_by_name


def service(settings: Settings, database: Database, bus: Bus) -> Service:
    """Slotting, built and not yet started."""
    relay = Relay(database, bus, TOPIC)
    ledger = Ledger(database, queue_max=settings.queue_claims_max, batch_max=settings.batch_claims_max, wake=relay.wake)
    topics = ["doselane.capacity", "doselane.quality", "doselane.distribution"]
    runs = Consumer(bus, database, NAME, topics, take_over, relay.wake)
    # By itself, so that no transaction asks for the network's lock that has locked runs already.
    network = Consumer(bus, database, f"{NAME}-network", ["doselane.masterdata"], take_over, relay.wake)
    # By itself too, and one event a transaction: an order searches first, and holds its locks no longer than a claim.
    orders = Consumer(
        bus,
        database,
        f"{NAME}-orders",
        (*ORDER_TOPICS, TOPIC),  # its own too: what becomes of an order's slot otherwise is told to its system
        take_order,
        relay.wake,
        types=ORDER_TYPES | MOVED_TYPES,
        one_by_one=True,
    )
    return Service(
        servicers=[
            (_SERVICES["SlottingService"], SlottingRpc(ledger, database)),
            (_SERVICES["LedgerService"], LedgerRpc(ledger, database)),
        ],
        background=[
            relay.run,
            ledger.run,
            runs.run,
            network.run,
            orders.run,
            lambda: sweep(ledger, database),
            forgetting(database, settings.request_retention),
        ],
    )


async def sweep(ledger: Ledger, database: Database) -> None:
    """Do soon what the clock has decided, so that others hear of it, and who waits is served. No rule depends on it."""
    pause_s = SWEEP_S_MAX

    async def work() -> None:
        nonlocal pause_s
        pause_s = SWEEP_S_MAX  # also after a fault
        runs = {*await store.overdue_runs(database.pool), *await store.queues_to_look_at(database.pool)}
        if runs:
            await ledger.execute([Settle(run) for run in runs])
        next_s = await store.next_expiry(database.pool)
        pause_s = SWEEP_S_MAX if next_s is None else min(max(next_s, 0.01), SWEEP_S_MAX)

    await periodically("sweeping", lambda: pause_s, work, lambda fault: isinstance(fault, (*FAULTS, GatewayError)))


async def main() -> None:
    """Run slotting as a process."""
    await standalone.run(NAME, SCHEMA, Settings, lambda own, on: service(own, on.database, on.bus))


if __name__ == "__main__":
    process.main(main)
