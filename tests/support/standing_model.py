"""A second, slow model of where a shipment stands: read from the table in distribution's README, word for word.

It shares no code with the rules: it orders by comparing each with each, and asks of every milestone anew what took
effect before it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

import services.distribution
from services.distribution.domain.milestone import Milestone
from services.distribution.domain.plausibility import Production

README = Path(services.distribution.__file__).with_name("README.md")
CLOCKS_MAY_DIFFER = timedelta(minutes=5)
# What nobody can do to a dose whom nobody gave it. Trouble and a cancellation may come before.
HAD_IN_HAND = frozenset(
    "COLLECTED DEPARTED ARRIVED CUSTOMS_HELD CUSTOMS_CLEARED OUT_FOR_DELIVERY DELIVERED RETURNED".split()
)
Before = Sequence[str]  # the kinds of what took effect before, in their order


def _delivered(before: Before) -> bool:
    """Delivered, and no exception since."""
    return any(kind == "DELIVERED" and "EXCEPTION" not in before[at:] for at, kind in enumerate(before))


def _returned(before: Before) -> bool:
    return "RETURNED" in before


# The last column of the table, as it is written there. A word changed in the README is a word to be thought over here.
WHEN: Mapping[str, Callable[[Before], bool]] = {
    "unless the courier has had the dose in hand": lambda before: not HAD_IN_HAND.intersection(before),
    "unless delivered or returned": lambda before: not _delivered(before) and not _returned(before),
    "unless returned; also after a delivery, and then all counts again": lambda before: not _returned(before),
    "unless delivered or returned; the first delivery is the delivery": lambda before: (
        not _delivered(before) and not _returned(before)
    ),
    "always, and nothing after it: what is delivered after a return was delivered back": lambda before: (
        not _returned(before)
    ),
    "never": lambda before: False,
}


@dataclass(frozen=True, slots=True)
class Row:
    """What the table says of a kind."""

    stage: int  # 0: it has none
    state: str
    takes_effect: Callable[[Before], bool]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where the shipment stands, and by which milestone."""

    state: str
    decided_by: Milestone | None


def stands(known: Sequence[Milestone], production: Production, settled: Mapping[str, bool]) -> Verdict:
    """Where a shipment with these milestones stands."""
    left = [each for each in known if not _is_withdrawn(each, known)]
    true = [each for each in left if settled.get(each.event_id, _can_be_true(each, production))]
    course = _in_order([each for each in true if not any(_says_more(other, each) for other in true)])
    decided = [each for each, counts in zip(course, _effects(course), strict=True) if counts]
    return Verdict(table()[decided[-1].kind.name].state, decided[-1]) if decided else Verdict("UNKNOWN", None)


@cache
def table() -> Mapping[str, Row]:
    """The rows of the README by kind."""
    rows: dict[str, Row] = {}
    for line in README.read_text().splitlines():
        found = re.fullmatch(r"\| ([\d, ]*)\| ([A-Za-z_, ]+) \| ([A-Z_]*) ?\| (.+) \|", line)
        if found and found[4] in WHEN:
            kinds = [kind.strip().upper() for kind in found[2].split(",")]
            stages = [int(stage) for stage in found[1].split(",") if stage.strip()] or [0] * len(kinds)
            for kind, stage in zip(kinds, stages, strict=True):
                rows[kind] = Row(stage, found[3], WHEN[found[4]])
    return rows


def _is_withdrawn(milestone: Milestone, known: Sequence[Milestone]) -> bool:
    return any(
        (other.retracted and other.event_id == milestone.event_id) or milestone.event_id in other.retracts
        for other in known
    )


def _can_be_true(milestone: Milestone, production: Production) -> bool:
    at, told_at = milestone.time, milestone.told_at
    if at and told_at and at - told_at > CLOCKS_MAY_DIFFER:
        return False
    if milestone.kind.name not in HAD_IN_HAND:
        return True
    ready_at, happened_by = production.end_of_synthesis_at, at or told_at
    too_early = ready_at and happened_by and ready_at - happened_by > CLOCKS_MAY_DIFFER
    return not production.cancelled and not too_early


def _says_more(one: Milestone, other: Milestone) -> bool:
    """Of several contents under one id: that which can move the state, then that with a time, then the last."""
    if one.event_id != other.event_id:
        return False
    for says in (lambda each: table()[each.kind.name].stage > 0, lambda each: each.time is not None):
        if says(one) != says(other):
            return says(one)
    return _is_before(other, one)


def _is_before(one: Milestone, other: Milestone) -> bool:
    if (one.time is None) != (other.time is None):
        return other.time is None
    if one.time and other.time and one.time != other.time:
        return one.time < other.time
    stages = [table()[each.kind.name].stage for each in (one, other)]
    if stages[0] != stages[1]:
        return stages[0] < stages[1]
    written = [(each.local_time, each.event_id, each.message) for each in (one, other)]
    return written[0] < written[1]


def _in_order(milestones: Sequence[Milestone]) -> list[Milestone]:
    """Each once, by how many of the others come before it."""
    told: list[Milestone] = []
    for each in milestones:
        told += [] if each in told else [each]
    return sorted(told, key=lambda each: sum(_is_before(other, each) for other in told))


def _effects(course: Sequence[Milestone]) -> list[bool]:
    """Of each, whether it takes effect after those before it."""
    if not course:
        return []
    *earlier, last = course
    effects = _effects(earlier)
    before = [each.kind.name for each, counts in zip(earlier, effects, strict=True) if counts]
    row = table()[last.kind.name]
    # Undated ones are last, so every dated one is before it.
    beyond = last.time is not None or all(
        row.stage > table()[each.kind.name].stage for each in earlier if each.time is not None
    )
    return [*effects, beyond and row.takes_effect(before)]
