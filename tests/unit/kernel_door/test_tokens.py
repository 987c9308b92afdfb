"""What attackers make of a token: each kind of forgery is refused, and each form that real issuers use is taken."""

import base64
import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.errors import GatewayError, Unauthenticated
from services.kernel.identity import ScopeMissing, TokenVerifier
from services.kernel.jwks import StaticJwks
from services.kernel.rpc import status_of
from services.kernel.tokens import TOKEN_BYTES_MAX, TokenMalformed, TokenSignature
from tests.unit.kernel_door.builders import ISSUER, AnIssuer

issuer, attacker = AnIssuer(), AnIssuer()
GOOD: dict[str, Any] = jwt.decode(issuer.token(), options={"verify_signature": False})


def a_verifier(**changes: Any) -> TokenVerifier:
    return TokenVerifier(StaticJwks({"keys": [issuer.jwk]}), ISSUER, **changes)


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def signed(header: str | bytes, claims: str | bytes, by: AnIssuer = issuer) -> str:
    """A token of these very texts, with a right signature: not everything that a key has signed is a token."""
    texts = [text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text for text in (header, claims)]
    body = f"{encoded(texts[0])}.{encoded(texts[1])}"
    return f"{body}.{encoded(by.key.sign(body.encode()))}"


def a_header(**changed: Any) -> str:
    header = {"alg": "EdDSA", "kid": issuer.kid, "typ": "at+jwt", **changed}
    return json.dumps({name: value for name, value in header.items() if value is not None})


CLAIMS = json.dumps(GOOD)


async def refusal(token: str, **changes: Any) -> Unauthenticated:
    with pytest.raises(Unauthenticated) as refused:
        await a_verifier(**changes).verify(token)
    assert status_of(refused.value).SerializeToString()  # it can be told over the wire, whatever the token held
    return refused.value


async def test_the_builder_makes_good_tokens():
    assert await a_verifier().verify(signed(a_header(), CLAIMS))


@pytest.mark.parametrize("kind", ["at+jwt", "AT+JWT", "application/at+jwt", "Application/AT+jwt", "JWT", "jwt", None])
async def test_an_access_token_is_taken_however_its_type_is_spelled(kind):
    assert await a_verifier().verify(signed(a_header(typ=kind), CLAIMS))


KINDS = [
    "id+jwt",
    "logout+jwt",
    "dpop+jwt",
    "secevent+jwt",
    "rt+jwt",
    "JOSE",
    "at",
    "",
    " JWT",
    "application/",
    "text/jwt",
]


@pytest.mark.parametrize(
    "kind", [*KINDS, "application/application/jwt", 5, True, ["at+jwt"], {"at+jwt": 1}, "at+jwt\u0000"]
)
async def test_a_token_made_for_another_use_is_refused(kind):
    assert (await refusal(signed(a_header(typ=kind), CLAIMS))).facts == {"header": "typ"}


HEADERS = {
    "an extension that must be understood": {"crit": ["exp"], "exp": 1},
    "an empty list of such extensions": {"crit": []},
    "a payload that is not encoded": {"b64": False, "crit": ["b64"]},
    "an encoded payload, said so": {"b64": True},
    "a compressed payload": {"zip": "DEF"},
    "an encrypted payload": {"enc": "A256GCM"},
    "a key's name that is a number": {"kid": 1},
    "a key's name that is a list": {"kid": ["k1"]},
    "a key's name with a NUL": {"kid": "k1\u0000"},
    "half a character as a key's name": {"kid": "\ud800"},
    "an endless key's name": {"kid": "k" * 257},
    "an empty key's name": {"kid": ""},
    "a path as a key's name": {"kid": "../../../../dev/null"},
    "a statement as a key's name": {"kid": "x' UNION SELECT 'AAAA"},
    "no algorithm": {"alg": None},
    "the algorithm none": {"alg": "none"},
    "the algorithm nOnE": {"alg": "nOnE"},
    "no name of an algorithm": {"alg": ""},
    "an algorithm in small letters": {"alg": "eddsa"},
    "a list of algorithms": {"alg": ["EdDSA"]},
    "a shared secret": {"alg": "HS256"},
    "the algorithm of another kind of key": {"alg": "RS256"},
    "an elliptic curve that we do not take": {"alg": "ES384"},
}


@pytest.mark.parametrize("changed", HEADERS.values(), ids=HEADERS)
async def test_a_header_that_asks_for_something_else_is_refused(changed):
    assert await refusal(signed(a_header(**changed), CLAIMS))


def attackers_jwk() -> dict[str, Any]:
    return {**attacker.jwk, "kid": issuer.kid}


