"""Minutes that differ, and the departure that an instant is one of."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.kernel.calendar import Weekly
from services.network import Departure, Lane
from services.network.lane_figures import departure_time, minutes_differ
from services.network.resources import minutes_within

CHICAGO = ZoneInfo("America/Chicago")
SIX = Departure(Weekly(frozenset({1, 2}), time(6), time(6), 1), timedelta(0))
LANE = Lane("lanes/any", "sites/any", 0, 600, datetime(2030, 1, 1, tzinfo=UTC), departures=(SIX,))


@pytest.mark.parametrize(("at", "key"), [
    (datetime(2027, 3, 8, 12, tzinfo=UTC), (1, time(6))),  # a Monday in winter
    (datetime(2027, 3, 15, 11, tzinfo=UTC), (1, time(6))),  # the same departure, by summer time
    (datetime(2027, 3, 15, 12, tzinfo=UTC), None),
    (datetime(2027, 3, 17, 11, tzinfo=UTC), None),  # not on Wednesdays
    (None, None),
])  # fmt: skip
def test_a_departure_is_known_by_day_and_local_time(at: datetime | None, key: tuple[int, time] | None) -> None:
    assert departure_time(LANE, at, CHICAGO) == key
    assert departure_time(LANE, at, None) is None


@pytest.mark.parametrize(("new", "old", "differ"), [
    (600, 569.9, True),  # 5 per cent of the greater
    (600, 570.1, False),
    (100, 90, True),  # but 10 minutes at least
    (100, 90.1, False),
    (90, 100, True),
])  # fmt: skip
def test_minutes_differ_by_a_twentieth_and_ten_minutes(new: int, old: float, differ: bool) -> None:
    assert minutes_differ([(50, 300), (90, new)], lambda percentile: 300 if percentile == 50 else old) is differ


def test_minutes_between_two_percentiles_are_on_the_line() -> None:
    known = ((50, 480), (90, 600))
    assert [minutes_within(known, each) for each in (1, 50, 70, 90, 99)] == [480, 480, 540, 600, 600]
