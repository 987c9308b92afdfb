"""Step-up authentication (RFC 9470): a call that signs wants a person who has just proved to be who they are.

The claims are OpenID Connect's: `auth_time`, `acr`, `amr`, `name`, `jti`, `sid`. They are judged for calls that sign
only, as issuers differ in what else they put there; the token around them was checked before.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from services.kernel.errors import Denied, Unauthenticated
from services.kernel.identity import AGENT_SCOPE, Caller
from services.kernel.signer import Signer, StepUp
from services.kernel.tokens import CLOCK_SKEW_S, TokenExpired, TokenMalformed, seconds_in

TEXT_LENGTH_MAX = 200


class StepUpRequired(Unauthenticated):
    """The person behind the token must authenticate again; `acr_values` and `max_age` say how, `cause` why.

    Causes: AUTHENTICATION_MISSING, ACR_NOT_ACCEPTED, AUTHENTICATION_TOO_OLD.
    """

    reason = "STEP_UP_REQUIRED"


class SignerRoleMissing(Denied):
    """The token carries none of the roles that may sign here; the fact `roles` names them."""

    reason = "SIGNER_ROLE_MISSING"


class SignerNotAPerson(Denied):
    """The token is an automated agent's, or acts for somebody else (RFC 8693); neither ever signs."""

    reason = "SIGNER_NOT_A_PERSON"


def signer_of(caller: Caller, roles: Sequence[str], asked: StepUp, now: float) -> Signer:
    """The person who calls, if they may sign in one of `roles` and authenticated as asked; or what refuses them."""
    claims = caller.claims
    if AGENT_SCOPE in caller.scopes or "act" in claims:
        raise SignerNotAPerson("A program never signs: only a person does, with a token of their own.")
    if not caller.scopes.intersection(roles):
        raise SignerRoleMissing("The token carries no role that may sign here.", roles=" ".join(roles))
    authenticated_at = _authenticated_at(claims, asked, now)
    return Signer(
        subject=caller.actor,
        printed_name=_text(claims, "name"),
        scopes=caller.scopes,
        authenticated_at=authenticated_at,
        acr=claims["acr"],
        methods=_methods(claims),
        token_id=_text(claims, "jti"),
        session_id=_text(claims, "sid") if "sid" in claims else "",
        step_up=asked,
    )


def _authenticated_at(claims: Mapping[str, Any], asked: StepUp, now: float) -> datetime:
    if "auth_time" not in claims or "acr" not in claims:
        raise _required("The token does not say when and how a person authenticated.", "AUTHENTICATION_MISSING", asked)
    at, acr = seconds_in(claims, "auth_time"), _text(claims, "acr")
    if at > now + CLOCK_SKEW_S:
        raise TokenExpired("The person behind the token has not authenticated yet.", claim="auth_time")
    if acr not in (*asked.acr_both, *asked.acr_one):
        raise _required("To sign, authenticate in another way.", "ACR_NOT_ACCEPTED", asked)
    if now - at > asked.max_age.total_seconds():
        raise _required("To sign, authenticate again: it is too long ago.", "AUTHENTICATION_TOO_OLD", asked)
    return datetime.fromtimestamp(at, UTC)


def _required(message: str, cause: str, asked: StepUp) -> StepUpRequired:
    return StepUpRequired(message, cause=cause, **asked.facts())


def _text(claims: Mapping[str, Any], claim: str) -> str:
    value = claims.get(claim)
    if (
        not isinstance(value, str)
        or not 0 < len(value) <= TEXT_LENGTH_MAX
        or not value.isprintable()
        or value.isspace()
    ):
        raise TokenMalformed("To sign, the token must carry this claim as a printable text.", claim=claim)
    return value


def _methods(claims: Mapping[str, Any]) -> tuple[str, ...]:
    methods = claims.get("amr", [])
    if not isinstance(methods, list) or not all(isinstance(each, str) and each.isprintable() for each in methods):
        raise TokenMalformed("The methods must be a list of texts (RFC 8176).", claim="amr")
    return tuple(methods)
