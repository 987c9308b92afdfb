"""Doses leave and arrive: handed over at their departure, told of by four couriers, refused or late by the seed.

Doses of one run and one sponsor that take the same departure to the same centre travel together, with one courier.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

from doselane.distribution.v1 import distribution_pb2, lane_pb2, shipment_pb2
from doselane.slotting.v1 import slotting_pb2

from adapters.sandbox import Journey, SandboxCourier
from services.kernel.ids import uuid7
from services.local.demo.couriers import CARRIERS, courier_reference
from services.local.demo.doors import Program
from services.local.demo.packing import PackingStation
from services.local.simulation.fate import MISSED_BY, Fate, ShipmentFate
from services.local.simulation.promises import MadePromise, at

DENIED_AFTER = timedelta(minutes=70)  # the departure
CANCELLED_BEFORE = timedelta(hours=3)  # the departure
HANDED_OVER_BEFORE = timedelta(minutes=10)


class Carrying:
    """Who carries which doses; `left` says of each slot whose dose is with a courier which run made it."""

    def __init__(
        self,
        planner: Program,
        couriers: Sequence[SandboxCourier],
        fate: Fate,
        run_of: Callable[[str], str],
        begins_at: datetime,
    ) -> None:
        """`run_of`: what the simulation calls a run of this name; it begins at `begins_at`."""
        self._planner, self._couriers, self._fate, self._run_of = planner, couriers, fate, run_of
        self._begins_at = begins_at
        self._packing = PackingStation(planner)
        self.left: dict[str, str] = {}
        # What the courier calls the shipments that distribution made of one: doses that moved apart are carried apart.
        self._references: defaultdict[str, dict[str, str]] = defaultdict(dict)
        # By what distribution calls it, under which of our names it was attached last: doses of several runs, which we
        # call differently, may travel in one.
        self._attached: dict[str, str] = {}
        self._handed_over: dict[str, str] = {}  # the same by the slot of each dose that a courier has
        self._taken: set[str] = set()
        self._cancelled: set[str] = set()

    async def attach(self, promise: MadePromise) -> None:
        """The courier that will take a dose, and what it calls the shipment."""
        shipment = self.shipment(promise)
        known = self._references[shipment]
        if known and await self._booked(promise) in known:
            return
        reference = self._reference(shipment, len(known))
        await self._packing.attach(promise.dose, CARRIERS[self._turn(shipment)], reference)
        booked = await self._booked(promise)
        known[booked], self._attached[booked] = reference, shipment

    async def hand_over(self, promise: MadePromise) -> bool:
        """The courier takes the shipment of a dose, and will tell of its journey. True: of a shipment not taken yet."""
        slot, booked = promise.slot, await self._booked(promise)
        shipment = self._attached.get(booked) or self.shipment(promise)
        self.left[slot.name], self._handed_over[slot.name] = slot.run, shipment
        if booked in self._taken:
            return False
        self._taken.add(booked)
        reference = self._references[shipment].get(booked) or self._reference(shipment, 0)
        turn = self._turn(shipment)
        await self._packing.hand_over(promise.dose, CARRIERS[turn])
        departs_at, promised_at = at(slot.departure_time), at(slot.delivery_time)
        lasting = (promised_at - departs_at) * self._fate.punctuality(shipment)
        late = MISSED_BY if self._fate.shipment(shipment) is ShipmentFate.MISSED else timedelta(0)
        journey = Journey(reference, _whole(departs_at + late + lasting), lasting)
        self._couriers[turn].take(journey, self._fate.telling(shipment))
        return True

    async def leave_behind(self, promise: MadePromise, missing: Collection[str]) -> bool:
        """What is not there does not hold up the rest: the shipment of a dose is called off, and booked anew in two, of
        which the one with the dose can leave. False if the courier has it already."""
        booked, *_ = await self._packing.shipments_of(promise.dose)
        if booked.name in self._taken:
            return False
        call_off = distribution_pb2.CancelShipmentRequest(
            name=booked.name, cause="not all of it is there", request_id=str(uuid7())
        )
        await self._planner.call("DistributionService", "CancelShipment", call_off)
        shipment = self.shipment(promise)
        carried = [each.dose for each in booked.doses]
        for doses in ([each for each in carried if each not in missing], [each for each in carried if each in missing]):
            await self._book(shipment, doses)
        return True

    async def _book(self, shipment: str, doses: Sequence[str]) -> None:
        """Books doses apart from others that we call by the same name."""
        known = self._references[shipment]
        reference = self._reference(shipment, len(known))
        request = distribution_pb2.BookShipmentRequest(
            doses=doses, courier=CARRIERS[self._turn(shipment)], references=[reference], request_id=str(uuid7())
        )
        made = await self._planner.call("DistributionService", "BookShipment", request)
        known[made.name], self._attached[made.name] = reference, shipment

    async def deny(self, promise: MadePromise) -> None:
        """The carrier takes no radioactive goods today: the doses go back, and are lost."""
        carrier = CARRIERS[self._turn(self.shipment(promise))]
        self.stop(promise)
        booked, *_ = await self._packing.shipments_of(promise.dose)
        denied = lane_pb2.RecordDenialRequest(
            kind=lane_pb2.Denial.DENIED,
            refuser=lane_pb2.Denial.CAPTAIN,
            carrier=carrier,
            shipment=booked.name,
            cause="refused by the captain: no class 7 on this flight",
            request_id=str(uuid7()),
        )
        await self._planner.call("LaneService", "RecordDenial", denied)
        lost = distribution_pb2.ReportLossRequest(
            name=booked.name, cause=shipment_pb2.Loss.DENIED, detail=denied.cause, request_id=str(uuid7())
        )
        await self._planner.call("DistributionService", "ReportLoss", lost)

    async def cancel(self, slot: slotting_pb2.Slot) -> None:
        """The departure of a dose is cancelled, with all that were to leave with it; it is told once."""
        departure = self._departure(slot)
        if departure in self._cancelled:
            return
        self._cancelled.add(departure)
        denied = lane_pb2.RecordDenialRequest(
            kind=lane_pb2.Denial.DENIED,
            refuser=lane_pb2.Denial.CARRIER,
            carrier=CARRIERS[self._turn(departure)],
            lane=slot.lane,
            departure_time=slot.departure_time,
            cause="the departure is cancelled",
            request_id=str(uuid7()),
        )
        await self._planner.call("LaneService", "RecordDenial", denied)

    def is_cancelled(self, slot: slotting_pb2.Slot) -> bool:
        """Whether the departure of a dose will be cancelled, or was."""
        return self._fate.cancelled(self._departure(slot))

    def is_denied(self, promise: MadePromise) -> bool:
        """Whether the carrier of a dose will refuse it."""
        return self._fate.shipment(self.shipment(promise)) is ShipmentFate.DENIED

    def stop(self, promise: MadePromise) -> None:
        """Nothing more is told of the journey of a dose."""
        shipment = self._handed_over.get(promise.slot.name) or self.shipment(promise)
        for reference in self._references[shipment].values():
            self._couriers[self._turn(shipment)].stop(reference)

    def shipment(self, promise: MadePromise) -> str:
        """What the simulation calls the shipment that a dose is part of, as its slot stands now."""
        slot = promise.slot
        return f"{self._run_of(slot.run)}/{promise.order.partner}/{slot.site}/{at(slot.departure_time):%a%H%M}"

    def _departure(self, slot: slotting_pb2.Slot) -> str:
        """What the simulation calls a departure: by the minute, as no two plays begin at the same microsecond."""
        after = at(slot.departure_time) - self._begins_at
        return f"{slot.lane}/{round(after / timedelta(minutes=1))}"

    def _turn(self, shipment: str) -> int:
        return self._fate.courier(shipment, len(self._couriers))

    async def _booked(self, promise: MadePromise) -> str:
        """What distribution calls the shipment of a dose; empty if it has none yet."""
        booked = await self._packing.shipments_of(promise.dose)
        return booked[0].name if booked else ""

    def _reference(self, shipment: str, number: int) -> str:
        what = f"{shipment}/{number}" if number else shipment
        return courier_reference(self._turn(shipment), self._fate.number(what, 10))


def _whole(instant: datetime) -> datetime:
    return instant.replace(second=0, microsecond=0)
