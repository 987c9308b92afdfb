"""What an account may look up: what came through itself, nothing else."""

from adapters.host import store
from adapters.host.judge import message
from adapters.host.values import Account, digest
from adapters.manifest import Kept
from services.kernel.db import Database
from services.kernel.ids import parsed

# How often an event may have been declared wrong, as far as anybody is told of it.
PLACES_MAX = 100


class AccountArchive:
    """The pushes and events of one account."""

    def __init__(self, database: Database, account: Account) -> None:
        self._database, self._account = database, account

    async def push(self, push_id: str) -> Kept | None:
        """The push with this id, with its body."""
        known = parsed(push_id)
        return self._mine(await store.push(self._database.pool, known)) if known else None

    async def places_of_event(self, event_id: str) -> list[tuple[str, int]]:
        """Where the facts of an event came: ids of pushes, and the event's position in each. Oldest first."""
        key = digest(event_id.encode())
        found = await store.places_of_event(self._database.pool, self._account.partner, key, PLACES_MAX)
        return [(str(push_id), position) for push_id, position in found]

    async def pushes(self, webhook: str, before: str, limit: int) -> list[Kept]:
        """The newest pushes through a webhook, older than the push with the id `before`, without their bodies."""
        found = await store.pushes(
            self._database.pool, account=self._account.id, webhook=webhook, before=parsed(before), limit=limit
        )
        return [_kept(each) for each in found]

    def _mine(self, found: store.StoredPush | None) -> Kept | None:
        return _kept(found) if found and found.arrival.account == self._account.id else None


def _kept(found: store.StoredPush) -> Kept:
    arrival, verdict = found.arrival, found.verdict
    judged_at = verdict.judged_at if verdict else None
    return Kept(message(arrival, verdict, body=True), arrival.webhook, arrival.headers, judged_at)
