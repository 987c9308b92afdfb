"""What came of judging: an outcome for each test, for each class, and for the whole."""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any, NamedTuple, TypeAlias

from services.quality.domain.specification.counting import SetAside
from services.quality.domain.specification.rules import TestClass


class Outcome(StrEnum):
    """What a test, a class or a batch has come to. Only PASS lets anything go on."""

    PASS = "PASS"
    FAIL = "FAIL"
    INDETERMINATE = "INDETERMINATE"  # what was found neither keeps the rule nor breaks it for certain
    MISSING = "MISSING"  # what was asked for has not come, or does not count
    INVALID = "INVALID"  # something came that cannot be judged


# By name: Python 3.11 calls a function for each member that is looked up in its class, and rules do that all the time.
PASS, FAIL, INDETERMINATE, MISSING, INVALID = Outcome

# Of several outcomes the first of these that occurs is that of all together.
_WORST_FIRST = (FAIL, INVALID, INDETERMINATE, MISSING, PASS)


_RANK = {outcome: rank for rank, outcome in enumerate(_WORST_FIRST)}


def worse(one: Outcome, other: Outcome) -> Outcome:
    """The outcome of two together."""
    return one if _RANK[one] <= _RANK[other] else other


def worst(outcomes: Iterable[Outcome]) -> Outcome | None:
    """The outcome of all together; None of none."""
    there = list(outcomes)
    return next((outcome for outcome in _WORST_FIRST if outcome in there), None)


# A sentence that is put together when someone reads it, as most verdicts are only counted: how, and about what.
Saying: TypeAlias = tuple[Callable[..., str], tuple[Any, ...]]


def sentence(saying: Saying) -> str:
    """The sentence in words."""
    how, about = saying
    return how(*about)


class RuleVerdict(NamedTuple):
    """What one test has come to, what is to be said of it, and the ids of the results that it rests on."""

    test: str
    test_class: TestClass
    outcome: Outcome
    said: tuple[Saying, ...]
    required: bool = True
    rests_on: tuple[str, ...] = ()
    aside: tuple[SetAside, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """Why it came to this, in words."""
        return tuple(map(sentence, self.said))

    @property
    def holds_up(self) -> bool:
        """Whether it has a say in the outcome of its class: what is optional and has not come has none."""
        return self.required or self.outcome is not MISSING


class Evaluation(NamedTuple):
    """What all results of a batch come to under one version of a specification.

    A class of which nothing is asked is not in `by_class`; `not_asked` are results of tests that no rule knows.
    """

    specification: str
    version: int
    verdicts: tuple[RuleVerdict, ...]
    by_class: Mapping[TestClass, Outcome]
    overall: Outcome
    not_asked: tuple[SetAside, ...] = ()

    def passed(self, *classes: TestClass) -> bool:
        """Whether each of these classes has passed; a class of which nothing is asked keeps nothing back."""
        return all(self.by_class.get(each, PASS) is PASS for each in classes)

    def of(self, test: str) -> RuleVerdict | None:
        """The verdict of one test."""
        return next((verdict for verdict in self.verdicts if verdict.test == test), None)
