"""One PostgreSQL server for the session, and a database of its own for each test that asks."""

import itertools
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from services.local import postgres as local_postgres
from services.local.postgres import Postgres

# What these change would only be seen after a power cut: a process that is killed loses nothing by it, and without
# them most of the tests' time was spent waiting for the disk. `tests/integration/test_local_postgres` has it all on.
NEVER_LOSES_POWER = {"fsync": "off", "full_page_writes": "off"}
Prepare = Callable[[str], Awaitable[object]]


class Databases:
    """Hands out databases; those of one test are dropped when it ends."""

    def __init__(self, server: Postgres, templates: dict[str, str], numbers: Iterator[int]) -> None:
        self._server = server
        self._templates = templates
        self._numbers = numbers
        self._made: list[str] = []

    def fresh(self, template: str = "template1") -> str:
        """The address of a new database, empty unless `template` names one to copy."""
        name = f"test_{next(self._numbers)}"
        self._made.append(name)
        self._server.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return self._server.dsn(name)

    async def prepared(self, key: str, prepare: Prepare) -> str:
        """The address of a new copy of what `prepare(dsn)` made; it runs once a session for each key.

        `prepare` must close its connections: PostgreSQL copies no database that is in use.
        """
        if key not in self._templates:
            name = f"template_{next(self._numbers)}"
            await prepare(self._server.create_database(name))
            self._templates[key] = name
        return self.fresh(self._templates[key])

    def drop(self) -> None:
        """Drops what this test was given."""
        while self._made:
            self._server.drop_database(self._made.pop())


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
def _templates() -> dict[str, str]:
    return {}


@pytest.fixture(scope="session")
def _database_numbers() -> Iterator[int]:
    return itertools.count(1)


@pytest.fixture
def databases(postgres: Postgres, _templates: dict[str, str], _database_numbers: Iterator[int]) -> Iterator[Databases]:
    """Makes databases for this test."""
    made = Databases(postgres, _templates, _database_numbers)
    yield made
    made.drop()


@pytest.fixture
def database_dsn(databases: Databases) -> str:
    """The address of an empty database that only this test uses."""
    return databases.fresh()
