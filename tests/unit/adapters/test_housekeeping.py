"""What goes wrong while the host puts its tables in order."""

import asyncio
import logging
from datetime import timedelta
from typing import Any

import pytest

from adapters.host.housekeeping import Housekeeping


class _Faulty:
    """A database of which nothing can be asked."""

    def __init__(self, fault: Exception) -> None:
        self._fault = fault

    @property
    def pool(self) -> Any:
        raise self._fault


async def test_what_passes_by_itself_is_waited_for_and_anything_else_ends_the_process(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    with pytest.raises(LookupError):
        await Housekeeping(_Faulty(LookupError("no such table")), timedelta(days=30)).run()  # type: ignore[arg-type]
    assert caplog.text == ""
    running = asyncio.ensure_future(Housekeeping(_Faulty(ConnectionRefusedError()), timedelta(days=30)).run())  # type: ignore[arg-type]
    while not caplog.text:
        assert not running.done()
        await asyncio.sleep(0)
    assert "the tables are put in order later" in caplog.text
    running.cancel()
