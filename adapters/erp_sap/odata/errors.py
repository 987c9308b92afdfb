"""What SAP says when it says no, in JSON, XML, HTML or plain words, and what follows from it."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from adapters.erp_sap.odata.entities import SapEntity
from adapters.outbound import Away, Declined, Uncertain
from adapters.waiting import asked_to_wait

KEPT_CHARACTERS = 2000
_ERROR_WITHIN = 200  # an object that is an error begins with it
_XML_ERROR = re.compile(r"<(?:[A-Za-z_][\w.-]*:)?error[\s/>]")
_CHARSET = re.compile(r";\s*charset\s*=\s*\"?([A-Za-z0-9._-]{1,40})", re.IGNORECASE)
_LATER = frozenset({408, 429})
_NOT_FOUND = 404
_BEFORE_THE_SERVICE = "/IWFND/"  # codes of the hub, which knows services and no entities
_CHANGED = frozenset({412, 428})
# "RequestID is outdated": the request was executed, and its answer is no longer kept.
_OUTDATED = re.compile(r"/IWBEP/CM_COS/0*5", re.IGNORECASE)
# Names of exception classes stand where a code would, with words such as "An exception was raised".
_CLASS = re.compile(r"(^|/)Z?[CL]?CX_", re.IGNORECASE)
_GRAVE = frozenset({"E", "A"})
_MESSAGE_CODE = ("SystemMessageIdentification", "SystemMessageNumber")
_TAGS = re.compile(r"<(script|style)\b.*?</\1>|<[^<>]*>", re.IGNORECASE | re.DOTALL)
_PAGE_CHARACTERS_MAX = 20_000  # tags that never end cost time that grows with the square of what is searched


class StateChanged(Declined):
    """The entity is not as it was read (412, 428): read it again before changing it."""


class EntityMissing(Declined):
    """The service is there, and the entity is not (404)."""


class AlreadyExecuted(Uncertain):
    """It was done before, and its answer is gone: read back, and never send it under another id."""


class RepetitionRefused(Declined):
    """The server cannot promise that a repeated request is executed once, and did not execute it."""


@dataclass(frozen=True, slots=True)
class ErrorDetail:
    """One of the messages behind an error."""

    code: str
    words: str
    severity: str = ""
    target: str = ""  # the field concerned
    content_id: str = ""  # of a change set, the operation concerned


@dataclass(frozen=True, slots=True)
class ServiceError:
    """An error as SAP tells it. Without a code it did not come from the service, but from what stands before it."""

    status: int
    code: str
    words: str
    details: Sequence[ErrorDetail] = ()
    transaction: str = ""  # with which the support of SAP finds it

    @property
    def reason(self) -> ErrorDetail:
        """The message that says why: of the details the first grave one that is no exception class, else the top."""
        graves = [each for each in self.details if each.severity.lower() in ("error", "")]
        real = next((each for each in graves if each.words and not _CLASS.search(each.code)), None)
        top = ErrorDetail(self.code, self.words)
        if real is None or (real.words == self.words and real.code == self.code and not real.target):
            return top
        return real

    def __str__(self) -> str:
        reason = self.reason
        place = f" ({reason.target})" if reason.target else ""
        found_by = f" [transaction {self.transaction}]" if self.transaction else ""
        code = f" {reason.code}" if reason.code else ""
        return f"{self.status}{code}: {reason.words}{place}{found_by}"


def error_of(status: int, headers: Mapping[str, str], body: bytes) -> ServiceError:
    """Reads an error by its content type or as it looks; whatever it is, words come out of it."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    text = _decoded(headers.get("content-type", ""), body)
    error = None
    # Some gateways pass an error of SAP's on under another type than its own.
    if kind.endswith("json") or text.lstrip().startswith("{"):
        error = _of_json(status, text)
    elif kind != "application/xhtml+xml" and (kind.endswith("xml") or _XML_ERROR.search(text[:_ERROR_WITHIN])):
        error = _of_xml(status, body)
    if error is not None:
        return error
    page = text[:_PAGE_CHARACTERS_MAX]
    words = " ".join(_TAGS.sub(" ", page).split()) if "<" in page and not kind.endswith("json") else page.strip()
    return ServiceError(status, "", words[:KEPT_CHARACTERS] or f"without words ({kind or 'no content type'})")


def says_no(body: bytes) -> bool:
    """Whether an answer is an error of the protocol, whatever its status is: some gateways pass one on with 200."""
    start = body[:_ERROR_WITHIN].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not (start.startswith(b"{") and start[1:].lstrip().startswith(b'"error"')):
        return False
    return _of_json(200, body.decode("utf-8-sig", "replace").strip()) is not None


