"""However milestones arrive, and however often, they end in the state that a second, slow model finds too."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import pytest

from services.distribution.domain.milestone import Milestone, MilestoneKind, ShipmentState
from services.distribution.domain.plausibility import NOTHING_KNOWN, Production
from services.distribution.domain.standing import ShipmentStanding, standing
from tests.support import standing_model
from tests.support.distribution import a_milestone, at

HISTORIES, HISTORIES_LONG = 2_000, 10_000
IDS = "abcdefghijkl"
PRODUCTIONS = (NOTHING_KNOWN, Production(at(-60)), Production(at(15)), Production(cancelled=True))


@dataclass(frozen=True, slots=True)
class History:
    """What couriers told of a shipment, what is known of its runs, and what an operator said."""

    milestones: list[Milestone]
    production: Production
    settled: Mapping[str, bool]


def a_history(random: Random) -> History:
    """Few ids and instants, so that ties, repeated ids, withdrawals and contradictions are common."""
    milestones = [_a_milestone(random, number) for number in range(random.randint(0, 14))]
    production = random.choices(PRODUCTIONS, (12, 4, 3, 1))[0]
    settled = {event_id: random.random() < 0.5 for event_id in IDS if random.random() < 0.05}
    return History(milestones, production, settled)


def _a_milestone(random: Random, number: int) -> Milestone:
    minutes = None if random.random() < 0.2 else 10 * random.randint(0, 6)
    told_at = None if random.random() < 0.5 else at((minutes or 0) + random.choice((0, 5, 90, -5, -6)))
    return a_milestone(
        random.choice(list(MilestoneKind)),
        minutes,
        event_id=random.choice(IDS),
        local_time=random.choice(("", "12:00")),
        retracted=random.random() < 0.04,
        retracts=(random.choice(IDS),) if random.random() < 0.06 else (),
        expected_delivery_at=None if random.random() < 0.8 else at(60 * random.randint(1, 9)),
        message=str(number).encode(),
        told_at=told_at,
    )


def as_it_arrives(random: Random, milestones: list[Milestone]) -> list[Milestone]:
    """Each of them at least once: some again, some late, all out of order."""
    again = random.choices(milestones, k=random.randint(0, 8)) if milestones else []
    return random.sample(milestones + again, len(milestones) + len(again))


def compare(count: int, standing: Callable[..., ShipmentStanding] = standing) -> Counter[str]:
    """Plays so many histories; how often each state came about."""
    states: Counter[str] = Counter()
    for seed in range(count):
        random = Random(seed)
        history = a_history(random)
        arrived = as_it_arrives(random, history.milestones)
        facts = (history.production, history.settled)
        found = standing(arrived, *facts)
        assert found == standing(history.milestones, *facts), f"history {seed}: the order of arrival matters"
        # On the way too: whatever has arrived by then is a history of its own.
        for known in (arrived, arrived[: len(arrived) // 2]):
            fast, slow = standing(known, *facts), standing_model.stands(known, *facts)
            assert (fast.state.name, fast.decided_by) == (slow.state, slow.decided_by), f"history {seed}: {known}"
        states[found.state.name] += 1
    return states


def test_random_histories_end_in_the_state_that_the_slow_model_finds() -> None:
    states = compare(HISTORIES)
    reached = {row.state for row in standing_model.table().values() if row.state} | {"UNKNOWN"}
    assert set(states) == reached and min(states.values()) >= 20, states


@pytest.mark.long
def test_ten_thousand_random_histories_end_in_the_state_that_the_slow_model_finds() -> None:
    assert compare(HISTORIES_LONG).total() == 10_000


def test_the_slow_model_read_a_row_for_every_kind() -> None:
    assert set(standing_model.table()) == {kind.name for kind in MilestoneKind}


def never_undone(milestones: Iterable[Milestone], *facts: Any) -> ShipmentStanding:
    """As if what was delivered stayed so, whatever the courier says of it later."""
    told = list(milestones)
    found = standing(told, *facts)
    delivered = [each for each in found.reached if each.kind is MilestoneKind.DELIVERED]
    if found.state.name == "DELIVERED" or not delivered:
        return found
    return replace(found, state=ShipmentState.DELIVERED, decided_by=delivered[-1])


def test_a_rule_that_is_a_little_wrong_is_found_out() -> None:
    with pytest.raises(AssertionError, match=r"history \d+: \[Milestone"):
        compare(HISTORIES, never_undone)
