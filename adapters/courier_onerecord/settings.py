"""The options of an account whose carrier speaks ONE Record."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from doselane.courier.v1.courier_pb2 import Milestone

from adapters.courier_onerecord import codes
from adapters.courier_onerecord.waybill import waybill_number

_NAMES = ("server", "organization", "organization_name", "codes", "untyped_events", "waybill_url", "events_max")
_URL = re.compile(r"(?:https://[^/?#\s@]+|http://(?:127\.0\.0\.1|localhost)(?::[0-9]+)?)(?:/[^?#\s]*)?")
_IDENTIFIER = re.compile(r"[a-z][a-z0-9+.-]*:\S+", re.IGNORECASE)
OBJECTS = "/logistics-objects/"
ORGANIZATION = "organization"
EVENTS_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Settings:
    """What differs from carrier to carrier."""

    # Our address for this carrier, under which it finds /notifications and our objects: the account's door.
    server: str
    # How we are called in what we send and sign; by default an object of the server.
    organization: str
    organization_name: str = "Doselane"
    # Codes of the carrier's own lists, alone or as addresses, and what they mean.
    codes: Mapping[str, Milestone.Kind] = field(default_factory=dict)
    # What an event is that does not say whether its time is actual. Empty: that is unknown, and it moves nothing.
    untyped_events: str = ""
    # Where the carrier keeps the object of a waybill, with {waybill} for its number. Empty: who knows.
    waybill_url: str = ""
    # Most events in one body.
    events_max: int = EVENTS_MAX

    def object_url(self, reference: str) -> str:
        """The address of our object for a shipment that the carrier knows by this name."""
        return f"{self.server}{OBJECTS}{quote(reference, safe='')}"

    def reference(self, url: str) -> str:
        """The name that is in an address of ours; empty if it is another's."""
        start = self.server + OBJECTS
        return unquote(url[len(start) :].partition("/")[0]) if url.startswith(start) else ""

    def is_ours(self, url: str) -> bool:
        """Whether something stands on our own server."""
        return url == self.server or url.startswith(f"{self.server}/")

    def object_at_carrier(self, reference: str) -> str:
        """The carrier's own object for a shipment, if its name says where that is."""
        if self.waybill_url and (number := waybill_number(reference)):
            return self.waybill_url.replace("{waybill}", number)
        parts = urlsplit(reference)
        return reference if parts.scheme in ("https", "http") and OBJECTS in parts.path else ""


def settings(options: Mapping[str, Any]) -> Settings:
    """Reads `{"server": "https://…/push/one-record/account", …}`; only `server` must be there."""
    server = str(options.get("server", "")).rstrip("/")
    given = {"codes": {}, "untyped_events": "", "waybill_url": "", "events_max": EVENTS_MAX, **options}
    wrong = [f"there is no option {name!r}" for name in options if name not in _NAMES]
    if not _URL.fullmatch(server):
        wrong.append("server must be our https address for this account, such as https://…/push/one-record/{account}")
    organization = options.get("organization", f"{server}{OBJECTS}{ORGANIZATION}")
    if not (isinstance(organization, str) and _IDENTIFIER.fullmatch(organization)):
        wrong.append("organization must be an address or a URN")
    name = options.get("organization_name", "Doselane")
    if not (isinstance(name, str) and name.strip()):
        wrong.append("organization_name must be a text")
    own, complaint = _codes(given["codes"])
    wrong += complaint
    if given["untyped_events"] not in ("", codes.ACTUAL):
        wrong.append(f"untyped_events may be {codes.ACTUAL}, or stay away")
    url = given["waybill_url"]
    if not (isinstance(url, str) and (not url or ("{waybill}" in url and _URL.fullmatch(url)))):
        wrong.append("waybill_url must be an https address with {waybill} in it")
    most = given["events_max"]
    if isinstance(most, bool) or not isinstance(most, int) or not 1 <= most <= EVENTS_MAX:
        wrong.append(f"events_max must be a whole number from 1 to {EVENTS_MAX}")
    if wrong:
        raise ValueError("; ".join(wrong))
    return Settings(server, organization, name, own, given["untyped_events"], url, most)


def _codes(given: Any) -> tuple[dict[str, Milestone.Kind], list[str]]:
    if not isinstance(given, dict):
        return {}, ["codes must be an object: the carrier's code and the kind of milestone"]
    kinds = set(Milestone.Kind.keys()) - {"KIND_UNSPECIFIED"}
    wrong = [f"codes: {kind!r} is no kind of milestone" for kind in map(str, given.values()) if kind not in kinds]
    wrong += [f"codes: what {code} means is in the list of air cargo" for code in given if code in codes.KIND_OF_CODE]
    if wrong:
        return {}, wrong
    return {code: Milestone.Kind.Value(kind) for code, kind in given.items()}, []
