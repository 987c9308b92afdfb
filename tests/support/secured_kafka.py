"""A broker that lets in by TLS and SASL alone, and what a test does there."""

import os
import shutil
import tempfile
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from hashlib import pbkdf2_hmac
from pathlib import Path
from ssl import SSLContext
from typing import Any
from uuid import uuid4

import pytest
import rfc8785
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.struct import Struct
from aiokafka.protocol.types import (
    CompactArray,
    CompactBytes,
    CompactString,
    Int8,
    Int16,
    Int32,
    Schema,
    TaggedFields,
)

from adapters.host.client.tls import tls_context
from services.local import kafka as local_kafka
from services.local.kafka import Kafka, KafkaUnavailable
from tests.support.certificates import Authority
from tests.support.kafka import SHORT_LIVED

USER, PASSWORD = "doselane", "a-long-password-1"
# Who is let in and may read nothing.
STRANGER = "stranger"
_SECURITY = "org.apache.kafka.common.security"
_LISTENER = "listener.name.plaintext"  # what the listener is called says nothing of how it is spoken to


@dataclass(frozen=True)
class SecuredKafka:
    """The broker, and whom to believe about it."""

    broker: Kafka
    authorities: str

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
        async with self.admin() as admin:
            await admin.create_topics([NewTopic(name, partitions, 1)])
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


@contextmanager
def a_secured_kafka() -> Iterator[SecuredKafka]:
    """A broker of its own, on a free port."""
    if "KAFKA_BOOTSTRAP" in os.environ:
        pytest.skip("KAFKA_BOOTSTRAP names a broker that asks for no password.")
    try:
        local_kafka.prepare()
    except KafkaUnavailable as reason:
        pytest.skip(str(reason))
    folder = Path(tempfile.mkdtemp(prefix="doselane-kafka-"))
    broker = local_kafka.start(folder / "kafka", settings=_settings(folder), java_options=SHORT_LIVED)
    try:
        yield SecuredKafka(broker, str(folder / "authority.pem"))
    finally:
        broker.stop()
        shutil.rmtree(folder, ignore_errors=True)


def unsecured_token(**claims: Any) -> str:
    """A token as the broker's own example of OAUTHBEARER takes it, without a signature."""
    parts = (rfc8785.dumps(each) for each in ({"alg": "none"}, claims))
    return ".".join([*(urlsafe_b64encode(each).rstrip(b"=").decode() for each in parts), ""])


@lru_cache
def _believing(authorities: str) -> SSLContext:
    return tls_context({"authorities_file": authorities})


async def know_by_scram(secured: SecuredKafka) -> None:
    """Tells the broker the password by which SCRAM-SHA-512, which is its second, knows the user."""
    salt = b"0123456789abcdef"
    known: tuple[Any, ...] = (USER, 2, 4096, salt, pbkdf2_hmac("sha512", PASSWORD.encode(), salt, 4096), {})
    async with secured.admin() as admin:
        answer = await admin._client.send(admin._client.get_random_node(), _AlterScram([known]))
        assert [each[1] for each in answer.results] == [0], answer


def _settings(folder: Path) -> dict[str, str]:
    authority = Authority(folder)
    certificate, key = authority.issue("broker")
    store = folder / "broker.pem"
    store.write_text(Path(key).read_text() + Path(certificate).read_text())
    users = "".join(f' user_{name}="{PASSWORD}"' for name in ("admin", USER, STRANGER))
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
        **_jaas("oauthbearer", "oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub=admin;"),
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": f"User:ANONYMOUS;User:admin;User:{USER}",
        "auto.create.topics.enable": "true",
    }


def _jaas(mechanism: str, module: str) -> dict[str, str]:
    return {f"{_LISTENER}.{mechanism}.sasl.jaas.config": f"{_SECURITY}.{module}"}


class _AlterScramAnswer(Response):
    API_KEY = 51
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "results",
            CompactArray(
                ("user", CompactString("utf-8")),
                ("error_code", Int16),
                ("error_message", CompactString("utf-8")),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _AlterScramStruct(RequestStruct):
    """AlterUserScramCredentials, which the client does not know."""

    API_KEY = 51
    API_VERSION = 0
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = _AlterScramAnswer
    SCHEMA = Schema(
        (
            "deletions",
            CompactArray(("name", CompactString("utf-8")), ("mechanism", Int8), ("tags", TaggedFields)),
        ),
        (
            "upsertions",
            CompactArray(
                ("name", CompactString("utf-8")),
                ("mechanism", Int8),
                ("iterations", Int32),
                ("salt", CompactBytes),
                ("salted_password", CompactBytes),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _AlterScram(Request[_AlterScramStruct]):
    API_KEY = 51

    def __init__(self, known: Sequence[tuple[Any, ...]]) -> None:
        self._known = known

    def build(self, request_struct_class: type[_AlterScramStruct]) -> _AlterScramStruct:
        made: Struct = request_struct_class([], list(self._known), {})
        assert isinstance(made, _AlterScramStruct)
        return made
