"""Which of the results that came in count; what does not count is kept with the reason."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from services.quality.domain.specification.results import Result, Standing

VALID = Standing.VALID  # see the outcomes


class NotCounted(StrEnum):
    """Why a result does not count."""

    RETRACTED = "RETRACTED"
    INVALIDATED = "INVALIDATED"
    REPLACED = "REPLACED"
    UNVERIFIED = "UNVERIFIED"
    BEFORE_SAMPLE = "BEFORE_SAMPLE"
    CONTRADICTED = "CONTRADICTED"
    NOT_ASKED = "NOT_ASKED"


SENTENCES = {
    NotCounted.RETRACTED: "the laboratory retracted it",
    NotCounted.INVALIDATED: "its sample was declared invalid",
    NotCounted.REPLACED: "another result replaces it, whether that one counts or not",
    NotCounted.UNVERIFIED: "nobody has verified it",
    NotCounted.BEFORE_SAMPLE: "it is dated before its sample was taken",
    NotCounted.CONTRADICTED: "the same id came with another content",
    NotCounted.NOT_ASKED: "the specification has no such test",
}


class SetAside(NamedTuple):
    """A result that does not count, and why."""

    source: str
    test: str
    reason: NotCounted

    @property
    def sentence(self) -> str:
        """The reason in words."""
        return f"Result {self.source} of {self.test} does not count: {SENTENCES[self.reason]}."


@dataclass(slots=True)
class Counted:
    """What counts, by test and in the order of replicates, and what does not."""

    by_test: dict[str, list[Result]]
    aside: dict[str, list[SetAside]]

    @property
    def not_asked(self) -> tuple[SetAside, ...]:
        """What the specification has no test for."""
        tests = sorted(self.aside.keys() - self.by_test.keys()) if self.aside else ()
        return tuple(each for test in tests for each in self.aside[test])


def counted(results: Iterable[Result], tests: Iterable[str], sampled_at: datetime | None) -> Counted:
    """Sort the results into what counts and what does not; the order in which they came makes no difference."""
    found = Counted({test: [] for test in tests}, {})
    distinct, contradicted = _distinct(list(results))
    replaced = {result.replaces for result in distinct if result.replaces is not None}
    for result in distinct:
        reason = _reason(result, found.by_test, replaced, contradicted, sampled_at)
        if reason is None:
            counting = found.by_test[result.test]
            counting.append(result)
            if len(counting) > 1:
                counting.sort(key=lambda each: (each.replicate, each.source))
        else:
            aside = found.aside.setdefault(result.test, [])
            aside.append(SetAside(result.source, result.test, reason))
            if len(aside) > 1:
                aside.sort()
    return found


def _distinct(results: list[Result]) -> tuple[list[Result], Collection[str]]:
    """Each result once, and the ids that came with more than one content."""
    if len({result.source for result in results}) == len(results):
        return results, ()
    seen: dict[str, Result] = {}
    others: list[Result] = []
    for result in results:
        first = seen.setdefault(result.source, result)
        if first == result:
            # 99.20 and 99.2 are one value: which of the two is written down must not depend on which came first.
            seen[result.source] = min(first, result, key=repr)
        elif result not in others:
            others.append(result)
    return [*seen.values(), *others], {result.source for result in others}


def _reason(
    result: Result,
    tests: Mapping[str, object],
    replaced: set[str],
    contradicted: Collection[str],
    sampled_at: datetime | None,
) -> NotCounted | None:
    if result.test not in tests:
        return NotCounted.NOT_ASKED
    if result.standing is not VALID:
        return NotCounted[result.standing]
    if result.source in replaced:
        return NotCounted.REPLACED
    if result.source in contradicted:
        return NotCounted.CONTRADICTED
    if not result.verified:
        return NotCounted.UNVERIFIED
    if sampled_at is not None and result.instant < sampled_at:
        return NotCounted.BEFORE_SAMPLE
    return None
