"""Samples, and what laboratories say of them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample of a batch, as a laboratory is asked to test it."""

    name: str
    batch: str
    product: str
    laboratory: str
    tests: tuple[str, ...]
    taken_at: datetime
    created_at: datetime
    invalidated_at: datetime | None = None  # None: it was not


class AnalysisStage(StrEnum):
    """How far a laboratory has come with an analysis."""

    UNKNOWN = "UNKNOWN"
    PRELIMINARY = "PRELIMINARY"
    VERIFIED = "VERIFIED"
    RETRACTED = "RETRACTED"
    REJECTED = "REJECTED"
    INVALIDATED = "INVALIDATED"
    PENDING = "PENDING"


@dataclass(frozen=True, slots=True)
class ReportedResult:
    """The newest word of a laboratory on one analysis. Texts are as the laboratory wrote them."""

    laboratory: str
    result_id: str
    sample: str  # ours; empty: it names none of our samples
    references: tuple[str, ...]
    test: str
    test_code: str
    replicate: int | None
    stage: AnalysisStage
    value: str
    decimal_mark: str
    unit: str
    method: str
    captured_at: datetime | None
    verified_at: datetime | None
    replaces: str
    parser: str
    message: str
    received_at: datetime


def invalid_since(reported: ReportedResult) -> datetime:
    """From when on a laboratory declares a sample invalid. Nobody declares it from a later instant on than the one at
    which he does: what is found meanwhile in another sample of the same name would not count."""
    return min(reported.captured_at or reported.received_at, reported.received_at)
