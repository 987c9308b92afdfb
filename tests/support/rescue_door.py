"""Slotting and the tower, both real, on one bus: doses are claimed, their run fails, the tower is asked what helps."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

from doselane.masterdata.v1 import events_pb2 as masterdata_events
from doselane.masterdata.v1 import resources_pb2
from doselane.slotting.v1 import slotting_pb2
from doselane.tower.v1 import incident_pb2, rescue_pb2, tower_pb2
from doselane.type.v1 import type_pb2
from google.protobuf.message import Message

from services.kernel.bus.memory import MemoryBus
from services.kernel.clock import VirtualClock
from services.kernel.db import Database
from services.kernel.errors import GatewayError
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.process import Service
from services.kernel.rpc import Client, Server
from services.kernel.timestamps import stamp
from services.slotting import main as slotting
from services.slotting.settings import Settings as SlottingSettings
from services.tower import main as tower
from services.tower.settings import Settings as TowerSettings
from tests.support.offers_door import AT, offers_schema
from tests.support.postgres import Databases
from tests.support.tokens import SEAL, Issuer
from tests.support.tower import HARBOR, LANE, NORTHLAKE, PRODUCT, RUN, SITE, at
from tests.support.tower_news import event, network_news, run_news, tower_schema

OTHER_RUN = "runs/lu-2"
STAFF = "partners/cdmo"
SPONSOR_SCOPES = ("tower.read", "tower.consent", "slotting.read", "slotting.claim")
STAFF_SCOPES = ("operator", "tower.operate", *SPONSOR_SCOPES)
BEGIN = -20  # hours before the end of synthesis
GBQ = 1_000_000
METHODS = {
    method.name: service
    for module in (tower_pb2, slotting_pb2)
    for service in module.DESCRIPTOR.services_by_name.values()
    for method in service.methods
}


class RescueDoor:
    """Calls both services as their partners do."""

    def __init__(
        self,
        databases: tuple[Database, Database],
        bus: MemoryBus,
        clock: VirtualClock,
        issuer: Issuer,
        targets: Mapping[str, str],
    ) -> None:
        self.slotting_db, self.tower_db = databases
        self.bus, self.clock, self.issuer, self._targets = bus, clock, issuer, targets
        self._clients: dict[str, Client] = {}

    def token(self, partner: str, *scopes: str, actor: str = "", **claims: Any) -> str:
        """A token of a partner, with all that it may do unless scopes are named."""
        scopes = scopes or (STAFF_SCOPES if partner == STAFF else SPONSOR_SCOPES)
        return self.issuer.token(partner, scopes, actor, now=self.clock.seconds(), **claims)

    async def call(self, request: Message, by: str = STAFF, token: str = "", consent: str = "") -> Any:
        """Makes the call whose request this is; raises the refusal."""
        method = type(request).__name__.removesuffix("Request")
        service = METHODS[method]
        if service.name not in self._clients:
            target = self._targets["Slotting" if service.file.package.startswith("doselane.slotting") else "Tower"]
            self._clients[service.name] = Client(target, service)
        client = self._clients[service.name]
        return await client.call(method, request, token=token or self.token(by), timeout_s=20, consent=consent)

    async def refusal(self, request: Message, by: str = STAFF, token: str = "", consent: str = "") -> GatewayError:
        """The refusal that must come."""
        try:
            answer = await self.call(request, by, token, consent)
        except GatewayError as refusal:
            return refusal
        raise AssertionError(f"{type(request).__name__} was answered: {answer}")

    async def publish(self, *events: Event) -> None:
        """Lets other services publish."""
        for each in events:
            await self.bus.publish(each.topic, [each])

    async def until(self, database: Database, statement: str, *arguments: Any) -> Any:
        """Waits until a query has an answer that is true."""
        call = database.listen()
        async with asyncio.timeout(30):
            while True:
                seen = call.calls
                if found := await database.pool.fetchval(statement, *arguments):
                    return found
                await call.wait(seen, 0.02)

    async def now(self, hours: float) -> None:
        """Moves the clock of both services on."""
        self.clock.advance_to(at(hours))
        await self.slotting_db.pool.execute(AT, at(hours))

    async def open_run(self, name: str, ends_at: float, vials: int = 4, version: int = 1) -> None:
        """A run that both services know."""
        await self.publish(a_run_news(name, ends_at, vials, version))
        await self.until(self.slotting_db, "SELECT true FROM run WHERE name = $1 AND version >= $2", name, version)
        await self.until(self.tower_db, "SELECT true FROM run WHERE name = $1 AND version >= $2", name, version)

    async def claim(self, run: str = RUN, by: str = NORTHLAKE, hours: float = 24, mbq: float = 7400) -> str:
        """A dose of a run; its id."""
        demand = slotting_pb2.SlotDemand(
            run=run,
            site=SITE,
            lane=LANE,
            administration=type_pb2.Activity(activity_mbq=mbq, time=stamp(at(hours))),
            order_reference="NL-1",
        )
        slot = await self.call(slotting_pb2.ClaimSlotRequest(demand=demand, request_id=str(uuid7())), by)
        return str(slot.name.removeprefix("slots/"))

    async def slot(self, dose: str) -> slotting_pb2.Slot:
        """The slot of a dose."""
        found: slotting_pb2.Slot = await self.call(slotting_pb2.GetSlotRequest(name=f"slots/{dose}"))
        return found

    async def fail(self, run: str = RUN, doses: int = 1) -> str:
        """A run fails; the name of the incident, once it touches so many doses that are at risk by it."""
        await self.publish(run_news("failed", 9, run, 0, nuclide=type_pb2.NUCLIDE_LU_177))
        await self.until(self.slotting_db, "SELECT count(*) = $2 FROM slot WHERE run = $1 AND at_risk", run, doses)
        look = "SELECT name FROM incident WHERE kind = $1 AND state <> 3 AND cardinality(doses) = $2"
        return str(await self.until(self.tower_db, look, incident_pb2.Incident.RUN_FAILED, doses))

    async def what_if(self, by: str = STAFF, **asked: Any) -> rescue_pb2.WhatIfResponse:
        """What would help."""
        answer: rescue_pb2.WhatIfResponse = await self.call(rescue_pb2.WhatIfRequest(**asked), by)
        return answer

    async def close(self) -> None:
        """Closes the clients."""
        for client in self._clients.values():
            await client.close()


def a_run_news(name: str, ends_at: float, vials: int = 4, version: int = 1) -> Event:
    """A run of so many vials of 10 GBq."""
    pledged = type_pb2.Capacity(reference_activity_kbq=vials * 10 * GBQ, vials=vials)
    facts = {"nuclide": type_pb2.NUCLIDE_LU_177, "vial_reference_activity_max_kbq": 20 * GBQ}
    return run_news("opened", version, name, ends_at, pledged=pledged, **facts)


def the_network() -> list[Event]:
    """That of the tower's tests, with a centre that is licensed, for two sponsors."""
    licence = resources_pb2.Licence(
        nuclide=type_pb2.NUCLIDE_LU_177,
        activity_max_mbq=20_000,
        valid_until_time=stamp(datetime.fromisoformat("2040-01-01T00:00:00+00:00")),
    )
    partners = [NORTHLAKE, HARBOR]
    site = resources_pb2.Site(name=SITE, time_zone="UTC", partners=partners, licences=[licence])
    product = resources_pb2.Product(
        name=PRODUCT,
        nuclide=type_pb2.NUCLIDE_LU_177,
        partners=partners,
        activity_nominal_mbq=7400,
        activity_min_mbq=6660,
        qc_minutes=240,
        shelf_life_minutes=4320,
    )
    newer = [resources_pb2.Resource(site=site), resources_pb2.Resource(product=product)]
    told = [masterdata_events.ResourceUpdated(resource=each, version=2) for each in newer]
    names = (SITE, PRODUCT)
    return [
        *network_news(),
        *(event("masterdata.resource.updated", name, each, 2) for name, each in zip(names, told, strict=True)),
    ]


