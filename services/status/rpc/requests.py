"""What callers ask, as the use cases take it; shape is checked here, before anything is looked up."""

import re
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from doselane.status.v1 import status_pb2

from services.kernel.errors import Invalid
from services.kernel.identity import Caller
from services.kernel.paging import Page
from services.status.events import REFERENCE_LENGTH_MAX
from services.status.store import DoseFilter
from services.status.usecases import AttachRequest, viewer_of

ALL_DOSES = "doses/-"
REFERENCES_MAX = 32
REASON_LENGTH_MAX = 500
_TEXT_LENGTH_MAX = 200

_DOSE_NAME = re.compile(r"doses/([A-Za-z0-9._~-]{1,100})")
_PARTNER_NAME = re.compile(r"partners/[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_STATES = frozenset(status_pb2.Shipment.State.values())


def dose_id_of(name: str, field: str = "name") -> str:
    """The id in `doses/{dose}`."""
    found = _DOSE_NAME.fullmatch(name)
    if not found:
        raise Invalid("A dose is named doses/{dose}.", field=field, value=name[:80])
    return found[1]


def attach_request_of(request: status_pb2.AttachShipmentRequest) -> AttachRequest:
    """What is to be attached to which dose."""
    if len(request.reason) > REASON_LENGTH_MAX or "\0" in request.reason:
        raise Invalid(f"reason must be at most {REASON_LENGTH_MAX} characters, without NUL.", field="reason")
    try:
        request_id = UUID(request.request_id)
    except ValueError:
        raise Invalid("request_id must be a UUID.", field="request_id", value=request.request_id[:80]) from None
    return AttachRequest(
        dose_id=dose_id_of(request.name),
        courier=courier_of(request.courier),
        references=_references(request.references),
        etag=request.etag,
        reason=request.reason,
        request_id=request_id,
        body_hash=sha256(request.SerializeToString(deterministic=True)).digest(),
    )


def courier_of(name: str) -> str:
    """A courier's name, checked for shape."""
    if not _PARTNER_NAME.fullmatch(name):
        raise Invalid("A courier is named partners/{partner}.", field="courier", value=name[:80])
    return name


def filter_of(request: status_pb2.ListDosesRequest, caller: Caller) -> DoseFilter:
    """Which doses to list: never another partner's."""
    for state in request.shipment_states:
        if state not in _STATES:
            raise Invalid(
                "shipment_states must be states that a shipment can have.", field="shipment_states", value=state
            )
    return DoseFilter(
        viewer_of(caller),
        _text(request.run, "run"),
        _text(request.order_reference, "order_reference"),
        tuple(sorted(set(request.shipment_states))),
    )


def dose_key_after(page: Page) -> tuple[datetime, str] | None:
    """The dose after which a page begins."""
    if page.after is None:
        return None
    at, dose_id = _key(page.after)
    return at, dose_id


def milestone_key_after(page: Page) -> tuple[datetime, int] | None:
    """The milestone after which a page begins."""
    if page.after is None:
        return None
    at, number = _key(page.after)
    return at, _number(number)


def entry_key_after(page: Page) -> int:
    """The entry after which a page begins."""
    return 0 if page.after is None else _number(page.after)


def key_of(at: datetime, name: object) -> str:
    """The key of a row in a list by age."""
    return f"{at.isoformat()} {name}"


def _key(text: str) -> tuple[datetime, str]:
    at, _, name = text.partition(" ")
    try:
        parsed = datetime.fromisoformat(at)
    except ValueError:
        parsed = None
    # The digest of a token is no secret, so one that was made by hand may hold anything.
    if parsed is None or parsed.tzinfo is None or "\0" in name:
        raise _no_page_token()
    return parsed, name


def _number(text: str) -> int:
    if not re.fullmatch("[0-9]{1,18}", text):
        raise _no_page_token()
    return int(text)


def _no_page_token() -> Invalid:
    return Invalid("page_token is not one of this query's; start again without it.", field="page_token")


def _references(texts: object) -> tuple[str, ...]:
    """The shipment's names, each once, in their order."""
    references = tuple(dict.fromkeys(str(text).strip() for text in texts))  # type: ignore[attr-defined]
    if not 1 <= len(references) <= REFERENCES_MAX:
        raise Invalid(f"references must be 1 to {REFERENCES_MAX}.", field="references", count=len(references))
    for index, reference in enumerate(references):
        if not 1 <= len(reference) <= REFERENCE_LENGTH_MAX or not reference.isprintable():
            raise Invalid(
                f"references[{index}] must be 1 to {REFERENCE_LENGTH_MAX} printable characters.",
                field=f"references[{index}]",
            )
    return references


def _text(text: str, field: str) -> str:
    if len(text) > _TEXT_LENGTH_MAX or not text.isprintable():
        raise Invalid(f"{field} must be at most {_TEXT_LENGTH_MAX} printable characters.", field=field)
    return text
