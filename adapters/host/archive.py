"""What an account may look up: what came through itself, nothing else."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from adapters.host import store
from adapters.host.judge import shown
from adapters.host.listing import Wanted, page
from adapters.host.values import Account, digest
from adapters.manifest import Kept
from services.kernel.aside import Aside
from services.kernel.clock import Clock
from services.kernel.db import Database
from services.kernel.ids import parsed
from services.kernel.references import canonical

# How often an event may have been declared wrong, as far as anybody is told of it.
PLACES_MAX = 100

Made = TypeVar("Made")


class AccountArchive:
    """The messagees and events of one account."""

    def __init__(self, database: Database, account: Account, aside: Aside, clock: Clock) -> None:
        self._database, self._account, self._aside, self._clock = database, account, aside, clock

    async def message(self, message_id: str) -> Kept | None:
        """The message with this id, with its body."""
        known = parsed(message_id)
        return self._mine(await store.one(self._database.pool, known)) if known else None

    async def places_of_event(self, event_id: str) -> list[tuple[str, int]]:
        """Where the facts of an event came: ids of messagees, and the event's position in each. Oldest first."""
        key = digest(event_id.encode())
        found = await store.places_of_event(
            self._database.pool, self._account.port.name, self._account.partner, key, PLACES_MAX
        )
        return [(str(message_id), position) for message_id, position in found]

    async def messages(self, webhook: str, before: str, limit: int) -> list[Kept]:
        """The newest messagees through a webhook, older than the message with the id `before`, without their bodies."""
        wanted = Wanted(partner=self._account.partner, account=self._account.id, sources=[webhook])
        found = await page(self._database.pool, wanted, parsed(before), limit)
        return [_kept(each) for each in found]

    async def followed_since(self, name: str) -> datetime | None:
        """Since when the account's partner has known something of ours by this name; None if he does not."""
        return await store.followed_since(
            self._database.pool, self._account.port.name, self._account.partner, canonical(name)
        )

    def now(self) -> datetime:
        """The host's clock."""
        return self._clock.now()

    async def beside(self, kept: Kept, function: Callable[..., Made], *args: object) -> Made:
        """What a function of the adapter makes of a stored message: in a process beside the loop if it is large."""
        return await self._aside.work(self._account.id, kept.message.body_bytes, function, *args)

    def _mine(self, found: store.StoredMessage | None) -> Kept | None:
        return _kept(found) if found and found.received.account == self._account.id else None


def _kept(found: store.StoredMessage) -> Kept:
    received, verdict = found.received, found.verdict
    judged_at = verdict.judged_at if verdict else None
    return Kept(shown(received, verdict, body=True), received.source, received.headers, judged_at)
