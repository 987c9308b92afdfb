"""The last part: runs are made, doses leave, couriers tell of them in their own formats, faults included."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from doselane.capacity.v1 import capacity_pb2
from doselane.slotting.v1 import slotting_pb2
from doselane.status.v1 import status_pb2

from adapters.sandbox import Faults, Journey, SandboxCourier, Scan, Stage, epcis_courier, ups_courier
from services.kernel.ids import uuid7
from services.local import clock
from services.local.demo.doors import Program
from services.local.demo.planning import until
from services.local.world import PARCEL, PARCEL_CREDENTIAL, SPECIALTY

FAULTY = Faults(repeated=0.5, out_of_order=True, seed=177)
DISPATCHED_BEFORE = timedelta(minutes=30)
PRODUCTION = timedelta(hours=2)
KBQ_PER_UL, VOLUME_UL_MIN = 1000, 20_000
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Dispatch:
    """A dose that leaves: with whom, under which reference, and when its shipment is attached to it."""

    slot: slotting_pb2.Slot
    courier: str
    reference: str
    attached_at: datetime


async def ship(planner: Program, slots: Sequence[slotting_pb2.Slot], coldway: Program, say: Say) -> list[str]:
    """Let time go by: each dose leaves at its departure and arrives as promised. The doses that will be delivered.

    The first courier pushes before its shipment is attached, one tells of a delivery before the dose is made, and the
    last one falls silent on the way.
    """
    now = partial(clock.now, planner)
    parcel = ups_courier(planner.rest_url, "swiftline", PARCEL_CREDENTIAL, now)
    specialty = epcis_courier(planner.rest_url, "coldway", coldway.http.auth, now)
    async with parcel, specialty:
        couriers = (parcel, specialty)
        dispatches = [_dispatch(number, slot, couriers, len(slots)) for number, slot in enumerate(slots)]
        await _tell_too_early(planner, dispatches[2], parcel, await now())
        await _made(planner, slots, say)
        await _let_time_go_by(planner, dispatches, couriers)
        say(
            f"{len(slots)} doses went out: {parcel.pushed} UPS Track Alert messages and {specialty.pushed} EPCIS "
            "documents were pushed, some twice, some out of order, one too early; one courier went silent."
        )
        if parcel.refused or specialty.refused:
            say(f"Refused: {[*parcel.refused, *specialty.refused]}")
    return [_dose(slot) for slot in slots[:-1]]


def _dispatch(number: int, slot: slotting_pb2.Slot, couriers: tuple[SandboxCourier, ...], count: int) -> Dispatch:
    by_parcel, last = number % 2 == 0, number == count - 1
    reference = _reference(by_parcel)
    departs_at, arrives_at = _instant(slot.departure_time), _instant(slot.delivery_time)
    faults = Faults(silent_after=Stage.DEPARTED) if last else FAULTY if number < 4 else Faults()
    couriers[0 if by_parcel else 1].take(Journey(reference, arrives_at, arrives_at - departs_at), faults)
    attached_at = departs_at - DISPATCHED_BEFORE if number else arrives_at
    return Dispatch(slot, PARCEL if by_parcel else SPECIALTY, reference, attached_at)


async def _tell_too_early(planner: Program, dispatch: Dispatch, parcel: SandboxCourier, now: datetime) -> None:
    """A courier scans the wrong label: a dose is said to be delivered that nobody has made yet."""
    await _attach(planner, dispatch)
    await parcel.push_scan(Scan(dispatch.reference, 0, Stage.DELIVERED, now, 21.0))


async def _made(planner: Program, slots: Sequence[slotting_pb2.Slot], say: Say) -> None:
    """Tomorrow's runs are started, end as planned, and measure a little more than was pledged."""
    runs = [
        await planner.call("CapacityService", "GetRun", capacity_pb2.GetRunRequest(name=name))
        for name in sorted({slot.run for slot in slots})
    ]
    ready_at = min(_instant(run.end_of_synthesis_time) for run in runs)
    first = [run for run in runs if _instant(run.end_of_synthesis_time) == ready_at]
    await clock.advance(planner, ready_at - PRODUCTION, "production begins")
    for run in first:
        start = capacity_pb2.StartRunRequest(name=run.name, request_id=str(uuid7()))
        await planner.call("CapacityService", "StartRun", start)
    now = await clock.advance(planner, ready_at, "end of synthesis")
    made = [await _complete(planner, run) for run in first]
    measured = sum(run.production.measured.reference_activity_kbq for run in made) / 1e6
    say(f"{now:%A %H:%M} UTC: {len(made)} runs are made as planned and measure {measured:.0f} GBq; doses are packed.")


async def _complete(planner: Program, run: capacity_pb2.Run) -> capacity_pb2.Run:
    activity_kbq = run.pledged.reference_activity_kbq * 103 // 100
    measured = capacity_pb2.MeasuredYield(
        activity_kbq=activity_kbq,
        measure_time=run.end_of_synthesis_time,
        volume_ul=max(activity_kbq // KBQ_PER_UL, VOLUME_UL_MIN),
        vials=run.pledged.vials,
    )
    request = capacity_pb2.CompleteRunRequest(
        name=run.name, end_of_synthesis_time=run.end_of_synthesis_time, measured=measured, request_id=str(uuid7())
    )
    answer = await planner.call("CapacityService", "CompleteRun", request)
    produced: capacity_pb2.Run = answer.run
    return produced


async def _let_time_go_by(planner: Program, dispatches: Sequence[Dispatch], couriers: Sequence[SandboxCourier]) -> None:
    """Move the clock from one thing to the next, and let each happen when its time has come."""
    waiting = sorted(dispatches, key=lambda dispatch: dispatch.attached_at)
    while due := [courier.due_at for courier in couriers if courier.due_at] + [
        each.attached_at for each in waiting[:1]
    ]:
        now = await clock.now(planner)
        if now < min(due):
            now = await clock.advance(planner, min(due), "time goes by")
        for courier in couriers:
            await courier.tell_due()
        while waiting and waiting[0].attached_at <= now:
            await _attach(planner, waiting.pop(0))


async def _attach(planner: Program, dispatch: Dispatch) -> None:
    """Status hears of a slot by an event, a moment after slotting has answered."""
    request = status_pb2.AttachShipmentRequest(
        name=_dose(dispatch.slot),
        courier=dispatch.courier,
        references=[dispatch.reference],
        request_id=str(uuid7()),
    )
    await until(lambda: planner.call("StatusService", "AttachShipment", request))


def _instant(stamp: object) -> datetime:
    return stamp.ToDatetime(tzinfo=UTC)  # type: ignore[attr-defined, no-any-return]


def _dose(slot: slotting_pb2.Slot) -> str:
    return slot.name.replace("slots/", "doses/")


def _reference(by_parcel: bool) -> str:
    """A tracking number, or an SSCC; never used before."""
    number = uuid7().int
    return f"1Z{number % 36**10:016d}"[:18] if by_parcel else f"urn:epc:id:sscc:9520123.{number % 10**10:010d}"
