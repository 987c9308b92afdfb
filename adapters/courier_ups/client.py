"""The calls to UPS: Track, and subscribing to Track Alert. What an answer means is decided in `track` and `alerts`."""

import json
from typing import Any
from uuid import uuid4

import httpx

from adapters.courier_ups.settings import UpsSettings
from adapters.outbound import Away, Declined, Uncertain
from adapters.waiting import asked_to_wait

SOURCE = "doselane"
DETAILS = "/api/track/v1/details/"
INTERCEPT = "/api/deliveryintercept/v2/"
SUBSCRIPTION = "/api/track/v2/subscription/standard/package"


class UpsClient:
    """UPS's API with the account's credentials."""

    def __init__(self, http: httpx.AsyncClient, settings: UpsSettings) -> None:
        self._http, self.settings = http, settings

    async def details(self, number: str) -> bytes:
        """What UPS knows of a package; empty if it knows nothing, which of a new one is no fault."""
        try:
            answer = await self._http.get(f"{DETAILS}{number}", headers=_headers())
        except httpx.TransportError as fault:
            raise Away(f"UPS cannot be reached: {fault!r}") from fault
        if answer.status_code == httpx.codes.NOT_FOUND:
            return b""
        _check(answer)
        return answer.content

    async def subscribe(self, body: bytes) -> dict[str, Any]:
        """UPS's answer to a subscription."""
        answer = await self._posted(SUBSCRIPTION, body, _headers())
        _check(answer)
        return _object(answer)

    async def intercept(self, path: str, number: str, body: bytes) -> dict[str, Any]:
        """UPS's answer to an intercept, which may have been done where it answers that it broke down."""
        answer = await self._posted(f"{INTERCEPT}{path}/{number}", body, _intercepting())
        if answer.is_server_error:
            raise Uncertain(_words(answer))
        _check(answer)
        return _object(answer)

    async def eligibility(self, number: str) -> dict[str, Any]:
        """Which intercepts a package has, and could have."""
        try:
            answer = await self._http.get(f"{INTERCEPT}eligibility/intercept/{number}", headers=_intercepting())
        except httpx.TransportError as fault:
            raise Away(f"UPS cannot be reached: {fault!r}") from fault
        _check(answer)
        return _object(answer)

    async def _posted(self, path: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
        try:
            return await self._http.post(path, content=body, headers={**headers, "content-type": "application/json"})
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as fault:
            raise Away(f"UPS cannot be reached: {fault!r}") from fault
        except httpx.TransportError as fault:
            raise Uncertain(f"the answer of UPS was lost: {fault!r}") from fault


def _object(answer: httpx.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError as fault:
        raise Uncertain("the answer of UPS is not JSON") from fault
    return found if isinstance(found, dict) else {}


def _headers() -> dict[str, str]:
    """UPS refuses a call without these two (VSS002, VSS004)."""
    return {"transId": uuid4().hex, "transactionSrc": SOURCE}


def _intercepting() -> dict[str, str]:
    """An intercept has other headers: a shorter id, and that it is the shipper who asks, from a program."""
    return {"transId": uuid4().hex[:14], "platformType": "XOLT", "inquiryType": "U"}


def _check(answer: httpx.Response) -> None:
    """429 and 5xx pass by themselves; anything else that is no success is UPS's no, in UPS's words."""
    if answer.status_code == httpx.codes.TOO_MANY_REQUESTS or answer.is_server_error:
        raise Away(_words(answer), asked_to_wait(answer.headers))
    if not answer.is_success:
        raise Declined(_words(answer))


def _words(answer: httpx.Response) -> str:
    try:
        errors = answer.json()["response"]["errors"]
        return f"{answer.status_code}: " + "; ".join(f"{each['code']} {each['message']}" for each in errors)
    except (json.JSONDecodeError, UnicodeDecodeError, LookupError, TypeError):
        return f"{answer.status_code} {answer.reason_phrase}"
