"""Where a value may lie, and where it must: intervals of exact numbers, each end open or closed, or absent.

Python compares decimals and fractions exactly, so the two may stand beside each other.
"""

from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

Exact = Decimal | Fraction


class Interval(NamedTuple):
    """All numbers from `low` to `high`; an end that is None is unbounded."""

    low: Exact | None = None
    high: Exact | None = None
    low_closed: bool = True
    high_closed: bool = True

    def holds(self, value: Exact) -> bool:
        """Whether the number lies in it."""
        # Most numbers lie between the ends, so that is asked first: comparing decimals is what judging costs.
        low, high = self.low, self.high
        if low is not None and not (low < value or (self.low_closed and low == value)):
            return False
        return high is None or value < high or (self.high_closed and value == high)

    def covers(self, other: "Interval") -> bool:
        """Whether all of the other lies in it."""
        return self._covers_low(other) and self._covers_high(other)

    def misses(self, other: "Interval") -> bool:
        """Whether none of the other lies in it."""
        return _before(self, other) or _before(other, self)

    @property
    def empty(self) -> bool:
        """Whether no number lies in it."""
        return _before(self, self)

    def scaled(self, factor: Fraction) -> "Interval":
        """Each number times a positive factor."""
        low = None if self.low is None else Fraction(self.low) * factor
        high = None if self.high is None else Fraction(self.high) * factor
        return Interval(low, high, self.low_closed, self.high_closed)

    def _covers_low(self, other: "Interval") -> bool:
        if self.low is None:
            return True
        if other.low is None or other.low < self.low:
            return False
        return other.low > self.low or self.low_closed or not other.low_closed

    def _covers_high(self, other: "Interval") -> bool:
        if self.high is None:
            return True
        if other.high is None or other.high > self.high:
            return False
        return other.high < self.high or self.high_closed or not other.high_closed


def at(value: Exact) -> Interval:
    """The one number."""
    return Interval(value, value)


def mean_of(intervals: list[Interval]) -> Interval:
    """Where the mean of numbers lies of which each lies in one of the intervals."""
    lows = [Fraction(interval.low) for interval in intervals if interval.low is not None]
    highs = [Fraction(interval.high) for interval in intervals if interval.high is not None]
    return Interval(
        sum(lows, Fraction(0)) / len(lows) if len(lows) == len(intervals) else None,
        sum(highs, Fraction(0)) / len(highs) if len(highs) == len(intervals) else None,
        all(interval.low_closed for interval in intervals),
        all(interval.high_closed for interval in intervals),
    )


def _before(one: Interval, other: Interval) -> bool:
    if one.high is None or other.low is None:
        return False
    return one.high < other.low or (one.high == other.low and not (one.high_closed and other.low_closed))
