"""The way to addresses that a partner names: public ones only, checked where they are resolved, and no other after."""

import httpx

from adapters.host.client.bounded import BoundedTransport
from services.kernel.authorities import usual_context
from services.kernel.public_addresses import AddressRefused, NameUnknown, addresses

CONNECT_S_MAX = 5.0
ANSWER_S_MAX = 20.0
ANSWER_BYTES_MAX = 64 << 10


def public_client(*, loopback: bool) -> httpx.AsyncClient:
    """A client without credentials. `loopback`: this machine may be reached too, also without TLS, in a sandbox."""
    # A connection that is kept was made for one name, and would serve another that leads to the same address.
    limits = httpx.Limits(max_connections=32, max_keepalive_connections=0)
    plain = httpx.AsyncHTTPTransport(verify=usual_context(), limits=limits, trust_env=False)
    return httpx.AsyncClient(
        transport=PublicTransport(BoundedTransport(plain, ANSWER_BYTES_MAX), loopback=loopback),
        headers={"accept-encoding": "identity"},
        timeout=httpx.Timeout(ANSWER_S_MAX, connect=CONNECT_S_MAX),
        follow_redirects=False,  # A redirect could point anywhere.
        trust_env=False,
    )


class PublicTransport(httpx.AsyncBaseTransport):
    """Resolves each name itself, refuses it if any of its addresses is not public, and goes to one that was checked."""

    def __init__(self, inner: httpx.AsyncBaseTransport, *, loopback: bool) -> None:
        self._inner, self._loopback = inner, loopback

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer; raises UnsupportedProtocol where nothing is sent, ConnectError where the name leads nowhere."""
        try:
            address = (await addresses(str(request.url), loopback=self._loopback))[0]
        except AddressRefused as refused:
            raise httpx.UnsupportedProtocol(str(refused)) from refused
        except NameUnknown as unknown:
            raise httpx.ConnectError(str(unknown)) from unknown
        pinned = httpx.Request(
            request.method,
            request.url.copy_with(host=str(address)),
            headers=request.headers,  # with the name as `Host`
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": request.url.host},
        )
        return await self._inner.handle_async_request(pinned)

    async def aclose(self) -> None:
        """Closes the connections below."""
        await self._inner.aclose()
