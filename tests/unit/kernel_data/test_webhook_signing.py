"""Webhooks are signed as Standard Webhooks wants it: its own library and its published vectors agree."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks import Webhook, WebhookVerificationError

from services.kernel.webhook_signing import SignatureKind, SigningKey, WebhookSigner

HMAC, ED25519 = SignatureKind.HMAC_SHA256, SignatureKind.ED25519
BODY = '{"type": "doselane.slotting.slot.confirmed.v1", "site": "Zürich"}'.encode()
OLD, NEW = SigningKey(HMAC, b"o" * 32), SigningKey(HMAC, b"n" * 32)
PAIR = SigningKey(ED25519, b"p" * 32)


def sent(*keys: SigningKey, at: datetime | None = None) -> dict[str, str]:
    return WebhookSigner(keys).headers("0198f2c4-7b1e-7000-8000-000000000001", at or datetime.now(UTC), BODY)


def test_the_standards_own_library_verifies_what_a_secret_signed() -> None:
    assert Webhook(NEW.secret).verify(BODY, sent(NEW))["site"] == "Zürich"


@pytest.mark.parametrize("broken", [
    {"webhook-id": "0198f2c4-7b1e-7000-8000-000000000002"},
    {"webhook-timestamp": str(int(datetime.now(UTC).timestamp()) - 1)},
    {"webhook-signature": "v1,AAAA"},
])  # fmt: skip
def test_what_was_changed_on_the_way_is_refused(broken: dict[str, str]) -> None:
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW.secret).verify(BODY, {**sent(NEW), **broken})


def test_another_body_or_secret_is_refused() -> None:
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW.secret).verify(BODY + b" ", sent(NEW))
    with pytest.raises(WebhookVerificationError):
        Webhook(OLD.secret).verify(BODY, sent(NEW))


@pytest.mark.parametrize("known", [OLD, NEW])
def test_during_a_rotation_either_secret_verifies(known: SigningKey) -> None:
    headers = sent(NEW, OLD)
    assert [each.partition(",")[0] for each in headers["webhook-signature"].split(" ")] == ["v1", "v1"]
    assert Webhook(known.secret).verify(BODY, headers)


def test_a_rotation_may_change_the_kind() -> None:
    headers = sent(PAIR, OLD)
    assert Webhook(OLD.secret).verify(BODY, headers)
    check_ed25519(PAIR.public, headers)


def check_ed25519(public: str, headers: dict[str, str], body: bytes = BODY) -> None:
    """As a receiver checks it that knows the public key alone."""
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public.removeprefix("whpk_"), validate=True))
    content = b".".join((headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body))
    (signature,) = [each for each in headers["webhook-signature"].split(" ") if each.startswith("v1a,")]
    key.verify(base64.b64decode(signature.removeprefix("v1a,"), validate=True), content)


def test_a_receiver_verifies_ed25519_with_the_public_key() -> None:
    check_ed25519(PAIR.public, sent(PAIR))
    with pytest.raises(InvalidSignature):
        check_ed25519(PAIR.public, sent(PAIR), BODY + b" ")
    with pytest.raises(InvalidSignature):
        check_ed25519(SigningKey(ED25519, b"q" * 32).public, sent(PAIR))


def test_the_standards_vector_for_ed25519_holds() -> None:
    # From the standard's own repository: key, message, instant and signature.
    key = SigningKey(ED25519, base64.b64decode("VEVTVFNJR05JTkdLRVlET05PVFVTRVRISVNGT1JBTlk="))
    at = datetime.fromtimestamp(1614265330, UTC)
    headers = WebhookSigner([key]).headers("msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}')
    assert headers["webhook-signature"] == (
        "v1a,tQ9V2XOqn7jL/DQenEFpqIugdBVtiMmER5mhSkXBNwM0mkATuDe6KYYUuxqtaiHeYGb7KaaBRdM5WqyeFiL8Ag=="
    )


def test_the_timestamp_is_whole_seconds_of_the_attempt() -> None:
    at = datetime(2026, 11, 26, 12, 0, 0, 999_999, tzinfo=UTC)
    assert sent(NEW, at=at)["webhook-timestamp"] == "1795694400"


def test_secrets_are_spelled_as_the_standard_says_and_never_printed() -> None:
    assert (NEW.secret, NEW.public) == ("whsec_" + base64.b64encode(b"n" * 32).decode(), "")
    assert PAIR.secret == "whsk_" + base64.b64encode(b"p" * 32).decode()
    assert PAIR.public.startswith("whpk_")
    assert (repr(NEW), repr(PAIR)) == ("SigningKey(HMAC_SHA256)", "SigningKey(ED25519)")


@pytest.mark.parametrize("length", [31, 33, 0])
def test_a_key_of_another_length_is_none(length: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        SigningKey(ED25519, b"x" * length)


@pytest.mark.parametrize("length", [0, 23, 65])
def test_a_secret_of_a_length_that_the_standard_does_not_have_is_none(length: int) -> None:
    with pytest.raises(ValueError, match="24 to 64 bytes"):
        SigningKey(HMAC, b"x" * length)


@pytest.mark.parametrize("length", [24, 64])
def test_a_secret_that_somebody_else_made_signs(length: int) -> None:
    key = SigningKey(HMAC, b"x" * length)
    assert Webhook(key.secret).verify(BODY, sent(key))["site"] == "Zürich"


def test_a_key_that_was_replaced_signs_until_its_end() -> None:
    end = datetime(2026, 11, 27, tzinfo=UTC)
    replaced = SigningKey(HMAC, b"o" * 32, end)
    assert replaced.live(end - timedelta(microseconds=1))
    assert not replaced.live(end)
    assert NEW.live(end)
