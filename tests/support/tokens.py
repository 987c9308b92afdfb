"""An issuer of tokens for tests, with keys of its own."""

import json
import time
from collections.abc import Callable, Iterable

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from google.protobuf.message import Message
from jwt.algorithms import OKPAlgorithm

from services.kernel.agent_consents import ConsentSeal
from services.kernel.identity import TokenVerifier
from services.kernel.jwks import StaticJwks

ISSUER = "https://issuer.example"
AUDIENCE = "doselane"
SEAL = ConsentSeal("the-consents-of-these-tests-and-no-others")


class Issuer:
    """Signs tokens; `verifier` accepts them."""

    def __init__(self) -> None:
        self._key = Ed25519PrivateKey.generate()
        public = json.loads(OKPAlgorithm.to_jwk(self._key.public_key()))
        self.jwks = {"keys": [{**public, "kid": "tests", "alg": "EdDSA", "use": "sig"}]}

    def token(
        self, partner: str, scopes: Iterable[str], actor: str = "", *, now: float | None = None, **more: object
    ) -> str:
        """A token that speaks for `partner` for an hour from `now` on, with more claims if there are any."""
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": actor or f"{partner.removeprefix('partners/')}-orchestrator",
            "partner": partner,
            "scope": " ".join(scopes),
            "exp": (now or time.time()) + 3600,
            **more,
        }
        return jwt.encode(claims, self._key, algorithm="EdDSA", headers={"kid": "tests"})

    def verifier(self, now: Callable[[], float] = time.time) -> TokenVerifier:
        """What a server checks these tokens with."""
        return TokenVerifier(StaticJwks(self.jwks), ISSUER, AUDIENCE, consents=SEAL, now=now)


def anything(request: Message) -> None:
    """What a twin judges requests by: a door's test is about the door, and sends what is short."""
