"""Drafts of automated agents: one request each, to which a person consents once, and which its agent then makes."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum

from services.kernel.errors import Invalid, Stale
from services.tower.domain import refusals

LIFETIME = timedelta(hours=1)
LIFETIME_MAX = timedelta(days=1)
# How long a sealed consent is good after its agent was told it: as long as a call may take, and be repeated.
CONSENT_LIFETIME = timedelta(minutes=1)
WAITING_MAX = 200


class DraftState(IntEnum):
    """Where a draft stands; the numbers are those of doselane.tower.v1.Draft.State."""

    WAITING = 1
    CONSENTED = 2
    DECLINED = 3
    WITHDRAWN = 4
    REDEEMED = 5
    EXPIRED = 6


@dataclass(frozen=True, slots=True)
class DraftedRequest:
    """The request: of which call, as JSON, its digest (64 hexadecimal digits), and what it would do, for people."""

    call: str
    json: str
    digest: str
    explanation: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What an agent of a partner would have done, and why in its words; `actor` and `reason` are of the last change."""

    name: str
    partner: str
    state: DraftState
    request: DraftedRequest
    agent: str
    agent_reason: str
    created_at: datetime
    expires_at: datetime
    updated_at: datetime
    actor: str
    reason: str
    person: str = ""
    version: int = 1

    @property
    def etag(self) -> str:
        """Changes with each change."""
        return f"{self.version}"

    def as_of(self, now: datetime) -> "Draft":
        """The draft as it stands at an instant: what was not carried out in time is over."""
        over = self.state in (DraftState.WAITING, DraftState.CONSENTED) and now >= self.expires_at
        return replace(self, state=DraftState.EXPIRED) if over else self

    def require_etag(self, etag: str) -> None:
        """Refuse a change by somebody who has seen another version."""
        if etag and etag != self.etag:
            raise Stale("The draft changed since you read it.", name=self.name, etag=self.etag)


def drafted(
    name: str, partner: str, request: DraftedRequest, expires_at: datetime | None, now: datetime, by: tuple[str, str]
) -> Draft:
    """An agent drafts a request. `by`: which, and why."""
    until = expires_at or now + LIFETIME
    if not now < until <= now + LIFETIME_MAX:
        raise Invalid(
            "expire_time must be after now, and at most a day ahead.", field="expire_time", expire_time=until, now=now
        )
    return Draft(name, partner, DraftState.WAITING, request, *by, now, until, now, *by)


def answered(draft: Draft, consents: bool, digest: str, now: datetime, actor: str, reason: str) -> Draft:
    """A person answers; once, in time, and about the request that they were shown."""
    _require(draft, DraftState.WAITING, now, "This draft is not waiting for an answer.")
    if digest != draft.request.digest:
        words = "digest is not that of the drafted request; read the draft again, and look at what it would do."
        raise refusals.DraftDigestMismatch(words, field="digest", name=draft.name)
    if not consents:
        return _changed(draft, DraftState.DECLINED, now, actor, reason)
    return replace(_changed(draft, DraftState.CONSENTED, now, actor, reason), person=actor)


def withdrawn(draft: Draft, now: datetime, actor: str, reason: str) -> Draft:
    """A person takes a consent back that was not used."""
    _require(draft, DraftState.CONSENTED, now, "No consent to this draft is in force.")
    return _changed(draft, DraftState.WITHDRAWN, now, actor, reason)


def redeemed(draft: Draft, now: datetime, agent: str) -> Draft:
    """The agent that drafted uses the consent."""
    if agent != draft.agent:
        raise refusals.DraftOfAnotherAgent("Another agent drafted this request.", name=draft.name)
    _require(draft, DraftState.CONSENTED, now, "No consent to this draft is in force.")
    return _changed(draft, DraftState.REDEEMED, now, agent, "")


def consent_until(draft: Draft) -> datetime:
    """Until before when a consent that was just redeemed lets the request in."""
    return min(draft.expires_at, draft.updated_at + CONSENT_LIFETIME)


def _require(draft: Draft, state: DraftState, now: datetime, words: str) -> None:
    standing = draft.as_of(now)
    if standing.state is not state:
        raise refusals.DraftClosed(words, name=draft.name, state=standing.state.name)


def _changed(draft: Draft, state: DraftState, now: datetime, actor: str, reason: str) -> Draft:
    return replace(draft, state=state, updated_at=now, actor=actor, reason=reason, version=draft.version + 1)
