"""The manufacturer's quality-control laboratory, which works with SENAITE: samples, analyses, and its JSON API."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

import yaml

from adapters.sandbox.senaite import LaboratoryService, SenaiteLaboratory, SenaiteTwin
from services.kernel.clock import Clock
from services.local.twins.listening import listen
from services.local.world import LABORATORY

SENAITE_ACCOUNT: Final = "qc-senaite"
MAPPING: Final = Path(__file__).with_name("senaite.yaml")
# Of a sandbox that listens on loopback only.
USER, PASSWORD = "doselane", "qc-senaite-sandbox-password"
CLIENT, CONTACT = "c0" * 16, "ca" * 16
# Hours of the demo's clock pass in a second, so what changed is asked for sooner than of a laboratory itself.
CHANGED_EVERY_S = 0.2
# What the laboratory can test, by keyword: the unit and the method of its results. Without a unit they are words;
# without a method it is another one for each product.
SERVICES: Final[Mapping[str, tuple[str, str]]] = {
    "APPEARANCE": ("", "visual inspection"),
    "IDENTITY": ("", ""),
    "RCP": ("%", "HPLC"),
    "YIELD": ("%", "radio-TLC"),
    "ULU": ("%", "radio-TLC"),
    "PH": ("pH", ""),
    "LU177M": ("%", "gamma spectrometry"),
    "AC227": ("%", "gamma spectrometry after ingrowth"),
    "RA224": ("%", "gamma spectrometry"),
    "CONC": ("GBq/mL", "dose calibrator"),
    "LAL": ("EU/mL", "LAL"),
    "FILTER": ("", "bubble point test"),
    "STERILITY": ("", "Ph. Eur. 2.6.1"),
}


class SimulatedLaboratory:
    """Entered, SENAITE answers on loopback; `laboratory` is what chemists do in it."""

    def __init__(self, clock: Clock, host: str) -> None:
        tables = yaml.safe_load(MAPPING.read_text())["tables"]
        self.keywords: Mapping[str, str] = {test: keyword for keyword, test in tables["test"].items()}
        services = [_service(uid, self.keywords[test]) for uid, test in tables["service"].items()]
        self.laboratory = SenaiteLaboratory(clock, CLIENT, CONTACT, list(tables["sample_type"]), services)
        self.twin = SenaiteTwin(self.laboratory, USER, PASSWORD)
        self._host = host
        self._open = AsyncExitStack()
        self.url = ""

    async def __aenter__(self) -> "SimulatedLaboratory":
        self.url = await listen(self.twin.app, self._host, self._open)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    @property
    def account(self) -> dict[str, Any]:
        """The account by which the gateway reaches it."""
        return {
            "partner": LABORATORY,
            "adapter": "lims_senaite",
            "mapping": str(MAPPING),
            "options": {"client": CLIENT, "contact": CONTACT},
            "connection": {
                "url": self.url,
                "every": {"senaite.samples": CHANGED_EVERY_S},
                "credentials": {"type": "basic", "user": USER, "password": PASSWORD},
            },
        }


def _service(uid: str, keyword: str) -> LaboratoryService:
    unit, method = SERVICES[keyword]
    return LaboratoryService(uid, keyword, unit, method, is_text=not unit)
