"""Endpoints: addresses of partners to which their feeds are sent, how they fare, and what may be changed about them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import IntEnum
from uuid import UUID

from services.kernel.errors import Busy, Invalid, NotFound, RuleViolation, Stale
from services.kernel.webhook_signing import SignatureKind, SigningKey
from services.streams.domain.feeds import EventFilter
from services.streams.domain.kafka_destination import BrokerAccess

ENDPOINTS_MAX = 50  # of one partner
FAILING_AFTER = 5  # tries of one event that failed, in a row
OVERLAP = timedelta(days=1)


class EndpointState(IntEnum):
    """How an endpoint fares."""

    ENABLED = 1
    FAILING = 2
    DISABLED = 3


class EndpointUrlRefused(Invalid):
    """Nothing is sent to such an address; the fact `field` says which one is meant."""

    reason = "URL_REFUSED"


class TooManyEndpoints(RuleViolation):
    """The partner has as many endpoints as a partner may have."""

    reason = "TOO_MANY_ENDPOINTS"


class RecoveryRunning(RuleViolation):
    """A part of the feed is being sent again; another can follow when it is done."""

    reason = "RECOVERY_RUNNING"


class EventUnknown(NotFound):
    """The partner's feed has no event of this id, or keeps it no more."""

    reason = "EVENT_UNKNOWN"


class EndpointBusy(Busy):
    """Too many calls are sending by hand at once; try again after a pause."""

    reason = "TOO_MANY_SENT_BY_HAND"


@dataclass(frozen=True, slots=True)
class FeedRecovery:
    """A part of the feed that is sent again: what comes after `place`, up to `last`."""

    place: int
    last: int
    failures: int = 0
    next_at: datetime | None = None
    give_up_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address of a partner. `version` grows with each change; `told` counts its published events."""

    id: UUID
    partner: str
    url: str
    created_at: datetime
    updated_at: datetime
    state_at: datetime
    description: str = ""
    wanted: EventFilter = field(default_factory=EventFilter)
    second_channel_url: str = ""
    access: BrokerAccess | None = None  # of a topic on brokers of its partner's
    keys: tuple[SigningKey, ...] = field(default=(), repr=False)  # the newest first
    state: EndpointState = EndpointState.ENABLED
    state_detail: str = ""
    place: int = 0
    recovery: FeedRecovery | None = None
    version: int = 1
    told: int = 0
    waiting: int = 0  # subjects with an event that is to be sent again

    @property
    def name(self) -> str:
        """Its name, and the subject of its events."""
        return f"endpoints/{self.id}"

    @property
    def etag(self) -> str:
        """Changes with each change."""
        return str(self.version)

    @property
    def signature_kind(self) -> SignatureKind:
        """How its newest key signs."""
        return self.keys[0].kind

    def is_sent(self, subject: str) -> bool:
        """Whether events of a subject are sent to it. What it is told of itself would tell it to fail again."""
        return subject != self.name

    def live_keys(self, now: datetime) -> Sequence[SigningKey]:
        """The keys that sign now."""
        return [key for key in self.keys if key.live(now)]

    def require_etag(self, etag: str) -> None:
        """Stale if the caller has seen another version; an empty etag means any."""
        if etag and etag != self.etag:
            raise Stale("The endpoint changed since you read it.", name=self.name, etag=self.etag)

    def changed(self, now: datetime, **fields: object) -> "Endpoint":
        """The endpoint with other values, as its next version."""
        return replace(self, **fields, version=self.version + 1, updated_at=now)  # type: ignore[arg-type]

    def in_state(self, state: EndpointState, detail: str, now: datetime) -> "Endpoint":
        """The endpoint in a state; the same endpoint if it is in it."""
        if self.state is state:
            return self
        return self.changed(now, state=state, state_detail=detail, state_at=now)

    def rotated(self, key: SigningKey, overlap: timedelta, now: datetime) -> "Endpoint":
        """With a new key. The newest so far signs beside it for a while, one that was replaced before no more."""
        old = replace(self.keys[0], expires_at=now + overlap)
        return self.changed(now, keys=(key, old) if old.live(now) else (key,))

    def recovering(self, first: int, last: int, now: datetime) -> "Endpoint":
        """Sends the positions from `first` to `last` again; RecoveryRunning if another part is being sent."""
        if self.recovery is not None:
            raise RecoveryRunning(
                "A part of the feed is being sent again. Wait for its end, or disable and delete the endpoint.",
                name=self.name,
                position=self.recovery.place,
                last_position=self.recovery.last,
            )
        return self.changed(now, recovery=FeedRecovery(first - 1, last)) if first <= last else self


def endpoint_unknown(name: str) -> NotFound:
    """The one answer for an endpoint that does not exist and for one of another partner."""
    return NotFound("No endpoint of this name is known.", name=name)


def require_room(count: int, partner: str) -> None:
    """TooManyEndpoints if a partner that has `count` endpoints may have no more."""
    if count >= ENDPOINTS_MAX:
        raise TooManyEndpoints(
            "The partner has as many endpoints as it may have; delete one.",
            partner=partner,
            endpoints_max=ENDPOINTS_MAX,
        )


def is_of_endpoints(subject: str) -> bool:
    """Whether a subject is an endpoint. Missing news of endpoints makes none fail: two that do not take them would
    have news of each other without end."""
    return subject.startswith("endpoints/")


def after_failure(endpoint: Endpoint, failures: int, detail: str, now: datetime) -> Endpoint:
    """What an endpoint is after one event failed for the `failures`th time in a row."""
    if endpoint.state is EndpointState.ENABLED and failures >= FAILING_AFTER:
        return endpoint.in_state(EndpointState.FAILING, detail, now)
    return endpoint


def after_success(endpoint: Endpoint, worst_failures: int, now: datetime) -> Endpoint:
    """What an endpoint is after it took something, while another event of it has failed `worst_failures` times."""
    if endpoint.state is EndpointState.FAILING and worst_failures < FAILING_AFTER:
        return endpoint.in_state(EndpointState.ENABLED, "", now)
    return endpoint
