"""A FastAPI application with the defaults every HTTP door has."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp

from services.kernel.errors import GatewayError
from services.kernel.http.coding import Codings
from services.kernel.http.guard import BODY_BYTES_MAX, Access, BodyLimit, Head
from services.kernel.http.mounts import Mounts
from services.kernel.http.problem import problem, problem_of, problem_of_http
from services.kernel.telemetry import Telemetry

READY_S_MAX = 2.0

Check = Callable[[], Awaitable[None]]
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def app(
    title: str,
    telemetry: Telemetry,
    *,
    checks: Mapping[str, Check] | None = None,
    body_bytes_max: int = BODY_BYTES_MAX,
    body_bytes_max_of: Mapping[str, int] | None = None,
    mounts: Mapping[str, ASGIApp] | None = None,
    lifespan: Lifespan | None = None,
    metrics: bool = False,
) -> FastAPI:
    """An application that answers every error as a problem and bounds what it takes in.

    /healthz says that the process runs; /readyz that its `checks` pass (each returns, or raises what is wrong).
    With `metrics` /metrics speaks Prometheus: for the operations port, which strangers cannot reach. `mounts` are
    other applications by prefix, with bounds of their own.
    """
    made = FastAPI(
        title=title, openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False, lifespan=lifespan
    )
    # The last one added is the outermost.
    made.add_middleware(BodyLimit, bytes_max=body_bytes_max, bytes_max_of=body_bytes_max_of)
    made.add_middleware(Codings)
    if mounts:
        made.add_middleware(Mounts, mounts=mounts)
    made.add_middleware(Head)
    made.add_middleware(Access, telemetry=telemetry)
    made.add_exception_handler(GatewayError, _gateway_error)
    made.add_exception_handler(RequestValidationError, _validation_error)
    made.add_exception_handler(HTTPException, _http_error)
    _add_probes(made, checks or {})
    if metrics:
        _add_metrics(made, telemetry)
    return made


def _add_probes(made: FastAPI, checks: Mapping[str, Check]) -> None:
    @made.get("/healthz", include_in_schema=False)
    async def healthz() -> Response:
        return PlainTextResponse("ok\n")

    @made.get("/readyz", include_in_schema=False)
    async def readyz() -> Response:
        states = await asyncio.gather(*(_state(check) for check in checks.values()))
        found = dict(zip(checks, states, strict=True))
        ready = all(state == "ok" for state in states)
        return JSONResponse({"ready": ready, "checks": found}, 200 if ready else 503)


def _add_metrics(made: FastAPI, telemetry: Telemetry) -> None:
    @made.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(telemetry.metrics_text(), media_type="text/plain; version=0.0.4; charset=utf-8")


async def _state(check: Check) -> str:
    try:
        async with asyncio.timeout(READY_S_MAX):
            await check()
    except TimeoutError:
        return "does not answer"
    except Exception as wrong:  # noqa: BLE001  A check may fail in any way; its name is what the reader needs.
        return type(wrong).__name__
    return "ok"


async def _gateway_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, GatewayError)
    return problem_of(error, request.url.path)


async def _validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    facts = {"field": place, "problems": str(len(error.errors()))}
    return problem(400, "INVALID_ARGUMENT", f"{place}: {first['msg']}.", facts, instance=request.url.path)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if request.method == "OPTIONS" and error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = {name for name in (error.headers or {}).get("Allow", "").split(", ") if name}
        offered = sorted(allowed | {"OPTIONS"} | ({"HEAD"} if "GET" in allowed else set()))
        return Response(status_code=204, headers={"allow": ", ".join(offered)})
    return problem_of_http(error, request.url.path)
