"""The status codes of air cargo as milestones.

The list is StatusCode of ONE Record's code lists (IATA-1R-CL-Ontology), which is list 1.18 of Cargo-XML with the
reasons of a discrepancy: the codes of FSU messages in Cargo-IMP. What each means is said there; in brackets below.
"""

import re
from collections.abc import Mapping

from doselane.courier.v1.courier_pb2 import Milestone

Kind = Milestone.Kind

_CODES_OF_KIND: Mapping[Kind, str] = {
    # [booked for transport between these locations on this flight]
    Kind.BOOKED: "BKD",
    # [on hand, pending "ready for carriage"]; [received from the shipper, ready for carriage]; [picked up at his door].
    Kind.COLLECTED: "FOH RCS DPU",
    # [physically departed this location]
    Kind.DEPARTED: "DEP",
    # [arrived on a flight]; [received from a flight]; [received from this carrier]; [the consignee was notified of the
    # arrival]; [delivered to the consignee or his agent at this location]: see DELIVERED_AT_LOCATION.
    Kind.ARRIVED: "ARR RCF RCT NFD DLV",
    # [transferred to Customs or Government control]
    Kind.CUSTOMS_HELD: "TGC",
    # [cleared by the Customs authorities]
    Kind.CUSTOMS_CLEARED: "CCD",
    # [delivered to the consignee's door]
    Kind.DELIVERED: "DDL",
    # [an apparent error has occurred with the consignment or its documentation], with or without a reason.
    Kind.EXCEPTION: """DIS DIS_DFLD DIS_FDAV DIS_FDAW DIS_FDCA DIS_FDMB DIS_MSAV DIS_MSAW DIS_MSCA DIS_MSMB DIS_OFLD
        DIS_OVCD DIS_SSPD""",
    # Papers and plans: manifested, prepared for loading, to be transferred; documents received and handed over;
    # reported to customs; other information. TFD [transferred to this carrier] and warehouse control (FIW, FOW) change
    # hands on one airport and move nothing.
    Kind.OBSERVED: "MAN PRE TRM TFD AWR AWD DOC CRC OCI OSI FIW FOW",
}
KIND_OF_CODE: Mapping[str, Kind] = {code: kind for kind, codes in _CODES_OF_KIND.items() for code in codes.split()}
# Delivered where it was, which is rarely the site: what it means is decided by where the waybill ends.
DELIVERED_AT_LOCATION = "DLV"
# With these the carriage is over, whatever they mean for the dose: nothing more will come of the waybill.
LAST = frozenset({"DLV", "DDL"})

ACTUAL = "ACTUAL"
# Times that the carrier stands by, more or less. REQUESTED is somebody's wish.
EXPECTED = frozenset({"EXPECTED", "ESTIMATED", "PLANNED"})
TIME_TYPES = EXPECTED | {ACTUAL, "REQUESTED"}

# The list's addresses: today's, and that of the ontology before 2024, which servers still send.
_LIST = re.compile(r"https?://onerecord\.iata\.org/ns/(?:code-lists/StatusCode#|coreCodeLists#StatusCode_)(.+)")
# How the list is called by those who write a code and the name of its list.
_LIST_NAMES = re.compile(r"(?i).*(?:status ?codes?\b|\b1\.18\b|cargo-?imp|c(?:argo-?)?xml|\bfsu\b).*", re.DOTALL)


def of_list(iri: str) -> str:
    """The status code that an IRI names; empty if it is of another list."""
    found = _LIST.fullmatch(iri)
    return found[1] if found else ""


def names_list(text: str) -> bool:
    """Whether a name or an address of a code list is that of the status codes. Without a name no other can be meant."""
    return not text or bool(_LIST_NAMES.fullmatch(text)) or text.rstrip("#/").endswith(("StatusCode", "coreCodeLists"))


def kind_of(code: str, own: Mapping[str, Kind]) -> Kind:
    """What a code means: by the list, else by what the account says of its carrier's own codes; else it is unknown."""
    return KIND_OF_CODE.get(code) or own.get(code, Kind.KIND_UNSPECIFIED)
