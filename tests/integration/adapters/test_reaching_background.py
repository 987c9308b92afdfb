"""What runs in the background of a host runs as long as the host does: a process whose part ends would end with it."""

import asyncio
from types import SimpleNamespace
from typing import Any

from adapters.host.reaching import _compared


async def test_a_mapping_that_was_compared_leaves_its_task_waiting() -> None:
    account: Any = SimpleNamespace(adapter=SimpleNamespace(metadata=None), mapping=None)
    task = asyncio.create_task(_compared(account, None))
    await asyncio.sleep(0)
    assert not task.done()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
