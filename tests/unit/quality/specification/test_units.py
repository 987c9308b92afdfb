"""Units are converted exactly, and what is not known is refused."""

from fractions import Fraction

import pytest

from services.quality.domain.specification import UnitRefused, unit_of
from services.quality.domain.specification.units import LENGTH_MAX, ratio


@pytest.mark.parametrize(
    ("of", "to", "factor"),
    [
        ("mCi", "MBq", "37"),
        ("Ci", "GBq", "37"),
        ("µCi", "kBq", "37"),
        ("nCi", "Bq", "37"),
        ("GBq", "MBq", "1000"),
        ("TBq", "GBq", "1000"),
        ("kBq", "Bq", "1000"),
        ("mCi/mL", "MBq/mL", "37"),
        ("MBq/mL", "GBq/L", "1"),
        ("Bq/µL", "kBq/mL", "1"),
        ("EU/mL", "IU/mL", "1"),
        ("EU", "IU/V", "1"),
        ("h", "min", "60"),
        ("min", "s", "60"),
        ("d", "h", "24"),
        ("L", "mL", "1000"),
        ("mL", "µL", "1000"),
        ("g", "mg", "1000"),
        ("mg", "µg", "1000"),
        ("µg", "ng", "1000"),
        ("kg", "g", "1000"),
        ("bar", "kPa", "100"),
        ("bar", "mbar", "1000"),
        ("kPa", "Pa", "1000"),
        ("MeV", "keV", "1000"),
        ("keV", "eV", "1000"),
        ("%", "ppm", "10000"),
        ("µg/GBq", "ng/MBq", "1"),
    ],
)
def test_units_of_one_kind_are_converted_exactly(of: str, to: str, factor: str) -> None:
    assert ratio(unit_of(of), unit_of(to)) == Fraction(factor)
    assert ratio(unit_of(to), unit_of(of)) == 1 / Fraction(factor)


def test_a_pound_per_square_inch_is_what_its_definition_makes_it() -> None:
    assert round(float(ratio(unit_of("psi"), unit_of("Pa"))), 6) == 6894.757293


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("µL", "uL"),
        ("\u03bcL", "\u00b5L"),
        ("\u03bcCi", "uCi"),
        ("ml", "mL"),
        ("[iU]/mL", "IU/mL"),
        ("EU/ml", "IU/mL"),
        ("IU / mL", "IU/mL"),
        ("IU/V", "EU/vial"),
        ("[pH]", "pH"),
        ("mcg/GBq", "µg/GBq"),
    ],
)
def test_spellings_of_one_unit_are_the_same(one: str, other: str) -> None:
    assert unit_of(one) == unit_of(other)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[EU]", "Ehrlich"),
        ("[EU]/mL", "Ehrlich"),
        ("mAU", "what a detector signals"),
        ("mAU/s", "what a detector signals"),
        ("mAU/min", "what a detector signals"),
        ("cps", "the activity"),
        ("U", "unnamed"),
        ("", "no unit"),
        (" ", "no unit"),
        ("Mbq", "MBq would be known"),
        ("mbq/ml", "not known"),
        ("furlong", "not known"),
        ("MBq/", "not known"),
        ("/mL", "not known"),
        ("MBq/mL/h", "not known"),
        ("MBq/pH", "not known"),
        ("x" * (LENGTH_MAX + 1), "longer than"),
    ],
)
def test_what_is_no_unit_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(UnitRefused, match=why):
        unit_of(text)


def test_the_longest_text_is_looked_up() -> None:
    with pytest.raises(UnitRefused, match="not known"):
        unit_of("x" * LENGTH_MAX)


def test_units_of_two_kinds_are_not_converted() -> None:
    with pytest.raises(UnitRefused, match="MBq measures activity and mL volume"):
        ratio(unit_of("MBq"), unit_of("mL"))
    with pytest.raises(UnitRefused):
        ratio(unit_of("IU"), unit_of("IU/mL"))
