"""Sends what waits: first in, first out for each account and subject; after faults that pass, again to the end."""

import asyncio
import logging
import random
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from adapters.host import deliveries, documents, store
from adapters.host.deliveries import Delivery, DeliveryState, Postponed
from adapters.host.events import delivery_failed
from adapters.host.values import Account, ReceivedMessage, Verdict, by_itself
from adapters.manifest import Webhook
from adapters.outbound import Away, Declined, Outcome, Reaction, Receipt, Uncertain
from services.kernel import outbox
from services.kernel.clock import Clock
from services.kernel.db import Database, passes_by_itself
from services.kernel.signals import Signal
from services.kernel.telemetry import meter

# Nobody waits for what the adapter reacts to no more, and to find it all that waits is read.
LOOK_FOR_LEFT_EVERY_S = 60.0
# While the other side is away, what waits behind what is tried again later is read at each look, and grows: a fifth of
# the time is for that at the most.
LONG_LOOK_S, REST_PER_LOOK, REST_S_MAX = 0.25, 4, 60.0
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


@dataclass(slots=True)
class _Kind:
    """What an account sends in one way: one reaction in batches, or one by one what all the others make."""

    reactions: Sequence[str] = ()
    batch_max: int = 0
    every_s: float = 0.0
    # Those of the adapter: then it is what an older version of it left, which nobody sends.
    known: Sequence[str] | None = None
    # Batches that were not full and are on their way, or were just now: what comes meanwhile gathers for the next, so
    # that few calls carry much. What makes a full one goes.
    holds: int = 0
    looked_at: int = 0  # of the deliveries that it was told of so many were looked for
    rests_until_s: float = 0.0  # by the loop's clock: the last look was long, and found little

    def may_look(self, told_of: int) -> bool:
        """Whether what waits is not left to gather."""
        return not self.holds or 0 < self.batch_max <= told_of - self.looked_at