def fault_of(
    status: int, headers: Mapping[str, str], body: bytes, *, changes: bool, repeatable: bool = False
) -> Away | Declined | Uncertain:
    """What follows from an answer that is no success.

    A success of which the body says no is a refusal. `changes`: it was to change something. `repeatable`: it may be
    sent again under its RequestID, and is done once.
    """
    error = error_of(status, headers, body)
    words = str(error)
    if status < 300:
        return Declined(words)
    if any(_OUTDATED.fullmatch(each.code) for each in (error.reason, *error.details)) or _OUTDATED.fullmatch(
        error.code
    ):
        return AlreadyExecuted(words)
    if headers.get("repeatabilityresult", "").lower() == "unsupported":
        return RepetitionRefused(words)
    if status in _CHANGED:
        return StateChanged(words)
    if status == _NOT_FOUND and error.code and not error.code.startswith(_BEFORE_THE_SERVICE):
        return EntityMissing(words)
    if status in _LATER:
        return Away(words, asked_to_wait(headers))
    if 300 <= status < 500:
        return Declined(words)
    if changes and not repeatable:
        return Uncertain(words)
    return Away(words, asked_to_wait(headers))


def refusal_in(returned: Sequence[SapEntity]) -> Declined | None:
    """The refusal that a function answers with 200: a message of type E or A among what it returned."""
    for each in returned:
        if each.values.get("SystemMessageType") in _GRAVE:
            said = each.values
            code = [str(said[name]) for name in _MESSAGE_CODE if said.get(name)]
            variables = [str(said[name]) for n in range(1, 5) if said.get(name := f"SystemMessageVariable{n}")]
            words = str(said.get("SystemMessageLongText") or ", ".join(variables) or "no words")
            return Declined(f"{'/'.join(code) or 'no code'}: {words}")
    return None


def messages_of(headers: Mapping[str, str]) -> str:
    """What SAP adds to a success, for the log: from `SAP-Messages` or, in older releases, `sap-message`."""
    text = headers.get("sap-messages") or headers.get("sap-message") or ""
    if not text:
        return ""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return text[:KEPT_CHARACTERS]
    tops = said if isinstance(said, list) else [said]
    every = [each for top in tops if isinstance(top, dict) for each in (top, *_list(top.get("details")))]
    words = [f"{_text(each, 'severity')} {_text(each, 'code')}: {_text(each, 'message')}".strip() for each in every]
    return "; ".join(words)[:KEPT_CHARACTERS]


def _of_json(status: int, text: str) -> ServiceError | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    error = (found.get("error") or found.get("odata.error")) if isinstance(found, dict) else None
    if not isinstance(error, dict):
        return None
    message, inner = error.get("message"), error.get("innererror")
    words = _text(message, "value") if isinstance(message, dict) else str(message or "")
    inner = inner if isinstance(inner, dict) else {}
    details = [
        ErrorDetail(
            _text(each, "code"),
            _text(each, "message")[:KEPT_CHARACTERS],
            _text(each, "severity"),
            _text(each, "target") or _text(each, "propertyref"),
            _text(each, "ContentID"),
        )
        for each in (*_details(inner.get("errordetails")), *_details(error.get("details")))
    ]
    return ServiceError(status, _text(error, "code"), words[:KEPT_CHARACTERS], details, _text(inner, "transactionid"))


def _of_xml(status: int, body: bytes) -> ServiceError | None:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    if etree.QName(root).localname != "error":
        return None
    details = [
        ErrorDetail(
            _child(each, "code"),
            _child(each, "message")[:KEPT_CHARACTERS],
            _child(each, "severity"),
            _child(each, "target") or _child(each, "propertyref"),
            _child(each, "ContentID"),
        )
        for each in root.iterfind(".//{*}errordetail")
    ]
    transaction = root.findtext(".//{*}transactionid") or ""
    return ServiceError(status, _child(root, "code"), _child(root, "message")[:KEPT_CHARACTERS], details, transaction)


def _child(parent: Any, name: str) -> str:
    found = parent.find(f"{{*}}{name}")
    return "".join(found.itertext()).strip() if found is not None else ""


def _details(given: object) -> list[Any]:
    """Details as a list, or, where XML was turned into JSON, as one, or under the name of one."""
    if isinstance(given, dict):
        given = given.get("errordetail", given)
    return _list([given] if isinstance(given, dict) else given)


def _decoded(content_type: str, body: bytes) -> str:
    """By what the answer says it is, else UTF-8; what is neither stands as a mark in the words."""
    named = _CHARSET.search(content_type)
    try:
        return body.decode(named[1] if named else "utf-8-sig").removeprefix("\ufeff")
    except (UnicodeError, LookupError):
        return body.decode("utf-8-sig", "replace")


def _list(given: object) -> list[Any]:
    return [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []


def _text(given: Any, name: str) -> str:
    found = given.get(name) if isinstance(given, dict) else None
    return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""
