"""The schema of the values refuses what would otherwise be ignored in silence or fail in the cluster."""

from typing import Any

import helm_python
import pytest

from tests.integration.helm.chart import EVERYTHING, render

WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a misspelled key": ({"databse": {}}, "databse"),
    "a misspelled component": ({"components": {"sloting": {"replicas": 3}}}, "sloting"),
    "a misspelled key of a component": ({"components": {"edge": {"replica": 3}}}, "replica"),
    "a misspelled setting": ({"components": {"slotting": {"settings": {"queue_claim_max": 1}}}}, "queue_claim_max"),
    "a password in the values": ({"database": {"password": "hunter2"}}, "password"),
    "a URL where a Secret's name belongs": ({"database": {"existingSecret": "postgresql://u:p@h/d"}}, "existingSecret"),
    "no replicas": ({"components": {"edge": {"replicas": 0}}}, "replicas"),
    "replicas as text": ({"components": {"edge": {"replicas": "2"}}}, "replicas"),
    "a port out of range": ({"components": {"edge": {"ports": {"http": 70000}}}}, "http"),
    "an unknown protocol": ({"components": {"edge": {"ports": {"tcp": 80}}}}, "tcp"),
    "a module of somebody else": ({"components": {"edge": {"module": "os"}}}, "module"),
    "a memory size without sense": ({"defaults": {"resources": {"limits": {"memory": "lots"}}}}, "memory"),
    "no memory limit": ({"defaults": {"resources": {"limits": {"memory": None}}}}, "memory"),
    "a digest cut short": ({"image": {"digest": "sha256:abc"}}, "digest"),
    "a pull policy that does not exist": ({"image": {"pullPolicy": "Sometimes"}}, "pullPolicy"),
    "brokers without ports": ({"kafka": {"bootstrap": "kafka"}}, "bootstrap"),
    "a protocol that does not exist": ({"kafka": {"securityProtocol": "TLS"}}, "securityProtocol"),
    "a password of Kafka in the values": ({"kafka": {"sasl": {"password": "hunter2"}}}, "password"),
    "tokens over a connection that anybody reads": ({"kafka": {"sasl": {"tokenUrl": "http://login"}}}, "tokenUrl"),
    "a share above one": ({"telemetry": {"sampleRatio": 2}}, "sampleRatio"),
    "keys over a strange scheme": ({"identity": {"jwksUrl": "ftp://keys"}}, "jwksUrl"),
    "a host with a path": ({"ingress": {"host": "example.com/api"}}, "host"),
    "a peer that says nothing": ({"networkPolicy": {"kafkaTo": [{}]}}, "kafkaTo"),
    "a variable with two sources": (
        {"defaults": {"extraEnv": [{"name": "A", "value": "x", "valueFrom": {"secretKeyRef": {}}}]}},
        "extraEnv",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_values_are_refused(case: str) -> None:
    values, word = WRONG[case]
    with pytest.raises(helm_python.HelmValuesError, match=word):
        render(values)


BROKERS: dict[str, Any] = {"bootstrap": "kafka:9093"}
SCRAM: dict[str, Any] = {
    **BROKERS,
    "securityProtocol": "SASL_SSL",
    "sasl": {"mechanism": "SCRAM-SHA-512", "username": "doselane", "existingSecret": "doselane-kafka"},
}
NOT_TOGETHER: dict[str, tuple[dict[str, Any], str]] = {
    "SASL without a mechanism": ({**BROKERS, "securityProtocol": "SASL_SSL"}, "sasl.mechanism"),
    "a mechanism without SASL": ({**SCRAM, "securityProtocol": "SSL"}, "sasl.mechanism"),
    "tokens without an issuer": ({**SCRAM, "sasl": {**SCRAM["sasl"], "mechanism": "OAUTHBEARER"}}, "sasl.tokenUrl"),
    "an issuer without tokens": ({**SCRAM, "sasl": {**SCRAM["sasl"], "tokenUrl": "https://login"}}, "sasl.tokenUrl"),
    "nobody": ({**SCRAM, "sasl": {**SCRAM["sasl"], "username": ""}}, "sasl.username"),
    "no password": ({**SCRAM, "sasl": {**SCRAM["sasl"], "existingSecret": ""}}, "sasl.existingSecret"),
    "certificates without TLS": ({**BROKERS, "tls": {"existingSecret": "kafka-tls"}}, "tls.existingSecret"),
    "a certificate without its key": (
        {**SCRAM, "tls": {"existingSecret": "kafka-tls", "certificate": "tls.crt"}},
        "tls.privateKey",
    ),
    "security without brokers": ({"securityProtocol": "SSL"}, "bootstrap"),
}


@pytest.mark.parametrize("case", NOT_TOGETHER)
def test_what_does_not_go_together_about_kafka_is_refused(case: str) -> None:
    kafka, word = NOT_TOGETHER[case]
    with pytest.raises(helm_python.HelmError, match=word):
        render({"kafka": kafka})


def test_right_values_are_taken() -> None:
    assert render({"kafka": SCRAM})

    assert render(EVERYTHING)
