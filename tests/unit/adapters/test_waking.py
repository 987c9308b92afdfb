"""What one account has to send is nothing to the others."""

import asyncio
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from adapters.host import delivering
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


@pytest.mark.parametrize(("long_s", "rests"), [(-1.0, True), (3600.0, False)])
async def test_who_has_looked_long_and_found_little_does_not_look_at_each_wake(
    monkeypatch: pytest.MonkeyPatch, long_s: float, rests: bool
) -> None:
    """What is blocked while the other side is away is read at each look."""
    looks: list[object] = []

    async def claim(*given: Any, **of: Any) -> list[Any]:
        looks.append(of)
        await asyncio.sleep(0.001)  # a look takes a moment of the loop's clock, by which it rests
        return []

    monkeypatch.setattr(delivering.deliveries, "claim", claim)
    monkeypatch.setattr(delivering, "LONG_LOOK_S", long_s)
    monkeypatch.setattr(delivering, "REST_PER_LOOK", 10**12)
    nobody: Any = None
    reactions = [SimpleNamespace(name="r", send_many=None)]
    account: Any = SimpleNamespace(id="one", adapter=SimpleNamespace(reactions=reactions), connection=None)
    database: Any = SimpleNamespace(pool=None)
    deliverer = Deliverer(database, SystemClock(), {"one": account}, {}, judge=nobody, look_every=timedelta(seconds=1))
    working = asyncio.create_task(deliverer.work(account))
    wakes = 0
    async with asyncio.timeout(60):
        while wakes < 30 if rests else len(looks) <= 20:
            deliverer.wake()
            await asyncio.sleep(0.002)
            wakes += 1
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    # Once of what is sent, and once of what an older version of the adapter left.
    assert len(looks) == 2 or not rests
