"""The door on a real port, with a twin of every service behind it on another."""

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from doselane.capacity.v1 import capacity_pb2
from doselane.clock.v1 import clock_pb2
from doselane.courier.v1 import courier_pb2
from doselane.distribution.v1 import a2_table_pb2, distribution_pb2, lane_pb2
from doselane.exchange.v1 import exchange_pb2
from doselane.masterdata.v1 import masterdata_pb2, transit_proposal_pb2
from doselane.planning.v1 import forecast_pb2, planning_pb2
from doselane.quality.v1 import quality_pb2, specification_pb2
from doselane.slotting.v1 import slotting_pb2
from doselane.status.v1 import status_pb2
from doselane.streams.v1 import endpoint_pb2, feed_pb2
from doselane.tower.v1 import tower_pb2
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from starlette.types import Receive, Scope, Send

from services.edge import main as edge
from services.edge.settings import Settings
from services.kernel import rpc, telemetry
from services.kernel.quotas import Quotas
from services.kernel.signer import BOTH_COMPONENTS
from tests.support.tokens import Issuer, anything

SERVICES = [
    service
    for proto in (
        capacity_pb2,
        clock_pb2,
        courier_pb2,
        exchange_pb2,
        forecast_pb2,
        masterdata_pb2,
        transit_proposal_pb2,
        planning_pb2,
        quality_pb2,
        slotting_pb2,
        specification_pb2,
        status_pb2,
        distribution_pb2,
        a2_table_pb2,
        lane_pb2,
        endpoint_pb2,
        feed_pb2,
        tower_pb2,
    )
    for service in proto.DESCRIPTOR.services_by_name.values()
]
SCOPES = (
    "quality.acknowledge quality.assurance quality.operate quality.qualified_person quality.read quality.sign "
    "quality.specify distribution.specify distribution.sign "
    "clock.read clock.advance "
    "capacity.plan capacity.read slotting.claim slotting.read status.read distribution.read distribution.operate "
    "courier.read courier.operate courier.push exchange.read exchange.operate "
    "streams.read streams.manage tower.read tower.consent tower.escalate tower.operate "
    "masterdata.read masterdata.write forecast.read forecast.write planning.read planning.plan operator"
).split()


class Twin:
    """Serves every call: keeps what it was asked, and answers what the test put into `answers` under its name."""

    def __init__(self, service: ServiceDescriptor, seen: list[tuple[str, Any, rpc.Call]], answers: dict[str, Any]):
        self._seen, self._answers = seen, answers
        for method in service.methods:
            setattr(self, method.name, self._streaming(method) if method.server_streaming else self._single(method))

    def _single(self, method: MethodDescriptor) -> Any:
        async def serve(request: Message, call: rpc.Call) -> Message:
            self._seen.append((method.name, request, call))
            answer = self._answers.get(method.name, GetMessageClass(method.output_type)())
            if isinstance(answer, Exception):
                raise answer
            return await answer(request) if callable(answer) else answer

        return serve

    def _streaming(self, method: MethodDescriptor) -> Any:
        async def serve(request: Message, call: rpc.Call) -> AsyncIterator[Message]:
            self._seen.append((method.name, request, call))
            async for answer in self._answers[method.name](request):
                yield answer

        return serve


class Behind:
    """What is behind the door, as a test sees it."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, Any, rpc.Call]] = []
        self.answers: dict[str, Any] = {}

    @property
    def request(self) -> Any:
        """The request of the only call there was."""
        [(_, request, _)] = self.seen
        return request


@pytest.fixture(scope="session")
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def token(issuer: Issuer) -> str:
    now = time.time()
    proof = {"name": "Anybody", "auth_time": now, "acr": BOTH_COMPONENTS, "jti": "1"}
    return issuer.token("partners/acme", SCOPES, now=now, **proof)


@pytest.fixture(scope="session")
def twins() -> Behind:
    return Behind()


@pytest.fixture
def behind(twins: Behind) -> Behind:
    """The twins, with nothing seen and nothing told to answer yet."""
    twins.seen.clear()
    twins.answers.clear()
    return twins


@asynccontextmanager
async def served_twins(issuer: Issuer, behind: Behind) -> AsyncIterator[rpc.Server]:
    """All services' twins on a port of their own."""
    served = rpc.Server("127.0.0.1:0", issuer.verifier(), telemetry.setup("twin", environ={}), judge=anything)
    for service in SERVICES:
        served.add(service, Twin(service, behind.seen, behind.answers))
    await served.start()
    served.issuer = issuer  # type: ignore[attr-defined]  # Whose tokens the door before them takes too.
    try:
        yield served
    finally:
        await served.stop(0)


@asynccontextmanager
async def open_door(
    services: rpc.Server, token: str = "", quotas: Quotas | None = None, **changed: Any
) -> AsyncIterator[httpx.AsyncClient]:
    """A door of its own before the services, and a client of it."""
    targets = {"*": f"127.0.0.1:{services.port}"}
    settings = Settings(targets=targets, listen="127.0.0.1:0", **changed)
    measured = telemetry.setup("edge", environ={})
    served = edge.server(settings, measured, services.issuer.verifier(), {"/push": mounted}, quotas)
    await served.start()
    headers = {"authorization": f"Bearer {token}"} if token else {}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{served.port}", headers=headers, timeout=30) as client:
        client.door, client.measured = served, measured  # type: ignore[attr-defined]  # For tests that look behind it.
        yield client
    await served.stop(1)


@pytest.fixture(scope="session")
async def services(issuer: Issuer, twins: Behind) -> AsyncIterator[rpc.Server]:
    async with served_twins(issuer, twins) as served:
        yield served


async def mounted(scope: Scope, receive: Receive, send: Send) -> None:
    """Another part of the gateway: tells what it was given."""
    size = 0
    while (message := await receive()).get("more_body") or message.get("body"):
        size += len(message["body"])
        if not message.get("more_body"):
            break
    told = {"path": scope["path"], "root": scope["root_path"], "bytes": size}
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(told).encode()})


@pytest.fixture(scope="session")
async def connected(services: rpc.Server) -> AsyncIterator[httpx.AsyncClient]:
    async with open_door(services) as client:
        yield client


@pytest.fixture
def client(connected: httpx.AsyncClient, behind: Behind, token: str) -> httpx.AsyncClient:
    """A client of a door that all tests share."""
    connected.headers["authorization"] = f"Bearer {token}"
    return connected
