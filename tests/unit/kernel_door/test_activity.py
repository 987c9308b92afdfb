"""Decay, and the reference activity that a dose takes of a run."""

from datetime import UTC, datetime, timedelta
from decimal import ROUND_CEILING, Decimal, localcontext
from fractions import Fraction
from random import Random
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.kernel.activity import HALF_LIVES, Nuclide, activity_at, decay, reference_activity_kbq
from services.kernel.errors import Invalid

EOS = datetime(2026, 12, 1, 6, tzinfo=UTC)
LU = Nuclide.LU_177

# ICRP-107, which radioactivedecay carries, is older than our sources for these, by so much (share of the half-life).
NEWER_THAN_ICRP_107 = {Nuclide.AC_225: 0.008, Nuclide.TB_161: 0.0064, Nuclide.I_123: 0.0053}


@pytest.mark.parametrize("nuclide", Nuclide)
def test_our_half_life_is_that_of_icrp_107_unless_a_newer_one_was_chosen(nuclide, radioactivedecay):
    theirs = radioactivedecay.Nuclide(nuclide).half_life("s")
    off = abs(float(HALF_LIVES[nuclide].seconds) / theirs - 1)
    if nuclide in NEWER_THAN_ICRP_107:
        assert off == pytest.approx(NEWER_THAN_ICRP_107[nuclide], rel=0.02)
    else:
        assert off < 1e-3


@pytest.mark.parametrize("nuclide", Nuclide)
def test_every_half_life_names_its_source(nuclide):
    assert HALF_LIVES[nuclide].source


@pytest.mark.parametrize("nuclide", sorted(set(Nuclide) - set(NEWER_THAN_ICRP_107)))
def test_decay_agrees_with_an_independent_implementation_to_a_thousandth(nuclide, radioactivedecay):
    half_life_s = float(HALF_LIVES[nuclide].seconds)
    for half_lives in (0.01, 0.3, 1.0, 2.5):
        elapsed = timedelta(seconds=half_life_s * half_lives)
        inventory = radioactivedecay.Inventory({str(nuclide): 1000.0}, "MBq").decay(elapsed.total_seconds(), "s")
        assert decay(1000.0, elapsed, nuclide) == pytest.approx(inventory.activities("MBq")[nuclide], rel=2e-3)


def test_ac_225_differs_from_icrp_107_because_its_half_life_was_measured_anew(radioactivedecay):
    # After ten days: 9.92 d (Pommé et al. 2012, NNDC) leaves 49.7 %, the 10.0 d of ICRP-107 leaves 50 %.
    after = timedelta(days=10)
    theirs = radioactivedecay.Inventory({"Ac-225": 1000.0}, "MBq").decay(10, "d").activities("MBq")["Ac-225"]
    assert theirs == pytest.approx(500.0, rel=1e-6)
    assert decay(1000.0, after, Nuclide.AC_225) == pytest.approx(497.2, abs=0.05)


@pytest.mark.parametrize(("nuclide", "lost"), [("At-211", 0.90), ("Pb-212", 0.79), ("Lu-177", 0.10), ("Ac-225", 0.07)])
def test_a_day_costs_what_the_product_says_it_costs(nuclide, lost):
    assert 1 - decay(1.0, timedelta(days=1), Nuclide(nuclide)) == pytest.approx(lost, abs=0.006)


def test_activity_at_an_earlier_instant_is_higher():
    assert activity_at(100.0, EOS, EOS - timedelta(days=6.647), LU) == pytest.approx(200.0)


def test_a_dose_at_end_of_synthesis_takes_exactly_its_activity():
    assert reference_activity_kbq(7400.0, EOS, EOS, LU) == 7_400_000


def test_a_decimal_that_binary_cannot_hold_is_taken_at_its_word():
    assert reference_activity_kbq(0.1, EOS, EOS, LU) == 100
    assert reference_activity_kbq(9.0, EOS, EOS, LU, 0.1) == 10_000


def test_whole_half_lives_double_exactly():
    assert reference_activity_kbq(7400.0, EOS + timedelta(days=6.647 * 3), EOS, LU) == 7_400_000 * 8


