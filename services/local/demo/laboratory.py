"""The quality-control laboratory of the sandbox: pushes what it found, in our JSON, to its account at the push door."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.kernel.ids import uuid7
from services.local import clock
from services.local.demo.doors import Program
from services.local.world import LABORATORY_ACCOUNT

# What it finds in a batch that is as it should be: the value and its unit, as this laboratory writes them.
_IN_ALL = {
    "appearance": ("clear", ""),
    "identity": ("complies", ""),
    "endotoxin": ("<0.5", "EU/mL"),
    "sterility": ("no growth", ""),
}
FOUND: Mapping[str, Mapping[str, tuple[str, str]]] = {
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


class Laboratory:
    """A laboratory's own system, which knows samples by the names under which they were registered."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self.pushed = 0

    async def tell(self, product: str, sample: str, tests: Sequence[str], odd: Mapping[str, str]) -> None:
        """Push what was found in these tests, as far as it makes them; `odd`: by test, what is not as it should be."""
        made = [test for test in tests if test in FOUND[product]]
        at = (await clock.now(self._program)).isoformat(timespec="seconds")
        results = [_result(product, sample, test, odd.get(test), at) for test in made]
        answer = await self._program.http.post(f"/push/lims/{LABORATORY_ACCOUNT}", json={"results": results})
        answer.raise_for_status()
        self.pushed += len(results)


def _result(product: str, sample: str, test: str, odd: str | None, at: str) -> dict[str, Any]:
    value, unit = FOUND[product][test]
    said = {
        "result_id": f"AN-{uuid7().hex[-12:]}",
        "samples": [sample],
        "test": test,
        "state": "verified",
        "value": odd or value,
        "captured_at": at,
        "verified_at": at,
        "changed_at": at,
    }
    return {**said, "unit": unit} if unit else said
