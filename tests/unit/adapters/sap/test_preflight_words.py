"""What usage decisions that SAP has already say of the codes that an account writes and reads."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from adapters.erp_sap.odata.metadata import read_v2
from adapters.erp_sap.preflight_fields import written_findings
from adapters.erp_sap.preflight_words import code_findings, option_findings
from adapters.erp_sap.settings import settings
from adapters.mapping import AccountMapping
from adapters.sandbox.sap.edmx import packaged
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


HOURS = {"administration": {"begin": "08:00", "end": "16:00"}}
TERMS = {"vial_mbq_max": 12000.0, "claim_cutoff_minutes": 240}
SITES = {"site_zones": {"sites/lakeside": "America/Chicago", "sites/hillside": "America/Chicago"}}


def left_open(**options: Any) -> list[str]:
    account: Any = SimpleNamespace(settings=settings(options), mapping=MAPPING, manufacturer=False)
    return [each.detail for each in option_findings(account)]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, []),
        ({"reads": ["sales_orders"], **HOURS, **SITES}, []),
        (
            {"reads": ["sales_orders"], **HOURS, "site_zones": {"sites/lakeside": "America/Chicago"}},
            ["sites/hillside has no zone in options.site_zones, so the day of its orders is not known"],
        ),
        (
            {"reads": ["production_orders"], "production": {"products/lu-ligand": TERMS}},
            ["options.plant_zones is empty, so no planned time is known"],
        ),
        (
            {"reads": ["production_orders"], "production": {"products/x": TERMS}, "plant_zones": {"1010": "UTC"}},
            ["products/lu-ligand has no terms in options.production, so its process orders are refused"],
        ),
        (
            {"writes": ["usage_decisions"], "usage_decision": {**CODES, "rejected": "A2"}},
            ["the code 'A2' is written for REJECTED, and tables.usage_decision reads it as the contrary"],
        ),
        ({"writes": ["usage_decisions"], "usage_decision": {**CODES, "accepted": "A2"}}, []),
    ],
)
def test_what_options_and_mapping_leave_open_is_told(options: dict[str, Any], told: list[str]) -> None:
    assert left_open(**options) == told


@pytest.mark.parametrize(
    ("manufacturer", "reads", "tables"),
    [
        (False, "sales_orders", ["product", "site"]),
        (True, "sales_orders", ["product", "site", "partner"]),
        (False, "outbound_deliveries", ["partner"]),
        (False, "planned_requirements", ["product", "region"]),
        (False, "production_orders", ["product", "line"]),
    ],
)
def test_a_table_that_what_is_read_needs_is_missed(manufacturer: bool, reads: str, tables: list[str]) -> None:
    options = {"reads": [reads], **HOURS, "production": {"products/a": TERMS}, "plant_zones": {"1010": "UTC"}}
    account: Any = SimpleNamespace(settings=settings(options), mapping=AccountMapping("1"), manufacturer=manufacturer)
    told = [f"tables.{table} has no line, so every document is refused" for table in tables]
    assert [each.detail for each in option_findings(account)] == told


def writing_finds(writes: str, document: str, service: str, change: Any = None) -> tuple[list[str], list[str]]:
    """What is found of a reaction that writes into a service, and what is wrong with what it would send."""
    given = settings({"writes": [writes], "usage_decision": CODES})
    model = read_v2(service, packaged()[service])
    found, made = written_findings(given, MAPPING, document, change(model) if change else model)
    return [each.detail for each in found], [each.problem for each in made]


YIELDS = ("yields", "production_orders", "API_PROCESS_ORDER_2_SRV")


def without(model: Any) -> Any:
    return replace(model, sets={})


def fixed(model: Any) -> Any:
    sets = {name: replace(each, updatable=False, creatable=False) for name, each in model.sets.items()}
    return replace(model, sets=sets)


@pytest.mark.parametrize(("change", "what"), [(without, "has no"), (fixed, "does not let us change")])
def test_a_set_that_is_not_there_or_not_ours_to_change_is_told_with_what_would_be_sent(change: Any, what: str) -> None:
    words = f"API_PROCESS_ORDER_2_SRV {what} A_ProcessOrder_2"
    assert writing_finds(*YIELDS, change) == ([words], [words])


def test_what_is_made_and_may_not_be_is_told_so() -> None:
    made = writing_finds("usage_decisions", "inspection_lots", "API_INSPECTIONLOT_SRV", fixed)
    words = "API_INSPECTIONLOT_SRV does not let us make A_InspLotUsageDecision"
    assert made == ([words, words], [words, words])