@pytest.mark.parametrize(
    "brought",
    [
        {"jwk": attackers_jwk()},
        {"jku": "https://attacker.example/jwks"},
        {"x5u": "https://attacker.example/certificate.pem"},
        {"x5c": ["MIIB"]},
        {"x5t": "dGVzdA", "x5t#S256": "dGVzdA"},
        {"jwk": attackers_jwk(), "kid": attacker.kid},
        {"jku": "file:///etc/passwd", "kid": None},
    ],
    ids="+".join,
)
async def test_a_key_that_comes_with_the_token_is_not_looked_at(brought):
    assert isinstance(await refusal(signed(a_header(**brought), CLAIMS, attacker)), TokenSignature)
    assert await a_verifier().verify(signed(a_header(**brought), CLAIMS))  # nor does it harm a good signature


def test_no_public_key_serves_as_a_shared_secret():
    """HS256 over the public key in each form in which it can be had."""
    raw = issuer.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    pem = issuer.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    der = issuer.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    for secret in (raw, der, base64.b64encode(pem), json.dumps(issuer.jwk).encode(), b"", b"\0"):
        forged = jwt.api_jws.PyJWS()
        body = f"{encoded(a_header(alg='HS256').encode())}.{encoded(CLAIMS.encode())}"
        mac = forged.get_algorithm_by_name("HS256").sign(body.encode(), secret)
        with pytest.raises(TokenSignature):
            _run(a_verifier().verify(f"{body}.{encoded(mac)}"))


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
async def test_an_algorithm_is_good_only_with_the_issuers_key_for_it(algorithm):
    key = ec.generate_private_key(ec.SECP256R1()) if algorithm == "ES256" else rsa.generate_private_key(65537, 2048)
    token = jwt.encode(GOOD, key, algorithm, headers={"kid": issuer.kid})
    assert isinstance(await refusal(token), TokenSignature)


async def test_a_short_rsa_key_is_not_one_of_the_issuers():
    key = rsa.generate_private_key(65537, 1024)
    public = {**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())), "kid": "short", "alg": "RS256"}
    verifier = TokenVerifier(StaticJwks({"keys": [issuer.jwk, public]}), ISSUER)
    with pytest.raises(TokenSignature):
        await verifier.verify(jwt.encode(GOOD, key, "RS256", headers={"kid": "short"}))


@pytest.mark.parametrize("claim", [*GOOD, "cnf", "nbf", "jti"])
async def test_a_claim_given_twice_is_refused_whichever_value_would_win(claim):
    value = json.dumps(GOOD.get(claim, 1))
    for twice in (f'{{"{claim}": {value}, {CLAIMS[1:]}', f'{CLAIMS[:-1]}, "{claim}": {value}}}'):
        if claim not in GOOD:
            twice = f'{twice[:-1]}, "{claim}": {value}}}'
        assert isinstance(await refusal(signed(a_header(), twice)), TokenMalformed)


async def test_a_name_given_twice_is_refused_wherever_it_stands():
    for header in ('{"alg": "none", ' + a_header()[1:], a_header()[:-1] + ', "kid": "other"}'):
        assert isinstance(await refusal(signed(header, CLAIMS)), TokenMalformed)
    inside = CLAIMS[:-1] + ', "act": {"sub": "a", "sub": "b"}}'
    assert isinstance(await refusal(signed(a_header(), inside)), TokenMalformed)
    escaped = CLAIMS[:-1] + ', "\\u0070artner": "partners/rival"}'
    assert isinstance(await refusal(signed(a_header(), escaped)), TokenMalformed)


