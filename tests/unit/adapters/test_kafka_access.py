"""What an account may say of its brokers; all that is wrong is told at once, and no secret with it."""

import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.host.client import client, topics
from adapters.host.client.kafka import KafkaAccess, kafka_access
from adapters.outbound import Away, Declined
from services.kernel.clock import VirtualClock
from tests.support.certificates import Authority

CLOCK = VirtualClock(datetime(2026, 12, 1, tzinfo=UTC))
BROKERS = ["broker-1.northlake.example:9093", "[2001:db8::1]:9093"]
SECRET = "a-long-password-1"
BY_PASSWORD = {"mechanism": "SCRAM-SHA-512", "user": "doselane", "password": SECRET}
BY_TOKEN = {"mechanism": "OAUTHBEARER", "token_url": "https://id.northlake.example/t", "client": "c", "secret": SECRET}
HTTP = httpx.AsyncClient()


def access(**given: Any) -> KafkaAccess:
    return kafka_access({"bootstrap": BROKERS, **given}, CLOCK)


def test_brokers_are_spoken_to_by_tls_and_believed_by_an_authority(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    found = access(tls={"authorities_file": str(authority.file)})
    assert found.options(HTTP)["security_protocol"] == "SSL"
    assert found.tls is not None
    assert (found.tls.verify_mode, found.tls.check_hostname) == (ssl.CERT_REQUIRED, True)
    (known,) = found.tls.get_ca_certs()
    assert "An authority" in str(known["subject"])
    assert access().options(HTTP)["security_protocol"] == "SSL"


def test_a_password_goes_by_tls(tmp_path: Path) -> None:
    made = access(sasl=BY_PASSWORD).options(HTTP)
    assert (made["security_protocol"], made["sasl_mechanism"]) == ("SASL_SSL", "SCRAM-SHA-512")
    assert (made["sasl_plain_username"], made["sasl_plain_password"]) == ("doselane", SECRET)


def test_a_token_goes_with_what_the_broker_wants_beside_it() -> None:
    made = access(sasl={**BY_TOKEN, "extensions": {"logicalCluster": "lkc-1"}}).options(HTTP)
    assert (made["security_protocol"], made["sasl_mechanism"]) == ("SASL_SSL", "OAUTHBEARER")
    assert made["sasl_oauth_token_provider"].extensions() == {"logicalCluster": "lkc-1"}


def test_brokers_on_this_machine_may_do_without_tls() -> None:
    for here in ("127.0.0.1:9092", "localhost:9092", "[::1]:9092"):
        found = kafka_access({"bootstrap": [here], "tls": False}, CLOCK)
        assert found.options(HTTP)["security_protocol"] == "PLAINTEXT"
    with pytest.raises(ValueError, match=r"connection\.kafka\.tls may be false for brokers on this machine alone"):
        kafka_access({"bootstrap": ["127.0.0.1:9092", BROKERS[0]], "tls": False}, CLOCK)


@pytest.mark.parametrize("given", [{"sasl": BY_PASSWORD}, {"sasl": {**BY_TOKEN, "extensions": {"x": SECRET}}}])
def test_no_repr_shows_a_secret(given: dict[str, Any]) -> None:
    assert SECRET not in repr(access(**given))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"bootstrap": []}, "connection.kafka.bootstrap must be a list of brokers, each as host:port"),
        ({"bootstrap": "a:1"}, "connection.kafka.bootstrap must be a list of brokers, each as host:port"),
        ({"bootstrap": ["a"]}, "connection.kafka.bootstrap must be a list of brokers, each as host:port"),
        ({"bootstrap": ["a:0"]}, "connection.kafka.bootstrap must be a list of brokers, each as host:port"),
        ({"bootstrap": ["a:65536"]}, "connection.kafka.bootstrap must be a list of brokers, each as host:port"),
        ({"bootstrap": ["kafka://a:1"]}, "connection.kafka.bootstrap must be a list of brokers, each as host:port"),
        ({"topic": "t"}, "there is no connection.kafka.topic"),
        ({"tls": {"authorities_file": "/nowhere"}}, "connection.kafka.tls cannot be read: FileNotFoundError"),
        ({"tls": {"key_file": "/k"}}, "connection.kafka.tls.certificate_file and connection.kafka.tls.key_file belong"),
        ({"tls": True}, "connection.kafka.tls must be an object of files"),
        ({"sasl": {"mechanism": "GSSAPI"}}, "connection.kafka.sasl must be an object whose mechanism is one of PLAIN,"),
        ({"sasl": "PLAIN"}, "connection.kafka.sasl must be an object whose mechanism is one of PLAIN,"),
        ({"sasl": {"mechanism": "PLAIN", "user": "u"}}, "connection.kafka.sasl.password is missing"),
        ({"sasl": {**BY_PASSWORD, "user": ""}}, "connection.kafka.sasl.user must be a text"),
        ({"sasl": {**BY_PASSWORD, "password": "a\0b"}}, "connection.kafka.sasl.password must be a text"),
        ({"sasl": {**BY_PASSWORD, "scope": "s"}}, "there is no connection.kafka.sasl.scope for SCRAM-SHA-512"),
        ({"sasl": {**BY_TOKEN, "token_url": "http://a"}}, "connection.kafka.sasl.token_url must be an https address"),
        ({"sasl": {**BY_TOKEN, "extensions": {"a b": "c"}}}, "connection.kafka.sasl.extensions must be an object of"),
        ({"sasl": {**BY_TOKEN, "extensions": {"a": "b\x01auth=c"}}}, "connection.kafka.sasl.extensions must be"),
        ({"sasl": {**BY_TOKEN, "extensions": {"auth": "c"}}}, "connection.kafka.sasl.extensions must be"),  # RFC 7628
        ({"sasl": {**BY_TOKEN, "extensions": {"größe": "c"}}}, "connection.kafka.sasl.extensions must be"),
        ({"sasl": {**BY_TOKEN, "extensions": {"a": "ü"}}}, "connection.kafka.sasl.extensions must be"),
        ({"sasl": {**BY_TOKEN, "extensions": {5: "c"}}}, "connection.kafka.sasl.extensions must be"),
    ],
)
def test_what_is_wrong_is_named(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=r"connection\.kafka") as raised:
        access(**given)
    assert words in str(raised.value)
    assert SECRET not in str(raised.value)


