"""Our slots as R4 resources, in every state."""

from datetime import UTC, datetime

import pytest
from doselane.masterdata.v1 import resources_pb2
from doselane.slotting.v1 import slotting_pb2
from doselane.type.v1 import type_pb2

from services.edge.fhir import codes, writing
from services.edge.fhir.finding import DoseSchedule
from services.edge.fhir.outcomes import outcome
from services.kernel.timestamps import stamp
from tests.support.interfaces import json_interface
from tests.support.scheduler import judge

State = slotting_pb2.Slot.State
NINE = datetime(2026, 12, 3, 9, tzinfo=UTC)


def a_slot(**changed) -> slotting_pb2.Slot:
    facts = {
        "name": "slots/01a216d1-b5f8-7ef8-9a66-37f87397d773",
        "partner": "partners/northlake-oncology",
        "product": "products/lu-ligand",
        "site": "sites/lakeside-clinic",
        "run": "runs/1",
        "state": State.CONFIRMED,
        "administration": type_pb2.Activity(activity_mbq=7400.5, time=stamp(NINE)),
        "order_reference": "NL-0042",
        "patient_reference": "pt-1",
        "etag": "v1",
        "create_time": stamp(NINE),
        "update_time": stamp(NINE),
    }
    return slotting_pb2.Slot(**facts | changed)


@pytest.mark.parametrize(
    ("state", "slot_status", "appointment_status"),
    [
        (State.HELD, "busy-tentative", "pending"),
        (State.CONFIRMED, "busy", "booked"),
        (State.FULFILLED, "busy", "fulfilled"),
        (State.RELEASED, "free", "cancelled"),
        (State.EXPIRED, "free", "cancelled"),
        (State.LOST, "busy-unavailable", "cancelled"),
    ],
)
def test_each_state_has_its_status(state, slot_status, appointment_status):
    slot, appointment = (
        write(a_slot(state=state), "doselane") for write in (writing.claimed_slot, writing.appointment)
    )
    judge(slot)
    judge(appointment)
    assert (slot["status"], appointment["status"]) == (slot_status, appointment_status)
    assert ("cancelationReason" in appointment) == (state == State.LOST)


def test_no_state_and_no_status_is_without_a_word():
    known = {state for state in State.values() if state != State.STATE_UNSPECIFIED}
    assert set(codes.SLOT_STATUS) == set(codes.APPOINTMENT_STATUS) == known
    assert {*codes.APPOINTMENT_STATUS.values(), "proposed"} == set(codes.PARTICIPANT_STATUS)


def test_a_slot_at_risk_says_so():
    written = writing.appointment(a_slot(at_risk=True, risk=slotting_pb2.Slot.QUALITY_CONTROL), "doselane")
    assert written["comment"] == "At risk: this slot has lost what it stands on (quality control)."


def test_an_instant_to_the_microsecond_and_an_activity_to_the_kilobecquerel_are_kept():
    at = NINE.replace(microsecond=123456)
    administration = type_pb2.Activity(activity_mbq=7400.001, time=stamp(at))
    written = writing.appointment(a_slot(administration=administration), "doselane")
    assert written["start"] == "2026-12-03T09:00:00.123456Z"
    assert written["appointmentType"]["coding"][0]["code"] == "7400.001MBq"


def test_what_is_no_fhir_id_is_referred_to_by_its_identifier():
    slot = a_slot(site="sites/lake_side", patient_reference="pt_1")
    written = writing.appointment(slot, "doselane")
    judge(written)
    actors = [each["actor"] for each in written["participant"]]
    assert actors == [
        {"identifier": {"system": "urn:doselane:patient-reference", "value": "pt_1"}},
        {"reference": "Practitioner/lu-ligand"},
        {"identifier": {"system": "urn:doselane:site", "value": "lake_side"}},
    ]


def test_a_schedule_is_a_product_at_a_centre():
    site = resources_pb2.Site(name="sites/lakeside-clinic", display_name="Lakeside Clinic")
    written = writing.schedule(DoseSchedule(resources_pb2.Product(name="products/lu-ligand"), site))
    judge(written)
    assert written["actor"][1] == {"reference": "Location/lakeside-clinic", "display": "Lakeside Clinic"}


def test_a_booked_appointment_has_all_that_the_interface_notes_have():
    steps = {each["step"]: each for each in json_interface("salesforce/samples/appointment-fhir.json")}
    sample = steps["book"]["response"]["body"]
    identifiers = [dict(each) for each in sample["identifier"]]
    written = writing.appointment(a_slot(), "doselane", identifiers)
    assert set(sample) <= set(written)
    assert written["identifier"] == sample["identifier"]
    for each in ("find slots", "slot status"):
        body = steps[each]["response"]["body"]
        shown = body["entry"][0]["resource"] if "entry" in body else body
        assert set(shown) <= set(writing.claimed_slot(a_slot(), "doselane"))


@pytest.mark.parametrize("status", [*codes.ISSUE_OF_STATUS, 500])
def test_every_error_is_a_valid_outcome(status: int):
    judge(outcome(status, "RUN_FULL", "The run is full."))
