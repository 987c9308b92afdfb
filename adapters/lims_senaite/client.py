"""The calls to SENAITE's JSON API. The body says whether something was done, not the status."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from adapters.mapping import Mapped
from adapters.outbound import Away, Declined, Uncertain
from adapters.waiting import asked_to_wait

API = "/@@API/senaite/v1"
SAMPLES = {"catalog": "senaite_catalog_sample"}
ANALYSES = {"catalog": "senaite_catalog_analysis"}
PAGE_SIZE = 100
PAGES_MAX = 50


@dataclass(frozen=True, slots=True)
class HitsPage:
    """A page of a list: catalogue columns, and how many there are in all."""

    count: int
    items: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Spoilt:
    """SENAITE says no, in these words, and half of it may have been made."""

    words: str
    may_pass: bool  # an exception of the server, which need not come again


class SenaiteClient:
    """SENAITE's API with the account's credentials, options and mapping."""

    def __init__(self, http: httpx.AsyncClient, given: Mapped) -> None:
        self._http, self.given = http, given

    async def read(self, uid: str) -> dict[str, Any]:
        """An object with all its fields; it is the root of the answer."""
        found = await self._get(f"/{uid}", {})
        return {name: value for name, value in found.items() if not name.startswith("_")}

    async def pages(self, portal_type: str, asked: Mapping[str, Any]) -> AsyncIterator[HitsPage]:
        """The pages of a list, one after the other as `next` says."""
        query: Any = {**asked, "limit": PAGE_SIZE}
        for _ in range(PAGES_MAX):
            found = await self._get(f"/{portal_type}", query)
            items, count = found.get("items"), found.get("count")
            if not isinstance(items, list) or not isinstance(count, int):
                raise Away("the answer of SENAITE is no list")
            yield HitsPage(count, [each for each in items if isinstance(each, dict)])
            if not found.get("next"):
                return
            # The server names itself as it pleases behind a proxy, and credentials go to the account's address alone.
            query = httpx.QueryParams(httpx.URL(str(found["next"])).query)

    async def analysis_hits(self, sample_id: str) -> list[dict[str, Any]]:
        """The analyses of a sample, with the catalogue's columns."""
        asked = {**ANALYSES, "getRequestID": sample_id}
        hits: list[dict[str, Any]] = []
        async for page in self.pages("Analysis", asked):
            # A filter whose name it does not know is dropped, and then everything comes.
            if any(each.get("getRequestID") != sample_id for each in page.items):
                raise Declined(f"the list of the analyses of {sample_id} came unfiltered")
            hits += page.items
        return hits

    async def analyses(self, sample_id: str) -> list[dict[str, Any]]:
        """The analyses of a sample with all their fields."""
        hits = await self.analysis_hits(sample_id)
        whole = await asyncio.gather(*(self.read(str(each.get("uid"))) for each in hits))
        if any(hit.get("review_state") != each.get("review_state") for hit, each in zip(hits, whole, strict=True)):
            # A retest ordered meanwhile makes the old result verified, and its new analysis is not in the list.
            raise Away(f"the analyses of {sample_id} changed while they were read")
        return [{**hit, **each} for hit, each in zip(hits, whole, strict=True)]

    async def create(self, client: str, fields: Mapping[str, Any]) -> Spoilt | None:
        """Makes a sample of a client."""
        return await self._post(f"/AnalysisRequest/create/{client}", fields)

    async def update(self, uid: str, fields: Mapping[str, Any]) -> Spoilt | None:
        """Changes fields of an object."""
        return await self._post(f"/update/{uid}", fields)

    async def _get(self, path: str, query: Any) -> dict[str, Any]:
        try:
            answer = await self._http.get(f"{API}{path}", params=query)
        except httpx.TransportError as fault:
            raise Away(f"SENAITE cannot be reached: {fault!r}") from fault
        body = _object(answer)
        if answer.is_client_error and answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
            raise Declined(_words(answer, body))
        if body is None or not answer.is_success or body.get("success") is False:
            raise Away(_words(answer, body), asked_to_wait(answer.headers))
        return body

    async def _post(self, path: str, fields: Mapping[str, Any]) -> Spoilt | None:
        try:
            answer = await self._http.post(f"{API}{path}", json=fields)  # SENAITE passes over forms and says yes.
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as fault:
            raise Away(f"SENAITE cannot be reached: {fault!r}") from fault
        except httpx.TransportError as fault:
            raise Uncertain(f"the answer of SENAITE was lost: {fault!r}") from fault
        body = _object(answer)
        if answer.status_code in (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE):
            raise Away(_words(answer, body), asked_to_wait(answer.headers))
        if answer.is_client_error:
            raise Declined(_words(answer, body))
        if body is None:
            raise Uncertain(f"the answer of SENAITE is not JSON: {_words(answer, None)}")
        if answer.is_success and body.get("success") is not False:
            return None
        return Spoilt(_words(answer, body), may_pass=answer.is_server_error)


def _object(answer: httpx.Response) -> dict[str, Any] | None:
    try:
        body = answer.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _words(answer: httpx.Response, body: dict[str, Any] | None) -> str:
    """SENAITE's words: under `error` in older releases, under `message` with a `type` in newer ones."""
    said = [str(body[name]) for name in ("type", "message", "error") if body.get(name)] if body else []
    return f"{answer.status_code}: {': '.join(said) or answer.reason_phrase}"
