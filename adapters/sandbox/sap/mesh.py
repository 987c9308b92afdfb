"""An event mesh: brings a system's business events to a webhook, in order, each until it is taken."""

import asyncio
import json
from contextlib import suppress
from typing import Self

import httpx
from tenacity import AsyncRetrying, retry_if_exception_type, wait_exponential_jitter

from adapters.sandbox.sap.events import CloudEvent
from adapters.sandbox.sap.system import SapSystem
from services.kernel.authorities import usual_context

PASSES_BY, PAUSE = retry_if_exception_type(httpx.HTTPError), wait_exponential_jitter(multiplier=0.1, max=2)


class NoConsent(Exception):
    """The webhook does not take our events (CloudEvents, HTTP webhook, abuse protection)."""


class SapEventMesh:
    """Entered, it delivers; before the first event it asks whether the webhook takes events of `origin`.

    `refused` are the answers to events that nobody wanted: they are not sent again, as with a real mesh's dead letters.
    """

    def __init__(self, system: SapSystem, webhook: str, login: tuple[str, str], origin: str) -> None:
        self.connected = asyncio.Event()  # cleared: events wait
        self.connected.set()
        self.delivered = 0
        self.refused: list[httpx.Response] = []
        self._webhook, self._login, self._origin = webhook, login, origin
        self._waiting: asyncio.Queue[CloudEvent] = asyncio.Queue()
        self._consent = False
        system.listeners.append(self._waiting.put_nowait)

    async def __aenter__(self) -> Self:
        self._http = httpx.AsyncClient(timeout=10, auth=httpx.BasicAuth(*self._login), verify=usual_context())
        self._task = asyncio.create_task(self._deliver())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        await self._http.aclose()

    async def _deliver(self) -> None:
        while True:
            event = await self._waiting.get()
            async for attempt in AsyncRetrying(retry=PASSES_BY, wait=PAUSE):
                with attempt:
                    await self.connected.wait()
                    await self._send(event)

    async def _send(self, event: CloudEvent) -> None:
        if not self._consent:
            await self._ask()
        kind = {"content-type": "application/cloudevents+json"}
        answer = await self._http.post(self._webhook, content=json.dumps(event), headers=kind)
        if answer.is_server_error or answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
            answer.raise_for_status()
        if answer.is_success:
            self.delivered += 1
        else:
            self.refused.append(answer)

    async def _ask(self) -> None:
        answer = await self._http.options(self._webhook, headers={"webhook-request-origin": self._origin})
        answer.raise_for_status()
        if answer.headers.get("webhook-allowed-origin") not in (self._origin, "*"):
            raise NoConsent(f"{self._webhook} takes no events of {self._origin}")
        self._consent = True
