"""Tidewater Isotopes' own SAP S/4HANA: the manufacturer's production orders, inspection lots and deliveries."""

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

from adapters.sandbox.sap import SapEventMesh, SapSystem, SapTwin
from adapters.sandbox.sap.gateway import CLIENT, ROOT
from services.kernel.clock import Clock
from services.local.twins.listening import listen
from services.local.world import MANUFACTURER

ACCOUNT: Final = "tidewater-sap"
MAPPING: Final = Path(__file__).with_name("sap.yaml")
# Secrets of a sandbox that listens on loopback only: of our user in SAP, and of SAP's event mesh here.
USER, PASSWORD = "DOSELANE", "tidewater-sap-sandbox-password"
MESH: Final = ("EVENTMESH", "tidewater-mesh-sandbox-secret")
ORIGIN: Final = "eventmesh.tidewater.example"
PROCESS, LOTS = "API_PROCESS_ORDER_2_SRV", "API_INSPECTIONLOT_SRV"
DELIVERIES, SALES = "API_OUTBOUND_DELIVERY_SRV", "API_SALES_ORDER_SRV"
PLANT, ZONE = "1710", "America/New_York"
# Hours of the demo's clock pass in a second, so what events name is read back sooner than of SAP itself.
READ_BACK_EVERY_S = 0.2


class SimulatedPlant:
    """Entered, SAP answers on loopback, and its events go to the gateway's door; `system` is what people do in it."""

    def __init__(self, clock: Clock, host: str, gateway_url: str) -> None:
        self.system = SapSystem(clock)
        self.twin = SapTwin(self.system, USER, PASSWORD)
        self.mesh = SapEventMesh(self.system, f"{gateway_url}/push/sap/{ACCOUNT}/events", MESH, ORIGIN)
        self._host = host
        self._open = AsyncExitStack()
        self.url = ""

    async def __aenter__(self) -> "SimulatedPlant":
        self.url = await listen(self.twin.app, self._host, self._open)
        await self._open.enter_async_context(self.mesh)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    def go_away(self) -> None:
        """Nothing goes between SAP and anybody else until it comes back; its people go on working."""
        self.twin.away = True
        self.mesh.connected.clear()

    def come_back(self) -> None:
        """SAP answers again, and tells what happened meanwhile."""
        self.twin.away = False
        self.mesh.connected.set()

    @property
    def account(self) -> dict[str, Any]:
        """The account by which the gateway reaches it."""
        return {
            "partner": MANUFACTURER,
            "adapter": "erp_sap",
            "manufacturer": True,
            "mapping": str(MAPPING),
            "auth": {"type": "basic", "user": MESH[0], "secrets": [MESH[1]]},
            "options": {
                "reads": ["production_orders", "inspection_lots", "outbound_deliveries"],
                "writes": ["yields", "usage_decisions", "goods_issues"],
                "client": CLIENT,
                "origins": [ORIGIN],
                "plant_zones": {PLANT: ZONE},
                "production": {
                    "products/lu-ligand": _terms(20_000),
                    "products/ac-ligand": _terms(40),
                    "products/pb-ligand": _terms(4_000),
                },
                "usage_decision": {
                    "plant": PLANT, "selected_set": "UD", "code_group": "UD", "accepted": "A", "rejected": "R",
                },
            },
            "connection": {
                "url": self.url,
                "every": {"sap.notified": READ_BACK_EVERY_S},
                "credentials": {"type": "basic", "user": USER, "password": PASSWORD},
                "csrf": {"token_url": f"{self.url}{ROOT}/{PROCESS}/"},
            },
        }  # fmt: skip


def _terms(vial_mbq: float) -> dict[str, Any]:
    """Orders count vials, of which each has so much; doses are claimed until six hours before."""
    return {"vial_mbq": vial_mbq, "vial_mbq_max": vial_mbq, "claim_cutoff_minutes": 360, "loss_fraction": 0.02}
