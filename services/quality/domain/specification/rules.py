"""A specification: which tests a product's batches must pass, when, and by which rule each is judged."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import ClassVar

from services.quality.domain.specification.criteria import Criterion, Presence, TextEquality, Trend
from services.quality.domain.specification.intervals import Interval


class TestClass(StrEnum):
    """By when a test must have passed."""

    __test__: ClassVar[bool] = False  # its name makes pytest look at it

    BEFORE_DISPATCH = "BEFORE_DISPATCH"
    BEFORE_USE = "BEFORE_USE"
    AFTER_USE = "AFTER_USE"


class Combining(StrEnum):
    """How replicates make one verdict."""

    EACH = "each"  # every one must pass
    MEAN = "mean"  # their mean must pass


@dataclass(frozen=True)
class Measurable:
    """What the method can tell, in the rule's unit: what is beyond is a bound, not a number."""

    detection_limit: Decimal | None = None
    lowest: Decimal | None = None
    highest: Decimal | None = None

    @cached_property
    def range(self) -> Interval:
        """The numbers that it can tell."""
        return Interval(self.lowest, self.highest)


WITHOUT_BOUNDS = Measurable()


@dataclass(frozen=True)
class TestRule:
    """One test: what it must find, by which method, in which unit, how often, and by when."""

    __test__: ClassVar[bool] = False  # its name makes pytest look at it

    test: str
    test_class: TestClass
    criterion: Criterion
    unit: str | None = None
    method: str | None = None
    title: str = ""
    replicates: int = 1
    combining: Combining = Combining.EACH
    required: bool = True
    measurable: Measurable = WITHOUT_BOUNDS
    source: str = ""

    @cached_property
    def alone(self) -> bool:
        """Whether one result of its own is all that it asks for."""
        return self.replicates == 1 and not isinstance(self.criterion, Trend)

    @cached_property
    def watched(self) -> str:
        """The test whose results it judges: its own, but for a trend."""
        return self.criterion.of if isinstance(self.criterion, Trend) else self.test

    @property
    def numeric(self) -> bool:
        """Whether the test finds numbers."""
        return not isinstance(self.criterion, TextEquality | Presence)


@dataclass(frozen=True)
class Specification:
    """The rules of one product, in one version; `edition` names the texts that they were taken from."""

    name: str
    version: int
    product: str
    edition: str
    rules: tuple[TestRule, ...]
    note: str = ""

    @cached_property
    def by_test(self) -> dict[str, TestRule]:
        """The rule of each test."""
        return {rule.test: rule for rule in self.rules}

    @cached_property
    def laboratory_tests(self) -> tuple[str, ...]:
        """The tests that a laboratory makes: all but those that judge what others found."""
        return tuple(rule.test for rule in self.rules if rule.watched == rule.test)

    @cached_property
    def classes(self) -> tuple[TestClass, ...]:
        """The classes that have a rule, in the order in which they are due."""
        there = {rule.test_class for rule in self.rules}
        return tuple(each for each in TestClass if each in there)
