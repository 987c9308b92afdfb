"""Provider states: what a contract may take as given. Each is brought about through the public interfaces alone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from doselane.capacity.v1 import capacity_pb2 as capacity
from doselane.courier.v1.courier_pb2 import Milestone
from doselane.courier.v1.events_pb2 import MilestoneReported
from doselane.slotting.v1 import slotting_pb2 as slotting
from doselane.slotting.v1.events_pb2 import SlotConfirmed
from doselane.status.v1 import status_pb2 as status
from doselane.status.v1.events_pb2 import DoseUpdated
from doselane.type.v1 import type_pb2 as types

from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from services.local.world import MANUFACTURER, PLANNER_SCOPES
from tests.contracts.provider.calls import Calls
from tests.contracts.provider.courier import COURIER, PATH, delivered

OTHER = "partners/somebody-else"
VIAL_KBQ_MAX = 20_000_000

Fits = Callable[[Event], bool]


@dataclass
class Given:
    """What a state has brought about: values for the request, and which event of a type is meant."""

    values: dict[str, str] = field(default_factory=dict)
    events: dict[str, Fits] = field(default_factory=dict)

    def and_then(self, more: "Given") -> "Given":
        """Both; what came later wins."""
        return Given({**self.values, **more.values}, {**self.events, **more.events})


class StateUnknown(LookupError):
    """The contract takes something as given that nobody has taught the provider."""


class States:
    """The catalogue. The parameters of a state are the arguments of its method."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    @classmethod
    def catalogue(cls) -> Mapping[str, Callable[..., Given]]:
        """All states that a contract may take as given."""
        return {
            "a caller": cls.a_caller,
            "an open run with free capacity": cls.an_open_run,
            "a full run": cls.a_full_run,
            "a confirmed slot": cls.a_confirmed_slot,
            "a slot of another partner": cls.a_slot_of_another_partner,
            "a dose whose shipment is delivered": cls.a_delivered_dose,
        }

    def bring_about(self, name: str, parameters: Mapping[str, Any]) -> Given:
        """Makes the state true."""
        known = self.catalogue()
        if name not in known:
            raise StateUnknown(f"There is no state {name!r}; there are: {', '.join(known)}.")
        return known[name](self, **parameters)

    def a_caller(self, partner: str, scopes: str = "") -> Given:
        """Somebody with a token that speaks for `partner`, and a request id that was never used."""
        return Given({"token": self._calls.token(partner, *scopes.split()), "requestId": str(uuid7())})

    def an_open_run(self, partner: str, vials: int = 4) -> Given:
        """A Lu-177 run that takes claims, and a centre and a lane that `partner` (and OTHER) may use."""
        staff, mark = self._calls.speaking_for(MANUFACTURER, *PLANNER_SCOPES), uuid7().hex
        ends = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=24)
        site, lane = self._network(mark, partner, ends)
        run = capacity.Run(
            product="products/lu-177-psma",
            nuclide=types.NUCLIDE_LU_177,
            line="facilities/north/lines/hot-cell-1",
            end_of_synthesis_time=stamp(ends),
            claim_cutoff_time=stamp(ends - timedelta(hours=4)),
            use_by_time=stamp(ends + timedelta(hours=72)),
            pledged=types.Capacity(reference_activity_kbq=vials * VIAL_KBQ_MAX, vials=vials),
            vial_reference_activity_max_kbq=VIAL_KBQ_MAX,
        )
        made = staff.CreateRun(capacity.CreateRunRequest(run=run, run_id=f"contract-{mark}", request_id=str(uuid7())))
        staff.OpenRun(capacity.OpenRunRequest(name=made.name, request_id=str(uuid7())))
        buyer = self._calls.speaking_for(partner, "slotting.read")
        # Slotting hears of the run by an event, so it takes claims a moment after capacity has opened it.
        self._calls.until(
            lambda: buyer.GetAvailability(slotting.GetAvailabilityRequest(name=f"{made.name}/availability"))
        )
        needed = ends + timedelta(hours=24)
        return Given({"run": made.name, "site": site, "lane": lane, "administrationTime": _text(needed)})

    def a_full_run(self, partner: str) -> Given:
        """A run on which somebody else took the last place."""
        given = self.an_open_run(partner, vials=1)
        self._claim(OTHER, given.values)
        return given

    def a_confirmed_slot(self, partner: str) -> Given:
        """A promise to `partner`, for an order of which nothing else is known."""
        given = self.an_open_run(partner)
        order = f"ORDER-{uuid7().hex[-12:]}"
        slot = self._claim(partner, given.values, order)
        values = {"slot": slot.name, "dose": slot.name.replace("slots/", "doses/"), "orderReference": order}
        confirmed = {"doselane.slotting.slot.confirmed.v1": lambda event: _slot_of(event) == slot.name}
        return given.and_then(Given(values, confirmed))

    def a_slot_of_another_partner(self) -> Given:
        """A slot, and its dose, that belong to nobody whom a contract speaks for."""
        given = self.a_confirmed_slot(OTHER)
        staff = self._calls.speaking_for(OTHER, "status.read")
        self._calls.until(lambda: staff.GetDose(status.GetDoseRequest(name=given.values["dose"])))
        return given

    def a_delivered_dose(self, partner: str) -> Given:
        """A dose whose courier said that it was delivered."""
        given = self.a_confirmed_slot(partner)
        dose, reference = given.values["dose"], f"urn:epc:id:sscc:9520123.{uuid7().int % 10**10:010d}"
        staff = self._calls.speaking_for(MANUFACTURER, *PLANNER_SCOPES)
        found = self._calls.until(lambda: staff.GetDose(status.GetDoseRequest(name=dose)))
        attach = status.AttachShipmentRequest(
            name=found.name, courier=COURIER, references=[reference], request_id=str(uuid7())
        )
        staff.AttachShipment(attach)
        self._calls.push(COURIER, PATH, delivered(reference, datetime.now(UTC) - timedelta(minutes=1)))
        events: dict[str, Fits] = {
            "doselane.status.dose.updated.v1": lambda event: _delivery_of(event) == dose,
            "doselane.courier.milestone.reported.v1": lambda event: _delivered_reference(event) == reference,
        }
        self._calls.until(lambda: _arrived(staff.GetDose(status.GetDoseRequest(name=dose))))
        return given.and_then(Given({"courier": COURIER, "shipmentReference": reference}, events))

    def _network(self, mark: str, partner: str, ends: datetime) -> tuple[str, str]:
        staff, far = self._calls.speaking_for(MANUFACTURER, *PLANNER_SCOPES), stamp(ends + timedelta(days=300))
        licence = slotting.Licence(nuclide=types.NUCLIDE_LU_177, activity_max_mbq=50_000, valid_until_time=far)
        site = slotting.Site(name=f"sites/contract-{mark}", partners=[partner, OTHER], licences=[licence])
        lane = slotting.Lane(
            name=f"lanes/contract-{mark}",
            site=site.name,
            dispatch_minutes=120,
            transit_minutes=360,
            valid_until_time=far,
        )
        staff.UpdateSite(slotting.UpdateSiteRequest(site=site))
        staff.UpdateLane(slotting.UpdateLaneRequest(lane=lane))
        return site.name, lane.name

    def _claim(self, partner: str, values: Mapping[str, str], order: str = "ORDER-1") -> slotting.Slot:
        buyer = self._calls.speaking_for(partner, "slotting.claim")
        wanted = types.Activity(activity_mbq=7400)
        wanted.time.FromJsonString(values["administrationTime"])
        demand = slotting.SlotDemand(
            run=values["run"],
            site=values["site"],
            lane=values["lane"],
            administration=wanted,
            order_reference=order,
        )
        return buyer.ClaimSlot(slotting.ClaimSlotRequest(demand=demand, request_id=str(uuid7())))


def _text(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _slot_of(event: Event) -> str:
    return SlotConfirmed.FromString(event.data).slot.name


def _delivery_of(event: Event) -> str | None:
    told = DoseUpdated.FromString(event.data)
    return told.dose.name if told.entry.milestone.kind == Milestone.DELIVERED else None


def _delivered_reference(event: Event) -> str | None:
    told = MilestoneReported.FromString(event.data).milestone
    return next(iter(told.shipment_references), None) if told.kind == Milestone.DELIVERED else None


def _arrived(dose: status.Dose) -> status.Dose | None:
    return dose if dose.shipment.state == status.Shipment.DELIVERED else None
