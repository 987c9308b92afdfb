"""A courier that tells of journeys as time goes by: it pushes, and tries again when the door is busy or away."""

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from adapters.sandbox.journey import Faults, Journey, Scan
from services.kernel.authorities import usual_context


class DoorBusy(Exception):
    """The door asked to come again, or could not be reached."""


Now = Callable[[], Awaitable[datetime]]


async def machine_time() -> datetime:
    """The machine's clock, for who has no other."""
    return datetime.now(UTC)


class SandboxCourier:
    """Pushes scans to one account, each as a body of its own. `body_of` writes a scan in the courier's format.

    `now` is the clock that it lives by: the gateway's, so that nothing happens before its time.
    """

    def __init__(
        self,
        base_url: str,
        path: str,
        headers: Mapping[str, str],
        body_of: Callable[[Scan], Mapping[str, Any]],
        *,
        auth: httpx.Auth | None = None,
        now: Now = machine_time,
    ) -> None:
        self._now = now
        self._to_tell: list[tuple[datetime, Scan]] = []
        self._path = path
        self._body_of = body_of
        self._http = httpx.AsyncClient(
            base_url=base_url,
            headers={**headers, "content-type": "application/json"},
            auth=auth,
            verify=usual_context(),
        )
        self.pushed = 0
        self.refused: list[Mapping[str, Any]] = []

    async def __aenter__(self) -> "SandboxCourier":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    def take(self, journey: Journey, faults: Faults | None = None) -> None:
        """Take a shipment: its scans will be told when their time has come, as faults have it."""
        told_at = datetime.min.replace(tzinfo=UTC)
        for scan in (faults or Faults()).told(journey.scans()):
            told_at = max(told_at, scan.at)  # what is told out of order is told late, never early
            self._to_tell.append((told_at, scan))
        self._to_tell.sort(key=lambda each: each[0])

    def stop(self, reference: str) -> None:
        """Set a shipment apart, as after a recall: what was still to be told of it does not come about."""
        self._to_tell = [(at, scan) for at, scan in self._to_tell if scan.reference != reference]

    @property
    def due_at(self) -> datetime | None:
        """When there is something to tell again; None: never."""
        return self._to_tell[0][0] if self._to_tell else None

    async def tell_due(self) -> list[Scan]:
        """Push all scans whose time has come; answers of which."""
        now = await self._now()
        told = []
        while self._to_tell and self._to_tell[0][0] <= now:
            scan = self._to_tell.pop(0)[1]
            await self.push_scan(scan)
            told.append(scan)
        return told

    @property
    def told(self) -> bool:
        """Whether something of what it pushed was taken."""
        return self.pushed > len(self.refused)

    async def push_scan(self, scan: Scan) -> None:
        """Push one scan, whatever the clock says."""
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
