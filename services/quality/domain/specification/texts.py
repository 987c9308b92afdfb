"""Reads what instruments and systems write as a result; what could mean two things is refused."""

import re
from decimal import Decimal
from enum import StrEnum

from services.quality.domain.specification.values import (
    CensoredFound,
    FoundValue,
    LimitOfMethod,
    NumberFound,
    Side,
    ValueRefused,
    WordsFound,
)

LENGTH_MAX = 200


class DecimalMark(StrEnum):
    """What a source writes between the whole and its parts."""

    POINT = "."
    COMMA = ","


_SPACE = re.compile(r"[\s\u00a0\u2007\u202f]+")
_OPERATOR = re.compile(r"(<=|>=|=<|=>|≤|≥|<|>)")
_OPERATORS = {
    "<": (Side.BELOW, False), "<=": (Side.BELOW, True), "=<": (Side.BELOW, True), "≤": (Side.BELOW, True),
    ">": (Side.ABOVE, False), ">=": (Side.ABOVE, True), "=>": (Side.ABOVE, True), "≥": (Side.ABOVE, True),
}  # fmt: skip
_NUMBER = re.compile(r"(?P<whole>[+-]?(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+))(?P<power>[eE][+-]?[0-9]{1,4})?")
_MAYBE_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}")
_NOT_DETECTED = frozenset({"nd", "n.d.", "n.d", "not detected", "none detected", "not detectable"})
_LOWER = frozenset({"loq", "lloq", "lq", "limit of quantitation", "limit of quantification"})
_DETECTION = frozenset({"lod", "dl", "mda", "limit of detection", "detection limit"})
_UPPER = frozenset({"uloq", "uoq"})
_NO_RESULT = {
    "na": "it says that there is no result", "n/a": "it says that there is no result",
    "n.a.": "it says that there is no result", "-": "it says that there is no result",
    "--": "it says that there is no result", "none": "it says that there is no result",
    "null": "it says that there is no result", "pending": "it says that the result is still to come",
    "0/0": "nought of nought is no number", "nan": "it is no number", "-nan": "it is no number",
    "inf": "it is no number", "+inf": "it is no number", "-inf": "it is no number", "infinity": "it is no number",
    "-infinity": "it is no number", "#div/0!": "it is a fault of a sheet", "#n/a": "it is a fault of a sheet",
    "#value!": "it is a fault of a sheet", "overflow": "it does not say beyond which bound",
}  # fmt: skip


def number_in(text: str, mark: DecimalMark | None = None) -> NumberFound | CensoredFound:
    """The number or bound that a text holds; `mark` is what its source declares, if it does.

    Without a declared mark a point is one, and a comma is one unless it could set off thousands ("1,234").
    """
    tidy = _tidied(text)
    if tidy.lower() in _NOT_DETECTED:
        return CensoredFound(Side.BELOW, LimitOfMethod.DETECTION)
    if found := _OPERATOR.match(tidy):
        return _censored(found[0], tidy[found.end() :].strip(), mark)
    return NumberFound(_decimal(tidy, mark))


def words_in(text: str) -> WordsFound:
    """The words that a text holds, without what surrounds them."""
    return WordsFound(_tidied(text))


def value_in(text: str, numeric: bool, mark: DecimalMark | None = None) -> FoundValue:
    """What a text holds for a test that finds numbers, or for one that finds words."""
    return number_in(text, mark) if numeric else words_in(text)


def _tidied(text: str) -> str:
    if len(text) > LENGTH_MAX:
        raise ValueRefused(f"The result is longer than {LENGTH_MAX} characters.", value=text[:40])
    tidy = _SPACE.sub(" ", text).strip().replace("\u2212", "-")
    if not tidy:
        raise ValueRefused("The result is empty.", value=text[:40])
    if why := _NO_RESULT.get(tidy.lower()):
        raise ValueRefused(f"{tidy!r} is not taken as a result: {why}.", value=tidy)
    if not tidy.isprintable():
        raise ValueRefused("The result holds characters that cannot be shown.", value=ascii(tidy)[:80])
    return tidy


def _censored(operator: str, rest: str, mark: DecimalMark | None) -> CensoredFound:
    side, inclusive = _OPERATORS[operator]
    name = rest.lower()
    if name in _DETECTION and side == Side.BELOW:
        return CensoredFound(side, LimitOfMethod.DETECTION, inclusive)
    if name in _LOWER and side == Side.BELOW:
        return CensoredFound(side, LimitOfMethod.QUANTITATION, inclusive)
    if name in _UPPER and side == Side.ABOVE:
        return CensoredFound(side, LimitOfMethod.UPPER, inclusive)
    return CensoredFound(side, _decimal(rest, mark), inclusive)


def _decimal(text: str, mark: DecimalMark | None) -> Decimal:
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise ValueRefused(f"{text!r} is no number{_why_not(text)}.", value=text)
    whole = found["whole"]
    if mark is None and _MAYBE_THOUSANDS.fullmatch(whole):
        raise ValueRefused(
            f"{text!r} may mean {whole.replace(',', '')} or {whole.replace(',', '.')}: its source must declare what"
            " it writes as the decimal mark.",
            value=text,
        )
    other = {DecimalMark.POINT: ",", DecimalMark.COMMA: "."}.get(mark) if mark else None
    if other and other in whole:
        raise ValueRefused(
            f"{text!r} holds {other!r}, but its source declares '{mark}' as its decimal mark.", value=text
        )
    return Decimal(whole.replace(",", ".") + (found["power"] or ""))


def _why_not(text: str) -> str:
    if re.fullmatch(r"[+-]?[0-9]+(?:[., '][0-9]+)+", text):
        return "; digits must not be grouped"
    if re.match(r"[+-]?[.,]?[0-9]", text):
        return "; a unit or remark belongs in a field of its own"
    if text[:1] in "~±≈" or text.lower().startswith(("ca", "about")):
        return "; a result that is only about right is not taken"
    return ""
