"""Radioactive decay, and the reference activity in which the capacity of a run is added up.

A(t) = A0 · 2^(−(t − t0) / T½). Half-lives are master data: each stands beside its source, and changing one is a
decision that the README of this folder records.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from enum import StrEnum
from math import ceil, floor, isfinite

from services.kernel.errors import Invalid


class Nuclide(StrEnum):
    """A radionuclide that can be planned, slotted and shipped. Names are those of the proto enum without its prefix."""

    LU_177 = "Lu-177"
    AC_225 = "Ac-225"
    PB_212 = "Pb-212"
    AT_211 = "At-211"
    I_131 = "I-131"
    RA_223 = "Ra-223"
    TB_161 = "Tb-161"
    Y_90 = "Y-90"
    CU_64 = "Cu-64"
    CU_67 = "Cu-67"
    F_18 = "F-18"
    GA_68 = "Ga-68"
    TC_99M = "Tc-99m"
    I_123 = "I-123"
    ZR_89 = "Zr-89"


@dataclass(frozen=True, slots=True)
class HalfLife:
    """A half-life as its evaluation states it. `seconds` is exact: the stated digits, no binary rounding."""

    seconds: Decimal
    source: str


def _half_life(value: str, unit: str, source: str) -> HalfLife:
    seconds_per = {"d": 86_400, "h": 3_600, "min": 60}[unit]
    return HalfLife(Decimal(value) * seconds_per, source)


_DDEP = "DDEP, Table of Radionuclides (BIPM Monographie 5)"
_NNDC = "NNDC, NuDat 3 (ENSDF)"

HALF_LIVES: Mapping[Nuclide, HalfLife] = {
    Nuclide.LU_177: _half_life("6.647", "d", _DDEP),
    # DDEP and ICRP-107 still state 10.0 d, from a measurement of 1950; Pommé et al. (2012) measured 9.920(3) d.
    Nuclide.AC_225: _half_life("9.92", "d", _NNDC),
    Nuclide.PB_212: _half_life("10.64", "h", _DDEP),
    Nuclide.AT_211: _half_life("7.214", "h", _NNDC),
    Nuclide.I_131: _half_life("8.02", "d", _DDEP),
    Nuclide.RA_223: _half_life("11.43", "d", _DDEP),
    # ICRP-107 states 6.906 d; three methods of Durán et al. (Appl. Radiat. Isot. 159, 2020) agree on 6.953(2) d.
    Nuclide.TB_161: _half_life("6.95", "d", "Durán et al. 2020, doi:10.1016/j.apradiso.2020.109085"),
    Nuclide.Y_90: _half_life("64.1", "h", _NNDC),
    Nuclide.CU_64: _half_life("12.70", "h", _DDEP),
    Nuclide.CU_67: _half_life("61.83", "h", _NNDC),
    Nuclide.F_18: _half_life("109.77", "min", _NNDC),
    Nuclide.GA_68: _half_life("67.71", "min", _NNDC),
    Nuclide.TC_99M: _half_life("6.01", "h", _DDEP),
    Nuclide.I_123: _half_life("13.2", "h", _DDEP),
    Nuclide.ZR_89: _half_life("78.41", "h", _NNDC),
}

# The same in float, for the quick way.
_SECONDS: Mapping[Nuclide, float] = {nuclide: float(half.seconds) for nuclide, half in HALF_LIVES.items()}

# Longer than any radioligand keeps: what a run makes is of no use to anybody after that, whatever is said of it.
LIFE_MAX = timedelta(days=60)

# Beyond these an answer has no physical meaning; refusing keeps every later sum far inside int64.
HALF_LIVES_MAX = 200
REFERENCE_ACTIVITY_KBQ_MAX = 10**15
ACTIVITY_MBQ_MAX = 1e9  # a petabecquerel; no dose and no delivery comes near it
LOSS_FRACTION_MAX = 0.9

# Bounds the relative error of the quick way: four roundings of 2^-53 each, and the exponent's two roundings, which
# the power multiplies by 200 half-lives · ln 2. That is 3.1e-14; the rest is margin for a poor pow().
_QUICK_ERROR = 1e-13
_EXACT = Context(prec=60)
_NEVER_SO_CLOSE = Decimal("1e-50")


def decay(activity_mbq: float, elapsed: timedelta, nuclide: Nuclide) -> float:
    """Activity left after `elapsed`, or, when that is negative, the activity there was before."""
    _check_activity(activity_mbq)
    return float(activity_mbq * 2.0 ** -_half_lives(elapsed, nuclide))


def activity_at(activity_mbq: float, at: datetime, when: datetime, nuclide: Nuclide) -> float:
    """Activity at `when` of what has `activity_mbq` at the instant `at`."""
    return decay(activity_mbq, when - at, nuclide)


def reference_activity_kbq(
    activity_mbq: float, at: datetime, end_of_synthesis: datetime, nuclide: Nuclide, loss_fraction: float = 0.0
) -> int:
    """Capacity that a dose of `activity_mbq` at the instant `at` takes of a run, in whole kBq, rounded up.

    A float stands for the shortest decimal that reads as it: 0.1 MBq asks for 100 kBq, not 101.
    """
    _check_activity(activity_mbq)
    if not 0.0 <= loss_fraction <= LOSS_FRACTION_MAX:
        raise Invalid("The loss fraction must be from 0 up to 0.9.", field="loss_fraction", loss_fraction=loss_fraction)
    elapsed = at - end_of_synthesis
    asked = activity_mbq * 1000.0 * 2.0 ** _half_lives(elapsed, nuclide) / (1.0 - loss_fraction)
    if asked > REFERENCE_ACTIVITY_KBQ_MAX:
        raise Invalid(
            "The activity asked for is beyond what any run can yield.",
            field="activity_mbq",
            activity_mbq=activity_mbq,
            reference_activity_kbq_max=REFERENCE_ACTIVITY_KBQ_MAX,
        )
    margin = asked * _QUICK_ERROR
    whole = ceil(asked - margin)
    # Both ends of the uncertainty round up to the same integer, so its truth does too. Otherwise an integer lies
    # within the float error (about one call in a million, and whenever the figures are round): compute exactly.
    return whole if whole == ceil(asked + margin) else _exactly(activity_mbq, elapsed, nuclide, loss_fraction)


def yielded_activity_kbq(measured_kbq: int, at: datetime, end_of_synthesis: datetime, nuclide: Nuclide) -> int:
    """What `measured_kbq` at the instant `at` is at the end of synthesis, in whole kBq, rounded down.

    Asked once a run, so always with 60 digits: never one too much.
    """
    elapsed = at - end_of_synthesis
    _half_lives(elapsed, nuclide)
    yielded = _EXACT.multiply(Decimal(measured_kbq), _growth(elapsed, nuclide))
    return int(yielded.to_integral_value(ROUND_FLOOR))


def _growth(elapsed: timedelta, nuclide: Nuclide) -> Decimal:
    seconds = _EXACT.divide(Decimal(elapsed // timedelta(microseconds=1)), Decimal(1_000_000))
    return _EXACT.power(Decimal(2), _EXACT.divide(seconds, HALF_LIVES[nuclide].seconds))


def _exactly(activity_mbq: float, elapsed: timedelta, nuclide: Nuclide, loss_fraction: float) -> int:
    """The same with 60 digits: hundreds of times slower, and never one too low."""
    growth = _growth(elapsed, nuclide)
    kept = Decimal(1) - Decimal(repr(float(loss_fraction)))
    asked = _EXACT.divide(_EXACT.multiply(Decimal(repr(float(activity_mbq))) * 1000, growth), kept)
    nearest = asked.to_integral_value()
    # A power of two with a fractional exponent is irrational, so a value this close to an integer is that integer.
    if abs(asked - nearest) <= asked * _NEVER_SO_CLOSE:
        return int(nearest)
    return int(asked.to_integral_value(ROUND_CEILING))


def _half_lives(elapsed: timedelta, nuclide: Nuclide) -> float:
    """How many half-lives `elapsed` is; refused where 2 to that power means nothing any more."""
    count = elapsed.total_seconds() / _SECONDS[nuclide]
    if not -HALF_LIVES_MAX <= count <= HALF_LIVES_MAX:
        raise Invalid(
            "The instants are too far apart for this nuclide.",
            field="time",
            nuclide=nuclide,
            half_lives=floor(count),
            half_lives_max=HALF_LIVES_MAX,
        )
    return count


def _check_activity(activity_mbq: float) -> None:
    if not (isfinite(activity_mbq) and activity_mbq > 0.0):
        raise Invalid(
            "An activity must be a finite number greater than zero.", field="activity_mbq", activity_mbq=activity_mbq
        )
