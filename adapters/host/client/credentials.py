"""How we prove who we are to an outside system. Each kind is an `httpx.Auth`; a new one is a class and a line below."""

from collections.abc import Callable, Generator, Mapping
from typing import Any

import httpx

from adapters.host.client.instance import is_url
from adapters.host.client.tokens import JwtBearer, OAuthClientCredentials, OAuthClientPost
from services.kernel.clock import Clock

_URLS = frozenset({"token_url"})


class ApiKeyHeader(httpx.Auth):
    """Sends a key in a header."""

    def __init__(self, header: str, key: str) -> None:
        if not (key.isascii() and key.isprintable()):
            raise ValueError("connection.credentials.key must be printable ASCII")
        if not (header.isascii() and header.replace("-", "").isalnum()):
            raise ValueError("connection.credentials.header must be the name of a header")
        self._header, self._key = header, key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """The request, with the key."""
        request.headers[self._header] = self._key
        yield request


class ApiKeyQuery(httpx.Auth):
    """Sends a key as a parameter of the query, for systems that know no better way."""

    def __init__(self, parameter: str, key: str) -> None:
        self._parameter, self._key = parameter, key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """The request, with the key."""
        request.url = request.url.copy_set_param(self._parameter, self._key)
        yield request


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
    known = (*fields, *_MAY_HAVE.get(kind, ()))
    wrong += [f"there is no connection.credentials.{name} for {kind}" for name in given if name not in known]
    wrong += [f"connection.credentials.{name} must be a text" for name in given if not _is_text(given[name])]
    wrong += [
        f"connection.credentials.{name} must be an https address"
        for name in _URLS & given.keys()
        if not is_url(given[name])
    ]
    if wrong:
        raise ValueError("; ".join(wrong))
    return make(clock, **given)


def _is_text(given: object) -> bool:
    return isinstance(given, str) and bool(given)


_KINDS: Mapping[str, tuple[tuple[str, ...], Callable[..., httpx.Auth]]] = {
    "oauth_client_credentials": (("token_url", "client", "secret"), OAuthClientCredentials),
    "oauth_client_post": (("token_url", "client", "secret"), OAuthClientPost),
    "jwt_bearer": (("token_url", "issuer", "subject", "audience", "private_key"), JwtBearer),
    "basic": (("user", "password"), lambda clock, user, password: httpx.BasicAuth(user, password)),
    "header_key": (("header", "key"), lambda clock, header, key: ApiKeyHeader(header, key)),
    "query_key": (("parameter", "key"), lambda clock, parameter, key: ApiKeyQuery(parameter, key)),
}
_MAY_HAVE = {"jwt_bearer": ("certificate",), "oauth_client_credentials": ("scope",)}
