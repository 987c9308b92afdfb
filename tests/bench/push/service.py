"""The adapter host as the bench runs it: a process of its own, as it is deployed, with its relay and its door."""

import asyncio
import json
import logging
import sys

import uvloop
from pydantic import SecretStr

from adapters.host import main as host
from adapters.host.settings import Settings
from services.kernel import log, process, telemetry
from services.kernel.bus.postgres import PostgresBus
from services.kernel.db import Database, migrate
from services.kernel.http import HttpServer
from services.kernel.http.guard import Access
from tests.support.couriers import ACCOUNTS
from tests.support.tokens import Issuer

# As fast as the door can, for `stored`; whoever else pushes here has the rate that everybody has.
UNLIMITED = {**ACCOUNTS["swift-ups"], "rate": {"per_second": 100_000, "burst": 1_000_000}}


async def main() -> None:
    """Serve on a free port, and say which."""
    log.setup(logging.WARNING)
    measured = telemetry.setup("exchange")
    with measured.active():
        for schema in ("distribution", "exchange"):  # Distribution is not here; its log is, to be listened to.
            database = await Database.connect(sys.argv[1], schema)
            await migrate(database)
        await migrate(database, host.SCHEMA)
        settings = Settings(accounts=SecretStr(json.dumps({**ACCOUNTS, "swift-ups": UNLIMITED})))
        running = host.service(settings, database, PostgresBus(database), Issuer().verifier())
        server = HttpServer(Access(host.Under("/push", running.door), measured), "127.0.0.1:0")
        await server.start()
        process.keep_for_good()
        print(server.port, flush=True)
        await asyncio.gather(*(each() for each in running.background))


if __name__ == "__main__":
    uvloop.run(main())
