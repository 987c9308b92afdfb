"""Appointments as schedulers send them: what a booking or a cancellation needs of one, and nothing else of it.

Whatever names or describes a patient (displays, comments, contained resources) is not even read.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from services.edge.fhir.codes import CANCELATION_CODES, PATIENT_SYSTEM
from services.edge.fhir.dates import StartBound
from services.edge.json_in import read_text
from services.kernel.errors import Invalid

_REFERENCE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,62}[\x21-\x7e])?")
_PSEUDONYM = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_SYSTEM = re.compile(r"[A-Za-z0-9:/._#-]{1,200}", re.ASCII)
# The first three characters of a Salesforce record id are its object's: a service appointment, an event.
_APPOINTMENT_ID = re.compile(r"(?:08p|00U)[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?", re.ASCII)


# What an appointment that is to be booked can be; the others are over, or never to be.
_TO_BOOK = ("proposed", "pending", "booked")
_VERSION = re.compile(r"/_history/[A-Za-z0-9.-]{1,64}$", re.ASCII)


@dataclass(frozen=True, slots=True)
class BookingWish:
    """What is to be booked: for which order, which slot, for which pseudonym; the identifiers are told back."""

    order_reference: str
    slot_id: str
    patient_reference: str
    start_at: datetime | None
    identifiers: tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True)
class CancellationWish:
    """Why an appointment is cancelled: a code of HL7's, or nothing."""

    code: str


def booking(body: bytes, source_system: str) -> BookingWish:
    """Reads an Appointment that is to be booked; Invalid says what is wrong with it, and never quotes it."""
    wanted = _appointment(body)
    if wanted.get("status", "proposed") not in _TO_BOOK:
        raise Invalid(f"status must be {', '.join(_TO_BOOK)} for what is to be booked.", field="status")
    identifiers = _identifiers(wanted)
    references = [each for each in _objects(wanted, "slot") if each]
    if len(references) != 1:
        raise Invalid("slot must have one reference: the Slot that is to be booked.", field="slot")
    return BookingWish(
        _order_reference([each for each in identifiers if each["value"] != source_system]),
        _last(_text(references[0], "reference", "slot[0].reference")),
        _patient_reference(wanted),
        _start(wanted),
        tuple(identifiers),
    )


def cancellation(body: bytes, name: str) -> CancellationWish:
    """Reads an Appointment that is to be cancelled."""
    wanted = _appointment(body)
    if wanted.get("status") != "cancelled":
        detail = "status must be cancelled: that is the only change that can be made. To move, cancel and book again."
        raise Invalid(detail, field="status")
    said = wanted.get("id", name)
    if said != name:
        raise Invalid("id is not the one in the address.", field="id")
    codes = [
        code
        for coding in _objects(_object(wanted, "cancelationReason"), "coding")
        if (code := coding.get("code")) in CANCELATION_CODES
    ]
    return CancellationWish(codes[0] if codes else "")


def _appointment(body: bytes) -> dict[str, Any]:
    wanted = read_text(body)
    if not isinstance(wanted, dict) or wanted.get("resourceType") != "Appointment":
        raise Invalid("The body must be an Appointment, with its resourceType.", field="resourceType")
    for name in ("modifierExtension", "implicitRules"):
        if wanted.get(name):
            raise Invalid(f"{name} would change what the rest means, and is not known here.", field=name)
    return wanted


def _identifiers(wanted: dict[str, Any]) -> list[Mapping[str, str]]:
    """All of them; Invalid where one has no value, or a text that is no identifier."""
    found: list[Mapping[str, str]] = []
    for index, each in enumerate(_objects(wanted, "identifier")):
        value, system = _text(each, "value", f"identifier[{index}].value"), each.get("system", "")
        if not isinstance(system, str) or (system and not _SYSTEM.fullmatch(system)):
            raise Invalid(f"identifier[{index}].system must be a URI.", field=f"identifier[{index}].system")
        if not _REFERENCE.fullmatch(value):
            wrong = f"identifier[{index}].value must be 1 to 64 printable characters."
            raise Invalid(wrong, field=f"identifier[{index}].value")
        found.append({"system": system, "value": value} if system else {"value": value})
    return found


def _order_reference(identifiers: Sequence[Mapping[str, str]]) -> str:
    """The scheduler's own id of the appointment: by its system, by its form, or because it is the only one."""
    named = [each for each in identifiers if "appointment" in each.get("system", "").lower()]
    formed = [each for each in identifiers if _APPOINTMENT_ID.fullmatch(each["value"])]
    for found in (named, formed, identifiers):
        if len(found) == 1:
            return found[0]["value"]
    raise Invalid(
        "identifier must have your own id of the appointment, under a system that has `appointment` in it: "
        "by it a repetition is known.",
        field="identifier",
    )


def _patient_reference(wanted: dict[str, Any]) -> str:
    """The pseudonym in the reference to the patient; empty without one."""
    for index, each in enumerate(_objects(wanted, "participant")):
        actor = _object(each, "actor")
        spoken, identifier = actor.get("reference", ""), _object(actor, "identifier")
        where = f"participant[{index}].actor.reference"
        if isinstance(spoken, str) and _VERSION.sub("", spoken).rpartition("/")[0].rpartition("/")[2] == "Patient":
            name = _last(spoken)
        elif identifier.get("system") == PATIENT_SYSTEM:  # as we write one that is no FHIR id
            where = f"participant[{index}].actor.identifier.value"
            name = _text(identifier, "value", where)
        else:
            continue
        if not _PSEUDONYM.fullmatch(name):
            raise Invalid(f"{where} must end with a pseudonym: up to 64 letters, digits and ._-", field=where)
        return name
    return ""


def _start(wanted: dict[str, Any]) -> datetime | None:
    said = wanted.get("start")
    if said is None:
        return None
    bound = StartBound.read(said) if isinstance(said, str) and said[:1].isdecimal() else None
    if bound is None or not bound.has_zone:
        raise Invalid("start must be an instant with its offset, such as 2026-12-01T08:30:00Z.", field="start")
    return bound.span(UTC)[0]


def _objects(part: Mapping[str, Any], name: str) -> Iterator[dict[str, Any]]:
    found = part.get(name) or []
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise Invalid(f"{name} must be a list of objects.", field=name)
    yield from found


def _object(part: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = part.get(name) or {}
    if not isinstance(found, dict):
        raise Invalid(f"{name} must be an object.", field=name)
    return found


def _text(part: Mapping[str, Any], name: str, where: str) -> str:
    found = part.get(name)
    if not isinstance(found, str) or not found:
        raise Invalid(f"{where} must be a text.", field=where)
    return found


def _last(reference: str) -> str:
    """The id in `Slot/x`, `https://…/Slot/x`, `Slot/x/_history/1`, `Slot/doselane|x` and `doselane|x`."""
    return _VERSION.sub("", reference).rpartition("/")[2].rpartition("|")[2]
