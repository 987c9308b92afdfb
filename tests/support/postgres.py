"""One PostgreSQL server for the session, and for each test that asks a database that no other sees meanwhile."""

import asyncio
import functools
import itertools
import shutil
import tempfile
import threading
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar

import asyncpg
import pytest

from services.kernel.connection import ServiceConnection
from services.kernel.db import FAULTS
from services.local import postgres as local_postgres
from services.local.postgres import Postgres
from tests.support.emptying import Prepared, prepared

# What these change would only be seen after a power cut: a process that is killed loses nothing by it, and without
# them most of the tests' time was spent waiting for the disk. `tests/integration/test_local_postgres` has it all on.
NEVER_LOSES_POWER = {"fsync": "off", "full_page_writes": "off"}
EMPTY, ADMINISTRATION = "template1", "postgres"  # databases that each server has
PATIENCE_S = 120.0
Prepare = Callable[[str], Awaitable[object]]
T = TypeVar("T")


def asking_once(kind: type[asyncpg.Connection]) -> Any:
    """Has connections of a kind ask once what a type is, not once each, which took a third of the server's time.

    That holds here for a database's own types too: each number is given once a server, and a copied database has the
    types of its template.
    """
    asks = kind._introspect_types

    @functools.wraps(asks)
    async def introspect(self: Any, typeoids: Iterable[int], timeout: float | None) -> Any:
        key = (self._addr, frozenset(typeoids))
        if key not in _told:
            types, _ = await asks(self, typeoids, timeout)
            _told[key] = types
        return _told[key], _ASKED

    return introspect


_told: dict[tuple[object, frozenset[int]], Any] = {}
# A statement with a name; without one, asyncpg would prepare its own again.
_ASKED = SimpleNamespace(name="asked before")
for _kind in (asyncpg.Connection, ServiceConnection):
    _kind._introspect_types = asking_once(_kind)  # type: ignore[method-assign]


class Copies:
    """The session's templates, and the copies of them that no test uses now.

    It works in a thread of its own, so that fixtures may ask it whether or not a loop runs in theirs.
    """

    def __init__(self, server: Postgres) -> None:
        self.server = server
        self._templates: dict[str, tuple[str, Prepared | None]] = {"": (EMPTY, None)}
        self._free: defaultdict[str, list[str]] = defaultdict(list)
        self._connections: dict[str, asyncpg.Connection] = {}
        self._numbers = itertools.count(1)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="databases", daemon=True)
        self._thread.start()

    async def prepare(self, key: str, prepare: Prepare) -> None:
        """Makes the template of this name, unless it is there."""
        if key not in self._templates:
            name = f"template_{next(self._numbers)}"
            await prepare(self.server.create_database(name))
            self._templates[key] = (name, self._wait_for(self._seen(name)))

    def take(self, key: str) -> str:
        """The name of a copy of a template, as new."""
        free = self._free[key]
        return free.pop() if free else self._wait_for(self._copied(self._templates[key][0]))

    def give_back(self, key: str, name: str) -> None:
        """Makes a copy as new for whoever comes next; drops it where that cannot be."""
        if self._wait_for(self._brought_back(key, name)):
            self._free[key].append(name)

    def close(self) -> None:
        """Ends the connections and the thread."""
        self._wait_for(self._disconnected())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _wait_for(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)

    async def _seen(self, template: str) -> Prepared:
        connection = await asyncpg.connect(self.server.dsn(template))
        try:
            return await prepared(connection)
        finally:
            await connection.close()  # PostgreSQL copies no database that is in use

    async def _copied(self, template: str) -> str:
        name = f"test_{next(self._numbers)}"
        administration = await self._connected(ADMINISTRATION)
        await administration.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return name

    async def _brought_back(self, key: str, name: str) -> bool:
        _, as_prepared = self._templates[key]
        try:
            if as_prepared is not None and await as_prepared.brought_back(await self._connected(name)):
                return True
        except FAULTS:
            pass  # The test took it away, or ended our connection: the next one gets another.
        await self._dropped(name)
        return False

    async def _dropped(self, name: str) -> None:
        if (connection := self._connections.pop(name, None)) is not None:
            connection.terminate()
        administration = await self._connected(ADMINISTRATION)
        await administration.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    async def _connected(self, name: str) -> asyncpg.Connection:
        connection = self._connections.get(name)
        if connection is None or connection.is_closed():
            connection = self._connections[name] = await asyncpg.connect(self.server.dsn(name))
        return connection

    async def _disconnected(self) -> None:
        for connection in self._connections.values():
            connection.terminate()


class Databases:
    """Hands out databases to one test, and takes them back when it ends."""

    def __init__(self, copies: Copies) -> None:
        self._copies = copies
        self._taken: list[tuple[str, str]] = []

    def fresh(self, key: str = "") -> str:
        """The address of a database that is empty, or a copy of what was prepared under this key."""
        name = self._copies.take(key)
        self._taken.append((key, name))
        return self._copies.server.dsn(name)

    async def prepared(self, key: str, prepare: Prepare) -> str:
        """The address of a copy of what `prepare(dsn)` made; it runs once a session for each key.

        `prepare` must close its connections: PostgreSQL copies no database that is in use.
        """
        await self._copies.prepare(key, prepare)
        return self.fresh(key)

    def give_back(self) -> None:
        """Gives back what this test was given."""
        while self._taken:
            self._copies.give_back(*self._taken.pop())


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A real server; its data lives and dies with the session."""
    # In a short path of its own, as the socket's path has a limit.
    folder = Path(tempfile.mkdtemp(prefix="doselane-test-"))
    server = local_postgres.start(folder / "postgres", settings=NEVER_LOSES_POWER)
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def _copies(postgres: Postgres) -> Iterator[Copies]:
    """What this session's tests have prepared."""
    made = Copies(postgres)
    yield made
    made.close()


@pytest.fixture
def databases(_copies: Copies) -> Iterator[Databases]:
    """Hands out databases to this test."""
    made = Databases(_copies)
    yield made
    made.give_back()


@pytest.fixture
def database_dsn(databases: Databases) -> str:
    """The address of an empty database that only this test uses."""
    return databases.fresh()
