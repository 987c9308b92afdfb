"""Rules as data: what a specification asks, what results are, and what they come to."""

from services.quality.domain.specification.checks import Mistake, mistakes_in
from services.quality.domain.specification.evaluating import evaluate
from services.quality.domain.specification.evaluation import Evaluation, Outcome, RuleVerdict, worst
from services.quality.domain.specification.rehearsing import ChangedOutcome, PastBatch, rehearse
from services.quality.domain.specification.results import Facts, Reading, Result, Standing
from services.quality.domain.specification.rules import Specification, TestClass, TestRule
from services.quality.domain.specification.texts import DecimalMark, value_in
from services.quality.domain.specification.units import UnitRefused, unit_of
from services.quality.domain.specification.values import (
    CensoredFound,
    FoundValue,
    NumberFound,
    Side,
    ValueRefused,
    WordsFound,
)

__all__ = [
    "CensoredFound",
    "ChangedOutcome",
    "DecimalMark",
    "Evaluation",
    "Facts",
    "FoundValue",
    "Mistake",
    "NumberFound",
    "Outcome",
    "PastBatch",
    "Reading",
    "Result",
    "RuleVerdict",
    "Side",
    "Specification",
    "Standing",
    "TestClass",
    "TestRule",
    "UnitRefused",
    "ValueRefused",
    "WordsFound",
    "evaluate",
    "mistakes_in",
    "rehearse",
    "unit_of",
    "value_in",
    "worst",
]
