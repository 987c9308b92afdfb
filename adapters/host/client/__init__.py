"""The host's way out: one HTTP client an account, with the account's credentials and bounds on what may take how long.

Everything here touches the network, and nothing else of the host does.
"""

from typing import Any

import httpx

from adapters.host.client.credentials import credentials
from services.kernel.clock import Clock

CONNECT_S_MAX = 5.0
ANSWER_S_MAX = 20.0
CONNECTIONS_MAX = 8
_FIELDS = frozenset({"url", "credentials", "every"})
EVERY_S_MAX = 86_400


def client(options: Any, clock: Clock) -> httpx.AsyncClient:
    """Reads the `connection` of an account; raises ValueError saying what is wrong with it."""
    if not isinstance(options, dict):
        raise ValueError("connection must be an object")
    wrong = [f"there is no connection.{name}" for name in options if name not in _FIELDS]
    if not _is_url(options.get("url")):
        wrong.append("connection.url must be the other side's https address")
    every = options.get("every", {})
    if not (isinstance(every, dict) and all(_is_pause(seconds) for seconds in every.values())):
        wrong.append(f"connection.every must be an object: a poll, and its seconds, up to {EVERY_S_MAX}")
    auth = None
    try:
        auth = credentials(options.get("credentials"), clock)
    except ValueError as fault:
        wrong.append(str(fault))
    if wrong:
        raise ValueError("; ".join(wrong))
    return httpx.AsyncClient(
        base_url=options["url"],
        auth=auth,
        timeout=httpx.Timeout(ANSWER_S_MAX, connect=CONNECT_S_MAX),
        limits=httpx.Limits(max_connections=CONNECTIONS_MAX),
        follow_redirects=False,  # A redirect would carry the credentials to wherever it points.
    )


def _is_pause(given: object) -> bool:
    return isinstance(given, int | float) and not isinstance(given, bool) and 0 < given <= EVERY_S_MAX


def _is_url(given: object) -> bool:
    if not isinstance(given, str):
        return False
    try:
        url = httpx.URL(given)
    except httpx.InvalidURL:
        return False
    # Plain HTTP only to this machine, where a twin stands in for the vendor.
    return bool(url.host) and (
        url.scheme == "https" or (url.scheme == "http" and url.host in ("127.0.0.1", "localhost"))
    )
