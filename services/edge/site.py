"""The documentation site under `/docs/`: static files that were built beforehand (`make docs`), served as they are."""

import mimetypes
import re
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

FOLDER: Final = Path(__file__).parent / "docs" / "site"
PREFIX: Final = "/docs/"
# By convention these are looked for at the top.
AT_THE_TOP: Final = ("llms.txt", "llms-full.txt")
_TYPES: Final = {
    ".md": "text/markdown; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".yaml": "application/yaml",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript",
}
# The generator's pages hold a few scripts of their own; each may run by its hash, and none besides.
_INLINE = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
_NOT_BUILT = b"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Doselane</title></head><body>
<h1>The guides are not here</h1><p>This gateway was started without its documentation site. Where the sources are,
<code>make docs</code> builds it; then start the gateway again.</p><p><a href="/docs/api">All calls, to try</a>,
<a href="/openapi.json">OpenAPI 3.1</a>, <a href="/">the console</a>.</p></body></html>"""


@dataclass(frozen=True)
class StaticFile:
    """A file's bytes, and the headers that it is always served with."""

    body: bytes
    headers: Mapping[str, str]

    @classmethod
    def read(cls, path: Path) -> "StaticFile":
        """Reads a file, and says by its name what it is."""
        body = path.read_bytes()
        kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        kept = "max-age=86400" if "assets" in path.parts else "no-cache"
        etag = f'"{sha256(body).hexdigest()[:32]}"'
        headers = {"content-type": kind, "cache-control": kept, "etag": etag, "content-security-policy": _policy(body)}
        return cls(body, {**headers, "referrer-policy": "no-referrer"})


@dataclass
class DocumentSite:
    """The files below a folder, each read when it is first asked for and kept. A folder that is not there has none."""

    folder: Path = FOLDER
    _kept: dict[str, StaticFile] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Only what was there at the start is served, so that no address leads out of the folder.
        found = self.folder.rglob("*") if self.folder.is_dir() else ()
        self._paths = {path.relative_to(self.folder).as_posix(): path for path in found if path.is_file()}

    def file(self, path: str) -> StaticFile | None:
        """The file of an address below `/docs/`; a folder's is its page."""
        name = f"{path}index.html" if path.endswith("/") or not path else path
        if name not in self._paths:
            return None
        if name not in self._kept:
            self._kept[name] = StaticFile.read(self._paths[name])
        return self._kept[name]

    def routes(self) -> list[BaseRoute]:
        """The site, and what programs look for at the top."""
        made = [Route("/docs", _to_the_site, methods=["GET"], include_in_schema=False)]
        made += [Route(f"/{name}", self._serve(name), methods=["GET"], include_in_schema=False) for name in AT_THE_TOP]
        made.append(Route(PREFIX + "{path:path}", self._serve(), methods=["GET"], include_in_schema=False))
        return [*made]

    def _serve(self, name: str | None = None) -> Callable[[Request], Awaitable[Response]]:
        async def serve(request: Request) -> Response:
            path = request.path_params["path"] if name is None else name
            found = self.file(path)
            if found is None and path and f"{path}/index.html" in self._paths:
                return RedirectResponse(f"{PREFIX}{path}/", 308)
            if found is None:
                return self._missing(path)
            if request.headers.get("if-none-match") == found.headers["etag"]:
                return Response(status_code=304, headers=dict(found.headers))
            return Response(found.body, headers=dict(found.headers))

        return serve

    def _missing(self, path: str) -> Response:
        told = self.file("404.html")
        if told:
            return Response(told.body, 404, dict(told.headers))
        headers = {"content-security-policy": _policy(_NOT_BUILT), "cache-control": "no-cache"}
        return Response(_NOT_BUILT, 404 if path else 200, headers, "text/html; charset=utf-8")


async def _to_the_site(request: Request) -> Response:
    return RedirectResponse(PREFIX, 308)


def _policy(page: bytes) -> str:
    """What a page may do: run the site's scripts and its own by their hashes, and ask this door alone."""
    hashes = {f"'sha256-{b64encode(sha256(script).digest()).decode()}'" for script in _INLINE.findall(page)}
    scripts = " ".join(["'self'", *sorted(hashes)])
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
