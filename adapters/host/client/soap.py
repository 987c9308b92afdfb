"""SOAP over the account's HTTP client: zeep reads and writes the XML, the host's client calls, faults are told apart.

What comes is a stranger's XML: no document type, no entity, nothing fetched, and no more bytes than the client reads.
"""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from lxml import etree
from requests import Response
from zeep import AsyncClient, Settings, exceptions
from zeep.loader import parse_xml
from zeep.proxy import AsyncServiceProxy
from zeep.transports import Transport
from zeep.wsdl import Document
from zeep.wsdl.utils import etree_to_string

from adapters.outbound import Away, Declined, Uncertain
from adapters.waiting import asked_to_wait

CALL_S_MAX = 25.0  # all of a call: less than the host gives a delivery
_STRICT = Settings(strict=True, xml_huge_tree=False, forbid_dtd=True, forbid_entities=True, forbid_external=True)
_XML = re.compile(r"(?:text|application)/(?:[\w.-]+\+)?xml\b", re.IGNORECASE)
_BEFORE_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_ELSEWHERE_BUSY = (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE)
# By SOAP 1.1 and 1.2 the fault lies with what was sent, and would again.
_OURS = frozenset({"client", "sender", "versionmismatch", "mustunderstand", "dataencodingunknown"})
FaultMeaning = Callable[[str, str], Exception | None]
_FAULTS = ("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope")  # 1.1 and 1.2
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_DETAIL_MAX = 300  # characters
_UNREADABLE = (exceptions.Error, etree.LxmlError, ValueError, LookupError, TypeError, AttributeError)


class ToldFault(Exception):
    """What the other side says went wrong: its code, and its words with what they say in detail."""

    def __init__(self, code: str, message: str, detail: str) -> None:
        super().__init__(f"{code}: {message}{f' ({detail})' if detail else ''}")
        self.code, self.message = code, message
        self.is_ours = False  # whether the status says that the fault lies with what was sent


def wsdl_of(file: Path) -> Document:
    """A WSDL of the adapter's package. Reading one blocks, so it is read when the adapter is imported."""
    return Document(str(file), _FileTransport(), settings=_STRICT)  # type: ignore[arg-type]


class SoapService:
    """The operations of one binding of a WSDL, at an address below the account's."""

    def __init__(
        self, wsdl: Document, http: httpx.AsyncClient, path: str, *, binding: str, meaning: FaultMeaning | None = None
    ) -> None:
        """`binding` is its qualified name, `{namespace}name`; the address in the WSDL does not count.

        `meaning` tells what a fault's code says in the other side's own words, given without its prefix and with the
        fault's text: Away, Declined, Uncertain, or None where it is only SOAP's.
        """
        self._meaning = meaning
        self._client = AsyncClient(wsdl, transport=_HostTransport(http), settings=_STRICT)
        self._service = AsyncServiceProxy(self._client, wsdl.bindings[binding], address=path)

    def written(self, operation: str, **values: Any) -> bytes:
        """The envelope of a call, as it is sent. Raises Declined if the WSDL does not allow these values."""
        try:
            return bytes(etree_to_string(self._client.create_message(self._service, operation, **values)))
        except _UNREADABLE as wrong:
            raise Declined(f"{operation} cannot be written: {wrong}") from wrong

    async def read(self, operation: str, **values: Any) -> Any:
        """The answer to a call that changes nothing: whatever is lost is asked for again. Raises Away or Declined."""
        try:
            return await self.change(operation, **values)
        except Uncertain as lost:
            raise Away(str(lost)) from lost

    async def change(self, operation: str, **values: Any) -> Any:
        """The answer to a call that changes something. Raises Away, Declined, or Uncertain if it may have been done."""
        self.written(operation, **values)
        try:
            async with asyncio.timeout(CALL_S_MAX):
                return await self._service[operation](**values)
        except ToldFault as fault:
            raise self._of_fault(fault) from fault
        except _BEFORE_SENT as fault:
            raise Away(f"the other side cannot be reached: {fault!r}") from fault
        except (httpx.TransportError, TimeoutError) as fault:
            raise Uncertain(f"the answer was lost: {fault!r}") from fault
        except _UNREADABLE as wrong:
            # zeep meets an answer that is not as the WSDL says with whatever breaks in it.
            raise Uncertain(f"the answer to {operation} cannot be read: {type(wrong).__name__}") from wrong

    def _of_fault(self, fault: ToldFault) -> Exception:
        """Whether the other side would say so again: by its code, which may be qualified (`soap:Client.Auth`)."""
        whole, words = fault.code.rpartition(":")[2], str(fault)
        told = self._meaning(whole, fault.message) if self._meaning is not None else None
        if told is not None:
            return told
        return Declined(words) if fault.is_ours or whole.partition(".")[0].lower() in _OURS else Uncertain(words)


