"""How often a name is asked for: in each round near the end of its life, seldom early in it, never after it."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.host.discover import discover
from adapters.host.fetching import Source, _pause_after
from adapters.host.pacing import ROUNDS_MAX, SHARE_OF_LIFE, due, pause
from adapters.host.values import Account
from adapters.outbound import Away, Declined

HOUR, DAY, ROUND = timedelta(hours=1), timedelta(days=1), timedelta(minutes=30)


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        (30 * DAY, 6 * HOUR),  # no more than twelve rounds
        (10 * DAY, 0.02 * 10 * DAY),
        (3 * DAY, 0.02 * 3 * DAY),
        (25 * HOUR, ROUND),
        (HOUR, ROUND),  # no more often than the poll's own round
        (None, ROUND),
    ],
)
def test_the_pause_is_a_share_of_what_is_left_of_the_life(left: timedelta | None, expected: timedelta) -> None:
    assert pause(ROUND, left) == expected


def test_what_was_never_asked_for_is_due_and_what_is_over_never_is() -> None:
    assert due(ROUND, 3 * DAY, None)
    assert not due(ROUND, timedelta(), None)
    assert not due(ROUND, -HOUR, 100 * DAY)


def test_a_name_is_due_when_its_pause_is_over() -> None:
    waits = 3 * DAY * SHARE_OF_LIFE
    assert not due(ROUND, 3 * DAY, waits - timedelta(seconds=1))
    assert due(ROUND, 3 * DAY, waits)


@pytest.mark.parametrize("left", [None, HOUR])
def test_what_is_due_in_each_round_misses_none_because_one_was_a_little_short(left: timedelta | None) -> None:
    assert due(ROUND, left, 0.8 * ROUND)


@given(st.timedeltas(timedelta(seconds=1), 40 * DAY), st.timedeltas(timedelta(seconds=1), DAY))
def test_it_is_asked_for_more_often_as_life_goes_by_and_within_its_bounds(left: timedelta, every: timedelta) -> None:
    assert every <= pause(every, left / 2) <= pause(every, left) <= ROUNDS_MAX * every
    assert due(every, left, ROUNDS_MAX * every)


def test_after_a_fault_nobody_is_asked_sooner_than_he_wants_however_often_he_is_asked_otherwise() -> None:
    account = Account("swift-ups", "partners/swift", discover()["courier_ups"], None, None)  # type: ignore[arg-type]
    source, away = Source(account, None), Away("429", timedelta(hours=3))
    assert _pause_after(source, "ups.track", away, 1, ROUND) == timedelta(hours=3)
    assert _pause_after(source, "ups.track", Away("503"), 1, ROUND) == timedelta(seconds=1)
    assert _pause_after(source, "ups.track", Away("503"), 30, timedelta(seconds=40)) == timedelta(seconds=40)
    assert _pause_after(source, "ups.track", Away("429", timedelta()), 3, ROUND) == timedelta(seconds=4)
    assert _pause_after(source, "ups.track", Declined("403"), 1, ROUND) == ROUND  # It would be declined again.
