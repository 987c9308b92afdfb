"""The header Retry-After: whole seconds, never sooner than is true."""

import pytest

from services.kernel.http.problem import retry_after


@pytest.mark.parametrize(
    ("wait_ms", "said"),
    [("0", "1"), ("1", "1"), ("999", "1"), ("1000", "1"), ("1001", "2"), ("60000", "60"), ("60001", "61")],
)
def test_the_wait_is_rounded_up_to_whole_seconds_and_is_at_least_one(wait_ms: str, said: str) -> None:
    assert retry_after({"retry_after_ms": wait_ms}) == said


def test_where_nothing_is_known_of_the_wait_it_is_a_second() -> None:
    assert retry_after({}) == "1"
