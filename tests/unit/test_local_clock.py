"""What the command line takes for a place in time."""

from datetime import UTC, datetime, timedelta

import pytest
from doselane.clock.v1 import clock_pb2
from google.protobuf.message import Message

from services.kernel.errors import RuleViolation
from services.kernel.timestamps import stamp
from services.local.clock import place_of, reach


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


class Staff:
    """Somebody who moves a clock, on which `late` passes before each request arrives."""

    def __init__(self, now: datetime, late: timedelta = timedelta(0), reason: str = "CLOCK_BACKWARDS") -> None:
        self.now, self.late, self.reason, self.asked = now, late, reason, list[str]()

    async def call(self, service: str, method: str, request: Message) -> clock_pb2.Clock:
        """Answers as the clock's service does."""
        self.asked.append(method)
        if isinstance(request, clock_pb2.AdvanceClockRequest):
            self.now += self.late
            if request.time.ToDatetime(tzinfo=UTC) < self.now:
                refused = RuleViolation("It only moves forward.")
                refused.reason = self.reason  # type: ignore[misc]
                raise refused
            self.now = request.time.ToDatetime(tzinfo=UTC)
        return clock_pb2.Clock(time=stamp(self.now))


START = datetime(2026, 11, 30, 13, tzinfo=UTC)
A_MINUTE = timedelta(minutes=1)


async def test_an_instant_is_reached() -> None:
    staff = Staff(START)
    assert await reach(staff, START + A_MINUTE, "test") == START + A_MINUTE  # type: ignore[arg-type]
    assert staff.asked == ["GetClock", "AdvanceClock"]


@pytest.mark.parametrize("instant", [START, START - A_MINUTE])
async def test_what_is_over_is_reached_without_moving_the_clock(instant: datetime) -> None:
    staff = Staff(START)
    assert await reach(staff, instant, "test") == START  # type: ignore[arg-type]
    assert staff.asked == ["GetClock"]


async def test_an_instant_that_comes_while_the_clock_is_asked_is_reached() -> None:
    assert await reach(Staff(START, 2 * A_MINUTE), START + A_MINUTE, "test") == START + 2 * A_MINUTE  # type: ignore[arg-type]


async def test_another_refusal_is_told() -> None:
    with pytest.raises(RuleViolation):
        await reach(Staff(START, 2 * A_MINUTE, "CLOCK_NOT_MOVABLE"), START + A_MINUTE, "test")  # type: ignore[arg-type]
