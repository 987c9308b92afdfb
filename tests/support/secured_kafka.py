"""One broker for the session that lets in by TLS and SASL alone, by an authorizer's rules, and what tests do there."""

import asyncio
import json
import os
import shutil
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from ssl import SSLContext
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from confluent_kafka import admin
from pydantic import SecretStr

from adapters.host.client.tls import tls_context
from services.kernel.bus.kafka_settings import KafkaSettings
from services.local import kafka as local_kafka
from services.local.issuer import Issuer, IssuerClient
from services.local.kafka import Kafka, KafkaUnavailable
from services.streams.topic_acls import librdkafka_options
from tests.support.certificates import Authority
from tests.support.kafka import SHORT_LIVED

USER, PASSWORD = "doselane", "a-long-password-1"
# Who is let in and may do nothing, until a test gives them a right.
STRANGER, NORTHLAKE, CALDER, STREAMS = "stranger", "northlake", "calder", "streams"
MANUFACTURER = "partners/cdmo"  # whose tokens may do everything
_PROGRAMS = {
    "northlake-orchestrator": IssuerClient(
        SecretStr("northlake-sandbox-secret"), f"partners/{NORTHLAKE}", ("streams.read",)
    )
}
_SECURITY = "org.apache.kafka.common.security"
_LISTENER = "listener.name.plaintext"  # what the listener is called says nothing of how it is spoken to


@dataclass(frozen=True)
class SecuredKafka:
    """The broker, and whom to believe about it."""

    broker: Kafka
    authorities: str
    issuer: Issuer  # a development issuer: the broker knows who has its tokens by their claim `partner`

    def settings(self, user: str = USER, mechanism: str = "PLAIN", **more: Any) -> KafkaSettings:
        """How a service reaches it."""
        proof = {"sasl_mechanism": mechanism, "sasl_username": user, "sasl_password": PASSWORD}
        given = {"security_protocol": "SASL_SSL", "tls_ca_file": self.authorities, **proof, **more}
        return KafkaSettings(bootstrap=self.broker.bootstrap, **given)

    def connection(self, mechanism: str = "PLAIN", **sasl: str) -> dict[str, Any]:
        """`connection.kafka` of an account."""
        proof = sasl or {"user": USER, "password": PASSWORD}
        return {
            "bootstrap": [self.broker.bootstrap],
            "tls": {"authorities_file": self.authorities},
            "sasl": {"mechanism": mechanism, **proof},
        }

    @property
    def client(self) -> dict[str, Any]:
        """How a test speaks to it."""
        return {
            "bootstrap_servers": self.broker.bootstrap,
            "security_protocol": "SASL_SSL",
            "ssl_context": _believing(self.authorities),
            "sasl_mechanism": "PLAIN",
            "sasl_plain_username": USER,
            "sasl_plain_password": PASSWORD,
        }

    @asynccontextmanager
    async def admin(self) -> AsyncIterator[AIOKafkaAdminClient]:
        """For topics and partitions."""
        found = AIOKafkaAdminClient(**self.client)
        try:
            await found.start()
            yield found
        finally:
            await found.close()

    async def topic(self, partitions: int = 1) -> str:
        """A new topic."""
        name = f"sap.{uuid4().hex}"
        async with self.admin() as client:
            await client.create_topics([NewTopic(name, partitions, 1)])
        return name

    @asynccontextmanager
    async def producer(self, **options: Any) -> AsyncIterator[AIOKafkaProducer]:
        """For records."""
        found = AIOKafkaProducer(**self.client, **options)
        try:
            await found.start()
            yield found
        finally:
            await found.stop()

    async def send(self, topic: str, *values: bytes, partition: int = 0, **options: Any) -> None:
        """Sends records without headers, in one batch."""
        async with self.producer(**options) as producer:
            batch = producer.create_batch()
            for value in values:
                batch.append(key=None, value=value, timestamp=None)
            await (await producer.send_batch(batch, topic, partition=partition))


