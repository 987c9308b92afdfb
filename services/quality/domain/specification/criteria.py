"""What a test must find: limits, a limit that depends on the volume, given words, presence, or no trend."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache

from services.quality.domain.specification.intervals import Interval
from services.quality.domain.specification.values import EXACT, plain

COMPLIES = ("complies", "conforms", "pass", "passes", "passed", "present", "yes")
COMPLIES_NOT = ("does not comply", "does not conform", "not compliant", "fail", "fails", "failed", "absent", "no")


@dataclass(frozen=True, slots=True)
class LimitBound:
    """One limit. A number is rounded to `digits` before it is compared; None: it is compared as it is."""

    value: Decimal
    inclusive: bool = True
    digits: int | None = None


@dataclass(frozen=True)
class Limits:
    """A number must not be below `low` or above `high`; each with its own operator, one of them may be absent."""

    low: LimitBound | None = None
    high: LimitBound | None = None

    @cached_property
    def exact(self) -> Interval:
        """What is within the limits when nothing is rounded: what censored results are compared with."""
        low, high = self.low, self.high
        return Interval(
            low.value if low else None,
            high.value if high else None,
            low is None or low.inclusive,
            high is None or high.inclusive,
        )

    @cached_property
    def rounding(self) -> Interval:
        """The unrounded numbers that are within the limits once they are rounded."""
        low, low_closed = _lowest(self.low) if self.low else (None, True)
        high, high_closed = _highest(self.high) if self.high else (None, True)
        return Interval(low, high, low_closed, high_closed)

    def __str__(self) -> str:
        told = []
        if self.low:
            told.append(f"{'≥' if self.low.inclusive else '>'} {plain(self.low.value)}")
        if self.high:
            told.append(f"{'≤' if self.high.inclusive else '<'} {plain(self.high.value)}")
        return " and ".join(told)


@dataclass(frozen=True)
class NumberEquality:
    """A number must be this one, when rounded to `digits`."""

    value: Decimal
    digits: int | None = None

    @cached_property
    def limits(self) -> Limits:
        """The same as limits on both sides."""
        bound = LimitBound(self.value, True, self.digits)
        return Limits(bound, bound)

    def __str__(self) -> str:
        return f"= {plain(self.value)}"


@dataclass(frozen=True)
class VolumeLimit:
    """An amount that the whole volume may hold, such as 175 IU of endotoxin: the limit per mL is amount / volume.

    A limit that is computed shows no digits to round to, so a result is compared as it is.
    """

    amount: Decimal
    unit: str
    inclusive: bool = True

    @cached_property
    def allowed(self) -> Interval:
        """What the whole may hold."""
        return Interval(None, self.amount, True, self.inclusive)

    def __str__(self) -> str:
        return f"{'≤' if self.inclusive else '<'} {plain(self.amount)} {self.unit} in the whole volume"


@dataclass(frozen=True)
class TextEquality:
    """The words found must be one of these; case and spaces do not count."""

    texts: tuple[str, ...]

    @cached_property
    def folded(self) -> frozenset[str]:
        """The words as they are compared."""
        return frozenset(folded(text) for text in self.texts)

    def __str__(self) -> str:
        return " or ".join(repr(text) for text in self.texts)


@dataclass(frozen=True)
class Presence:
    """Words must say that it complies; words of neither list say nothing."""

    accepted: tuple[str, ...] = COMPLIES
    rejected: tuple[str, ...] = COMPLIES_NOT

    @cached_property
    def good(self) -> frozenset[str]:
        """The accepted words as they are compared."""
        return frozenset(folded(text) for text in self.accepted)

    @cached_property
    def bad(self) -> frozenset[str]:
        """The rejected words as they are compared."""
        return frozenset(folded(text) for text in self.rejected)

    def __str__(self) -> str:
        return f"{self.accepted[0]!r}"


@dataclass(frozen=True)
class Trend:
    """Of the last `batches` batches, fewer than `breaches` may be beyond the warning limits in the test `of`."""

    of: str
    warning: Limits
    breaches: int
    batches: int

    def __str__(self) -> str:
        return f"fewer than {self.breaches} of {self.batches} batches beyond the warning {self.warning} of {self.of}"


Criterion = Limits | NumberEquality | VolumeLimit | TextEquality | Presence | Trend


@lru_cache(maxsize=1024)
def folded(text: str) -> str:
    """A text without its case and its superfluous spaces."""
    return " ".join(text.split()).casefold()


def _half(digits: int) -> Decimal:
    return Decimal(5).scaleb(-digits - 1, EXACT)


def _lowest(bound: LimitBound) -> tuple[Decimal, bool]:
    """The lowest number that a lower limit lets pass: half a digit below it where it is inclusive, else above."""
    if bound.digits is None:
        return bound.value, bound.inclusive
    half = _half(bound.digits)
    edge = EXACT.subtract(bound.value, half) if bound.inclusive else EXACT.add(bound.value, half)
    # Halves go away from nought: up above it, where the edge itself passes, and down below it, where it does not.
    return edge, edge > 0


def _highest(bound: LimitBound) -> tuple[Decimal, bool]:
    if bound.digits is None:
        return bound.value, bound.inclusive
    half = _half(bound.digits)
    edge = EXACT.add(bound.value, half) if bound.inclusive else EXACT.subtract(bound.value, half)
    return edge, edge < 0
