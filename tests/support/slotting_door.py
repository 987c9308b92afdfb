"""Slotting behind real gRPC with real tokens. No sweeper runs: what the clock decides must hold without one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import grpc.aio
from doselane.slotting.v1 import slotting_pb2
from doselane.type.v1 import type_pb2
from google.protobuf.message import Message
from google.rpc.status_pb2 import Status

from services.kernel.errors import GatewayError
from services.kernel.ids import uuid7
from services.kernel.rpc import Client, Server
from services.kernel.rpc.status import DETAILS_KEY, read_status
from services.kernel.timestamps import stamp
from services.slotting.rpc import LedgerRpc, SlottingRpc
from tests.support.slotting import HARBOR, NORTHLAKE, SITE
from tests.support.slotting_desk import LedgerDesk
from tests.support.tokens import Issuer

SERVICES = {name: slotting_pb2.DESCRIPTOR.services_by_name[name] for name in ("SlottingService", "LedgerService")}
METHODS = {method.name: service for service in SERVICES.values() for method in service.methods}
STAFF = "partners/cdmo"
SPONSOR_SCOPES = ("slotting.claim", "slotting.read")
STAFF_SCOPES = (*SPONSOR_SCOPES, "operator", "capacity.plan", "masterdata.write")


class Door:
    """Calls slotting as its partners do."""

    def __init__(self, desk: LedgerDesk, target: str, issuer: Issuer) -> None:
        self.desk, self.issuer = desk, issuer
        self.clients = {name: Client(target, service) for name, service in SERVICES.items()}
        self.tokens = {partner: issuer.token(partner, SPONSOR_SCOPES) for partner in (NORTHLAKE, HARBOR)}
        self.tokens[STAFF] = issuer.token(STAFF, STAFF_SCOPES, actor="planner")

    async def call(self, request: Message, by: str = NORTHLAKE, *, token: str = "", timeout_s: float = 10) -> Any:
        """Makes the call whose request this is; raises the refusal."""
        method = type(request).__name__.removesuffix("Request")
        client = self.clients[METHODS[method].name]
        return await client.call(method, request, token=token or self.tokens[by], timeout_s=timeout_s)

    async def refusal(self, request: Message, by: str = NORTHLAKE, **options: Any) -> GatewayError:
        """The refusal that must come."""
        try:
            answer = await self.call(request, by, **options)
        except GatewayError as refusal:
            return refusal
        raise AssertionError(f"{type(request).__name__} was answered: {answer}")

    def demand(self, run: str = "runs/lu-1", **changes: Any) -> slotting_pb2.SlotDemand:
        """7.4 GBq, the day after tomorrow."""
        at = stamp(self.desk.now + timedelta(hours=48))
        facts: dict[str, Any] = {
            "run": run,
            "site": SITE,
            "administration": type_pb2.Activity(activity_mbq=7400, time=at),
            "order_reference": "NL-1001",
            "patient_reference": "p-77",
        }
        return slotting_pb2.SlotDemand(**{**facts, **changes})

    def claim(self, run: str = "runs/lu-1", *, request_id: str = "", **changes: Any) -> slotting_pb2.ClaimSlotRequest:
        """A claim."""
        return slotting_pb2.ClaimSlotRequest(
            demand=self.demand(run, **changes), request_id=request_id or new_id(), reason="by program"
        )

    def hold(self, run: str = "runs/lu-1", minutes: int = 15, **changes: Any) -> slotting_pb2.HoldSlotRequest:
        """A hold."""
        return slotting_pb2.HoldSlotRequest(
            demand=self.demand(run, **changes), hold_minutes=minutes, request_id=new_id()
        )

    async def close(self) -> None:
        """Ends the clients."""
        for client in self.clients.values():
            await client.close()


def new_id() -> str:
    """A request id."""
    return str(uuid7())


def status_behind(refusal: GatewayError) -> Status:
    """The google.rpc.Status that a refused call carried in its trailers."""
    error = refusal.__cause__
    assert isinstance(error, grpc.aio.AioRpcError)
    trailers = dict(error.trailing_metadata() or ())
    return read_status(error.code(), error.details() or "", trailers[DETAILS_KEY])  # type: ignore[arg-type]


@asynccontextmanager
async def a_door(desk: LedgerDesk) -> AsyncIterator[Door]:
    """Slotting's calls over the desk's ledger."""
    issuer = Issuer()
    server = Server("127.0.0.1:0", issuer.verifier())
    server.add(SERVICES["SlottingService"], SlottingRpc(desk.ledger, desk.database))
    server.add(SERVICES["LedgerService"], LedgerRpc(desk.ledger, desk.database))
    await server.start()
    door = Door(desk, f"127.0.0.1:{server.port}", issuer)
    try:
        yield door
    finally:
        await door.close()
        await server.stop(0)
