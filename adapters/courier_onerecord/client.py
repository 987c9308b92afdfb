"""The calls to a carrier's ONE Record server. Nothing goes to another server, whatever address a body names."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import httpx

from adapters.courier_onerecord.settings import Settings
from adapters.courier_onerecord.subscriptions import Subscribed
from adapters.courier_onerecord.words import JSON_LD, VERSIONS
from adapters.manifest import Archive
from adapters.outbound import Away, Declined, Uncertain
from adapters.waiting import asked_to_wait

_TYPE = f"{JSON_LD}; version={VERSIONS[0]}"
_NOT_THERE = frozenset({httpx.codes.NOT_FOUND, httpx.codes.GONE})


class OneRecordClient:
    """A carrier's server with the account's credentials, and what the account keeps."""

    def __init__(self, settings: Settings, http: httpx.AsyncClient, archive: Archive) -> None:
        self.settings, self.archive = settings, archive
        self._http = http
        # What was asked for lately, so that it is not asked again with each shipment: until when it holds.
        self.subscribed: dict[str, datetime] = {}
        self.answered: dict[str, tuple[datetime, list[Subscribed]]] = {}
        self.read: dict[str, Subscribed | None] = {}

    def is_theirs(self, url: str) -> bool:
        """Whether an address is below the account's own: the same scheme, host, port, and path."""
        try:
            asked, base = httpx.URL(url), self._http.base_url
        except (httpx.InvalidURL, ValueError):
            return False
        if asked.userinfo or (asked.scheme, asked.host, _port(asked)) != (base.scheme, base.host, _port(base)):
            return False
        steps = asked.path.split("/")
        return asked.path.startswith(base.path) and not {".", ".."} & set(steps) and "\\" not in asked.path

    async def get(self, url: str, query: Mapping[str, str] | None = None) -> bytes:
        """What stands at an address of the carrier's; empty if nothing does, or we may not see it."""
        if not self.is_theirs(url):
            raise Declined(f"{url[:200]!r} is not on the account's server, so it is not asked for")
        try:
            answer = await self._http.get(httpx.URL(url).copy_with(fragment=None), params=query, headers=_accept())
        except httpx.TransportError as fault:
            raise Away(f"the carrier's server cannot be reached: {fault!r}") from fault
        if answer.status_code in _NOT_THERE or answer.status_code == httpx.codes.FORBIDDEN:
            return b""
        _check(answer)
        return answer.content

    async def ask(self, path: str, query: Mapping[str, str]) -> bytes:
        """What the carrier's server answers at a path of the API; empty if it has nothing of this."""
        return await self.get(f"{str(self._http.base_url).rstrip('/')}{path}", query)

    async def post(self, path: str, body: bytes) -> str:
        """Posts JSON-LD; the address of what it became, if the carrier says."""
        headers = {**_accept(), "content-type": _TYPE}
        try:
            answer = await self._http.post(path, content=body, headers=headers)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as fault:
            raise Away(f"the carrier's server cannot be reached: {fault!r}") from fault
        except httpx.TransportError as fault:
            raise Uncertain(f"the answer of the carrier's server was lost: {fault!r}") from fault
        _check(answer)
        return str(answer.headers.get("location", ""))


def _accept() -> dict[str, str]:
    return {"accept": _TYPE}


def _port(url: httpx.URL) -> int | None:
    return url.port or {"https": 443, "http": 80}.get(url.scheme)


def _check(answer: httpx.Response) -> None:
    """429 and 5xx pass by themselves; a redirect is not followed; anything else that is no success is a no."""
    if answer.status_code in (408, 425, 429) or answer.is_server_error:
        raise Away(_words(answer), asked_to_wait(answer.headers))
    if not answer.is_success:
        raise Declined(_words(answer))


def _words(answer: httpx.Response) -> str:
    """The status with the words of the carrier's api:Error, however its names are written."""
    try:
        error = json.loads(answer.content)
        told = [str(value) for name, value in _told(error) if name.endswith(("hasTitle", "hasMessage"))]
    except (ValueError, RecursionError):
        told = []
    return f"{answer.status_code}: " + ("; ".join(told[:4]) or answer.reason_phrase)


def _told(value: Any) -> list[tuple[str, Any]]:
    """Names and texts of an object and of what is in it, three levels deep."""
    found: list[tuple[str, Any]] = []
    level = [value]
    for _ in range(5):
        objects = [each for each in level if isinstance(each, dict)]
        found += [(name, text) for each in objects for name, text in each.items() if isinstance(text, str)]
        found += [("hasMessage", each["@value"]) for each in objects if isinstance(each.get("@value"), str)]
        level = [below for each in objects for below in each.values()] + [
            below for each in level if isinstance(each, list) for below in each
        ]
    return found
