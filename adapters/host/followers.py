"""Has the documents that follow a record look at what was added to it, and sends what they make of it."""

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta

from adapters.host import deliveries, documents, record
from adapters.host.documents import FollowingDocument
from adapters.host.values import Account
from adapters.record import Follower, RecordSpan
from services.kernel.aside import Aside, AsideFailed
from services.kernel.background import Background
from services.kernel.clock import Clock
from services.kernel.db import Database, passes_by_itself
from services.kernel.shares import ServerFull
from services.kernel.signals import Signal

AT_ONCE_MAX = 100
MESSAGES_MAX = 500
BYTES_MAX = 4 << 20

log = logging.getLogger(__name__)


class Followers:
    """One worker for all accounts. Any number of processes may work: of two who look for one document one is heard."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        accounts: Mapping[str, Account],
        aside: Aside,
        *,
        look_every: timedelta,
        made: Callable[[], None] = lambda: None,
    ) -> None:
        self._database, self._clock, self._aside, self._made = database, clock, aside, made
        self._accounts = {name: account for name, account in accounts.items() if account.adapter.followers}
        self._look_every_s = look_every.total_seconds()
        self._wake = Signal()
        clock.moved.followed_by(self.wake)

    def wake(self) -> None:
        """A record may have grown."""
        self._wake.call()

    def work(self) -> list[Background]:
        """What goes on in the background: nothing where no account has what could follow."""
        return [self.run] if self._accounts else []

    async def run(self) -> None:
        """Looks whenever a record has grown, and now and then for those whose time has come, until cancelled."""
        while True:
            seen, more = self._wake.calls, False
            try:
                more = await self._look()
            except Exception as fault:
                if not passes_by_itself(fault):
                    raise
                log.warning("what follows the records waits for the database: %s", fault)
            if not more:
                await self._wake.wait(seen, self._look_every_s)

    async def _look(self) -> bool:
        """Lets each document that is due look at one part of its record; says whether any has more to look at."""
        due = await documents.due(self._database.pool, list(self._accounts), self._clock.now(), AT_ONCE_MAX)
        more = False
        for each in due:
            account = self._accounts[each.account]
            follower = next((known for known in account.adapter.followers if known.kind == each.kind), None)
            if follower is not None:
                more |= await self._looked(account, follower, each)
        return more

    async def _looked(self, account: Account, follower: Follower, due: FollowingDocument) -> bool:
        span = RecordSpan(after=due.document.seen or 0)
        part = await record.read(self._database.pool, account.id, span, None, MESSAGES_MAX, BYTES_MAX)
        seen = part[-1].position if part else span.after
        more = seen < await record.end(self._database.pool, account.id)
        size, now = sum(len(each.body) for each in part), self._clock.now()
        try:
            looked = await self._aside.work(
                account.id, size, follower.look, account.reader, due.document, part, more, now
            )
        except (AsideFailed, ServerFull) as fault:
            log.warning("%s of %s looks again later: %s", due.document.name, account.id, fault)
            return False
        except Exception:
            log.exception("%s failed to look for %s of %s", account.adapter.name, due.document.name, account.id)
            return False
        async with self._database.transaction() as conn:
            if not await documents.move(conn, due, seen, looked):
                return True  # Somebody else looked, or nobody waits any more.
            made = [deliveries.NewDelivery(account, follower.reaction, None, outgoing) for outgoing in looked.sends]
            await deliveries.add(conn, made, now)
        if looked.sends:
            self._made()
        return more
