"""The calls to DHL's unified tracking: one number each, at a pace that DHL allows."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx

from adapters.courier_dhl.settings import DhlOptions
from adapters.outbound import Away, Declined
from adapters.waiting import asked_to_wait, until_midnight

SHIPMENTS = "/track/shipments"
WORDS_CHARACTERS_MAX = 300
# The host waits 1, 2 and 4 seconds after the first three.
QUOTA_AFTER = 4


class NumberRefused(Declined):
    """DHL does not take this number. It says nothing of the others."""


class DhlClient:
    """DHL's tracking with the account's key and division."""

    def __init__(
        self,
        options: DhlOptions,
        http: httpx.AsyncClient,
        *,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._http, self._options, self._sleep = http, options, sleep
        self._next_at = 0.0  # by the clock of the event loop
        self._turn = asyncio.Lock()
        self._too_many = 0  # so many answers in a row said that it was too much

    async def shipments(self, number: str) -> bytes | None:
        """What DHL answers for a number; None if it knows nothing of it, as of a shipment not scanned yet."""
        await self._pace()
        asked = {"trackingNumber": number, "service": self._options.service, "language": "en"}
        try:
            answer = await self._http.get(SHIPMENTS, params=asked, headers={"accept": "application/json"})
        except httpx.TransportError as fault:
            raise Away(f"DHL cannot be reached: {fault!r}") from fault
        body = _object(answer)
        status = _status(answer, body)
        if status == httpx.codes.TOO_MANY_REQUESTS:
            raise Away(_words(status, answer, body), self._wait(answer))
        self._too_many = 0
        if status == httpx.codes.NOT_FOUND and body is not None:
            return None
        if status == httpx.codes.BAD_REQUEST and body is not None:
            raise NumberRefused(_words(status, answer, body))
        if status >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise Away(_words(status, answer, body), asked_to_wait(answer.headers))
        if not httpx.codes.is_success(status):
            raise Declined(_words(status, answer, body))
        return answer.content

    def _wait(self, answer: httpx.Response) -> timedelta | None:
        """How long DHL wants to be left alone, which mostly it does not say.

        What was too fast passes in seconds; what still holds then is the quota of the day, and trying in vain all day
        helps nobody.
        """
        self._too_many += 1
        asked = asked_to_wait(answer.headers)
        return until_midnight(answer.headers) if asked is None and self._too_many >= QUOTA_AFTER else asked

    async def _pace(self) -> None:
        """One call after another, with the account's pause between them."""
        async with self._turn:
            loop = asyncio.get_running_loop()
            wait = self._next_at - loop.time()
            if wait > 0:
                await self._sleep(wait)
            self._next_at = loop.time() + self._options.pause / timedelta(seconds=1)


def _object(answer: httpx.Response) -> dict[str, Any] | None:
    try:
        body = json.loads(answer.content)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def _status(answer: httpx.Response, body: dict[str, Any] | None) -> int:
    """The status that counts: a problem document inside a success is no success."""
    inner = (body or {}).get("status")
    says_problem = body is not None and "shipments" not in body and isinstance(inner, int) and inner >= 400
    return int(inner) if answer.is_success and says_problem and inner is not None else answer.status_code


def _words(status: int, answer: httpx.Response, body: dict[str, Any] | None) -> str:
    if body is None:
        kind = answer.headers.get("content-type", "no type").partition(";")[0]
        return f"{status}: the answer of DHL is not JSON but {kind[:WORDS_CHARACTERS_MAX]}"
    said = [str(body[name])[:WORDS_CHARACTERS_MAX] for name in ("title", "detail") if body.get(name)]
    return f"{status}: {': '.join(said) or answer.reason_phrase}"
