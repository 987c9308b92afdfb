"""The whole gateway in this process, on a database of its own, for tests that go through its public doors."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from doselane.capacity.v1 import capacity_pb2
from doselane.masterdata.v1 import masterdata_pb2
from doselane.slotting.v1 import slotting_pb2
from doselane.status.v1 import status_pb2
from doselane.type.v1 import type_pb2
from google.protobuf.message import Message
from google.type.interval_pb2 import Interval
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, wait_fixed

from services.kernel.errors import GatewayError
from services.kernel.ids import uuid7
from services.kernel.rpc import Client
from services.kernel.timestamps import stamp
from services.local.gateway import Gateway, Plan
from services.local.world import CENTRES, MANUFACTURER, MASTER_DATA, NORTHLAKE, PLANNER_SCOPES, SPONSOR_SCOPES
from tests.support.calls import SERVICES
from tests.support.postgres import Copies, Databases

PATIENCE_S = 60.0


async def a_gateways_database(databases: Databases, folder: Path) -> str:
    """A database with all schemas of the gateway in it, as a gateway that never served left them."""

    async def prepare(dsn: str) -> None:
        async with Gateway(Plan(dsn, folder / "prepared")):
            pass

    return await databases.prepared("gateway", prepare)


@pytest.fixture
async def gateway_dsn(databases: Databases, tmp_path: Path) -> str:
    """A gateway's database of the test's own."""
    return await a_gateways_database(databases, tmp_path)


@pytest.fixture
async def gateway(gateway_dsn: str, tmp_path: Path) -> AsyncIterator[Gateway]:
    """A running gateway of the test's own on the PostgreSQL bus."""
    plan = Plan(database_dsn=gateway_dsn, data_dir=tmp_path, keep_alive_s=0.5)
    async with Gateway(plan) as running:
        yield running


@pytest.fixture(scope="module")
async def shared_gateway(_copies: Copies, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gateway]:
    """A running gateway for all tests of a file, which look only at what they made themselves: its start takes long."""
    folder, databases = tmp_path_factory.mktemp("gateway"), Databases(_copies)
    plan = Plan(await a_gateways_database(databases, folder), folder, keep_alive_s=0.5)
    async with Gateway(plan) as running:
        yield running
    databases.give_back()


