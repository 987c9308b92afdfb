"""What one account has to send is nothing to the others."""

import asyncio
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from adapters.host import delivering
from adapters.host.delivering import Deliverer
from services.kernel.clock import SystemClock


@pytest.mark.parametrize(
    ("woken", "calls"), [({("one", "r"): 2, ("one", "s"): 1}, [1, 0]), (None, [1, 1]), ({}, [0, 0])]
)
def test_those_are_woken_that_have_something_to_send(
    woken: dict[tuple[str, str], int] | None, calls: list[int]
) -> None:
    accounts: dict[str, Any] = {"one": SimpleNamespace(), "two": SimpleNamespace()}
    nobody: Any = None
    deliverer = Deliverer(
        nobody, SystemClock(), accounts, {}, judge=nobody, look_every=timedelta(seconds=1), published=lambda: None
    )
    deliverer.wake(woken)
    assert [deliverer._wakes[each].calls for each in ("one", "two")] == calls


@pytest.mark.parametrize("long", [True, False])
async def test_who_has_looked_long_and_found_little_does_not_look_at_each_wake(
    long: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is blocked while the other side is away is read at each look."""
    monkeypatch.setattr(delivering, "REST_PER_LOOK", 1000)  # no rest ends while this test looks
    looks: list[object] = []

    async def fetch(*asked: object) -> list[Any]:
        looks.append(asked)
        await asyncio.sleep(1.2 * delivering.LONG_LOOK_S if long else 0)
        return []

    nobody: Any = None
    reactions = [SimpleNamespace(name="r", send_many=None)]
    adapter, port = SimpleNamespace(name="tiny", reactions=reactions), SimpleNamespace(name="tiny")
    account: Any = SimpleNamespace(id="one", partner="partners/one", port=port, adapter=adapter, connection=None)
    database: Any = SimpleNamespace(pool=SimpleNamespace(fetch=fetch))
    deliverer = Deliverer(database, SystemClock(), {"one": account}, {}, judge=nobody, look_every=timedelta(minutes=1))
    working = asyncio.create_task(deliverer.work(account))
    async with asyncio.timeout(60):
        # Once of what is sent, and once of what an older version of the adapter left; then at each wake, or not.
        while len(looks) < (2 if long else 20):
            deliverer.wake()
            await asyncio.sleep(0.01)
        await asyncio.sleep(1.2 * delivering.LONG_LOOK_S if long else 0)
        for _ in range(5):
            deliverer.wake()
            await asyncio.sleep(0)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    assert len(looks) == 2 or not long
