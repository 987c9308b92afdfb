"""What happens to a message, whether pushed, fetched or heard: kept as it came, read, and only then answered."""

import asyncio
import logging
import sys
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from doselane.exchange.v1.exchange_pb2 import Message

from adapters.host import store
from adapters.host.batches import Batches
from adapters.host.judge import permitted
from adapters.host.mappings import UNKNOWN_WORDS, placed
from adapters.host.settling import settle, settle_again
from adapters.host.values import Account, PendingMessage, ReceivedMessage, TranslationResult, Verdict, by_itself
from adapters.manifest import Incoming, MessageReader, Refused, Webhook
from services.kernel.aside import Aside, AsideFailed
from services.kernel.clock import Clock
from services.kernel.db import Connection, Database, passes_by_itself
from services.kernel.errors import Busy, GatewayError, Kind, Unavailable
from services.kernel.shares import ServerFull, Shares, share_of
from services.kernel.telemetry import meter

SWEEP_EVERY_S = 60.0
# Younger ones are being judged right now; older ones were left by a crash or a fault of the database.
LEFT_AFTER = timedelta(seconds=30)
SWEEP_AGAIN = timedelta(minutes=10)
SWEEP_BATCH = 50
# A reading that ended its process is an attempt; a fault of the database, or of ours, is none.
ATTEMPTS_MAX = 3
# What was left is read in another process whatever its size: it may be what ended the one before.
WHATEVER_SIZE = sys.maxsize
# Under load those who come together are written together, and the relay is woken for several batches at once. Each
# statement and each round of the relay costs the same for one push as for ten; the first of a burst never waits.
LINGER_S = 0.0005
TELL_AFTER_S = 0.01
QUIET_PUSHES = 4

log = logging.getLogger(__name__)


class AccountGone(GatewayError):
    """The account through which a message came is no longer there, and with it what would read the message."""

    kind, reason = Kind.REFUSED, "ACCOUNT_GONE"


