"""The calls to a courier's own platform, which takes our orders and tells of shipments in our JSON."""

from urllib.parse import quote

import httpx

from adapters.courier_generic.settings import Settings
from adapters.outbound import Away
from adapters.posting import check, post


class GenericClient:
    """A courier's platform, with the account's credentials and the paths in its settings."""

    def __init__(self, settings: Settings, http: httpx.AsyncClient) -> None:
        self.orders = settings.orders
        self._http = http

    async def order(self, path: str, body: bytes, request_id: str) -> httpx.Response:
        """The courier's yes. The key lets it know a repetition."""
        headers = {"content-type": "application/json", "idempotency-key": request_id}
        return await post(self._http, path, body, headers)

    async def milestones(self, template: str, name: str) -> bytes:
        """What the courier tells of a shipment; empty if it does not know it, which of a new one is no fault."""
        try:
            answer = await self._http.get(template.replace("{reference}", quote(name, safe="")))
        except httpx.TransportError as fault:
            raise Away(f"the courier cannot be reached: {fault!r}") from fault
        if answer.status_code in (httpx.codes.NOT_FOUND, httpx.codes.NO_CONTENT):
            return b""
        check(answer)
        return answer.content
