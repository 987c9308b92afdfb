"""Radioactive decay, and the reference activity in which the capacity of a run is added up.

The law and the half-lives are those of the published language (`doselane.decay`), which partners reckon with too; here
what cannot be is refused as every request is. Changing a half-life is a decision that the README of this folder keeps.
"""

from datetime import datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from math import ceil

from doselane import decay as law
from doselane.decay import HALF_LIVES as HALF_LIVES
from doselane.decay import HALF_LIVES_MAX as HALF_LIVES_MAX
from doselane.decay import Nuclide as Nuclide
from doselane.decay import Unphysical

from services.kernel.errors import Invalid

# Longer than any radioligand keeps: what a run makes is of no use to anybody after that, whatever is said of it.
LIFE_MAX = timedelta(days=60)
LIFE_MINUTES_MAX = LIFE_MAX // timedelta(minutes=1)

# Refusing what is beyond these keeps every later sum far inside int64.
REFERENCE_ACTIVITY_KBQ_MAX = 10**15  # of a run's capacity, which many doses add up to
ACTIVITY_MBQ_MAX = 1e9  # of one dose or one delivery: a petabecquerel, and none comes near it
VIALS_MAX = 2**31 - 1  # as many as the published language can count (int32)
LOSS_FRACTION_MAX = 0.9

# Bounds the relative error of the quick way: four roundings of 2^-53 each, and the exponent's two roundings, which
# the power multiplies by 200 half-lives · ln 2. That is 3.1e-14; the rest is margin for a poor pow().
_QUICK_ERROR = 1e-13
_EXACT = Context(prec=60)
_NEVER_SO_CLOSE = Decimal("1e-50")


def decay(activity_mbq: float, elapsed: timedelta, nuclide: Nuclide) -> float:
    """Activity left after `elapsed`, or, when that is negative, the activity there was before."""
    try:
        return law.decay(activity_mbq, elapsed, nuclide)
    except Unphysical as wrong:
        raise _refused(wrong) from None


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
    try:
        return law.half_lives(elapsed, nuclide)
    except Unphysical as wrong:
        raise _refused(wrong) from None


def _check_activity(activity_mbq: float) -> None:
    try:
        law.check_activity(activity_mbq)
    except Unphysical as wrong:
        raise _refused(wrong) from None


def _refused(wrong: Unphysical) -> Invalid:
    return Invalid(wrong.message, **wrong.facts)
