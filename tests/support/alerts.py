"""Steps of escalations, as the tower publishes them."""

from datetime import timedelta
from typing import Any

from doselane.tower.v1 import escalation_pb2, incident_pb2
from doselane.tower.v1.events_pb2 import EscalationStepTaken

from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from tests.support.couriers import NOW

CDMO, NORTHLAKE = "partners/cdmo", "partners/northlake"
ESCALATION = "escalations/0198f2c4-0000-7000-8000-00000000e5ca"
INCIDENT = "incidents/0198f2c4-0000-7000-8000-000000000001"
EMAIL, PHONE = "tower@cdmo.example", "+15550100200"
UNTIL = NOW + timedelta(hours=9)
Contact = escalation_pb2.AlertContact
CONTACTS = (
    Contact(channel=Contact.EMAIL, address=EMAIL),
    Contact(channel=Contact.SMS, address=PHONE),
    Contact(channel=Contact.WEBHOOK),
)


def a_step_taken(*contacts: Contact, doses: int = 2, step: int = 1, **changes: Any) -> EscalationStepTaken:
    """The first step of two, for doses of a run that failed, which can be saved until six in the evening."""
    outcomes = [escalation_pb2.AlertOutcome(contact=each, state=1) for each in contacts or CONTACTS]
    taken = escalation_pb2.EscalationStep(left_percent=100, take_time=stamp(NOW), outcomes=outcomes)
    facts: dict[str, Any] = {
        "name": ESCALATION,
        "partner": CDMO,
        "incident": INCIDENT,
        "kind": incident_pb2.Incident.RUN_FAILED,
        "subject": "runs/lu-1",
        "product": "products/lu",
        "steps": [taken, taken],
        "doses": [
            escalation_pb2.EscalatedDose(dose=f"doses/d{each}", rescue_until_time=stamp(UNTIL))
            for each in range(1, doses + 1)
        ],
        "until_time": stamp(UNTIL),
    }
    return EscalationStepTaken(escalation=escalation_pb2.Escalation(**{**facts, **changes}), step=step)


def step_news(said: EscalationStepTaken, sequence: int = 1) -> Event:
    """The event of a step."""
    type_ = "doselane.tower.escalation.step_taken.v1"
    return Event(
        uuid7(), type_, "doselane/tower", said.escalation.name, sequence, NOW, said.SerializeToString(),
        said.escalation.partner,
    )  # fmt: skip
