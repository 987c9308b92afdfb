"""The plant makes what was ordered in its SAP: as planned, late, short or not at all; quality lets go what was made."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

from doselane.capacity.v1 import capacity_pb2
from doselane.distribution.v1 import shipment_pb2
from doselane.quality.v1 import batch_pb2
from doselane.slotting.v1 import slotting_pb2

from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from services.local.demo.agenda import Task
from services.local.demo.doors import Program
from services.local.demo.making import MBQ_PER_ML, PRODUCTION
from services.local.demo.packing import PackingStation
from services.local.demo.planning import until
from services.local.demo.releasing import BatchRelease, Lot
from services.local.simulation.fate import LATE_BY, DrawnRun, Fate, RunFate
from services.local.simulation.promises import PromiseBook

FAILS_BEFORE = timedelta(minutes=30)  # the planned end of synthesis
Slot = slotting_pb2.Slot
# What is found too late to keep doses back: of each product a test that is due before use, with a result that fails.
ODD = {
    "products/lu-ligand": {"lu177m": "0.4"},
    "products/ac-ligand": {"radiochemical_purity": "88.1"},
    "products/pb-ligand": {"radiochemical_purity": "88.1"},
}


class Producing:
    """Runs on their way from an order in SAP to a batch that may leave, or that never is."""

    def __init__(
        self, planner: Program, release: BatchRelease, partners: Collection[Program], fate: Fate, book: PromiseBook
    ) -> None:
        self._planner, self._release, self._partners, self._fate, self._book = planner, release, partners, fate, book
        self._packing = PackingStation(planner)
        self.lots: dict[str, Lot] = {}  # by the name of the run
        self.made_mbq: dict[str, float] = {}
        self._packed: dict[
            str, set[tuple[str, str]]
        ] = {}  # by shipment: its doses, each with its run, as it was packed

    async def start(self, run: capacity_pb2.Run) -> None:
        """The synthesis begins."""
        request = capacity_pb2.StartRunRequest(name=run.name, request_id=str(uuid7()))
        await self._planner.call("CapacityService", "StartRun", request)

    async def fail(self, run: capacity_pb2.Run) -> None:
        """The synthesis fails: there will be no batch."""
        request = capacity_pb2.FailRunRequest(
            name=run.name, cause="The module stopped during labelling.", accept_conflicts=True, request_id=str(uuid7())
        )
        await self._planner.call("CapacityService", "FailRun", request)

    async def complete(self, planned: DrawnRun, run: capacity_pb2.Run, ended_at: datetime) -> None:
        """The synthesis ends, with what the seed has in store."""
        activity_kbq = int(run.pledged.reference_activity_kbq * self._fate.yield_share(planned))
        measured = capacity_pb2.MeasuredYield(
            activity_kbq=activity_kbq,
            measure_time=stamp(ended_at),
            volume_ul=activity_kbq // MBQ_PER_ML[run.product],
            vials=run.pledged.vials,
        )
        request = capacity_pb2.CompleteRunRequest(
            name=run.name,
            end_of_synthesis_time=stamp(ended_at),
            measured=measured,
            accept_conflicts=True,
            accept_deviation=True,
            request_id=str(uuid7()),
        )
        await self._planner.call("CapacityService", "CompleteRun", request)
        self.made_mbq[run.name] = activity_kbq / 1000

    async def fill(self, planned: DrawnRun, run: capacity_pb2.Run) -> None:
        """A vial for each dose that stands on the run now."""
        slots = await self._slots(run.name)
        if slots:
            odd = ODD[run.product] if self._fate.run(planned) is RunFate.OUT_OF_SPECIFICATION else {}
            lot = self.lots[run.name] = Lot(run, slots, odd)
            await self._release.fill(lot)

    async def assess(self, run: capacity_pb2.Run) -> Sequence[slotting_pb2.Slot]:
        """What is due before dispatch is found and signed for, and the doses are packed; those that may leave."""
        lot = self.lots.get(run.name)
        if lot is None:
            return ()
        lot.slots = await self._slots(run.name)
        for slot in lot.slots:
            await self._fill_what_is_missing(lot, slot)
        await self._release.assess(lot)
        for slot in lot.slots:
            await self._pack(lot, slot)
        return lot.slots

    async def add(self, run: capacity_pb2.Run, slot: slotting_pb2.Slot) -> None:
        """A dose that came after its batch was let go, or leaves later, gets its vial, papers and package."""
        lot = self.lots[run.name]
        await self._fill_what_is_missing(lot, slot)
        lot.slots = [*(each for each in lot.slots if each.name != slot.name), slot]
        await self._release.issue_papers(lot, slot)
        await self._pack(lot, slot)

    async def decide(self, run: capacity_pb2.Run, left: Collection[str]) -> None:
        """Certified while its doses are on the road, or rejected and recalled; `left`: slots whose doses have left."""
        if lot := self.lots.get(run.name):
            # Of one that left late, or was refused, its courier says nothing yet: quality does not know that it left.
            told = {vial.slot for vial in await self._release.vials(lot) if vial.HasField("dispatch_time")}
            lot.slots = [slot for slot in lot.slots if slot.name in told.intersection(left)]
            if not await self._release.decide(lot):
                await self._release.acknowledge(lot, self._partners)

    async def usable(self, run: str) -> bool:
        """Whether what a run yielded may be used."""
        if lot := self.lots.get(run):
            state = (await self._release.batch(lot)).state
            return state in (batch_pb2.Batch.CERTIFIED_FOR_USE, batch_pb2.Batch.CERTIFIED_FINAL)
        return False

    async def ready(self, run: str) -> bool:
        """Whether the doses of a run may leave."""
        if lot := self.lots.get(run):
            state = (await self._release.batch(lot)).state
            return state not in (batch_pb2.Batch.IN_QC, batch_pb2.Batch.REJECTED)
        return False

    async def missing(self, dose: str) -> Collection[str]:
        """The doses of the shipment of this one that are not there: not made yet, not filled, or not let go."""
        shipment, *_ = await until(lambda: self._packing.shipments_of(dose), bool)
        return {each.dose for each in shipment.doses if not await self._is_there(each)}

    async def pack(self, run: capacity_pb2.Run, slot: slotting_pb2.Slot) -> None:
        """What travels with a dose is packed, as it is now."""
        await self._pack(self.lots[run.name], slot)

    async def _is_there(self, carried: shipment_pb2.CarriedDose) -> bool:
        if not await self.ready(carried.run):
            return False
        vials = await self._release.vials(self.lots[carried.run])
        slot = carried.dose.replace("doses/", "slots/")
        return any(vial.slot == slot and not vial.HasField("surplus_time") for vial in vials)

    async def _fill_what_is_missing(self, lot: Lot, slot: slotting_pb2.Slot) -> None:
        vials = await self._release.vials(lot)
        if slot.name not in {vial.slot for vial in vials}:
            await self._release.fill_vial(lot, slot, len(vials) + 1)

    async def _pack(self, lot: Lot, slot: slotting_pb2.Slot) -> None:
        """Doses that travel together are packed together, once; of several runs when the last is there."""
        dose = slot.name.replace("slots/", "doses/")
        shipment, *_ = await until(lambda: self._packing.shipments_of(dose), bool)
        if (dose, lot.run.name) in self._packed.get(shipment.name, ()):
            return
        lots = {each.run: self.lots[each.run] for each in shipment.doses if each.run in self.lots}
        vials = [
            vial
            for each in lots.values()
            for vial in await self._release.vials(each)
            if not vial.HasField("surplus_time")
        ]
        if {each.dose.replace("doses/", "slots/") for each in shipment.doses} <= {vial.slot for vial in vials}:
            await self._packing.pack(lot, vials, dose)
            self._packed[shipment.name] = {(each.dose, each.run) for each in shipment.doses}

    async def _slots(self, run: str) -> Sequence[slotting_pb2.Slot]:
        """The doses that stand on a run and have their place there, by order."""
        request = slotting_pb2.ListSlotsRequest(run=run, states=[Slot.CONFIRMED], page_size=1000)
        slots = (await self._planner.call("SlottingService", "ListSlots", request)).slots
        ours = [(promise.order.reference, slot) for slot in slots if (promise := self._book.of(slot.name))]
        return [slot for _, slot in sorted(ours, key=lambda each: each[0]) if not slot.at_risk]


def enter_production(
    at: Callable[[datetime, Task], None],
    producing: Producing,
    fate: Fate,
    planned: DrawnRun,
    run: capacity_pb2.Run,
    ready_at: datetime,
) -> datetime | None:
    """Enter when a run begins and ends; when it will have ended, None if it never does."""
    going = fate.run(planned)
    at(ready_at - PRODUCTION, lambda: producing.start(run))
    if going is RunFate.FAILED:
        at(ready_at - FAILS_BEFORE, lambda: producing.fail(run))
        return None
    ended_at = ready_at + (LATE_BY if going is RunFate.LATE else timedelta(0))
    at(ended_at, lambda: producing.complete(planned, run, ended_at))
    return ended_at
