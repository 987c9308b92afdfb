"""What a service keeps of what another publishes: one row a name, and the newest version wins, whatever comes late."""

from collections.abc import Collection, Iterable
from operator import attrgetter
from typing import Any, Generic, TypeVar

from asyncpg import Pool

from services.kernel.db import Connection

Row = TypeVar("Row")


class Projection(Generic[Row]):
    """A table whose columns are the fields of `row`, a dataclass or a named tuple.

    The first field is the primary key, and one is `version`. A resource that was deleted stays as a row that says so:
    without it, what comes late would bring the resource back.
    """

    def __init__(self, table: str, row: type[Row]) -> None:
        columns = tuple(row.__annotations__)
        key, *others = columns
        parameters = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
        self._row = row
        self._values = attrgetter(*columns)
        self._key = attrgetter(key)
        self._put = (
            f"INSERT INTO {table} AS known ({', '.join(columns)}) VALUES ({parameters}) ON CONFLICT ({key}) DO UPDATE"
            f" SET {', '.join(f'{column} = excluded.{column}' for column in others)}"
            f" WHERE known.version < excluded.version RETURNING {key}"
        )
        self._select = f"SELECT {', '.join(columns)} FROM {table} WHERE {key} = ANY ($1)"

    async def put(self, conn: Connection | Pool, rows: Iterable[Row]) -> list[Row]:
        """Takes over what is newer than what is stored, and says what that was, by key; order and repetition do not
        matter."""
        newest: dict[Any, Row] = {self._key(row): row for row in sorted(rows, key=attrgetter("version"))}
        if not newest:
            return []
        # In one order, so that two who store the same names wait for each other instead of deadlocking.
        stored = await conn.fetchmany(self._put, [self._values(newest[key]) for key in sorted(newest)])
        return [newest[key] for (key,) in stored]

    async def of(self, conn: Connection | Pool, keys: Collection[str]) -> dict[str, Row]:
        """What is known of these names, by name; what was never heard of is absent."""
        rows = await conn.fetch(self._select, list(keys))
        return {row[0]: self._row(*row) for row in rows}
