"""An issuer whose tokens can be spoiled in every way a token can be wrong."""

import json
import time
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ISSUER = "https://issuer.test/oauth"


@dataclass
class AnIssuer:
    """Makes good tokens; a changed claim replaces a good one, and one that is None is left out."""

    kid: str = "k1"
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def jwk(self) -> dict[str, Any]:
        """Its public key."""
        public = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(self.key.public_key()))
        return {**public, "kid": self.kid, "alg": "EdDSA", "use": "sig"}

    def token(self, *, header: dict[str, Any] | None = None, **changed: Any) -> str:
        """A token, good unless something is changed for the worse."""
        now = int(time.time())
        good = {
            "iss": ISSUER,
            "aud": "doselane",
            "sub": "acme-orders",
            "partner": "partners/acme",
            "scope": "slotting.claim slotting.read",
            "iat": now,
            "exp": now + 3600,
        }
        claims = {name: value for name, value in {**good, **changed}.items() if value is not None}
        return jwt.encode(claims, self.key, "EdDSA", headers={"kid": self.kid, **(header or {})})


class Time:
    """A number of seconds that moves only by hand."""

    def __init__(self, start: float) -> None:
        self.seconds = start

    def __call__(self) -> float:
        return self.seconds
