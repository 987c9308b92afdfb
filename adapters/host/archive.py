"""What an account may look up: what came through itself, nothing else."""

from uuid import UUID

from adapters.host import store
from adapters.host.judge import message
from adapters.host.values import Account, digest
from adapters.manifest import Kept
from services.kernel.db import Database


class AccountArchive:
    """The pushes and events of one account."""

    def __init__(self, database: Database, account: Account) -> None:
        self._database, self._account = database, account

    async def push(self, push_id: str) -> Kept | None:
        """The push with this id, with its body."""
        known = _uuid(push_id)
        return self._mine(await store.push(self._database.pool, known)) if known else None

    async def push_of_event(self, key: str) -> tuple[Kept, int] | None:
        """The push that the fact with this key came with, with its body, and the position of the event in it."""
        found = await store.push_of_fact(self._database.pool, self._account.partner, digest(key.encode()))
        mine = self._mine(found[0]) if found else None
        return (mine, found[1]) if found and mine else None

    async def pushes(self, webhook: str, before: str, limit: int) -> list[Kept]:
        """The newest pushes through a webhook, older than the push with the id `before`, without their bodies."""
        found = await store.pushes(
            self._database.pool, account=self._account.id, webhook=webhook, before=_uuid(before), limit=limit
        )
        return [_kept(each) for each in found]

    def _mine(self, found: store.StoredPush | None) -> Kept | None:
        return _kept(found) if found and found.arrival.account == self._account.id else None


def _kept(found: store.StoredPush) -> Kept:
    arrival, verdict = found.arrival, found.verdict
    judged_at = verdict.judged_at if verdict else None
    return Kept(message(arrival, verdict, body=True), arrival.webhook, arrival.headers, judged_at)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if len(text) == 36 else None
    except ValueError:
        return None
