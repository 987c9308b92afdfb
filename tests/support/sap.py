"""A gateway of SAP on a socket, and services reached through the host's client."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import httpx

from adapters.erp_sap.client import SapSender, SapService
from adapters.host.client import client
from adapters.sandbox.sap import SapSystem, SapTwin
from services.kernel.clock import VirtualClock
from services.kernel.http import HttpServer

NOW = datetime(2026, 12, 1, 6, 15, 30, tzinfo=UTC)
USER, PASSWORD = "DOSELANE", "p" * 20
SALES, PROCESS = "API_SALES_ORDER_SRV", "API_PROCESS_ORDER_2_SRV"
DELIVERY, QUALITY = "API_OUTBOUND_DELIVERY_SRV;v=0002", "API_INSPECTIONLOT_SRV"
ROOT = "/sap/opu/odata/sap"
ORDER: dict[str, Any] = {
    "SalesOrderType": "OR",
    "SalesOrganization": "1710",
    "DistributionChannel": "10",
    "OrganizationDivision": "00",
    "SoldToParty": "17100001",
    "PurchaseOrderByCustomer": "DL-1",
    "RequestedDeliveryDate": date(2026, 12, 3),
}
ITEM: dict[str, Any] = {"Material": "LU177-DOSE", "RequestedQuantity": Decimal(1), "RequestedQuantityUnit": "EA"}


@dataclass
class SapBench:
    """A system, its gateway, and what reaches it."""

    clock: VirtualClock
    system: SapSystem
    twin: SapTwin
    url: str
    http: httpx.AsyncClient
    made: dict[str, SapService] = field(default_factory=dict)

    def service(self, name: str, *, merges: bool = False, **options: Any) -> SapService:
        """A service, with a sender of its own."""
        return SapService(SapSender(self.http, **options), name, merges=merges)

    @property
    def events(self) -> list[tuple[str, str]]:
        """The business events so far: object and operation, and key."""
        return [(".".join(each["type"].split(".")[5:7]), *each["data"].values()) for each in self.told]

    @property
    def told(self) -> list[dict[str, Any]]:
        """The events as they are."""
        return self._told

    def __post_init__(self) -> None:
        self._told: list[dict[str, Any]] = []
        self.system.listeners.append(self._told.append)


def connection(url: str, **more: Any) -> dict[str, Any]:
    """How an account reaches a gateway."""
    credentials = {"type": "basic", "user": USER, "password": PASSWORD}
    return {"url": url, "credentials": credentials, "csrf": {"token_url": f"{url}{ROOT}/{SALES}/"}, **more}


@asynccontextmanager
async def a_sap_bench(documents: Mapping[str, bytes] | None = None) -> AsyncIterator[SapBench]:
    """A gateway on a socket of its own."""
    clock = VirtualClock(NOW)
    system = SapSystem(clock, documents)
    twin = SapTwin(system, USER, PASSWORD)
    server = HttpServer(twin.app, "127.0.0.1:0")
    await server.start()
    url = f"http://127.0.0.1:{server.port}"
    try:
        async with client(connection(url), clock) as http:
            yield SapBench(clock, system, twin, url, http)
    finally:
        await server.stop(0)
