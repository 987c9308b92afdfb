"""Sends what waits: first in, first out for each account and subject; after faults that pass, again to the end."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from adapters.host import deliveries, documents, store
from adapters.host.deliveries import Delivery, State
from adapters.host.events import delivery_failed
from adapters.host.values import Account, ReceivedMessage, Verdict, by_itself
from adapters.manifest import Webhook
from adapters.outbound import Away, Declined, Reaction, Receipt, Uncertain
from adapters.ports import Port
from services.kernel import outbox
from services.kernel.clock import Clock
from services.kernel.db import Connection, Database, passes_by_itself
from services.kernel.event import Event
from services.kernel.signals import Signal
from services.kernel.telemetry import meter

# Of one account. Others have their own, so a slow system holds nobody else up.
AT_ONCE_MAX = 4
SEND_S_MAX = 30.0
LEASE = timedelta(seconds=2 * SEND_S_MAX)
FIRST_PAUSE = timedelta(seconds=1)
PAUSE_MAX = timedelta(minutes=5)
# No pause takes more than this share of what is left of the dose's life.
SHARE_OF_LIFE = 0.05

log = logging.getLogger(__name__)

# Reads a message that is kept already, and gives it its verdict.
Judge = Callable[[ReceivedMessage, Account, Webhook | None], Awaitable[Verdict | None]]


def next_attempt(
    now: datetime, attempts: int, retry_after: timedelta | None, give_up_at: datetime, jitter: float
) -> datetime:
    """When to try again: later each time, no sooner than asked, but never so late that much of the life is spent.

    `jitter` from 0 to 1 spreads those that failed together.
    """
    pause = min(FIRST_PAUSE * 2 ** min(attempts - 1, 20), PAUSE_MAX) * (1 + jitter / 2)
    pause = max(pause, retry_after or timedelta())
    return now + max(FIRST_PAUSE, min(pause, (give_up_at - now) * SHARE_OF_LIFE))


class Deliverer:
    """The workers, one an account. Any number of processes may work: what one is sending the others leave alone."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        accounts: Mapping[str, Account],
        connections: Mapping[str, Any],
        *,
        judge: Judge,
        look_every: timedelta,
        published: Callable[[], None] = lambda: None,
    ) -> None:
        self._published, self._judge = published, judge
        self._look_every_s = look_every.total_seconds()
        self._database, self._clock = database, clock
        self._accounts, self._connections = accounts, connections
        self._wake = Signal()
        self._counted = meter().create_counter("doselane.exchange.deliveries", description="Deliveries by end.")

    async def react(self, conn: Connection, port: Port, event: Event) -> None:
        """Makes deliveries of an event to the port's systems, in the transaction that applies it."""
        for account in self._accounts.values():
            reaches = account.port == port and account.id in self._connections
            for reaction in account.adapter.reactions if reaches else ():
                if reaction.event_type == event.type:
                    for outgoing in reaction.make(event, account.partner):
                        now = self._clock.now()
                        if reaction.past or now < outgoing.give_up_at:
                            await deliveries.add(conn, account, reaction, event, outgoing, now)

    def wake(self) -> None:
        """There may be something to send."""
        self._wake.call()

    async def work(self, account: Account) -> None:
        """Sends what the account has to send, until cancelled."""
        running: set[asyncio.Task[None]] = set()
        try:
            while True:
                seen = self._wake.calls
                for delivery in await self._claimed(account, AT_ONCE_MAX - len(running)):
                    task = asyncio.create_task(self._send(account, delivery))
                    running.add(task)
                    task.add_done_callback(running.discard)
                    task.add_done_callback(lambda _: self._wake.call())
                await self._wake.wait(seen, self._look_every_s)
        finally:
            for task in running:
                task.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.gather(*running, return_exceptions=True)

    async def _claimed(self, account: Account, free: int) -> list[Delivery]:
        if not free:
            return []
        try:
            return await deliveries.claim(self._database.pool, account.id, self._clock.now(), LEASE, free)
        except Exception as fault:
            if not passes_by_itself(fault):
                raise
            log.warning("deliveries of %s wait for the database: %s", account.id, fault)
            return []

    async def _send(self, account: Account, delivery: Delivery) -> None:
        try:
            await self._sent(account, delivery)
        except Exception as fault:
            # If nobody knows how it ended, whoever takes it up when the lease ends looks first; an answer that is kept
            # and not judged is judged with what else was left.
            level = logging.WARNING if passes_by_itself(fault) else logging.ERROR
            log.log(level, "delivery %s was not brought to its end", delivery.id, exc_info=fault)

    async def _sent(self, account: Account, delivery: Delivery) -> None:
        if self._clock.now() >= delivery.outgoing.give_up_at:
            return await self._finish(account, delivery, State.GIVEN_UP, delivery.words or "its time was over")
        reaction = next((each for each in account.adapter.reactions if each.name == delivery.reaction), None)
        if reaction is None:
            return await self._finish(account, delivery, State.PARKED, "the adapter no longer reacts to this")
        try:
            async with asyncio.timeout(SEND_S_MAX):
                receipt = await self._done(reaction, delivery)
        except Declined as no:
            await self._finish(account, delivery, State.PARKED, str(no))
        except Away as away:
            await self._later(delivery, str(away), away.retry_after, uncertain=delivery.uncertain)
        except (Uncertain, TimeoutError) as lost:
            await self._later(delivery, str(lost) or "no answer in time", None, uncertain=True)
        except Exception:
            log.exception("%s failed to send delivery %s", account.adapter.name, delivery.id)
            await self._later(delivery, "we failed to send it", None, uncertain=True)
        else:
            await self._finish(account, delivery, State.SENT, receipt.words, self._answer(account, delivery, receipt))

    async def _done(self, reaction: Reaction, delivery: Delivery) -> Receipt:
        connection = self._connections[delivery.account]
        if delivery.uncertain and reaction.look is not None:
            found = await reaction.look(connection, delivery.outgoing)
            if found is not None:
                return _receipt(found)
        return _receipt(await reaction.send(connection, delivery.outgoing))

    def _answer(self, account: Account, delivery: Delivery, receipt: Receipt) -> ReceivedMessage | None:
        if not receipt.body:
            return None
        return by_itself(
            account,
            receipt.name or delivery.reaction,
            receipt.body,
            self._clock.now(),
            headers={"doselane-delivery": delivery.name, "doselane-subject": delivery.outgoing.subject},
            traceparent=delivery.traceparent,
        )

    async def _later(self, delivery: Delivery, words: str, after: timedelta | None, *, uncertain: bool) -> None:
        now, give_up_at = self._clock.now(), delivery.outgoing.give_up_at
        at = next_attempt(now, delivery.attempts, after, give_up_at, random.random())
        await deliveries.postpone(self._database.pool, delivery, at, words, uncertain=uncertain)

    async def _finish(
        self, account: Account, delivery: Delivery, state: State, words: str, answer: ReceivedMessage | None = None
    ) -> None:
        now = self._clock.now()
        async with self._database.transaction() as conn:
            if answer is not None:
                # Whoever ended the delivery meanwhile may not have it, and what it says counts once.
                await store.keep(conn, [answer])
            number = await deliveries.finish(conn, delivery, state, words, now)
            if number is not None and state == State.SENT and account.adapter.followers:
                await documents.note_told(conn, account.id, delivery.outgoing.subject, now)
            if number is not None and state != State.SENT:
                await outbox.append(conn, [delivery_failed(account.port, delivery, state, words, number, now)])
        self._published()
        self._counted.add(1, {"adapter": delivery.adapter, "reaction": delivery.reaction, "state": state.name})
        if state != State.SENT:
            log.warning("delivery %s of %s is %s: %s", delivery.id, delivery.account, state.name, words)
        if answer is not None:
            await self._judge(answer, account, None)


def _receipt(given: str | Receipt) -> Receipt:
    return given if isinstance(given, Receipt) else Receipt(given)
