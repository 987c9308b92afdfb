"""Runs are made and released, doses leave, couriers tell of them in their own formats, faults included."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from doselane.capacity.v1 import capacity_pb2
from doselane.distribution.v1 import distribution_pb2, lane_pb2, shipment_pb2
from doselane.exchange.v1 import exchange_pb2
from doselane.slotting.v1 import slotting_pb2

from adapters.sandbox import (
    Faults,
    Journey,
    SandboxCourier,
    Scan,
    Stage,
    refusal,
)
from services.kernel.ids import uuid7
from services.local import clock
from services.local.demo.agenda import Agenda
from services.local.demo.couriers import CARRIERS, FORMATS, courier_reference, sandbox_couriers
from services.local.demo.doors import Program
from services.local.demo.making import make, ready_at
from services.local.demo.packing import PackingStation
from services.local.demo.planning import until
from services.local.demo.plant import PlantDesk
from services.local.demo.releasing import BatchRelease, Lot
from services.local.demo.rescuing import Replacements
from services.local.world import SPECIALTY

FAULTY = Faults(repeated=0.5, out_of_order=True, seed=177)
FILLED_AFTER, ATTACHED_AFTER, ASSESSED_AFTER = timedelta(minutes=20), timedelta(minutes=30), timedelta(minutes=55)
# Before the departure; the courier tells of it then.
HANDED_OVER_BEFORE = timedelta(minutes=10)
# Which of the dispatches goes wrong, by number: told of too early, late, and refused at the airport.
LATE, WRONG, DENIED = 1, 2, 3
LATENESS, DENIED_AFTER = timedelta(hours=1), timedelta(minutes=70)
# Lanes promise what they keep nearly always, so a courier that is on time is there sooner.
IN_GOOD_TIME = 0.9
# Before the first runs are made SAP goes away, for an hour.
AWAY_BEFORE, AWAY_FOR = timedelta(minutes=10), timedelta(hours=1)
# How much later another dose may be given, of a run that is opened at once.
REPLACED_WITHIN = timedelta(days=2)
# After the last departure, when the doses are with their couriers and none has arrived.
DECIDED_AFTER = timedelta(hours=2)
# Before the first dose is given, whether the last has left or not.
DECIDED_BEFORE = timedelta(hours=1)
# What is told of a dose is of use for some days only, so nothing is left to be told before more than a day goes by.
A_DAY = timedelta(days=1)
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Dispatch:
    """A dose that leaves: with whom, under which reference, and when its shipment is attached to it."""

    slot: slotting_pb2.Slot
    courier: SandboxCourier
    partner: str
    reference: str
    attached_at: datetime


@dataclass(frozen=True, slots=True)
class ShippedDoses:
    """What became of the doses: the lots they are of, the doses that will be delivered, and the slots of those of them
    that take the place of lost ones."""

    lots: Sequence[Lot]
    doses: Sequence[str]
    couriers: Sequence[SandboxCourier]
    replacements: Sequence[slotting_pb2.Slot]


class Shipping:
    """Lets time go by: each run is made and released, each dose leaves at its departure and arrives as promised.

    Four couriers take them by turns, each in its own format. The first pushes before its shipment is attached, one is
    late, one tells of a delivery before the dose is made, one dose is refused at the airport and lost, and the last one
    falls silent on the way. What is rejected on the road is set apart, and not delivered. Whose dose is gone gets
    another one, of a run that the plant makes a day later.
    """

    def __init__(
        self,
        plant: PlantDesk,
        release: BatchRelease,
        partners: Collection[Program],
        until_written: Callable[[], Awaitable[None]],
        say: Say,
    ) -> None:
        """`until_written` waits until the partners' own systems have heard what they are still to hear."""
        self.plant, self.planner, self.release, self.partners, self.say = plant, plant.planner, release, partners, say
        self._until_written = until_written
        self._packing, self._agenda = PackingStation(plant.planner), Agenda()
        self._replacing = Replacements(plant, partners, say)
        self._lots: list[Lot] = []
        self._couriers: tuple[SandboxCourier, ...] = ()
        self._dispatches: list[Dispatch] = []
        self._replacements: list[slotting_pb2.Slot] = []
        self._set_apart: set[str] = set()  # names of slots
        self._attached: dict[str, str] = {}  # shipments by what their couriers call them
        self._present: datetime

    async def ship(self, slots: Sequence[slotting_pb2.Slot], odd: Mapping[str, Mapping[str, str]]) -> ShippedDoses:
        """Everything, until the last courier has told all; `odd`: by run, what its laboratory finds that is odd."""
        lots = [await self._lot(run, slots, odd.get(run, {})) for run in sorted({slot.run for slot in slots})]
        self._lots = lots
        max(lots, key=lambda lot: ready_at(lot.run)).passed_on = True  # next week's
        coldway = next(program for program in self.partners if program.partner == SPECIALTY)
        self._present = await clock.now(self.planner)
        couriers = sandbox_couriers(self.planner.rest_url, coldway, self._now)
        async with AsyncExitStack() as doors:
            for courier in couriers:
                await doors.enter_async_context(courier)
            self._couriers = couriers
            made_at = {lot.run.name: ready_at(lot.run) for lot in lots}
            for number, slot in enumerate(slots):
                self._dispatch(slot, made_at[slot.run], last=number == len(slots) - 1)
            await self._tell_too_early(self._dispatches[WRONG], self._present)
            away_at = min(ready_at(lot.run) for lot in lots) - AWAY_BEFORE
            self._agenda.at(away_at, self._lose_sap)
            for lot in lots:
                self._enter(lot)
            self._agenda.at(away_at + AWAY_FOR, self._find_sap)
            await self._let_time_go_by(couriers)
        pushed = ", ".join(f"{courier.pushed} by {name}" for name, courier in zip(FORMATS, couriers, strict=True))
        self.say(
            f"{len(self._dispatches)} doses went out with four couriers: {pushed}; some pushes came twice, some out of "
            "order, one too early. One courier was late, one dose was refused at the airport, one courier went silent."
        )
        if refused := [refusal for courier in couriers for refusal in courier.refused]:
            self.say(f"Refused: {refused}")
        sent = [each.slot for each in self._dispatches]
        told = [_dose(slot) for slot in sent if slot is not slots[-1] and slot.name not in self._set_apart]
        return ShippedDoses(lots, told, couriers, self._replacements)

    async def _lot(self, run: str, slots: Sequence[slotting_pb2.Slot], odd: Mapping[str, str]) -> Lot:
        found = await self.planner.call("CapacityService", "GetRun", capacity_pb2.GetRunRequest(name=run))
        return Lot(found, [slot for slot in slots if slot.run == run], odd)

    def _dispatch(self, slot: slotting_pb2.Slot, made_at: datetime, *, last: bool = False) -> Dispatch:
        """The couriers take the doses by turns."""
        number = len(self._dispatches)
        turn = number % len(self._couriers)
        reference, courier = courier_reference(turn, uuid7().int), self._couriers[turn]
        departs_at, arrives_at = _instant(slot.departure_time), _instant(slot.delivery_time)
        faults = Faults(silent_after=Stage.DEPARTED) if last else FAULTY if number < WRONG else Faults()
        lasting = LATENESS + arrives_at - departs_at if number == LATE else (arrives_at - departs_at) * IN_GOOD_TIME
        courier.take(Journey(reference, departs_at + lasting, lasting), faults)
        attached_at = made_at + ATTACHED_AFTER if number else arrives_at
        self._dispatches.append(Dispatch(slot, courier, CARRIERS[turn], reference, attached_at))
        return self._dispatches[-1]

    async def _tell_too_early(self, dispatch: Dispatch, now: datetime) -> None:
        """A courier scans the wrong label: a dose is said to be delivered that nobody has made yet."""
        await self._attach(dispatch)
        await dispatch.courier.push_scan(Scan(dispatch.reference, 0, Stage.DELIVERED, now, 21.0))

    def _enter(self, lot: Lot) -> None:
        """What is to be done with a lot: made, filled, attached, assessed, and decided on while it is on the road."""
        made_at = ready_at(lot.run)
        make(self._agenda, self.planner, lot.run, self.say)
        self._agenda.at(made_at + FILLED_AFTER, partial(self._fill, lot))
        for dispatch in self._of(lot):
            self._enter_dispatch(dispatch)
        self._agenda.at(made_at + ASSESSED_AFTER, partial(self._assess, lot))

    def _enter_dispatch(self, dispatch: Dispatch) -> None:
        if dispatch is not self._dispatches[WRONG]:  # that one was attached when its courier spoke too early
            self._agenda.at(dispatch.attached_at, partial(self._attach, dispatch))
        departs_at = _instant(dispatch.slot.departure_time)
        self._agenda.at(departs_at - HANDED_OVER_BEFORE, partial(self._hand_over, dispatch))
        if dispatch is self._dispatches[DENIED]:
            self._agenda.at(departs_at + DENIED_AFTER, partial(self._deny, dispatch))

    async def _fill(self, lot: Lot) -> None:
        """Vials are filled, and people enter their deliveries in SAP, whether anybody can reach it or not."""
        await self.release.fill(lot)
        self.plant.deliver(lot.slots)

    async def _lose_sap(self) -> None:
        self.plant.go_away()

    async def _find_sap(self) -> None:
        await self.plant.come_back()
        self.say(
            f"  SAP was away for an hour and turned {self.plant.missed} calls away; what the runs yielded goes to its "
            "orders now, and we hear of the deliveries that its people entered meanwhile."
        )

    async def _deny(self, dispatch: Dispatch) -> None:
        """The captain takes no radioactive goods today; nothing else flies in time, so the dose is lost."""
        now, words = await clock.now(self.planner), "refused by the captain: no class 7 on this flight"
        dispatch.courier.stop(dispatch.reference)
        await dispatch.courier.push(refusal(dispatch.reference, now, words))
        shipment = (await self._packing.shipments_of(_dose(dispatch.slot)))[0]
        denied = lane_pb2.RecordDenialRequest(
            kind=lane_pb2.Denial.DENIED,
            refuser=lane_pb2.Denial.CAPTAIN,
            carrier=dispatch.partner,
            shipment=shipment.name,
            cause=words,
            request_id=str(uuid7()),
        )
        await self.planner.call("LaneService", "RecordDenial", denied)
        lost = distribution_pb2.ReportLossRequest(
            name=shipment.name, cause=shipment_pb2.Loss.DENIED, detail=words, request_id=str(uuid7())
        )
        await self.planner.call("DistributionService", "ReportLoss", lost)
        self._set_apart.add(dispatch.slot.name)
        self.say(f"{now:%A %H:%M} UTC: a dose was {words}; the denial is on record, the dose lost, its sponsor told.")
        await self._make_anew([dispatch], f"it was {words}")

    async def _make_anew(self, gone: Sequence[Dispatch], reason: str) -> None:
        """The plant opens a run for the orders of doses that are gone; another dose is promised for each, and sent."""
        product = gone[0].slot.product.removeprefix("products/").partition("-")[0]
        run = await self._replacing.follow_up(product, len(gone), await clock.now(self.planner))
        self.say(f"  The plant opens {run.name}, to make {len(gone)} of {gone[0].slot.product} anew.")
        done = await self._replacing.replace([_dose(each.slot) for each in gone], reason, REPLACED_WITHIN)
        lot = await self._lot(run.name, [*done.slots.values()], {})
        self._replacements += lot.slots
        self._lots.append(lot)
        for slot in lot.slots:
            self._dispatch(slot, ready_at(lot.run))
        self._enter(lot)

    async def _assess(self, lot: Lot) -> None:
        """The batch may leave: its doses are packed."""
        await self.release.assess(lot)
        vials = await self.release.vials(lot)
        for dispatch in self._of(lot):
            await self._packing.pack(lot, vials, _dose(dispatch.slot))
        self._agenda.at(decided_at(lot.slots), partial(self._decide, lot))

    async def _hand_over(self, dispatch: Dispatch) -> None:
        """Nothing on the checklist is missing, SAP's delivery is known, and the courier's driver takes the dose."""
        dose, delivery = _dose(dispatch.slot), self.plant.delivery_of(dispatch.slot)
        await until(lambda: self._packing.shipments_of(dose), lambda found: found and delivery in found[0].references)
        checked = await self._packing.hand_over(dose, dispatch.partner)
        if dispatch is self._dispatches[0]:
            self.say(f"  {checked} items of the acceptance checklist are satisfied; the first dose is handed over.")

    def _of(self, lot: Lot) -> list[Dispatch]:
        return [dispatch for dispatch in self._dispatches if dispatch.slot.run == lot.run.name]

    async def _decide(self, lot: Lot) -> None:
        """Certified on the road; or else recalled: all who are told answer, and couriers set the doses apart."""
        if not await self.release.decide(lot):
            await self.release.acknowledge(lot, self.partners)
            gone = self._of(lot)
            for dispatch in gone:
                dispatch.courier.stop(dispatch.reference)
                self._set_apart.add(dispatch.slot.name)
            await self._make_anew(gone, "its batch was rejected on the way")

    async def _let_time_go_by(self, couriers: Sequence[SandboxCourier]) -> None:
        """Move the clock from one thing to the next, and let each happen when its time has come."""
        while due := [at for at in (self._agenda.due_at, *(courier.due_at for courier in couriers)) if at]:
            if min(due) - self._present > A_DAY:
                await self._until_written()
            self._present = await clock.reach(self.planner, min(due), "time goes by")
            told = await asyncio.gather(*(courier.tell_due() for courier in couriers))
            if scans := [scan for each in told for scan in each]:
                await self._until_heard(scans)
            await self._agenda.do_due_together(self._present)

    async def _until_heard(self, scans: Sequence[Scan]) -> None:
        """What couriers pushed was read, and heard of by the shipments that it is of, before the clock goes on: else it
        would look as if they were silent."""
        asked = exchange_pb2.ListMessagesRequest(states=[exchange_pb2.Message.RECEIVED], port="courier", page_size=1)
        await until(lambda: self.planner.call("ExchangeService", "ListMessages", asked), lambda page: not page.messages)
        told_at: dict[str, set[datetime]] = defaultdict(set)
        for scan in scans:
            told_at[scan.reference].add(scan.at.replace(microsecond=0))
        for reference, instants in told_at.items():
            if shipment := self._attached.get(reference):
                await until(partial(self._packing.milestones_of, shipment), instants.issubset)

    async def _now(self) -> datetime:
        """Where the clock was moved to last: whoever looks what is due need not ask the gateway for it again."""
        return self._present

    async def _attach(self, dispatch: Dispatch) -> None:
        shipment = await self._packing.attach(_dose(dispatch.slot), dispatch.partner, dispatch.reference)
        self._attached[dispatch.reference] = shipment.name


def decided_at(slots: Sequence[slotting_pb2.Slot]) -> datetime:
    """When the batch of these doses is decided on: they are on the road, and none is to be given yet."""
    departed_at = max(_instant(slot.departure_time) for slot in slots)
    given_at = min(_instant(slot.administration.time) for slot in slots)
    return min(departed_at + DECIDED_AFTER, given_at - DECIDED_BEFORE)


def _instant(stamp: object) -> datetime:
    return stamp.ToDatetime(tzinfo=UTC)  # type: ignore[attr-defined, no-any-return]


def _dose(slot: slotting_pb2.Slot) -> str:
    return slot.name.replace("slots/", "doses/")
