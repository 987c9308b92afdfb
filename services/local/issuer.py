"""A development OAuth 2.0 issuer: credentials in, signed tokens out. In production the customer's stands here.

RFC 6749 (token endpoint), RFC 7517 (keys), RFC 8414 (metadata), RFC 9470 (people who step up to sign, see `persons`);
people who sign in with a browser, see `authorizations`.
"""

import base64
import hashlib
import hmac
import json
import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import SecretStr
from starlette.responses import Response
from starlette.types import ASGIApp

from services.kernel.http.coding import Codings
from services.kernel.http.guard import BodyLimit
from services.kernel.signer import BOTH_COMPONENTS, ONE_COMPONENT
from services.local import sign_in, token_requests
from services.local.authorizations import OPENID, Authorizations, PublicClient, SignIn
from services.local.persons import GRANT, Person, Persons, Reauthentication
from services.local.token_requests import TokenRefused
from services.quality.domain.signing import Role

LIFETIME_S = 3600
FORM_BYTES_MAX = 64 * 1024
KEY_FILE = "issuer-key.pem"
METADATA_PATH = "/.well-known/oauth-authorization-server"


_NOBODY: Mapping[str, Person] = {}
_NO_BROWSERS: Mapping[str, PublicClient] = {}
_BY_CODE, _BY_REFRESH = "authorization_code", "refresh_token"


@dataclass(frozen=True, slots=True)
class IssuerClient:
    """Who may ask for tokens, for which partner, and what its tokens may do."""

    secret: SecretStr
    partner: str
    scopes: tuple[str, ...]


