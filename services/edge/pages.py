"""The pages for people: the console at `/`, and the calls to try at `/docs/api`. Nothing is fetched from elsewhere."""

import json
from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.edge.api import Api
from services.edge.openapi import selected
from services.edge.site import Site

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

_HERE = Path(__file__).parent
_STYLE = (_HERE / "console.css").read_text("utf-8")
# Filled by console.js with what the public calls answer to the token entered.
_NOW = """<h2>Now</h2><form id="ask"><label>Access token <input id="token" type="password" autocomplete="off" required>
</label> <button>Show</button></form><noscript>This part needs scripts.</noscript><section id="now" hidden>
<h3>Open runs and what is left of them</h3><div id="runs"></div>
<h3>Next deliveries of isotope</h3><div id="deliveries"></div>
<h3>Proposals that wait</h3><div id="proposals"></div>
<h3>What couriers told that cannot be true</h3><div id="doubts"></div></section>"""
_DOCS = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Doselane API</title>
<link rel="icon" href="/docs/api/favicon-32x32.png"><link rel="stylesheet" href="/docs/api/swagger-ui.css"></head>
<body><div id="docs"></div><noscript>Without scripts: <a href="/openapi.json">the OpenAPI document</a> and
<a href="/">the list of calls</a>.</noscript>
<script src="/docs/api/swagger-ui-bundle.js"></script><script src="/docs/api/start.js"></script></body></html>"""
_START = """SwaggerUIBundle({url: "/openapi.json", dom_id: "#docs", deepLinking: true, validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis], displayRequestDuration: true, tryItOutEnabled: true});
"""


def routes(documents: Mapping[str, dict[str, Any]], console: str) -> list[BaseRoute]:
    """The routes of the pages and of the OpenAPI documents, by address."""
    made = [_document(path, body) for path, body in documents.items()]
    made.append(_fixed("/", console.encode(), "text/html; charset=utf-8"))
    made.append(_fixed("/console.js", (_HERE / "console.js").read_bytes(), "text/javascript"))
    made.append(_fixed("/docs/api", _DOCS.encode(), "text/html; charset=utf-8"))
    made.append(_fixed("/docs/api/start.js", _START.encode(), "text/javascript"))
    for name, kind in ASSETS.items():
        made.append(_fixed(f"/docs/api/{name}", (files("fastapi_swagger.resources") / name).read_bytes(), kind, _A_DAY))
    # The site is last of what begins with its prefix.
    return [*made, *Site().routes(), _fixed("/favicon.ico", b"", "image/x-icon", _A_DAY)]


def console(api: Api, version: str, build: Mapping[str, str], mounts: Sequence[str]) -> str:
    """The page that says what is here."""
    links = {
        "/docs/": "documentation: guides, calls, events, errors and what to do",
        "/docs/api": "all calls, to try",
        "/openapi.json": "OpenAPI 3.1",
        "/openapi-3.0.json": "OpenAPI 3.0, for Salesforce External Services and others",
        "/fhir/r4/metadata": "HL7 FHIR R4, for schedulers: offers as Slots, claims as Appointments",
        "/healthz": "the process runs",
        "/readyz": "the services behind it can be reached",
    }
    shown = [_row((f'<a href="{path}"><code>{path}</code></a>', escape(told))) for path, told in links.items()]
    shown += [_row((f"<code>{escape(path)}</code>", "served by another part of the gateway")) for path in mounts]
    calls = [
        _row(
            (
                f"<code>{binding.http_method}</code>",
                f"<code>{escape(binding.template.openapi(api.singular_of)[0])}</code>",
                f"<code>{escape(' '.join(binding.scopes))}</code>",
                escape(api.comment(binding.method.full_name)),
            )
        )
        for binding in api.bindings
    ]
    facts = [_row((escape(name), f"<code>{escape(value)}</code>")) for name, value in build.items()]
    return _page(version, shown, calls, facts)


def _page(version: str, links: list[str], calls: list[str], facts: list[str]) -> str:
    head = _row(("Method", "Address", "Scope", "What it does"), "th")
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Doselane {escape(version)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head><body><main>
<h1>Doselane</h1><p>Claim a manufacturing slot; follow the dose to the patient. Everything here is also served over
gRPC, with reflection and health.</p>{_NOW}<h2>What is here</h2><table>{"".join(links)}</table>
<h2>Calls</h2><table>{head}{"".join(calls)}</table>
<h2>This door</h2><table>{_row(("version", f"<code>{escape(version)}</code>"))}{"".join(facts)}</table>
</main><script src="/console.js"></script></body></html>"""


def _row(cells: Sequence[str], kind: str = "td") -> str:
    return f"<tr>{''.join(f'<{kind}>{cell}</{kind}>' for cell in cells)}</tr>"


def _document(path: str, document: dict[str, Any]) -> Route:
    """A route that answers the whole document, or with `?services=slotting,status` the part that those need."""
    whole = json.dumps(document).encode()

    async def serve(request: Request) -> Response:
        services = ",".join(request.query_params.getlist("services"))
        body = json.dumps(selected(document, services.split(","))).encode() if services else whole
        return Response(body, headers={**_SECURITY, "cache-control": "no-cache"}, media_type="application/json")

    return Route(path, serve, methods=["GET"], include_in_schema=False)


def _fixed(path: str, body: bytes, kind: str, headers: Mapping[str, str] | None = None) -> Route:
    """A route that always answers the same."""
    added = {**_SECURITY, **(headers or {"cache-control": "no-cache"})}

    async def serve(request: Request) -> Response:
        return Response(body, headers=added, media_type=kind)

    return Route(path, serve, methods=["GET"], include_in_schema=False)
