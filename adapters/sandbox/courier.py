"""A courier that tells of journeys: it pushes, and tries again when the door is busy or away, as real ones do."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import httpx
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from adapters.sandbox.journey import Faults, Journey, Scan


class DoorBusy(Exception):
    """The door asked to come again, or could not be reached."""


class SandboxCourier:
    """Pushes scans to one account, each as a body of its own. `body_of` writes a scan in the courier's format."""

    def __init__(
        self, base_url: str, path: str, headers: Mapping[str, str], body_of: Callable[[Scan], Mapping[str, Any]]
    ) -> None:
        self._path = path
        self._body_of = body_of
        self._http = httpx.AsyncClient(base_url=base_url, headers={**headers, "content-type": "application/json"})
        self.pushed = 0
        self.refused: list[Mapping[str, Any]] = []

    async def __aenter__(self) -> "SandboxCourier":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def tell(self, journey: Journey, faults: Faults | None = None) -> None:
        """Push the journey's scans, as faults have it."""
        for scan in (faults or Faults()).told(journey.scans()):
            await self.push(json.dumps(self._body_of(scan)).encode())

    async def push(self, body: bytes) -> httpx.Response:
        """Push a body; a refusal is kept in `refused`. Raises DoorBusy when the door stayed busy."""
        async for attempt in AsyncRetrying(
            retry=retry_if_exception_type(DoorBusy),
            stop=stop_after_attempt(6),
            wait=wait_exponential_jitter(multiplier=0.1, max=5),
            reraise=True,
        ):
            with attempt:
                answer = await self._post(body)
        self.pushed += 1
        if answer.is_error:
            self.refused.append(answer.json())
        return answer

    async def _post(self, body: bytes) -> httpx.Response:
        try:
            answer = await self._http.post(self._path, content=body)
        except httpx.TransportError as fault:
            raise DoorBusy(str(fault)) from fault
        if answer.status_code == 429 or answer.status_code >= 500:
            raise DoorBusy(answer.text)
        return answer
