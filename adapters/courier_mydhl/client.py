"""The calls to MyDHL API's tracking: of many numbers at once, or of one with the offset of each event."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import httpx

from adapters.outbound import Away, Declined
from adapters.waiting import asked_to_wait

VERSION = "3.1.0"  # "do not change this field value", says the OpenAPI
WAYBILLS, PIECES = "shipmentTrackingNumber", "pieceTrackingNumber"
WORDS_CHARACTERS_MAX = 300
_WHOLE = {"trackingView": "all-checkpoints-with-remarks", "levelOfDetail": "all"}
_DENIED = (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN)


class QueryRefused(Declined):
    """DHL does not take these numbers. It says nothing of others."""


class MyDhlClient:
    """MyDHL API with the account's user and password."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def many(self, name: str, numbers: Sequence[str]) -> bytes | None:
        """What DHL answers for waybills or pieces; None if it knows none of them."""
        return await self._get("/tracking", [*_WHOLE.items(), *((name, number) for number in numbers)])

    async def one(self, waybill: str) -> bytes | None:
        """What DHL answers for one waybill, with the offset of each event, which the other call does not give."""
        return await self._get(
            f"/shipments/{waybill}/tracking", [*_WHOLE.items(), ("requestGMTOffsetPerEvent", "true")]
        )

    async def _get(self, path: str, asked: Sequence[tuple[str, str]]) -> bytes | None:
        headers = {"x-version": VERSION, "Message-Reference": str(uuid4()), "Accept-Language": "eng"}
        try:
            answer = await self._http.get(path, params=httpx.QueryParams(tuple(asked)), headers=headers)
        except httpx.TransportError as fault:
            raise Away(f"MyDHL cannot be reached: {fault!r}") from fault
        body = error_of(answer.content)
        status = _status(answer, body)
        if status == httpx.codes.NOT_FOUND and body is not None:
            return None
        if status == httpx.codes.TOO_MANY_REQUESTS or httpx.codes.is_server_error(status):
            raise Away(_words(status, answer, body), asked_to_wait(answer.headers))
        if status in _DENIED or (body is None and not httpx.codes.is_success(status)):
            raise Declined(_words(status, answer, body))
        if not httpx.codes.is_success(status):
            raise QueryRefused(_words(status, answer, body))
        return answer.content


def error_of(content: bytes) -> dict[str, Any] | None:
    """The error document that an answer is; None if it is something else."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return None
    says_error = isinstance(body, dict) and "shipments" not in body
    return body if says_error and any(body.get(name) for name in ("title", "detail", "message")) else None


def _status(answer: httpx.Response, body: dict[str, Any] | None) -> int:
    """The status that counts: an error inside a success is no success. The document writes it as a text."""
    inner = str((body or {}).get("status", ""))
    if not answer.is_success or body is None:
        return answer.status_code
    return int(inner) if inner.isascii() and inner.isdigit() and len(inner) == 3 else httpx.codes.BAD_REQUEST


def _words(status: int, answer: httpx.Response, body: dict[str, Any] | None) -> str:
    if body is None:
        kind = answer.headers.get("content-type", "no type").partition(";")[0]
        return f"{status}: the answer of MyDHL is no error document but {kind[:WORDS_CHARACTERS_MAX]}"
    said = [str(body[name])[:WORDS_CHARACTERS_MAX] for name in ("title", "message", "detail") if body.get(name)]
    return f"{status}: {': '.join(dict.fromkeys(said))}"
