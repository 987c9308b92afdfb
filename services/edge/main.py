"""The door as a process, and as a part of a larger one: the only place here that says which parts are real."""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, version
from platform import python_version

from fastapi import FastAPI
from starlette.types import ASGIApp

from services.edge import openapi, pages
from services.edge.api import Api
from services.edge.api import load as load_api
from services.edge.backends import Backends
from services.edge.routes import Streams, derived_routes
from services.edge.settings import Settings
from services.kernel import http, process, telemetry
from services.kernel.process import ListenSettings
from services.kernel.settings import load
from services.kernel.telemetry import Telemetry

PREFIX = "DOSELANE_EDGE"


def app(settings: Settings, measured: Telemetry, mounts: Mapping[str, ASGIApp] | None = None) -> FastAPI:
    """The door's application. `mounts` are other applications by prefix, such as the couriers' push under `/push`.

    `app.state.streams.stopping` is set before the server stops, so that open streams end at once.
    """
    api, mounts = load_api(), mounts or {}
    backends = Backends(settings.targets, api.bindings, settings.credentials())
    streams = Streams(settings.streams_at_once_max)
    made = http.app(
        "Doselane",
        measured,
        checks={"services": backends.check},
        body_bytes_max=settings.body_bytes_max,
        body_bytes_max_of={**_texts(api), **settings.body_bytes_max_of},
        at_once_max=settings.at_once_max,
        waiting_max=settings.waiting_max,
        mounts=mounts,
        lifespan=_closing(backends),
    )
    document = openapi.document(api, _version(), settings.token_url, settings.public_url)
    documents = {"/openapi.json": openapi.as_3_1(document), "/openapi-3.0.json": openapi.as_3_0(document)}
    build = {"build": settings.build or "not said", "Python": python_version()}
    # The first that fits answers, so what is asked most often comes first.
    made.router.routes[:0] = [
        derived_routes(api.bindings, backends, streams),
        *pages.routes(documents, pages.console(api, _version(), build, tuple(mounts))),
    ]
    made.state.streams = streams
    return made


def server(settings: Settings, measured: Telemetry, mounts: Mapping[str, ASGIApp] | None = None) -> http.HttpServer:
    """The door's server: a part that a process starts and stops."""
    made = app(settings, measured, mounts)
    return http.HttpServer(made, settings.listen, on_stop=made.state.streams.stopping.set)


async def main() -> None:
    """Runs the door as a process of its own."""
    settings = load(Settings, os.environ, PREFIX)
    listening = load(ListenSettings, os.environ, ListenSettings.PREFIX)
    measured = telemetry.setup("edge")
    try:
        with measured.active():
            await process.run([server(settings, measured)], grace_s=listening.grace.total_seconds())
    finally:
        measured.shutdown()


def _texts(api: Api) -> dict[str, int]:
    """Calls that take a whole file say themselves how long it may be; such an address has no variables."""
    return {binding.template.text: binding.text_body.bytes_max for binding in api.bindings if binding.text_body}


def _closing(backends: Backends) -> http.Lifespan:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await backends.close()

    return lifespan


def _version() -> str:
    try:
        return version("doselane")
    except PackageNotFoundError:
        return "0"  # A checkout that was not installed.


if __name__ == "__main__":
    process.main(main)
