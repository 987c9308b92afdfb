"""Radioactive decay: A(t) = A0 · 2^(−(t − t0) / T½), with the half-lives that everybody here goes by.

It stands in the published language so that a partner's program and the gateway reckon alike. Half-lives are master
data: each stands beside its source.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from math import floor, isfinite, log2


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


class Unphysical(ValueError):
    """What was given has no activity: a number that is none, or instants too far apart. `facts` say what was given."""

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(message)
        self.message, self.facts = message, facts


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

# Beyond these an answer has no physical meaning.
HALF_LIVES_MAX = 200

# The same in float, for the quick way.
_SECONDS: Mapping[Nuclide, float] = {nuclide: float(half.seconds) for nuclide, half in HALF_LIVES.items()}


def decay(activity_mbq: float, elapsed: timedelta, nuclide: Nuclide) -> float:
    """Activity left after `elapsed`, or, when that is negative, the activity there was before. Raises Unphysical."""
    check_activity(activity_mbq)
    return float(activity_mbq * 2.0 ** -half_lives(elapsed, nuclide))


def activity_at(activity_mbq: float, at: datetime, when: datetime, nuclide: Nuclide) -> float:
    """Activity at `when` of what has `activity_mbq` at the instant `at`. Raises Unphysical."""
    return decay(activity_mbq, when - at, nuclide)


def time_of(activity_mbq: float, at: datetime, wanted_mbq: float, nuclide: Nuclide) -> datetime:
    """The instant at which what has `activity_mbq` at `at` has `wanted_mbq`; before `at` if that is more."""
    check_activity(activity_mbq)
    check_activity(wanted_mbq)
    return at + timedelta(seconds=log2(activity_mbq / wanted_mbq) * _SECONDS[nuclide])


def half_lives(elapsed: timedelta, nuclide: Nuclide) -> float:
    """How many half-lives `elapsed` is. Raises Unphysical where 2 to that power means nothing any more."""
    count = elapsed.total_seconds() / _SECONDS[nuclide]
    if not -HALF_LIVES_MAX <= count <= HALF_LIVES_MAX:
        raise Unphysical(
            "The instants are too far apart for this nuclide.",
            field="time",
            nuclide=nuclide,
            half_lives=floor(count),
            half_lives_max=HALF_LIVES_MAX,
        )
    return count


def check_activity(activity_mbq: float) -> None:
    """Raises Unphysical for what is no activity."""
    if not (isfinite(activity_mbq) and activity_mbq > 0.0):
        raise Unphysical(
            "An activity must be a finite number greater than zero.", field="activity_mbq", activity_mbq=activity_mbq
        )
