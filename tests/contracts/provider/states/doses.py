"""States of doses on their way."""

from datetime import datetime

from doselane.courier.v1.courier_pb2 import Milestone
from doselane.courier.v1.events_pb2 import MilestoneReported
from doselane.distribution.v1 import distribution_pb2 as distribution
from doselane.distribution.v1.shipment_pb2 import Shipment
from doselane.status.v1 import status_pb2 as status
from doselane.status.v1.events_pb2 import DoseUpdated

from services.kernel.event import Event
from services.kernel.ids import uuid7
from tests.contracts.provider.calls import Calls
from tests.contracts.provider.courier import COURIER, PATH, delivered
from tests.contracts.provider.states.given import Fits, Given
from tests.contracts.provider.states.network import staff_of
from tests.contracts.provider.states.slots import a_confirmed_slot


def a_delivered_dose(calls: Calls, partner: str) -> Given:
    """A dose whose courier said that it was delivered."""
    given = a_confirmed_slot(calls, partner)
    dose, reference = given.values["dose"], f"urn:epc:id:sscc:9520123.{uuid7().int % 10**10:010d}"
    staff = staff_of(calls)
    found = calls.until(lambda: staff.GetDose(status.GetDoseRequest(name=dose)))
    book = distribution.BookShipmentRequest(
        doses=[found.name], courier=COURIER, references=[reference], request_id=str(uuid7())
    )
    calls.until(lambda: staff.BookShipment(book))
    arrived_at = datetime.fromisoformat(given.values["fromTime"])  # hours after its run was made
    calls.advance_to(arrived_at)
    calls.push(COURIER, PATH, delivered(reference, arrived_at))
    events: dict[str, Fits] = {
        "doselane.status.dose.updated.v1": lambda event: _delivery_of(event) == dose,
        "doselane.courier.milestone.reported.v1": lambda event: _delivered_reference(event) == reference,
    }
    calls.until(lambda: _arrived(staff.GetDose(status.GetDoseRequest(name=dose))))
    return given.and_then(Given({"courier": COURIER, "shipmentReference": reference}, events))


def _delivery_of(event: Event) -> str | None:
    told = DoseUpdated.FromString(event.data)
    return told.dose.name if told.entry.milestone.kind == Milestone.DELIVERED else None


def _delivered_reference(event: Event) -> str | None:
    told = MilestoneReported.FromString(event.data).milestone
    return next(iter(told.shipment_references), None) if told.kind == Milestone.DELIVERED else None


def _arrived(dose: status.Dose) -> status.Dose | None:
    return dose if dose.shipment.state == Shipment.DELIVERED else None
