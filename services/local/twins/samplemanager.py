"""A contract laboratory, which works with Thermo SampleManager and is spoken to in LIMSML."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

from adapters.sandbox.limsml import LOG_IN, LimsmlTwin
from services.kernel.clock import Clock
from services.local.twins.listening import listen
from services.local.world import ASSAY

LIMSML_ACCOUNT: Final = "clearwater-samplemanager"
MAPPING: Final = Path(__file__).with_name("samplemanager.yaml")
# Of a sandbox that listens on loopback only.
USER, PASSWORD = "DOSELANE", "clearwater-sandbox-password"
# Hours of the demo's clock pass in a second. Each look is a session of its own, so there are fewer of them than of
# what costs a list only.
RESULTS_EVERY_S = 0.5
# Our test: the analysis by which the laboratory logs it in, and the name under which its result stands.
ANALYSES: Final[Mapping[str, tuple[str, str]]] = {
    "appearance": ("VISUAL", "APPEARANCE"),
    "identity": ("GAMMA", "IDENTITY"),
    "radiochemical_purity": ("HPLC_RCP", "RCP"),
    "unbound_lutetium": ("TLC", "ULU"),
    "ph": ("PH", "PH"),
    "lu177m": ("GAMMA", "LU177M"),
    "endotoxin": ("LAL", "ENDOTOXIN"),
    "sterility": ("STERILITY", "STERILITY"),
}


class SimulatedContractLaboratory:
    """Entered, SampleManager answers on loopback; `twin` is what its chemists enter."""

    def __init__(self, clock: Clock, host: str) -> None:
        self.twin = LimsmlTwin(clock, USER, PASSWORD)
        self._host = host
        self._open = AsyncExitStack()
        self.url = ""

    async def __aenter__(self) -> "SimulatedContractLaboratory":
        self.url = await listen(self.twin.app, self._host, self._open)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    @property
    def account(self) -> dict[str, Any]:
        """The account by which the gateway reaches it."""
        return {
            "partner": ASSAY,
            "adapter": "lims_limsml",
            "mapping": str(MAPPING),
            "options": {
                "user": USER,
                "password": PASSWORD,
                "log_in": {
                    "action": LOG_IN,
                    "parameters": {"TEMPLATE": "RADIOLIGAND"},
                    "fields": {"customer_ref": "{sample}", "lot": "{batch}"},
                    "analyses": {test: analysis for test, (analysis, _) in ANALYSES.items()},
                },
                "find": {"table": "SAMPLE", "column": "customer_ref", "field": "customer_ref"},
            },
            "connection": {"url": self.url, "every": {"limsml.results": RESULTS_EVERY_S}},
        }
