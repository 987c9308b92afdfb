"""Northlake Oncology's organisation in Salesforce, as the plug-in kit leaves it."""

from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from adapters.sandbox.salesforce.login import ClientApp
from adapters.sandbox.salesforce.organisation import Organisation
from services.kernel.clock import Clock
from services.local.twins.listening import listen
from services.local.world import NORTHLAKE

MAPPING: Final = Path(__file__).with_name("salesforce.yaml")
VERSION: Final = "66.0"
# Secrets of a sandbox that listens on loopback only: of the integration user, and of the people who order.
INTEGRATION: Final = ClientApp("doselane-integration", "integration@northlake.example", secret="northlake-integration")
PEOPLE: Final = ClientApp("northlake-people", "orders@northlake.example", secret="northlake-people-sandbox-secret")
SESSION_LIVES = timedelta(hours=24)  # the most that an organisation can set
# Hours of the demo's clock pass in a second, so what is written is gathered for less long than for Salesforce itself.
WRITE_EVERY_S = 0.05


class SimulatedOrganisation:
    """Entered, the organisation answers on loopback; `organisation` is what people do in it."""

    def __init__(self, clock: Clock, host: str) -> None:
        self.organisation = Organisation(clock, INTEGRATION)
        self.organisation.rest.log_in.people = PEOPLE
        self.organisation.rest.log_in.session_lives = SESSION_LIVES
        self._host = host
        self._open = AsyncExitStack()
        self.url = self.bus_url = ""

    async def __aenter__(self) -> "SimulatedOrganisation":
        self.url = await listen(self.organisation.rest.app, self._host, self._open)
        port = await self.organisation.pubsub.start(f"{self._host}:0")
        self._open.push_async_callback(self.organisation.pubsub.stop)
        self.bus_url = f"http://{self._host}:{port}"
        self.organisation.rest.log_in.instance_url = self.url
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    @property
    def account(self) -> dict[str, Any]:
        """The account by which the gateway reaches it."""
        return {
            "partner": NORTHLAKE,
            "adapter": "crm_salesforce",
            "mapping": str(MAPPING),
            "options": {"pubsub_url": self.bus_url, "api_version": VERSION},
            "connection": {
                "url": self.url,
                "every": {"salesforce.dose": WRITE_EVERY_S},
                "credentials": {
                    "type": "oauth_client_post",
                    "token_url": f"{self.url}/services/oauth2/token",
                    "client": INTEGRATION.client_id,
                    "secret": INTEGRATION.secret,
                },
                "instance": {"field": "instance_url", "hosts": [self._host]},
            },
        }
