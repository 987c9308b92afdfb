"""The tower as a service: the one place that says which parts are real."""

from doselane.slotting.v1 import slotting_pb2
from doselane.tower.v1 import tower_pb2

from services.kernel import process, standalone
from services.kernel.agent_consents import ConsentSeal
from services.kernel.bus import Bus
from services.kernel.clock import Clock, SystemClock
from services.kernel.db import Database, passes_by_itself
from services.kernel.forgetting import forgetting
from services.kernel.inbox import Consumer
from services.kernel.outbox import Relay
from services.kernel.process import Service
from services.kernel.rpc import Client
from services.kernel.supervise import periodically
from services.tower import events
from services.tower.events import heard
from services.tower.rpc import TowerRpc
from services.tower.settings import Settings
from services.tower.slotting import SlottingMoves
from services.tower.store import SCHEMA, Store
from services.tower.usecases import Drafts, Rescues, apply_all, judge_due, play_due, restate_due

NAME = "tower"
_SLOTTING = slotting_pb2.DESCRIPTOR.services_by_name["SlottingService"]
_SERVICE = tower_pb2.DESCRIPTOR.services_by_name["TowerService"]


def service(
    settings: Settings,
    database: Database,
    bus: Bus,
    clock: Clock | None = None,
    consents: ConsentSeal | None = None,
) -> Service:
    """The tower, built and not yet started. `consents` seals what lets automated agents change something."""
    clock = clock or SystemClock()
    relay = Relay(database, bus, events.TOPIC)
    store = Store(database, relay.wake)
    consumer = Consumer(
        bus,
        database,
        NAME,
        heard.TOPICS_HEARD,
        after_commit=relay.wake,
        types=heard.HEARD,
        apply_all=lambda conn, batch: apply_all(conn, batch, clock, settings.rescue_delay_max),
    )

    async def look_for_due() -> None:
        await judge_due(store, clock, settings.rescue_delay_max)
        await play_due(store, clock)
        await restate_due(store, clock)

    async def due() -> None:
        every_s = settings.due_every.total_seconds()
        await periodically("tower due", every_s, look_for_due, passes_by_itself, sooner=clock.moved)

    client = Client(settings.slotting_target, _SLOTTING)
    rescues = Rescues(
        store,
        SlottingMoves(client, settings.slotting_timeout.total_seconds()),
        settings.rescue_delay_max,
        settings.solving_max.total_seconds(),
        clock,
    )
    drafts = Drafts(store, clock, consents)
    servicer = TowerRpc(store, clock, settings.keep_alive, settings.rescue_delay_max, rescues, drafts)
    return Service(
        servicers=[(_SERVICE, servicer)],
        background=[relay.run, consumer.run, due, forgetting(database, settings.request_retention), client.run],
    )


def _of(own: Settings, on: standalone.Backing) -> Service:
    return service(own, on.database, on.bus, on.clock, on.consents)


async def main() -> None:
    """Run the tower as a process."""
    await standalone.run(NAME, SCHEMA, Settings, _of)


if __name__ == "__main__":
    process.main(main)
