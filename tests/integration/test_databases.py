"""The databases that tests are given: each finds its own as it was prepared, whatever an earlier one did to it."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.support.postgres import Copies, Databases

PREPARED = """
    CREATE SCHEMA "made for tests";
    SET search_path = "made for tests";
    CREATE TABLE run (
        number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text UNIQUE, open boolean, size_kbq numeric,
        at timestamptz, data bytea, facts jsonb, tags text[], span interval,
        label text GENERATED ALWAYS AS (name || '!') STORED
    );
    INSERT INTO run (name, open, size_kbq, at, data, facts, tags, span) VALUES
        ('it''s "one"', NULL, 0.1, '2026-11-26T12:00:00.123456Z', '\\x00ff', '{"a": [null]}', '{a,NULL,"b,c"}', '25 h'),
        (NULL, true, '-Infinity', 'infinity', '', 'null', NULL, '1 mon 2 days');
    CREATE TABLE slot (run bigint NOT NULL REFERENCES run, weight float8);
    INSERT INTO slot VALUES (1, 0.1), (2, '-Infinity');
    CREATE TABLE event (n bigint) PARTITION BY RANGE (n);
    CREATE TABLE event_0 PARTITION OF event FOR VALUES FROM (0) TO (100);
    CREATE SEQUENCE numbers;
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'never deleted'; END $$;
    CREATE TRIGGER kept BEFORE DELETE ON run FOR EACH ROW EXECUTE FUNCTION refuse();
"""
WRITES = """
    UPDATE run SET name = 'changed ' || number, open = NOT open;
    INSERT INTO run (name) VALUES ('another');
    INSERT INTO slot SELECT number FROM run;
    DELETE FROM slot WHERE run = 2;
    INSERT INTO event SELECT generate_series(1, 50);
    SELECT nextval('numbers');
"""


async def prepare(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute(PREPARED)
    await connection.close()


class Given:
    """A database as one test is given it."""

    def __init__(self, copies: Copies) -> None:
        self._copies = copies
        self.name = copies.take("of these tests")

    async def connect(self) -> asyncpg.Connection:
        dsn = self._copies.server.dsn(self.name)
        return await asyncpg.connect(dsn, server_settings={"search_path": '"made for tests"'})

    async def execute(self, sql: str) -> None:
        connection = await self.connect()
        await connection.execute(sql)
        await connection.close()

    async def holds(self) -> list[list[tuple[object, ...]]]:
        """All rows there are, and how far the sequences went."""
        connection = await self.connect()
        found = [
            [tuple(row) for row in await connection.fetch(f"SELECT * FROM {each}")]
            for each in ("run ORDER BY number", "slot ORDER BY run", "event", "numbers", "run_number_seq")
        ]
        await connection.close()
        return found

    async def next(self) -> "Given":
        """What the next test is given."""
        self._copies.give_back("of these tests", self.name)
        return Given(self._copies)


@pytest.fixture
async def given(_copies: Copies) -> AsyncIterator[Given]:
    await _copies.prepare("of these tests", prepare)
    return Given(_copies)


async def test_a_prepared_database_is_a_copy_that_no_other_test_sees(databases: Databases) -> None:
    first, second = [await databases.prepared("of these tests", prepare) for _ in range(2)]
    for dsn in (first, second):
        connection = await asyncpg.connect(dsn, server_settings={"search_path": '"made for tests"'})
        await connection.execute("INSERT INTO event VALUES (1)")
        assert await connection.fetchval("SELECT count(*) FROM event") == 1
        await connection.close()


async def test_a_database_that_was_written_to_is_given_as_it_was_prepared(given: Given) -> None:
    as_prepared = await given.holds()
    await given.execute(WRITES)
    assert await given.holds() != as_prepared
    after = await given.next()
    assert after.name == given.name and await after.holds() == as_prepared


async def test_who_is_still_connected_is_thrown_out(given: Given) -> None:
    left_open = await given.connect()
    await left_open.execute("BEGIN; INSERT INTO event VALUES (1); LOCK TABLE run")
    after = await given.next()
    assert after.name == given.name
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)):
        await left_open.execute("COMMIT")


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE another (n int)",
        "DROP TABLE event_0",
        "ALTER TABLE run RENAME name TO title; ALTER TABLE run RENAME title TO name",
        "ALTER TABLE run ALTER open SET DEFAULT true",
        "ALTER TABLE run DISABLE TRIGGER kept",
        "DROP TRIGGER kept ON run",
        "CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN OLD; END $$",
        "CREATE INDEX ON slot (run)",
        "ALTER TABLE slot ADD CHECK (run > 0)",
        "ALTER SEQUENCE numbers INCREMENT 2",
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET timezone = ''Asia/Tokyo''', current_database()); END $$",
        "INSERT INTO event SELECT 1 FROM generate_series(1, 200000)",
    ],
)
async def test_a_database_that_was_changed_or_has_grown_is_given_to_no_other(given: Given, change: str) -> None:
    as_prepared = await given.holds()
    await given.execute(change)
    after = await given.next()
    assert after.name != given.name and await after.holds() == as_prepared


async def test_a_database_that_a_test_took_away_is_made_anew(given: Given, _copies: Copies) -> None:
    as_prepared = await given.holds()
    _copies.server.execute(f'DROP DATABASE "{given.name}" WITH (FORCE)')
    after = await given.next()
    assert after.name != given.name and await after.holds() == as_prepared


async def test_an_empty_database_is_empty(databases: Databases) -> None:
    connection = await asyncpg.connect(databases.fresh())
    assert await connection.fetchval("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace") == 0
    await connection.close()
