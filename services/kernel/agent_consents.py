"""Automated agents change nothing without a person's consent, which is for one request and travels with it, sealed.

Where a draft is redeemed the consent is sealed, and where its request arrives it is opened, with one key that the
services share. It names the call, the request by its digest, the agent, the person, and until when; the request id is
part of the digest, and a request acts once, so a consent does too.
"""

import json
from dataclasses import dataclass, field, replace
from hashlib import sha512
from typing import Any

from doselane.type.v1.options_pb2 import agents_may, required_scope, signing
from google.api.annotations_pb2 import http
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions

from services.kernel.errors import Denied
from services.kernel.idempotency import body_hash
from services.kernel.identity import AGENT_SCOPE, OPERATOR_SCOPE, Caller
from services.kernel.sealing import Cipher

CONSENT_HEADER = "doselane-consent"
KEY_CHARACTERS_MIN = 32
VALIDATE_ONLY = "validate_only"
# Who consents decides for others too, which no agent prepares.
_CONSENT_SCOPE = "tower.consent"
_USE = b"agent consent"


class AgentMayNot(Denied):
    """The token is an automated agent's, which reads, asks what if and drafts; all else needs a person's consent."""

    reason = "AGENT_MAY_NOT"


class AgentConsentInvalid(Denied):
    """The consent that came with the request is not for it; the fact `cause` says why.

    Causes: NOT_SEALED_HERE, OTHER_PARTNER, OTHER_AGENT, OTHER_CALL, OTHER_REQUEST, EXPIRED.
    """

    reason = "AGENT_CONSENT_INVALID"


class PersonRequired(Denied):
    """A person has to say this, who signed in: the token is a program's."""

    reason = "PERSON_REQUIRED"


@dataclass(frozen=True, slots=True)
class AgentConsent:
    """That a person lets an agent make one request, until an instant. `draft` is where both can be read."""

    partner: str
    agent: str
    person: str
    draft: str
    until: float  # seconds since 1970, by the gateway's clock

    def carrier(self, caller: Caller) -> Caller:
        """The agent as whoever makes the change, with the person beside it: both stand wherever an actor is kept."""
        return replace(caller, actor=f"{self.agent} (consent of {self.person}, {self.draft})")


@dataclass(frozen=True, slots=True)
class CarriedConsent:
    """A consent that let a request in, for what has to be asked of another service to answer it."""

    consent: AgentConsent
    seal: "ConsentSeal" = field(repr=False)

    def for_call(self, call: str, request: Any) -> str:
        """The same consent for a request that follows from the one that was consented to."""
        return self.seal.sealed(self.consent, call, request)


class ConsentSeal:
    """Seals consents and opens them; whoever has the key can do both."""

    def __init__(self, key: str) -> None:
        if len(key) < KEY_CHARACTERS_MIN:
            raise ValueError(f"must have at least {KEY_CHARACTERS_MIN} characters")
        self._cipher = Cipher(sha512(key.encode()).digest())

    def sealed(self, consent: AgentConsent, call: str, request: Any) -> str:
        """A consent for one request of a call, as it goes into the header."""
        said = [consent.partner, consent.agent, consent.person, consent.draft, consent.until]
        content = json.dumps([*said, call, body_hash(request).hex()], separators=(",", ":"))
        return self._cipher.seal(content.encode(), _USE)

    def opened(self, sealed: str, caller: Caller, call: str, request: Any, now: float) -> AgentConsent:
        """The consent of this caller for this request, or what is wrong with it."""
        try:
            content = self._cipher.open(sealed, _USE)
        except ValueError:
            raise AgentConsentInvalid("The consent was not sealed here.", cause="NOT_SEALED_HERE") from None
        *said, for_call, digest = json.loads(content)
        consent = AgentConsent(*said)
        wrong = (
            (consent.partner != caller.partner, "OTHER_PARTNER", "The consent is another partner's."),
            (consent.agent != caller.actor, "OTHER_AGENT", "The consent was given to another agent."),
            (for_call != call, "OTHER_CALL", "The consent is for another call."),
            (digest != body_hash(request).hex(), "OTHER_REQUEST", "The consent is for another request of this call."),
            (now >= consent.until, "EXPIRED", "The time of the consent is over; draft the request anew."),
        )
        for is_wrong, cause, words in wrong:
            if is_wrong:
                raise AgentConsentInvalid(words, cause=cause)
        return consent


def require_person(caller: Caller) -> None:
    """Refuses whoever is not a person that signed in by themselves: agents, programs, and who acts for another."""
    if AGENT_SCOPE in caller.scopes or "act" in caller.claims or "auth_time" not in caller.claims:
        raise PersonRequired("A person says this, with a token of their own that says when they signed in.")


def changes(method: MethodDescriptor) -> bool:
    """Whether a call changes something that no agent may change by itself."""
    options = method.GetOptions()
    reads = options.Extensions[http].HasField("get") or options.idempotency_level == MethodOptions.NO_SIDE_EFFECTS
    return not (reads or options.Extensions[agents_may])


def can_be_drafted(method: MethodDescriptor) -> bool:
    """Whether an agent may draft a request of this call: it changes something, acts once for each request id, is a
    partner's own affair, and is neither a signature nor itself a consent."""
    options, fields = method.GetOptions(), method.input_type.fields_by_name
    scopes = options.Extensions[required_scope].split()
    others = OPERATOR_SCOPE in scopes or _CONSENT_SCOPE in scopes or options.HasExtension(signing)
    return changes(method) and "request_id" in fields and not method.server_streaming and not others


def carried(
    seal: ConsentSeal | None, brought: str | None, caller: Caller, call: str, request: Any, now: float
) -> CarriedConsent | None:
    """The consent by which an agent's request is let in; None for what only asks what a change would do."""
    if getattr(request, VALIDATE_ONLY, False):
        return None
    if not brought or seal is None:
        words = "An automated agent reads, asks what if and drafts: a person has to consent to this (CreateDraft)."
        raise AgentMayNot(words, call=call)
    if not getattr(request, "request_id", ""):
        raise AgentMayNot("Of a request without an id nobody knows whether it was made before.", field="request_id")
    return CarriedConsent(seal.opened(brought, caller, call, request, now), seal)
