"""What stands on paper keeps its own unit, and the digits that it was stated with."""

from decimal import Decimal

from services.kernel.activity import Nuclide
from services.quality.documents.facts import LimitFacts
from services.quality.documents.results import limit_text, result_row
from services.quality.specifications.sandbox import sandbox
from services.quality.usecases.document_facts import half_life_of, limit_facts, method_of
from tests.unit.quality.documents.builders import a_result

CONCENTRATION = sandbox()["products/lu-ligand"].by_test["activity_concentration"]


def test_a_limit_keeps_its_unit_beside_a_result_in_another() -> None:
    result = a_result(unit="GBq/mL", value=Decimal("1.002"), limit=limit_facts(CONCENTRATION))
    _, _, criterion, found, *_ = result_row(result)
    assert (criterion, found) == ("≥ 950 MBq/mL and ≤ 1050 MBq/mL", "1.002 GBq/mL")


def test_words_that_are_accepted_stand_on_paper_all_of_them() -> None:
    rules = sandbox()["products/lu-ligand"].by_test
    assert limit_facts(rules["appearance"]).text == "'clear and colourless' or 'clear' or 'complies'"
    assert limit_facts(rules["identity"]).text == "'complies'"  # in whatever usual word


def test_a_trend_is_calculated_and_a_method_that_no_rule_names_is_not_known() -> None:
    rules = {**sandbox()["products/ac-ligand"].by_test, **sandbox()["products/lu-ligand"].by_test}
    assert method_of(rules["radiochemical_purity_trend"]) == "calculated"
    assert method_of(rules["radiochemical_purity"]) == "HPLC"
    assert method_of(sandbox()["products/ac-ligand"].by_test["sterility"]) is None


def test_a_limit_without_a_unit_of_its_own_has_the_results() -> None:
    assert limit_text(LimitFacts(low=Decimal(95)), "%") == "≥ 95 %"


def test_a_half_life_is_told_as_its_evaluation_states_it() -> None:
    told = {nuclide: half_life_of(nuclide) for nuclide in Nuclide}
    shown = [(told[each].value, told[each].unit) for each in (Nuclide.LU_177, Nuclide.PB_212, Nuclide.GA_68)]
    assert shown == [(Decimal("6.647"), "d"), (Decimal("10.64"), "h"), (Decimal("67.71"), "min")]
    assert all(len(each.value.as_tuple().digits) <= 6 for each in told.values())
