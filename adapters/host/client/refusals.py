"""Why an issuer gives no token: what passes by itself, and what somebody must do otherwise.

The codes are those of RFC 6749 (5.2) and RFC 7523; the phrases, and what they mean, are Salesforce's, which says most
by them. What is in no row is final, in the issuer's words.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from adapters.outbound import Away, Declined

_ASSIGN = "assign the user's profile or permission set to the app, on the app's policy page"
_OURS = "the request was not understood, which is a mistake of Doselane's"
_SOON = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class _Row:
    error: str  # empty: any
    phrase: str  # of the description, in small letters; empty: any
    step: str  # what somebody must do, or why it passes
    wait: timedelta | None = None  # None: it does not pass by itself


# The first row that fits counts.
_ROWS = (
    _Row("rate_limit_exceeded", "", "there were too many log-ins", _SOON),
    _Row("", "login rate exceeded", "there were too many log-ins", _SOON),
    _Row("temporarily_unavailable", "", "the issuer is busy", timedelta(minutes=1)),
    _Row("server_error", "", "the issuer failed", timedelta(minutes=1)),
    _Row("", "hasn't approved this consumer",
         f'set the app\'s policy "Admin approved users are pre-authorized", and {_ASSIGN}'),
    _Row("invalid_app_access", "", _ASSIGN),
    _Row("", "not admin approved", _ASSIGN),
    _Row("", "must be installed", "install the app in the organisation, and see that it is not blocked there (in "
         "Setup, Connected Apps OAuth Usage, or the settings of External Client Apps)"),
    _Row("invalid_client_id", "", "compare the client id; an app is known some ten minutes after it was made", _SOON),
    _Row("", "client identifier invalid",
         "compare the client id; an app is known some ten minutes after it was made", _SOON),
    _Row("", "audience", "the audience and the host of token_url do not belong together: one is for tests, the other "
         "for production"),
    _Row("", "expired authorization code", "set this machine's clock right, and replay"),
    _Row("", "invalid assertion", "set this machine's clock right, and replay"),
    _Row("", "no client credentials user", "name a user in the policies of the app whom it runs as"),
    _Row("inactive_user", "", "make the user active"),
    _Row("inactive_org", "", "the organisation is not active"),
    _Row("unauthorized_client", "", "allow this way to log in for the app"),
    _Row("invalid_client", "", "compare the client's id and secret; the secret may have ended"),
    _Row("invalid_scope", "", "correct the scope in the account's credentials"),
    _Row("unsupported_grant_type", "", _OURS),
    _Row("invalid_request", "", _OURS),
    _Row("invalid_grant", "", "the key may not fit the certificate at the app, the user may be unknown or inactive, or "
         "our address not allowed; the issuer's login history says which"),
)  # fmt: skip


# Where issuers that are not as RFC 6749 says put them: UPS (`response.errors`), FedEx (`errors`), Apigee (`fault`).
_INSIDE = ("response", "errors", "error", "fault")
_CODES = ("error", "ErrorCode", "errorcode", "code", "title")
_WORDS = ("error_description", "message", "faultstring", "description", "detail", "Error")
_DEPTH_MAX = 4


def told_refusal(said: Any) -> tuple[str, str]:
    """Code and words of an issuer's no, as RFC 6749 (5.2) has them or as vendors do; empty where it says neither."""
    for _ in range(_DEPTH_MAX):
        said = said[0] if isinstance(said, list) and said else said
        if not isinstance(said, Mapping):
            break
        code, words = _first(said, _CODES), _first(said, _WORDS)
        if code or words:
            detail = said.get("detail")
            if not code and isinstance(detail, Mapping):  # Apigee's code stands below its words
                code = _first(detail, _CODES)
            return code, words
        said = next((said[name] for name in _INSIDE if isinstance(said.get(name), Mapping | list)), None)
    return "", ""


def _first(said: Mapping[str, Any], names: tuple[str, ...]) -> str:
    """The first of these that is a text or a whole number."""
    found = (said.get(name) for name in names)
    return next((str(each) for each in found if each and isinstance(each, str | int) and each is not True), "")


def token_refusal(status: int, error: str, description: str) -> Away | Declined:
    """What a request for a token was answered: Away if it passes by itself, Declined with what is to be done."""
    said = " ".join(each for each in (str(status), error, description) if each)
    if status == 429 or status >= 500:
        return Away(f"no token for now: {said}")
    text = description.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").lower()
    for row in _ROWS:
        if row.error in ("", error) and row.phrase in text:
            return (
                Declined(f"no token: {said}; {row.step}")
                if row.wait is None
                else Away(f"no token for now: {said}; {row.step}", row.wait)
            )
    return Declined(f"no token: {said}")