@pytest.fixture(scope="session")
def secured() -> Iterator[SecuredKafka]:
    """The broker; tests share it, so each takes topics of its own."""
    if "KAFKA_BOOTSTRAP" in os.environ:
        pytest.skip("KAFKA_BOOTSTRAP names a broker that asks for no password.")
    try:
        local_kafka.prepare()
    except KafkaUnavailable as reason:
        pytest.skip(str(reason))
    folder = Path(tempfile.mkdtemp(prefix="doselane-kafka-"))
    issuer = Issuer.open(folder, "http://issuer.example/oauth", _PROGRAMS)
    with _served(issuer.jwks()) as keys:
        # Java is asked nothing of an address that is not named so.
        allowed = f"-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls={keys}"
        settings = {**_settings(folder), **_tokens(issuer, keys)}
        broker = local_kafka.start(folder / "kafka", settings=settings, java_options=[*SHORT_LIVED, allowed])
        try:
            yield SecuredKafka(broker, str(folder / "authority.pem"), issuer)
        finally:
            broker.stop()
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _served(keys: Any) -> Iterator[str]:
    """The issuer's keys, at an address that answers also while no event loop runs."""
    body = json.dumps(keys).encode()

    class Keys(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Keys) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/oauth/jwks"
        server.shutdown()


def _tokens(issuer: Issuer, keys: str) -> dict[str, str]:
    """Whose tokens the broker takes, and what it calls those who have them."""
    oauth = "sasl.oauthbearer"
    handler = f"{_SECURITY}.oauthbearer.OAuthBearerValidatorCallbackHandler"
    return {
        f"{_LISTENER}.oauthbearer.sasl.server.callback.handler.class": handler,
        f"{oauth}.jwks.endpoint.url": keys,
        f"{oauth}.expected.issuer": issuer.url,
        f"{oauth}.expected.audience": "doselane",
        f"{oauth}.sub.claim.name": "partner",
        **_jaas("oauthbearer", "oauthbearer.OAuthBearerLoginModule required;"),
    }


@lru_cache
def _believing(authorities: str) -> SSLContext:
    return tls_context({"authorities_file": authorities})


async def know_by_scram(secured: SecuredKafka, user: str = USER) -> None:
    """Tells the broker the password by which SCRAM-SHA-512, which is its second, knows the user."""
    kind = admin.ScramCredentialInfo(admin.ScramMechanism.SCRAM_SHA_512, 4096)
    known = admin.UserScramCredentialUpsertion(user, kind, PASSWORD.encode())
    client = admin.AdminClient(librdkafka_options(secured.settings()))
    for answer in client.alter_user_scram_credentials([known]).values():
        await asyncio.wrap_future(answer)


def _settings(folder: Path) -> dict[str, str]:
    authority = Authority(folder)
    certificate, key = authority.issue("broker")
    store = folder / "broker.pem"
    store.write_text(Path(key).read_text() + Path(certificate).read_text())
    names = ("admin", USER, STRANGER, NORTHLAKE, CALDER, STREAMS)
    users = "".join(f' user_{name}="{PASSWORD}"' for name in names)
    return {
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:SASL_SSL",
        "inter.broker.listener.name": "PLAINTEXT",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(store),
        "ssl.truststore.type": "PEM",  # the broker believes itself
        "ssl.truststore.location": str(authority.file),
        "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512,OAUTHBEARER",
        "sasl.mechanism.inter.broker.protocol": "PLAIN",
        **_jaas("plain", f'plain.PlainLoginModule required username="admin" password="{PASSWORD}"{users};'),
        **_jaas("scram-sha-512", "scram.ScramLoginModule required;"),
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": f"User:ANONYMOUS;User:admin;User:{USER};User:{MANUFACTURER}",
        "auto.create.topics.enable": "true",
    }


def _jaas(mechanism: str, module: str) -> dict[str, str]:
    return {f"{_LISTENER}.{mechanism}.sasl.jaas.config": f"{_SECURITY}.{module}"}
