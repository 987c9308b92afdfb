"""Consents as protobuf, and their changes as events; they belong to the sponsor."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from doselane.tower.v1 import consent_pb2, events_pb2, rescue_pb2
from doselane.type.v1 import type_pb2

from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from services.tower.domain.consent import Consent, ConsentChange, ConsentNews, ConsentTerms

SOURCE = "doselane/tower"
TOPIC = "doselane.tower"
_MESSAGES: Mapping[ConsentNews, Any] = {
    ConsentNews.ASKED: events_pb2.ConsentAsked,
    ConsentNews.GIVEN: events_pb2.ConsentGiven,
    ConsentNews.REFUSED: events_pb2.ConsentRefused,
    ConsentNews.REVOKED: events_pb2.ConsentRevoked,
}


def consent_message(consent: Consent) -> consent_pb2.Consent:
    """A consent as published."""
    changed = stamp(consent.updated_at)
    return consent_pb2.Consent(
        name=consent.name,
        partner=consent.partner,
        state=int(consent.state),  # type: ignore[arg-type]
        terms=_terms(consent.terms),
        valid_from_time=stamp(consent.valid_from),
        valid_until_time=stamp(consent.valid_until),
        explanation=consent.explanation,
        create_time=stamp(consent.created_at),
        last_change=type_pb2.Change(actor=consent.actor, time=changed, reason=consent.reason),
        etag=consent.etag,
    )


def _terms(terms: ConsentTerms) -> consent_pb2.ConsentTerms:
    return consent_pb2.ConsentTerms(
        product=terms.product,
        site=terms.site,
        dose=f"doses/{terms.dose}" if terms.dose else "",
        # Rounded up: what is told allows what is allowed.
        delay_minutes_max=-(-terms.delay_max // timedelta(minutes=1)),
        activity_fraction_min=terms.activity_fraction_min,
        sites=terms.sites,
        helping=terms.helping,
    )


def consent_event(change: ConsentChange, traceparent: str) -> Event:
    """A change of a consent; who of the staff made it stands on the envelope alone."""
    consent = change.consent
    return Event(
        id=uuid7(),
        type=f"{TOPIC}.{change.what}.v1",
        source=SOURCE,
        subject=consent.name,
        sequence=consent.version,
        time=consent.updated_at,
        data=_MESSAGES[change.what](consent=consent_message(consent)).SerializeToString(),
        partner=consent.partner,
        actor=change.actor,
        reason=change.reason,
        traceparent=traceparent,
    )


def applied_event(moves: list[rescue_pb2.RescueMove], at: datetime, actor: str, reason: str, traceparent: str) -> Event:
    """A plan was carried out. It is the manufacturer's own: doses of several sponsors may be in it."""
    return Event(
        id=uuid7(),
        type=f"{TOPIC}.rescue.applied.v1",
        source=SOURCE,
        subject=f"rescues/{uuid7()}",
        sequence=1,
        time=at,
        data=events_pb2.RescueApplied(moves=moves, apply_time=stamp(at)).SerializeToString(),
        actor=actor,
        reason=reason,
        traceparent=traceparent,
    )
