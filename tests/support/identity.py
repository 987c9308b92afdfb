"""Tokens for tests: an issuer that is trusted, and one that is not."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.kernel.identity import TokenVerifier
from services.kernel.jwks import StaticJwks
from services.local.issuer import Client, Issuer

ISSUER = "https://issuer.test/oauth"
ALL_SCOPES = (
    "capacity.plan capacity.read slotting.claim slotting.read network.write status.read status.attach "
    "courier.read courier.operate courier.push"
)


@dataclass
class ATrustedIssuer:
    """Makes tokens that `verifier` takes, unless a claim is changed for the worse."""

    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    url: str = ISSUER

    @property
    def jwks(self) -> dict[str, Any]:
        """Its public keys."""
        return self._issuer().jwks()

    def verifier(self, now: Callable[[], float] = time.time) -> TokenVerifier:
        """A verifier that trusts this issuer."""
        return TokenVerifier(StaticJwks(self.jwks), self.url, now=now)

    def token(
        self,
        partner: str = "partners/acme",
        scope: str = ALL_SCOPES,
        *,
        actor: str = "acme-orders",
        key: Ed25519PrivateKey | None = None,
        header: dict[str, Any] | None = None,
        **changed: Any,
    ) -> str:
        """A good token; `changed` claims replace its own, and one that is None is left out."""
        now = int(time.time())
        own = {"iss": self.url, "aud": "doselane", "sub": actor, "iat": now, "exp": now + 3600}
        claims = {**own, "partner": partner, "scope": scope, **changed}
        kid = self.jwks["keys"][0]["kid"]
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(kept, key or self.key, "EdDSA", headers={"kid": kid, **(header or {})})

    def operator(self, scope: str = ALL_SCOPES) -> str:
        """A token of the manufacturer's own staff."""
        return self.token("partners/cdmo", f"{scope} operator", actor="planner")

    def _issuer(self) -> Issuer:
        return Issuer(self.url, {"none": Client("", "partners/none", ())}, self.key)
