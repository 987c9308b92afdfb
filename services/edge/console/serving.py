"""The files of console and portal, what they need to know of this installation, and the policy that they run under."""

import json
import mimetypes
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from doselane.decay import HALF_LIVES
from doselane.remedies import remedy, what_to_do
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.edge.settings import Settings

FILES: Final = Path(__file__).parent / "files"
# Where a page is: where people open it, and where the issuer sends them back to.
CONSOLE: Final = ("index.html", "/", "/signed-in")
PORTAL: Final = ("portal.html", "/portal", "/portal/signed-in")
_TYPES: Final = {".js": "text/javascript", ".css": "text/css", ".html": "text/html; charset=utf-8"}


def routes(settings: Settings, about: Mapping[str, str]) -> list[BaseRoute]:
    """The pages, their files below `/console/`, and documents of settings, half-lives, and what to do about errors.

    There is a portal only if it has a client at the issuer.
    """
    policy = _policy(settings)
    made = [_route(f"/console/{path.name}", path.read_bytes(), _type(path), policy) for path in sorted(FILES.iterdir())]
    for name, *paths in (CONSOLE, PORTAL) if settings.portal_client_id else (CONSOLE,):
        made += [_route(path, (FILES / name).read_bytes(), _TYPES[".html"], policy) for path in paths]
    sign_in = {
        "authorizationUrl": settings.console_authorization_url,
        "tokenUrl": settings.console_token_url or settings.token_url,
        "issuer": settings.console_issuer,
        "about": {name: value for name, value in about.items() if value},
    }
    documents: dict[str, Any] = {"half-lives": _half_lives(), "remedies": _remedies()}
    documents["console"] = {**sign_in, "clientId": settings.console_client_id, "scopes": settings.console_scopes}
    documents["portal"] = {**sign_in, **_portal(settings)}
    for name, document in documents.items():
        made.append(_route(f"/console/{name}.json", json.dumps(document).encode(), "application/json", policy))
    return [*made]


def _portal(settings: Settings) -> dict[str, str]:
    return {
        "clientId": settings.portal_client_id,
        "scopes": settings.portal_scopes,
        "name": settings.portal_name,
        "colour": settings.portal_colour,
        "logo": settings.portal_logo,
    }


def _half_lives() -> dict[str, float]:
    """Seconds, by the nuclide as the calls write it."""
    return {f"NUCLIDE_{nuclide.name}": float(each.seconds) for nuclide, each in HALF_LIVES.items()}


def _remedies() -> dict[str, str]:
    return {reason: remedy(reason) for reason in what_to_do()}


def _policy(settings: Settings) -> str:
    """Scripts and styles from here alone, calls to here and to the issuer, and no text becomes a script or markup."""
    token = urlsplit(settings.console_token_url or settings.token_url)
    issuer = f" {token.scheme}://{token.netloc}" if token.netloc else ""
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'{issuer}; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )


def _type(path: Path) -> str:
    return _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"


def _route(path: str, body: bytes, kind: str, policy: str) -> Route:
    """A route that always answers the same, and says so to whoever has it already."""
    etag = f'"{sha256(body).hexdigest()[:32]}"'
    headers = {
        "cache-control": "no-cache",
        "etag": etag,
        "content-security-policy": policy,
        "cross-origin-opener-policy": "same-origin",
        "referrer-policy": "no-referrer",
    }

    async def serve(request: Request) -> Response:
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type=kind)

    return Route(path, serve, methods=["GET"], include_in_schema=False)
