"""Meridian Analytics: reads the event streams and keeps a ledger of what was forecast, promised, lost and delivered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from doselane.courier.v1.courier_pb2 import Milestone
from doselane.courier.v1.events_pb2 import MilestoneReported
from doselane.distribution.v1.shipment_pb2 import Shipment
from doselane.planning.v1.events_pb2 import ForecastSubmitted
from doselane.slotting.v1.events_pb2 import SlotAtRisk, SlotConfirmed, StandbyOffered
from doselane.slotting.v1.slotting_pb2 import Slot, Standby
from doselane.status.v1.events_pb2 import DoseUpdated
from pact import Pact, match

from tests.contracts.consumers.words import (
    EXAMPLE_SLOT_ID,
    heard,
    instant,
    monday,
    named,
    pact_of,
    text,
    whole_number,
)

NAME = "meridian-analytics"
SPONSOR = "partners/northlake-oncology"
FORECAST_SUBMITTED = "doselane.planning.forecast.submitted.v1"
SLOT_CONFIRMED = "doselane.slotting.slot.confirmed.v1"
SLOT_AT_RISK = "doselane.slotting.slot.at_risk.v1"
STANDBY_OFFERED = "doselane.slotting.standby.offered.v1"
DOSE_UPDATED = "doselane.status.dose.updated.v1"
MILESTONE_REPORTED = "doselane.courier.milestone.reported.v1"


@dataclass
class Ledger:
    """What Meridian makes of the events."""

    seen: set[str] = field(default_factory=set)
    forecast: dict[tuple[str, str], tuple[int, dict[date, int]]] = field(default_factory=dict)
    kbq_of_run: dict[str, int] = field(default_factory=dict)
    lost_by_slot: dict[str, str] = field(default_factory=dict)
    to_answer: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    delivered_at: dict[str, str] = field(default_factory=dict)
    milestones_of_courier: dict[str, list[tuple[str, str, str]]] = field(default_factory=dict)
    newest: dict[str, int] = field(default_factory=dict)  # sequence by subject

    def take(self, headers: Mapping[str, str], data: bytes) -> None:
        """Takes one record of a topic: CloudEvents in Kafka's binary mode, a protobuf message as its value."""
        if headers["ce_id"] in self.seen:
            return
        self.seen.add(headers["ce_id"])
        self.newest[headers["ce_subject"]] = int(headers["ce_sequence"])
        takes: dict[str, Callable[[bytes], None]] = {
            FORECAST_SUBMITTED: lambda data: self._forecast(ForecastSubmitted.FromString(data)),
            SLOT_CONFIRMED: lambda data: self._slot(SlotConfirmed.FromString(data)),
            SLOT_AT_RISK: lambda data: self._risk(SlotAtRisk.FromString(data)),
            STANDBY_OFFERED: lambda data: self._standby(StandbyOffered.FromString(data)),
            DOSE_UPDATED: lambda data: self._dose(DoseUpdated.FromString(data)),
            MILESTONE_REPORTED: lambda data: self._milestone(MilestoneReported.FromString(data)),
        }
        if headers["ce_type"] in takes:
            takes[headers["ce_type"]](data)

    def _forecast(self, event: ForecastSubmitted) -> None:
        told = event.forecast
        weeks = {
            date(week.week_start_date.year, week.week_start_date.month, week.week_start_date.day): week.doses
            for week in told.weeks
        }
        self.forecast[told.product, told.region] = (told.version, weeks)

    def _slot(self, event: SlotConfirmed) -> None:
        run, taken = event.slot.run, event.slot.reference_activity_kbq
        self.kbq_of_run[run] = self.kbq_of_run.get(run, 0) + taken

    def _risk(self, event: SlotAtRisk) -> None:
        assert event.slot.at_risk and event.slot.partner == SPONSOR
        self.lost_by_slot[event.slot.name] = Slot.Risk.Name(event.slot.risk)

    def _standby(self, event: StandbyOffered) -> None:
        told = event.standby
        assert told.state == Standby.OFFERED and told.partner == SPONSOR
        self.to_answer[told.name] = (told.demand.run, told.slot, told.answer_until_time.ToJsonString())

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
    _hears_of_a_forecast(pact)
    _hears_of_a_promise(pact)
    _hears_of_a_risk(pact)
    _hears_of_an_offer_to_a_standby(pact)
    _hears_of_a_delivery(pact)
    _hears_of_a_milestone(pact)
    return pact


def _hears_of_a_forecast(pact: Pact) -> None:
    told = pact.upon_receiving("a forecast was submitted", "Async").given("a current forecast", partner=SPONSOR)
    week = {"weekStartDate": monday(), "doses": match.integer(6)}
    forecast = {
        "product": named("products", "products/lu-ligand"),
        "region": text("us-midwest", ".+"),
        "version": match.integer(1),
        "weeks": match.each_like(week, min=1),
    }
    heard(told, FORECAST_SUBMITTED, "doselane/planning", f"forecasts/{EXAMPLE_SLOT_ID}", {"forecast": forecast})


def _hears_of_a_promise(pact: Pact) -> None:
    told = pact.upon_receiving("a slot was confirmed", "Async").given("a confirmed slot", partner=SPONSOR)
    slot = {
        "name": named("slots"),
        "partner": SPONSOR,
        "run": named("runs", "runs/lu-177-monday"),
        "state": "CONFIRMED",
        "referenceActivityKbq": whole_number("8421337"),
    }
    heard(told, SLOT_CONFIRMED, "doselane/slotting", f"slots/{EXAMPLE_SLOT_ID}", {"slot": slot})


def _hears_of_a_risk(pact: Pact) -> None:
    told = pact.upon_receiving("a slot has lost what it stands on", "Async").given("a slot at risk", partner=SPONSOR)
    slot = {"name": named("slots"), "partner": SPONSOR, "atRisk": True, "risk": "LICENCE"}
    heard(told, SLOT_AT_RISK, "doselane/slotting", f"slots/{EXAMPLE_SLOT_ID}", {"slot": slot})


def _hears_of_an_offer_to_a_standby(pact: Pact) -> None:
    told = pact.upon_receiving("a standby was offered a place", "Async")
    told.given("a standby that was offered a place", partner=SPONSOR)
    standby = {
        "name": named("standbys"),
        "partner": SPONSOR,
        "state": "OFFERED",
        "demand": {"run": named("runs", "runs/lu-177-monday")},
        "slot": named("slots"),
        "answerUntilTime": instant("2027-03-01T12:30:00Z"),
    }
    heard(told, STANDBY_OFFERED, "doselane/slotting", f"standbys/{EXAMPLE_SLOT_ID}", {"standby": standby})


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
    heard(told, DOSE_UPDATED, "doselane/status", f"doses/{EXAMPLE_SLOT_ID}", data)


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
    heard(told, MILESTONE_REPORTED, "doselane/courier", f"pushes/{EXAMPLE_SLOT_ID}", data)
