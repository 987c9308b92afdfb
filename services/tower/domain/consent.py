"""Consents: what a sponsor allows to be done with its doses, ahead or when asked, and which moves that covers.

A centre has no access of its own: its sponsor passes on what it agreed to.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from services.kernel.errors import Invalid, Stale
from services.tower.domain import refusals
from services.tower.domain.rescuing.moves import Promised, RescueMove

AHEAD_MAX = timedelta(days=731)
_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)
_HAIR = 1e-9  # what a share may lack by rounding


class ConsentState(IntEnum):
    """Where a consent stands; the numbers are those of doselane.tower.v1.Consent.State."""

    ASKED = 1
    GIVEN = 2
    REFUSED = 3
    REVOKED = 4
    EXPIRED = 5


class ConsentNews(StrEnum):
    """What is new of a consent, as the end of the event's type."""

    ASKED = "consent.asked"
    GIVEN = "consent.given"
    REFUSED = "consent.refused"
    REVOKED = "consent.revoked"


@dataclass(frozen=True, slots=True)
class ConsentTerms:
    """What is allowed, of which doses: what is empty does not matter. A dose is given at most `delay_max` later, with
    at least so much of its activity, and at another centre only if that is in `sites`; a safe one moves for another
    only if `helping`."""

    product: str = ""
    site: str = ""
    dose: str = ""
    delay_max: timedelta = timedelta(0)
    activity_fraction_min: float = 1.0
    sites: tuple[str, ...] = ()
    helping: bool = False

    def concern(self, was: Promised) -> bool:
        """Whether they are about a dose."""
        return self.product in ("", was.product) and self.site in ("", was.site) and self.dose in ("", was.dose)

    def cover(self, move: RescueMove) -> bool:
        """Whether a move is within what is allowed."""
        was = move.promised
        there = move.site == was.site or move.site in self.sites
        enough = move.activity_fraction >= self.activity_fraction_min - _HAIR
        asked = self.helping or not move.helps
        return self.concern(was) and there and enough and asked and move.later <= self.delay_max


@dataclass(frozen=True, slots=True)
class Consent:
    """A consent of a sponsor, in force in [valid_from, valid_until) once it is given."""

    name: str
    partner: str
    state: ConsentState
    terms: ConsentTerms
    valid_from: datetime
    valid_until: datetime
    created_at: datetime
    updated_at: datetime
    actor: str
    reason: str
    version: int = 1
    explanation: str = ""

    @property
    def etag(self) -> str:
        """Changes with each change."""
        return f"{self.version}"

    def as_of(self, now: datetime) -> "Consent":
        """The consent as it stands at an instant: what was not answered in time is over."""
        over = self.state in (ConsentState.ASKED, ConsentState.GIVEN) and now >= self.valid_until
        return replace(self, state=ConsentState.EXPIRED) if over else self

    def allows(self, move: RescueMove, now: datetime) -> bool:
        """Whether it allows a move at an instant."""
        return self.concerns(move.promised, now) and self.terms.cover(move)

    def concerns(self, was: Promised, now: datetime) -> bool:
        """Whether it is about a dose, and in force at an instant."""
        in_force = self.state is ConsentState.GIVEN and self.valid_from <= now < self.valid_until
        return in_force and self.partner == was.partner and self.terms.concern(was)

    def require_etag(self, etag: str) -> None:
        """Refuse a change by somebody who has seen another version."""
        if etag and etag != self.etag:
            raise Stale("The consent changed since you read it.", name=self.name, etag=self.etag)


@dataclass(frozen=True, slots=True)
class ConsentChange:
    """A consent after a change, and what is new of it. `actor` and `reason`: of whoever made it, also of staff."""

    consent: Consent
    what: ConsentNews
    actor: str
    reason: str


