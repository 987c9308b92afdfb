"""The papers of a consignment: draft, categories, shares of A2, and what is not known."""

import json
from dataclasses import replace
from typing import Any

import pytest

from services.kernel.errors import Invalid
from services.network.a2 import Emission
from services.network.class7 import PackageType
from services.quality.documents import consignment_note, dangerous_goods_declaration, findings
from services.quality.documents.facts import BatchStanding, ConsignmentFacts, ContentFacts
from tests.unit.quality.documents.builders import (
    ENTERED,
    HEAD,
    SANDBOX,
    a_batch,
    a_consignment,
    a_package,
    measure,
    number,
    page_texts,
    text_of,
)


def twin_of(consignment: ConsignmentFacts) -> dict[str, Any]:
    return json.loads(dangerous_goods_declaration(consignment, ENTERED, HEAD).twin.content)  # type: ignore[no-any-return]


def test_a_declaration_shows_what_it_declares() -> None:
    text = text_of(dangerous_goods_declaration(a_consignment(), ENTERED, HEAD).pdf.content)
    for part in (
        "DRAFT · to be checked and signed", "UN number UN2915", "Class 7", "RADIOACTIVE MATERIAL, TYPE A PACKAGE",
        "Category II-YELLOW", "Transport index 0.5", "120 µSv/h", "0.0042 mSv/h", "8.10 GBq", "1.6 MBq", "Lu-177m",
        "liquid", "aqueous solution", "30 × 30 × 35 cm", "RM-3", "0.01158", "edition as entered", "Nothing was found",
        "Contents on the label Lu-177: 8.10 GBq", "V-0001, V-0002", "Special form no", "Exclusive use no",
        "Clinique Éléonore, médecine nucléaire", "12 rue de l'Été, 69003 Lyon", "contact not known", "Packages 1",
        "passenger and cargo aircraft", "day and night", "Keep upright", "2026-11-26 15:00:00 UTC",
    ):  # fmt: skip
        assert part in text, part
    assert "NOT FOR USE" not in text


def test_a_sandbox_table_marks_every_page_as_not_for_use() -> None:
    packages = tuple(a_package(package_id=f"P-{count}") for count in range(9))
    document = dangerous_goods_declaration(a_consignment(packages=packages), SANDBOX, HEAD)
    texts = page_texts(document.pdf.content)
    assert len(texts) > 2
    assert all("DRAFT · NOT FOR USE" in text for text in texts)
    twin = json.loads(document.twin.content)
    assert twin["not_for_use"] is True
    assert twin["draft"] is True
    assert "default row: Lu-177m" in text_of(document.pdf.content)
    assert twin["packages"][0]["by_default_row"] == ["Lu-177m"]


def test_what_follows_from_the_measurements_is_in_the_twin() -> None:
    twin = twin_of(a_consignment())
    assert twin["packages"] == [
        {
            "package_id": "P-1", "transport_index": "0.5", "category": "II-YELLOW", "exclusive_use": False,
            "a2_fraction": "0.01158", "by_default_row": [],
        }
    ]  # fmt: skip
    assert twin["transport_index_sum"] == "0.5"
    assert twin["findings"] == []


def test_a_share_of_a2_is_never_shown_smaller_than_it_is() -> None:
    contents = (ContentFacts("Lu-177", measure("700.000001", "GBq")),)
    (package,) = twin_of(a_consignment(packages=(a_package(contents=contents),)))["packages"]
    assert package["a2_fraction"] == "1.001"


def test_indices_add_up_and_one_that_is_unknown_makes_the_sum_unknown() -> None:
    two = a_consignment(packages=(a_package(), a_package(package_id="P-2", dose_rate_at_1_m=measure("12", "uSv/h"))))
    assert twin_of(two)["transport_index_sum"] == "1.7"
    unknown = replace(two, packages=(a_package(), a_package(package_id="P-2", dose_rate_at_1_m=None)))
    assert "transport_index_sum" not in twin_of(unknown)
    text = text_of(dangerous_goods_declaration(unknown, ENTERED, HEAD).pdf.content)
    assert "Transport index not known" in text
    assert "Category not known" in text


def test_without_a_surface_dose_rate_there_is_no_category() -> None:
    (package,) = twin_of(a_consignment(packages=(a_package(surface_dose_rate=None),)))["packages"]
    assert "category" not in package
    assert package["transport_index"] == "0.5"


def test_excepted_packages_bear_no_category() -> None:
    small = a_package(package_type=PackageType.EXCEPTED, un_number="UN2910")
    text = text_of(dangerous_goods_declaration(a_consignment(packages=(small,)), ENTERED, HEAD).pdf.content)
    assert "none (excepted package)" in text


def test_everything_that_cannot_go_together_is_found_with_its_package() -> None:
    hot = a_package(surface_dose_rate=measure("2.1", "mSv/h"), un_number="UN2916")
    heavy = a_package(package_id="P-2", contents=(ContentFacts("Lu-177", measure("2", "TBq"), Emission.BETA_GAMMA),))
    consignment = a_consignment(packages=(hot, heavy))
    found = findings(consignment, ENTERED)
    assert [sentence.split(":")[0] for sentence in found[:2]] == ["P-1", "P-2"]
    assert "exclusive use only" in found[2]
    assert len(findings(replace(consignment, exclusive_use=True), ENTERED)) == 2
    document = dangerous_goods_declaration(consignment, ENTERED, HEAD)
    assert json.loads(document.twin.content)["findings"] == list(found)
    text = text_of(document.pdf.content)
    assert "III-YELLOW, exclusive use" in text
    assert found[1] in text


