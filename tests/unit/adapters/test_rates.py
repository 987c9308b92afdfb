"""How much an account may ask of the door: so much at once, so much in the long run, and when to come again."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.host.rates import DEFAULT, RateExceeded, Rates, rate_of
from services.kernel.rates import Rate, TokenBucket


def test_a_burst_is_taken_and_then_as_much_as_the_rate_allows() -> None:
    bucket = TokenBucket(Rate(2, 3), 10)
    assert [bucket.take(10) for _ in range(4)] == [0, 0, 0, 0.5]
    assert bucket.take(10.25) == 0.25
    assert bucket.take(10.5) == 0
    assert bucket.take(10.5) == 0.5


def test_no_more_than_the_burst_is_saved_up_in_a_quiet_time() -> None:
    bucket = TokenBucket(Rate(2, 3), 0)
    assert [bucket.take(1e6) == 0 for _ in range(4)] == [True, True, True, False]


def test_a_clock_that_goes_back_gives_nothing_twice() -> None:
    bucket = TokenBucket(Rate(1, 1), 10)
    assert bucket.take(10) == 0
    assert bucket.take(0) == 1
    assert bucket.take(10.5) == 0.5


@given(
    st.lists(st.floats(0, 2, allow_nan=False), max_size=200),
    st.floats(0.1, 50, allow_nan=False),
    st.integers(1, 20),
)
def test_in_no_time_more_is_taken_than_burst_and_rate_allow(pauses: list[float], per_second: float, burst: int) -> None:
    bucket, now_s, taken = TokenBucket(Rate(per_second, burst), 0), 0.0, []
    for pause in pauses:
        now_s += pause
        if not (wait_s := bucket.take(now_s)):
            taken.append(now_s)
        else:
            assert 0 < wait_s <= 1 / per_second + 1e-9
    for number, first in enumerate(taken):
        for more, last in enumerate(taken[number:], 1):
            assert more <= burst + (last - first) * per_second + 1 + 1e-6
    # And who has waited as long as he was told is served.
    assert bucket.take(now_s + 1 / per_second + 1e-6) == 0


def test_who_waits_as_long_as_he_was_told_is_served_and_others_never_notice() -> None:
    now_s = [0.0]
    rates = Rates({"loud": Rate(0.5, 1), "quiet": Rate(0.5, 1)}, lambda: now_s[0])
    rates.take("loud")
    with pytest.raises(RateExceeded) as refused:
        rates.take("loud")
    assert refused.value.facts["retry_after_ms"] == "2000"
    assert "0.5 requests a second, 1 at once" in refused.value.message
    rates.take("quiet")
    now_s[0] += 2
    rates.take("loud")


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        ([], "rate must be an object"),
        ({"burst": 0}, "rate.burst must be an integer from 1 to"),
        ({"burst": 2.5}, "rate.burst must be an integer"),
        ({"burst": True}, "rate.burst must be an integer"),
        ({"per_second": 0}, "rate.per_second must be a number from 0.001"),
        ({"per_second": math.nan}, "rate.per_second must be a number"),
        ({"per_second": "9"}, "rate.per_second must be a number"),
        ({"per_minute": 9}, "there is no rate.per_minute"),
    ],
)
def test_a_wrong_rate_is_told(told: Any, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong.replace("(", ".")):
        rate_of(told)


def test_what_is_left_out_of_a_rate_stays_as_it_is_for_all() -> None:
    assert rate_of(None) == rate_of({}) == DEFAULT
    assert rate_of({"per_second": 5}) == Rate(5, DEFAULT.burst)
