"""Appointments as schedulers send them."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.edge.fhir import reading
from services.kernel.errors import Invalid
from tests.support.interfaces import json_interface, samples
from tests.support.scheduler import CANCEL, SURNAME, wish

ORDER = "08p000000000001AAA"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ("identifier", "slot", "participant", "start", "status", "id", "cancelationReason", "resourceType")


def booking(**changed: Any) -> reading.BookingWish:
    return reading.booking(json.dumps(wish("x", ORDER) | changed).encode(), "doselane")


def test_what_a_booking_needs_is_read_and_nothing_else():
    found = booking(start="2026-12-03T08:00:00+0000")
    assert (found.order_reference, found.slot_id, found.patient_reference) == (ORDER, "x", "pt-1")
    assert found.start_at == datetime(2026, 12, 3, 8, tzinfo=UTC)
    assert len(found.identifiers) == 3
    assert SURNAME not in repr(found)


@pytest.mark.parametrize(
    ("identifiers", "order"),
    [
        (
            [{"system": "https://x/ServiceAppointment", "value": "A"}, {"system": "https://x/Patient", "value": "B"}],
            "A",
        ),
        ([{"value": ORDER}, {"value": "001000000000001AAA"}, {"value": "doselane"}], ORDER),
        ([{"value": "NL-0042"}, {"value": "doselane"}], "NL-0042"),
    ],
)
def test_the_schedulers_own_id_is_found_by_system_form_or_because_it_is_alone(identifiers, order):
    assert booking(identifier=identifiers).order_reference == order


@pytest.mark.parametrize(
    "reference", ["Slot/x", "https://doselane.example/fhir/r4/Slot/x", "Slot/doselane|x", "doselane|x", "x",
     "Slot/x/_history/2", "https://doselane.example/fhir/r4/Slot/x/_history/2"],
)  # fmt: skip
def test_a_reference_to_a_slot_has_many_forms(reference: str):
    assert booking(slot=[{"reference": reference}]).slot_id == "x"


@pytest.mark.parametrize(
    "actor",
    [
        {"reference": "Patient/pt_1"},
        {"reference": "https://doselane.example/fhir/r4/Patient/pt_1"},
        {"reference": "Patient/pt_1/_history/3"},
        {"identifier": {"system": "urn:doselane:patient-reference", "value": "pt_1"}},
        {"type": "Patient", "identifier": {"system": "urn:doselane:patient-reference", "value": "pt_1"}},
    ],
)
def test_a_pseudonym_is_read_however_it_is_referred_to(actor: dict[str, Any]):
    assert booking(participant=[{"actor": actor, "status": "accepted"}]).patient_reference == "pt_1"


def test_a_patients_number_of_somebody_else_is_not_read():
    actor = {"type": "Patient", "identifier": {"system": "urn:oid:1.2.36.146.595.217.0.1", "value": "12345"}}
    assert booking(participant=[{"actor": actor}]).patient_reference == ""


@pytest.mark.parametrize("status", ["proposed", "pending", "booked"])
def test_what_is_to_be_booked_is_booked(status: str):
    assert booking(status=status).slot_id == "x"


def test_a_booking_without_a_patient_has_no_reference():
    assert (
        booking(participant=[{"actor": {"reference": "Practitioner/p"}, "status": "accepted"}]).patient_reference == ""
    )


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"identifier": []}, "identifier"),
        ({"identifier": [{"value": "A"}, {"value": "B"}]}, "identifier"),
        ({"identifier": [{"system": "x"}]}, "identifier[0].value"),
        ({"identifier": [{"value": "\n"}]}, "identifier[0].value"),
        ({"identifier": [{"value": "x" * 65}]}, "identifier[0].value"),
        ({"identifier": [{"value": "A", "system": f"Ms {SURNAME}"}]}, "identifier[0].system"),
        ({"slot": []}, "slot"),
        ({"slot": [{"reference": "Slot/x"}, {"reference": "Slot/y"}]}, "slot"),
        ({"slot": {"reference": "Slot/x"}}, "slot"),
        ({"slot": [{"display": "x"}]}, "slot[0].reference"),
        ({"participant": [{"actor": {"reference": f"Patient/Jane {SURNAME}"}}]}, "participant[0].actor.reference"),
        ({"participant": [{"actor": [1]}]}, "actor"),
        ({"start": "2026-12-03"}, "start"),
        ({"start": "2026-12-03T08:00:00"}, "start"),
        ({"start": 7}, "start"),
        ({"resourceType": "Slot"}, "resourceType"),
        ({"status": "cancelled"}, "status"),
        ({"status": "entered-in-error"}, "status"),
        ({"status": "waitlist"}, "status"),
        ({"status": ["booked"]}, "status"),
        (
            {
                "participant": [
                    {"actor": {"identifier": {"system": "urn:doselane:patient-reference", "value": SURNAME * 9}}}
                ]
            },
            "participant[0].actor.identifier.value",
        ),
        ({"modifierExtension": [{"url": "x"}]}, "modifierExtension"),
        ({"implicitRules": "x"}, "implicitRules"),
    ],
)
def test_what_is_wrong_is_named_and_never_quoted(changed: dict[str, Any], field: str):
    with pytest.raises(Invalid) as refused:
        booking(**changed)
    assert refused.value.facts["field"] == field
    assert SURNAME not in str(refused.value) + str(refused.value.facts)


def test_a_cancellation_says_why_by_a_code_or_not_at_all():
    def code(**changed: Any) -> str:
        return reading.cancellation(json.dumps(CANCEL | changed).encode(), "1").code

    assert code() == "pat"
    assert code(id="1") == "pat"
    assert code(cancelationReason={}) == ""
    assert code(cancelationReason={"coding": [{"code": f"Ms {SURNAME} is ill"}], "text": SURNAME}) == ""
    for changed in ({"id": "2"}, {"status": "booked"}, {"cancelationReason": "pat"}):
        with pytest.raises(Invalid):
            code(**changed)


@given(st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=4))
def test_any_appointment_is_read_or_refused(changed):
    body = json.dumps(wish("x", ORDER) | changed).encode()
    for read in (lambda: reading.booking(body, "doselane"), lambda: reading.cancellation(body, "1")):
        try:
            read()
        except Invalid as refused:
            assert refused.facts["field"]


@pytest.mark.parametrize("path", samples("fhir/r4-examples", "Appointment-*.json"))
def test_the_examples_of_the_standard_are_read_or_refused_by_name(path: Path):
    """They are no bookings of ours: some lack the identifier or the slot that one needs."""
    try:
        found = reading.booking(path.read_bytes(), "doselane")
    except Invalid as refused:
        assert refused.facts["field"] in ("identifier", "slot")
    else:
        assert found.order_reference and found.slot_id


def test_the_booking_and_the_cancellation_of_the_interface_notes_are_read():
    steps = {each["step"]: each for each in json_interface("salesforce/samples/appointment-fhir.json")}
    found = reading.booking(json.dumps(steps["book"]["request"]["body"]).encode(), "doselane")
    assert (found.order_reference, found.slot_id, found.patient_reference) == (ORDER, "slot-1", "pt-1")
    assert reading.cancellation(json.dumps(steps["cancel"]["request"]["body"]).encode(), "apt-1").code == "pat"
