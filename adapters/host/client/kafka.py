"""`connection.kafka`: where an account's brokers are, whom it believes, and how it proves who it is."""

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from aiokafka.abc import AbstractTokenProvider
from aiokafka.errors import KafkaConnectionError
from cryptography.x509 import load_pem_x509_certificate

from adapters.host.client.instance import is_url
from adapters.host.client.tls import tls_context
from adapters.host.client.tokens import OAuthClientCredentials, TokenAuth
from adapters.outbound import Away, Declined
from services.kernel.bus.kafka_options import client_options
from services.kernel.clock import Clock

# How long a broker may take over one request; it may let a request for records wait for a part of that.
ANSWER_MS_MAX = 20_000
PLAIN = "PLAIN"
OAUTH = "OAUTHBEARER"
_BY_PASSWORD = (PLAIN, "SCRAM-SHA-256", "SCRAM-SHA-512")
_BROKER = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?):([0-9]{1,5})")
_HERE = ("127.0.0.1:", "localhost:", "[::1]:")
_FIELDS = frozenset({"bootstrap", "tls", "sasl"})
_CONTROL = re.compile("[\0-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class KafkaAccess:
    """How an account reaches its brokers. No `repr` shows a secret."""

    bootstrap: tuple[str, ...]  # such as broker-1.northlake.example:9093
    tls: ssl.SSLContext | None  # None: brokers on this machine, without TLS
    clock: Clock
    certificate_ends: datetime | None = None  # of ours, if we have one
    mechanism: str = ""  # empty: no SASL; a certificate may prove who we are
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    tokens: TokenAuth | None = field(default=None, repr=False)
    extensions: Mapping[str, str] = field(default_factory=dict, repr=False)  # sent beside a token (RFC 7628, 3.1)

    def options(self, http: httpx.AsyncClient) -> dict[str, Any]:
        """What each connection to a broker is made with."""
        tokens = _Tokens(self.tokens, http, self.extensions) if self.tokens is not None else None
        proof = client_options(self.tls, self.mechanism, self.user, self.password, tokens)
        return {**proof, "request_timeout_ms": ANSWER_MS_MAX}

    async def token(self, http: httpx.AsyncClient, refused: str = "") -> str:
        """The token by which we prove who we are, if that is how; a new one if the one in force was `refused`.

        Raises Away or Declined as its issuer says.
        """
        return (await self.tokens.grant(http, refused)).token if self.tokens is not None else ""


class _Tokens(AbstractTokenProvider):
    """Tokens for the client of Kafka, which knows its own faults alone."""

    def __init__(self, tokens: TokenAuth, http: httpx.AsyncClient, extensions: Mapping[str, str]) -> None:
        self._tokens, self._http, self._extensions = tokens, http, extensions

    async def token(self) -> str:
        try:
            return (await self._tokens.grant(self._http)).token
        except (Away, Declined) as fault:
            raise KafkaConnectionError(f"no token: {fault}") from fault

    def extensions(self) -> dict[str, str]:
        return dict(self._extensions)


def kafka_access(options: Any, clock: Clock) -> KafkaAccess:
    """Reads `connection.kafka`; raises ValueError saying all that is wrong, never a secret."""
    if not isinstance(options, dict):
        raise ValueError("connection.kafka must be an object")
    wrong = [f"there is no connection.kafka.{name}" for name in options if name not in _FIELDS]
    brokers, tls, proof = options.get("bootstrap"), None, {}
    if not (isinstance(brokers, list) and brokers and all(_is_broker(each) for each in brokers)):
        wrong.append("connection.kafka.bootstrap must be a list of brokers, each as host:port")
        brokers = []
    elif options.get("tls") is False:
        if not all(each.startswith(_HERE) for each in brokers):
            wrong.append("connection.kafka.tls may be false for brokers on this machine alone")
    else:
        try:
            tls = tls_context(options.get("tls", {}), "connection.kafka.tls")
        except ValueError as fault:
            wrong.append(str(fault))
    try:
        proof = _proof(options["sasl"], clock) if "sasl" in options else {}
    except ValueError as fault:
        wrong.append(str(fault))
    if wrong:
        raise ValueError("; ".join(wrong))
    return KafkaAccess(tuple(brokers), tls, clock, _certificate_ends(options), **proof)


def _certificate_ends(options: Any) -> datetime | None:
    """Of what was read already as a certificate."""
    path = (options.get("tls") or {}).get("certificate_file")
    return load_pem_x509_certificate(Path(path).read_bytes()).not_valid_after_utc if path else None


def _is_broker(given: object) -> bool:
    found = _BROKER.fullmatch(given) if isinstance(given, str) else None
    return found is not None and 0 < int(found[1]) < 1 << 16


def _proof(options: Any, clock: Clock) -> dict[str, Any]:
    """How we prove who we are, as fields of KafkaAccess."""
    mechanism = options.get("mechanism") if isinstance(options, dict) else None
    if mechanism not in (*_BY_PASSWORD, OAUTH):
        known = ", ".join((*_BY_PASSWORD, OAUTH))
        raise ValueError(f"connection.kafka.sasl must be an object whose mechanism is one of {known}")
    given = {name: value for name, value in options.items() if name != "mechanism"}
    extensions = given.pop("extensions", {}) if mechanism == OAUTH else {}
    needed = ("token_url", "client", "secret") if mechanism == OAUTH else ("user", "password")
    may_have = (*needed, "scope") if mechanism == OAUTH else needed
    wrong = [f"connection.kafka.sasl.{name} is missing" for name in needed if name not in given]
    wrong += [f"there is no connection.kafka.sasl.{name} for {mechanism}" for name in given if name not in may_have]
    wrong += [f"connection.kafka.sasl.{name} must be a text" for name in given if not _is_text(given[name])]
    if "token_url" in given and not is_url(given["token_url"]):
        wrong.append("connection.kafka.sasl.token_url must be an https address")
    if not (isinstance(extensions, dict) and all(_is_extension(*each) for each in extensions.items())):
        wrong.append(
            "connection.kafka.sasl.extensions must be an object of texts in ASCII, named by letters, and not auth"
        )
    if wrong:
        raise ValueError("; ".join(wrong))
    if mechanism != OAUTH:
        return {"mechanism": mechanism, **given}
    return {"mechanism": OAUTH, "tokens": OAuthClientCredentials(clock, **given), "extensions": extensions}


def _is_extension(name: object, value: object) -> bool:
    """By RFC 7628, 3.1: `auth` is the token's own place."""
    known = isinstance(name, str) and name.isascii() and name.isalpha() and name.lower() != "auth"
    return known and isinstance(value, str) and _is_text(value) and value.isascii()


def _is_text(given: object) -> bool:
    return isinstance(given, str) and bool(given) and not _CONTROL.search(given)
