"""Bearer tokens: which are taken, and why the others are not."""

import base64
import json
import time
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from services.kernel import tokens
from services.kernel.errors import Kind
from services.kernel.identity import (
    CACHED_TOKENS_MAX,
    Caller,
    ScopeMissing,
    TokenVerifier,
    bearer,
)
from services.kernel.jwks import StaticJwks
from services.kernel.tokens import (
    CLOCK_SKEW_S,
    LIFE_S_MAX,
    TokenAudience,
    TokenExpired,
    TokenIssuer,
    TokenMalformed,
    TokenMissing,
    TokenSignature,
)
from tests.unit.kernel_door.builders import ISSUER, AnIssuer, Time

issuer = AnIssuer()


def a_verifier(now=time.time, *jwks: dict) -> TokenVerifier:
    return TokenVerifier(StaticJwks({"keys": list(jwks) or [issuer.jwk]}), ISSUER, now=now)


async def test_a_good_token_says_who_calls_and_for_whom():
    caller = await a_verifier().verify(issuer.token())
    assert caller == Caller("partners/acme", "acme-orders", frozenset({"slotting.claim", "slotting.read"}))


@pytest.mark.parametrize(
    ("changed", "error", "claim"),
    [
        ({"iss": "https://other"}, TokenIssuer, None),
        ({"iss": None}, TokenMalformed, "iss"),
        ({"aud": "another"}, TokenAudience, None),
        ({"aud": None}, TokenMalformed, "aud"),
        ({"exp": 1}, TokenExpired, "exp"),
        ({"exp": None}, TokenMalformed, "exp"),
        ({"exp": "soon"}, TokenMalformed, "exp"),
        ({"exp": True}, TokenMalformed, "exp"),
        ({"exp": 1e300}, TokenMalformed, "exp"),
        ({"nbf": 4e9}, TokenExpired, "nbf"),
        ({"sub": None}, TokenMalformed, "sub"),
        ({"sub": ""}, TokenMalformed, "sub"),
        ({"sub": "a\x00b"}, TokenMalformed, "sub"),
        ({"sub": "x" * 129}, TokenMalformed, "sub"),
        ({"partner": None}, TokenMalformed, "partner"),
        ({"partner": ""}, TokenMalformed, "partner"),
        ({"partner": "acme"}, TokenMalformed, "partner"),
        ({"partner": "partners/"}, TokenMalformed, "partner"),
        ({"partner": "partners/-"}, TokenMalformed, "partner"),
        ({"partner": "partners/a/b"}, TokenMalformed, "partner"),
        ({"partner": "partners/Acme"}, TokenMalformed, "partner"),
        ({"partner": "partners/acme\n"}, TokenMalformed, "partner"),
        ({"partner": ["partners/acme"]}, TokenMalformed, "partner"),
        ({"scope": 5}, TokenMalformed, "scope"),
        ({"scope": ["slotting.claim", 5]}, TokenMalformed, "scope"),
        ({"scope": {"operator": True}}, TokenMalformed, "scope"),
        ({"cnf": {"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}}, TokenMalformed, "cnf"),
        ({"cnf": {"x5t#S256": "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"}}, TokenMalformed, "cnf"),
        ({"cnf": {}}, TokenMalformed, "cnf"),
        ({"cnf": False}, TokenMalformed, "cnf"),
        ({"exp": 99_999_999_999}, TokenMalformed, "exp"),  # the year 5138
        ({"exp": time.time() + LIFE_S_MAX + 3600}, TokenMalformed, "exp"),
        ({"exp": [time.time() + 3600]}, TokenMalformed, "exp"),
        ({"iat": 4e9}, TokenExpired, "iat"),
        ({"iat": "now"}, TokenMalformed, "iat"),
        ({"nbf": False}, TokenMalformed, "nbf"),
        ({"aud": ["another", "yet another"]}, TokenAudience, None),
        ({"aud": []}, TokenMalformed, "aud"),
        ({"aud": "doselane "}, TokenAudience, None),
        ({"iss": ISSUER + "/"}, TokenIssuer, None),
        ({"sub": "\ud800"}, TokenMalformed, "sub"),
        ({"sub": 5}, TokenMalformed, "sub"),
        ({"jti": 5}, TokenMalformed, "jti"),
        ({"sub": "a\u00a0b"}, TokenMalformed, "sub"),
        ({"partner": "partners/acme\u00a0"}, TokenMalformed, "partner"),
    ],
)
async def test_a_token_with_a_wrong_claim_is_refused_with_its_reason(changed, error, claim):
    with pytest.raises(error) as refused:
        await a_verifier().verify(issuer.token(**changed))
    assert refused.value.kind is Kind.UNAUTHENTICATED
    assert refused.value.facts.get("claim") == claim


@pytest.mark.parametrize("token", ["x", "a.b.c", "e30.e30.", "....", "\x00", "é.é.é", "x" * 9000])
async def test_what_is_no_token_is_called_malformed(token):
    with pytest.raises((TokenMalformed, TokenSignature)):
        await a_verifier().verify(token)


async def test_a_token_without_a_signature_is_refused():
    part = [base64.urlsafe_b64encode(json.dumps(each).encode()).decode().rstrip("=") for each in ({"alg": "none"}, {})]
    with pytest.raises(TokenSignature):
        await a_verifier().verify(".".join(part) + ".")


async def test_a_public_key_cannot_be_used_as_a_shared_secret():
    forged = jwt.encode({"iss": ISSUER}, issuer.jwk["x"], "HS256", headers={"kid": issuer.kid})
    with pytest.raises(TokenSignature):
        await a_verifier().verify(forged)


async def test_a_signature_by_another_key_of_the_same_name_is_refused():
    with pytest.raises(TokenSignature):
        await a_verifier().verify(AnIssuer().token())


async def test_a_key_nobody_knows_is_refused_and_named():
    with pytest.raises(TokenSignature) as refused:
        await a_verifier().verify(AnIssuer(kid="other").token())
    assert refused.value.facts["kid"] == "other"


async def test_a_changed_payload_is_refused():
    head, _, signature = issuer.token().split(".")
    _, other, _ = issuer.token(partner="partners/rival").split(".")
    with pytest.raises(TokenSignature):
        await a_verifier().verify(f"{head}.{other}.{signature}")


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
async def test_the_other_accepted_algorithms_work(algorithm):
    key = ec.generate_private_key(ec.SECP256R1()) if algorithm == "ES256" else rsa.generate_private_key(65537, 2048)
    kind = jwt.algorithms.ECAlgorithm if algorithm == "ES256" else jwt.algorithms.RSAAlgorithm
    public = {**json.loads(kind.to_jwk(key.public_key())), "kid": "k2", "alg": algorithm}
    claims = jwt.decode(issuer.token(), options={"verify_signature": False})
    token = jwt.encode(claims, key, algorithm, headers={"kid": "k2"})
    assert (await a_verifier(time.time, public).verify(token)).partner == "partners/acme"


async def test_a_key_may_be_named_by_an_encoded_thumbprint_and_its_algorithm():
    # WSO2 (product-is, issue 14899): base64url of 64 hexadecimal digits, and `_RS256`.
    theirs = AnIssuer(kid=base64.urlsafe_b64encode(b"4" * 64).decode().rstrip("=") + "_RS256")
    assert (await a_verifier(time.time, theirs.jwk).verify(theirs.token())).partner == "partners/acme"


async def test_a_token_without_a_key_name_is_taken_when_there_is_one_key():
    token = jwt.encode(jwt.decode(issuer.token(), options={"verify_signature": False}), issuer.key, "EdDSA", headers={})
    assert await a_verifier().verify(token)
    with pytest.raises(TokenMalformed, match="lacks `kid`") as refused:
        await a_verifier(time.time, issuer.jwk, AnIssuer(kid="k2").jwk).verify(token)
    assert refused.value.facts == {"header": "kid"}


async def test_a_token_is_good_for_half_a_minute_after_it_expired_and_not_longer():
    now = Time(1_000_000.0)
    verifier, token = a_verifier(now), issuer.token(exp=1_000_000, iat=None)
    now.seconds += 29
    assert await verifier.verify(token)
    now.seconds += 2
    with pytest.raises(TokenExpired):
        await verifier.verify(token)


async def test_a_header_is_admitted_to_what_its_token_says_until_it_expires():
    now = Time(1_000_000.0)
    verifier, header = a_verifier(now), f"Bearer {issuer.token(exp=1_000_100, iat=None)}"
    assert (await verifier.admit(header, "slotting.claim"))[1] == 1_000_130
    now.seconds += 131
    with pytest.raises(TokenExpired):
        await verifier.admit(header, "slotting.claim")


async def test_a_missing_scope_is_named():
    with pytest.raises(ScopeMissing) as refused:
        await a_verifier().admit(f"Bearer {issuer.token()}", "capacity.plan")
    assert refused.value.kind is Kind.DENIED
    assert refused.value.facts == {"scope": "capacity.plan"}


async def test_remembered_tokens_are_bounded(monkeypatch):
    verifier = a_verifier()
    monkeypatch.setattr("services.kernel.identity.CACHED_TOKENS_MAX", 3)
    for number in range(5):
        await verifier.admit(f"Bearer {issuer.token(jti=str(number))}", "slotting.read")
    assert len(verifier._checked) == 3 < CACHED_TOKENS_MAX


@pytest.mark.parametrize("header", [None, "", "Basic abc", "Bearer", "Bearer   ", "token"])
def test_a_header_without_a_bearer_token_is_told_so(header):
    with pytest.raises(TokenMissing):
        bearer(header)


def test_the_scheme_may_be_written_in_any_case():
    assert bearer("bearer abc") == bearer("BEARER  abc ") == "abc"


def test_only_operators_see_what_belongs_to_others():
    partner = Caller("partners/acme", "a", frozenset({"slotting.read"}))
    operator = Caller("partners/cdmo", "p", frozenset({"operator"}))
    assert partner.may_see("partners/acme")
    assert not partner.may_see("partners/rival")
    assert not partner.operator
    assert operator.may_see("partners/rival")
    assert operator.operator


def test_a_key_set_without_a_usable_key_is_refused_at_once():
    with pytest.raises(ValueError, match="no usable key"):
        StaticJwks({"keys": [{"kty": "oct", "k": "c2VjcmV0", "alg": "HS256"}, {"kty": "?"}, {}]})


def test_a_token_lives_as_long_as_its_readers_are_told():
    readme = Path(tokens.__file__).with_name("README.md").read_text()
    assert f"{CLOCK_SKEW_S} s of clock skew, {LIFE_S_MAX // 86_400} days of life at most" in readme


@pytest.mark.parametrize("odd", [None, 5, "x", [], {}, {"kid": ["k"]}, {"kid": 7, "kty": "RSA"}])
async def test_an_odd_entry_of_the_key_set_spoils_no_other(odd):
    entry = {**issuer.jwk, **odd} if isinstance(odd, dict) and "kid" in odd else odd
    assert await a_verifier(time.time, entry, issuer.jwk).verify(issuer.token())
