"""A host on a socket, and the command line before it."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from adapters.host.main import service
from adapters.host.settings import Settings
from adapters.manifest import Adapter
from services.kernel import rpc
from services.kernel.bus.memory import MemoryBus
from services.kernel.clock import Clock
from services.kernel.db import Database
from services.kernel.http import HttpServer
from tests.support.command_line import CommandLine, command
from tests.support.tokens import Issuer

SCOPES = ("exchange.read", "exchange.operate", "courier.read")


@dataclass
class Gate:
    """The address of a gateway, and whose tokens it takes."""

    address: str
    issuer: Issuer

    async def run(self, *words: str, partner: str = "", **variables: str) -> CommandLine:
        """Runs the command as that partner."""
        token = {"DOSELANE_TOKEN": self.issuer.token(partner, SCOPES)} if partner else {}
        return await command(*words, DOSELANE_ADDRESS=self.address, COLUMNS="200", **token, **variables)


@asynccontextmanager
async def a_gate(
    dsn: str, accounts: Mapping[str, Any], adapters: Mapping[str, Adapter], clock: Clock
) -> AsyncIterator[Gate]:
    """The gateway: a host of these accounts, which does nothing but answer calls."""
    issuer, database = Issuer(), await Database.connect(dsn, "exchange", pool_size=4)
    settings = Settings(accounts=SecretStr(json.dumps(accounts)))
    host = service(settings, database, MemoryBus(), issuer.verifier(), clock=clock, adapters=adapters)
    served = rpc.Server("127.0.0.1:0", issuer.verifier())
    for descriptor, servicer in host.servicers:
        served.add(descriptor, servicer)
    await served.start()
    try:
        yield Gate(f"http://127.0.0.1:{served.port}", issuer)
    finally:
        await served.stop(0)
        await database.close()


@asynccontextmanager
async def on_a_socket(app: Any) -> AsyncIterator[str]:
    """The address at which an application is served."""
    server = HttpServer(app, "127.0.0.1:0")
    await server.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        await server.stop(0)
