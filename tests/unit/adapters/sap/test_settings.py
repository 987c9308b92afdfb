"""What an account of SAP must say: each value is taken up to its bound, and beyond it refused with its place."""

from typing import Any

import pytest

from adapters.erp_sap.settings import settings
from services.kernel.activity import LIFE_MINUTES_MAX, VIALS_MAX

TERMS = {"vial_mbq_max": 12000.0, "claim_cutoff_minutes": 240}
IDOC = {
    "sap": {"port": "SAPS4H", "number": "S4HCLNT100"},
    "own": {"port": "DOSELANE", "number": "DOSELANE"},
    "zone": "Europe/Berlin",
}
ORDER = {"order_type": "OR", "organization": "1710", "distribution_channel": "10", "division": "00", "sold_to": "1"}


def terms(**changes: Any) -> dict[str, Any]:
    return {"production": {"products/a": {**TERMS, **changes}}}


def idoc(**changes: Any) -> dict[str, Any]:
    return {"idoc": {**IDOC, **changes}}


def party(**changes: Any) -> dict[str, Any]:
    return idoc(sap={**IDOC["sap"], **changes})  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("place", "within", "beyond"),
    [
        *(
            (f"production.products/a.{name}", [terms(**{name: each}) for each in within],
             [terms(**{name: each}) for each in beyond])
            for name, within, beyond in (
                ("vials", (1, VIALS_MAX), (0, VIALS_MAX + 1)),
                ("vial_mbq", (1e-9, 1e9), (0, 1e9 + 1)),
                ("vial_mbq_max", (1e-9, 1e9), (0, 1e9 + 1)),
                ("claim_cutoff_minutes", (0, LIFE_MINUTES_MAX), (-1, LIFE_MINUTES_MAX + 1)),
                ("loss_fraction", (0, 0.9), (-0.001, 0.901)),
            )
        ),
        ("idoc.rejection", [idoc(rejection=""), idoc(rejection="02")], [idoc(rejection="002")]),
        ("idoc.unit", [idoc(unit="E"), idoc(unit="PCE")], [idoc(unit=""), idoc(unit="PCES")]),
        ("idoc.activity_unit", [idoc(activity_unit="MCU")], [idoc(activity_unit="MBQ")]),
        ("idoc.items", [idoc(items="many")], [idoc(items="two")]),
        ("idoc.path", [idoc(path="/x")], [idoc(path="x")]),
        ("idoc.zone", [idoc(zone="UTC")], [idoc(zone="Europe/Atlantis")]),
        ("idoc.sap.port", [party(port="P"), party(port="P" * 10)], [party(port=""), party(port="P" * 11)]),
        ("idoc.sap.type", [party(type="L"), party(type="LS")], [party(type=""), party(type="LSX")]),
        ("idoc.sap.number", [party(number="N"), party(number="N" * 10)], [party(number=""), party(number="N" * 11)]),
        ("client", [{"client": ""}, {"client": "100"}], [{"client": "1"}, {"client": "1000"}, {"client": "abc"}]),
        ("requirement_version", [{"requirement_version": "0"}, {"requirement_version": "A1"}],
         [{"requirement_version": ""}, {"requirement_version": "001"}, {"requirement_version": "a"}]),
        ("event_topics", [{"event_topics": ["t"] * 50}], [{"event_topics": ["t"] * 51}]),
        ("event_topics.0", [{"event_topics": ["t" * 249]}], [{"event_topics": ["t" * 250]}, {"event_topics": [""]}]),
        ("plant_zones.1010", [{"plant_zones": {"1010": "Europe/Berlin"}}], [{"plant_zones": {"1010": "Berlin"}}]),
        ("new_sales_order.sold_to", [{"new_sales_order": {**ORDER, "sold_to": "1" * 10}}],
         [{"new_sales_order": {**ORDER, "sold_to": "1" * 11}}, {"new_sales_order": {**ORDER, "sold_to": "A"}}]),
    ],
)  # fmt: skip
def test_a_value_is_taken_up_to_its_bound(place: str, within: list[Any], beyond: list[Any]) -> None:
    for each in within:
        assert settings(each)
    for each in beyond:
        with pytest.raises(ValueError, match=rf"^options\.{place}: ") as refused:
            settings(each)
        assert ";" not in str(refused.value)


@pytest.mark.parametrize(
    ("asks", "needs", "given"),
    [
        ({"writes": ["usage_decisions"]}, "usage_decision",
         {"plant": "1010", "selected_set": "UD", "code_group": "UD", "accepted": "A", "rejected": "R"}),
        ({"writes": ["new_sales_orders"]}, "new_sales_order", ORDER),
        ({"writes": ["idoc_sales_orders"], "idoc": IDOC}, "new_sales_order", ORDER),
        ({"writes": ["idoc_statuses"]}, "idoc", IDOC),
        ({"reads": ["sales_orders"]}, "administration", {"begin": "08:00", "end": "16:00"}),
        ({"reads": ["production_orders"]}, "production", {"products/a": TERMS}),
    ],
)  # fmt: skip
def test_what_reads_or_writes_need_must_be_there(asks: dict[str, Any], needs: str, given: Any) -> None:
    with pytest.raises(ValueError, match=rf"^options\.{needs} is missing, as reads or writes need it$"):
        settings(asks)
    assert settings({**asks, needs: given})


def test_without_a_word_all_is_as_the_readme_says() -> None:
    found = settings({**idoc(), **terms()})
    assert (found.requirement_version, found.ship_to_function, found.root) == ("00", "WE", "/sap/opu/odata/sap")
    assert found.idoc is not None
    assert (found.idoc.items, found.idoc.unit, found.idoc.activity_unit, found.idoc.address, found.idoc.sap.type) == (
        "one",
        "PCE",
        "GBQ",
        "/sap/bc/idoc_xml",
        "LS",
    )
    assert found.production["products/a"].loss_fraction == 0


def test_an_option_that_is_none_is_named() -> None:
    with pytest.raises(ValueError, match=r"^there is no option 'speed'$"):
        settings({"speed": 9})
