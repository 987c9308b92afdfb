"""What usage decisions that SAP has already say of the codes that an account writes and reads."""

from types import SimpleNamespace
from typing import Any

import pytest

from adapters.erp_sap.preflight_words import code_findings
from adapters.erp_sap.settings import settings
from tests.support.sap_documents import MAPPING

CODES = {"plant": "1010", "selected_set": "UD", "code_group": "UD", "accepted": "A", "rejected": "R"}


def found(*decisions: tuple[str, str], writes: tuple[str, ...] = ("usage_decisions",)) -> list[str]:
    account: Any = SimpleNamespace(
        settings=settings({"writes": list(writes), "usage_decision": CODES}), mapping=MAPPING, manufacturer=True
    )
    records = [
        {"InspectionLotUsageDecisionCode": code, "InspLotUsageDecisionValuation": valuation}
        for code, valuation in decisions
    ]
    return [each.detail for each in code_findings(account, records)]


def test_codes_that_say_the_same_on_both_sides_are_no_finding() -> None:
    assert found(("A", "A"), ("R", "R"), ("A2", ""), ("B", "A")) == found() == []


@pytest.mark.parametrize(("code", "valuation", "wanted"), [("A", "R", "A"), ("R", "A", "R")])
def test_a_code_that_sap_values_as_the_contrary_is_told(code: str, valuation: str, wanted: str) -> None:
    words = f"SAP values the code '{code}' as '{valuation}', and we would write it for '{wanted}'"
    assert found((code, valuation)) == [words]
    assert found((code, valuation), writes=()) == []


def test_a_code_without_a_valuation_and_without_a_line_decides_nothing() -> None:
    (words,) = found(("X", ""))
    assert "with the code 'X' and no valuation" in words
