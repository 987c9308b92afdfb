"""What one account has to send is nothing to the others."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from adapters.host.delivering import Deliverer
from services.kernel.clock import SystemClock


@pytest.mark.parametrize(("woken", "calls"), [(["one"], [1, 0]), (None, [1, 1]), ([], [0, 0])])
def test_those_are_woken_that_have_something_to_send(woken: list[str] | None, calls: list[int]) -> None:
    accounts: dict[str, Any] = {"one": SimpleNamespace(), "two": SimpleNamespace()}
    nobody: Any = None
    deliverer = Deliverer(
        nobody, SystemClock(), accounts, {}, judge=nobody, look_every=timedelta(seconds=1), published=lambda: None
    )
    deliverer.wake(woken)
    assert [deliverer._wakes[each].calls for each in ("one", "two")] == calls