@asynccontextmanager
async def a_rescue_door(databases: Databases) -> AsyncIterator[RescueDoor]:
    """Both services, with a run that doses are claimed of and another one a quarter of a day later."""
    bus, clock = MemoryBus(), VirtualClock(at(BEGIN))
    async with AsyncExitStack() as cleanup:
        slotting_db = await Database.connect(await databases.prepared("offers", offers_schema), "slotting", pool_size=8)
        cleanup.push_async_callback(slotting_db.close)
        tower_db = await Database.connect(await databases.prepared("tower", tower_schema), "tower", pool_size=8)
        cleanup.push_async_callback(tower_db.close)
        await slotting_db.pool.execute(AT, at(BEGIN))
        issuer = Issuer()
        made = slotting.service(SlottingSettings(), slotting_db, bus)
        slottings = await _served(made, issuer, clock, cleanup)
        quick = TowerSettings(due_every=timedelta(seconds=0.1), slotting_target=slottings)
        towers = await _served(tower.service(quick, tower_db, bus, clock, SEAL), issuer, clock, cleanup)
        door = RescueDoor((slotting_db, tower_db), bus, clock, issuer, {"Slotting": slottings, "Tower": towers})
        cleanup.push_async_callback(door.close)
        await door.publish(*the_network())
        for database, count in ((slotting_db, "network"), (tower_db, "resource")):
            await door.until(database, f"SELECT count(*) = 4 AND max(version) = 2 FROM {count}")
        await door.open_run(RUN, 0)
        await door.open_run(OTHER_RUN, 6)
        yield door


async def _served(made: Service, issuer: Issuer, clock: VirtualClock, cleanup: AsyncExitStack) -> str:
    """Where a service answers."""
    server = Server("127.0.0.1:0", issuer.verifier(clock.seconds))
    for descriptor, servicer in made.servicers:
        server.add(descriptor, servicer)
    await server.start()
    tasks = [asyncio.create_task(each()) for each in made.background]  # type: ignore[arg-type]
    cleanup.push_async_callback(_ended, tasks)
    cleanup.push_async_callback(server.stop, 0)
    return f"127.0.0.1:{server.port}"


async def _ended(tasks: Sequence["asyncio.Task[None]"]) -> None:
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
