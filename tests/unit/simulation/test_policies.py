"""For whom safe doses are asked to move, where the tower decides."""

from datetime import UTC, datetime, timedelta

import pytest

from services.local.simulation.rescuing import cannot_wait

NOW = datetime(2026, 12, 1, 13, tzinfo=UTC)


@pytest.mark.parametrize(("hours", "so"), [(-1, True), (29, True), (35.9, True), (36, False), (53, False)])
def test_safe_doses_move_only_for_whom_cannot_wait_for_the_next_run(hours: float, so: bool) -> None:
    assert cannot_wait(NOW + timedelta(hours=hours), NOW) is so
