"""Shares of A2: the mixture rule, default rows, daughters, and activity at an instant."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import ModuleType

import pytest

from services.kernel.errors import Invalid
from services.network import a2
from services.network.a2 import (
    NO_TABLE,
    A2Edition,
    Emission,
    RadioactiveContent,
    a2_share,
    activity_when,
    emission_of,
    half_life_seconds,
    named_nuclides,
    with_progeny,
)

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
TABLE = A2Edition(
    "a table of the tests",
    {"Lu-177": Decimal("0.7"), "Lu-177m": Decimal("0.5"), "Ac-225": Decimal("0.006"), "Ac-227": Decimal("0.00009")},
    {Emission.ALPHA: Decimal("0.001")},
    a1_tbq={"Lu-177": Decimal(4)},
)


def gbq(nuclide: str, activity: str, at: datetime | None = NOON) -> RadioactiveContent:
    return RadioactiveContent(nuclide, Decimal(activity) * 10**9, at)


def test_the_share_of_a2_adds_up_over_all_nuclides() -> None:
    share = a2_share((gbq("Lu-177", "70"), gbq("Lu-177m", "50")), TABLE)
    assert share is not None
    assert (share.fraction, share.by_default_row, share.progeny) == (Decimal("0.2"), (), ())


def test_special_form_is_held_against_a1() -> None:
    share = a2_share((gbq("Lu-177", "2000"),), TABLE, special_form=True)
    assert share is not None
    assert (share.fraction, share.by_default_row) == (Decimal("0.5"), ())


def test_an_impurity_counts_beside_what_it_pollutes_with_the_daughters_that_outlive_ten_days() -> None:
    edition = A2Edition("e", {**TABLE.a2_tbq, "Th-227": Decimal("0.005"), "Ra-223": Decimal("0.007")})
    pure = a2_share((gbq("Ac-225", "1"),), edition)
    impure = a2_share((gbq("Ac-225", "1"), gbq("Ac-227", "0.003")), edition)
    assert pure and impure
    # Daughters of Ac-225 live for hours at most: its row holds them.
    assert (pure.progeny, pure.shown) == ((), Decimal("0.1667"))
    assert impure.progeny == ("Th-227", "Ra-223")
    # Σ = 1/6 + 0.003/0.09 + 0.003 · 0.9885/5 + 0.003 · 1.0039/7
    assert float(impure.fraction) == pytest.approx(0.2010, abs=0.0001)


def test_a_nuclide_that_is_not_listed_takes_its_emissions_default_row_and_is_named_once() -> None:
    share = a2_share((gbq("Th-227", "0.001"), gbq("Ra-223", "0.001"), gbq("Th-227", "0.001")), TABLE)
    assert share is not None
    assert (share.fraction, share.by_default_row) == (Decimal("0.003"), ("Th-227", "Ra-223"))


@pytest.mark.parametrize("value", [None, Decimal(0)])
@pytest.mark.parametrize("special_form", [False, True])
def test_a_nuclide_without_any_value_is_refused_by_name(value: Decimal | None, special_form: bool) -> None:
    rows = {} if value is None else {"Tb-161": value}
    with pytest.raises(Invalid) as refusal:
        a2_share((gbq("Tb-161", "1"),), A2Edition("e", rows, a1_tbq=rows), special_form=special_form)
    assert refusal.value.facts["nuclide"] == "Tb-161"
    assert ("A1" in str(refusal.value)) is special_form


def test_unknown_contents_have_an_unknown_share() -> None:
    assert a2_share((), TABLE) is None
    assert a2_share((gbq("Lu-177", "1"), RadioactiveContent("Lu-177m", None)), TABLE) is None


@pytest.mark.parametrize("value", ["-1", "NaN", "Infinity"])
def test_an_activity_is_a_finite_number_from_zero_on(value: str) -> None:
    with pytest.raises(Invalid) as refusal:
        a2_share((RadioactiveContent("Lu-177", Decimal(value)),), TABLE)
    assert refusal.value.facts["field"] == "contents.activity"


def test_nothing_has_no_share() -> None:
    share = a2_share((RadioactiveContent("Lu-177", Decimal(0)),), TABLE)
    assert share is not None
    assert share.fraction == 0


@pytest.mark.parametrize(("fraction", "shown"), [("0.0000011579", "0.000001158"), ("1.0001", "1.001"), ("0.5", "0.5")])
def test_a_share_is_never_shown_smaller_than_it_is(fraction: str, shown: str) -> None:
    assert a2.A2Share(Decimal(fraction)).shown == Decimal(shown)


def test_without_a_table_every_nuclide_takes_a_default_row_of_the_regulations() -> None:
    share = a2_share((gbq("Lu-177", "2"), gbq("Ac-225", "0.009"), gbq("Xy-1", "0.009")), NO_TABLE)
    assert share is not None
    assert (share.fraction, share.by_default_row) == (Decimal("0.3"), ("Lu-177", "Ac-225", "Xy-1"))
    special = a2_share((gbq("Lu-177", "10"), gbq("Ac-225", "20"), gbq("Xy-1", "0.1")), NO_TABLE, special_form=True)
    assert special is not None
    assert special.fraction == Decimal("0.3")
    assert NO_TABLE.not_for_use


@pytest.mark.parametrize(
    ("parent", "daughters"),
    [
        ("Lu-177", {}),
        ("Ac-225", {}),
        ("Pb-212", {}),
        ("Zr-89", {}),
        ("At-211", {"Bi-207": 1.0458e-5}),
        ("I-131", {"Xe-131m": 0.007966}),
        ("Tc-99m", {"Tc-99": 3.248e-9}),
        ("I-123", {"Te-123m": 2.0487e-7}),
        ("Ac-227", {"Th-227": 0.98853, "Ra-223": 1.0039}),
        ("Th-227", {"Ra-223": 2.5766}),
    ],
)
def test_a_daughter_that_outlives_its_parent_or_ten_days_counts_at_the_most_that_grows_in(
    parent: str, daughters: dict[str, float]
) -> None:
    found = with_progeny((RadioactiveContent(parent, Decimal(1), NOON),))[1:]
    assert {each.nuclide: float(each.activity_bq or 0) for each in found} == pytest.approx(daughters, rel=1e-3)
    assert all(each.at == NOON for each in found)


@pytest.mark.parametrize("parent", ["Ac-227", "Th-227", "At-211", "I-131", "I-123"])
def test_no_more_of_a_daughter_ever_grows_in_than_is_counted(parent: str, radioactivedecay: ModuleType) -> None:
    found = {
        each.nuclide: float(each.activity_bq or 0)
        for each in with_progeny((RadioactiveContent(parent, Decimal(1)),))[1:]
    }
    start = radioactivedecay.Inventory({parent: 1.0}, "Bq")
    half_life_d = float(half_life_seconds(parent) or 0) / 86_400
    for days in (half_life_d * part for part in (0.01, 0.1, 0.5, 1, 3, 10)):
        grown = start.decay(min(days, 2000.0), "d").activities()
        for daughter, most in found.items():
            assert grown.get(daughter, 0.0) <= most * 1.0005, daughter


def test_a_daughter_that_is_declared_is_not_counted_twice() -> None:
    declared = (gbq("At-211", "1"), gbq("Bi-207", "0.001"))
    assert with_progeny(declared) == declared


def test_daughters_of_two_parents_add_up_and_one_unknown_makes_the_sum_unknown() -> None:
    both = with_progeny((gbq("Ac-227", "1"), gbq("Th-227", "1")))
    (radium,) = (each for each in both if each.nuclide == "Ra-223")
    assert float(radium.activity_bq or 0) == pytest.approx((1.0039 + 2.5766) * 1e9, rel=1e-3)
    for unknown in (
        (gbq("Ac-227", "1"), RadioactiveContent("Th-227", None)),
        (RadioactiveContent("Ac-227", None), gbq("Th-227", "1")),
    ):
        assert with_progeny(unknown)[-1] == RadioactiveContent("Ra-223", None, unknown[0].at)


def test_contents_decay_with_their_half_lives_and_were_more_before() -> None:
    lutetium = gbq("Lu-177", "10")
    later, before = (activity_when(lutetium, NOON + sign * timedelta(days=6.647)) for sign in (1, -1))
    assert (float(later or 0), float(before or 0)) == pytest.approx((5e9, 20e9))
    assert activity_when(lutetium, NOON) == Decimal(10) * 10**9


def test_contents_of_many_half_lives_ago_are_next_to_nothing_and_never_an_error() -> None:
    gone = activity_when(gbq("F-18", "1"), NOON + 400 * DAY)
    assert gone is not None
    assert 0 < gone < Decimal("1e-40")
    with pytest.raises(Invalid) as refusal:
        activity_when(gbq("F-18", "1"), NOON - 400 * DAY)
    assert refusal.value.facts["nuclide"] == "F-18"


def test_a_nuclide_of_unknown_half_life_keeps_its_activity_and_nobody_knows_what_it_had_before() -> None:
    strange = gbq("Xy-1", "1")
    assert activity_when(strange, NOON) == strange.activity_bq
    assert activity_when(strange, NOON + DAY) == strange.activity_bq
    assert activity_when(strange, NOON - timedelta(microseconds=1)) is None


def test_what_was_measured_at_nobody_knows_when_is_not_known_at_any_instant() -> None:
    assert activity_when(gbq("Lu-177", "1", None), NOON) is None
    assert activity_when(RadioactiveContent("Lu-177", None, NOON), NOON) is None


def test_what_is_left_after_a_half_life_is_a_half() -> None:
    assert float(activity_when(gbq("Tc-99m", "1"), NOON + timedelta(hours=6.01)) or 0) == pytest.approx(5e8)


@pytest.mark.parametrize(
    ("lutetium", "metastable", "named"),
    [
        ("70", "0", ("Lu-177",)),
        ("70", "1", ("Lu-177",)),  # 0.1 and 0.002
        ("70", "2.63", ("Lu-177",)),  # 0.1 of 0.10526 is just over 95 %
        ("70", "2.64", ("Lu-177", "Lu-177m")),
        ("7", "50", ("Lu-177m", "Lu-177")),  # the most restrictive first
    ],
)
def test_a_label_names_the_nuclides_that_make_up_95_per_cent(
    lutetium: str, metastable: str, named: tuple[str, ...]
) -> None:
    assert named_nuclides((gbq("Lu-177", lutetium), gbq("Lu-177m", metastable)), TABLE) == named


def test_a_label_names_all_nuclides_while_an_activity_is_not_known_and_one_of_nothing() -> None:
    unknown = (gbq("Lu-177", "1"), RadioactiveContent("Lu-177m", None))
    assert named_nuclides(unknown, TABLE) == ("Lu-177", "Lu-177m")
    assert named_nuclides((), TABLE) == ()
    assert named_nuclides((gbq("Lu-177", "0"),), TABLE) == ("Lu-177",)


def test_the_same_nuclide_in_two_doses_is_named_once() -> None:
    assert named_nuclides((gbq("Lu-177", "1"), gbq("Lu-177", "2")), TABLE) == ("Lu-177",)


@pytest.mark.parametrize(
    ("nuclide", "emission"),
    [("Lu-177", "BETA_GAMMA"), ("Pb-212", "ALPHA"), ("Ac-227", "ALPHA"), ("Cf-252", "NEUTRON_OR_NOT_KNOWN")],
)
def test_what_a_nuclide_sends_out_is_known_or_taken_for_the_worst(nuclide: str, emission: str) -> None:
    assert emission_of(RadioactiveContent(nuclide, None)) == emission
    assert emission_of(RadioactiveContent(nuclide, None, emission=Emission.ALPHA)) == "ALPHA"


@pytest.mark.parametrize("nuclide", ["Ac-227", "Bi-207", "Lu-177m", "Tc-99", "Te-123m", "Th-227", "Xe-131m"])
def test_half_lives_of_daughters_and_impurities_are_those_of_icrp_107(
    nuclide: str, radioactivedecay: ModuleType
) -> None:
    theirs = radioactivedecay.Nuclide(nuclide).half_life("s")
    assert float(half_life_seconds(nuclide) or 0) == pytest.approx(theirs, rel=1e-3)
