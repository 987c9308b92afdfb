"""People of a sandbox who step up to sign: re-authentication as 21 CFR 11.200 has it, at the development issuer.

The first time, and after a break, both components: id and password. Within a session the password is enough, beside the
session that the first answer told.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from services.kernel.signer import BOTH_COMPONENTS, ONE_COMPONENT
from services.local.token_requests import TokenRefused

GRANT = "password"
IDLE_S_MAX = 15 * 60
SESSIONS_MAX = 1000


@dataclass(frozen=True, slots=True)
class Person:
    """Who may authenticate with a password; `name` is printed with their signatures."""

    password: SecretStr
    partner: str
    name: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reauthentication:
    """That a person proved just now to be who they are, and how. Whoever has the session needs one component."""

    person_id: str
    at: float
    acr: str
    session: str

    def claims(self) -> dict[str, Any]:
        """What a token says of it. The session itself is a secret, so the token has its hash."""
        sid = hashlib.sha256(self.session.encode()).hexdigest()[:32]
        return {"auth_time": self.at, "acr": self.acr, "amr": ["pwd"], "sid": sid}


class Persons:
    """The people, and their running sessions."""

    def __init__(self, known: Mapping[str, Person], now: Callable[[], float]) -> None:
        self.known, self._now = known, now
        self._sessions: dict[str, Reauthentication] = {}

    def authenticate(self, fields: Mapping[str, str]) -> Reauthentication:
        """Who a form's username, or its running session, and its password prove to be there; raises TokenRefused."""
        session = fields.get("session", "")
        if session and "username" in fields:
            raise TokenRefused("invalid_request", "Give a username or a session.")
        person_id = self._of_session(session) if session else fields.get("username", "")
        self._require_password(person_id, fields.get("password", ""))
        found = self.vouch(person_id, session)
        wanted = fields.get("acr_values", "").split()
        if wanted and found.acr not in wanted:
            told = f"What was given is {found.acr}; id and password together are {BOTH_COMPONENTS}."
            raise TokenRefused("unmet_authentication_requirements", told)
        return found

    def vouch(self, person_id: str, session: str = "") -> Reauthentication:
        """That a person is here now, in a new session or with one component in a running one."""
        # Milliseconds, because one act of authentication signs once, and programs authenticate twice in a second.
        acr = ONE_COMPONENT if session else BOTH_COMPONENTS
        found = Reauthentication(person_id, round(self._now(), 3), acr, session or secrets.token_urlsafe(24))
        self._sessions.pop(found.session, None)
        if len(self._sessions) >= SESSIONS_MAX:
            del self._sessions[next(iter(self._sessions))]
        self._sessions[found.session] = found
        return found

    def _of_session(self, session: str) -> str:
        last = self._sessions.get(session)
        if last is None or self._now() - last.at > IDLE_S_MAX:
            raise TokenRefused("invalid_grant", "There is no such session, or it was left: give username and password.")
        return last.person_id

    def _require_password(self, person_id: str, password: str) -> None:
        known = self.known.get(person_id)
        # An unknown person costs the same comparison, so that the time taken tells nothing.
        expected = known.password.get_secret_value() if known else password + "-"
        if not hmac.compare_digest(password.encode(), expected.encode()) or known is None:
            raise TokenRefused("invalid_grant", "Nobody has this username and password.")