class Desk:
    """What tests do at a gateway's doors: call with a token, and bring about what a test starts from."""

    def __init__(self, gateway: Any) -> None:
        self.gateway = gateway
        self.now = gateway.clock.now() if isinstance(gateway, Gateway) else datetime.now(UTC)
        self._open = AsyncExitStack()
        self._clients: dict[str, Client] = {}
        self.staff = gateway.token(MANUFACTURER, *PLANNER_SCOPES)

    def sponsor(self, partner: str = NORTHLAKE) -> str:
        """A sponsor's token."""
        return self.gateway.token(partner, *SPONSOR_SCOPES)

    async def call(self, method: str, request: Message, token: str) -> Any:
        """Make the call `Service/Method`; raises the GatewayError of a refusal."""
        service, _, name = method.partition("/")
        return await self._client(service).call(name, request, token=token)

    def stream(self, method: str, request: Message, token: str) -> AsyncIterator[Any]:
        """Follow the stream `Service/Method`."""
        service, _, name = method.partition("/")
        return self._client(service).stream(name, request, token=token)

    async def open_run(self, vials: int = 5, allotted_to: str = "", **changes: Any) -> str:
        """The name of a Lu-177 run that takes claims, all of it in the pool or all of it allotted to one sponsor."""
        await self.import_master_data(MASTER_DATA)
        await self.until_slotting_knows("products/lu-ligand", *CENTRES)
        ends_at = self.now + timedelta(hours=24)
        pledged = type_pb2.Capacity(reference_activity_kbq=vials * 20_000_000, vials=vials)
        facts: dict[str, Any] = {
            "product": "products/lu-ligand",
            "nuclide": type_pb2.NUCLIDE_LU_177,
            "line": "facilities/quayside/lines/hot-cell-1",  # not in the master data: quality control is not counted
            "end_of_synthesis_time": stamp(ends_at),
            "claim_cutoff_time": stamp(ends_at - timedelta(hours=4)),
            "use_by_time": stamp(ends_at + timedelta(hours=72)),
            "pledged": pledged,
            "vial_reference_activity_max_kbq": 20_000_000,
        }
        run = capacity_pb2.Run(**{**facts, **changes})
        if allotted_to:
            back_at = stamp(ends_at - timedelta(hours=8))
            run.allotments.append(
                capacity_pb2.Allotment(partner=allotted_to, capacity=pledged, release_back_time=back_at)
            )
        made = await self.call(
            "CapacityService/CreateRun", capacity_pb2.CreateRunRequest(run=run, request_id=str(uuid7())), self.staff
        )
        await self.call(
            "CapacityService/OpenRun", capacity_pb2.OpenRunRequest(name=made.name, request_id=str(uuid7())), self.staff
        )
        availability = slotting_pb2.GetAvailabilityRequest(name=f"{made.name}/availability")
        who = self.sponsor(allotted_to or NORTHLAKE)
        await self.until(lambda: self.call("SlottingService/GetAvailability", availability, who))
        return made.name

    async def import_master_data(self, yaml: str) -> masterdata_pb2.ImportMasterDataResponse:
        """Creates and changes what the text says, whatever slots are in conflict."""
        request = masterdata_pb2.ImportMasterDataRequest(yaml=yaml, accept_conflicts=True, request_id=str(uuid7()))
        answer: masterdata_pb2.ImportMasterDataResponse = await self.call(
            "MasterDataService/ImportMasterData", request, self.staff
        )
        return answer

    async def until_slotting_knows(self, product: str, *sites: str, partner: str = NORTHLAKE) -> None:
        """Wait until slotting has heard of a product and of centres."""
        soon = Interval(start_time=stamp(self.now), end_time=stamp(self.now + timedelta(days=7)))
        for site in sites:
            wanted = slotting_pb2.SearchOffersRequest(product=product, site=site, administration_interval=soon)
            search = partial(self.call, "SlottingService/SearchOffers", wanted, self.sponsor(partner))
            await self.until(search)

    def demand(self, run: str, **changes: Any) -> slotting_pb2.SlotDemand:
        """7.4 GBq, a day after end of synthesis."""
        at = stamp(self.now + timedelta(hours=48))
        facts = {
            "run": run,
            "site": CENTRES[0],
            "administration": type_pb2.Activity(activity_mbq=7400.0, time=at),
            "order_reference": "ORDER-1",
        }
        return slotting_pb2.SlotDemand(**{**facts, **changes})

    async def claim(self, run: str, token: str, **changes: Any) -> slotting_pb2.Slot:
        """A confirmed slot."""
        request = slotting_pb2.ClaimSlotRequest(demand=self.demand(run, **changes), request_id=str(uuid7()))
        slot: slotting_pb2.Slot = await self.call("SlottingService/ClaimSlot", request, token)
        return slot

    async def dose_of(self, slot: slotting_pb2.Slot, token: str) -> status_pb2.Dose:
        """The slot's dose, once status has heard of it."""
        request = status_pb2.GetDoseRequest(name=slot.name.replace("slots/", "doses/"))
        dose: status_pb2.Dose = await self.until(lambda: self.call("StatusService/GetDose", request, token))
        return dose

    async def until(self, ask: Callable[[], Awaitable[Any]]) -> Any:
        """What `ask` answers, once it does: services hear of each other by events, so some answers take a moment."""
        async for attempt in AsyncRetrying(
            retry=retry_if_exception_type((GatewayError, AssertionError)),
            stop=stop_after_delay(PATIENCE_S),
            wait=wait_fixed(0.02),
            reraise=True,
        ):
            with attempt:
                return await ask()
        raise AssertionError("unreachable: the last attempt raises")

    async def close(self) -> None:
        """Close all channels."""
        await self._open.aclose()

    def _client(self, service: str) -> Client:
        if service not in self._clients:
            client = Client(self.gateway.grpc_target, SERVICES[service])
            self._open.push_async_callback(client.close)
            self._clients[service] = client
        return self._clients[service]


@pytest.fixture
async def desk(gateway: Gateway) -> AsyncIterator[Desk]:
    """A desk at a gateway of the test's own."""
    made = Desk(gateway)
    yield made
    await made.close()


@pytest.fixture(scope="module")
async def shared_desk(shared_gateway: Gateway) -> AsyncIterator[Desk]:
    """A desk at the gateway of a file's tests."""
    made = Desk(shared_gateway)
    yield made
    await made.close()
