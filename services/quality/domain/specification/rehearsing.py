"""Rule rehearsal: which verdicts on past batches a new version of a specification would change, before it is signed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from services.quality.domain.specification.evaluating import evaluate
from services.quality.domain.specification.evaluation import Evaluation, Outcome
from services.quality.domain.specification.results import Facts, Result
from services.quality.domain.specification.rules import Specification


@dataclass(frozen=True)
class PastBatch:
    """A batch as it was judged: its results and facts."""

    batch: str
    results: tuple[Result, ...]
    facts: Facts


@dataclass(frozen=True, slots=True)
class ChangedOutcome:
    """What would come out otherwise. `subject` is a test, a class such as BEFORE_USE, or OVERALL.

    `before` is None for what only the new version asks, `after` for what only the old one asked.
    """

    batch: str
    subject: str
    before: Outcome | None
    after: Outcome | None
    sentences: tuple[str, ...] = ()


def rehearse(old: Specification, new: Specification, past: Iterable[PastBatch]) -> tuple[ChangedOutcome, ...]:
    """Every verdict on the past batches that the new version would change, batch by batch."""
    return tuple(change for batch in past for change in _changes(old, new, batch))


def _changes(old: Specification, new: Specification, batch: PastBatch) -> Iterator[ChangedOutcome]:
    before, after = evaluate(old, batch.results, batch.facts), evaluate(new, batch.results, batch.facts)
    was, would_be = _outcomes(before), _outcomes(after)
    for subject in dict.fromkeys([*was, *would_be]):
        if was.get(subject) is not would_be.get(subject):
            verdict = after.of(subject) or before.of(subject)
            sentences = verdict.sentences if verdict else ()
            yield ChangedOutcome(batch.batch, subject, was.get(subject), would_be.get(subject), sentences)


def _outcomes(evaluation: Evaluation) -> dict[str, Outcome]:
    tests = {verdict.test: verdict.outcome for verdict in evaluation.verdicts}
    return {
        **tests,
        **{str(each): outcome for each, outcome in evaluation.by_class.items()},
        "OVERALL": evaluation.overall,
    }
