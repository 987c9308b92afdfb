"""An event is sent again as long as its dose lives, ever less often but never too late for it."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from services.streams.domain.endpoint_retries import (
    WebhookAnswer,
    WebhookOutcome,
    give_up_at,
    next_try_at,
    read_retry_after,
)

DELIVERED, FAILED, GONE = WebhookOutcome.DELIVERED, WebhookOutcome.FAILED, WebhookOutcome.GONE
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
FAR = NOW + timedelta(days=3)


def s(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


@pytest.mark.parametrize(("status", "outcome"), [
    (199, FAILED), (200, DELIVERED), (204, DELIVERED), (299, DELIVERED),
    (300, FAILED), (301, FAILED), (308, FAILED), (400, FAILED), (404, FAILED),
    (409, FAILED), (410, GONE), (411, FAILED), (429, FAILED), (500, FAILED),
    (503, FAILED), (None, FAILED),
])  # fmt: skip
def test_an_answer_means_what_its_status_says(status: int | None, outcome: WebhookOutcome) -> None:
    assert WebhookAnswer(status, 3).outcome is outcome


def test_what_brokers_keep_is_delivered_and_what_they_do_not_has_failed() -> None:
    assert WebhookAnswer(None, 3, taken=True).outcome is DELIVERED
    assert WebhookAnswer(None, 3, fault="no topic").outcome is FAILED


@pytest.mark.parametrize(("status", "asked", "rest"), [
    (429, "30", s(30)), (503, "30", s(30)), (500, "30", None), (200, "30", None), (None, "30", None), (429, "", None),
    (429, "soon", None),
])  # fmt: skip
def test_only_429_and_503_can_ask_to_be_left_alone(status: int | None, asked: str, rest: timedelta | None) -> None:
    assert WebhookAnswer(status, 3, retry_after=asked).asks_for_rest(NOW) == rest


@pytest.mark.parametrize(("text", "pause"), [
    ("0", s(0)),
    (" 120 ", s(120)),
    ("Thu, 26 Nov 2026 12:01:00 GMT", s(60)),
    ("Thu, 26 Nov 2026 12:01:00 -0000", s(60)),
    ("Thu, 26 Nov 2026 11:00:00 GMT", s(0)),
    ("99999999999999", s(10**9)),
    ("1000000001", s(10**9)),
    ("-5", None),
    ("1.5", None),
    ("٣", None),
    ("", None),
    ("soon", None),
    ("Thu, 99 Nov 2026 12:01:00 GMT", None),
    ("Thu, 26 Nov 99999999999 12:01:00 GMT", None),
    ("Thu, 26 Nov 2026 12:01:00 -99999999999999", None),
])  # fmt: skip
def test_retry_after_is_read_as_seconds_or_as_a_date(text: str, pause: timedelta | None) -> None:
    assert read_retry_after(text, NOW) == pause


@pytest.mark.parametrize(("failures", "jitter", "pause"), [
    (1, 1.0, s(1)), (1, 0.0, s(1)), (2, 1.0, s(2)), (2, 0.0, s(1)), (3, 1.0, s(4)), (3, 0.5, s(3)), (5, 0.0, s(8)),
    (12, 1.0, s(2048)), (13, 1.0, s(3600)), (13, 0.0, s(1800)), (500, 1.0, s(3600)),
])  # fmt: skip
def test_pauses_double_up_to_an_hour_and_are_scattered(failures: int, jitter: float, pause: timedelta) -> None:
    assert next_try_at(NOW, failures, FAR, None, jitter) == NOW + pause


@pytest.mark.parametrize(("left", "pause"), [
    (timedelta(days=3), timedelta(hours=1)), (timedelta(hours=20), timedelta(hours=1)),
    (timedelta(hours=10), timedelta(minutes=30)), (timedelta(minutes=10), s(30)), (s(30), s(1.5)), (s(10), s(1)),
    (s(1), s(1)), (s(0.5), s(0.5)),
])  # fmt: skip
def test_a_pause_is_at_most_a_twentieth_of_what_is_left_of_the_dose(left: timedelta, pause: timedelta) -> None:
    assert next_try_at(NOW, 30, NOW + left, None, 1.0) == NOW + pause


@pytest.mark.parametrize(("left", "again"), [(s(0), False), (s(-1), False), (timedelta(microseconds=1), True)])
def test_what_has_no_time_left_is_given_up(left: timedelta, again: bool) -> None:
    assert (next_try_at(NOW, 1, NOW + left, None, 1.0) is not None) is again


@pytest.mark.parametrize(("asked", "left", "pause"), [
    (s(30), timedelta(days=1), s(30)),
    (s(0), timedelta(days=1), s(8)),
    (timedelta(hours=5), timedelta(days=1), timedelta(hours=5)),
    (timedelta(hours=13), timedelta(days=1), timedelta(hours=12)),
    (timedelta(days=9), timedelta(minutes=2), s(60)),
])  # fmt: skip
def test_what_the_endpoint_asks_for_is_kept_to_while_the_dose_has_time(
    asked: timedelta, left: timedelta, pause: timedelta
) -> None:
    assert next_try_at(NOW, 4, NOW + left, asked, 1.0) == NOW + pause


def test_a_dose_is_tried_until_it_is_administered_anything_else_for_three_days() -> None:
    in_ten_days = NOW + timedelta(days=10)
    assert give_up_at(NOW, in_ten_days) == in_ten_days
    assert give_up_at(NOW, NOW + s(1)) == NOW + s(1)
    assert give_up_at(NOW, NOW) == FAR
    assert give_up_at(NOW, NOW - s(1)) == FAR
    assert give_up_at(NOW, None) == FAR


def test_a_whole_life_of_failures_ends_at_its_end_and_leaves_no_long_silence() -> None:
    ends_at, failures = NOW + timedelta(hours=6), 0
    at: datetime | None = NOW
    tried: list[datetime] = []
    while at is not None:
        tried.append(at)
        failures += 1
        at = next_try_at(at, failures, ends_at, None, 1.0)
    assert tried[-1] == ends_at
    pauses = [(after - before, ends_at - before) for before, after in pairwise(tried)]
    assert all(pause <= max(s(1), left / 20) + s(0.001) for pause, left in pauses)
    assert 100 < len(tried) < 400