class Intake:
    """Takes messages in, with bounds on how many and how much at once."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        accounts: Mapping[str, Account],
        ports: Collection[str],
        *,
        pushes_waiting_max: int,
        bytes_waiting_max: int,
        body_bytes_max: int,
        aside: Aside,
        published: Callable[[], None] = lambda: None,
        recorded: Callable[[], None] = lambda: None,
    ) -> None:
        self.aside = aside
        self._database, self._clock, self._accounts, self._ports = database, clock, accounts, ports
        self._pushes = Shares(pushes_waiting_max)
        self._bytes = Shares(bytes_waiting_max, max(body_bytes_max, share_of(bytes_waiting_max)))
        self._published, self._recorded = published, recorded
        self._telling = False
        self._keeping: Batches[ReceivedMessage, None] = Batches(database, _keep, weight_of=_bytes_of, linger_s=LINGER_S)
        self._settling: Batches[PendingMessage, Verdict] = Batches(database, self._settle, items_max=128)
        self._counted = meter().create_counter(
            "doselane.exchange.messages", description="Messages by adapter and verdict."
        )
        self._unknown = meter().create_counter(
            "doselane.exchange.unknown_codes", description="Events whose code no table knows, by adapter."
        )

    def enter(self, sender: str, body_bytes: int) -> "Admission":
        """Holds a place for a push of this size until it leaves; raises Busy when there is none for this sender."""
        if self._pushes.enter(sender):
            if self._bytes.enter(sender, body_bytes):
                return Admission(self._pushes, self._bytes, sender, body_bytes)
            self._pushes.leave(sender)
        waiting = {"waiting": self._pushes.held, "of_this_sender": self._pushes.held_by(sender)}
        raise Busy("Too many pushes are waiting; send it again.", **waiting, retry_after_ms=1000)

    async def keep(self, account: Account, name: str, body: bytes) -> None:
        """Takes what a poll or a stream brought, on the way of a push. Raises Unavailable if it could not be kept."""
        await self.take(by_itself(account, name, body, self._clock.now()), account, None)

    async def take(self, received: ReceivedMessage, account: Account, webhook: Webhook | None) -> Verdict | None:
        """The verdict on a message. It was durable before anyone read it.

        None: it is kept, but the database went away before the verdict was, or who should read it did; it will be
        judged later.
        """
        await self._keeping.put(received)
        return await self.judge(received, account, webhook)

    async def judge(self, received: ReceivedMessage, account: Account, webhook: Webhook | None) -> Verdict | None:
        """The verdict on a message that is durable; None: it will be judged later, as with `take`."""
        try:
            read = await self._translated(received, account, received.body_bytes)
            pending = _pending(account, received, read, webhook)
            return await self._settling.put(pending)
        except AsideFailed:
            await self._note_attempt(received)
        except (Unavailable, ServerFull):
            pass
        return None

    async def rejudge(self, message_id: UUID, reason: str, actor: str, traceparent: str) -> Verdict | None:
        """Judges a message again. What it published before is not published again unless it now reads otherwise.

        None: there is no such message, or no longer.
        """
        stored = await store.one(self._database.pool, message_id)
        if stored is None:
            return None
        received = stored.received
        account = self._accounts.get(received.account)
        if account is None:
            gone = "The account of this message is gone, and with it what would read it; nothing was changed."
            raise AccountGone(gone, push=received.name, account=received.account)
        pending = replace(await self.read(received, account), again=True, reason=reason)
        async with self._database.transaction() as conn:
            found = await settle_again(conn, pending, actor, traceparent, self._clock.now())
        self._published()
        self._recorded()
        return found

    async def read(self, received: ReceivedMessage, account: Account) -> PendingMessage:
        """What the account's adapter makes of a message, on its way to a verdict; nothing is kept of it."""
        received = replace(received, collection=account.port.collection)
        ended_a_process = await store.attempts(self._database.pool, received.message_id) > 0
        try:
            read = await self._translated(received, account, WHATEVER_SIZE if ended_a_process else received.body_bytes)
        except AsideFailed:
            read = TranslationResult(refusal=_fault("Reading it ended the process that did."))
        return _pending(account, received, read, _webhook(account, received))

    async def run(self) -> None:
        """Looks after what was left, until cancelled."""
        try:
            await self._sweep()
        finally:
            await self._keeping.close()
            await self._settling.close()

    async def _sweep(self) -> None:
        """Judges what a crash left without a verdict: all of it at the start, then what is found now and again."""
        after = UUID(int=0)
        while True:
            before = _first_id(time.time() - LEFT_AFTER.total_seconds() * (after.int > 0))
            try:
                if await self._judge_left(after, before):
                    after = UUID(int=max(1, before.int - (int(SWEEP_AGAIN.total_seconds() * 1000) << 80)))
            except Exception as fault:
                if not (isinstance(fault, Unavailable) or passes_by_itself(fault)):
                    raise
                log.warning("the database went away while messages were judged that had been left")
            await asyncio.sleep(SWEEP_EVERY_S)

    async def _judge_left(self, after: UUID, before: UUID) -> bool:
        all_judged = True
        while found := await store.unjudged(self._database.pool, self._ports, after, before, SWEEP_BATCH):
            for stored in found:
                after = stored.received.message_id
                try:
                    all_judged &= await self._judge_one_left(stored.received)
                except Exception as fault:
                    if isinstance(fault, Unavailable) or passes_by_itself(fault):
                        raise
                    log.exception("message %s could not be judged", after)
                    all_judged = False
        return all_judged

    async def _judge_one_left(self, received: ReceivedMessage) -> bool:
        account = self._accounts.get(received.account)
        if account is None:
            log.error("message %s waits: its account %s is gone", received.message_id, received.account)
            return False
        received = replace(received, collection=account.port.collection)
        if await store.attempts(self._database.pool, received.message_id) >= ATTEMPTS_MAX:
            found = TranslationResult(refusal=_fault(f"It could not be read in {ATTEMPTS_MAX} attempts."))
        else:
            try:
                found = await self._translated(received, account, WHATEVER_SIZE)
            except AsideFailed:
                await store.note_attempt(self._database.pool, received.message_id)
                return False
        await self._settling.put(_pending(account, received, found, _webhook(account, received)))
        return True

    async def _note_attempt(self, received: ReceivedMessage) -> None:
        try:
            await store.note_attempt(self._database.pool, received.message_id)
        except Exception as fault:
            if not passes_by_itself(fault):
                raise
            log.warning("an attempt to read %s is not counted: %s", received.name, fault)

    async def _translated(self, received: ReceivedMessage, account: Account, size: int) -> TranslationResult:
        """What the account's adapter makes of a message; in another process if it is large. Raises AsideFailed."""
        if received.refusal or received.body is None:
            gone = Refused("BODY_TOO_LARGE", "The body was too large to keep.", status=413)
            return TranslationResult(refusal=received.refusal or gone)
        incoming = Incoming(received.source, received.body, received.headers, received.received_at)
        return await self.aside.work(received.account, size, translated, account.reader, received.name, incoming)

    async def _settle(self, conn: Connection, batch: Sequence[PendingMessage]) -> list[Verdict]:
        found, published = await settle(conn, batch, self._clock.now())
        if published:
            self._tell()
        if any(pending.on_record for pending in batch):
            self._recorded()
        self._report(batch, found)
        return found

    def _tell(self) -> None:
        """Wakes the relay: at once while it is quiet, else for several batches together, as each round costs."""
        if self._pushes.held <= QUIET_PUSHES:
            self._published()
        elif not self._telling:
            self._telling = True
            asyncio.get_running_loop().call_later(TELL_AFTER_S, self._tell_now)

    def _tell_now(self) -> None:
        self._telling = False
        self._published()

    def _report(self, batch: Sequence[PendingMessage], verdicts: Sequence[Verdict]) -> None:
        """Counts, once a batch because a counter costs as much as a small query, and names the codes nobody knows."""
        told = Counter(
            (pending.received.adapter, found.state, found.reason)
            for pending, found in zip(batch, verdicts, strict=True)
        )
        for (adapter, state, reason), number in told.items():
            self._counted.add(number, {"adapter": adapter, "state": Message.State.Name(state), "reason": reason})
        for pending, found in zip(batch, verdicts, strict=True):
            whose = f"{pending.received.partner}, {pending.received.adapter} account {pending.received.account}"
            if found.reason in UNKNOWN_WORDS and (refusal := pending.result.refusal) is not None:
                self._unknown.add(1, {"adapter": pending.received.adapter})
                log.warning("unknown word in %s of %s: %s", pending.received.name, whose, refusal.words)
            for code in _unknown_codes(pending.result):
                self._unknown.add(1, {"adapter": pending.received.adapter})
                log.warning("unknown code %r in %s of %s", code[:100], pending.received.name, whose)


