"""Waiting until a gateway on the PostgreSQL bus has nothing left to tell itself, so that a story goes on from there."""

from collections.abc import Sequence

from tenacity import RetryError

from services.kernel.db import Database
from services.local.demo.planning import until

# Seen at one instant, in one statement: what waits to be published, and who has not read to the end.
_WAITING = """
SELECT '{schema}: ' || count(*) || ' to publish' FROM {schema}.outbox WHERE seq > greatest(
    (SELECT high FROM {schema}.relay_cursor), (SELECT seq FROM {schema}.event_log ORDER BY position DESC LIMIT 1))
HAVING count(*) > 0
UNION ALL
SELECT topic || ': not read by ' || consumer_group FROM {schema}.bus_cursor
WHERE position < (SELECT max(position) FROM {schema}.event_log)"""


async def settle(database: Database, schemas: Sequence[str]) -> None:
    """Wait until every event is published, and applied by everybody who follows it; TimeoutError says by whom not."""
    statement = " UNION ALL ".join(_WAITING.format(schema=schema) for schema in schemas)
    seen: list[str] = []

    async def waiting() -> list[str]:
        seen[:] = [row[0] for row in await database.pool.fetch(statement)]
        return seen

    try:
        await until(waiting, lambda found: not found)
    except RetryError:
        raise TimeoutError(f"The gateway does not come to rest: {'; '.join(seen)}.") from None
