"""The calls to subscribers."""

from datetime import timedelta

import httpx

from adapters.courier_epcis.query.sending import QueryNotice
from adapters.outbound import Away, Declined


class Subscribers:
    """Whoever subscribed, over a client that reaches public addresses only."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def send(self, told: QueryNotice) -> str:
        """The subscriber's answer. Only 410 is a no for good; anything else may be mended while the events matter."""
        try:
            answer = await self._http.post(told.dest, content=told.document, headers=dict(told.headers))
        except httpx.UnsupportedProtocol as refused:
            raise Declined(f"Nothing is sent there. {refused}") from refused
        except httpx.InvalidURL as wrong:
            raise Declined(f"It is no address: {wrong}") from wrong
        except httpx.TransportError as fault:
            raise Away(f"the subscriber cannot be reached: {fault!r}") from fault
        said = f"{answer.status_code} {answer.reason_phrase}"
        if answer.status_code == httpx.codes.GONE:
            raise Declined(f"{said}: the subscriber wants no more")
        if answer.is_redirect:
            raise Away(f"{said}: redirects are not followed; subscribe with the address where they lead")
        if not answer.is_success:
            asked = answer.headers.get("retry-after", "")
            raise Away(said, timedelta(seconds=int(asked[:6])) if asked.isdigit() else None)
        return said
