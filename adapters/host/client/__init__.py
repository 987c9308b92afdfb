"""The host's way out: one HTTP client an account, with the account's credentials and bounds on what may take how long.

Everything here touches the network, and nothing else of the host does.
"""

import logging
from collections.abc import Mapping
from typing import Any

import httpx

from adapters.host.client.bounded import BoundedTransport
from adapters.host.client.channels import AccountClient
from adapters.host.client.credentials import credentials
from adapters.host.client.csrf import CsrfTransport
from adapters.host.client.instance import instance, is_url
from adapters.host.client.kafka import kafka_access
from adapters.host.client.tls import tls_context
from adapters.host.client.tokens import TokenAuth
from services.kernel.clock import Clock

CONNECT_S_MAX = 5.0
ANSWER_S_MAX = 20.0
ANSWER_BYTES_MAX = 16 << 20
CONNECTIONS_MAX = 8
_FIELDS = frozenset({"url", "credentials", "every", "calls_per_day", "tls", "csrf", "proxy", "instance", "kafka"})
EVERY_S_MAX = 86_400

# It writes whole addresses into the log, and a key may stand in a query.
logging.getLogger("httpx").setLevel(logging.WARNING)


def client(options: Any, clock: Clock) -> httpx.AsyncClient:
    """Reads the `connection` of an account; raises ValueError saying what is wrong, never a secret."""
    if not isinstance(options, dict):
        raise ValueError("connection must be an object")
    wrong = [f"there is no connection.{name}" for name in options if name not in _FIELDS]
    if not is_url(options.get("url")):
        wrong.append("connection.url must be the other side's https address")
    every = options.get("every", {})
    if not (isinstance(every, dict) and all(_is_pause(seconds) for seconds in every.values())):
        wrong.append(f"connection.every must be an object: a poll or a reaction, and its seconds, up to {EVERY_S_MAX}")
    calls = options.get("calls_per_day", 1)
    if isinstance(calls, bool) or not isinstance(calls, int) or calls < 1:
        wrong.append("connection.calls_per_day must be a positive integer")
    auth = transport = kafka = None
    try:
        auth = credentials(options.get("credentials"), clock)
        if "instance" in options:
            if not isinstance(auth, TokenAuth):
                raise ValueError("connection.instance needs credentials that buy tokens")
            auth.instance = instance(options["instance"])
    except ValueError as fault:
        wrong.append(str(fault))
    try:
        transport = _transport(options)
    except ValueError as fault:
        wrong.append(str(fault))
    try:
        kafka = kafka_access(options["kafka"], clock) if "kafka" in options else None
    except ValueError as fault:
        wrong.append(str(fault))
    if wrong or transport is None:
        raise ValueError("; ".join(wrong))
    return AccountClient(
        tls=options.get("tls", {}),
        proxy=options.get("proxy"),
        kafka=kafka,
        base_url=options["url"],
        auth=auth,
        transport=transport,
        headers={"accept-encoding": "identity"},
        timeout=httpx.Timeout(ANSWER_S_MAX, connect=CONNECT_S_MAX),
        follow_redirects=False,  # A redirect would carry the credentials to wherever it points.
        trust_env=False,  # Neither a proxy nor a password comes from somewhere else than the account.
    )


def _transport(options: Mapping[str, Any]) -> httpx.AsyncBaseTransport:
    csrf, proxy = options.get("csrf"), options.get("proxy")
    if csrf is not None and not (
        isinstance(csrf, dict) and csrf.keys() == {"token_url"} and is_url(csrf["token_url"]) and "?" not in str(csrf)
    ):
        # With a query some systems answer it from a cache, with a token that is over.
        raise ValueError("connection.csrf must be an object with token_url alone, an https address without a query")
    if proxy is not None and not (isinstance(proxy, str) and proxy.startswith(("http://", "https://"))):
        raise ValueError("connection.proxy must be the address of a proxy")
    limits = httpx.Limits(max_connections=CONNECTIONS_MAX)
    plain = httpx.AsyncHTTPTransport(
        verify=tls_context(options.get("tls", {})), limits=limits, proxy=proxy, trust_env=False
    )
    bounded = BoundedTransport(plain, ANSWER_BYTES_MAX)
    return CsrfTransport(bounded, csrf["token_url"]) if csrf else bounded


def _is_pause(given: object) -> bool:
    return isinstance(given, int | float) and not isinstance(given, bool) and 0 < given <= EVERY_S_MAX
