"""How much of a record a document that follows it is given at once."""

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from adapters.host import documents, record
from adapters.host.documents import FollowingDocument
from adapters.host.followers import Followers
from adapters.record import KeptDocument, Looked, RecordedMessage
from services.kernel.clock import VirtualClock
from tests.support.couriers import NOW

MEBIBYTE = 1 << 20


async def test_a_document_is_given_at_most_five_hundred_messages_and_four_mebibytes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[object, ...]] = []
    worked: list[tuple[object, ...]] = []
    moved = asyncio.Event()
    follower = SimpleNamespace(kind="k", look="look", reaction=None)
    account: Any = SimpleNamespace(id="one", adapter=SimpleNamespace(name="a", followers=[follower]), reader="reader")
    document = KeptDocument("d", {}, NOW, seen=7)

    async def due(pool: object, accounts: list[str], now: object, most: int) -> list[FollowingDocument]:
        asked.append(("due", accounts, now, most))
        return [FollowingDocument("one", "k", document)] if not moved.is_set() else []

    async def read(pool: object, *limits: Any) -> list[RecordedMessage]:
        asked.append(("read", limits[0], limits[1].after, *limits[2:]))
        return [RecordedMessage(8, (0,), NOW, "w", b"12"), RecordedMessage(9, (0,), NOW, "w", b"345")]

    async def end(pool: object, name: str) -> int:
        return 10

    async def work(*given: object) -> Looked:
        worked.append(given)
        return Looked()

    async def move(conn: object, document: object, seen: int, looked: object) -> bool:
        asked.append(("move", seen))
        moved.set()
        return True

    @asynccontextmanager
    async def transaction() -> Any:
        yield SimpleNamespace()

    for module, name, put in (
        (documents, "due", due),
        (documents, "move", move),
        (record, "read", read),
        (record, "end", end),
    ):
        monkeypatch.setattr(module, name, put)
    database: Any = SimpleNamespace(pool=None, transaction=transaction)
    aside: Any = SimpleNamespace(work=work)
    followers = Followers(database, VirtualClock(NOW), {"one": account}, aside, look_every=timedelta(minutes=10))
    [run] = followers.work()
    running = asyncio.create_task(run())
    async with asyncio.timeout(60):
        await moved.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert asked[:3] == [
        ("due", ["one"], NOW, 100),
        ("read", "one", 7, None, 500, 4 * MEBIBYTE),
        ("move", 9),
    ]
    [(caller, size, look, reader, given, part, more, now)] = worked
    assert (caller, size, look, reader, given, more, now) == ("one", 5, "look", "reader", document, True, NOW)
    assert [each.position for each in part] == [8, 9]
