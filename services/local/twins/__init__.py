"""The partners' own systems, simulated: the gateway on one machine serves them on loopback and reaches them as real."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any

from services.kernel.clock import Clock
from services.local.twins.salesforce import SimulatedOrganisation
from services.local.twins.samplemanager import LIMSML_ACCOUNT, SimulatedContractLaboratory
from services.local.twins.sap import ACCOUNT, SimulatedPlant
from services.local.twins.senaite import SENAITE_ACCOUNT, SimulatedLaboratory
from services.local.twins.telephones import TELEPHONES_ACCOUNT, SimulatedTelephones

__all__ = [
    "SimulatedContractLaboratory",
    "SimulatedLaboratory",
    "SimulatedOrganisation",
    "SimulatedPlant",
    "SimulatedTelephones",
    "Twins",
]


class Twins:
    """Entered, they answer, each at an address of its own; what they hold is in memory and ends with them."""

    def __init__(self, clock: Clock, host: str, gateway_url: str) -> None:
        self.salesforce = SimulatedOrganisation(clock, host)
        self.sap = SimulatedPlant(clock, host, gateway_url)
        self.senaite = SimulatedLaboratory(clock, host)
        self.samplemanager = SimulatedContractLaboratory(clock, host)
        self.telephones = SimulatedTelephones(host)
        self._open = AsyncExitStack()

    async def __aenter__(self) -> "Twins":
        for each in (self.salesforce, self.sap, self.senaite, self.samplemanager, self.telephones):
            await self._open.enter_async_context(each)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    @property
    def accounts(self) -> Mapping[str, Any]:
        """The accounts by which the gateway reaches them."""
        return {
            "northlake-salesforce": self.salesforce.account,
            ACCOUNT: self.sap.account,
            SENAITE_ACCOUNT: self.senaite.account,
            LIMSML_ACCOUNT: self.samplemanager.account,
            TELEPHONES_ACCOUNT: self.telephones.account,
        }
