"""Values that are kept whole, one in a row: found by name, listed by age, and saved."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, Generic, TypeVar

from asyncpg import Pool

from services.kernel.db import Connection
from services.kernel.stored import Stored

Value = TypeVar("Value")


class Rows(Generic[Value]):
    """A table whose column `value` is the whole, and the others, the key first, what statements go by.

    `columns_of` makes these of a value; by default each is its attribute of that name. `seen` says what a partner may
    see, by `age` lists go: the newest first, or the oldest.
    """

    def __init__(
        self, table: str, kind: type[Value], columns: str, columns_of: Callable[[Value], tuple[Any, ...]] | None = None,
        *, seen: str = "partner = ${}", age: str = "created_at", oldest_first: bool = False,
    ) -> None:  # fmt: skip
        names = [*columns.split(), "value"]
        self.table, self._key, self._stored = table, names[0], Stored(kind)
        self._columns_of = columns_of or attrgetter(*names[:-1])
        places = ", ".join(f"${place}" for place in range(1, len(names) + 1))
        changed = ", ".join(f"{name} = excluded.{name}" for name in names[1:])
        self._put = (
            f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places}) ON CONFLICT ({self._key}) DO UPDATE"
            f" SET {changed}"
        )
        self._seen = seen
        order, beyond = ("", ">") if oldest_first else (" DESC", "<")
        self._order = f"ORDER BY {age}{order}, {self._key}{order}"
        self._beyond = f"({age}, {self._key}) {beyond} (${{}}, ${{}})"

    async def find(
        self, conn: Connection | Pool, key: str, viewer: str | None = None, *, lock: bool = False
    ) -> Value | None:
        """A value; what the viewer may not see does not exist. With `lock` nobody else changes it meanwhile."""
        clauses = [(f"{self._key} = ${{}}", key), *([] if viewer is None else [(self._seen, viewer)])]
        where, arguments = _where(clauses)
        found = await self.select(conn, where + (" FOR UPDATE" if lock else ""), *arguments)
        return found[0] if found else None

    async def page(
        self,
        conn: Connection | Pool,
        viewer: str | None,
        clauses: Iterable[tuple[Any, ...]],
        after: tuple[datetime, str] | None,
        limit: int,
    ) -> list[Value]:
        """Those that the viewer may see (the first argument, unless it is None) and that fit, after one of them.
        Each clause goes with its arguments; one of which an argument is empty does not matter."""
        wanted = [each for each in clauses if all(each[1:])]
        told = [*([] if viewer is None else [(self._seen, viewer)]), *wanted]
        where, arguments = _where([*told, *([(self._beyond, *after)] if after else [])])
        return await self.select(conn, f"{where} {self._order} LIMIT ${len(arguments) + 1}", *arguments, limit)

    async def select(self, conn: Connection | Pool, where: str, *arguments: object) -> list[Value]:
        """The values of which a condition holds; it may go on with an order and a limit."""
        rows = await conn.fetch(f"SELECT value FROM {self.table} WHERE {where}", *arguments)
        return [self._stored.read(row["value"]) for row in rows]

    async def put(self, conn: Connection, values: Iterable[Value]) -> None:
        """Stores values, each in the place of what it was."""
        await conn.executemany(self._put, [(*self._columns_of(each), self._stored.text(each)) for each in values])


def _where(clauses: Sequence[tuple[Any, ...]]) -> tuple[str, list[object]]:
    """Conditions that all hold, with their arguments numbered."""
    said, arguments = [], list[object]()
    for clause, *values in clauses:
        said.append(clause.format(*range(len(arguments) + 1, len(arguments) + len(values) + 1)))
        arguments += values
    return " AND ".join(said) or "true", arguments
