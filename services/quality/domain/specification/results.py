"""What came in for a batch: results as they were reported, and what else the rules must know."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from services.quality.domain.specification.values import FoundValue


class Standing(StrEnum):
    """Whether the laboratory still stands by a result."""

    VALID = "VALID"
    RETRACTED = "RETRACTED"  # the laboratory took it back
    INVALIDATED = "INVALIDATED"  # its sample or its run was declared invalid


@dataclass(frozen=True, slots=True)
class Result:
    """One result of one replicate; `source` is its id in the system that it comes from, `replaces` the id of another.

    `unit` and `method` are as reported; None where the source says nothing of it.
    """

    source: str
    test: str
    value: FoundValue
    instant: datetime
    verified: bool
    replicate: int = 1
    unit: str | None = None
    method: str | None = None
    standing: Standing = Standing.VALID
    replaces: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What an earlier batch of the product was found to have in a test; for trends."""

    batch: str
    value: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What else a verdict depends on; absent where it is not known.

    `volume_ml`: the largest volume that one patient is given. `earlier`: by test, the readings of earlier batches, the
    newest last.
    """

    sampled_at: datetime | None = None
    volume_ml: Decimal | None = None
    earlier: Mapping[str, tuple[Reading, ...]] = field(default_factory=lambda: MappingProxyType({}))
