"""Planning as a service: the one place that says which parts are real."""

from functools import partial

from doselane.capacity.v1 import capacity_pb2
from doselane.planning.v1 import forecast_pb2, planning_pb2

from services.kernel import process, standalone
from services.kernel.bus import Bus
from services.kernel.clock import Clock, SystemClock
from services.kernel.db import Database
from services.kernel.forgetting import forgetting
from services.kernel.inbox import Consumer
from services.kernel.outbox import Relay
from services.kernel.process import Service
from services.kernel.rpc import Client
from services.kernel.signals import Signal
from services.network.reading import CAPACITY_TOPIC, MASTERDATA_TOPIC, RUN_EVENTS
from services.planning import events
from services.planning.capacity import CapacityService
from services.planning.events import consumed
from services.planning.events.demands import DEMAND_CHANGED, ERP_TOPIC
from services.planning.rpc import ForecastRpc, PlanningRpc
from services.planning.settings import Settings
from services.planning.store import SCHEMA, Store, capacity_runs
from services.planning.usecases.demands import take_demand, tell_refused
from services.planning.usecases.planning import PlanningTerms
from services.planning.usecases.taking_in import take_in_all
from services.planning.usecases.working import Worker

NAME = "planning"
_FORECASTS = forecast_pb2.DESCRIPTOR.services_by_name["ForecastService"]
_PLANNING = planning_pb2.DESCRIPTOR.services_by_name["PlanningService"]
_CAPACITY = capacity_pb2.DESCRIPTOR.services_by_name["CapacityService"]


def service(settings: Settings, database: Database, bus: Bus, clock: Clock | None = None) -> Service:
    """Planning, built and not yet started."""
    clock = clock or SystemClock()
    relay = Relay(database, bus, events.TOPIC)
    store = Store(database, relay.wake)
    consumer = Consumer(
        bus,
        database,
        NAME,
        [MASTERDATA_TOPIC, events.SLOTTING_TOPIC],
        types=consumed.TYPES,
        apply_all=take_in_all,
    )
    runs = Consumer(
        bus,
        database,
        f"{NAME}-runs",
        [CAPACITY_TOPIC],
        types=frozenset(RUN_EVENTS),
        apply_all=capacity_runs.take_in_all,
    )
    # One event a transaction: each locks the series that it is about, and imports lock theirs in an order of their own.
    demand = Consumer(
        bus,
        database,
        f"{NAME}-demand",
        [ERP_TOPIC],
        partial(take_demand, clock=clock),
        relay.wake,
        types=frozenset({DEMAND_CHANGED}),
        tell_parked=partial(tell_refused, clock=clock),
        one_by_one=True,
    )
    terms, wake = PlanningTerms(settings.proposal_lead, settings.claim_cutoff), Signal()
    client = Client(settings.capacity_target, _CAPACITY)
    capacity = CapacityService(client, settings.capacity_timeout.total_seconds())
    planning = PlanningRpc(store, clock, capacity, terms, settings.keep_alive, wake)
    worker = Worker(store, clock, terms, settings.solver_lease, wake)
    return Service(
        servicers=[(_FORECASTS, ForecastRpc(store, clock)), (_PLANNING, planning)],
        background=[
            relay.run,
            consumer.run,
            runs.run,
            demand.run,
            worker.run,
            forgetting(database, settings.request_retention),
            client.run,
        ],
    )


async def main() -> None:
    """Run planning as a process."""
    await standalone.run(NAME, SCHEMA, Settings, lambda own, on: service(own, on.database, on.bus, on.clock))


if __name__ == "__main__":
    process.main(main)
