"""Master data and the real ledger together: a change names the slots it would harm, and they hear of it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from doselane.masterdata.v1 import masterdata_pb2, resources_pb2
from doselane.slotting.v1 import slotting_pb2

from services.kernel.bus.memory import MemoryBus
from services.kernel.db import Database
from services.kernel.errors import GatewayError
from services.kernel.rpc import Client, Server
from services.kernel.timestamps import stamp
from services.masterdata import main
from services.masterdata.settings import Settings
from services.slotting import main as slotting_main
from services.slotting.settings import Settings as SlottingSettings
from tests.integration.masterdata.conftest import SERVICE, creating, updating
from tests.support.masterdata import NORTHLAKE, a_product, a_site, licence, masterdata_schema, new_id
from tests.support.postgres import Databases
from tests.support.slotting import a_book, a_claim, a_demand, a_run, projected, slotting_schema, violations
from tests.support.slotting_desk import decided
from tests.support.tokens import Issuer

CLINIC = "sites/harbour-view"


class Plant:
    """Both services, a run that can be claimed, and an operator."""

    def __init__(self, client: Client, slotting_db: Database) -> None:
        self.client, self.slotting_db, self.now = client, slotting_db, datetime.now(UTC)

    def site(self, **changes: object) -> resources_pb2.Site:
        """A centre that receives at any time."""
        facts = {"weekly_windows": [], "dated_windows": [], "licences": [licence(self.now + timedelta(days=365))]}
        return a_site(name=CLINIC, **{**facts, **changes})

    async def slot(self) -> slotting_pb2.Slot:
        """A promised dose at the centre, once the ledger has heard of the centre."""
        known = "SELECT EXISTS (SELECT FROM network WHERE name = $1)"
        async with asyncio.timeout(60):
            while not await self.slotting_db.pool.fetchval(known, CLINIC):
                await asyncio.sleep(0.01)
        async with self.slotting_db.transaction() as connection:
            await decided(connection, projected(a_book(a_run(now=self.now))))
        demand = a_demand(site=CLINIC, partner=NORTHLAKE, now=self.now)
        async with self.slotting_db.transaction() as connection:
            [answer] = await decided(connection, a_claim(demand))
        return slotting_pb2.Slot.FromString(answer)

    async def at_risk(self) -> None:
        """Returns once the ledger says that the one slot is at risk."""
        async with asyncio.timeout(60):
            while not await self.slotting_db.pool.fetchval("SELECT at_risk FROM slot"):
                await asyncio.sleep(0.01)


@pytest.fixture
async def plant(databases: Databases, issuer: Issuer) -> AsyncIterator[Plant]:
    """Master data in one server, the ledger in another, a bus between them."""
    own_db = await Database.connect(
        await databases.prepared("masterdata", masterdata_schema), "masterdata", pool_size=4
    )
    slotting_db = await Database.connect(await databases.prepared("slotting", slotting_schema), "slotting", pool_size=6)
    bus = MemoryBus()
    server, ledger = (Server("127.0.0.1:0", issuer.verifier()) for _ in range(2))
    slotting = slotting_main.service(SlottingSettings(), slotting_db, bus)
    # The ledger's own door; what sponsors call is no part of this.
    ledger.add(*next(each for each in slotting.servicers if each[0].name == "LedgerService"))
    await ledger.start()
    made = main.service(Settings(slotting_target=f"127.0.0.1:{ledger.port}"), own_db, bus)
    server.add(*made.servicers[0])
    await server.start()
    tasks = [asyncio.ensure_future(each()) for each in (*slotting.background, *made.background)]
    operator = issuer.token("partners/cdmo", ["operator", "masterdata.read", "masterdata.write"], "planner")
    client = Client(f"127.0.0.1:{server.port}", SERVICE, operator)
    yield Plant(client, slotting_db)
    assert await violations(slotting_db.pool) == []
    await client.close()
    await server.stop(0)
    await ledger.stop(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await own_db.close()
    await slotting_db.close()


async def test_a_licence_that_a_promise_stands_on_is_not_taken_away_in_silence(plant: Plant) -> None:
    await plant.client.call("CreateSite", creating(plant.site()))
    slot = await plant.slot()
    gone = plant.site(licences=[])
    with pytest.raises(GatewayError) as refused:
        await plant.client.call("UpdateSite", updating(gone))
    assert (refused.value.reason, refused.value.facts["slots"]) == ("CONFLICT", slot.name)
    assert refused.value.facts["risks"] == "LICENCE"
    answer = await plant.client.call("UpdateSite", updating(gone, accept_conflicts=True))
    assert list(answer.conflicting_slots) == [slot.name]
    await plant.at_risk()


async def test_a_deleted_centre_and_a_stricter_product_name_their_slots_too(plant: Plant) -> None:
    await plant.client.call("CreateProduct", creating(a_product()))
    await plant.client.call("CreateSite", creating(plant.site()))
    slot = await plant.slot()
    request = masterdata_pb2.DeleteSiteRequest(name=CLINIC, request_id=new_id())
    with pytest.raises(GatewayError) as refused:
        await plant.client.call("DeleteSite", request)
    assert refused.value.facts["slots"] == slot.name
    strict = a_product(activity_min_mbq=7_450, activity_nominal_mbq=7_500)
    answer = await plant.client.call("UpdateProduct", updating(strict, validate_only=True))
    assert list(answer.conflicting_slots) == [slot.name]


async def test_a_change_that_harms_no_promise_is_made_at_once(plant: Plant) -> None:
    await plant.client.call("CreateSite", creating(plant.site()))
    await plant.slot()
    longer = plant.site(licences=[licence(plant.now + timedelta(days=500))], closed_dates=[])
    answer = await plant.client.call("UpdateSite", updating(longer))
    assert (answer.site.etag, list(answer.conflicting_slots)) == ("v2", [])
    assert answer.site.licences[0].valid_until_time == stamp(plant.now + timedelta(days=500))