class Admission:
    """Room for one push."""

    __slots__ = ("_bytes", "_held", "_pushes", "_sender")

    def __init__(self, pushes: Shares, held: Shares, sender: str, body_bytes: int) -> None:
        self._pushes, self._held, self._sender, self._bytes = pushes, held, sender, body_bytes

    def needs(self, body_bytes: int) -> None:
        """The push turned out to be of this size, which is less than it might have been."""
        self._held.leave(self._sender, self._bytes - body_bytes)
        self._bytes = body_bytes

    def leave(self) -> None:
        """The push was answered."""
        self._pushes.leave(self._sender)
        self._held.leave(self._sender, self._bytes)


def translated(reader: MessageReader, name: str, incoming: Incoming) -> TranslationResult:
    """What an adapter makes of a message. A fault of the adapter is ours: it refuses the message and is logged."""
    try:
        read = reader.translate(incoming)
    except Refused as refusal:
        return TranslationResult(refusal=refusal)
    except Exception:
        log.exception("%s failed to read %s", type(reader).__name__, name)
        return TranslationResult(refusal=_fault("We failed to read this."))
    return TranslationResult(read.facts, read.refused, read.remark, read.proceeds)


async def _keep(conn: Connection, received: Sequence[ReceivedMessage]) -> list[None]:
    await store.keep(conn, received)
    return [None] * len(received)


def _bytes_of(received: ReceivedMessage) -> int:
    return len(received.body or b"")


def _fault(words: str) -> Refused:
    return Refused("ADAPTER_FAULT", f"{words} It is kept, and can be judged again when we have mended it.", status=500)


def _pending(
    account: Account, received: ReceivedMessage, read: TranslationResult, webhook: Webhook | None
) -> PendingMessage:
    unread = received.refusal is not None or received.body is None
    if account.mapping is not None and read.refusal is not None:
        read = replace(read, refusal=placed(account.mapping, read.refusal))
    return PendingMessage(
        received,
        permitted(account, read),
        account.port,
        webhook,
        on_record=account.adapter.keeps_record,
        mapping_version="" if unread else account.mapping_version,
    )


def _webhook(account: Account, received: ReceivedMessage) -> Webhook | None:
    return next((each for each in account.adapter.webhooks if each.name == received.source), None)


def _unknown_codes(found: TranslationResult) -> Iterable[str]:
    return {fact.code for fact in found.facts if "CODE_UNKNOWN" in fact.warnings}


def _first_id(at_s: float) -> UUID:
    """The lowest uuidv7 of an instant of the machine's clock, which makes the ids, whatever clock the host is given."""
    return UUID(int=int(at_s * 1000) << 80)
