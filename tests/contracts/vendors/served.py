"""A vendor's twin as the provider of a contract: its server, and the states that it can be brought into."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from starlette.applications import Starlette

from services.kernel.http import HttpServer
from services.local.contracts.door import Answer, Asked

State = Callable[[], None]


class TwinStates:
    """Brings about the states of one twin. Everything else of a contract it answers by itself, over HTTP."""

    def __init__(self, emptied: State, states: Mapping[str, State]) -> None:
        self._emptied, self._states = emptied, states
        self._begun = False

    def state(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """The first state of an interaction begins anew, each further one adds to it."""
        if asked["action"] == "teardown":
            self._begun = False
            return {}
        if not self._begun:
            self._emptied()
            self._begun = True
        self._states[asked["state"]]()
        return {}

    def message(self, asked: Mapping[str, Any]) -> Answer:
        """No contract with a vendor has messages."""
        raise NotImplementedError(asked)

    def forward(self, asked: Asked) -> Answer:
        """HTTP goes to the twin itself."""
        raise NotImplementedError(asked)


Twin = Callable[[], AbstractAsyncContextManager[tuple[str, TwinStates]]]


@asynccontextmanager
async def served(app: Starlette) -> AsyncIterator[str]:
    """Where it listens, on a port of its own."""
    server = HttpServer(app, "127.0.0.1:0")
    await server.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        await server.stop(0)
