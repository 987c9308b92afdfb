"""Topics on brokers of a partner's own: how one is addressed, and how its brokers are spoken to."""

import re
import ssl
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from services.streams.domain.client_certificate import NO_CERTIFICATE, ClientCertificate
from services.streams.domain.feed_topics import RecordMode

SCHEME = "kafka://"
BROKERS_MAX = 10
_TOPIC = re.compile(r"[a-zA-Z0-9._-]{1,249}")
_BROKER = re.compile(r"(?P<host>\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]{1,253}):(?P<port>[0-9]{1,5})")


class BrokerSasl(StrEnum):
    """How we prove who we are to a partner's brokers, by the names of SASL."""

    NONE = ""
    PLAIN = "PLAIN"
    SCRAM_SHA_256 = "SCRAM-SHA-256"
    SCRAM_SHA_512 = "SCRAM-SHA-512"
    OAUTHBEARER = "OAUTHBEARER"


@dataclass(frozen=True, slots=True)
class BrokerAccess:
    """How brokers are spoken to. `authorities`: certificates in PEM; empty: those that the machine believes.

    With OAUTHBEARER name and password are the client's id and secret at the issuer, which is asked at `token_url`.
    """

    mode: RecordMode = RecordMode.STRUCTURED
    plaintext: bool = False
    sasl: BrokerSasl = BrokerSasl.NONE
    username: str = ""
    password: str = field(default="", repr=False)
    authorities: str = ""
    token_url: str = ""
    scope: str = ""
    certificate: ClientCertificate = NO_CERTIFICATE

    def check(self, now: datetime) -> None:
        """Raises ValueError, beginning with the field's name, for what makes no sense together."""
        self._check_sasl()
        if self.plaintext and self.authorities:
            raise ValueError("ca_certificates: they would not be used without TLS")
        if self.plaintext and self.certificate:
            raise ValueError("client_certificates: they would not be used without TLS")
        try:
            self.tls()
        except (ssl.SSLError, ValueError):
            raise ValueError("ca_certificates: they are no certificates in PEM") from None
        self.certificate.check(now)

    def _check_sasl(self) -> None:
        by_token = self.sasl is BrokerSasl.OAUTHBEARER
        if self.sasl and not self.username:
            raise ValueError("sasl_username: it is needed for SASL")
        if by_token and not self.token_url:
            raise ValueError("sasl_token_url: it is needed for OAUTHBEARER")
        if self.sasl and not self.password:
            raise ValueError(
                "sasl_password: it is needed for SASL, and again where address, name or token address have changed"
            )
        if not self.sasl and (self.username or self.password):
            raise ValueError("sasl_mechanism: it is needed if there is a name or a password")
        for named, stated in (("sasl_token_url", self.token_url), ("sasl_scope", self.scope)):
            if stated and not by_token:
                raise ValueError(f"{named}: only OAUTHBEARER has one")

    def tls(self) -> ssl.SSLContext | None:
        """Whom to believe; None without TLS."""
        return None if self.plaintext else ssl.create_default_context(cadata=self.authorities or None)


@dataclass(frozen=True, slots=True)
class KafkaDestination:
    """A topic on brokers: `host:port` each."""

    brokers: tuple[str, ...]
    topic: str
    access: BrokerAccess

    @property
    def urls(self) -> tuple[str, ...]:
        """Each broker as an address that can be judged."""
        scheme = "http" if self.access.plaintext else "https"
        return tuple(f"{scheme}://{broker}/" for broker in self.brokers)


def is_kafka(url: str) -> bool:
    """Whether an address means brokers."""
    return url.startswith(SCHEME)


def read_destination(url: str, access: BrokerAccess) -> KafkaDestination:
    """The topic that an address means; ValueError says what it lacks."""
    brokers, slash, topic = url.removeprefix(SCHEME).partition("/")
    named = tuple(brokers.split(","))
    if not slash or not is_kafka(url):
        raise ValueError("It must be kafka://host:port,host:port/topic.")
    if len(named) > BROKERS_MAX:
        raise ValueError(f"It names more than {BROKERS_MAX} brokers.")
    for broker in named:
        found = _BROKER.fullmatch(broker)
        if found is None or not 0 < int(found["port"]) < 1 << 16:
            raise ValueError(f"{broker[:100]!r} is no host:port.")
    if _TOPIC.fullmatch(topic) is None or topic in (".", ".."):
        raise ValueError("Its topic may have letters, digits, dots, dashes and underscores, at most 249.")
    return KafkaDestination(named, topic, access)
