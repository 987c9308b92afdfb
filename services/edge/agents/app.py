"""The door itself: who is let in, and what answers behind it, which is made when somebody first asks."""

import asyncio
from typing import Any, Final

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from services.edge.api import Api
from services.edge.replies import NO_STORE
from services.edge.routes import Door
from services.kernel.http.problem import problem
from services.kernel.identity import bearer

PREFIX: Final = "/mcp"


def app(door: Door, api: Api, version: str) -> ASGIApp:
    """The application that is mounted at PREFIX."""
    return _AgentsDoor(door, api, version)


class _AgentsDoor:
    def __init__(self, door: Door, api: Api, version: str) -> None:
        self._door, self._api, self._version = door, api, version
        self._opening = asyncio.Lock()
        self._behind: Any = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            # No stream is held open beside the requests: nothing is told that was not asked.
            detail = "This address takes POST only: one message of the protocol, answered on its own."
            headers = {"allow": "POST", **NO_STORE}
            refused = problem(405, "METHOD_NOT_ALLOWED", detail, {"allow": "POST"}, instance=PREFIX, headers=headers)
            await refused(scope, receive, send)
            return
        sent = Request(scope).headers
        if (origin := sent.get("origin")) is not None and origin.rpartition("://")[2] != sent.get("host"):
            detail = "A page of another site may not use this address: no Origin, or that of this host, is answered."
            refused = problem(403, "ORIGIN_REFUSED", detail, {"origin": origin}, instance=PREFIX, headers=NO_STORE)
            await refused(scope, receive, send)
            return
        token = bearer(sent.get("authorization"))
        caller = await self._door.verifier.verify(token)
        self._door.count(scope, caller)
        async with self._door.turns.turn(caller.partner):
            async with self._opening:
                self._behind = self._behind or await asyncio.to_thread(self._open)
            await self._behind(caller, token, scope, receive, send)

    def _open(self) -> Any:
        """The library and the tools take a second and a half, and most doors have no agents."""
        from services.edge.agents import serving

        server = serving.server_of(self._door, self._api, self._version)
        return lambda caller, token, *asgi: serving.serve(server, serving.Asking(caller, token), *asgi)