def test_a_part_of_a_kilobecquerel_counts_as_a_whole_one():
    assert reference_activity_kbq(0.0001, EOS, EOS, LU) == 1
    assert reference_activity_kbq(7400.0000001, EOS, EOS, LU) == 7_400_001


def test_losses_raise_what_a_dose_takes():
    assert reference_activity_kbq(7600.0, EOS, EOS, LU, 0.05) == 8_000_000


@given(
    activity=st.floats(1e-3, 1e6, allow_nan=False),
    minutes=st.integers(0, 30 * 24 * 60),
    nuclide=st.sampled_from([Nuclide.LU_177, Nuclide.AC_225, Nuclide.I_131, Nuclide.RA_223]),
    loss=st.sampled_from([0.0, 0.05, 0.123, 1 / 3, 0.9]),
)
@settings(max_examples=500, deadline=None)
def test_the_quick_way_is_never_off_by_one(activity, minutes, nuclide, loss):
    got = reference_activity_kbq(activity, EOS + timedelta(minutes=minutes), EOS, nuclide, loss)
    assert got == _by_eighty_digits(activity, minutes, nuclide, loss)


def test_figures_made_to_lie_on_whole_kilobecquerels_are_not_off_by_one():
    random = Random(177)
    for _ in range(300):
        whole, doublings = random.randrange(1, 10**9), random.randrange(0, 6)
        at = EOS + timedelta(days=6.647 * doublings)
        assert reference_activity_kbq(whole / 1000, at, EOS, LU) == whole << doublings


@pytest.mark.parametrize("activity", [float("nan"), float("inf"), float("-inf"), 0.0, -1.0, -0.0])
def test_an_activity_that_is_no_positive_number_is_refused(activity):
    with pytest.raises(Invalid) as refused:
        reference_activity_kbq(activity, EOS, EOS, LU)
    assert refused.value.facts["field"] == "activity_mbq"
    with pytest.raises(Invalid):
        decay(activity, timedelta(0), LU)


@pytest.mark.parametrize("activity", [1e300, 1.7e308, 1e13])
def test_an_absurd_activity_is_refused(activity):
    with pytest.raises(Invalid):
        reference_activity_kbq(activity, EOS, EOS, LU)


@pytest.mark.parametrize("loss", [-0.01, 0.91, 1.0, float("nan")])
def test_a_loss_outside_its_range_is_refused(loss):
    with pytest.raises(Invalid) as refused:
        reference_activity_kbq(1.0, EOS, EOS, LU, loss)
    assert refused.value.facts["field"] == "loss_fraction"


@pytest.mark.parametrize("at", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)])
def test_an_absurd_time_is_refused_and_does_not_overflow(at):
    with pytest.raises(Invalid) as refused:
        reference_activity_kbq(1.0, at, EOS, Nuclide.F_18)
    assert refused.value.facts["field"] == "time"


def test_a_time_long_before_synthesis_still_takes_something():
    assert reference_activity_kbq(1.0, EOS - timedelta(days=5), EOS, Nuclide.F_18) == 1


def test_the_quick_way_is_much_quicker_than_sixty_digits():
    quick = min(_seconds_each(EOS + timedelta(days=2, seconds=1), 0.05) for _ in range(5))
    exact = min(_seconds_each(EOS, 0.0) for _ in range(5))  # a round figure, which the quick way cannot be sure of
    assert quick * 2 < exact  # seven times on a quiet machine


def _seconds_each(at: datetime, loss: float, calls: int = 500) -> float:
    started = process_time()
    for _ in range(calls):
        reference_activity_kbq(7400.0, at, EOS, LU, loss)
    return (process_time() - started) / calls


def _by_eighty_digits(activity: float, minutes: int, nuclide: Nuclide, loss: float) -> int:
    with localcontext() as context:
        context.prec = 80
        half_lives = Decimal(minutes * 60) / HALF_LIVES[nuclide].seconds
        kbq = Decimal(repr(activity)) * 1000 * Decimal(2) ** half_lives / (1 - Decimal(repr(loss)))
        if half_lives == int(half_lives):
            exact = Fraction(repr(activity)) * 1000 * 2 ** int(half_lives) / (1 - Fraction(repr(loss)))
            return -(-exact.numerator // exact.denominator)
        return int(kbq.to_integral_value(ROUND_CEILING))
