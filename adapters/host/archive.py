"""What an account may look up: what came through itself, nothing else."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from adapters.host import deliveries, documents, record, store
from adapters.host.judge import shown
from adapters.host.listing import Wanted, page
from adapters.host.values import Account, digest
from adapters.manifest import Kept
from adapters.record import KeptDocument, RecordedMessage, RecordSpan
from services.kernel.aside import Aside
from services.kernel.clock import Clock
from services.kernel.db import Database
from services.kernel.ids import parsed
from services.kernel.public_addresses import why_not
from services.kernel.references import canonical

# How often an event may have been declared wrong, as far as anybody is told of it.
PLACES_MAX = 100

Made = TypeVar("Made")


class AccountArchive:
    """The messages, events, record and documents of one account."""

    def __init__(
        self, database: Database, account: Account, aside: Aside, clock: Clock, *, loopback: bool = False
    ) -> None:
        self._database, self._account, self._aside, self._clock = database, account, aside, clock
        self._loopback = loopback

    async def message(self, message_id: str) -> Kept | None:
        """The message with this id, with its body."""
        known = parsed(message_id)
        return self._mine(await store.one(self._database.pool, known)) if known else None

    async def places_of_event(self, event_id: str) -> list[tuple[str, int]]:
        """Where the facts of an event came: ids of messages, and the event's position in each. Oldest first."""
        key = digest(event_id.encode())
        found = await store.places_of_event(
            self._database.pool, self._account.port.name, self._account.partner, key, PLACES_MAX
        )
        return [(str(message_id), position) for message_id, position in found]

    async def messages(self, webhook: str, before: str, limit: int) -> list[Kept]:
        """The newest messages through a webhook, older than the message with the id `before`, without their bodies."""
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

    async def beside(self, body_bytes: int, function: Callable[..., Made], *args: object) -> Made:
        """What a function of the adapter makes of stored bodies: in a process beside the loop if they are large."""
        return await self._aside.work(self._account.id, body_bytes, function, *args)

    async def recorded(self, span: RecordSpan, limit: int, bytes_max: int) -> list[RecordedMessage]:
        """A part of the record, in its order."""
        ids = None if span.messages is None else [known for each in span.messages if (known := parsed(each))]
        return await record.read(self._database.pool, self._account.id, span, ids, limit, bytes_max)

    async def record_end(self, before: datetime | None = None) -> int:
        """The last position of the record, or the last one before an instant."""
        return await record.end(self._database.pool, self._account.id, before)

    async def document(self, kind: str, name: str) -> KeptDocument | None:
        """What is kept under this name."""
        # An address may name what PostgreSQL cannot hold, and so never held.
        return None if "\0" in name else await documents.one(self._database.pool, self._account.id, kind, name)

    async def documents(self, kind: str, within: str, after: str, limit: int) -> list[KeptDocument]:
        """What is kept under names that begin with `within`, in their order: those after one."""
        after = after.partition("\0")[0]
        return await documents.page(self._database.pool, self._account.id, kind, within, after, limit)

    async def keep(self, kind: str, document: KeptDocument, most: int) -> str:
        """Keeps it; answers what is in the way, `exists` or `full`."""
        async with self._database.transaction() as conn:
            return await documents.put(conn, self._account.id, kind, document, most)

    async def drop(self, kind: str, name: str) -> bool:
        """Forgets it, and takes back what waits to be delivered for it."""
        now = self._clock.now()
        async with self._database.transaction() as conn:
            dropped = "\0" not in name and await documents.drop(conn, self._account.id, kind, name)
            if dropped:
                await deliveries.withdraw(conn, self._account.id, name, "nobody waits for it any more", now)
            return dropped

    async def why_not(self, address: str) -> str:
        """Why nothing is sent to an address that a partner names; empty if it may be."""
        return await why_not(address, loopback=self._loopback)

    def _mine(self, found: store.StoredMessage | None) -> Kept | None:
        return _kept(found) if found and found.received.account == self._account.id else None


def _kept(found: store.StoredMessage) -> Kept:
    received, verdict = found.received, found.verdict
    judged_at = verdict.judged_at if verdict else None
    return Kept(shown(received, verdict, body=True), received.source, received.headers, judged_at)
