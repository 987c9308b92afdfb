"""Class 7: the bounds of the categories, the transport index and the mixture rule."""

from decimal import Decimal

import pytest

from services.kernel.errors import Invalid
from services.quality.documents.class7 import (
    A2Edition,
    Categorisation,
    PackageCategory,
    a2_share,
    categorise,
    contradictions,
    transport_index,
    un_number,
)
from services.quality.documents.facts import ContentFacts, Emission, PackageType
from tests.unit.quality.documents.builders import ENTERED, a_package, measure

WHITE, YELLOW_II, YELLOW_III = PackageCategory.WHITE_I, PackageCategory.YELLOW_II, PackageCategory.YELLOW_III


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


def test_the_share_of_a2_adds_up_over_all_nuclides() -> None:
    contents = (ContentFacts("Lu-177", measure("70", "GBq")), ContentFacts("Lu-177m", measure("50000", "MBq")))
    share = a2_share(contents, ENTERED)
    assert share is not None
    assert share.fraction == Decimal("0.2")  # 0.07 of 0.7 TBq and 0.05 of 0.5 TBq
    assert share.by_default_row == ()


def test_a_nuclide_that_is_not_listed_takes_its_emissions_default_row_and_is_named() -> None:
    edition = A2Edition("e", {"Lu-177": Decimal(1)}, {Emission.ALPHA: Decimal("0.001")})
    share = a2_share((ContentFacts("Ac-227", measure("1", "MBq"), Emission.ALPHA),), edition)
    assert share is not None
    assert (share.fraction, share.by_default_row) == (Decimal("0.001"), ("Ac-227",))


@pytest.mark.parametrize("value", [None, Decimal(0)])
def test_a_nuclide_without_any_value_is_refused_by_name(value: Decimal | None) -> None:
    edition = A2Edition("e", {} if value is None else {"Tb-161": value})
    with pytest.raises(Invalid) as refusal:
        a2_share((ContentFacts("Tb-161", measure("1", "MBq")),), edition)
    assert refusal.value.facts["nuclide"] == "Tb-161"


def test_unknown_contents_have_an_unknown_share() -> None:
    known = ContentFacts("Lu-177", measure("1", "GBq"))
    assert a2_share((), ENTERED) is None
    assert a2_share((known, ContentFacts("Lu-177m", None)), ENTERED) is None


@pytest.mark.parametrize("unit", ["mCi", "Ci", "", "mbq"])
def test_activity_is_declared_in_becquerel_alone(unit: str) -> None:
    with pytest.raises(Invalid) as refusal:
        a2_share((ContentFacts("Lu-177", measure("1", unit)),), ENTERED)
    assert refusal.value.facts["unit"] == unit


@pytest.mark.parametrize(
    ("package_type", "special", "expected"),
    [
        (PackageType.TYPE_A, False, "UN2915"),
        (PackageType.TYPE_A, True, "UN3332"),
        (PackageType.TYPE_B_U, False, "UN2916"),
        (PackageType.EXCEPTED, False, None),
    ],
)
def test_the_un_number_follows_from_the_design(package_type: PackageType, special: bool, expected: str | None) -> None:
    assert un_number(package_type, special) == expected


def test_contradictions_are_found_all_at_once() -> None:
    full = (ContentFacts("Lu-177", measure("0.7", "TBq")),)
    over = (ContentFacts("Lu-177", measure("0.7000001", "TBq")),)
    assert contradictions(a_package(contents=full), a2_share(full, ENTERED)) == ()
    found = contradictions(a_package(contents=over, un_number="UN2916"), a2_share(over, ENTERED))
    assert len(found) == 2
    assert "exceed A2" in found[1]
    special = a_package(contents=over, un_number="UN3332", special_form=True)
    assert contradictions(special, a2_share(over, ENTERED)) == ()
    strong = a_package(contents=over, un_number="UN2916", package_type=PackageType.TYPE_B_U)
    assert contradictions(strong, a2_share(over, ENTERED)) == ()
    assert contradictions(a_package(package_type=PackageType.EXCEPTED, un_number="UN2910"), None) == ()
    assert contradictions(a_package(contents=()), None) == ("No contents are declared.",)