class _FileTransport(Transport):
    """Loads files, and nothing from anywhere else."""

    def load(self, url: Any) -> bytes:
        """A file of the adapter's package."""
        if "://" in str(url):
            raise exceptions.ExternalReferenceForbidden(url)
        return Path(str(url)).read_bytes()


class _HostTransport(_FileTransport):
    """Calls through the host's client."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        super().__init__()
        self._http = http

    async def post_xml(self, address: str, envelope: Any, headers: dict[str, str]) -> Response:
        """Sends an envelope; raises what the answer says if it is no SOAP, and ToldFault."""
        answer = await self._http.post(address, content=etree_to_string(envelope), headers=headers)
        kind = answer.headers.get("content-type", "")
        # By SOAP 1.2 (part 2, 7.5.2.2) what is ours to mend comes with 400; some say it with other statuses.
        telling = _XML.match(kind) and answer.status_code not in _ELSEWHERE_BUSY
        if telling and (fault := _fault_in(answer.content)) is not None:
            fault.is_ours = answer.is_client_error
            raise fault
        if answer.status_code not in (httpx.codes.OK, httpx.codes.INTERNAL_SERVER_ERROR) or not _XML.match(kind):
            raise _of_status(answer, kind)
        made = Response()  # The form in which zeep takes it.
        made._content, made.status_code, made.encoding = answer.content, answer.status_code, answer.encoding
        made.headers.update(answer.headers)
        return made


def _fault_in(content: bytes) -> ToldFault | None:
    """A fault of either version of SOAP, whichever was asked in, and wherever its names are declared."""
    if b"Fault" not in content:
        return None
    try:
        body = parse_xml(content, _FileTransport(), settings=_STRICT)  # type: ignore[arg-type]  # it takes bytes
    except (exceptions.Error, etree.LxmlError, ValueError):
        return None  # whoever reads the answer says so
    for space in _FAULTS:
        found = body.find(f"{{{space}}}Body/{{{space}}}Fault")
        if found is not None:
            return _read_fault(found, f"{{{space}}}")
    return None


def _read_fault(fault: etree._Element, space: str) -> ToldFault:
    """SOAP 1.1 has its names in no namespace; some peers put them into that of the envelope all the same."""
    parts = {etree.QName(each).localname: each for each in fault if isinstance(each.tag, str)}
    detail = " ".join(_texts(parts.get("detail", parts.get("Detail"))))[:_DETAIL_MAX]
    if "Code" not in parts:
        code, message = (" ".join(_texts(parts.get(name))) for name in ("faultcode", "faultstring"))
        return ToldFault(code, message, "" if detail in message else detail)
    codes = [str(each.text or "").strip() for each in parts["Code"].iter(f"{space}Value")]  # and below it, subcodes
    reasons = list(parts["Reason"].iter(f"{space}Text")) if "Reason" in parts else []
    english = [each for each in reasons if str(each.get(_LANGUAGE, "")).startswith("en")] or reasons
    message = " ".join(_texts(english[0])) if english else ""
    words = " ".join(each for each in (*codes[1:], message) if each)
    return ToldFault(codes[0] if codes else "", words, "" if detail in message else detail)


def _texts(element: etree._Element | None) -> list[str]:
    return (
        []
        if element is None
        else [each for text in element.xpath(".//text()") if (each := " ".join(str(text).split()))]
    )


def _of_status(answer: httpx.Response, kind: str) -> Exception:
    words = f"{answer.status_code} {answer.reason_phrase}, {kind[:80] or 'no content type'}"
    if answer.status_code in _ELSEWHERE_BUSY:
        return Away(words, asked_to_wait(answer.headers))
    if answer.is_client_error:
        return Declined(words)
    # A success, a redirect or a breakdown that answers something else: nobody knows what became of the call.
    return Uncertain(f"the answer is no SOAP: {words}")
