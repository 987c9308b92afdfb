"""Migrations run once each, in order, whole or not at all."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from services.kernel.db import Database, MigrationChanged, migrate
from tests.support.postgres import Databases


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A service's schema folder."""
    made = tmp_path / "slotting" / "schema"
    made.mkdir(parents=True)
    return made


async def test_files_run_in_order_and_only_once(database: Database, folder: Path) -> None:
    (folder / "0002_second.sql").write_text("INSERT INTO things VALUES (2)")
    (folder / "0001_first.sql").write_text("CREATE TABLE things (n int); INSERT INTO things VALUES (1)")
    (folder / "notes.sql").write_text("SELECT this is no migration")
    await migrate(database, folder)
    (folder / "0003_third.sql").write_text("INSERT INTO things VALUES (3)")
    await migrate(database, folder)
    assert [row["n"] for row in await database.pool.fetch("SELECT n FROM things")] == [1, 2, 3]


async def test_processes_that_start_together_run_each_file_once(database: Database, folder: Path) -> None:
    (folder / "0001_first.sql").write_text("CREATE TABLE things (n int); INSERT INTO things VALUES (1)")
    await asyncio.gather(*(migrate(database, folder) for _ in range(5)))
    assert await database.pool.fetchval("SELECT count(*) FROM things") == 1


async def test_a_file_that_fails_leaves_nothing_behind(database: Database, folder: Path) -> None:
    (folder / "0001_first.sql").write_text("CREATE TABLE things (n int); SELECT 1 / 0")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(database, folder)
    assert await database.pool.fetchval("SELECT to_regclass('things')") is None


async def test_a_file_that_was_changed_after_it_ran_is_refused(database: Database, folder: Path) -> None:
    (folder / "0001_first.sql").write_text("CREATE TABLE things (n int)")
    await migrate(database, folder)
    (folder / "0001_first.sql").write_text("CREATE TABLE things (n bigint)")
    with pytest.raises(MigrationChanged, match=r"slotting/0001_first\.sql"):
        await migrate(database, folder)


async def test_each_schema_has_its_own(databases: Databases) -> None:
    dsn = databases.fresh()
    for schema in ("slotting", "capacity"):
        database = await Database.connect(dsn, schema)
        await migrate(database)
        assert await database.pool.fetchval("SELECT count(*) FROM outbox") == 0
        await database.close()
