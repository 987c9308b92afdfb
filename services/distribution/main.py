"""Distribution as a service: the one place that says which parts are real."""

from doselane.distribution.v1 import a2_table_pb2, distribution_pb2, lane_pb2

from services.distribution import events
from services.distribution.rpc import A2TableRpc, DistributionRpc, LaneRpc
from services.distribution.settings import Settings
from services.distribution.store import SCHEMA, Store
from services.distribution.usecases.hearing import apply_all
from services.distribution.usecases.overdue import tell_overdue
from services.kernel import process, standalone
from services.kernel.bus import Bus
from services.kernel.clock import Clock, SystemClock
from services.kernel.db import Database, passes_by_itself
from services.kernel.forgetting import forgetting
from services.kernel.inbox import Consumer
from services.kernel.outbox import Relay
from services.kernel.process import Service
from services.kernel.signatures import SealingKeys
from services.kernel.supervise import periodically

NAME = "distribution"
_A2_TABLES = a2_table_pb2.DESCRIPTOR.services_by_name["A2TableService"]
_SHIPMENTS = distribution_pb2.DESCRIPTOR.services_by_name["DistributionService"]
_LANES = lane_pb2.DESCRIPTOR.services_by_name["LaneService"]


def service(settings: Settings, database: Database, bus: Bus, clock: Clock | None = None) -> Service:
    """Distribution, built and not yet started."""
    clock = clock or SystemClock()
    relay = Relay(database, bus, events.TOPIC)
    store = Store(database, relay.wake)
    consumer = Consumer(
        bus,
        database,
        NAME,
        events.TOPICS_HEARD,
        after_commit=relay.wake,
        types=events.HEARD,
        apply_all=lambda conn, batch: apply_all(conn, batch, clock),
    )

    async def look_for_overdue() -> None:
        await tell_overdue(store, clock)

    async def overdue() -> None:
        await periodically(
            "distribution overdue",
            settings.overdue_every.total_seconds(),
            look_for_overdue,
            passes_by_itself,
            sooner=clock.moved,
        )

    keys = SealingKeys.of(settings.signature_key_id, settings.signature_key.get_secret_value())
    shipments, a2_tables = DistributionRpc(store, clock, settings.keep_alive), A2TableRpc(store, clock, keys)
    return Service(
        servicers=[(_SHIPMENTS, shipments), (_A2_TABLES, a2_tables), (_LANES, LaneRpc(store, clock))],
        background=[relay.run, consumer.run, overdue, forgetting(database, settings.request_retention)],
    )


async def main() -> None:
    """Run distribution as a process."""
    await standalone.run(NAME, SCHEMA, Settings, lambda own, on: service(own, on.database, on.bus, on.clock))


if __name__ == "__main__":
    process.main(main)
