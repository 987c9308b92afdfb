"""The door as a process, and as a part of a larger one: the only place here that says which parts are real."""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from platform import python_version
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp

from services.edge import agents, console, fhir, large, openapi, pages
from services.edge.api import Api
from services.edge.api import load as load_api
from services.edge.backends import Backends
from services.edge.routes import WAIT_S_MAX, Door, derived_routes
from services.edge.settings import Settings
from services.edge.streams import Streams
from services.kernel import http, process, telemetry
from services.kernel.aside import Aside
from services.kernel.clock import SystemClock
from services.kernel.identity import TokenVerifier
from services.kernel.process import ListenSettings
from services.kernel.quotas import Quotas
from services.kernel.settings import load
from services.kernel.shares import Turns
from services.kernel.standalone import IdentitySettings, verifier_of
from services.kernel.telemetry import Telemetry

PREFIX = "DOSELANE_EDGE"


def app(
    settings: Settings,
    measured: Telemetry,
    verifier: TokenVerifier,
    mounts: Mapping[str, ASGIApp] | None = None,
    quotas: Quotas | None = None,
) -> FastAPI:
    """The door's application. `mounts` are other applications by prefix, such as the couriers' push under `/push`.

    `app.state.streams.stopping` is set before the server stops, so that open streams end at once.
    """
    api, mounts = load_api(), mounts or {}
    large.know(api)
    backends = Backends(settings.targets, api.bindings, settings.credentials())
    door = Door(
        verifier,
        Turns(settings.at_once_max, settings.waiting_max, WAIT_S_MAX),
        Streams(settings.streams_at_once_max),
        Aside(waiting_max=settings.at_once_max),
        backends,
        quotas,
    )
    facade = fhir.app(door, api.bindings, _version(), settings.public_url, settings.fhir_source_system)
    made = http.app(
        "Doselane",
        measured,
        checks={"services": backends.check},
        body_bytes_max=settings.body_bytes_max,
        body_bytes_max_of=_texts(api),
        mounts={**mounts, fhir.PREFIX: facade, agents.PREFIX: agents.app(door, api, _version())},
        lifespan=_closing(door),
    )

    @cache
    def document() -> dict[str, Any]:
        return openapi.document(api, _version(), settings.token_url, settings.public_url)

    documents = {
        "/openapi.json": lambda: openapi.as_3_1(document()),
        "/openapi-3.0.json": lambda: openapi.as_3_0(document()),
    }
    about = {"version": _version(), "build": settings.build, "python": python_version()}
    # The first that fits answers, so what is asked most often comes first.
    made.router.routes[:0] = [
        derived_routes(api.bindings, door),
        *console.routes(settings, about),
        *pages.routes(documents),
    ]
    made.state.streams = door.streams
    return made


def server(
    settings: Settings,
    measured: Telemetry,
    verifier: TokenVerifier,
    mounts: Mapping[str, ASGIApp] | None = None,
    quotas: Quotas | None = None,
) -> http.HttpServer:
    """The door's server: a part that a process starts and stops."""
    made = app(settings, measured, verifier, mounts, quotas)
    proxies = [each.strip() for each in settings.proxies.split(",") if each.strip()]
    return http.HttpServer(made, settings.listen, on_stop=made.state.streams.stopping.set, proxies=proxies)


async def main() -> None:
    """Runs the door as a process of its own."""
    settings = load(Settings, os.environ, PREFIX)
    listening = load(ListenSettings, os.environ, ListenSettings.PREFIX)
    identity = load(IdentitySettings, os.environ, IdentitySettings.PREFIX)
    measured = telemetry.setup("edge")
    door = server(settings, measured, verifier_of(identity, SystemClock()), quotas=listening.quotas())
    operations = http.HttpServer(http.app("Doselane edge", measured, metrics=True), listening.ops_listen)
    try:
        with measured.active():
            await process.run([door, operations], grace_s=listening.grace.total_seconds())
    finally:
        measured.shutdown()


def _texts(api: Api) -> dict[str, int]:
    """Calls that take a whole file say themselves how long it may be; such an address has no variables."""
    return {binding.template.text: binding.text_body.bytes_max for binding in api.bindings if binding.text_body}


def _closing(door: Door) -> http.Lifespan:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        door.aside.close()
        await door.backends.close()

    return lifespan


def _version() -> str:
    try:
        return version("doselane")
    except PackageNotFoundError:
        return "0"  # A checkout that was not installed.


if __name__ == "__main__":
    process.main(main)