class Issuer:
    """Signs tokens for the clients it is given. `url` is its own address, and the `iss` of its tokens."""

    def __init__(
        self,
        url: str,
        clients: Mapping[str, IssuerClient],
        key: Ed25519PrivateKey,
        *,
        persons: Mapping[str, Person] = _NOBODY,
        browsers: Mapping[str, PublicClient] = _NO_BROWSERS,
        audience: str = "doselane",
        lifetime_s: int = LIFETIME_S,
        now: Callable[[], float] = time.time,
    ) -> None:
        if signing := sorted(name for name, client in clients.items() if set(client.scopes) & set(Role)):
            raise ValueError(f"a program never signs, so it has no role that does: {', '.join(signing)}")
        self.url, self.clients, self.persons = url.rstrip("/"), clients, Persons(persons, now)
        self.browsers = Authorizations(browsers, now)
        self._key, self._audience, self._lifetime_s, self._now = key, audience, lifetime_s, now
        public: dict[str, Any] = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(key.public_key()))
        self._kid = _thumbprint(public)
        self._jwk = {**public, "kid": self._kid, "alg": "EdDSA", "use": "sig"}

    @classmethod
    def open(
        cls,
        data_dir: Path,
        url: str,
        clients: Mapping[str, IssuerClient],
        now: Callable[[], float] = time.time,
        lifetime_s: int = LIFETIME_S,
        persons: Mapping[str, Person] = _NOBODY,
        browsers: Mapping[str, PublicClient] = _NO_BROWSERS,
    ) -> "Issuer":
        """The issuer whose key is kept in `data_dir`, made the first time: tokens outlive a restart."""
        key = _kept_key(data_dir / KEY_FILE)
        return cls(url, clients, key, now=now, lifetime_s=lifetime_s, persons=persons, browsers=browsers)

    def jwks(self) -> dict[str, Any]:
        """The public key, as verifiers fetch it."""
        return {"keys": [self._jwk]}

    def metadata(self) -> dict[str, Any]:
        """What RFC 8414 lets a client discover."""
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "authorization_response_iss_parameter_supported": True,
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
            "grant_types_supported": ["client_credentials", GRANT, _BY_CODE, _BY_REFRESH],
            "acr_values_supported": [BOTH_COMPONENTS, ONE_COMPONENT],
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["EdDSA"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
            "scopes_supported": sorted({scope for each in self._everybody() for scope in each.scopes}),
        }

    def token(self, client_id: str, scope: str = "") -> str:
        """A token for a client, with all its scopes or the ones asked for."""
        client = self.clients[client_id]
        return self.sign(client_id, client.partner, _granted(client, scope))

    def token_of_person(self, proof: Reauthentication, scope: str = "") -> str:
        """A token for a person who has just authenticated, with all their scopes or the ones asked for."""
        person = self.persons.known[proof.person_id]
        claims = {"name": person.name, **proof.claims()}
        return self.sign(proof.person_id, person.partner, _granted(person, scope), **claims)

    def sign(self, client_id: str, partner: str, scopes: Iterable[str], /, **further: Any) -> str:
        """A token that lets a client, or a person, speak for a partner with these scopes."""
        claims = {"client_id": client_id, "partner": partner, "scope": " ".join(scopes), **further}
        return self._signed({"sub": client_id, "aud": self._audience, "jti": os.urandom(16).hex(), **claims}, "at+jwt")

    def _signed(self, claims: Mapping[str, Any], kind: str) -> str:
        now = int(self._now())
        dated = {"iss": self.url, "iat": now, "exp": now + self._lifetime_s, **claims}
        return jwt.encode(dated, self._key, "EdDSA", headers={"kid": self._kid, "typ": kind})

    def answer(self, form: bytes, authorization: str | None) -> dict[str, Any]:
        """The answer of the token endpoint to a form; raises TokenRefused."""
        fields = token_requests.form(form)
        if fields.get("grant_type") == GRANT and self.persons.known:
            proof = self.persons.authenticate(fields)
            told = self._told(self.token_of_person(proof, fields.get("scope", "")))
            return {**told, "acr": proof.acr, "auth_time": proof.at, "session": proof.session}
        if fields.get("grant_type") == _BY_CODE:
            return self._signed_in(self.browsers.redeem(fields), first=True)
        if fields.get("grant_type") == _BY_REFRESH:
            return self._signed_in(self.browsers.renew(fields), first=False)
        client_id = self._authenticated(fields, authorization)
        if fields.get("grant_type") != "client_credentials":
            raise TokenRefused("unsupported_grant_type", "Programs have client_credentials, people password.")
        return self._told(self.token(client_id, fields.get("scope", "")))

    def _signed_in(self, found: SignIn, *, first: bool) -> dict[str, Any]:
        """Tokens for a person in a browser: of what the program asked for, what the person has."""
        person = self.persons.known[found.proof.person_id]
        asked, who = found.request, {"name": person.name, **found.proof.claims()}
        scopes = [each for each in asked.scope if each in person.scopes]
        token = self.sign(found.proof.person_id, person.partner, scopes, **{**who, "client_id": asked.client_id})
        told = {**self._told(token), "refresh_token": self.browsers.refresh_token(found, first=first)}
        if OPENID in asked.scope:
            # Its audience is the program, so no door takes it for an access token.
            about = {"sub": found.proof.person_id, "aud": asked.client_id, "nonce": asked.nonce}
            told["id_token"] = self._signed({**about, **who, "partner": person.partner}, "JWT")
        return told

    def _told(self, token: str) -> dict[str, Any]:
        scope = jwt.decode(token, options={"verify_signature": False})["scope"]
        return {"access_token": token, "token_type": "Bearer", "expires_in": self._lifetime_s, "scope": scope}

    def router(self) -> APIRouter:
        """The issuer's addresses, relative to its own."""
        router = APIRouter()

        @router.post("/token")
        async def token(request: Request) -> JSONResponse:
            kept_out = {"cache-control": "no-store", "pragma": "no-cache"}
            try:
                if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
                    raise TokenRefused("invalid_request", "The body must be application/x-www-form-urlencoded.")
                found = self.answer(await request.body(), request.headers.get("authorization"))
                return JSONResponse(found, headers=kept_out)
            except TokenRefused as refused:
                if refused.status == 401:
                    kept_out["www-authenticate"] = 'Basic realm="doselane"'
                body = {"error": refused.error, "error_description": refused.description}
                return JSONResponse(body, refused.status, kept_out)

        @router.api_route("/authorize", methods=["GET", "POST"])
        async def authorize(request: Request) -> Response:
            form = await request.body() if request.method == "POST" else None
            return sign_in.answer(self.url, self.browsers, self.persons, request.url.query, form)

        @router.get("/jwks")
        async def jwks() -> JSONResponse:
            return JSONResponse(self.jwks(), headers={"cache-control": "max-age=300"})

        @router.get(METADATA_PATH)
        async def metadata() -> JSONResponse:
            return JSONResponse(self.metadata())

        return router

    def mounts(self) -> dict[str, ASGIApp]:
        """Where a door mounts the issuer: at its path, and its metadata where RFC 8414 puts it, before that path."""
        path, app, well_known = urlsplit(self.url).path, _plain_app(), _plain_app()
        app.include_router(self.router())

        @well_known.get("/")
        async def metadata() -> JSONResponse:
            return JSONResponse(self.metadata())

        return {path or "/oauth": app, METADATA_PATH + path: well_known}

    def _everybody(self) -> Iterable[IssuerClient | Person]:
        return (*self.clients.values(), *self.persons.known.values())

    def _authenticated(self, fields: Mapping[str, str], authorization: str | None) -> str:
        """The client that proved who it is, by exactly one of the two ways of RFC 6749, section 2.3.1."""
        posted = (fields.get("client_id", ""), fields.get("client_secret", ""))
        if authorization and posted[1]:
            raise TokenRefused("invalid_request", "The client authenticates in two ways; use one.")
        client_id, secret = token_requests.basic(authorization) if authorization else posted
        known = self.clients.get(client_id)
        # An unknown client costs the same comparison, so that the time taken tells nothing.
        expected = known.secret.get_secret_value() if known else secret + "-"
        same = hmac.compare_digest(secret.encode(), expected.encode())
        if known is None or not same:
            raise TokenRefused("invalid_client", "No client has this id and secret.", 401)
        return client_id


def _plain_app() -> FastAPI:
    made = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    made.add_middleware(BodyLimit, bytes_max=FORM_BYTES_MAX)
    made.add_middleware(Codings)
    return made


def _granted(who: IssuerClient | Person, scope: str) -> tuple[str, ...]:
    scopes = tuple(scope.split()) or who.scopes
    if foreign := sorted(set(scopes) - set(who.scopes)):
        raise TokenRefused("invalid_scope", f"The client may not have: {' '.join(foreign)}.")
    return scopes


def _thumbprint(jwk: Mapping[str, Any]) -> str:
    """The key's own name (RFC 7638)."""
    members = json.dumps({name: jwk[name] for name in ("crv", "kty", "x")}, sort_keys=True, separators=(",", ":"))
    return base64.urlsafe_b64encode(hashlib.sha256(members.encode()).digest()).decode().rstrip("=")


def _kept_key(path: Path) -> Ed25519PrivateKey:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        draft = path.with_suffix(f".{os.getpid()}")
        with open(draft, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(pem)
        os.replace(draft, path)
    key = load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError(f"{path} holds another kind of key than Ed25519; remove it to get a new one.")
    return key
