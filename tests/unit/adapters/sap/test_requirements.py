"""Planned independent requirements are a demand by region and week, or are refused: nothing is spread by a guess."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest
from doselane.erp.v1.erp_pb2 import Demand

from adapters.erp_sap.documents import SapDocument
from adapters.erp_sap.settings import SHAPE, settings
from adapters.erp_sap.translate import SapReader
from adapters.host.mappings import mapping_of
from adapters.manifest import Fact, Incoming, Refused
from adapters.mapping import Mapped

# A Wednesday.
READ_AT = datetime(2026, 12, 2, 6, 15, 30, tzinfo=UTC)
TABLES = """\
  product: {LU177-DOSE: products/lu-ligand, LU177-DOSE-B: products/lu-ligand, "4711": products/ac-ligand}
  region: {"1710": us-midwest, "1720": us-midwest, "1010": eu-central}
"""
ITEM: Mapping[str, Any] = {
    "Product": "LU177-DOSE",
    "Plant": "1710",
    "MRPArea": "1710",
    "PlndIndepRqmtVersion": "00",
    "PlndIndepRqmtPeriod": "202650",
    "PeriodType": "W",
    "PlndIndepRqmtPeriodStartDate": "2026-12-07",
    "PlannedQuantity": "12.000",
    "UnitOfMeasure": "EA",
}


def facts(*items: Mapping[str, Any], tables: str = TABLES, read_at: datetime = READ_AT) -> list[Fact]:
    body = SapDocument("planned_requirements", "products/lu-ligand", "1", read_at, {"item": items}).written()
    given = Mapped(settings({}), mapping_of("m", f"version: 1\ntables:\n{tables}", SHAPE).mapping)
    return list(SapReader(given).translate(Incoming("sap.planned_requirements", body, {}, read_at)).facts)


def demanded(*items: Mapping[str, Any], **of: Any) -> dict[tuple[str, str], list[tuple[str, int]]]:
    found: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for fact in facts(*items, **of):
        said = fact.said
        assert isinstance(said, Demand)
        weeks = [
            (str(date(each.week_start_date.year, each.week_start_date.month, each.week_start_date.day)), each.doses)
            for each in said.weeks
        ]
        found[said.product, said.region] = weeks
    return found


def item(**changes: Any) -> Mapping[str, Any]:
    return {**ITEM, **{name: value for name, value in changes.items() if value is not None}}


def day(text: str, doses: str = "12.000", **changes: Any) -> Mapping[str, Any]:
    return item(PlndIndepRqmtPeriodStartDate=text, PlannedQuantity=doses, **changes)


LU = ("products/lu-ligand", "us-midwest")


def test_the_plan_begins_with_this_week_whether_or_not_it_needs_something() -> None:
    assert demanded(day("2026-12-07")) == {LU: [("2026-11-30", 0), ("2026-12-07", 12)]}
    assert demanded(day("2026-11-30", "3"), day("2026-12-07", "0")) == {LU: [("2026-11-30", 3)]}


def test_of_weeks_that_are_over_nothing_is_said() -> None:
    assert demanded(day("2026-11-23"), day("2026-12-21", "2")) == {LU: [("2026-11-30", 0), ("2026-12-21", 2)]}


def test_days_areas_and_materials_of_one_product_and_region_add_up() -> None:
    found = demanded(
        day("2026-12-07", "1", PeriodType="D"),
        day("2026-12-13", "2", PeriodType="D"),
        day("2026-12-14", "4", PeriodType="D", MRPArea="1720"),
        day("2026-12-14", "8", Product="LU177-DOSE-B"),
        day("2026-12-14", "16", MRPArea="1010"),
        day("2026-12-14", "32", Product="4711"),
    )
    assert found == {
        LU: [("2026-11-30", 0), ("2026-12-07", 3), ("2026-12-14", 12)],
        ("products/lu-ligand", "eu-central"): [("2026-11-30", 0), ("2026-12-14", 16)],
        ("products/ac-ligand", "us-midwest"): [("2026-11-30", 0), ("2026-12-14", 32)],
    }


def test_the_same_plan_read_later_in_the_week_is_one_statement() -> None:
    (first,), (again,) = facts(item()), facts(item(), read_at=READ_AT.replace(day=6, hour=23))
    assert (first.key, first.content) == (again.key, again.content)
    assert first.event_id == "products/lu-ligand us-midwest"
    (next_week,) = facts(item(), read_at=READ_AT.replace(day=7, hour=0))
    assert next_week.key != first.key


def test_a_months_plan_that_needs_nothing_or_is_long_over_stands_in_nobodys_way() -> None:
    month = {"PeriodType": "M"}
    assert demanded(day("2026-12-01", "0", **month), day("2026-10-01", "9", **month), item()) == {
        LU: [("2026-11-30", 0), ("2026-12-07", 12)]
    }


def test_a_type_of_period_may_be_named_by_the_account() -> None:
    found = demanded(item(PeriodType="T"), tables=f"{TABLES}  period: {{T: DAY}}\n")
    assert found == {LU: [("2026-11-30", 0), ("2026-12-07", 12)]}


@pytest.mark.parametrize(
    ("changes", "reason", "place"),
    [
        ({"PeriodType": "M"}, "WORD_UNKNOWN", "PeriodType"),
        # It began before this week and reaches into it.
        ({"PeriodType": "M", "PlndIndepRqmtPeriodStartDate": "2026-11-01"}, "WORD_UNKNOWN", "PeriodType"),
        ({"MRPArea": "9999"}, "WORD_UNKNOWN", "MRPArea"),
        ({"Product": "OTHER"}, "WORD_UNKNOWN", "Product"),
        ({"UnitOfMeasure": "GBQ"}, "UNIT_UNKNOWN", "UnitOfMeasure"),
        ({"PlannedQuantity": "1.5"}, "FIELD_NOT_VALID", "PlannedQuantity"),
        ({"PlannedQuantity": "-1"}, "FIELD_NOT_VALID", "PlannedQuantity"),
        ({"PlannedQuantity": "1000001"}, "FIELD_NOT_VALID", "PlannedQuantity"),
        ({"PlannedQuantity": ""}, "FIELD_MISSING", "PlannedQuantity"),
        ({"PlndIndepRqmtPeriodStartDate": "2026-12-07T08:00:00"}, "FIELD_NOT_VALID", "PlndIndepRqmtPeriodStartDate"),
        ({"PlndIndepRqmtPeriodStartDate": ""}, "FIELD_MISSING", "PlndIndepRqmtPeriodStartDate"),
    ],
)
def test_what_says_no_doses_of_a_week_is_refused_with_its_place(
    changes: dict[str, Any], reason: str, place: str
) -> None:
    with pytest.raises(Refused) as raised:
        facts(item(), item(**changes))
    assert (raised.value.reason, raised.value.place) == (reason, f"/records/item/1/{place}")


def test_a_week_has_no_more_doses_than_can_be() -> None:
    with pytest.raises(Refused, match="FIELD_NOT_VALID") as raised:
        facts(*(day("2026-12-07", "600000", MRPArea=area) for area in ("1710", "1720")))
    assert "makes more than 1000000 doses of the week of 2026-12-07" in raised.value.detail
