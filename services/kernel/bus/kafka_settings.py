"""How every process reaches Apache Kafka: where the brokers are, whom it believes, and how it proves who it is."""

import ssl
from collections.abc import Iterator
from enum import StrEnum
from typing import Any, ClassVar

from pydantic import SecretStr, model_validator

from services.kernel.bus.kafka_options import client_options
from services.kernel.bus.kafka_tokens import BrokerTokens
from services.kernel.settings import Settings, SettingsError

_TLS_FILES = ("tls_ca_file", "tls_certificate_file", "tls_key_file")
_HTTPS = ("https://", "http://127.0.0.1:", "http://localhost:")  # this machine is nobody else's


class SecurityProtocol(StrEnum):
    """How a connection to a broker is made, by Kafka's own names."""

    PLAINTEXT = "PLAINTEXT"
    SSL = "SSL"
    SASL_PLAINTEXT = "SASL_PLAINTEXT"
    SASL_SSL = "SASL_SSL"

    @property
    def by_tls(self) -> bool:
        """Whether it is encrypted."""
        return self.endswith("SSL")

    @property
    def by_sasl(self) -> bool:
        """Whether we prove who we are by SASL; by TLS a certificate may prove it."""
        return self.startswith("SASL")


class SaslMechanism(StrEnum):
    """How we prove who we are, by the names of SASL."""

    NONE = ""
    PLAIN = "PLAIN"
    SCRAM_SHA_256 = "SCRAM-SHA-256"
    SCRAM_SHA_512 = "SCRAM-SHA-512"
    OAUTHBEARER = "OAUTHBEARER"


class KafkaSettings(Settings):
    """Variables DOSELANE_KAFKA_…; without brokers there is no Kafka, and events travel over PostgreSQL."""

    PREFIX: ClassVar[str] = "DOSELANE_KAFKA"

    bootstrap: str = ""  # host:port, separated by commas
    security_protocol: SecurityProtocol = SecurityProtocol.PLAINTEXT
    sasl_mechanism: SaslMechanism = SaslMechanism.NONE
    # With OAUTHBEARER they are the client's id and secret at the issuer, and the token is asked for at its address.
    sasl_username: str = ""
    sasl_password: SecretStr = SecretStr("")
    sasl_token_url: str = ""
    sasl_scope: str = ""
    # In PEM. Without authorities those are believed that the machine believes; a certificate wants its key.
    tls_ca_file: str = ""
    tls_certificate_file: str = ""
    tls_key_file: str = ""

    @model_validator(mode="after")
    def _makes_sense(self) -> "KafkaSettings":
        if wrong := list(self._contradictions()):
            raise ValueError("; ".join(wrong))
        return self

    def _contradictions(self) -> Iterator[str]:
        protocol, mechanism = self.security_protocol, self.sasl_mechanism
        given = self.model_fields_set - {"bootstrap"}
        if not self.bootstrap and any(getattr(self, name) for name in given):
            yield "BOOTSTRAP is missing, and without brokers the others mean nothing"
        if protocol.by_sasl and not mechanism:
            yield f"SECURITY_PROTOCOL {protocol} needs a SASL_MECHANISM"
        if not protocol.by_sasl and (said := self._said("sasl_")):
            over = SecurityProtocol.SASL_SSL if protocol.by_tls else SecurityProtocol.SASL_PLAINTEXT
            yield f"{said} would not be used with SECURITY_PROTOCOL {protocol}; it may be that {over} is meant"
        if not protocol.by_tls and (said := self._said("tls_")):
            over = SecurityProtocol.SASL_SSL if protocol.by_sasl else SecurityProtocol.SSL
            yield f"{said} would not be used with SECURITY_PROTOCOL {protocol}; it may be that {over} is meant"
        if bool(self.tls_certificate_file) != bool(self.tls_key_file):
            yield "TLS_CERTIFICATE_FILE and TLS_KEY_FILE belong together"
        if protocol.by_sasl and mechanism:
            yield from self._contradictions_of_sasl()

    def _contradictions_of_sasl(self) -> Iterator[str]:
        oauth = self.sasl_mechanism is SaslMechanism.OAUTHBEARER
        needed = ("sasl_username", "sasl_password", *(("sasl_token_url",) if oauth else ()))
        missing = [name.upper() for name in needed if not _text(getattr(self, name))]
        if missing:
            yield f"SASL_MECHANISM {self.sasl_mechanism} needs {' and '.join(missing)}"
        if oauth and self.sasl_token_url and not self.sasl_token_url.startswith(_HTTPS):
            yield "SASL_TOKEN_URL must be an https address"
        if not oauth and (said := self._said("sasl_token_url", "sasl_scope")):
            yield f"{said} would not be used with SASL_MECHANISM {self.sasl_mechanism}"

    def _said(self, *beginnings: str) -> str:
        """The settings whose names begin so and that say something."""
        fields = type(self).model_fields
        return " and ".join(
            name.upper() for name in fields if name.startswith(beginnings) and _text(getattr(self, name))
        )

    def client(self) -> dict[str, Any]:
        """What every client of aiokafka is made with. SettingsError if a file cannot be read."""
        tls = self._tls() if self.security_protocol.by_tls else None
        tokens = None
        if self.sasl_mechanism is SaslMechanism.OAUTHBEARER:
            tokens = BrokerTokens(self.sasl_token_url, self.sasl_username, self.sasl_password, self.sasl_scope)
        password = self.sasl_password.get_secret_value()
        proof = client_options(tls, self.sasl_mechanism.value, self.sasl_username, password, tokens)
        return {"bootstrap_servers": self.bootstrap, **proof}

    def _tls(self) -> ssl.SSLContext:
        try:
            context = ssl.create_default_context(cafile=self.tls_ca_file or None)
            if self.tls_certificate_file:
                # Without a password of its own a sealed key would have OpenSSL ask at the terminal.
                context.load_cert_chain(self.tls_certificate_file, self.tls_key_file, password=_no_password)
        except (OSError, ValueError) as fault:
            files = ", ".join(f"{self.PREFIX}_{name.upper()}" for name in _TLS_FILES if getattr(self, name))
            raise SettingsError([f"{files} cannot be read: {type(fault).__name__}: {fault}."]) from None
        return context


def _text(value: str | SecretStr) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def _no_password() -> str:
    raise ValueError("the key must not be sealed with a password")
