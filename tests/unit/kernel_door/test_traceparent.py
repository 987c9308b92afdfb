"""The W3C trace context, read by hand."""

import pytest

from services.kernel import traceparent

GOOD = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_a_good_one_is_seen_to_be_good():
    assert traceparent.valid(GOOD) == GOOD
    assert traceparent.trace_id(GOOD) == "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.mark.parametrize(
    "bad",
    [
        None,
        "",
        "x",
        GOOD.upper(),
        GOOD[:-1],
        GOOD + "0",
        GOOD + "-00",
        "ff" + GOOD[2:],
        GOOD.replace("4bf92f3577b34da6a3ce929d0e0e4736", "0" * 32),
        GOOD.replace("00f067aa0ba902b7", "0" * 16),
        GOOD + "\n",
        "0x" + GOOD[2:],
    ],
)
def test_what_is_none_is_seen_to_be_none(bad):
    assert traceparent.valid(bad) is None


def test_a_later_version_is_read_as_far_as_it_is_known():
    assert traceparent.valid("01" + GOOD[2:] + "-what-comes-later") == GOOD
    assert traceparent.valid("01" + GOOD[2:]) == GOOD


def test_a_fresh_one_is_good_and_new():
    made = {traceparent.fresh() for _ in range(1000)}
    assert len(made) == 1000
    assert all(traceparent.valid(each) == each for each in made)
    assert traceparent.is_sampled(traceparent.fresh(True))
    assert not traceparent.is_sampled(traceparent.fresh(False))


@pytest.mark.parametrize(("flags", "sampled"), [("00", False), ("01", True), ("02", False), ("ff", True)])
def test_only_the_lowest_flag_means_sampled(flags, sampled):
    assert traceparent.is_sampled(GOOD[:-2] + flags) is sampled
