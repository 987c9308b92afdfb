"""No path and no order of paths breaks an invariant of the ledger.

The histories count how often each outcome came about: a zero that never met its case would prove nothing.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterable
from inspect import getmembers, isfunction, signature

import pytest
from hypothesis.stateful import Rule

from services.slotting import usecases
from services.slotting.domain import Risk, commands
from services.slotting.domain.ordering import OrderOutcome
from services.slotting.domain.page import LedgerHappened
from tests.support.slotting_histories import EVENT_PATHS, PATHS, Histories
from tests.support.slotting_play import play

STEPS = 1000
STEPS_LONG = int(os.environ.get("DOSELANE_TEST_STEPS", "30000"))
MORE_MAX = 20
FULL = ("QC_FULL", "DEPARTURE_FULL", "WINDOW_FULL")
MUST_HAPPEN = {
    *("Claim RUN_FULL", "Hold RUN_FULL", "Move RUN_FULL", "Confirm HOLD_EXPIRED", "Confirm ALREADY_CONFIRMED"),
    *(f"{command} {full}" for command in ("Claim", "Hold", "Move") for full in FULL),
    *(f"risk {risk.name}" for risk in Risk if risk not in (Risk.NONE, Risk.RUN)),  # those of a run are its cuts'
    *(f"order {outcome.name}" for outcome in OrderOutcome),
    *(
        "order ignored",
        "MoveTogether ok",
        "Confirm SLOT_AT_RISK",
        "Release ALREADY_RELEASED",
        "Cut CAPACITY_CONFLICT",
        "cancelled",
        "repeated",
    ),
}
COMMANDS = {
    each for each in vars(commands).values() if isinstance(each, type) and each.__module__ == commands.__name__
} - {commands.Command, commands.OnSlot}  # which are what others have in common
RAREST = {"event slot.replaced"}  # a lost dose's sponsor has to ask for another, in some thousands of steps
REASONS = {"CUTOFF_PASSED", "RUN_NOT_OPEN"}  # of whichever command


def uncovered(commands: Iterable[type], rules: Iterable[str]) -> list[str]:
    """The commands that no rule of the histories gives."""
    given = set(rules)
    return sorted(command.__name__ for command in commands if PATHS.get(command) not in given)


def rules_there_are() -> set[str]:
    rules = (getattr(each, "hypothesis_stateful_rule", None) for _, each in getmembers(Histories))
    return {each.function.__name__ for each in rules if isinstance(each, Rule)}


def test_each_command_that_the_ledger_decides_is_a_path_of_the_histories():
    assert uncovered(COMMANDS, rules_there_are()) == []
    assert set(PATHS) == COMMANDS


def test_each_event_that_the_ledger_takes_is_a_path_of_the_histories():
    """Also those that no command stands for."""
    public = {getattr(usecases, name) for name in usecases.__all__}
    takes = {
        each for each in public if isfunction(each) and list(signature(each).parameters) == ["connection", "event"]
    }
    assert takes == set(EVENT_PATHS)
    assert set(EVENT_PATHS.values()) <= rules_there_are()


def test_a_new_command_without_a_path_is_found():
    class Swap:
        """A command that somebody adds."""

    assert uncovered([*COMMANDS, Swap], rules_there_are()) == ["Swap"]
    assert uncovered(COMMANDS, rules_there_are() - {"move"}) == ["Move"]


@pytest.mark.slow
def test_no_random_history_breaks_the_ledger(dsn: str, tell: Callable[[str], None]):
    """Half a minute on a slow machine: it goes on until each command has been done and each event has happened."""
    _play_until_all_has_happened(dsn, STEPS, tell, _everyday)


@pytest.mark.long
def test_no_random_history_breaks_the_ledger_however_many_are_played(dsn: str, tell: Callable[[str], None]):
    _play_until_all_has_happened(dsn, STEPS_LONG, tell, _missing)


def _play_until_all_has_happened(
    dsn: str, steps: int, tell: Callable[[str], None], missing: Callable[[Counter[str]], set[str]]
) -> None:
    counts = play(dsn, steps)
    for _ in range(MORE_MAX):
        if not missing(counts):
            break
        counts += play(dsn, STEPS // 2)
    tell(f"histories: {dict(counts.most_common())}")
    assert missing(counts) == set()


def _everyday(counts: Counter[str]) -> set[str]:
    """What of commands and events has to come about, and has not; the rarest event is the long form's."""
    happened = {f"event {what}" for what in LedgerHappened} - RAREST
    return ({f"{command.__name__} ok" for command in PATHS} | happened) - set(counts)


def _missing(counts: Counter[str]) -> set[str]:
    """What has to come about, the rarest outcome included, and has not."""
    reasons = {outcome.rpartition(" ")[2] for outcome in counts}
    return _everyday(counts) | ((MUST_HAPPEN | RAREST) - set(counts)) | (REASONS - reasons)
