"""A connection that goes back to its pool with nothing of its last user's left in it, without a round trip for that."""

from typing import Any

import asyncpg


def _watched(name: str) -> Any:
    inherited = getattr(asyncpg.Connection, name)

    async def call(self: "PooledConnection", *args: Any, **options: Any) -> Any:
        try:
            return await inherited(self, *args, **options)
        except BaseException:
            self.failed = True
            raise

    return call


class PooledConnection(asyncpg.Connection):
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


async def give_back(connection: PooledConnection) -> None:
    """What a pool does with a connection that it gets back. Nobody leaves anything else behind there.

    SET is LOCAL, and locks and LISTEN have connections of their own: so the round trip of asyncpg's reset is spared.
    """
    if connection.failed:
        await connection.execute("SELECT")  # at the end of a plain query ends whatever transaction no BEGIN began
        connection.failed = False
