"""In no history of a batch is it certified before its turn: thousands of random ones, of every kind of product.

The histories count what came about; a kind of event that never did would prove nothing.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from random import Random

from services.kernel.errors import GatewayError
from services.kernel.provenance import Provenance
from services.quality.domain import batch as rules
from services.quality.domain.batch import ENDED, USABLE, Batch, BatchChange, BatchHappened, ReleaseTerms, State
from services.quality.domain.specification import Outcome, TestClass
from tests.support.quality import BY, CLASS_OF, EOS, a_batch, a_production, a_signature, verdicts

HISTORIES, STEPS = 1500, 25
TERMS = [ReleaseTerms(one, other) for one in (True, False) for other in (True, False)]
OUTCOMES = (Outcome.PASS, Outcome.PASS, Outcome.PASS, Outcome.FAIL, Outcome.MISSING, Outcome.INDETERMINATE)
# From where each step forward is taken, which classes of tests must have passed by then, and who signs it.
BEFORE: Mapping[BatchHappened, tuple[State, tuple[TestClass, ...], str]] = {
    BatchHappened.READY_TO_SHIP: (State.IN_QC, (TestClass.BEFORE_DISPATCH,), "designated_person"),
    BatchHappened.CERTIFIED_FOR_USE: (
        State.READY_TO_SHIP,
        (TestClass.BEFORE_DISPATCH, TestClass.BEFORE_USE),
        "qualified_person",
    ),
    BatchHappened.CERTIFIED_FINAL: (State.CERTIFIED_FOR_USE, tuple(TestClass), "qualified_person"),
}
Act = Callable[[Random, Batch, Provenance], BatchChange | None]


def judged(random: Random, batch: Batch, by: Provenance) -> BatchChange | None:
    return rules.judge(batch, verdicts(**{test: random.choice(OUTCOMES) for test in CLASS_OF}), by)


def all_good(random: Random, batch: Batch, by: Provenance) -> BatchChange | None:
    late = random.choice((Outcome.PASS, Outcome.MISSING))
    return rules.judge(batch, verdicts(appearance=Outcome.PASS, lu177m=Outcome.PASS, sterility=late), by)


def closed(random: Random, batch: Batch, by: Provenance) -> BatchChange | None:
    return rules.close_deviation(batch, random.randint(1, 3), "no effect", a_signature(), by)


ACTS: tuple[Act, ...] = (
    judged,
    all_good,
    all_good,
    lambda random, batch, by: rules.ready_to_ship(batch, random.choice(([], [], ["LABEL"])), a_signature(), by),
    lambda random, batch, by: rules.certify_for_use(batch, a_signature(), by),
    lambda random, batch, by: rules.certify_final(batch, a_signature(), by),
    lambda random, batch, by: rules.settle(batch, random.choice(([], ["LABEL"])), by),
    lambda random, batch, by: rules.reject(batch, a_signature(), by) if random.random() < 0.1 else None,
    lambda random, batch, by: rules.raise_deviation(batch, "seen", by) if random.random() < 0.2 else None,
    closed,
)


def check(before: Batch, change: BatchChange) -> None:
    """What must hold of each change, whatever came before it."""
    after = change.batch
    assert after.version == before.version + 1
    assert not (before.state in ENDED and after.state is not before.state)
    if after.state in USABLE:
        assert not after.not_passed(TestClass.BEFORE_DISPATCH, TestClass.BEFORE_USE)
    if after.state is State.READY_TO_SHIP:
        assert not after.not_passed(TestClass.BEFORE_DISPATCH)
    if change.what not in BEFORE:
        return
    state, classes, person = BEFORE[change.what]
    assert (before.state, after.state) == (state, State[change.what.name])
    assert not before.not_passed(*classes)
    assert len(after.signatures) > len(before.signatures) or not getattr(before.terms, person)
    if change.what is not BatchHappened.READY_TO_SHIP:
        assert not before.open_deviations
    if change.what is not BatchHappened.CERTIFIED_FINAL:
        assert after.changed.at < before.made.expires_at


def test_no_history_certifies_a_batch_before_its_turn() -> None:
    random, counts = Random(20261126), Counter[str]()
    for _ in range(HISTORIES):
        batch, now = a_batch(terms=random.choice(TERMS), made=a_production()), EOS
        for _ in range(STEPS):
            now += timedelta(hours=random.choice((0, 1, 1, 2, 12)))
            try:
                change = random.choice(ACTS)(random, batch, replace(BY, at=now))
            except GatewayError as refused:
                counts[refused.reason] += 1
                continue
            if change is not None:
                check(batch, change)
                counts[change.what] += 1
                batch = change.batch
    never = {*BatchHappened, "TESTS_OPEN", "PACK_INCOMPLETE", "DEVIATIONS_OPEN", "BATCH_EXPIRED", "BATCH_STATE"} - {
        *counts
    }
    assert never == {BatchHappened.CREATED}