TEXTS = {
    "nothing": "",
    "a list": "[]",
    "a text": '"x"',
    "null": "null",
    "a number": "1",
    "not UTF-8": b"\xff\xfe{}",
    "a byte order mark": b"\xef\xbb\xbf" + CLAIMS.encode(),
    "UTF-16": CLAIMS.encode("utf-16"),
    "NaN": CLAIMS[:-1] + ', "x": NaN}',
    "infinity": CLAIMS[:-1] + ', "x": -Infinity}',
    "deeper than anybody reads": '{"x": ' + "[" * 2800 + "]" * 2800 + "}",
    "a number of five thousand digits": CLAIMS[:-1] + ', "x": ' + "9" * 5000 + "}",
    "text behind the end": CLAIMS + "{}",
    "another token": issuer.token(),
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
async def test_claims_that_are_no_json_object_are_refused(text):
    assert isinstance(await refusal(signed(a_header(), text)), TokenMalformed)
    if isinstance(text, bytes) or len(text) < 2000:
        assert isinstance(await refusal(signed(text, CLAIMS)), TokenMalformed)


async def test_a_token_inside_a_token_is_not_unpacked():
    assert isinstance(await refusal(signed(a_header(cty="JWT"), issuer.token())), TokenMalformed)
    assert isinstance(await refusal(signed(a_header(cty="JWT"), json.dumps(issuer.token()))), TokenMalformed)


async def test_a_token_has_one_spelling_only():
    good = issuer.token()
    head, claims, signature = good.split(".")
    spelled = [
        f"{head}=.{claims}.{signature}",
        f"{head}.{claims}=.{signature}",
        f"{good}=",
        f"{good}==",
        f"{good}\n",
        f"{good} ",
        f"{head}.{claims}.{signature[:-1]}",
        f"{good}.",
        f".{good}",
        f"{head}..{signature}",
        f"{head}.{claims}.",
        good.replace(".", ". "),
        good.replace(".", "\u3002"),
    ]
    # The last letter of a signature of 64 bytes carries two bits: four of its spellings mean the same bytes.
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    spelled += [good[:-1] + letter for letter in letters if letter != good[-1]]
    if any(letter in signature for letter in "-_"):
        spelled.append(f"{head}.{claims}.{signature.replace('-', '+').replace('_', '/')}")
    for other in spelled:
        assert await refusal(other)


@pytest.mark.parametrize("count", [1, 2, 4, 5, 6])
async def test_encrypted_and_broken_tokens_have_another_number_of_parts(count):
    assert isinstance(await refusal(".".join([encoded(a_header().encode())] * count)), TokenMalformed)


async def test_the_longest_token_is_read_and_one_more_byte_is_not():
    room = TOKEN_BYTES_MAX - len(issuer.token(padding=""))
    longest = issuer.token(padding="x" * (room * 3 // 4 - 2))
    assert TOKEN_BYTES_MAX - 4 < len(longest) <= TOKEN_BYTES_MAX
    assert await a_verifier().verify(longest)
    assert (await refusal("x" * (TOKEN_BYTES_MAX + 1))).facts == {"bytes_max": str(TOKEN_BYTES_MAX)}


BLANKS = ["\u00a0", "\t", "\n", "\r", "\x0b", "\x1c", "\x85", "\u2003", "\u2028", "\u3000", ",", "+", "%20"]


@pytest.mark.parametrize("blank", BLANKS, ids=ascii)
async def test_only_the_blank_stands_between_scopes(blank):
    caller = await a_verifier().verify(issuer.token(scope=f"slotting.read{blank}operator"))
    assert not caller.operator
    with pytest.raises(ScopeMissing):
        caller.require("slotting.read")


@pytest.mark.parametrize("scope", ["", " ", "   ", None, []])
async def test_a_token_without_scopes_may_do_nothing(scope):
    assert (await a_verifier().verify(issuer.token(scope=scope))).scopes == frozenset()


async def test_scopes_are_compared_letter_by_letter():
    caller = await a_verifier().verify(issuer.token(scope="Operator OPERATOR \uff4fperator operator. operator\u0000"))
    assert not caller.operator


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        ("scp", ["slotting.read", "capacity.read"]),  # Okta
        ("scp", "slotting.read capacity.read"),  # Microsoft Entra, on behalf of a user
        ("roles", ["slotting.read", "capacity.read"]),  # Microsoft Entra, an application by itself
        ("https://doselane.example/scopes", ["slotting.read", "capacity.read"]),  # Auth0 asks for such names
    ],
)
async def test_scopes_may_stand_in_another_claim_as_a_text_or_a_list(claim, said):
    token = issuer.token(scope="operator", **{claim: said})
    caller = await a_verifier(scope_claim=claim).verify(token)
    assert caller.scopes == {"slotting.read", "capacity.read"}


async def test_a_scope_in_a_list_is_not_cut_at_blanks():
    caller = await a_verifier(scope_claim="scp").verify(issuer.token(scp=["slotting.read operator"]))
    assert not caller.operator


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=5))
def test_whatever_a_claim_holds_is_taken_or_refused_and_never_a_fault(value):
    now = int(time.time())
    for claim in ("iss", "sub", "aud", "exp", "nbf", "iat", "jti", "partner", "scope", "cnf"):
        text = json.dumps({**GOOD, "exp": now + 60, claim: value})
        try:
            _run(a_verifier().verify(signed(a_header(), text)))
        except GatewayError as refused:
            assert status_of(refused).SerializeToString()


def _run(coroutine: Any) -> Any:
    """Drives a coroutine that never waits."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("It waited.")
