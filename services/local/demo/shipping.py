"""The last part of the day: doses go out, couriers tell of them in their own formats, faults included."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from doselane.slotting.v1 import slotting_pb2
from doselane.status.v1 import status_pb2
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, wait_fixed

from adapters.sandbox import Faults, Journey, SandboxCourier, Stage, epcis_courier, ups_courier
from services.kernel.errors import GatewayError
from services.kernel.ids import uuid7
from services.local.demo.doors import Program
from services.local.world import PARCEL, PARCEL_CREDENTIAL, SPECIALTY

KNOWN_WITHIN_S = 10.0
FAULTY = Faults(repeated=0.5, out_of_order=True, seed=177)


async def ship(
    planner: Program, slots: Sequence[slotting_pb2.Slot], coldway: Program, say: Callable[[str], None]
) -> list[str]:
    """Attach a shipment to each dose and let the couriers tell its journey; the doses that will be delivered.

    The first courier pushes before its shipment is attached, the last one falls silent on the way.
    """
    parcel = ups_courier(planner.rest_url, "swiftline", PARCEL_CREDENTIAL)
    specialty = epcis_courier(planner.rest_url, "coldway", coldway.token)
    expected: list[str] = []
    async with parcel, specialty:
        for number, slot in enumerate(slots):
            by_parcel, last = number % 2 == 0, number == len(slots) - 1
            reference = _reference(by_parcel)
            courier, partner = (parcel, PARCEL) if by_parcel else (specialty, SPECIALTY)
            faults = Faults(silent_after=Stage.DEPARTED) if last else FAULTY if number < 4 else Faults()
            early = number == 0
            if not early:
                await _attach(planner, slot, partner, reference)
            await _tell(courier, reference, faults)
            if early:
                await _attach(planner, slot, partner, reference)
            if not last:
                expected.append(_dose(slot))
        say(
            f"{len(slots)} doses are on their way: {parcel.pushed} UPS Track Alert messages and "
            f"{specialty.pushed} EPCIS documents were pushed, some twice, some out of order; one courier fell silent."
        )
        if parcel.refused or specialty.refused:
            say(f"Refused: {[*parcel.refused, *specialty.refused]}")
    return expected


async def _tell(courier: SandboxCourier, reference: str, faults: Faults) -> None:
    await courier.tell(Journey(reference, datetime.now(UTC) - timedelta(seconds=1)), faults)


async def _attach(planner: Program, slot: slotting_pb2.Slot, courier: str, reference: str) -> None:
    """Status hears of a slot by an event, a moment after slotting has answered."""
    request = status_pb2.AttachShipmentRequest(
        name=_dose(slot), courier=courier, references=[reference], request_id=str(uuid7())
    )
    async for attempt in AsyncRetrying(
        retry=retry_if_exception_type(GatewayError),
        stop=stop_after_delay(KNOWN_WITHIN_S),
        wait=wait_fixed(0.02),
        reraise=True,
    ):
        with attempt:
            await planner.call("StatusService", "AttachShipment", request)


def _dose(slot: slotting_pb2.Slot) -> str:
    return slot.name.replace("slots/", "doses/")


def _reference(by_parcel: bool) -> str:
    """A tracking number, or an SSCC; never used before."""
    number = uuid7().int
    return f"1Z{number % 36**10:016d}"[:18] if by_parcel else f"urn:epc:id:sscc:9520123.{number % 10**10:010d}"
