"""Class 7: the bounds of the categories, the transport index, UN numbers, and what a label says."""

from decimal import Decimal

import pytest

from services.kernel.errors import Invalid
from services.network.a2 import RadioactiveContent
from services.network.class7 import (
    PROPER_SHIPPING_NAMES,
    UN_NUMBERS,
    Categorisation,
    PackageCategory,
    PackageType,
    activity_text,
    categorise,
    index_sum,
    is_proper_shipping_name,
    label_of,
    transport_index,
    un_number,
)

WHITE, YELLOW_II, YELLOW_III = PackageCategory.WHITE_I, PackageCategory.YELLOW_II, PackageCategory.YELLOW_III
CONTENTS = (RadioactiveContent("Lu-177", Decimal(10) ** 9),)


@pytest.mark.parametrize(
    ("msv_h", "index"),
    [
        ("0", "0"),
        ("0.0005", "0"),  # 0.05 counts as zero
        ("0.0005001", "0.1"),
        ("0.0006", "0.1"),
        ("0.001", "0.1"),
        ("0.00101", "0.2"),  # up, never to the nearest
        ("0.01", "1.0"),
        ("0.1", "10.0"),
        ("0.10001", "10.1"),
    ],
)
def test_the_transport_index_is_rounded_up_to_one_decimal(msv_h: str, index: str) -> None:
    assert str(transport_index(Decimal(msv_h))) == index


@pytest.mark.parametrize(
    ("index", "surface", "category", "exclusive"),
    [
        ("0", "0.005", WHITE, False),
        ("0", "0.0051", YELLOW_II, False),
        ("0.1", "0.005", YELLOW_II, False),
        ("1", "0.5", YELLOW_II, False),
        ("1.1", "0.5", YELLOW_III, False),
        ("1", "0.501", YELLOW_III, False),
        ("0.8", "0.6", YELLOW_III, False),  # the regulation's own example
        ("10", "2", YELLOW_III, False),
        ("10.1", "2", YELLOW_III, True),
        ("10", "2.01", YELLOW_III, True),
        ("0", "10", YELLOW_III, True),
    ],
)
def test_the_higher_of_index_and_surface_dose_rate_wins(
    index: str, surface: str, category: PackageCategory, exclusive: bool
) -> None:
    assert categorise(Decimal(index), Decimal(surface)) == Categorisation(category, exclusive)


def test_a_highway_route_controlled_quantity_is_yellow_iii_whatever_was_measured() -> None:
    assert categorise(Decimal(0), Decimal(0), True) == Categorisation(YELLOW_III, False)
    assert categorise(Decimal(11), Decimal(0), True) == Categorisation(YELLOW_III, True)


@pytest.mark.parametrize(
    ("index", "surface"), [("0", "10.001"), ("-1", "0"), ("0", "-0.1"), ("NaN", "0"), ("0", "Infinity")]
)
def test_what_no_package_may_have_is_refused(index: str, surface: str) -> None:
    with pytest.raises(Invalid):
        categorise(Decimal(index), Decimal(surface))


@pytest.mark.parametrize("rate", ["-0.1", "NaN", "Infinity"])
def test_a_dose_rate_is_a_finite_number_from_zero_on(rate: str) -> None:
    with pytest.raises(Invalid):
        transport_index(Decimal(rate))


def test_indices_add_up_as_long_as_all_are_known() -> None:
    assert index_sum([]) == 0
    assert index_sum([Decimal("0.5"), Decimal("1.2")]) == Decimal("1.7")
    assert index_sum([Decimal("0.5"), None]) is None


@pytest.mark.parametrize(
    ("package_type", "special", "expected"),
    [
        (PackageType.TYPE_A, False, "UN2915"),
        (PackageType.TYPE_A, True, "UN3332"),
        (PackageType.TYPE_B_U, False, "UN2916"),
        (PackageType.TYPE_B_U, True, "UN2916"),
        (PackageType.EXCEPTED, False, None),
        (PackageType.INDUSTRIAL, False, None),
    ],
)
def test_the_un_number_follows_from_the_design(package_type: PackageType, special: bool, expected: str | None) -> None:
    assert un_number(package_type, special) == expected


