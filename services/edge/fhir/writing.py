"""Our messages as FHIR R4 resources. Nothing is written here that the caller sent, but references and codes."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from doselane.slotting.v1 import slotting_pb2

from services.edge.fhir.codes import (
    ACTIVITY_SYSTEM,
    APPOINTMENT_STATUS,
    CANCELATION_CODES,
    CANCELATION_SYSTEM,
    LOST_CODE,
    LOST_TEXT,
    ORDER_SYSTEM,
    PARTICIPANT_STATUS,
    PATIENT_SYSTEM,
    PRODUCT_SYSTEM,
    SITE_SYSTEM,
    SLOT_STATUS,
    SOURCE_SYSTEM,
)
from services.edge.fhir.finding import DoseSchedule, FoundSlot
from services.edge.fhir.ids import OfferKey

Resource = dict[str, Any]
# How long a slot is shown to last: nobody tells us how long a centre takes. An offer says what this hour costs.
SLOT_DURATION = timedelta(hours=1)
CANCELLED_FOR = "appointment-cancellation-reason: "  # begins the reason that is recorded with a cancellation
_FHIR_ID = re.compile(r"[A-Za-z0-9.-]{1,64}", re.ASCII)
_State = slotting_pb2.Slot.State


def schedule(found: DoseSchedule) -> Resource:
    """The Schedule of a product at a centre. Its practitioner is the product: who makes the dose."""
    product = reference("Practitioner", found.product.name, PRODUCT_SYSTEM, found.product.display_name)
    site = reference("Location", found.site.name, SITE_SYSTEM, found.site.display_name)
    return {
        "resourceType": "Schedule",
        "id": found.key.write(),
        "active": True,
        "serviceType": [_service(found.product.name, found.product.display_name)],
        "actor": [product, site],
    }


def slot(found: FoundSlot, source_system: str) -> Resource:
    """The Slot of an offer: free, or why not."""
    key, offer, at = found.key, found.offer, found.schedule
    status = "free" if offer else "busy" if found.full else "busy-unavailable"
    return {
        "resourceType": "Slot",
        "id": key.write(),
        "identifier": [_source(source_system)],
        "serviceType": [_service(at.product.name, at.product.display_name)],
        "appointmentType": _activity(key.activity_mbq),
        "schedule": _with_display({"reference": f"Schedule/{at.key.write()}"}, at.site.display_name),
        "status": status,
        **_times(key.administration_at),
        "comment": _about(offer) if offer else found.because,
    }


def claimed_slot(found: slotting_pb2.Slot, source_system: str) -> Resource:
    """The Slot of what was claimed, under the id of its Appointment."""
    key = OfferKey.of_slot(found)
    return {
        "resourceType": "Slot",
        "id": _last(found.name),
        "identifier": [_source(source_system)],
        "serviceType": [_service(found.product)],
        "appointmentType": _activity(key.activity_mbq),
        "schedule": {"reference": f"Schedule/{key.schedule.write()}"},
        "status": SLOT_STATUS[found.state],
        **_times(key.administration_at),
    }


def appointment(found: slotting_pb2.Slot, source_system: str, identifiers: Sequence[Resource] = ()) -> Resource:
    """The Appointment of a claimed slot; `identifiers` are those that it was booked with, where they are known."""
    key, status = OfferKey.of_slot(found), APPOINTMENT_STATUS[found.state]
    written: Resource = {
        "resourceType": "Appointment",
        "id": _last(found.name),
        "meta": {"versionId": found.etag, "lastUpdated": _text(found.update_time.ToDatetime(UTC))},
        "identifier": _identifiers(
            identifiers or [{"system": ORDER_SYSTEM, "value": found.order_reference}], source_system
        ),
        "status": status,
        "serviceType": [_service(found.product)],
        "appointmentType": _activity(key.activity_mbq),
        "slot": [{"reference": f"Slot/{key.write()}"}],
        **_times(key.administration_at),
        "created": _text(found.create_time.ToDatetime(UTC)),
        "participant": participants(found.patient_reference, found.product, found.site, status),
    }
    if status == "cancelled":
        written |= _cancelled_for(found)
    elif found.at_risk:
        lost = slotting_pb2.Slot.Risk.Name(found.risk).replace("_", " ").lower()
        written["comment"] = f"At risk: this slot has lost what it stands on ({lost})."
    return written


def proposed(
    found: FoundSlot,
    source_system: str,
    identifiers: Sequence[Resource],
    patient_reference: str,
    because: str,
    name: str,
) -> Resource:
    """The Appointment that a booking asked for and did not get. Nothing of it is kept, nothing is under its id."""
    at = found.schedule
    return {
        "resourceType": "Appointment",
        "id": name,
        "identifier": _identifiers(identifiers, source_system),
        "status": "proposed",
        "serviceType": [_service(at.product.name, at.product.display_name)],
        "appointmentType": _activity(found.key.activity_mbq),
        "slot": [{"reference": f"Slot/{found.key.write()}"}],
        **_times(found.key.administration_at),
        "comment": because,
        "participant": participants(patient_reference, at.product.name, at.site.name, "proposed"),
    }


def participants(patient_reference: str, product: str, site: str, status: str) -> list[Resource]:
    """Whom an appointment is for, who makes its dose, and where it is administered."""
    actors = [reference("Patient", patient_reference, PATIENT_SYSTEM)] if patient_reference else []
    actors += [reference("Practitioner", product, PRODUCT_SYSTEM), reference("Location", site, SITE_SYSTEM)]
    return [{"actor": actor, "status": PARTICIPANT_STATUS[status]} for actor in actors]


def searchset(
    base: str, parameters: Sequence[tuple[str, str]], page: Sequence[Resource], beside: Sequence[Resource], total: int
) -> Resource:
    """A Bundle of what was found on this page, with what belongs to it and what has to be said of the search."""
    entries = [_entry(base, each, "match") for each in page]
    modes = {"OperationOutcome": "outcome"}
    entries += [_entry(base, each, modes.get(each["resourceType"], "include")) for each in beside]
    links = [{"relation": "self", "url": f"{base}?{urlencode(parameters)}"}]
    plain = [(name, value) for name, value in parameters if name != "_offset"]
    offset = next((int(value) for name, value in parameters if name == "_offset" and value.isdecimal()), 0)
    if page and offset + len(page) < total:
        following = urlencode([*plain, ("_offset", str(offset + len(page)))])
        links.append({"relation": "next", "url": f"{base}?{following}"})
    return {"resourceType": "Bundle", "type": "searchset", "total": total, "link": links, "entry": entries}


def reference(kind: str, name: str, system: str, display: str = "") -> Resource:
    """A reference to something of ours; what is no FHIR id (it has an underscore) is referred to by its identifier."""
    last = _last(name)
    spoken = {"identifier": {"system": system, "value": last}} if not _FHIR_ID.fullmatch(last) else {}
    return _with_display(spoken or {"reference": f"{kind}/{last}"}, display)


def _entry(base: str, resource: Resource, mode: str) -> Resource:
    found: Resource = {"resource": resource, "search": {"mode": mode}}
    if "id" in resource:
        found["fullUrl"] = f"{base.rpartition('/')[0]}/{resource['resourceType']}/{resource['id']}"
    return found


def _service(product: str, display: str = "") -> Resource:
    return {"coding": [_with_display({"system": PRODUCT_SYSTEM, "code": _last(product)}, display)]}


def _activity(mbq: float) -> Resource:
    said = format(mbq, ".9f").rstrip("0").rstrip(".")
    return {"coding": [{"system": ACTIVITY_SYSTEM, "code": f"{said}MBq", "display": f"{said} MBq at administration"}]}


def _source(source_system: str) -> Resource:
    return {"system": SOURCE_SYSTEM, "value": source_system}


def _identifiers(found: Sequence[Resource], source_system: str) -> list[Resource]:
    """Those of the booking, and which source system this is, unless one of them says so."""
    said = any(each["value"] == source_system for each in found)
    return [*found] if said else [*found, _source(source_system)]


def _times(at: datetime) -> Resource:
    return {"start": _text(at), "end": _text(at + SLOT_DURATION)}


def _about(offer: slotting_pb2.Offer) -> str:
    delivery = _text(offer.delivery_interval.end_time.ToDatetime(UTC))
    until = _text(offer.last_claim_time.ToDatetime(UTC))
    return (
        f"Delivered by {delivery}. Can be booked before {until}. "
        f"An hour after the start the dose has {offer.activity_lost_per_hour_mbq:.1f} MBq less."
    )


def _cancelled_for(found: slotting_pb2.Slot) -> Resource:
    if found.state == _State.LOST:
        return {"cancelationReason": _reason(LOST_CODE) | {"text": LOST_TEXT}}
    code = found.last_change.reason.removeprefix(CANCELLED_FOR)
    return {"cancelationReason": _reason(code)} if code in CANCELATION_CODES else {}


def _reason(code: str) -> Resource:
    return {"coding": [{"system": CANCELATION_SYSTEM, "code": code}]}


def _with_display(spoken: Resource, display: str) -> Resource:
    return {**spoken, "display": display} if display else spoken


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _last(name: str) -> str:
    return name.rpartition("/")[2]
