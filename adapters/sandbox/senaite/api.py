"""SENAITE's JSON API over HTTP, with its manners: no is said in the body, forms are passed over with a yes, and an

error may leave half of what was asked for.
"""

import base64
import json
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from adapters.sandbox.senaite.catalogue import PAGE_SIZE, found, shown
from adapters.sandbox.senaite.laboratory import ANALYSIS, SAMPLE, SenaiteLaboratory

ROOT = "/@@API/senaite/v1"
_TYPES = {each.lower(): each for each in (SAMPLE, ANALYSIS)}
Served = Callable[[Request], Awaitable[Response]]


class SenaiteTwin:
    """SENAITE, as far as a program meets it. `faults` are answers that it gives next, whatever it is asked."""

    def __init__(self, laboratory: SenaiteLaboratory, user: str, password: str) -> None:
        self._laboratory, self.user, self.password = laboratory, user, password
        self.faults: deque[Callable[[], Response]] = deque()
        self.calls: list[str] = []
        self.lose_answers = 0  # so many changes are made, and their answer does not arrive
        self.half_made = 0  # so many samples are begun, and end in an error
        self.spoilt: deque[Callable[[], Response]] = deque()  # what it answers to a change instead of making it
        self.unknown_indexes: set[str] = set()  # of this site's release
        routes = [
            Route(f"{ROOT}/{{type}}/create/{{parent}}", self._checked(self._create), methods=["POST"]),
            Route(f"{ROOT}/{{type}}/create", self._checked(self._create), methods=["POST"]),
            Route(f"{ROOT}/update/{{uid}}", self._checked(self._update), methods=["POST"]),
            Route(f"{ROOT}/{{name}}", self._checked(self._read), methods=["GET"]),
        ]
        self.app = Starlette(routes=routes)

    def _checked(self, serve: Served) -> Served:
        async def served(request: Request) -> Response:
            self.calls.append(f"{request.method} {request.url.path.partition(ROOT)[2]}")
            pair = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
            if request.headers.get("authorization") != f"Basic {pair}":
                return _no(401, "Unauthorized", "You are not authorized", {"www-authenticate": 'Basic realm="Zope"'})
            if self.faults:
                return self.faults.popleft()()
            if self.spoilt and request.method == "POST":
                return self.spoilt.popleft()()
            return await serve(request)

        return served

    async def _read(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name in self._laboratory.objects:
            return JSONResponse({**shown(self._laboratory.objects[name], whole=True), "_runtime": 0.01})
        if name.lower() not in _TYPES:
            return _no(404, "NotFound", f"No object found for {name}")
        return JSONResponse(self._listed(request, _TYPES[name.lower()]))

    def _listed(self, request: Request, portal_type: str) -> dict[str, Any]:
        query = dict(request.query_params)
        known = {name: value for name, value in query.items() if name not in self.unknown_indexes}
        records = found(self._laboratory.objects.values(), portal_type, known)
        start, size = int(query.get("b_start", "0")), int(query.get("limit", PAGE_SIZE))
        whole = query.get("complete", "").lower() in ("1", "yes", "y", "true")
        there = records[start + size :]
        after = urlencode({**query, "b_start": start + size})
        return {
            "count": len(records),
            "pagesize": size,
            "page": start // size + 1,
            "pages": -(-len(records) // size),
            # Behind a proxy a server does not know by which name it was called.
            "next": f"http://senaite.internal:8080{request.url.path}?{after}" if there else None,
            "previous": None,
            "items": [shown(each, whole=whole) for each in records[start : start + size]],
            "_runtime": 0.01,
        }

    async def _create(self, request: Request) -> Response:
        fields = await _fields(request)
        if isinstance(fields, Response):
            return fields
        parent = request.path_params.get("parent") or fields.get("parent_uid")
        if not parent:
            return _no(401, "Unauthorized", "Creation under the site root is not allowed")
        if _TYPES.get(request.path_params["type"].lower()) != SAMPLE:
            return _no(404, "NotFound", "No such type")
        if self.half_made:
            self.half_made -= 1
            kept = {name: fields[name] for name in ("SampleType", "ClientSampleID") if name in fields}
            self._laboratory.add_sample(parent, kept)
            return _no(500, "AttributeError", "getObject")
        made = self._laboratory.add_sample(parent, fields)
        if made is None:
            return _no(200, "APIError", "No Objects could be created")
        return self._answered({"count": 1, "items": [shown(made, whole=True)], "success": True})

    async def _update(self, request: Request) -> Response:
        fields = await _fields(request)
        if isinstance(fields, Response):
            return fields
        there = self._laboratory.objects.get(request.path_params["uid"])
        if there is None or there["portal_type"] != SAMPLE:
            return _no(404, "NotFound", "No object found")
        self._laboratory.set_fields(there, fields)
        return self._answered({"count": 1, "items": [shown(there, whole=True)], "success": True})

    def _answered(self, body: dict[str, Any]) -> Response:
        if self.lose_answers:
            self.lose_answers -= 1
            return Response("<html>Bad Gateway</html>", 502, media_type="text/html")
        return JSONResponse(body)


async def _fields(request: Request) -> Any:
    """The fields of a JSON body. A form is passed over, and answered as if all were well."""
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        return JSONResponse({"count": 0, "items": [], "success": True})
    try:
        fields = json.loads(await request.body())
    except ValueError:
        fields = None
    return fields if isinstance(fields, dict) else _no(400, "BadRequest", "Request body is no valid JSON object")


def _no(status: int, kind: str, words: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"success": False, "type": kind, "message": words}, status, headers)
