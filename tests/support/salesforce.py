"""An organisation of Salesforce on a socket, and an account of ours that reaches it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from adapters.crm_salesforce.rest.client import SalesforceRest
from adapters.host.client import client
from adapters.sandbox.salesforce.login import ClientApp
from adapters.sandbox.salesforce.objects import OBJECTS
from adapters.sandbox.salesforce.org import Org
from adapters.sandbox.salesforce.rest import SalesforceTwin
from services.kernel.clock import VirtualClock
from services.kernel.http import HttpServer
from tests.support.certificates import a_key, pem

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
VERSION = "66.0"
KEY = a_key()
CLIENT, USER = "3MVG9-our-app", "doselane@lakeside.example"


@dataclass
class OrgDoor:
    """The twin, the way to it, and the time that our side goes by."""

    twin: SalesforceTwin
    http: httpx.AsyncClient
    rest: SalesforceRest
    clock: VirtualClock
    url: str
    seconds: list[float] = field(default_factory=lambda: [0.0])

    @property
    def org(self) -> Org:
        return self.twin.org


def connection(url: str, **changes: Any) -> dict[str, Any]:
    """How an account reaches the organisation at this address."""
    credentials = {"type": "jwt_bearer", "token_url": f"{url}/services/oauth2/token", "issuer": CLIENT,
                   "subject": USER, "audience": "https://test.salesforce.com", "private_key": pem(KEY)}  # fmt: skip
    instance = {"field": "instance_url", "hosts": ["127.0.0.1"]}
    return {"url": url, "credentials": credentials, "instance": instance, **changes}


@asynccontextmanager
async def an_org(clock: VirtualClock | None = None, **changes: Any) -> AsyncIterator[OrgDoor]:
    """An organisation that knows our app; `changes` are of its twin."""
    time = clock or VirtualClock(NOW)
    app = ClientApp(CLIENT, USER, KEY.public_key(), secret="s" * 20)
    twin = SalesforceTwin(Org(time, OBJECTS), app, **changes)
    server = HttpServer(twin.app, "127.0.0.1:0")
    await server.start()
    url = f"http://127.0.0.1:{server.port}"
    twin.log_in.instance_url = url
    # What the account names is only where it logs in.
    seconds = [0.0]
    try:
        async with client({**connection(url), "url": "https://login.salesforce.com"}, time) as http:
            rest = SalesforceRest(http, VERSION, seconds=lambda: seconds[0])
            yield OrgDoor(twin, http, rest, time, url, seconds)
    finally:
        twin.open.set()
        await server.stop(0)