def test_unknown_contents_are_said_to_be_unknown() -> None:
    package = a_package(
        contents=(ContentFacts("Lu-177", None),), physical_form=None, chemical_form=None, dimensions=None,
        instrument=None, measured_at=None, vial_serials=(),
    )  # fmt: skip
    unknown = a_consignment(packages=(package,), departs_at=None, aircraft=None, emergency_contact=None, handling=None)
    text = text_of(dangerous_goods_declaration(unknown, ENTERED, HEAD).pdf.content)
    assert text.count("not known") == 6 + 4 + 4  # carrier's contact, twice the activity and the share are the last four
    empty = a_consignment(packages=(a_package(contents=()),))
    assert "Contents on the label not known" in text_of(dangerous_goods_declaration(empty, ENTERED, HEAD).pdf.content)


@pytest.mark.parametrize("field", ["surface_dose_rate", "dose_rate_at_1_m"])
@pytest.mark.parametrize("unit", ["mrem/h", "Sv", "MBq"])
def test_a_dose_rate_in_another_unit_is_refused_by_its_field(field: str, unit: str) -> None:
    package = a_package(**{field: measure("1", unit)})
    with pytest.raises(Invalid) as refusal:
        dangerous_goods_declaration(a_consignment(packages=(package,)), ENTERED, HEAD)
    assert (refusal.value.facts["field"], refusal.value.facts["unit"]) == (field, unit)


@pytest.mark.parametrize("value", ["-1", "NaN", "Infinity"])
def test_a_dose_rate_that_is_no_measurement_is_refused(value: str) -> None:
    package = a_package(surface_dose_rate=measure(value, "mSv/h"))
    with pytest.raises(Invalid, match="finite"):
        findings(a_consignment(packages=(package,)), ENTERED)


def test_a_consignment_has_packages() -> None:
    empty = a_consignment(packages=())
    with pytest.raises(Invalid, match="at least one package"):
        dangerous_goods_declaration(empty, ENTERED, HEAD)
    with pytest.raises(Invalid, match="at least one package"):
        consignment_note(empty, a_batch(), HEAD)


def test_a_note_shows_who_sends_what_to_whom() -> None:
    document = consignment_note(a_consignment(), a_batch(), HEAD)
    text = text_of(document.pdf.content)
    for part in (
        "Müller & Søn Radiopharma", "Clinique Éléonore", "Isotope Express", "2026-11-26 15:00:00 UTC",
        "2026-11-26 16:00 Europe/Stockholm", "2026-11-27 06:00:00 UTC", "Same day", "below 25 °C, upright",
        "P-1 Type A", "UN2915", "Lu-177: 8.10 GBq", "Lu-177m: 1.6 MBq", "V-0001, V-0002", "II-YELLOW", "0.5",
        "12.40 kg", "LU26-1126/A", "Handed over by the consignor", "Taken over by the carrier",
        "Received by the consignee",
    ):  # fmt: skip
        assert part in text, part
    twin = json.loads(document.twin.content)
    assert (twin["lot"], twin["standing"], twin["quarantine"]) == ("LU26-1126/A", "READY_TO_SHIP", True)
    assert document.subject == "SHP-31"


@pytest.mark.parametrize("standing", BatchStanding)
def test_what_is_not_certified_travels_under_quarantine(standing: BatchStanding) -> None:
    released = standing in (BatchStanding.CERTIFIED_FOR_USE, BatchStanding.CERTIFIED_FINAL)
    document = consignment_note(a_consignment(), a_batch(standing=standing), HEAD)
    assert ("SHIPPED UNDER QUARANTINE" in text_of(document.pdf.content)) is not released
    assert json.loads(document.twin.content)["quarantine"] is not released


def test_a_note_says_what_is_not_known() -> None:
    bare = a_consignment(
        departs_at=None, arrives_at=None, service=None, handling=None, emergency_contact=None, storage="on dry ice",
        packages=(a_package(contents=(), vial_serials=(), gross_weight=None, dose_rate_at_1_m=None),),
    )  # fmt: skip
    text = text_of(consignment_note(bare, a_batch(expires_at=None), HEAD).pdf.content)
    assert text.count("not known") == 6 + 1 + 5
    assert "on dry ice" in text
    with pytest.raises(Invalid, match="time zone"):
        consignment_note(a_consignment(zone="Nowhere"), a_batch(), HEAD)


def test_a_longer_lived_daughter_that_nobody_declared_is_counted_and_named() -> None:
    contents = (ContentFacts("At-211", measure("1", "GBq")),)
    edition = replace(ENTERED, a2_tbq={"At-211": number("0.5"), "Bi-207": number("0.7")})
    document = dangerous_goods_declaration(a_consignment(packages=(a_package(contents=contents),)), edition, HEAD)
    assert "0.002001 (with daughters that grow in: Bi-207)" in text_of(document.pdf.content)
    assert json.loads(document.twin.content)["packages"][0]["progeny"] == ["Bi-207"]


def test_a_special_form_is_held_against_a1() -> None:
    package = a_package(un_number="UN3332", special_form=True, contents=(ContentFacts("Lu-177", measure("2", "TBq")),))
    edition = replace(ENTERED, a1_tbq={"Lu-177": number("4")})
    assert findings(a_consignment(packages=(package,)), edition) == ()


@pytest.mark.parametrize("unit", ["mCi", "Ci", "", "mbq"])
def test_activity_is_declared_in_becquerel_alone(unit: str) -> None:
    package = a_package(contents=(ContentFacts("Lu-177", measure("1", unit)),))
    with pytest.raises(Invalid) as refusal:
        findings(a_consignment(packages=(package,)), ENTERED)
    assert refusal.value.facts["unit"] == unit
