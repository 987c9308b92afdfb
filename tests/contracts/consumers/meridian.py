"""Meridian Analytics: reads the event streams and keeps a ledger of slots, deliveries and couriers' punctuality."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from doselane.courier.v1.courier_pb2 import Milestone
from doselane.courier.v1.events_pb2 import MilestoneReported
from doselane.slotting.v1.events_pb2 import SlotConfirmed
from doselane.status.v1.events_pb2 import DoseUpdated
from doselane.status.v1.status_pb2 import Shipment
from pact import Pact, match

from tests.contracts.consumers.words import (
    DIGITS,
    EXAMPLE_SLOT_ID,
    INSTANT,
    instant,
    named,
    pact_of,
    text,
    whole_number,
)

NAME = "meridian-analytics"
SPONSOR = "partners/northlake-oncology"
SLOT_CONFIRMED = "doselane.slotting.slot.confirmed.v1"
DOSE_UPDATED = "doselane.status.dose.updated.v1"
MILESTONE_REPORTED = "doselane.courier.milestone.reported.v1"


@dataclass
class Ledger:
    """What Meridian makes of the events."""

    seen: set[str] = field(default_factory=set)
    kbq_of_run: dict[str, int] = field(default_factory=dict)
    delivered_at: dict[str, str] = field(default_factory=dict)
    milestones_of_courier: dict[str, list[tuple[str, str, str]]] = field(default_factory=dict)
    newest: dict[str, int] = field(default_factory=dict)  # sequence by subject

    def take(self, headers: Mapping[str, str], data: bytes) -> None:
        """Takes one record of a topic: CloudEvents in Kafka's binary mode, a protobuf message as its value."""
        if headers["ce_id"] in self.seen:
            return
        self.seen.add(headers["ce_id"])
        self.newest[headers["ce_subject"]] = int(headers["ce_sequence"])
        if headers["ce_type"] == SLOT_CONFIRMED:
            self._slot(SlotConfirmed.FromString(data))
        elif headers["ce_type"] == DOSE_UPDATED:
            self._dose(DoseUpdated.FromString(data))
        elif headers["ce_type"] == MILESTONE_REPORTED:
            self._milestone(MilestoneReported.FromString(data))

    def _slot(self, event: SlotConfirmed) -> None:
        run, taken = event.slot.run, event.slot.reference_activity_kbq
        self.kbq_of_run[run] = self.kbq_of_run.get(run, 0) + taken

    def _dose(self, event: DoseUpdated) -> None:
        if event.dose.shipment.state == Shipment.DELIVERED:
            self.delivered_at[event.dose.name] = event.entry.milestone.time.ToJsonString()

    def _milestone(self, event: MilestoneReported) -> None:
        seen = event.milestone
        fact = (seen.event_id, Milestone.Kind.Name(seen.kind), seen.time.ToJsonString())
        self.milestones_of_courier.setdefault(event.courier, []).append(fact)


def contract() -> Pact:
    """What Meridian relies on."""
    pact = pact_of(NAME)
    _hears_of_a_promise(pact)
    _hears_of_a_delivery(pact)
    _hears_of_a_milestone(pact)
    return pact


def _event(told: Any, kind: str, source: str, subject: str, data: dict[str, Any]) -> None:
    """The CloudEvents headers of the Kafka record beside its value, which stands here as protobuf JSON."""
    told.with_body(data, "application/json").with_metadata(
        {
            "ce_specversion": "1.0",
            "ce_type": kind,
            "ce_source": source,
            "ce_id": match.uuid("0198a1b2-6f00-7000-8000-0000000000e1"),
            "ce_subject": match.regex(subject, regex=rf"^{subject.partition('/')[0]}/.+$"),
            "ce_time": match.regex("2027-03-01T12:00:00.123456Z", regex=INSTANT),
            "ce_sequence": match.regex("2", regex=DIGITS),
        }
    )


def _hears_of_a_promise(pact: Pact) -> None:
    told = pact.upon_receiving("a slot was confirmed", "Async").given("a confirmed slot", partner=SPONSOR)
    slot = {
        "name": named("slots"),
        "partner": SPONSOR,
        "run": named("runs", "runs/lu-177-monday"),
        "state": "CONFIRMED",
        "referenceActivityKbq": whole_number("8421337"),
    }
    _event(told, SLOT_CONFIRMED, "doselane/slotting", f"slots/{EXAMPLE_SLOT_ID}", {"slot": slot})


def _hears_of_a_delivery(pact: Pact) -> None:
    told = pact.upon_receiving("a dose was delivered", "Async")
    told.given("a dose whose shipment is delivered", partner=SPONSOR)
    delivered = {"kind": "DELIVERED", "time": instant("2027-03-03T06:40:00Z")}
    data = {
        "dose": {"name": named("doses"), "shipment": {"state": "DELIVERED"}},
        "entry": {
            "name": text(f"doses/{EXAMPLE_SLOT_ID}/timelineEntries/4", r"^doses/[^/]+/timelineEntries/\d+$"),
            "milestone": delivered,
        },
    }
    _event(told, DOSE_UPDATED, "doselane/status", f"doses/{EXAMPLE_SLOT_ID}", data)


def _hears_of_a_milestone(pact: Pact) -> None:
    told = pact.upon_receiving("a courier reported a milestone", "Async")
    told.given("a dose whose shipment is delivered", partner=SPONSOR)
    milestone = {
        "eventId": text("ni:///sha-256;ab12", ".+"),
        "kind": "DELIVERED",
        "time": instant("2027-03-03T06:40:00Z"),
        "shipmentReferences": match.each_like(text("urn:epc:id:sscc:952012.1234567891", ".+"), min=1),
    }
    data = {"courier": named("partners", "partners/polar-courier"), "milestone": milestone}
    _event(told, MILESTONE_REPORTED, "doselane/courier", f"pushes/{EXAMPLE_SLOT_ID}", data)
