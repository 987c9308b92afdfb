"""Northlake Oncology's logistics desk: follows its shipments by their events, and calls somebody when one is late."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from doselane.courier.v1.courier_pb2 import Milestone
from doselane.distribution.v1.events_pb2 import (
    MilestoneOverdue,
    MilestoneRecorded,
    ShipmentBooked,
    ShipmentDelivered,
)
from doselane.distribution.v1.shipment_pb2 import Shipment
from pact import Pact, match

from tests.contracts.consumers.words import EXAMPLE_SLOT_ID, heard, instant, named, pact_of, text

NAME = "northlake-oncology-logistics"
PARTNER = "partners/northlake-oncology"
SHIPMENT = f"shipments/{EXAMPLE_SLOT_ID}"
DOSE = f"doses/{EXAMPLE_SLOT_ID}"
BOOKED = "doselane.distribution.shipment.booked.v1"
RECORDED = "doselane.distribution.milestone.recorded.v1"
OVERDUE = "doselane.distribution.milestone.overdue.v1"
DELIVERED = "doselane.distribution.shipment.delivered.v1"
ON_THE_WAY = "^(COLLECTED|DEPARTED|ARRIVED|DELIVERED)$"


@dataclass
class Board:
    """What hangs on the desk's wall."""

    doses: dict[str, list[str]] = field(default_factory=dict)  # by shipment
    booked_for: dict[str, tuple[str, str, str]] = field(default_factory=dict)  # centre, courier, departure
    seen: dict[str, list[tuple[str, str, str]]] = field(default_factory=dict)  # id, kind and time, by shipment
    expected_at: dict[str, str] = field(default_factory=dict)  # half of all arrive by then
    to_call: dict[str, tuple[str, str, str]] = field(default_factory=dict)  # courier, what is late, and since when
    arrived_at: dict[str, str] = field(default_factory=dict)  # by dose
    newest: dict[str, int] = field(default_factory=dict)  # sequence by shipment

    def take(self, headers: Mapping[str, str], data: bytes) -> None:
        """Takes one record; what is older than the newest of its shipment was taken before."""
        subject, sequence = headers["ce_subject"], int(headers["ce_sequence"])
        if sequence <= self.newest.get(subject, 0):
            return
        self.newest[subject] = sequence
        takes: Mapping[str, Callable[[bytes], None]] = {
            BOOKED: lambda data: self._booked(ShipmentBooked.FromString(data)),
            RECORDED: lambda data: self._recorded(MilestoneRecorded.FromString(data)),
            OVERDUE: lambda data: self._overdue(MilestoneOverdue.FromString(data)),
            DELIVERED: lambda data: self._delivered(ShipmentDelivered.FromString(data)),
        }
        if headers["ce_type"] in takes:
            takes[headers["ce_type"]](data)

    def _booked(self, event: ShipmentBooked) -> None:
        told = event.shipment
        assert told.partner == PARTNER and told.state == Shipment.BOOKED
        self.doses[told.name] = [each.dose for each in told.doses]
        self.booked_for[told.name] = (told.site, told.courier, told.departure_time.ToJsonString())

    def _recorded(self, event: MilestoneRecorded) -> None:
        told, seen = event.shipment, event.milestone
        fact = (seen.event_id, Milestone.Kind.Name(seen.kind), seen.time.ToJsonString())
        self.seen.setdefault(told.name, []).append(fact)
        if told.state == Shipment.IN_TRANSIT:
            self.expected_at[told.name] = told.prediction.p50_time.ToJsonString()

    def _overdue(self, event: MilestoneOverdue) -> None:
        told, late = event.shipment, event.expected
        kind = Milestone.Kind.Name(late.kind)
        self.to_call[told.name] = (told.courier, kind, late.overdue_time.ToJsonString())

    def _delivered(self, event: ShipmentDelivered) -> None:
        assert event.shipment.state == Shipment.DELIVERED
        for each in event.shipment.doses:
            self.arrived_at[each.dose] = event.delivery_time.ToJsonString()


def contract() -> Pact:
    """What the desk relies on."""
    pact = pact_of(NAME)
    for step in (_hears_of_a_booking, _hears_of_a_milestone, _hears_of_what_is_late, _hears_of_a_delivery):
        step(pact)
    return pact


def _hears_of_a_booking(pact: Pact) -> None:
    told = pact.upon_receiving("a shipment was booked", "Async").given("a booked shipment", partner=PARTNER)
    shipment = {
        "name": named("shipments"),
        "partner": PARTNER,
        "state": "BOOKED",
        "site": named("sites", "sites/lakeside"),
        "courier": named("partners", "partners/polar-courier"),
        "departureTime": instant("2027-03-02T20:00:00Z"),
        "doses": match.each_like({"dose": named("doses")}, min=1),
    }
    heard(told, BOOKED, "doselane/distribution", SHIPMENT, {"shipment": shipment})


def _hears_of_a_milestone(pact: Pact) -> None:
    told = pact.upon_receiving("a milestone of a shipment was recorded", "Async")
    told.given("a shipment on its way", partner=PARTNER)
    milestone = {
        "eventId": text("ni:///sha-256;ab12", ".+"),
        "kind": "DEPARTED",
        "time": instant("2027-03-02T20:00:00Z"),
    }
    prediction = {"p50Time": instant("2027-03-03T02:10:00Z")}
    shipment = {"name": named("shipments"), "state": "IN_TRANSIT", "prediction": prediction}
    heard(told, RECORDED, "doselane/distribution", SHIPMENT, {"shipment": shipment, "milestone": milestone})


def _hears_of_what_is_late(pact: Pact) -> None:
    told = pact.upon_receiving("an expected milestone has not come", "Async")
    told.given("a shipment of which nothing is heard", partner=PARTNER)
    shipment = {"name": named("shipments"), "courier": named("partners", "partners/polar-courier")}
    expected = {"kind": text("COLLECTED", ON_THE_WAY), "overdueTime": instant("2027-03-02T20:30:00Z")}
    heard(told, OVERDUE, "doselane/distribution", SHIPMENT, {"shipment": shipment, "expected": expected})


def _hears_of_a_delivery(pact: Pact) -> None:
    told = pact.upon_receiving("a shipment was delivered", "Async")
    told.given("a dose whose shipment is delivered", partner=PARTNER)
    shipment = {"state": "DELIVERED", "doses": match.each_like({"dose": named("doses")}, min=1)}
    data = {"shipment": shipment, "deliveryTime": instant("2027-03-03T06:40:00Z")}
    heard(told, DELIVERED, "doselane/distribution", SHIPMENT, data)
