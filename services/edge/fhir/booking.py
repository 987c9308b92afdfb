"""Appointments: a booking is a claim, a cancellation a release. Each is repeated without effect, as its calls are."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid5

from doselane.slotting.v1 import slotting_pb2
from doselane.type.v1 import type_pb2

from services.edge.fhir import writing
from services.edge.fhir.calls import Calls
from services.edge.fhir.codes import ENDED
from services.edge.fhir.finding import FoundSlot, slot_of
from services.edge.fhir.ids import OfferKey
from services.edge.fhir.reading import BookingWish, CancellationWish
from services.kernel.errors import Invalid, NotFound, RuleViolation
from services.kernel.http import HttpProblem
from services.kernel.ids import parsed
from services.kernel.timestamps import stamp

_SPACE = UUID("5f8f1d1e-3c0a-5b0e-9f0e-0d05e1a7e4f1")  # of the request ids that are made of a scheduler's ids
# What a claim can be refused with that says that the answer to it is no, or not known yet.
_NOT_CARRIED_OUT = (HTTPStatus.CONFLICT, HTTPStatus.GATEWAY_TIMEOUT)


class HasAppointment(RuleViolation):
    """The scheduler's appointment has a slot already, and it is another one."""

    reason = "HAS_APPOINTMENT"


@dataclass(frozen=True, slots=True)
class Bookings:
    """Books, reads and cancels with the calls of one request."""

    calls: Calls
    source_system: str

    async def book(self, wish: BookingWish) -> tuple[dict[str, Any], str]:
        """The Appointment and its etag. One that cannot be had is `proposed`, without an etag.

        A repetition is known by the scheduler's own id: while its slot stands there is no second one, and the request
        id that is made of it lets only one of two that come at once through.
        """
        key = OfferKey.read(wish.slot_id)
        if key is None or not key.is_of(self.calls.caller.partner):
            raise NotFound("There is no such slot.")
        earlier = await self.calls.slots_of(wish.order_reference)
        if booked := _booked(earlier, key, wish):
            return self._answer(booked, wish)
        found = await slot_of(self.calls, key)
        if wish.start_at not in (None, key.administration_at):
            raise Invalid("start is not that of the slot.", field="start")
        request_id = str(self._request_id(wish.order_reference, len(earlier)))
        try:
            return self._answer(await self._claim(found, wish, request_id), wish)
        except HttpProblem as refused:
            # A twin of this request may have been quicker, and taken what this one no longer found.
            if booked := _booked(await self.calls.slots_of(wish.order_reference), key, wish):
                return self._answer(booked, wish)
            if refused.status_code not in _NOT_CARRIED_OUT or refused.reason == "REQUEST_MISMATCH":
                raise
            because = str(refused.detail)
        return (
            writing.proposed(
                found,
                self.source_system,
                list(map(dict, wish.identifiers)),
                wish.patient_reference,
                because,
                request_id,
            ),
            "",
        )

    async def read(self, name: str) -> tuple[dict[str, Any], str]:
        """The Appointment of that id and its etag; NotFound if the caller can see none."""
        return self._answer(await self._slot(name))

    async def claimed_slot(self, name: str) -> dict[str, Any]:
        """The same as a Slot."""
        return writing.claimed_slot(await self._slot(name), self.source_system)

    async def cancel(self, name: str, wish: CancellationWish, etag: str) -> tuple[dict[str, Any], str]:
        """The cancelled Appointment and its etag. What was cancelled before is answered as it is."""
        slot = await self._slot(name)
        if slot.state not in ENDED:
            release = slotting_pb2.ReleaseSlotRequest(
                name=slot.name,
                etag=etag,
                request_id=str(self._request_id(slot.name, slot.etag)),
                reason=f"{writing.CANCELLED_FOR}{wish.code}" if wish.code else "",
            )
            try:
                slot = await self.calls.make("SlottingService/ReleaseSlot", release)
            except HttpProblem:
                slot = await self._slot(name)
                if slot.state not in ENDED:
                    raise
        return self._answer(slot)

    async def _slot(self, name: str) -> slotting_pb2.Slot:
        found = await self.calls.slot(f"slots/{name}") if parsed(name) else None
        if found is None:
            raise NotFound("There is no such appointment.")
        return found

    async def _claim(self, found: FoundSlot, wish: BookingWish, request_id: str) -> slotting_pb2.Slot:
        if found.offer is None:
            raise HttpProblem(HTTPStatus.CONFLICT, "SLOT_NOT_FREE", found.because)
        offer = found.offer
        demand = slotting_pb2.SlotDemand(
            run=offer.run,
            site=offer.site,
            lane=offer.lane,
            departure_time=offer.departure_time,
            administration=type_pb2.Activity(
                activity_mbq=found.key.activity_mbq, time=stamp(found.key.administration_at)
            ),
            order_reference=wish.order_reference,
            patient_reference=wish.patient_reference,
        )
        request = slotting_pb2.ClaimSlotRequest(demand=demand, request_id=request_id)
        claimed: slotting_pb2.Slot = await self.calls.make("SlottingService/ClaimSlot", request)
        return claimed

    def _answer(self, slot: slotting_pb2.Slot, wish: BookingWish | None = None) -> tuple[dict[str, Any], str]:
        identifiers = list(map(dict, wish.identifiers)) if wish else []
        return writing.appointment(slot, self.source_system, identifiers), slot.etag

    def _request_id(self, *facts: object) -> UUID:
        return uuid5(_SPACE, "\0".join(map(str, (self.calls.caller.partner, *facts))))


def _booked(slots: list[slotting_pb2.Slot], key: OfferKey, wish: BookingWish) -> slotting_pb2.Slot | None:
    """The slot that this wish has got already; refuses if its appointment has another that stands."""
    same = [slot for slot in slots if OfferKey.of_slot(slot) == key]
    standing = [slot for slot in slots if slot.state not in ENDED]
    if not same:
        if standing:
            detail = "This appointment has another slot already: cancel that first, or book under another identifier."
            raise HasAppointment(detail, slot=standing[-1].name)
        return None
    if same[-1].patient_reference != wish.patient_reference:
        raise HasAppointment("This appointment was booked for another patient.", slot=same[-1].name)
    return same[-1]
