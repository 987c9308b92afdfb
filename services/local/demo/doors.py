"""What a partner's program does: gets a token from the issuer, calls gRPC and REST, and follows a stream."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack
from typing import Any, Self

import httpx
from doselane.capacity.v1 import capacity_pb2
from doselane.clock.v1 import clock_pb2
from doselane.courier.v1 import courier_pb2
from doselane.distribution.v1 import a2_table_pb2, distribution_pb2, lane_pb2
from doselane.exchange.v1 import exchange_pb2
from doselane.masterdata.v1 import masterdata_pb2
from doselane.planning.v1 import forecast_pb2, planning_pb2
from doselane.quality.v1 import quality_pb2, specification_pb2
from doselane.slotting.v1 import slotting_pb2
from doselane.status.v1 import status_pb2
from doselane.streams.v1 import endpoint_pb2, feed_pb2
from doselane.tower.v1 import tower_pb2
from google.protobuf.message import Message
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, wait_fixed

from services.kernel.authorities import usual_context
from services.kernel.errors import Unauthenticated, Unavailable
from services.kernel.rpc import Client
from services.local.persons import GRANT
from services.local.world import CLIENTS, PERSONS

PATIENCE_S = 120.0
SERVICES = {
    service.name: service
    for module in (
        a2_table_pb2,
        capacity_pb2,
        clock_pb2,
        slotting_pb2,
        status_pb2,
        distribution_pb2,
        lane_pb2,
        courier_pb2,
        endpoint_pb2,
        exchange_pb2,
        feed_pb2,
        masterdata_pb2,
        forecast_pb2,
        planning_pb2,
        quality_pb2,
        specification_pb2,
        tower_pb2,
    )
    for service in module.DESCRIPTOR.services_by_name.values()
}


class Program(httpx.Auth):
    """One partner's program, with its own credentials and connections. An expired token it replaces, and asks again."""

    def __init__(self, client_id: str, rest_url: str, grpc_target: str) -> None:
        self.client_id = client_id
        self.rest_url, self._grpc_target = rest_url, grpc_target
        self._open = AsyncExitStack()
        self._clients: dict[str, Client] = {}
        self.http: httpx.AsyncClient
        self.token = ""

    async def __aenter__(self) -> Self:
        self.http = await self._open.enter_async_context(
            httpx.AsyncClient(base_url=self.rest_url, timeout=10, auth=self, verify=usual_context())
        )
        await self.log_in()
        for name, descriptor in SERVICES.items():
            client = Client(self._grpc_target, descriptor, lambda: self.token)
            self._clients[name] = await self._open.enter_async_context(client)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    @property
    def partner(self) -> str:
        """The organisation that it speaks for."""
        return CLIENTS[self.client_id].partner

    async def log_in(self) -> None:
        """Get a new token."""
        credentials = (self.client_id, CLIENTS[self.client_id].secret.get_secret_value())
        form = {"grant_type": "client_credentials"}
        answer = await self.http.post("/oauth/token", data=form, auth=credentials)
        self.token = answer.raise_for_status().json()["access_token"]

    async def call(self, service: str, method: str, request: Message) -> Any:
        """Make a gRPC call, again as long as the gateway is away, and with a new token when the old one has expired.

        Raises the GatewayError of a refusal.
        """
        async for attempt in AsyncRetrying(
            retry=retry_if_exception_type((Unavailable, Unauthenticated)),
            stop=stop_after_delay(PATIENCE_S),
            wait=wait_fixed(0.1),
            reraise=True,
        ):
            with attempt:
                try:
                    return await self._clients[service].call(method, request)
                except Unauthenticated:  # most often it has expired, and a new one is good at once
                    await self.log_in()
                    return await self._clients[service].call(method, request)
        raise AssertionError("unreachable: the last attempt raises")

    def stream(self, service: str, method: str, request: Message) -> AsyncIterator[Any]:
        """Follow a gRPC stream."""
        return self._clients[service].stream(method, request)

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Sign a REST call; as httpx wants it."""
        request.headers["authorization"] = f"Bearer {self.token}"
        answer = yield request
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            await self.log_in()
            request.headers["authorization"] = f"Bearer {self.token}"
            yield request


class Signatory(Program):
    """A person at a program, who authenticates anew for each signature, with both components."""

    def __init__(self, function: str, rest_url: str, grpc_target: str) -> None:
        super().__init__(f"{function}@cdmo", rest_url, grpc_target)
        self._signing = asyncio.Lock()  # a person signs one thing after the other, each with a token of its own

    @property
    def partner(self) -> str:
        """The organisation that they work for."""
        return PERSONS[self.client_id].partner

    async def log_in(self) -> None:
        """Prove to be there, by id and password."""
        password = PERSONS[self.client_id].password.get_secret_value()
        form = {"grant_type": GRANT, "username": self.client_id, "password": password}
        answer = await self.http.post("/oauth/token", data=form, auth=httpx.Auth())
        self.token = answer.raise_for_status().json()["access_token"]

    async def sign(self, service: str, method: str, request: Message) -> Any:
        """Make a call that signs, with a token that has signed nothing yet."""
        async with self._signing:
            await self.log_in()
            return await self.call(service, method, request)