TYPE_A = "RADIOACTIVE MATERIAL, TYPE A PACKAGE"
SMALL = "non-special form, non fissile or fissile-excepted"
EXCEPTED = "RADIOACTIVE MATERIAL, EXCEPTED PACKAGE"


@pytest.mark.parametrize(("text", "number", "expected"), [
    (TYPE_A, "UN2915", True), ("Radioactive material, Type A package", "UN2915", True),
    (f"{TYPE_A}, {SMALL}", "UN2915", True),  # what stands in small letters may stand behind the name
    (f"{TYPE_A} non-special form", "UN2915", True),
    (f"{TYPE_A}, SPECIAL FORM, non fissile or fissile excepted", "UN3332", True),
    (f"{TYPE_A}, {SMALL}", "UN3332", False), (f"{TYPE_A}, SPECIAL FORM", "UN2915", False),
    (f"{EXCEPTED} \u2013 LIMITED QUANTITY OF MATERIAL", "UN2910", True),  # as the regulations print the dash
    (f"{EXCEPTED} - ARTICLES", "UN2911", True), (f"{EXCEPTED} - INSTRUMENTS", "UN2911", True),
    (f"{EXCEPTED} - INSTRUMENTS OR ARTICLES", "UN2911", False),  # the one that fits best
    (f"{EXCEPTED} - ARTICLES MANUFACTURED FROM DEPLETED URANIUM", "UN2909", True),
    ("RADIOACTIVE MATERIAL, SURFACE CONTAMINATED OBJECTS (SCO-II), non fissile or fissile-excepted", "UN2913", True),
    (f"{TYPE_A}, fissile", "UN2915", False), ("RADIOACTIVE MATERIAL", "UN2915", False), ("", "UN2915", False),
    (TYPE_A, "UN2916", False), (TYPE_A, "UN0000", False), (TYPE_A, "", True), ("MEDICINES", "", False),
])  # fmt: skip
def test_a_proper_shipping_name_is_its_words(text: str, number: str, expected: bool) -> None:
    assert is_proper_shipping_name(text, number) == expected


def test_every_design_has_numbers_and_every_number_a_name() -> None:
    assert set(UN_NUMBERS) == {(design, special) for design in PackageType for special in (False, True)}
    assert {number for numbers in UN_NUMBERS.values() for number in numbers} == set(PROPER_SHIPPING_NAMES)


@pytest.mark.parametrize(
    ("becquerel", "text"),
    [
        ("0", "0 Bq"),
        ("0.5", "0.5 Bq"),
        ("999", "999 Bq"),
        ("1000", "1 kBq"),
        ("7400000000", "7.4 GBq"),
        ("7400100000", "7.401 GBq"),  # up, never less than there is
        ("999950000", "1 GBq"),
        ("120000000", "120 MBq"),
        ("700000000000", "700 GBq"),
        ("1500000000000", "1.5 TBq"),
        ("2000000000000000", "2 PBq"),
        ("3000000000000000000", "3000 PBq"),
    ],
)
def test_an_activity_bears_a_prefix_and_is_never_shown_smaller(becquerel: str, text: str) -> None:
    assert activity_text(Decimal(becquerel)) == text


def test_an_activity_below_zero_is_refused() -> None:
    with pytest.raises(Invalid) as refusal:
        activity_text(Decimal(-1))
    assert refusal.value.facts["field"] == "activity"


def test_a_label_says_category_contents_activity_and_index() -> None:
    label = label_of(Categorisation(YELLOW_II, False), Decimal("0.4"), ("Lu-177", "Lu-177m"), Decimal("7.4e9"))
    assert label.lines == (
        "RADIOACTIVE II-YELLOW",
        "CONTENTS Lu-177, Lu-177m",
        "ACTIVITY 7.4 GBq",
        "TRANSPORT INDEX 0.4",
        "7",
    )


def test_a_white_label_bears_no_index() -> None:
    label = label_of(Categorisation(WHITE, False), Decimal(0), ("F-18",), Decimal("1e6"))
    assert (label.transport_index, label.lines[-2:]) == (None, ("ACTIVITY 1 MBq", "7"))
