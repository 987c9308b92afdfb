"""States of doses on their way."""

import json
from datetime import datetime

from doselane.courier.v1.courier_pb2 import Milestone
from doselane.courier.v1.events_pb2 import MilestoneReported
from doselane.distribution.v1 import distribution_pb2 as distribution
from doselane.distribution.v1.events_pb2 import MilestoneRecorded
from doselane.distribution.v1.shipment_pb2 import Shipment
from doselane.exchange.v1 import exchange_pb2 as exchange
from doselane.slotting.v1 import slotting_pb2 as slotting
from doselane.status.v1 import status_pb2 as status
from doselane.status.v1.events_pb2 import DoseUpdated

from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.local.contracts.calls import GatewayCalls
from services.local.contracts.courier import COURIER, PATH, VAN_HEADER, VAN_PATH, in_our_words, reported
from services.local.contracts.states.given import Fits, Given, about
from services.local.contracts.states.network import staff_of
from services.local.contracts.states.slots import a_confirmed_slot
from services.local.world import VAN, VAN_KEY

BOOKED, RECORDED, OVERDUE, DELIVERED = (
    f"doselane.distribution.{what}.v1"
    for what in ("shipment.booked", "milestone.recorded", "milestone.overdue", "shipment.delivered")
)


def a_booked_shipment(calls: GatewayCalls, partner: str, courier: str = COURIER) -> Given:
    """A dose that a courier carries as its only one; nothing is known of the way yet."""
    given = a_confirmed_slot(calls, partner)
    reference = f"urn:epc:id:sscc:9520123.{uuid7().int % 10**10:010d}"
    staff = staff_of(calls)
    book = distribution.BookShipmentRequest(
        doses=[given.values["dose"]], courier=courier, references=[reference], request_id=str(uuid7())
    )
    booked = calls.until(lambda: staff.BookShipment(book))
    values = {"shipment": booked.name, "courier": courier, "shipmentReference": reference}
    return given.and_then(Given(values, {BOOKED: about(booked.name), OVERDUE: about(booked.name)}))


def a_shipment_on_its_way(calls: GatewayCalls, partner: str) -> Given:
    """The same, and the courier said that it has left."""
    given = _told(calls, partner, "departing")
    name = given.values["shipment"]
    return given.and_then(Given(events={RECORDED: lambda event: _recorded(event) == (name, Milestone.DEPARTED)}))


def a_silent_shipment(calls: GatewayCalls, partner: str) -> Given:
    """A booked shipment whose dose is to be administered by now, and its courier has told nothing."""
    given = a_booked_shipment(calls, partner)
    calls.advance_to(datetime.fromisoformat(given.values["administrationTime"]))
    return given


def a_delivered_dose(calls: GatewayCalls, partner: str) -> Given:
    """A dose whose courier said that it was delivered."""
    given = _told(calls, partner, "receiving")
    dose, reference, staff = given.values["dose"], given.values["shipmentReference"], staff_of(calls)
    events: dict[str, Fits] = {
        "doselane.status.dose.updated.v1": lambda event: _delivery_of(event) == dose,
        "doselane.courier.milestone.reported.v1": lambda event: _delivered_reference(event) == reference,
        DELIVERED: about(given.values["shipment"]),
    }
    calls.until(lambda: _arrived(staff.GetDose(status.GetDoseRequest(name=dose))))
    return given.and_then(Given(events=events))


def a_key_of_a_van_service(calls: GatewayCalls) -> Given:
    """By which a courier that speaks our own JSON proves who it is, and a request id that was never used."""
    return Given({"pushKey": VAN_KEY, "requestId": str(uuid7())})


def a_shipment_in_a_van(calls: GatewayCalls, partner: str) -> Given:
    """A booked shipment of that courier; its dose is made, and may be on its way."""
    given = a_booked_shipment(calls, partner, VAN)
    calls.advance_to(datetime.fromisoformat(given.values["fromTime"]))  # hours after its run was made
    _until_the_door_knows(calls, given)
    return given


def _until_the_door_knows(calls: GatewayCalls, given: Given) -> None:
    """The door hears of a shipment by an event, a moment after distribution has answered."""
    said = in_our_words("VAN-E-TRY", given.values["shipmentReference"], given.values["fromTime"])
    message = exchange.RawMessage(body=json.dumps(said).encode())
    message.headers.add(name="content-type", value="application/json")
    asked = exchange.TranslateMessageRequest(raw=message, account=VAN_PATH.rpartition("/")[2])
    staff = staff_of(calls)

    def known() -> bool | None:
        warnings = [each for event in staff.TranslateMessage(asked).events for each in event.warnings]
        return True if "SHIPMENT_UNKNOWN" not in warnings else None

    calls.until(known)


def a_milestone_of_a_van(calls: GatewayCalls, partner: str) -> Given:
    """The same, and its delivery was told."""
    given = a_shipment_in_a_van(calls, partner)
    event_id = f"VAN-E-{uuid7().hex[-12:]}"
    said = in_our_words(event_id, given.values["shipmentReference"], given.values["fromTime"])
    calls.push(VAN, VAN_PATH, said, {VAN_HEADER: VAN_KEY})
    return given.and_then(Given({"eventId": event_id}))


def _told(calls: GatewayCalls, partner: str, step: str) -> Given:
    given = a_booked_shipment(calls, partner)
    at = datetime.fromisoformat(given.values["fromTime"])  # hours after its run was made
    calls.advance_to(at)
    calls.push(COURIER, PATH, reported(given.values["shipmentReference"], at, step))
    return given


def _recorded(event: Event) -> tuple[str, int]:
    told = MilestoneRecorded.FromString(event.data)
    return told.shipment.name, told.milestone.kind


def _delivery_of(event: Event) -> str | None:
    told = DoseUpdated.FromString(event.data)
    return told.dose.name if told.entry.milestone.kind == Milestone.DELIVERED else None


def _delivered_reference(event: Event) -> str | None:
    told = MilestoneReported.FromString(event.data).milestone
    return next(iter(told.shipment_references), None) if told.kind == Milestone.DELIVERED else None


def _arrived(dose: status.Dose) -> status.Dose | None:
    fulfilled = dose.slot_state == slotting.Slot.FULFILLED
    return dose if fulfilled and dose.shipment.state == Shipment.DELIVERED else None