def test_all_that_is_wrong_is_told_at_once() -> None:
    connection = {"url": "ftp://a", "kafka": {"bootstrap": [], "sasl": {"mechanism": "PLAIN"}, "topic": "t"}}
    with pytest.raises(ValueError, match="url") as raised:
        client(connection, CLOCK)
    for words in ("connection.url", "kafka.bootstrap", "sasl.user", "sasl.password", "no connection.kafka.topic"):
        assert words in str(raised.value)


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        (3, Declined, "there is no topic t for us: UnknownTopicOrPartitionError"),
        (5, Away, "the topic t cannot be read for now: LeaderNotAvailableError"),
        (17, Declined, "there is no topic t for us: InvalidTopicError"),
        (29, Declined, "we may not read the topic t: allow this user READ and DESCRIBE of it"),
    ],
)
def test_what_a_broker_says_of_a_topic_waits_or_is_for_somebody_to_mend(
    code: int, kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind, match=words):
        list(topics._places({"error_code": code, "topic": "t", "partitions": []}))


def test_each_partition_is_a_place_whether_or_not_it_has_a_leader() -> None:
    listed = [{"partition": 0, "error_code": 0}, {"partition": 2, "error_code": 5}]
    found = list(topics._places({"error_code": 0, "topic": "t", "partitions": listed}))
    assert found == [("t", 0), ("t", 2)]
