"""The log-in of an organisation: assertions and client secrets for tokens, with the errors that are told."""

import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from adapters.sandbox.salesforce.org import Org

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ASSERTION_LIVES_MAX = timedelta(minutes=3)
SESSION_LIVES = timedelta(hours=2)


@dataclass
class ClientApp:
    """An External Client App: what it may, and what its administrator has not done yet."""

    client_id: str
    user: str  # the integration user
    key: RSAPublicKey | None = None  # of the certificate at the app
    secret: str = ""  # of the client credentials flow
    audience: str = "https://test.salesforce.com"
    installed: bool = True
    user_approved: bool = True  # the policy that pre-authorizes, with the user's profile or permission set
    profile_assigned: bool = True
    jwt_allowed: bool = True
    run_as: bool = True
    known: bool = True  # not younger than some minutes
    user_active: bool = True
    log_ins_left: int = 3600


@dataclass
class SalesforceLogin:
    """Gives tokens, which are sessions, and says which one is in force."""

    org: Org
    app: ClientApp
    instance_url: str = ""
    people: ClientApp | None = None  # with which people log in, to change records by programs of theirs
    session_lives: timedelta = SESSION_LIVES
    sessions: dict[str, datetime] = field(default_factory=dict)
    faults: deque[Callable[[], Response]] = field(default_factory=deque)
    log_ins: int = 0
    _of_people: set[str] = field(default_factory=set)

    def is_in_force(self, token: str) -> bool:
        """Whether a session goes on."""
        return self.sessions.get(token, self.org.clock.now()) > self.org.clock.now()

    def user_of(self, token: str) -> str:
        """Whose session it is: the integration user's, or one of the people's."""
        return self.org.acting if token in self._of_people else self.org.user_id

    def expire(self) -> None:
        """All sessions are over."""
        self.sessions.clear()

    async def token(self, request: Request) -> Response:
        """POST /services/oauth2/token."""
        self.log_ins += 1
        if self.faults:
            return self.faults.popleft()()
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode("latin-1")).items()}
        refusal = self._refusal(form)
        if refusal is not None:
            return JSONResponse({"error": refusal[0], "error_description": refusal[1]}, 400)
        app = self._app_of(form)
        app.log_ins_left -= 1
        token = f"{self.org.org_id[:15]}!{secrets.token_urlsafe(48)}"
        if app is self.people:
            self._of_people.add(token)
        self.sessions[token] = self.org.clock.now() + self.session_lives
        said = {
            "access_token": token,
            "scope": "api",
            "instance_url": self.instance_url,
            "id": f"https://test.salesforce.com/id/{self.org.org_id}/{self.user_of(token)}",
            "token_type": "Bearer",
        }
        return JSONResponse(said)

    def _app_of(self, form: dict[str, str]) -> ClientApp:
        people = self.people
        return people if people is not None and form.get("client_id") == people.client_id else self.app

    def _refusal(self, form: dict[str, str]) -> tuple[str, str] | None:
        kind = form.get("grant_type", "")
        if "scope" in form:
            return "invalid_request", "scope parameter not supported"
        if kind == "client_credentials":
            return self._client_refusal(form)
        if kind != JWT_BEARER:
            return "unsupported_grant_type", "grant type not supported"
        return self._assertion_refusal(form.get("assertion", ""))

    def _client_refusal(self, form: dict[str, str]) -> tuple[str, str] | None:
        app = self._app_of(form)
        if not app.known or form.get("client_id") != app.client_id:
            return "invalid_client_id", "client identifier invalid"
        if not app.secret or form.get("client_secret") != app.secret:
            return "invalid_client", "invalid client credentials"
        if not app.run_as:
            return "invalid_grant", "no client credentials user enabled"
        return self._app_refusal(app)

    def _assertion_refusal(self, assertion: str) -> tuple[str, str] | None:
        app = self.app
        try:
            claims: dict[str, Any] = jwt.decode(assertion, options={"verify_signature": False})
            ends, audience = claims["exp"], claims["aud"]
        except (jwt.PyJWTError, LookupError):
            return "invalid_grant", "invalid assertion"
        if not app.known or claims.get("iss") != app.client_id:
            return "invalid_client_id", "client identifier invalid"
        if not app.jwt_allowed:
            return "unauthorized_client", "grant type not enabled for this client"
        if audience != app.audience:
            return "invalid_grant", "audience is invalid"
        try:
            assert app.key is not None, "an app that allows assertions has a certificate"
            # Times are those of the twin's clock, and are looked at below.
            jwt.decode(assertion, app.key, ["RS256"], options={"verify_exp": False, "verify_aud": False,
                                                               "verify_iat": False})  # fmt: skip
        except jwt.PyJWTError:
            return "invalid_grant", ""
        now_s = self.org.clock.seconds()
        if not isinstance(ends, int) or not now_s < ends <= now_s + ASSERTION_LIVES_MAX.total_seconds():
            return "invalid_grant", "invalid assertion"
        if claims.get("sub") != app.user:
            return "invalid_grant", ""
        return self._app_refusal(app)

    def _app_refusal(self, app: ClientApp) -> tuple[str, str] | None:
        if not app.installed:
            return "invalid_client", "app must be installed into org"
        if not app.user_active:
            return "inactive_user", "user is inactive"
        if not app.user_approved:
            return "invalid_grant", "user hasn't approved this consumer"
        if not app.profile_assigned:
            return "invalid_app_access", "user is not admin approved to access this app"
        if app.log_ins_left <= 0:
            return "rate_limit_exceeded", "login rate exceeded"
        return None
