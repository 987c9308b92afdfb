"""What came of a turn of delivering, saved at once: place, waiting subjects, attempts and the endpoint's state."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from time import monotonic

from services.kernel import outbox
from services.kernel.clock import Clock
from services.kernel.db import Connection
from services.kernel.sealing import Cipher
from services.kernel.transactions import Transactions
from services.streams import events, store
from services.streams.domain import FeedEntry
from services.streams.domain.endpoint import (
    Endpoint,
    EndpointState,
    FeedRecovery,
    after_failure,
    after_success,
    is_of_endpoints,
)
from services.streams.domain.endpoint_delivery import (
    AttemptCause,
    EndpointNotice,
    ParkedEvent,
    WaitingSubject,
    WebhookAttempt,
    detail_of,
)
from services.streams.domain.endpoint_retries import GIVE_UP_AFTER, REST_MAX, WebhookOutcome
from services.streams.store import EndpointLease
from services.streams.usecases.endpoint_sender import RecordPusher, WebhookPoster
from services.streams.usecases.following import FeedFollowers

# Of attempts that succeeded so many are kept of each save, the newest; of those that failed all.
SUCCESSES_KEPT = 20
TAKE_PAUSE = timedelta(seconds=10)


class EndpointLeaseLost(Exception):
    """Another process delivers to the endpoint, or it was deleted: this one leaves off."""


@dataclass(frozen=True)
class DeliveryParts:
    """What delivering works with. `lease`: how long a process that says nothing keeps an endpoint."""

    transactions: Transactions
    clock: Clock
    poster: WebhookPoster
    pusher: RecordPusher
    lease: timedelta
    body_of: Callable[[FeedEntry], bytes]
    followers: FeedFollowers | None = None  # None: whoever has sent all that is there waits for nothing

    async def cipher(self) -> Cipher:
        """What keys of endpoints are sealed with."""
        return await self.transactions.database.cipher()


class TurnLedger:
    """Gathers what came of a turn until it is saved."""

    def __init__(self, parts: DeliveryParts, lease: EndpointLease, endpoint: Endpoint) -> None:
        self._parts, self._lease = parts, lease
        self.endpoint, self.changed_by_others = endpoint, False
        self.recovery = self._saved_recovery = endpoint.recovery
        self.torn = False  # a save was begun and has not ended well: what it took is not here any more
        self._saved_place, self._saved_at_s = endpoint.place, monotonic()
        self._begin()

    def _begin(self) -> None:
        self.waiting: dict[str, WaitingSubject | None] = {}
        self.attempts: list[WebhookAttempt] = []
        self.parked: list[ParkedEvent] = []
        self.unparked: list[int] = []  # positions
        self.told: list[tuple[EndpointNotice, bool]] = []
        self._worst: tuple[int, WebhookAttempt] | None = None
        self._gone: WebhookAttempt | None = None
        self._took = self.pausing = False

    def tried(self, attempt: WebhookAttempt, failures: int) -> None:
        """An attempt, and how often its event has failed in a row, this time included."""
        self.attempts.append(attempt)
        if attempt.delivered:
            self._took = True
        elif attempt.answer.outcome is WebhookOutcome.GONE:
            self._gone = attempt
        elif not is_of_endpoints(attempt.message.subject) and (self._worst is None or failures > self._worst[0]):
            self._worst = failures, attempt

    def notice_tried(self, notice: EndpointNotice, attempt: WebhookAttempt) -> None:
        """An attempt to tell the second channel, which says nothing of the endpoint itself."""
        self.attempts.append(attempt)
        self.told.append((replace(notice, next_at=attempt.next_try_at or notice.next_at), attempt.next_try_at is None))

    def is_due(self, place: int) -> bool:
        """Whether there is something to save, or the lease has to be renewed."""
        unsaved = self.attempts or self.waiting or self.parked or self.told or self.recovery != self._saved_recovery
        renewed_s = monotonic() - self._saved_at_s
        return bool(unsaved) or place != self._saved_place or renewed_s > self._parts.lease.total_seconds() / 4

    async def save(self, place: int) -> None:
        """Stores it all, with how far the feed was sent, and keeps the lease; EndpointLeaseLost if another has it."""
        self.torn = True
        if self._all_is_well:
            attempts, took = self.attempts, self._took
            self.attempts, self._took = [], False
            pool, version = self._parts.transactions.database.pool, self.endpoint.version
            if await store.keep_pace(pool, self._lease, self._parts.lease, place, version, _kept(attempts)):
                self._saved(place)
                return
            self.attempts, self._took = [*attempts, *self.attempts], took or self._took
        recovery = self.recovery
        await self._save_whole(place)
        self._saved_recovery = recovery
        self._saved(place)

    @property
    def _all_is_well(self) -> bool:
        """Whether nothing is to be stored but a place and what was delivered, of an endpoint that fares well."""
        stands_out = self._worst or self._gone or self.waiting or self.parked or self.unparked or self.told
        return (
            not (stands_out or self.pausing or self.changed_by_others)
            and self.endpoint.state is EndpointState.ENABLED
            and self.recovery == self._saved_recovery
            and all(each.delivered for each in self.attempts)
        )

    def _saved(self, place: int) -> None:
        self._saved_place, self._saved_at_s, self.torn = place, monotonic(), False

    async def _save_whole(self, place: int) -> None:
        unsaved = _Unsaved(self.waiting, self.attempts, self.parked, self.unparked, self.told, self.recovery)
        worst, gone, took, pausing = self._worst, self._gone, self._took, self.pausing
        self._begin()
        parts, lease, now, cipher = self._parts, self._lease, self._parts.clock.now(), await self._parts.cipher()
        async with parts.transactions.changing() as conn:
            if not await store.renew(conn, lease, parts.lease, place):
                raise EndpointLeaseLost
            await unsaved.store(conn, lease)
            stored = await store.find_endpoint(conn, cipher, lease.endpoint_id, None)
            assert stored  # locked by the renewal
            self.changed_by_others |= stored.version != self.endpoint.version
            after = replace(stored, recovery=unsaved.recovery) if self._is_ours(stored.recovery) else stored
            if worst:
                after = after_failure(after, worst[0], detail_of(worst[1].answer), now)
            if took and after.state is EndpointState.FAILING:
                after = after_success(after, await store.worst_failures(conn, after.id), now)
            if gone:
                after = after.in_state(EndpointState.DISABLED, f"GONE: {detail_of(gone.answer)}", now)
            self.endpoint = await save_change(
                conn, parts, stored, after, attempt=gone or (worst[1] if worst else None), actor="streams"
            )
            if after.state is EndpointState.ENABLED and stored.state is EndpointState.FAILING:
                await store.hurry(conn, after.id, now)
            else:
                asked = max(
                    filter(None, (each.answer.asks_for_rest(now) for each in unsaved.own_attempts)), default=None
                )
                await store.rest(
                    conn, after.id, now + min(asked, REST_MAX) if asked else None, now + TAKE_PAUSE if pausing else None
                )

    def _is_ours(self, stored: FeedRecovery | None) -> bool:
        """Whether the recovery that is stored is as this turn left it; another may have been asked for meanwhile."""
        known = self._saved_recovery
        return stored is not None and known is not None and (stored.place, stored.last) == (known.place, known.last)


@dataclass(frozen=True, slots=True)
class _Unsaved:
    waiting: Mapping[str, WaitingSubject | None]
    attempts: list[WebhookAttempt]
    parked: list[ParkedEvent]
    unparked: list[int]
    told: list[tuple[EndpointNotice, bool]]
    recovery: FeedRecovery | None

    @property
    def own_attempts(self) -> list[WebhookAttempt]:
        """Those to the endpoint itself, not to its second channel."""
        return [each for each in self.attempts if each.cause is not AttemptCause.SECOND_CHANNEL]

    async def store(self, conn: Connection, lease: EndpointLease) -> None:
        await store.put_waiting(conn, lease.endpoint_id, self.waiting)
        await store.put_attempts(conn, lease.endpoint_id, _kept(self.attempts))
        await store.park(conn, lease.endpoint_id, self.parked)
        await store.unpark(conn, lease.endpoint_id, self.unparked)
        for notice, done in self.told:
            await store.settle_notice(conn, lease.endpoint_id, notice, None if done else notice.next_at)


def _kept(attempts: Sequence[WebhookAttempt]) -> Sequence[WebhookAttempt]:
    """All that failed, and the newest of those that succeeded."""
    succeeded = [each for each in attempts if each.delivered]
    dropped = {each.id for each in succeeded[: max(0, len(succeeded) - SUCCESSES_KEPT)]}
    return [each for each in attempts if each.id not in dropped]


async def save_change(
    conn: Connection,
    parts: DeliveryParts,
    before: Endpoint,
    after: Endpoint,
    *,
    actor: str,
    attempt: WebhookAttempt | None = None,
    reason: str = "",
    traceparent: str = "",
) -> Endpoint:
    """Stores an endpoint that changed. A change of its state is published, and told to the second channel."""
    if after is before:
        return before
    now = parts.clock.now()
    event = events.endpoint_event(before, after, attempt, now, actor=actor, reason=reason, traceparent=traceparent)
    if event:
        after = replace(after, told=event.sequence)
        await outbox.append(conn, [event])
        if after.second_channel_url:
            body = events.notice_body(event)
            notice = EndpointNotice(event.id, event.type, body, 0, now, now + GIVE_UP_AFTER)
            await store.add_notice(conn, after.id, notice)
    await store.save_endpoint(conn, after, await parts.cipher())
    return after
