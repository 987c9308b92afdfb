"""The master data service as it runs, on a database of its own, with a twin of slotting's ledger beside it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from doselane.masterdata.v1 import events_pb2, masterdata_pb2, transit_proposal_pb2
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message

from services.kernel.bus.memory import MemoryBus
from services.kernel.clock import VirtualClock
from services.kernel.db import Database
from services.kernel.errors import GatewayError
from services.kernel.event import Event
from services.kernel.rpc import Client, Server
from services.masterdata import main
from services.masterdata.documents import kind_of
from services.masterdata.settings import Settings
from tests.support.masterdata import (
    BUILDERS,
    HARBOR,
    MERIDIAN,
    NOON,
    NORTHLAKE,
    PreviewTwin,
    masterdata_schema,
    new_id,
)
from tests.support.postgres import Databases
from tests.support.published import published
from tests.support.tokens import Issuer

PROPOSALS = transit_proposal_pb2.DESCRIPTOR.services_by_name["TransitProposalService"]
SERVICE = masterdata_pb2.DESCRIPTOR.services_by_name["MasterDataService"]
PLANNER = "partners/cdmo"
MESSAGE_OF = {
    "created": events_pb2.ResourceCreated,
    "updated": events_pb2.ResourceUpdated,
    "deleted": events_pb2.ResourceDeleted,
}


class House:
    """The running service and what tests want of it."""

    def __init__(
        self, database: Database, twin: PreviewTwin, clock: VirtualClock, issuer: Issuer, target: str, bus: MemoryBus
    ) -> None:
        self.database, self.twin, self.clock, self.bus = database, twin, clock, bus
        reading = ["masterdata.read"]
        self.tokens = {
            PLANNER: issuer.token(PLANNER, [*reading, "masterdata.write", "operator"], actor="planner"),
            "writing sponsor": issuer.token(NORTHLAKE, [*reading, "masterdata.write"]),
            **{partner: issuer.token(partner, reading) for partner in (NORTHLAKE, HARBOR, MERIDIAN)},
        }
        self.client, self.proposals = Client(target, SERVICE), Client(target, PROPOSALS)
        self.heard = 0  # events of others, so far

    async def call(self, method: str, request: Message, who: str = PLANNER, timeout_s: float = 10.0) -> Any:
        """Makes a call as somebody."""
        return await self.client.call(method, request, token=self.tokens[who], timeout_s=timeout_s)

    async def refusal(self, method: str, request: Message, who: str = PLANNER, timeout_s: float = 10.0) -> GatewayError:
        """The error that the call must end with."""
        with pytest.raises(GatewayError) as refusal:
            await self.call(method, request, who, timeout_s)
        return refusal.value

    async def create(self, message: Any, who: str = PLANNER) -> Any:
        """Creates a resource."""
        return await self.call(f"Create{type(message).__name__}", creating(message), who)

    async def world(self) -> None:
        """One resource of each kind."""
        for build in BUILDERS.values():
            await self.create(build())

    async def get(self, name: str, who: str = PLANNER) -> Any:
        """A resource as somebody sees it."""
        title = title_of(name)
        return await self.call(f"Get{title}", getattr(masterdata_pb2, f"Get{title}Request")(name=name), who)

    async def update(self, message: Any, *paths: str, **facts: Any) -> Any:
        """Changes a resource."""
        return await self.call(f"Update{type(message).__name__}", updating(message, *paths, **facts))

    async def delete(self, name: str, **facts: Any) -> Any:
        """Deletes a resource."""
        return await self.call(f"Delete{title_of(name)}", deleting(name, **facts))

    async def events(self, name: str) -> list[Event]:
        """The events of a resource, in order, once all that was committed is in the log."""
        return await published(self.database, name)

    async def history(self, name: str) -> list[tuple[str, int]]:
        """What happened to a resource, with its versions."""
        return [(event.type.split(".")[3], event.sequence) for event in await self.events(name)]

    async def revisions(self, name: str, **facts: Any) -> masterdata_pb2.ListRevisionsResponse:
        """The versions of a resource, newest first."""
        return await self.call("ListRevisions", masterdata_pb2.ListRevisionsRequest(name=name, **facts))


def title_of(name: str) -> str:
    """`Product`, of products/psma."""
    kinds = {"products": "Product", "sites": "Site", "lanes": "Lane", "agreements": "Agreement"}
    return kinds.get(name.split("/")[0]) or ("Line" if "/lines/" in name else "Facility")


def creating(message: Any, **facts: Any) -> Any:
    """A request to create a resource of this name."""
    kind = kind_of(type(message).__name__.lower())
    parent, _, last = message.name.rpartition(f"{kind.collection}/")
    given = {kind.singular: message, f"{kind.singular}_id": last, "request_id": new_id(), "reason": "new"}
    if kind.parent:
        given["parent"] = parent.rstrip("/")
    return kind.request("Create")(**{**given, **facts})


def updating(message: Any, *paths: str, **facts: Any) -> Any:
    """A request to change a resource."""
    kind = kind_of(type(message).__name__.lower())
    given = {kind.singular: message, "update_mask": FieldMask(paths=paths), "request_id": new_id(), "reason": "renewed"}
    return kind.request("Update")(**{**given, **facts})


def deleting(name: str, **facts: Any) -> Any:
    """A request to delete a resource."""
    request = getattr(masterdata_pb2, f"Delete{title_of(name)}Request")
    return request(**{"name": name, "request_id": new_id(), "reason": "closed", **facts})


def importing(yaml: str, **facts: Any) -> masterdata_pb2.ImportMasterDataRequest:
    """A request to import a text."""
    return masterdata_pb2.ImportMasterDataRequest(
        **{"yaml": yaml, "request_id": new_id(), "reason": "from the ERP", **facts}
    )


def told(event: Event) -> Any:
    """The message in an event."""
    return MESSAGE_OF[event.type.split(".")[3]].FromString(event.data)


@pytest.fixture(scope="session")
def issuer() -> Issuer:
    """Signs the tokens of all tests."""
    return Issuer()


@pytest.fixture
async def house(databases: Databases, issuer: Issuer) -> AsyncIterator[House]:
    """A running service and its ledger twin."""
    dsn = await databases.prepared("masterdata", masterdata_schema)
    database = await Database.connect(dsn, "masterdata", pool_size=8)
    clock, twin = VirtualClock(NOON), PreviewTwin(issuer)
    settings = Settings(slotting_target=await twin.start(), ledger_timeout=timedelta(seconds=8))
    bus, server = MemoryBus(), Server("127.0.0.1:0", issuer.verifier())
    service = main.service(settings, database, bus, clock)
    for descriptor, servicer in service.servicers:
        server.add(descriptor, servicer)
    await server.start()
    tasks = [asyncio.ensure_future(background()) for background in service.background]
    made = House(database, twin, clock, issuer, f"127.0.0.1:{server.port}", bus)
    yield made
    await made.client.close()
    await made.proposals.close()
    await server.stop(0)
    await twin.stop()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await database.close()
