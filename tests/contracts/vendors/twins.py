"""The vendors' twins of the sandbox as providers of contracts: their servers, and the states of contracts."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from adapters.sandbox.limsml import LimsmlTwin, TwinSample
from adapters.sandbox.senaite import SenaiteLaboratory, SenaiteTwin
from services.kernel.clock import Clock, VirtualClock
from tests.contracts.vendors import limsml, salesforce, sap, sap_functions, senaite
from tests.contracts.vendors.courier_twins import COURIER_TWINS
from tests.contracts.vendors.crm_twins import salesforce_twin
from tests.contracts.vendors.erp_twins import function_twin, sap_twin
from tests.contracts.vendors.served import State, Twin, TwinStates, served
from tests.support.limsml import PASSWORD as LIMSML_PASSWORD
from tests.support.limsml import USER as LIMSML_USER
from tests.support.senaite import CLIENT, CONTACT, ENDOTOXIN, NOW, PASSWORD, PURITY, SAMPLE, SAMPLE_TYPE, USER
from tests.support.senaite import a_laboratory as a_senaite_laboratory


class SenaiteStates:
    """What has happened in a laboratory, with the names that the contract gives things."""

    def __init__(self, laboratory: SenaiteLaboratory) -> None:
        self._laboratory = laboratory
        self.all: dict[str, State] = {
            senaite.NOTHING_THERE: lambda: None,
            senaite.A_SAMPLE: self.a_sample,
            senaite.VERIFIED: self.verified,
            senaite.REPEATED: self.repeated,
        }

    def emptied(self) -> None:
        """A laboratory without a sample."""
        self._laboratory.objects.clear()

    def a_sample(self) -> None:
        """A whole sample of ours."""
        fields = {"Contact": CONTACT, "SampleType": SAMPLE_TYPE, "ClientSampleID": SAMPLE}
        fields |= {"DateSampled": NOW.isoformat(), "Analyses": [PURITY, ENDOTOXIN]}
        sample = self._laboratory.add_sample(CLIENT, fields)
        assert sample is not None
        self._named(sample, senaite.SAMPLE_UID)
        self._named(self._laboratory.analysis(sample, "RCP"), senaite.OLD_UID)

    def verified(self) -> None:
        """Somebody found the purity, and somebody else looked at it."""
        purity = self._submitted()
        self._laboratory.verify(purity)

    def repeated(self) -> None:
        """The reviewer wants it anew."""
        self._named(self._laboratory.retest(self._submitted()), senaite.NEW_UID)

    def _submitted(self) -> dict[str, Any]:
        sample = self._laboratory.sample(SAMPLE)
        purity = self._laboratory.analysis(sample, "RCP")
        self._laboratory.receive(sample)
        self._laboratory.submit(purity, "99.1")
        return purity

    def _named(self, record: dict[str, Any], uid: str) -> None:
        objects = self._laboratory.objects
        kept = {uid if each is record else name: each for name, each in objects.items()}
        record["uid"] = uid
        objects.clear()
        objects.update(kept)


@asynccontextmanager
async def senaite_twin(password: str = PASSWORD) -> AsyncIterator[tuple[str, TwinStates]]:
    """SENAITE's twin, on a port of its own."""
    laboratory = a_senaite_laboratory(VirtualClock(NOW))
    states = SenaiteStates(laboratory)
    async with served(SenaiteTwin(laboratory, USER, password).app) as url:
        yield url, TwinStates(states.emptied, states.all)


class LimsmlStates:
    """What has happened in a LIMS that speaks LIMSML."""

    def __init__(self, twin: LimsmlTwin, clock: Clock) -> None:
        self._twin, self._clock = twin, clock
        self.all: dict[str, State] = {
            limsml.NOBODY: lambda: None,
            limsml.IN_SESSION: self.in_session,
            limsml.A_SAMPLE: self.a_sample,
            limsml.TESTED: self.tested,
        }

    def emptied(self) -> None:
        """Nobody is logged in, and there is no sample."""
        self._twin.expire_sessions()
        self._twin.samples.clear()

    def in_session(self) -> None:
        """Our account is logged in."""
        self._twin.sessions[limsml.SESSION] = self._clock.now()

    def a_sample(self) -> None:
        """Our sample, under the number of the contract."""
        self._twin.samples[limsml.NUMBER] = TwinSample({"customer_ref": limsml.SAMPLE}, ("HPLC_RCP",))

    def tested(self) -> None:
        """A chemist entered the purity, and it was authorised."""
        self._twin.tested(limsml.NUMBER, "7001", "RCP", result="98.6", units="%", status="A")


@asynccontextmanager
async def limsml_twin() -> AsyncIterator[tuple[str, TwinStates]]:
    """The twin of SampleManager, on a port of its own."""
    clock = VirtualClock(NOW)
    twin = LimsmlTwin(clock, LIMSML_USER, LIMSML_PASSWORD)
    states = LimsmlStates(twin, clock)
    async with served(twin.app) as url:
        yield url, TwinStates(states.emptied, states.all)


TWINS: Mapping[str, Twin] = {
    **COURIER_TWINS,
    sap.NAME: sap_twin,
    sap_functions.NAME: function_twin,
    salesforce.NAME: salesforce_twin,
    senaite.NAME: senaite_twin,
    limsml.NAME: limsml_twin,
}
