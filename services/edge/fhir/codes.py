"""Tables between our words and FHIR's, and the systems that our codes belong to."""

from collections.abc import Mapping
from typing import Final

from doselane.slotting.v1 import slotting_pb2

_State = slotting_pb2.Slot.State

PRODUCT_SYSTEM: Final = "urn:doselane:product"
SITE_SYSTEM: Final = "urn:doselane:site"
PATIENT_SYSTEM: Final = "urn:doselane:patient-reference"
ACTIVITY_SYSTEM: Final = "urn:doselane:activity"
REASON_SYSTEM: Final = "urn:doselane:reason"
ORDER_SYSTEM: Final = "urn:doselane:order-reference"
SOURCE_SYSTEM: Final = "urn:doselane:source-system"
CANCELATION_SYSTEM: Final = "http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason"

# What a slot of ours is as a Slot, as an Appointment, and what its participants have said.
SLOT_STATUS: Mapping[int, str] = {
    _State.HELD: "busy-tentative",
    _State.CONFIRMED: "busy",
    _State.FULFILLED: "busy",
    _State.RELEASED: "free",
    _State.EXPIRED: "free",
    _State.LOST: "busy-unavailable",
}
APPOINTMENT_STATUS: Mapping[int, str] = {
    _State.HELD: "pending",
    _State.CONFIRMED: "booked",
    _State.FULFILLED: "fulfilled",
    _State.RELEASED: "cancelled",
    _State.EXPIRED: "cancelled",
    _State.LOST: "cancelled",
}
PARTICIPANT_STATUS: Mapping[str, str] = {
    "proposed": "needs-action",
    "pending": "tentative",
    "booked": "accepted",
    "fulfilled": "accepted",
    "cancelled": "declined",
}
ENDED: Final = frozenset({_State.RELEASED, _State.EXPIRED, _State.LOST})
# The codes of HL7's code system for why an appointment was cancelled, which a caller may send.
CANCELATION_CODES: Final = frozenset(
    "pat pat-crt pat-cpp pat-dec pat-fb pat-lt pat-mt pat-mv pat-preg pat-swl pat-uwo prov prov-pers prov-dch prov-edu "
    "prov-hosp prov-labs prov-mill maint meds-inc other oth-cms oth-err oth-fin oth-iv oth-int oth-mu oth-room "
    "oth-oerr oth-swie oth-weath".split()
)
LOST_CODE, LOST_TEXT = "prov", "The dose could not be made or delivered as promised."

# An error's HTTP status as an issue's code (http://hl7.org/fhir/issue-type).
ISSUE_OF_STATUS: Mapping[int, str] = {
    400: "invalid",
    401: "login",
    403: "forbidden",
    404: "not-found",
    405: "not-supported",
    406: "not-supported",
    408: "timeout",
    409: "business-rule",
    412: "conflict",
    413: "too-long",
    415: "not-supported",
    429: "throttled",
    431: "too-long",
    501: "not-supported",
    503: "transient",
    504: "timeout",
}
