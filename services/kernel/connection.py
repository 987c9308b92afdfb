"""A connection as the services use it: quick to know PostgreSQL's types, and clean when it goes back to its pool."""

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import asyncpg

# Types with a lower number come with PostgreSQL and are the same in each database of its version.
# Source: PostgreSQL documentation, "System Catalog Declarations and Initial Contents", OID Assignment.
FIRST_OF_A_DATABASE = 10_000

# By version and type, what asyncpg once asked of a type that comes with PostgreSQL.
_built_in: dict[tuple[int, int], tuple[asyncpg.Record, ...]] = {}


def _watched(name: str) -> Any:
    inherited = getattr(asyncpg.Connection, name)

    async def call(self: "ServiceConnection", *args: Any, **options: Any) -> Any:
        try:
            return await inherited(self, *args, **options)
        except BaseException:
            self.failed = True
            raise

    return call


class ServiceConnection(asyncpg.Connection):
    """Knows whether a statement failed since it was last given back; then PostgreSQL is told that it is over.

    asyncpg has PostgreSQL parse a new statement and sends the values after that. Who is cancelled in between, or gives
    a value of a wrong type, leaves a transaction open that nobody began and of which asyncpg does not know: the next
    BEGIN that names an isolation level is refused ("must be called before any query"), and `now()` stands still.
    """

    failed = False

    fetch = _watched("fetch")
    fetchrow = _watched("fetchrow")
    fetchval = _watched("fetchval")
    fetchmany = _watched("fetchmany")
    execute = _watched("execute")
    executemany = _watched("executemany")

    async def _introspect_types(self, typeoids: Iterable[int], timeout: float | None) -> tuple[list[Any], Any]:
        """What asyncpg asks of types that it does not know, such as uuid[]: 10 ms of a processor, on each connection.

        Of those that come with PostgreSQL it is asked once. Were the method's name another one, all would be asked.
        """
        version, statement = self.get_server_version().major, SimpleNamespace(name="none was needed")
        found: list[asyncpg.Record] = []
        for oid in (asked := set(typeoids)):
            if oid < FIRST_OF_A_DATABASE:
                if (version, oid) not in _built_in:
                    rows, _ = await super()._introspect_types([oid], timeout)
                    _built_in[version, oid] = tuple(rows)
                found += _built_in[version, oid]
        if own := {oid for oid in asked if oid >= FIRST_OF_A_DATABASE}:
            rows, statement = await super()._introspect_types(own, timeout)
            found += rows
        return found, statement


async def give_back(connection: ServiceConnection) -> None:
    """What a pool does with a connection that it gets back. Nobody leaves anything else behind there.

    SET is LOCAL, and locks and LISTEN have connections of their own: so the round trip of asyncpg's reset is spared.
    """
    if connection.failed:
        await connection.execute("SELECT")  # at the end of a plain query ends whatever transaction no BEGIN began
        connection.failed = False
