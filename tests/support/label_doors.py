"""A small service of the tests, behind gRPC and the HTTP door before it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import grpc
import grpc.aio
import httpx
import pytest
from google.protobuf.message import Message

from services.edge import large
from services.edge.backends import Backends
from services.edge.routes import Door, derived_routes
from services.edge.streams import Streams
from services.kernel import http, rpc, telemetry
from services.kernel.aside import Aside
from services.kernel.identity import TokenVerifier
from services.kernel.quotas import Quotas
from services.kernel.rates import Rate
from services.kernel.shares import Turns
from tests.support.deprecated_call import PACKAGE, LabelServicer, api, described, headers_told, service_of


@dataclass
class Doors:
    """One service behind gRPC, and the HTTP door before it."""

    channel: grpc.aio.Channel
    rest: httpx.AsyncClient

    async def over_grpc(self, method: str, request: Message | bytes, token: str) -> tuple[str, dict[str, str]]:
        """The status of a call, and what its trailing metadata says of an end."""
        make = self.channel.unary_stream if method.startswith("Watch") else self.channel.unary_unary
        body = request if isinstance(request, bytes) else request.SerializeToString()
        call: Any = make(f"/{PACKAGE}.LabelService/{method}")(body, metadata=(("authorization", f"Bearer {token}"),))
        with suppress(grpc.aio.AioRpcError):  # Its status is what is looked at; it comes when all else was read.
            _ = [each async for each in call] if method.startswith("Watch") else await call
        code, trailers = await call.code(), await call.trailing_metadata()
        return code.name, headers_told(trailers)

    async def over_rest(self, method: str, path: str, token: str, **asked: Any) -> tuple[int, dict[str, str]]:
        """The status of a request, and what its headers say of an end."""
        answer = await self.rest.request(method, path, headers={"authorization": f"Bearer {token}"}, **asked)
        return answer.status_code, headers_told(answer.headers.multi_items())


@asynccontextmanager
async def open_doors(verifier: TokenVerifier, rate: Rate | None = None) -> AsyncIterator[Doors]:
    """Both doors, each with a quota of its own for each partner, or without quotas."""
    measured = telemetry.setup("labels", environ={})
    quotas = [Quotas(rate) if rate else None for _ in range(2)]
    served = rpc.Server("127.0.0.1:0", verifier, measured, quotas=quotas[0])
    served.add(service_of(described()), LabelServicer())
    await served.start()
    target, calls = f"127.0.0.1:{served.port}", api().bindings
    backends = Backends({"*": target}, calls)
    door = Door(verifier, Turns(8, 8, 5.0), Streams(8), Aside(waiting_max=8), backends, quotas[1])
    app = http.app("labels", measured)
    app.router.routes[:0] = [derived_routes(calls, door)]
    server = http.HttpServer(app, "127.0.0.1:0")
    await server.start()
    with pytest.MonkeyPatch.context() as patch:
        for each in calls:  # Bodies are read by what the protos describe; while the door is open, that is more calls.
            patch.setitem(large._bindings(), each.key, each)
        async with (
            grpc.aio.insecure_channel(target) as channel,
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as rest,
        ):
            yield Doors(channel, rest)
    await server.stop(1)
    door.aside.close()
    await backends.close()
    await served.stop(0)
