"""Who tests what is made: chemists who work in SENAITE, instruments at the line that push our own JSON, and a contract

laboratory that works with SampleManager.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from adapters.sandbox.senaite.laboratory import Record
from services.kernel.ids import uuid7
from services.local import clock
from services.local.demo.doors import Program
from services.local.demo.planning import until
from services.local.twins.samplemanager import ANALYSES, SimulatedContractLaboratory
from services.local.twins.senaite import SimulatedLaboratory
from services.local.world import ASSAY, LABORATORY_ACCOUNT

Found = Mapping[str, tuple[str, str]]
# What is found in a batch that is as it should be: the value and its unit, as the laboratory writes them.
_IN_ALL = {
    "appearance": ("clear", ""),
    "identity": ("complies", ""),
    "endotoxin": ("<0.5", "EU/mL"),
    "sterility": ("no growth", ""),
}
FOUND: Mapping[str, Found] = {
    "products/lu-ligand": {
        **_IN_ALL,
        "radiochemical_purity": ("98.4", "%"),
        "unbound_lutetium": ("0.6", "%"),
        "ph": ("5.5", "pH"),
        "lu177m": ("<0.001", "%"),
        "activity_concentration": ("1.002", "GBq/mL"),
        "filter_integrity": ("3.4", "bar"),
    },
    "products/ac-ligand": {
        **_IN_ALL,
        "labelling_yield": ("97.9", "%"),
        "radiochemical_purity": ("96.1", "%"),
        "ph": ("6.5", "pH"),
        "ac227": ("<0.01", "%"),
        "filter_integrity": ("passed", ""),
    },
    "products/pb-ligand": {
        **_IN_ALL,
        "labelling_yield": ("97.2", "%"),
        "radiochemical_purity": ("97.0", "%"),
        "ph": ("5.5", "pH"),
        "ra224": ("<0.0001", "%"),
        "filter_integrity": ("3.1", "bar"),
    },
}
# What instruments at the line find, which no chemist enters.
AT_THE_LINE = frozenset({"activity_concentration", "filter_integrity"})


def chemists_tests(product: str) -> list[str]:
    """The tests of a product that chemists make, here or elsewhere."""
    return [test for test in FOUND[product] if test not in AT_THE_LINE]


class Laboratory:
    """The laboratories' own systems, which know samples by the names under which they were registered."""

    def __init__(self, program: Program, own: SimulatedLaboratory, contracted: SimulatedContractLaboratory) -> None:
        self._program, self._own, self._contracted = program, own, contracted
        self._passed_on: dict[str, str] = {}  # by batch: the sample that the contract laboratory was sent

    def pass_on(self, batch: str, sample: str) -> None:
        """The contract laboratory tests this sample of a batch."""
        self._passed_on[batch] = sample

    async def tell(self, product: str, batch: str, tests: Sequence[str], odd: Mapping[str, str]) -> None:
        """Let be known what these tests find, as far as somebody makes them; `odd`: what is not as it should be."""
        found = {test: (odd.get(test, value), unit) for test, (value, unit) in FOUND[product].items() if test in tests}
        await self._push(f"{batch}/samples/1", {test: each for test, each in found.items() if test in AT_THE_LINE})
        entered = {test: each for test, each in found.items() if test not in AT_THE_LINE}
        if batch in self._passed_on:
            await self._enter_elsewhere(self._passed_on[batch], entered)
        else:
            await self._enter(f"{batch}/samples/1", entered)

    def is_from_senaite(self, result: str) -> bool:
        """Whether a result, `partners/{partner}/{id}`, is an analysis of the laboratory's SENAITE."""
        return result.rpartition("/")[2] in self._own.laboratory.objects

    def is_from_samplemanager(self, result: str) -> bool:
        """Whether a result is the contract laboratory's."""
        return result.startswith(f"{ASSAY}/")

    async def _enter(self, reference: str, found: Found) -> None:
        """Chemists enter what they found, and others verify it."""
        desk = self._own.laboratory
        sample = await until(lambda: self._registered(reference), bool)
        if sample["review_state"] == "sample_due":
            desk.receive(sample)
            for test in AT_THE_LINE:
                for each in desk.analyses(sample):
                    if each["getKeyword"] == self._own.keywords[test]:
                        desk.cancel(each)
        for test, (value, _) in found.items():
            analysis = desk.analysis(sample, self._own.keywords[test])
            desk.submit(analysis, value)
            desk.verify(analysis)
        if sample["review_state"] == "to_be_verified":
            desk.verify_sample(sample)

    async def _registered(self, reference: str) -> Record | None:
        """The sample in SENAITE, which hears of it by an event."""
        samples = self._own.laboratory.objects.values()
        return next((each for each in samples if each.get("ClientSampleID") == reference), None)

    async def _enter_elsewhere(self, reference: str, found: Found) -> None:
        """The contract laboratory's chemists enter what they found, authorised at once."""
        number, *_ = await until(lambda: self._logged_in(reference), bool)
        for test, (value, unit) in found.items():
            self._contracted.twin.tested(
                number, f"T{uuid7().hex[-12:]}", ANALYSES[test][1], result=value, units=unit, status="A"
            )

    async def _logged_in(self, reference: str) -> list[str]:
        """The sample's numbers in SampleManager."""
        return self._contracted.twin.number_of(reference)

    async def _push(self, sample: str, found: Found) -> None:
        """The line's instruments push, in our own JSON."""
        if not found:
            return
        at = (await clock.now(self._program)).isoformat(timespec="seconds")
        results = [_result(sample, test, *each, at) for test, each in found.items()]

        async def push() -> int:
            answer = await self._program.http.post(f"/push/lims/{LABORATORY_ACCOUNT}", json={"results": results})
            if answer.is_client_error:
                answer.raise_for_status()
            return answer.status_code

        await until(push, lambda status: status == httpx.codes.OK)


def _result(sample: str, test: str, value: str, unit: str, at: str) -> dict[str, Any]:
    said = {
        "result_id": f"AN-{uuid7().hex[-12:]}",
        "samples": [sample],
        "test": test,
        "state": "verified",
        "value": value,
        "captured_at": at,
        "verified_at": at,
        "changed_at": at,
    }
    return {**said, "unit": unit} if unit else said
