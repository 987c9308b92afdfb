"""What a test found: a number, a bound that the true value is beyond, or words. A bound is not a number."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from enum import StrEnum
from fractions import Fraction

from services.kernel.errors import Invalid

# Wide enough for every number that is let in (40 digits, exponents up to 30), so that nothing is rounded unasked.
EXACT = Context(prec=120)
DIGITS_MAX, EXPONENT_MAX = 40, 30


class ValueRefused(Invalid):
    """The text cannot be taken as a result; the message says why."""

    reason = "RESULT_UNREADABLE"


class Side(StrEnum):
    """Where the true value of a censored result lies."""

    BELOW = "BELOW"
    ABOVE = "ABOVE"


class LimitOfMethod(StrEnum):
    """A bound that a result names without its figure; the rule knows the figure, or nobody does."""

    DETECTION = "DETECTION"  # "not detected"
    QUANTITATION = "QUANTITATION"  # "< LLOQ"
    UPPER = "UPPER"  # "> ULOQ"


_SHORT = {LimitOfMethod.DETECTION: "LOD", LimitOfMethod.QUANTITATION: "LLOQ", LimitOfMethod.UPPER: "ULOQ"}


@dataclass(frozen=True, slots=True)
class NumberFound:
    """A number as it was written, with all its digits."""

    value: Decimal

    def __post_init__(self) -> None:
        checked(self.value)

    def __str__(self) -> str:
        return plain(self.value)


@dataclass(frozen=True, slots=True)
class CensoredFound:
    """The true value lies beyond a bound; where exactly is not known. `inclusive`: it may be the bound itself."""

    side: Side
    bound: Decimal | LimitOfMethod
    inclusive: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.bound, Decimal):
            checked(self.bound)

    def __str__(self) -> str:
        operator = ("<" if self.side == Side.BELOW else ">") + ("=" if self.inclusive else "")
        return f"{operator}{_SHORT[self.bound] if isinstance(self.bound, LimitOfMethod) else plain(self.bound)}"


@dataclass(frozen=True, slots=True)
class WordsFound:
    """What was seen or judged by a person or an instrument, in words."""

    text: str

    def __str__(self) -> str:
        return self.text


FoundValue = NumberFound | CensoredFound | WordsFound


def checked(value: Decimal) -> Decimal:
    """The number, if it is one: neither infinite nor undefined, and of a size that a measurement can have."""
    if not value.is_finite():
        raise ValueRefused(f"{value} is no number.", value=value)
    _, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)
    if len(digits) > DIGITS_MAX or abs(exponent) > EXPONENT_MAX or abs(value.adjusted()) > EXPONENT_MAX:
        raise ValueRefused("The number has more digits than any measurement.", value=str(value)[:80])
    return value


def decimals_of(value: Decimal) -> int:
    """How many digits the number shows after its point."""
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    return max(0, -exponent)


def rounded(value: Decimal | Fraction, digits: int) -> Decimal:
    """The number with so many digits after its point, halves away from nought.

    As the pharmacopoeias do it (USP General Notices 7.20; Ph. Eur. General Notices, Expression of content): only the
    digit behind the last one kept decides; five and more raise it.
    """
    if isinstance(value, Fraction):
        scaled = abs(value) * 10**digits
        whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
        return Decimal(whole if value >= 0 else -whole).scaleb(-digits, EXACT)
    return value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP, EXACT)


def plain(value: Decimal | Fraction) -> str:
    """The number for people: no exponent; what no decimal can hold is shown to eight digits, saying so."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    short = rounded(value, 8)
    text = f"{short:f}".rstrip("0").rstrip(".")
    return text if Fraction(short) == value else f"about {text}"
