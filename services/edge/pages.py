"""The documents of all calls, and a page to try them at `/docs/api`. Nothing is fetched from elsewhere."""

import asyncio
import json
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.edge.openapi import selected
from services.edge.site import DocumentSite

# Swagger UI's own files, which the package fastapi-swagger carries inside its wheel.
ASSETS = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon-32x32.png": "image/png",
}
_SECURITY = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src *; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
}
_A_DAY = {"cache-control": "max-age=86400"}

_DOCS = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Doselane API</title>
<link rel="icon" href="/docs/api/favicon-32x32.png"><link rel="stylesheet" href="/docs/api/swagger-ui.css"></head>
<body><div id="docs"></div><noscript>Without scripts: <a href="/openapi.json">the OpenAPI document</a> and
<a href="/docs/">the documentation</a>.</noscript>
<script src="/docs/api/swagger-ui-bundle.js"></script><script src="/docs/api/start.js"></script></body></html>"""
_START = """SwaggerUIBundle({url: "/openapi.json", dom_id: "#docs", deepLinking: true, validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis], displayRequestDuration: true, tryItOutEnabled: true});
"""


def routes(documents: Mapping[str, Callable[[], dict[str, Any]]]) -> list[BaseRoute]:
    """The routes of the pages and of the OpenAPI documents, by address; each is made when it is first asked for."""
    made = [_document(path, make) for path, make in documents.items()]
    made.append(_fixed("/docs/api", _DOCS.encode(), "text/html; charset=utf-8"))
    made.append(_fixed("/docs/api/start.js", _START.encode(), "text/javascript"))
    for name, kind in ASSETS.items():
        made.append(_fixed(f"/docs/api/{name}", (files("fastapi_swagger.resources") / name).read_bytes(), kind, _A_DAY))
    # The site is last of what begins with its prefix.
    return [*made, *DocumentSite().routes(), _fixed("/favicon.ico", b"", "image/x-icon", _A_DAY)]


def _document(path: str, make: Callable[[], dict[str, Any]]) -> Route:
    """A route that answers the whole document, or with `?services=slotting,status` the part that those need."""

    @cache
    def whole() -> tuple[dict[str, Any], bytes]:
        document = make()
        return document, json.dumps(document).encode()

    async def serve(request: Request) -> Response:
        # Aside, as it takes a tenth of a second the first time.
        document, body = await asyncio.to_thread(whole)
        if services := ",".join(request.query_params.getlist("services")):
            body = json.dumps(selected(document, services.split(","))).encode()
        return Response(body, headers={**_SECURITY, "cache-control": "no-cache"}, media_type="application/json")

    return Route(path, serve, methods=["GET"], include_in_schema=False)


def _fixed(path: str, body: bytes, kind: str, headers: Mapping[str, str] | None = None) -> Route:
    """A route that always answers the same."""
    added = {**_SECURITY, **(headers or {"cache-control": "no-cache"})}

    async def serve(request: Request) -> Response:
        return Response(body, headers=added, media_type=kind)

    return Route(path, serve, methods=["GET"], include_in_schema=False)
