"""A projection holds the newest version of each name, whatever comes late, twice or together."""

import asyncio
from collections.abc import AsyncIterator
from itertools import permutations
from typing import NamedTuple

import pytest

from services.kernel.db import Database
from services.kernel.projection import Projection


class Licensed(NamedTuple):
    """A row of the projection under test."""

    name: str
    version: int
    partners: list[str]
    deleted: bool = False


@pytest.fixture
async def licensed(database: Database) -> AsyncIterator[Projection[Licensed]]:
    await database.pool.execute(
        "CREATE TABLE licensed (name text PRIMARY KEY, version bigint NOT NULL, partners text[] NOT NULL,"
        " deleted boolean NOT NULL)"
    )
    yield Projection("licensed", Licensed)


async def test_the_newest_version_wins_in_every_order(database: Database, licensed: Projection[Licensed]):
    versions = [Licensed("a", 1, []), Licensed("a", 2, ["partners/n"]), Licensed("a", 3, ["partners/n"], deleted=True)]
    for number, order in enumerate(permutations(versions)):
        for version in order:
            await licensed.put(database.pool, [version._replace(name=f"{number}")])
        assert await licensed.of(database.pool, [f"{number}"]) == {f"{number}": versions[2]._replace(name=f"{number}")}


async def test_of_several_versions_in_one_batch_the_newest_is_kept(database: Database, licensed: Projection[Licensed]):
    batch = [Licensed("b", 2, ["x"]), Licensed("a", 5, []), Licensed("b", 7, ["y"]), Licensed("b", 3, ["z"])]
    assert await licensed.put(database.pool, batch) == [Licensed("a", 5, []), Licensed("b", 7, ["y"])]
    assert await licensed.of(database.pool, ["a", "b", "c"]) == {"a": batch[1], "b": batch[2]}


async def test_what_is_not_newer_is_not_told_as_taken_over(database: Database, licensed: Projection[Licensed]):
    await licensed.put(database.pool, [Licensed("a", 2, ["x"])])
    again = [Licensed("a", 2, ["y"]), Licensed("b", 1, [])]
    assert await licensed.put(database.pool, again) == [Licensed("b", 1, [])]
    assert (await licensed.of(database.pool, ["a"]))["a"].partners == ["x"]
    assert await licensed.put(database.pool, []) == []


async def test_two_who_store_the_same_names_in_opposite_order_do_not_deadlock(
    database: Database, licensed: Projection[Licensed]
):
    names = [f"{number:03}" for number in range(200)]

    async def store(version: int, order: list[str]) -> None:
        async with database.transaction() as conn:
            await licensed.put(conn, [Licensed(name, version, []) for name in order])

    await asyncio.gather(*(store(n, names if n % 2 else names[::-1]) for n in range(1, 9)))
    assert {row.version for row in (await licensed.of(database.pool, names)).values()} == {8}
