"""Bounds that nobody would notice if they were others: on pages, on pauses, on answers."""

from datetime import timedelta
from typing import Any, cast

import pytest
from doselane.exchange.v1 import exchange_pb2

from adapters.courier_epcis.answers import capture_jobs
from adapters.host.delivering import next_attempt
from adapters.host.rpc import ANSWER_BYTES_MAX, _that_fit
from adapters.manifest import Kept, PageRequest, Refused
from tests.support.couriers import NOW


class AskedOf:
    """An archive that remembers how much was asked of it."""

    def __init__(self) -> None:
        self.limits: list[int] = []

    async def messages(self, webhook: str, before: str, limit: int) -> list[Kept]:
        self.limits.append(limit)
        return []


@pytest.mark.parametrize(
    ("asked", "size"), [(None, 30), ("1", 1), ("1000", 1000), ("1001", 1000), ("9" * 30, 1000), ("007", 7)]
)
async def test_a_page_of_capture_jobs_has_a_size_and_a_bound(asked: str | None, size: int) -> None:
    archive = AskedOf()
    request = PageRequest("/x", {}, (("perPage", asked),) if asked else (), {}, 1024)
    await capture_jobs(request, cast("Any", archive), cast("Any", None))
    assert archive.limits == [size + 1]  # one more, to know whether there is a next page


@pytest.mark.parametrize("asked", ["0", "-1", "", "1.5", "٣", "many"])
async def test_a_page_of_no_size_is_refused(asked: str) -> None:
    with pytest.raises(Refused, match="PAGE_SIZE_NOT_VALID"):
        await capture_jobs(
            PageRequest("/x", {}, (("perPage", asked),), {}, 1024), cast("Any", AskedOf()), cast("Any", 0)
        )


@pytest.mark.parametrize(
    ("attempts", "retry_after_s", "left", "jitter", "pause_s"),
    [
        (1, None, timedelta(days=365), 0, 1),
        (2, None, timedelta(days=365), 0, 2),
        (9, None, timedelta(days=365), 0, 256),
        (10, None, timedelta(days=365), 0, 300),
        (10_000, None, timedelta(days=365), 0, 300),
        (10, None, timedelta(days=365), 1, 450),
        (1, 60, timedelta(days=365), 0, 60),
        (10, 60, timedelta(days=365), 0, 300),
        (1, 7200, timedelta(hours=10), 0, 1800),  # a twentieth of what is left, whatever was asked for
        (10, None, timedelta(seconds=1000), 0, 50),
        (10, None, timedelta(seconds=1), 0, 1),
        (1, None, timedelta(seconds=-5), 0, 1),
    ],
)
def test_a_pause_doubles_up_to_five_minutes_and_spends_no_more_than_a_twentieth_of_what_is_left(
    attempts: int, retry_after_s: float | None, left: timedelta, jitter: float, pause_s: float
) -> None:
    asked = None if retry_after_s is None else timedelta(seconds=retry_after_s)
    assert next_attempt(NOW, attempts, asked, NOW + left, jitter) == NOW + timedelta(seconds=pause_s)


def a_message(size: int) -> exchange_pb2.Message:
    message = exchange_pb2.Message()
    message.detail = "x" * (size - len(exchange_pb2.Message(detail="x" * size).SerializeToString()) + size)
    assert message.ByteSize() == size
    return message


def test_a_page_of_messages_ends_before_the_answer_is_too_large_but_not_before_the_first() -> None:
    half = ANSWER_BYTES_MAX // 2
    assert ANSWER_BYTES_MAX == 5 << 19
    assert len(_that_fit([a_message(half), a_message(half), a_message(1000)])) == 2
    assert len(_that_fit([a_message(half), a_message(half + 1), a_message(1000)])) == 1
    assert len(_that_fit([a_message(2 * ANSWER_BYTES_MAX), a_message(1000)])) == 1
    assert _that_fit([]) == []
