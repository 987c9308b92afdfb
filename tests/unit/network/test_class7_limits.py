"""Class 7: how much activity a design may hold."""

from decimal import Decimal

import pytest

from services.network.a2 import A2Edition, A2Share, RadioactiveContent
from services.network.class7 import PackageType
from services.network.class7_limits import (
    PhysicalState,
    contradictions,
    needs_state,
    physical_state,
    share_limit,
    too_much_by_air,
)

CONTENTS = (RadioactiveContent("Lu-177", Decimal(1)),)
TRITIUM = (RadioactiveContent("H-3", Decimal(1)),)
EXCEPTED = PackageType.EXCEPTED
TABLE = A2Edition("a table of the tests", {"Lu-177": Decimal(1)}, a1_tbq={"Lu-177": Decimal(50)})


@pytest.mark.parametrize(
    ("design", "special", "number", "fraction", "found"),
    [
        (PackageType.TYPE_A, False, "UN2915", "1", ()),
        (PackageType.TYPE_A, False, "UN2915", "1.0000001", ("exceed A2",)),
        (PackageType.TYPE_A, True, "UN3332", "1.0000001", ("exceed A1",)),
        (PackageType.TYPE_A, False, "UN2916", "2", ("leads to UN2915.", "exceed A2")),
        (PackageType.TYPE_B_U, False, "UN2916", "2", ()),
        (PackageType.EXCEPTED, False, "UN2910", "0.0001", ()),
        (PackageType.EXCEPTED, False, "UN2910", "0.000101", ("exceed 0.0001 of A2: an excepted package UN2910",)),
        (PackageType.EXCEPTED, False, "UN2915", "0.1", ("UN2908 or UN2909 or UN2910 or UN2911",)),
        (PackageType.INDUSTRIAL, True, "UN3321", "0.1", ()),
        (PackageType.TYPE_A, False, "", None, ("leads to UN2915",)),
    ],
)
def test_contradictions_are_found_all_at_once(
    design: PackageType, special: bool, number: str, fraction: str | None, found: tuple[str, ...]
) -> None:
    share = A2Share(Decimal(fraction)) if fraction else None
    sentences = contradictions(design, special, number, CONTENTS, share, "liquid")
    assert len(sentences) == len(found)
    assert all(part in sentence for part, sentence in zip(found, sentences, strict=True))


def test_a_package_without_contents_contradicts_itself() -> None:
    assert contradictions(PackageType.TYPE_A, False, "UN2915", (), None) == ("No contents are declared.",)


@pytest.mark.parametrize(
    ("number", "form", "special", "contents", "most"),
    [
        ("UN2910", "solid", False, CONTENTS, "0.001"),
        ("UN2910", "liquid", False, CONTENTS, "0.0001"),
        ("UN2910", "Gas", False, CONTENTS, "0.001"),
        ("UN2910", "gas", False, TRITIUM, "0.02"),
        ("UN2910", "liquid", False, TRITIUM, "0.0001"),
        ("UN2910", "gas", False, (*TRITIUM, *CONTENTS), "0.001"),
        ("UN2910", "", True, CONTENTS, "0.001"),
        ("UN2911", "solid", False, CONTENTS, "1"),
        ("UN2911", "", True, CONTENTS, "1"),
        ("UN2911", "liquid", False, CONTENTS, "0.1"),
        ("UN2911", "gas", False, CONTENTS, "0.01"),
        ("UN2911", "gas", False, TRITIUM, "0.2"),
        ("UN2908", "liquid", False, CONTENTS, None),
        ("UN2909", "solid", False, CONTENTS, None),
        ("UN2910", "", False, CONTENTS, None),
        ("UN2910", "sludge", False, CONTENTS, None),
    ],
)
def test_an_excepted_package_holds_what_its_number_and_its_state_allow(
    number: str, form: str, special: bool, contents: tuple[RadioactiveContent, ...], most: str | None
) -> None:
    limit = share_limit(EXCEPTED, number, contents, form, special_form=special)
    assert (limit and limit.share) == (most and Decimal(most))
    known = needs_state(EXCEPTED, number, special_form=special) and physical_state(form) is None
    assert known == (most is None and number in ("UN2910", "UN2911"))


def test_only_type_a_and_excepted_packages_have_a_limit_everywhere() -> None:
    limits = {each: share_limit(each, "", CONTENTS, "liquid", special_form=False) for each in PackageType}
    assert {each for each, limit in limits.items() if limit} == {PackageType.TYPE_A}
    type_a = limits[PackageType.TYPE_A]
    assert type_a is not None and type_a.share == 1


@pytest.mark.parametrize(
    ("form", "state"),
    [
        ("liquid", PhysicalState.LIQUID),
        ("Liquid, in a vial", PhysicalState.LIQUID),
        ("gaseous", PhysicalState.GAS),
        ("solid", PhysicalState.SOLID),
        ("liquid and solid", None),
        ("solidified", None),
        ("gasoline", None),
        ("", None),
    ],
)
def test_a_state_is_read_where_a_form_names_one_and_never_guessed(form: str, state: PhysicalState | None) -> None:
    assert physical_state(form) is state


@pytest.mark.parametrize(
    ("tbq", "special", "said"),
    [
        ("3000", False, ""),
        ("3001", False, "3001 of A2"),
        ("3001", True, ""),  # A1 is fifty times A2: the bound of A2 is the lower one
        ("100000", True, ""),
        ("100010", True, "of A2; a Type B(U) package by air holds 100000 at most"),
        ("150100", True, "of A1; a Type B(U) package by air holds 3000 at most"),
    ],
)
def test_by_air_a_type_b_u_package_holds_the_lower_of_two_bounds(tbq: str, special: bool, said: str) -> None:
    contents = (RadioactiveContent("Lu-177", Decimal(tbq) * 10**12),)
    told = too_much_by_air(contents, TABLE, special_form=special)
    assert (told == "") if not said else (said in told)


def test_of_contents_that_are_not_known_nothing_is_said() -> None:
    assert too_much_by_air((RadioactiveContent("Lu-177", None),), TABLE, special_form=False) == ""
    assert too_much_by_air((), TABLE, special_form=True) == ""


def test_an_empty_packaging_has_no_contents() -> None:
    assert contradictions(EXCEPTED, False, "UN2908", (), None) == ()
    (said,) = contradictions(EXCEPTED, False, "UN2908", CONTENTS, A2Share(Decimal("0.1")))
    assert "empty packaging" in said
