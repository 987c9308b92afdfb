"""The calls to a courier's own platform, which takes our orders and tells of shipments in our JSON."""

from urllib.parse import quote

import httpx

from adapters.courier_generic.settings import Settings
from adapters.outbound import Away, Declined, Uncertain
from adapters.waiting import asked_to_wait

_WORDS_MAX = 300


class GenericClient:
    """A courier's platform, with the account's credentials and the paths in its settings."""

    def __init__(self, settings: Settings, http: httpx.AsyncClient) -> None:
        self.orders = settings.orders
        self._http = http

    async def order(self, path: str, body: bytes, request_id: str) -> httpx.Response:
        """The courier's yes. The key lets it know a repetition."""
        headers = {"content-type": "application/json", "idempotency-key": request_id}
        try:
            answer = await self._http.post(path, content=body, headers=headers)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as fault:
            raise Away(f"the courier cannot be reached: {fault!r}") from fault
        except httpx.TransportError as fault:
            raise Uncertain(f"the courier's answer was lost: {fault!r}") from fault
        _check(answer)
        return answer

    async def milestones(self, template: str, name: str) -> bytes:
        """What the courier tells of a shipment; empty if it does not know it, which of a new one is no fault."""
        try:
            answer = await self._http.get(template.replace("{reference}", quote(name, safe="")))
        except httpx.TransportError as fault:
            raise Away(f"the courier cannot be reached: {fault!r}") from fault
        if answer.status_code in (httpx.codes.NOT_FOUND, httpx.codes.NO_CONTENT):
            return b""
        _check(answer)
        return answer.content


def _check(answer: httpx.Response) -> None:
    """What passes by itself is tried again; of 409 only what the courier asks to be tried again."""
    after = asked_to_wait(answer.headers)
    passing = answer.status_code in (408, 425, 429) or answer.is_server_error
    if passing or (answer.status_code == httpx.codes.CONFLICT and after is not None):
        raise Away(_words(answer), after)
    if not answer.is_success:
        raise Declined(_words(answer))


def _words(answer: httpx.Response) -> str:
    return f"{answer.status_code} {answer.reason_phrase} {answer.text[:_WORDS_MAX]}".strip()
