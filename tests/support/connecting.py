"""A host behind a gateway's edge on sockets, and the command line in a process of its own before it."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from adapters.host.main import service
from adapters.host.settings import Settings
from adapters.manifest import Adapter
from services.edge import main as edge
from services.edge.settings import Settings as EdgeSettings
from services.kernel import rpc, telemetry
from services.kernel.bus.memory import MemoryBus
from services.kernel.clock import Clock
from services.kernel.db import Database
from services.kernel.http import HttpServer
from tests.support.tokens import Issuer

SCOPES = ("exchange.read", "exchange.operate", "courier.read")


@dataclass
class CommandLine:
    """What the command did."""

    code: int
    out: str
    err: str

    @property
    def told(self) -> Any:
        """The JSON that it printed."""
        return json.loads(self.out)

    def findings(self, severity: str = "ERROR") -> list[tuple[str, str, str]]:
        """Area, place in the other system, and our name, of the findings of a severity."""
        return [
            (each["area"], each["systemPlace"], each["ourName"])
            for each in self.told["findings"]
            if each["severity"] == severity
        ]


@dataclass
class Gate:
    """The address of a gateway, and whose tokens it takes."""

    url: str
    issuer: Issuer

    async def run(self, *arguments: str, partner: str = "", **variables: str) -> CommandLine:
        """Runs the command as that partner."""
        token = {"DOSELANE_TOKEN": self.issuer.token(partner, SCOPES)} if partner else {}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DOSELANE_")}
        given = {"DOSELANE_URL": self.url, "COLUMNS": "200", "NO_COLOR": "1", **token, **variables}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "doselane.client", *arguments,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            env={**kept, **given},
        )  # fmt: skip
        out, err = await process.communicate()
        assert process.returncode is not None
        return CommandLine(process.returncode, out.decode(), err.decode())


@asynccontextmanager
async def a_gate(
    dsn: str, accounts: Mapping[str, Any], adapters: Mapping[str, Adapter], clock: Clock
) -> AsyncIterator[Gate]:
    """The gateway: a host of these accounts, which does nothing but answer calls, and the edge."""
    issuer, database = Issuer(), await Database.connect(dsn, "exchange", pool_size=4)
    settings = Settings(accounts=SecretStr(json.dumps(accounts)))
    host = service(settings, database, MemoryBus(), issuer.verifier(), clock=clock, adapters=adapters)
    served = rpc.Server("127.0.0.1:0", issuer.verifier())
    for descriptor, servicer in host.servicers:
        served.add(descriptor, servicer)
    await served.start()
    door = edge.server(
        EdgeSettings(targets={"*": f"127.0.0.1:{served.port}"}, listen="127.0.0.1:0"),
        telemetry.setup("edge", environ={}),
        issuer.verifier(),
        {},
    )
    await door.start()
    try:
        yield Gate(f"http://127.0.0.1:{door.port}", issuer)
    finally:
        await door.stop(1)
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
