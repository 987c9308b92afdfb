"""The calls to Salesforce's REST API, over the account's client."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import orjson

from adapters.crm_salesforce.rest.errors import answer_fault, errors_of, json_of
from adapters.crm_salesforce.rest.limits import CallBudget
from adapters.outbound import Away, Declined, Uncertain
from adapters.waiting import asked_to_wait

_BEFORE_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_JSON = {"content-type": "application/json"}


@dataclass(frozen=True, slots=True)
class RestAnswer:
    """A success: its status, and its JSON; None where there is no body."""

    status: int
    body: Any


class MalformedCall(Declined):
    """The call as a whole was refused, so nothing of it was done."""


def _written(body: Any) -> dict[str, Any]:
    """As httpx takes it, whose own writing of JSON costs ten times as much (bench case `crm composite`).

    A number that is none (NaN) would be written as null. None gets here: what is written was taken by a call or read
    from JSON, and both refuse it.
    """
    return {} if body is None else {"content": orjson.dumps(body), "headers": _JSON}


class SalesforceRest:
    """The API of one organisation, in one version, within the account's share of its calls."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        version: str,
        *,
        share: float = 0.8,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        """`version` such as `66.0`; `share` of the organisation's calls of a day at which we stop, from 0 to 1."""
        self.http, self._seconds = http, seconds
        self.root = f"/services/data/v{version}"
        self.budget = CallBudget(share)

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> RestAnswer:
        """Reads. `path` is below the version, and encoded. Raises Away or Declined."""
        return await self._called("GET", f"{self.root}/{path}", None, query, changes=False)

    async def page(self, path: str) -> RestAnswer:
        """Reads at a path that an answer named, on the same instance. Raises Away or Declined."""
        if not path.startswith("/services/data/"):
            raise Declined(f"the next page is said to be at {path[:200]!r}, which is no path of the API")
        return await self._called("GET", path, None, None, changes=False)

    async def change(self, method: str, path: str, body: Any, query: Mapping[str, str] | None = None) -> RestAnswer:
        """Changes something. Raises Away, Declined, or Uncertain if it may have been done."""
        return await self._called(method, f"{self.root}/{path}", body, query, changes=True)

    async def _called(
        self, method: str, path: str, body: Any, query: Mapping[str, str] | None, *, changes: bool
    ) -> RestAnswer:
        if wait_s := self.budget.wait_s(self._seconds()):
            words = f"the calls of the day are used up as far as they are ours: {self.budget.usage}"
            raise Away(words, timedelta(seconds=wait_s))
        try:
            answer = await self.http.request(method, path, params=query, **_written(body))
        except _BEFORE_SENT as fault:
            raise Away(f"Salesforce cannot be reached: {fault!r}") from fault
        except httpx.TransportError as fault:
            lost = f"the answer of Salesforce was lost: {fault!r}"
            raise (Uncertain(lost) if changes else Away(lost)) from fault
        self.budget.note(answer.headers.get("sforce-limit-info", ""), self._seconds())
        return self._read(answer, changes=changes)

    def _read(self, answer: httpx.Response, *, changes: bool) -> RestAnswer:
        body = json_of(answer.content)
        empty = not answer.content.strip()
        if answer.is_success and (empty or body is not None):
            return RestAnswer(answer.status_code, body)
        fault = answer_fault(answer.status_code, answer.reason_phrase, body, changes=changes)
        if isinstance(fault, Away):
            fault.retry_after = asked_to_wait(answer.headers) or fault.retry_after
        if any(each.uses_up_the_day for each in errors_of(body)):
            self.budget.exceed(self._seconds())
        if answer.status_code == httpx.codes.BAD_REQUEST and type(fault) is Declined:
            raise MalformedCall(str(fault))
        raise fault
