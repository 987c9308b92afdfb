"""Why brokers do not let us in is told with what to do, and what merely broke is no refusal."""

import ssl
from datetime import UTC, datetime, timedelta

import pytest
from aiokafka.errors import KafkaConnectionError, SaslAuthenticationFailed

from adapters.host.client.kafka_refusals import refusal

NOW = datetime(2026, 12, 1, tzinfo=UTC)


def unverified(code: int) -> ssl.SSLCertVerificationError:
    fault = ssl.SSLCertVerificationError(1, "certificate verify failed")
    fault.verify_code = code
    return fault


def broken(reason: str) -> KafkaConnectionError:
    """As the client tells of a connection that TLS broke."""
    cause, fault = ssl.SSLError(1, reason), KafkaConnectionError("Connection at 127.0.0.1:9093 closed")
    cause.reason = reason
    fault.__cause__ = cause
    return fault


@pytest.mark.parametrize(
    ("fault", "ends", "words"),
    [
        (unverified(10), None, "the broker's certificate has ended"),
        (unverified(9), None, "compare the clocks"),
        *(
            (unverified(code), None, "name the authority that issued the broker's certificate in connection.kafka.tls")
            for code in (2, 7, 18, 19, 20, 21)
        ),
        *((unverified(code), None, "name the broker in connection.kafka.bootstrap") for code in (62, 64)),
        (unverified(23), None, "correct connection.kafka.tls, or have the broker's certificate mended"),
        (broken("SSLV3_ALERT_BAD_CERTIFICATE"), None, "the broker wants a certificate of ours: name it in"),
        (broken("TLSV13_ALERT_CERTIFICATE_REQUIRED"), None, "the broker wants a certificate of ours: name it in"),
        (broken("SSLV3_ALERT_CERTIFICATE_UNKNOWN"), NOW, "certificate_file ended at 2026-12-01T00:00:00+00:00"),
        (broken("SSLV3_ALERT_CERTIFICATE_EXPIRED"), NOW - timedelta(days=1), "certificate_file ended at 2026-11-30T"),
        (broken("TLSV1_ALERT_UNKNOWN_CA"), NOW + timedelta(1), "the broker must believe the authority of connection"),
        (broken("TLSV1_ALERT_PROTOCOL_VERSION"), None, "the broker breaks off TLS"),
        (broken("WRONG_VERSION_NUMBER"), None, "no TLS is spoken at this port"),
        (SaslAuthenticationFailed("Authentication failed"), None, "correct connection.kafka.sasl or connection.kafka"),
        (ValueError("Server sent bogus message"), None, "correct connection.kafka.sasl or connection.kafka.tls"),
    ],
)
def test_whose_proof_is_wrong_is_told_with_what_to_do(fault: Exception, ends: datetime | None, words: str) -> None:
    said = refusal(fault, ends, NOW)
    assert said.startswith("the broker does not let us in: ") and words in said


@pytest.mark.parametrize(
    "fault",
    [KafkaConnectionError("closed"), broken("UNEXPECTED_EOF_WHILE_READING"), ConnectionResetError(), TimeoutError()],
)
def test_what_broke_is_no_refusal(fault: Exception) -> None:
    assert refusal(fault, None, NOW) == ""
