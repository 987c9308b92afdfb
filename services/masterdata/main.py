"""Master data as a service: the one place that says which parts are real."""

from doselane.masterdata.v1 import masterdata_pb2, transit_proposal_pb2
from doselane.slotting.v1 import slotting_pb2

from services.kernel import process, standalone
from services.kernel.bus import Bus
from services.kernel.clock import Clock, SystemClock
from services.kernel.db import Connection, Database
from services.kernel.event import Event
from services.kernel.forgetting import forgetting
from services.kernel.inbox import Consumer
from services.kernel.outbox import Relay
from services.kernel.process import Service
from services.kernel.rpc import Client
from services.masterdata import events
from services.masterdata.events.proposals import DISTRIBUTION_TOPIC, LANE_MEASURED
from services.masterdata.ledger import SlottingNetworkLedger
from services.masterdata.rpc import MasterDataRpc, TransitProposalRpc
from services.masterdata.settings import Settings
from services.masterdata.store import SCHEMA, Store, Unit
from services.masterdata.usecases.proposals import take_in

NAME = "masterdata"
_LEDGER_SERVICE = slotting_pb2.DESCRIPTOR.services_by_name["LedgerService"]
_PROPOSAL_SERVICE = transit_proposal_pb2.DESCRIPTOR.services_by_name["TransitProposalService"]
_MASTERDATA_SERVICE = masterdata_pb2.DESCRIPTOR.services_by_name["MasterDataService"]


def service(settings: Settings, database: Database, bus: Bus, clock: Clock | None = None) -> Service:
    """Master data, built and not yet started."""
    clock = clock or SystemClock()
    relay = Relay(database, bus, events.TOPIC)
    client = Client(settings.slotting_target, _LEDGER_SERVICE)
    ledger = SlottingNetworkLedger(client, settings.ledger_timeout.total_seconds())
    store = Store(database, relay.wake)

    async def apply(conn: Connection, event: Event) -> None:
        unit = Unit(conn)
        await unit.become_only_writer()
        await take_in(unit, event, clock.now())

    types = frozenset({LANE_MEASURED})
    consumer = Consumer(bus, database, NAME, [DISTRIBUTION_TOPIC], apply, relay.wake, types=types)
    return Service(
        servicers=[
            (_MASTERDATA_SERVICE, MasterDataRpc(store, ledger, clock)),
            (_PROPOSAL_SERVICE, TransitProposalRpc(store, ledger, clock)),
        ],
        background=[relay.run, consumer.run, forgetting(database, settings.request_retention), client.run],
    )


async def main() -> None:
    """Run master data as a process."""
    await standalone.run(NAME, SCHEMA, Settings, lambda own, on: service(own, on.database, on.bus, on.clock))


if __name__ == "__main__":
    process.main(main)
