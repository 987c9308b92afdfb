"""Go or no-go: each ground with what is said on it, and when more is said."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.tower.domain.board import BoardEntry, DoseVerdict, judge
from services.tower.domain.causes import causes_of
from services.tower.domain.known import BatchPhase, RunStanding, SlotStanding
from services.tower.domain.statement import PAUSE_MIN, state
from services.tower.domain.statement import GoNoGoConfidence as Confidence
from services.tower.domain.statement import GoNoGoDecision as Decision
from services.tower.domain.statement import GoNoGoGround as Ground
from tests.support.tower import a_batch, a_run, a_shipment, a_slot, at, facts, made

SHIPPABLE = {"batch": a_batch(state=BatchPhase.READY_TO_SHIP)}
LOST = {"slot": a_slot(state=SlotStanding.LOST, lost_cause="DAMAGED")}
FAILED = a_run(state=RunStanding.FAILED)
OTHER = a_run(name="runs/lu-2", ends_at=at(6), cutoff_at=at(2))
CERTIFIED = {"batch": a_batch(state=BatchPhase.CERTIFIED_FOR_USE)}


def an_entry(now: float = 7, **known: Any) -> BoardEntry:
    """What the board has of a dose that is to be given a day after noon."""
    told = made(**known)
    return judge(told, causes_of(told, at(now)), None, at(now))


def an_early_entry(now: float = -5, **known: Any) -> BoardEntry:
    told = facts(**known)
    return judge(told, causes_of(told, at(now)), None, at(now))


DELIVERED = {"shipment": a_shipment(state=5, delivered_at=at(11))}
CASES = [
    (an_entry(**CERTIFIED, **DELIVERED), Ground.DELIVERED, Decision.GO, Confidence.HIGH),
    (an_entry(**CERTIFIED), Ground.PREDICTED_P90, Decision.GO, Confidence.HIGH),
    (an_entry(**SHIPPABLE), Ground.BATCH_NOT_CERTIFIED, Decision.GO, Confidence.MEDIUM),
    (an_entry(**DELIVERED), Ground.BATCH_NOT_CERTIFIED, Decision.GO, Confidence.MEDIUM),
    (
        replace(an_entry(**CERTIFIED), p90_at=at(25)),
        Ground.PREDICTED_P50, Decision.GO, Confidence.LOW,
    ),
    (replace(an_entry(**CERTIFIED), p50_at=at(25), p90_at=at(26)), Ground.AT_RISK, Decision.WAIT, Confidence.LOW),
    (an_early_entry(), Ground.PROMISED, Decision.GO, Confidence.LOW),
    (
        an_early_entry(run=FAILED, other_runs=[OTHER]),
        Ground.AT_RISK, Decision.WAIT, Confidence.LOW,
    ),
    (an_early_entry(run=FAILED), Ground.NO_MOVE_KNOWN, Decision.NO_GO, Confidence.MEDIUM),
    (an_entry(**LOST), Ground.LOST, Decision.NO_GO, Confidence.HIGH),
    (an_entry(slot=a_slot(administration_at=None)), Ground.NOTHING_KNOWN, Decision.UNKNOWN, Confidence.NONE),
    (an_entry(slot=a_slot(state=SlotStanding.RELEASED)), Ground.NOTHING_KNOWN, Decision.UNKNOWN, Confidence.NONE),
]  # fmt: skip


@pytest.mark.parametrize(
    ("entry", "ground", "decision", "confidence"), CASES, ids=lambda each: getattr(each, "name", None)
)
def test_what_is_said_rests_on_what_is_known(
    entry: BoardEntry, ground: Ground, decision: Decision, confidence: Confidence
):
    stated = state(entry, None, at(7))
    assert (stated.ground, stated.decision, stated.confidence, stated.version) == (ground, decision, confidence, 1)


def test_every_ground_is_met_by_a_case():
    assert {ground for _, ground, *_ in CASES} == set(Ground)


def test_more_is_said_at_the_next_instant_that_may_change_it_or_after_half_of_the_time():
    entry = an_entry(1)  # leaves at 6, is there at 11.5, and is given at 24
    assert state(entry, None, at(1)).next_at == at(6)
    assert state(entry, None, at(7)).next_at == at(11.5)
    assert state(entry, None, at(12.5)).next_at == at(12.5) + (at(24) - at(12.5)) / 2
    assert state(entry, None, at(24) - timedelta(minutes=20)).next_at == at(24) - timedelta(minutes=20) + PAUSE_MIN
    assert state(entry, None, at(24) - timedelta(minutes=5)).next_at == at(24)
    assert state(entry, None, at(24)).next_at is None


@pytest.mark.parametrize("entry", [CASES[0][0], CASES[9][0], CASES[10][0]], ids=["given", "lost", "unknown"])
def test_of_what_is_final_nothing_more_is_announced(entry: BoardEntry):
    assert state(entry, None, at(12)).next_at is None


def test_what_was_announced_is_kept_and_nothing_new_is_no_new_statement():
    entry = an_entry(13)
    first = state(entry, None, at(13))
    again = state(replace(entry, updated_at=at(14), version=9), first, at(14))
    assert (again.next_at, again.stated_at, again.version) == (first.next_at, at(13), 1) and again.same_as(first)
    assert first.next_at is not None
    later = state(entry, first, first.next_at)
    assert later.next_at is not None and later.next_at > first.next_at and later.version == 1
    other = state(CASES[9][0], first, at(15))
    assert (other.version, other.stated_at, other.decision) == (2, at(15), Decision.NO_GO)
    assert DoseVerdict.LOST is CASES[9][0].verdict
