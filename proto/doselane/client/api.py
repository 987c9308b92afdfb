"""One call to the REST API, and what can be wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

CONNECT_S_MAX = 10.0
# The server stops a check after 50 s and answers; the most that it waits for anything is a minute.
ANSWER_S_MAX = 60
_TRANSIENT = frozenset({429, 502, 503, 504})


class CallFailed(Exception):
    """The API could not be asked, or said no: in words, with what to do. `status` is 0 where no answer came."""

    def __init__(self, words: str, remedy: str, status: int = 0, reason: str = "") -> None:
        super().__init__(words)
        self.words, self.remedy, self.status, self.reason = words, remedy, status, reason


@dataclass(frozen=True, slots=True)
class ClientLogin:
    """Who asks: a token, or the client credentials with which one is fetched."""

    token: str = field(default="", repr=False)
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    token_url: str = ""  # empty: /oauth/token of the gateway


class Gateway:
    """The API at one address."""

    def __init__(self, url: str, login: ClientLogin) -> None:
        self._url, self._login = url.rstrip("/"), login
        timeout = httpx.Timeout(ANSWER_S_MAX + 5, connect=CONNECT_S_MAX)
        # A redirect would carry the token to wherever it points.
        self._http = httpx.Client(base_url=self._url, timeout=timeout, follow_redirects=False)

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The answer of a call; raises CallFailed."""
        headers = {
            "authorization": f"Bearer {self._token()}",
            "accept": "application/json",
            "x-request-timeout-ms": str(ANSWER_S_MAX * 1000),
        }
        answer = self._send(method, f"{self._url}{path}", headers=headers, json=body)
        if not answer.is_success:
            raise refusal(answer)
        return _object(answer)

    def _token(self) -> str:
        login = self._login
        if login.token:
            return login.token
        if not (login.client_id and login.client_secret):
            words = "no token and no client credentials were given"
            raise CallFailed(words, "give --token, or set DOSELANE_CLIENT_ID and DOSELANE_CLIENT_SECRET", 401)
        address = login.token_url or f"{self._url}/oauth/token"
        form = {"grant_type": "client_credentials"}
        answer = self._send("POST", address, data=form, auth=(login.client_id, login.client_secret))
        token = _object(answer).get("access_token") if answer.is_success else None
        if not isinstance(token, str) or not token:
            words = f"{address} gives no token: {answer.status_code} {_words(answer)}"
            raise CallFailed(words, "see that client id, secret and DOSELANE_TOKEN_URL are right", answer.status_code)
        return token

    def _send(self, method: str, address: str, **options: Any) -> httpx.Response:
        try:
            return self._http.request(method, address, **options)
        except httpx.TimeoutException as fault:
            words = f"{address} did not answer in time ({type(fault).__name__})"
            raise CallFailed(words, "try again; if it lasts, ask who runs the gateway") from fault
        except (httpx.TransportError, httpx.InvalidURL, ValueError) as fault:
            raise CallFailed(f"{address} cannot be reached: {fault}", "see that --url is the gateway's") from fault


def refusal(answer: httpx.Response) -> CallFailed:
    """What a refusal says (RFC 9457), and what to do about it. Pure."""
    said = _problem(answer)
    reason = str(said.get("reason") or "")
    detail = str(said.get("detail") or said.get("title") or _words(answer))
    remedy = _REMEDIES.get(answer.status_code, "")
    if answer.status_code in _TRANSIENT:
        after = answer.headers.get("retry-after", "")
        remedy = f"try again in {after} s" if after.isdigit() else "try again in a moment"
    facts = said.get("facts")
    scope = facts.get("scope") if isinstance(facts, dict) else None
    if answer.status_code == httpx.codes.FORBIDDEN and scope:
        remedy = f"ask for a token with the scope {scope}"
    told = f"{reason}: {detail}" if reason else detail
    return CallFailed(told, remedy, answer.status_code, reason)


_REMEDIES: Mapping[int, str] = {
    400: "see the name that was given",
    401: "get a new token, or see that client id and secret are right",
    403: "ask for a token with the scope that the call needs",
    404: "see that the name is right and belongs to your organisation; `doselane connect accounts` lists some",
    501: "this gateway does not serve the call yet: it is of an older version",
}


def _problem(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _object(answer: httpx.Response) -> dict[str, Any]:
    found = _problem(answer)
    if not found:
        words = f"{answer.url} answers with something else than JSON: {_words(answer)}"
        raise CallFailed(words, "see that --url is the gateway's", answer.status_code)
    return dict(found)


def _words(answer: httpx.Response) -> str:
    return f"{answer.status_code} {answer.reason_phrase}".strip()
