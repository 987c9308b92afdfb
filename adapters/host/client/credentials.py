"""How we prove who we are to an outside system. Each kind is an `httpx.Auth`; a new one is a class and a line below."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any

import httpx

from adapters.outbound import Away, Declined
from services.kernel.clock import Clock

# A token is replaced so long before it ends that no request on its way can outlive it.
RENEW_BEFORE_S = 60.0


class OAuthClientCredentials(httpx.Auth):
    """Fetches a token with client credentials (RFC 6749, 4.4), keeps it, and renews it once if it is refused."""

    def __init__(self, clock: Clock, token_url: str, client: str, secret: str) -> None:
        self._clock, self._token_url = clock, token_url
        self._basic = httpx.BasicAuth(client, secret)
        self._token, self._ends_s = "", 0.0
        self._one_at_a_time = asyncio.Lock()

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Sends the request with a token, and once more with a new one if the token turned out to be over."""
        for attempt in (1, 2):
            # Each token costs a call that vendors count, so those who wait share the one that is fetched.
            async with self._one_at_a_time:
                if not self._token or self._clock.seconds() >= self._ends_s - RENEW_BEFORE_S:
                    answer = yield self._asking()
                    await answer.aread()
                    self._keep(answer)
            token = self._token
            request.headers["Authorization"] = f"Bearer {token}"
            response = yield request
            if response.status_code != httpx.codes.UNAUTHORIZED or attempt == 2:
                return
            if self._token == token:
                self._token = ""

    def _asking(self) -> httpx.Request:
        asking = httpx.Request("POST", self._token_url, data={"grant_type": "client_credentials"})
        return next(self._basic.auth_flow(asking))

    def _keep(self, answer: httpx.Response) -> None:
        if answer.status_code == httpx.codes.TOO_MANY_REQUESTS or answer.is_server_error:
            raise Away(f"no token for now: {answer.status_code}")
        if answer.is_error:
            raise Declined(f"no token: {answer.status_code} {answer.text}")
        try:
            given = answer.json()
            # UPS writes the seconds as a text.
            self._token, self._ends_s = str(given["access_token"]), self._clock.seconds() + float(given["expires_in"])
        except (ValueError, KeyError, TypeError) as fault:
            raise Away("the answer to the request for a token cannot be read") from fault


def credentials(options: Any, clock: Clock) -> httpx.Auth | None:
    """Reads `connection.credentials`; raises ValueError saying what is wrong, without showing a secret."""
    if options is None:
        return None
    kind = str(options.get("type")) if isinstance(options, dict) else ""
    if kind not in _KINDS:
        raise ValueError(f"connection.credentials must be an object whose type is one of {', '.join(_KINDS)}")
    fields, make = _KINDS[kind]
    given = {name: value for name, value in options.items() if name != "type"}
    wrong = [f"connection.credentials.{name} is missing" for name in fields if name not in given]
    wrong += [f"there is no connection.credentials.{name} for {kind}" for name in given if name not in fields]
    wrong += [f"connection.credentials.{name} must be a text" for name in given if not isinstance(given[name], str)]
    if wrong:
        raise ValueError("; ".join(wrong))
    return make(clock, **given)


_KINDS: Mapping[str, tuple[tuple[str, ...], Callable[..., httpx.Auth]]] = {
    "oauth_client_credentials": (("token_url", "client", "secret"), OAuthClientCredentials),
    "basic": (("user", "password"), lambda clock, user, password: httpx.BasicAuth(user, password)),
}