def _kinds(account: Account) -> deque[_Kind]:
    reactions = account.adapter.reactions
    one_by_one = [each.name for each in reactions if each.send_many is None]
    told = (account.connection or {}).get("every", {})
    many = [
        _Kind([each.name], each.batch_max, told.get(each.name, each.batch_every.total_seconds()))
        for each in reactions
        if each.send_many is not None
    ]
    left = _Kind(known=[each.name for each in reactions], every_s=LOOK_FOR_LEFT_EVERY_S)
    return deque([*([_Kind(one_by_one)] if one_by_one else []), *many, left])


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
        self._connections = connections
        # One each: what one account has to send is nothing to the others.
        self._wakes = {account: Signal() for account in accounts}
        self._told_of = Counter[tuple[str, str]]()  # by account and reaction
        clock.moved.followed_by(self.wake)
        self._counted = meter().create_counter("doselane.exchange.deliveries", description="Deliveries by end.")

    def wake(self, made: Mapping[tuple[str, str], int] | None = None) -> None:
        """There is something to send, so many deliveries of an account and a reaction; or there may be, of any."""
        self._told_of.update(made or {})
        for account in self._wakes if made is None else {account for account, _ in made}:
            self._wakes[account].call()

    async def work(self, account: Account) -> None:
        """Sends what the account has to send, until cancelled."""
        running: set[asyncio.Task[None]] = set()
        kinds, wake = _kinds(account), self._wakes[account.id]
        try:
            while True:
                seen = wake.calls
                kinds.rotate(1)  # so that none waits for ever for the others
                for kind in [each for each in kinds if each.rests_until_s <= asyncio.get_running_loop().time()]:
                    for batch in await self._claimed(account, kind, AT_ONCE_MAX - len(running)):
                        task = asyncio.create_task(self._send(account, batch, kind))
                        running.add(task)
                        task.add_done_callback(running.discard)
                        task.add_done_callback(lambda _: wake.call())
                await wake.wait(seen, self._look_every_s)
        finally:
            for task in running:
                task.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.gather(*running, return_exceptions=True)

    def _told(self, account: Account, kind: _Kind) -> int:
        """Of how many deliveries of a kind it was told; what the account sends in other ways fills no batch of it."""
        return sum(self._told_of[account.id, each] for each in kind.reactions)

    async def _claimed(self, account: Account, kind: _Kind, free: int) -> list[list[Delivery]]:
        """Batches for so many senders as are free."""
        batches: list[list[Delivery]] = []
        loop = asyncio.get_running_loop()
        try:
            while len(batches) < free and kind.may_look(told_of := self._told(account, kind)):
                limit, began_s = kind.batch_max or free, loop.time()
                found = await deliveries.claim(
                    self._database.pool,
                    account,
                    self._clock.now(),
                    LEASE,
                    limit,
                    of=kind.reactions,
                    known=kind.known,
                )
                kind.looked_at = told_of if len(found) < limit else kind.looked_at + limit
                if kind.known is not None and len(found) < limit:
                    kind.holds += 1
                    loop.call_at(loop.time() + kind.every_s, self._gathered, account, kind)
                if len(found) < limit and (took_s := loop.time() - began_s) > LONG_LOOK_S:
                    kind.rests_until_s = loop.time() + min(REST_PER_LOOK * took_s, REST_S_MAX)
                    loop.call_at(kind.rests_until_s, self._wakes[account.id].call)
                if not kind.batch_max:
                    return [[each] for each in found]
                batches += [found] if found else []
                if len(found) < limit:
                    kind.holds += bool(found)
                    break
        except Exception as fault:
            if not passes_by_itself(fault):
                raise
            log.warning("deliveries of %s wait for the database: %s", account.id, fault)
        return batches

    async def _send(self, account: Account, batch: Sequence[Delivery], kind: _Kind) -> None:
        loop = asyncio.get_running_loop()
        next_at_s = loop.time() + kind.every_s
        await self._to_its_end(self._sent(account, batch), batch)
        if len(batch) < kind.batch_max:
            # Not in this task, which would keep its place among those that send.
            loop.call_at(next_at_s, self._gathered, account, kind)

    def _gathered(self, account: Account, kind: _Kind) -> None:
        kind.holds -= 1
        self._wakes[account.id].call()

    async def _to_its_end(self, work: Awaitable[None], batch: Sequence[Delivery]) -> None:
        try:
            await work
        except Exception as fault:
            # If nobody knows how it ended, whoever takes it up when the lease ends looks first; an answer that is kept
            # and not judged is judged with what else was left.
            level = logging.WARNING if passes_by_itself(fault) else logging.ERROR
            names = ", ".join(str(each.id) for each in batch[:4])
            log.log(level, "%s deliveries were not brought to their end: %s", len(batch), names, exc_info=fault)

    async def _sent(self, account: Account, batch: Sequence[Delivery]) -> None:
        now = self._clock.now()
        for delivery in batch:
            if now >= delivery.outgoing.give_up_at:
                await self._finish(account, delivery, DeliveryState.GIVEN_UP, delivery.words or "its time was over")
        batch = [each for each in batch if now < each.outgoing.give_up_at]
        if not batch:
            return
        reaction = next((each for each in account.adapter.reactions if each.name == batch[0].reaction), None)
        if reaction is None:
            for delivery in batch:
                await self._finish(account, delivery, DeliveryState.PARKED, "the adapter no longer reacts to this")
            return
        await self._settle(account, list(zip(batch, await self._outcomes(reaction, batch), strict=True)))

    async def _outcomes(self, reaction: Reaction, batch: Sequence[Delivery]) -> Sequence[Outcome]:
        """What became of each, by position."""
        try:
            async with asyncio.timeout(SEND_S_MAX):
                return await self._done(reaction, batch)
        except (Away, Declined, Uncertain) as fault:
            return [fault] * len(batch)
        except TimeoutError as late:
            return [Uncertain(str(late) or "no answer in time")] * len(batch)
        except Exception:
            log.exception("%s failed to send delivery %s and %s more", reaction.name, batch[0].id, len(batch) - 1)
            return [Uncertain("we failed to send it")] * len(batch)

    async def _done(self, reaction: Reaction, batch: Sequence[Delivery]) -> Sequence[Outcome]:
        connection = self._connections[batch[0].account]
        if reaction.send_many is not None:
            outcomes = await reaction.send_many(connection, [each.outgoing for each in batch])
            if len(outcomes) != len(batch) or not all(isinstance(each, Outcome) for each in outcomes):
                raise TypeError(f"{reaction.name} does not answer one outcome for each of {len(batch)} deliveries")
            return outcomes
        (delivery,) = batch
        if delivery.uncertain and reaction.look is not None:
            found = await reaction.look(connection, delivery.outgoing)
            if found is not None:
                return [found]
        return [await reaction.send(connection, delivery.outgoing)]

    async def _settle(self, account: Account, outcomes: Sequence[tuple[Delivery, Outcome]]) -> None:
        """Each delivery ends, or waits, as its own outcome says; most end alike, in one statement."""
        sent: list[tuple[Delivery, str]] = []
        later: list[Postponed] = []
        alone: list[tuple[Delivery, DeliveryState, str, ReceivedMessage | None]] = []
        plain = not account.adapter.followers
        for delivery, outcome in outcomes:
            if plain and type(outcome) is str:
                sent.append((delivery, outcome))
            elif isinstance(outcome, Declined):
                alone.append((delivery, DeliveryState.PARKED, str(outcome), None))
            elif isinstance(outcome, Away):
                later.append(self._later(delivery, outcome, outcome.retry_after, uncertain=delivery.uncertain))
            elif isinstance(outcome, Uncertain):
                later.append(self._later(delivery, outcome, None, uncertain=True))
            elif (receipt := _receipt(outcome)).body or account.adapter.followers:
                alone.append((delivery, DeliveryState.SENT, receipt.words, self._answer(account, delivery, receipt)))
            else:
                sent.append((delivery, receipt.words))
        if sent:
            await deliveries.finish_sent(self._database.pool, sent, self._clock.now())
            self._count(sent[0][0], DeliveryState.SENT, len(sent))
        if later:
            await deliveries.postpone(self._database.pool, later)
        for delivery, state, words, answer in alone:
            await self._to_its_end(self._finish(account, delivery, state, words, answer), [delivery])

    def _answer(self, account: Account, delivery: Delivery, receipt: Receipt) -> ReceivedMessage | None:
        if not receipt.body:
            return None
        return by_itself(
            account,
            receipt.name or delivery.reaction,
            receipt.body,
            self._clock.now(),
            headers={
                "doselane-delivery": delivery.name,
                "doselane-subject": delivery.outgoing.subject,
                "doselane-event": delivery.set_off_by,
            },
            traceparent=delivery.traceparent,
        )

    def _later(self, delivery: Delivery, fault: Exception, after: timedelta | None, *, uncertain: bool) -> Postponed:
        now, give_up_at = self._clock.now(), delivery.outgoing.give_up_at
        at = next_attempt(now, delivery.attempts, after, give_up_at, random.random())
        return Postponed(delivery, at, str(fault), uncertain)

    async def _finish(
        self,
        account: Account,
        delivery: Delivery,
        state: DeliveryState,
        words: str,
        answer: ReceivedMessage | None = None,
    ) -> None:
        now = self._clock.now()
        async with self._database.transaction() as conn:
            if answer is not None:
                # Whoever ended the delivery meanwhile may not have it, and what it says counts once.
                await store.keep(conn, [answer])
            number = await deliveries.finish(conn, delivery, state, words, now)
            if number is not None and state == DeliveryState.SENT and account.adapter.followers:
                await documents.note_told(conn, account.id, delivery.outgoing.subject, now)
            if number is not None and state != DeliveryState.SENT:
                await outbox.append(conn, [delivery_failed(account.port, delivery, state, words, number, now)])
        self._published()
        self._count(delivery, state)
        if state != DeliveryState.SENT:
            log.warning("delivery %s of %s is %s: %s", delivery.id, account, state.name, words)
        if answer is not None:
            await self._judge(answer, account, None)

    def _count(self, delivery: Delivery, state: DeliveryState, number: int = 1) -> None:
        self._counted.add(number, {"adapter": delivery.adapter, "reaction": delivery.reaction, "state": state.name})


def _receipt(given: str | Receipt) -> Receipt:
    return given if isinstance(given, Receipt) else Receipt(given)
