"""Results and limits in words, the same on every document that shows them."""

from collections.abc import Sequence
from decimal import Decimal

from services.quality.documents.facts import DueClass, LimitFacts, ResultFacts, SignatureFacts, SigningRole
from services.quality.documents.rendering.text import instant_text
from services.quality.documents.units import NOT_KNOWN, number_text, with_unit

SIGN = {"<": "<", "<=": "≤", ">=": "≥", ">": ">"}
DUE_TITLE = {
    DueClass.BEFORE_DISPATCH: "Tests before dispatch",
    DueClass.BEFORE_USE: "Tests before use",
    DueClass.AFTER_USE: "Tests that end after use",
}
ROLE_TEXT = {
    SigningRole.OPERATOR: "Operator",
    SigningRole.ANALYST: "Analyst",
    SigningRole.DESIGNATED_PERSON: "Designated person",
    SigningRole.QUALIFIED_PERSON: "Qualified Person",
}
RESULT_HEADINGS = ("Test", "Method", "Acceptance criterion", "Result", "Measured", "Verdict")
RESULT_SHARES = (30, 24, 30, 26, 26, 27)


def result_text(result: ResultFacts) -> str:
    """The result as it was found: a censored one with its sign, one that is not there as not known."""
    if result.value is None:
        return result.text if result.text is not None else NOT_KNOWN
    sign = f"{SIGN[result.comparator]} " if result.comparator else ""
    number = sign + with_unit(number_text(result.value), result.unit)
    return f"{number} ({result.text})" if result.text is not None else number


def limit_text(limit: LimitFacts, unit: str) -> str:
    """The acceptance criterion; a bound says whether it belongs to what is allowed. `unit` is the result's."""
    bounds, unit = [], unit if limit.unit is None else limit.unit
    if limit.low is not None:
        bounds.append(_bound(">" if limit.low_exclusive else "≥", limit.low, unit))
    if limit.high is not None:
        bounds.append(_bound("<" if limit.high_exclusive else "≤", limit.high, unit))
    if limit.text is not None:
        bounds.append(limit.text)
    return " and ".join(bounds) if bounds else NOT_KNOWN


def _bound(sign: str, value: Decimal, unit: str) -> str:
    return f"{sign} {with_unit(number_text(value), unit)}"


def result_row(result: ResultFacts) -> tuple[str, ...]:
    """A line of a table of results."""
    return (
        result.name,
        result.method or NOT_KNOWN,
        limit_text(result.limit, result.unit),
        result_text(result),
        instant_text(result.measured_at),
        result.verdict.value,
    )


def signature_rows(signatures: Sequence[SignatureFacts]) -> list[tuple[str, ...]]:
    """A line a signature: who, as what, with which meaning, when, and the hash that it is bound to."""
    return [
        (one.signer, ROLE_TEXT[one.role], one.meaning, instant_text(one.signed_at), one.record_sha256)
        for one in signatures
    ]


SIGNATURE_HEADINGS = ("Name", "Role", "Meaning", "Signed", "Bound to record (SHA-256)")
SIGNATURE_SHARES = (28, 26, 40, 26, 44)
