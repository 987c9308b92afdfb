"""One request to SAP, and what its answer means: done, not now, no, or nobody knows."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import httpx

from adapters.erp_sap.odata.errors import fault_of, messages_of, says_no
from adapters.outbound import Away, Declined, Uncertain

_LOG = logging.getLogger(__name__)
# Of these faults nothing has reached the other side yet.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class RequestIdentity:
    """By which SAP knows a repetition: both are the same whenever it is sent again, and never used for another."""

    id: UUID
    created: datetime  # when it was first made

    def headers(self) -> dict[str, str]:
        """As Gateway takes them: 32 hexadecimal digits, and an instant in UTC to the second."""
        created = self.created.astimezone(UTC).replace(microsecond=0, tzinfo=None)
        return {"RequestID": self.id.hex.upper(), "RepeatabilityCreation": created.isoformat()}


@dataclass(frozen=True, slots=True)
class SapRequest:
    """A request, and what is to be known of it when its answer is lost."""

    method: str
    address: str  # from the root of the host, or whole
    headers: Mapping[str, str]
    body: bytes = b""
    changes: bool = False
    identity: RequestIdentity | None = None


class SapSender:
    """Sends requests. Whether the other side knows repetitions is learned from its answers, or set for the account."""

    def __init__(self, http: httpx.AsyncClient, *, client: str = "", language: str = "", repeats: bool = False) -> None:
        self._http, self._client, self._repeats = http, client, repeats
        self._always = {"accept": JSON, "dataserviceversion": "2.0", "maxdataserviceversion": "2.0"}
        if client:
            # The token of a session is fetched without a query, so the client is named in a header too.
            self._always["sap-client"] = client
        if language:
            self._always["accept-language"] = language

    def at(self, address: str) -> str:
        """An address below the root of the host, in the account's client."""
        if not self._client:
            return address
        return f"{address}{'&' if '?' in address else '?'}sap-client={self._client}"

    def followed(self, answer: httpx.Response, address: str) -> str:
        """The address that an answer names, as it is; raises Declined where it is somebody else's."""
        try:
            url = answer.url.join(address)
        except httpx.InvalidURL:
            raise Declined(f"SAP names an address that cannot be: {address[:200]!r}") from None
        if _origin(url) != _origin(self._http.base_url):
            raise Declined(f"SAP names an address of another host, which our credentials must not reach: {url.host}")
        return str(url)

    async def send(self, request: SapRequest) -> httpx.Response:
        """The answer, which is a success; raises Away, Declined or Uncertain."""
        headers = {**self._always, **request.headers, **(request.identity.headers() if request.identity else {})}
        try:
            answer = await self._http.request(
                request.method, request.address, headers=headers, content=request.body or None
            )
        except _NOT_SENT as fault:
            raise Away(f"SAP cannot be reached: {fault!r}") from fault
        except httpx.TransportError as fault:
            if request.changes and not self._is_repeatable(request):
                raise Uncertain(f"the answer of SAP was lost: {fault!r}") from fault
            raise Away(f"the answer of SAP was lost: {fault!r}") from fault
        if request.identity and answer.headers.get("repeatabilityresult", "").lower() == "accepted":
            self._repeats = True
        if not answer.is_success or says_no(answer.content):
            repeatable = self._is_repeatable(request)
            raise fault_of(
                answer.status_code, answer.headers, answer.content, changes=request.changes, repeatable=repeatable
            )
        if words := messages_of(answer.headers):
            _LOG.info("SAP says of %s %s: %s", request.method, answer.url.path, words)
        return answer

    def _is_repeatable(self, request: SapRequest) -> bool:
        """Without proof that the header is heeded, what became of a repetition would be unknown."""
        return request.identity is not None and self._repeats


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    port = url.port or {"https": 443, "http": 80}.get(url.scheme)
    return url.scheme, url.host.lower(), port
