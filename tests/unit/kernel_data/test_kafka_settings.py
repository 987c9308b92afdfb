"""One set of settings says how every process reaches Kafka; what makes no sense is said before anybody connects."""

import ssl
from collections.abc import Mapping
from pathlib import Path

import pytest
from pydantic import SecretStr

from services.kernel.bus.kafka_settings import KafkaSettings
from services.kernel.bus.kafka_tokens import BrokerTokens
from services.kernel.settings import SettingsError, load
from tests.support.certificates import Authority

BROKERS = {"BOOTSTRAP": "kafka-1.northlake.example:9093"}
USER = {"SASL_USERNAME": "doselane", "SASL_PASSWORD": "hunter2"}
SCRAM = {**BROKERS, "SECURITY_PROTOCOL": "SASL_SSL", "SASL_MECHANISM": "SCRAM-SHA-512", **USER}
OAUTH = {**SCRAM, "SASL_MECHANISM": "OAUTHBEARER", "SASL_TOKEN_URL": "https://login.northlake.example/token"}


def read(variables: Mapping[str, str]) -> KafkaSettings:
    return load(KafkaSettings, {f"DOSELANE_KAFKA_{name}": value for name, value in variables.items()}, "DOSELANE_KAFKA")


def without(variables: Mapping[str, str], *names: str) -> Mapping[str, str]:
    return {name: value for name, value in variables.items() if name not in names}


def test_without_anything_said_there_is_no_kafka_and_with_brokers_alone_nothing_is_encrypted() -> None:
    assert read({}).bootstrap == ""
    client = read(BROKERS).client()
    assert (client["security_protocol"], client["bootstrap_servers"]) == ("PLAINTEXT", BROKERS["BOOTSTRAP"])
    assert not {"ssl_context", "sasl_mechanism"} & client.keys()


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
def test_a_user_and_a_password_prove_who_we_are(mechanism: str) -> None:
    client = read({**SCRAM, "SASL_MECHANISM": mechanism}).client()
    assert client["security_protocol"] == "SASL_SSL" and isinstance(client["ssl_context"], ssl.SSLContext)
    assert client["ssl_context"].check_hostname and client["ssl_context"].verify_mode is ssl.CERT_REQUIRED
    assert client["sasl_mechanism"] == mechanism
    assert (client["sasl_plain_username"], client["sasl_plain_password"]) == ("doselane", "hunter2")


def test_a_token_is_asked_for_where_the_settings_say() -> None:
    client = read({**OAUTH, "SASL_SCOPE": "kafka"}).client()
    assert isinstance(client["sasl_oauth_token_provider"], BrokerTokens)
    assert "sasl_plain_password" not in client


def test_a_certificate_proves_who_we_are_by_tls_alone(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    certificate, key = authority.issue("doselane")
    files = {"TLS_CA_FILE": str(authority.file), "TLS_CERTIFICATE_FILE": certificate, "TLS_KEY_FILE": key}
    client = read({**BROKERS, "SECURITY_PROTOCOL": "SSL", **files}).client()
    assert [each["subject"] for each in client["ssl_context"].get_ca_certs()]
    assert "sasl_mechanism" not in client


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        (without(SCRAM, "BOOTSTRAP"), "BOOTSTRAP is missing"),
        (without(SCRAM, "SASL_MECHANISM"), "SECURITY_PROTOCOL SASL_SSL needs a SASL_MECHANISM"),
        (without(SCRAM, "SASL_PASSWORD"), "SASL_MECHANISM SCRAM-SHA-512 needs SASL_PASSWORD"),
        (without(SCRAM, "SASL_USERNAME", "SASL_PASSWORD"), "needs SASL_USERNAME and SASL_PASSWORD"),
        (without(SCRAM, "SECURITY_PROTOCOL"), "not be used with SECURITY_PROTOCOL PLAINTEXT; .* SASL_PLAINTEXT is"),
        ({**SCRAM, "SECURITY_PROTOCOL": "SSL"}, "not be used with SECURITY_PROTOCOL SSL; .* SASL_SSL is meant"),
        ({**BROKERS, "TLS_CA_FILE": "ca.pem"}, "TLS_CA_FILE would not be used with .* PLAINTEXT; .* SSL is meant"),
        ({**SCRAM, "SECURITY_PROTOCOL": "SASL_PLAINTEXT", "TLS_CA_FILE": "ca.pem"}, "SASL_SSL is meant"),
        ({**SCRAM, "TLS_KEY_FILE": "key.pem"}, "TLS_CERTIFICATE_FILE and TLS_KEY_FILE belong together"),
        ({**SCRAM, "SASL_TOKEN_URL": OAUTH["SASL_TOKEN_URL"]}, "SASL_TOKEN_URL would not be used with SASL_MECHANISM"),
        (without(OAUTH, "SASL_TOKEN_URL"), "SASL_MECHANISM OAUTHBEARER needs SASL_TOKEN_URL"),
        ({**OAUTH, "SASL_TOKEN_URL": "http://login.northlake.example"}, "SASL_TOKEN_URL must be an https address"),
        ({**SCRAM, "SASL_MECHANISM": "GSSAPI"}, "SASL_MECHANISM must be '', 'PLAIN'"),
        ({**SCRAM, "SECURITY_PROTOCOL": "TLS"}, "SECURITY_PROTOCOL must be 'PLAINTEXT', 'SSL'"),
    ],
)
def test_what_makes_no_sense_is_said_with_what_to_do(variables: Mapping[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said) as error:
        read(variables)
    assert "hunter2" not in str(error.value)


def test_all_that_makes_no_sense_is_said_at_once() -> None:
    with pytest.raises(SettingsError) as error:
        read({**without(SCRAM, "SASL_PASSWORD"), "TLS_KEY_FILE": "key.pem"})
    assert "needs SASL_PASSWORD" in str(error.value) and "belong together" in str(error.value)


def test_a_file_that_cannot_be_read_is_named() -> None:
    settings = read({**BROKERS, "SECURITY_PROTOCOL": "SSL", "TLS_CA_FILE": "/nowhere/ca.pem"})
    with pytest.raises(SettingsError, match="DOSELANE_KAFKA_TLS_CA_FILE cannot be read: FileNotFoundError"):
        settings.client()


def test_a_password_may_come_from_a_file_and_nothing_shows_it(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("hunter2\n")
    settings = read({**without(SCRAM, "SASL_PASSWORD"), "SASL_PASSWORD_FILE": str(tmp_path / "password")})
    assert settings.sasl_password == SecretStr("hunter2") and "hunter2" not in repr(settings)
