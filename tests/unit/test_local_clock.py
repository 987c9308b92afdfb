"""What the command line takes for a place in time."""

from datetime import UTC, datetime, timedelta

import pytest

from services.local.clock import place_of


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("+90m", timedelta(minutes=90)),
        ("+36h", timedelta(hours=36)),
        ("+3d", timedelta(days=3)),
        ("2027-03-01T09:00:00Z", datetime(2027, 3, 1, 9, tzinfo=UTC)),
        ("2027-03-01T09:00:00+09:00", datetime(2027, 3, 1, tzinfo=UTC)),
    ],
)
def test_a_distance_or_an_instant(text: str, place: object) -> None:
    assert place_of(text) == place


@pytest.mark.parametrize("text", ["", "3d", "+3w", "-3d", "+3d2h", "2027-03-01T09:00:00", "tomorrow"])
def test_nothing_else(text: str) -> None:
    with pytest.raises(ValueError):
        place_of(text)