def sign(
    name: str, partner: str, terms: ConsentTerms, valid: tuple[datetime, datetime], now: datetime, by: tuple[str, str]
) -> ConsentChange:
    """The sponsor signs ahead. `by`: who, and why."""
    valid_from, valid_until = valid
    if valid_until <= max(valid_from, now) or valid_until > now + AHEAD_MAX:
        raise Invalid(
            "valid_until_time must be after now and after valid_from_time, and at most two years ahead.",
            field="valid_until_time",
            valid_until_time=valid_until,
            now=now,
        )
    made = Consent(name, partner, ConsentState.GIVEN, terms, valid_from, valid_until, now, now, *by)
    return ConsentChange(made, ConsentNews.GIVEN, *by)


def ask(name: str, move: RescueMove, now: datetime, by: tuple[str, str], explanation: str) -> ConsentChange:
    """Staff asks the sponsor to agree to a move, as long as that can be made. Who asks is not for the sponsor."""
    was = move.promised
    terms = ConsentTerms(
        dose=was.dose,
        delay_max=max(move.later, timedelta(0)),
        activity_fraction_min=min(1.0, move.activity_fraction),
        sites=(move.site,) if move.site != was.site else (),
        helping=move.helps,
    )
    facts = ("", by[1], 1, explanation)
    made = Consent(name, was.partner, ConsentState.ASKED, terms, now, move.until_at, now, now, *facts)
    return ConsentChange(made, ConsentNews.ASKED, *by)


def answer(consent: Consent, given: bool, now: datetime, actor: str, reason: str) -> ConsentChange:
    """The sponsor answers what it was asked; once, and in time."""
    standing = consent.as_of(now)
    if standing.state is not ConsentState.ASKED:
        raise refusals.ConsentClosed(
            "This consent is not waiting for an answer.", name=consent.name, state=standing.state.name
        )
    return _changed(consent, ConsentState.GIVEN if given else ConsentState.REFUSED, now, actor, reason)


def revoke(consent: Consent, now: datetime, actor: str, reason: str) -> ConsentChange:
    """The sponsor takes back what it has given. What was carried out under it stays as it is."""
    standing = consent.as_of(now)
    if standing.state is not ConsentState.GIVEN:
        raise refusals.ConsentClosed("This consent is not in force.", name=consent.name, state=standing.state.name)
    return _changed(consent, ConsentState.REVOKED, now, actor, reason)


def _changed(consent: Consent, state: ConsentState, now: datetime, actor: str, reason: str) -> ConsentChange:
    after = replace(consent, state=state, updated_at=now, actor=actor, reason=reason, version=consent.version + 1)
    return ConsentChange(after, _NEWS_OF[state], actor, reason)


_NEWS_OF: Mapping[ConsentState, ConsentNews] = {
    ConsentState.GIVEN: ConsentNews.GIVEN,
    ConsentState.REFUSED: ConsentNews.REFUSED,
    ConsentState.REVOKED: ConsentNews.REVOKED,
}


def with_consents(moves: Iterable[RescueMove], consents: Sequence[Consent], now: datetime) -> list[RescueMove]:
    """The moves, each with the consent that allows it, if one does and one is needed."""
    return [replace(move, consent=_allowing(move, consents, now)) if move.needs_consent else move for move in moves]


def _allowing(move: RescueMove, consents: Iterable[Consent], now: datetime) -> str:
    return next((each.name for each in consents if each.allows(move, now)), "")


def with_waits(
    moves: Iterable[RescueMove], consents: Sequence[Consent], now: datetime, otherwise: timedelta
) -> list[RescueMove]:
    """The moves of a dose, each with how long its patient can still wait, and with no more slack than that leaves: as
    long as its sponsor has agreed to in a consent that is in force, or else as was asked for (`otherwise`)."""
    found = []
    for move in moves:
        agreed = (each.terms.delay_max for each in consents if each.concerns(move.promised, now))
        until_at = move.promised.administration_at + max(agreed, default=otherwise)
        slack = min(move.slack_minutes, (until_at - move.delivery_at) // _MINUTE)
        found.append(replace(move, slack_minutes=slack, waits_hours=max(0, -((now - until_at) // _HOUR))))
    return found
