"""Sessions in the manner of SAP Gateway: what changes something needs a token, fetched before, and its cookies."""

import asyncio
from dataclasses import dataclass, field

import httpx

from adapters.outbound import Away, Declined
from adapters.waiting import asked_to_wait

HEADER = "x-csrf-token"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# Who asks, and of which client of the system: a token counts in its own client alone.
_TAKEN_ALONG = ("authorization", "sap-client")
# What stands in the header when it holds no token.
_NO_TOKEN = frozenset({"", "required", "fetch"})


@dataclass
class CsrfSession:
    """A token, and the cookies without which it does not count."""

    token: str
    cookies: httpx.Cookies = field(default_factory=httpx.Cookies)


class CsrfTransport(httpx.AsyncBaseTransport):
    """Fetches a token before the first change, keeps it with its cookies, and another one once where it is asked for.

    It is asked for by a 403 whose header says `X-CSRF-Token: Required`; any other 403 is a refusal. It stands below the
    credentials, so the request that fetches is sent with those of the request that needs it.
    """

    def __init__(self, inner: httpx.AsyncBaseTransport, token_url: str) -> None:
        self._inner, self._token_url = inner, token_url
        self._session: CsrfSession | None = None
        self._one_at_a_time = asyncio.Lock()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, or that to the request for a token where there is none to be had."""
        if request.method in SAFE:
            return await self._inner.handle_async_request(request)
        await request.aread()  # It may be sent twice.
        session = await self._ready(request)
        if isinstance(session, httpx.Response):
            return session
        answer = await self._send(request, session)
        if answer.status_code != httpx.codes.FORBIDDEN or answer.headers.get(HEADER, "").lower() != "required":
            return answer
        await answer.aclose()
        if self._session is session:
            self._session = None
        session = await self._ready(request)
        return session if isinstance(session, httpx.Response) else await self._send(request, session)

    async def aclose(self) -> None:
        """Closes the connections below."""
        await self._inner.aclose()

    async def _send(self, request: httpx.Request, session: CsrfSession) -> httpx.Response:
        request.headers[HEADER] = session.token
        request.headers.pop("cookie", None)
        session.cookies.set_cookie_header(request)
        answer = await self._inner.handle_async_request(request)
        answer.request = request
        session.cookies.extract_cookies(answer)
        return answer

    async def _ready(self, request: httpx.Request) -> CsrfSession | httpx.Response:
        async with self._one_at_a_time:
            if self._session is not None:
                return self._session
            fetching = httpx.Request("GET", self._token_url, headers={"accept": "application/json", HEADER: "fetch"})
            fetching.headers.update({name: request.headers[name] for name in _TAKEN_ALONG if name in request.headers})
            fetching.extensions = request.extensions
            try:
                answer = await self._inner.handle_async_request(fetching)
            except httpx.TransportError as fault:
                raise Away(f"no CSRF token for now: {fault!r}") from fault  # Nothing was changed yet.
            token = answer.headers.get(HEADER, "")
            if token.lower() not in _NO_TOKEN:
                answer.request = fetching
                self._session = CsrfSession(token)
                self._session.cookies.extract_cookies(answer)
                await answer.aclose()
                return self._session
            if answer.is_server_error or answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
                await answer.aclose()
                raise Away(f"no CSRF token for now: {answer.status_code}", asked_to_wait(answer.headers))
            if not answer.is_success:
                return answer
            await answer.aclose()
            raise Declined(f"no CSRF token at {self._token_url}: the answer has no header {HEADER}")
