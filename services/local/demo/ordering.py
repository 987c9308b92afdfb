"""People of a sponsor, who order in their own Salesforce organisation and read there what came of it."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from doselane.distribution.v1 import shipment_pb2
from doselane.slotting.v1 import slotting_pb2
from doselane.status.v1 import status_pb2

from adapters.sandbox.salesforce.org import Record
from adapters.sandbox.salesforce.organisation import Organisation
from services.kernel.signals import Signal
from services.local.demo.doors import Program
from services.local.demo.planning import until

PATIENCE_S = 180.0  # longer than the lease of a host that was killed
WINDOW = timedelta(hours=4)
_FINAL = {"PROMISED", "MOVED", "GIVEN_BACK", "REFUSED"}
# What a slot becomes, a moment after its shipment.
_ENDS = {"DELIVERED": "FULFILLED", "LOST": "LOST"}


class OrderDesk:
    """Orders and their outcomes, by number; references are of the day, as an order of an earlier day is another."""

    def __init__(self, organisation: Organisation, northlake: Program, begins_at: datetime) -> None:
        self.northlake = northlake
        self._organisation, self._prefix = organisation, f"NL-{begins_at:%y%m%d}-"
        self._news, self._ids = Signal(), dict[str, str]()
        organisation.org.listeners.append(lambda _: self._news.call())

    def order(self, number: str, product: str, demand: slotting_pb2.SlotDemand) -> None:
        """Order a dose, to be given at a time or some hours later."""
        wanted_at = demand.administration.time.ToDatetime(tzinfo=UTC)
        fields = {
            "Product__c": product,
            "Site__c": demand.site,
            "Administration_From__c": _text(wanted_at),
            "Administration_Until__c": _text(wanted_at + WINDOW),
            "Activity_MBq__c": demand.administration.activity_mbq,
            "Patient_Reference__c": demand.patient_reference,
            "Status__c": "Requested",
        }
        self._ids[number] = self._organisation.order(self._prefix + number, **fields)

    def change(self, number: str, **fields: Any) -> None:
        """Change an order."""
        self._organisation.change(self._ids[number], **fields)

    def cancel(self, number: str) -> None:
        """Cancel an order."""
        self.change(number, Status__c="Cancelled")

    async def outcome(self, number: str, *wanted: str) -> Record:
        """The record of an order once it says what came of it: any outcome, or one of those wanted."""
        await self._until(lambda: self._record(number).get("Outcome__c") in (wanted or _FINAL))
        return self._record(number)

    def go_away(self) -> None:
        """The organisation answers no program until it comes back; its people go on working."""
        self._organisation.rest.away = True

    async def until_missed(self) -> None:
        """Wait until somebody was turned away."""
        await self._organisation.rest.turned_away.wait(0, PATIENCE_S)

    def come_back(self) -> None:
        """The organisation answers again."""
        self._organisation.rest.away = False

    @property
    def missed(self) -> int:
        """How many calls were turned away."""
        return self._organisation.rest.turned_away.calls

    @property
    def decided(self) -> int:
        """How many of the orders say what came of them."""
        return sum(bool(self._record(number).get("Outcome__c")) for number in self._ids)

    @property
    def written(self) -> int:
        """How many records hold what was written into them: orders, and the doses of these orders."""
        return self.decided + len(self._doses())

    async def until_written(self) -> None:
        """Wait until the record of each dose says what the gateway says of it."""
        await until(self._unlike, lambda unlike: not unlike)

    async def _unlike(self) -> list[str]:
        """The doses whose records do not say what the gateway says."""
        asked = status_pb2.ListDosesRequest(page_size=1000)
        doses = (await self.northlake.call("StatusService", "ListDoses", asked)).doses
        ours = [dose for dose in doses if dose.order_reference.startswith(self._prefix)]
        said = {dose.name.removeprefix("doses/"): _said(dose) for dose in ours}
        return [
            dose
            for dose, (slot, shipment) in said.items()
            if (slot, shipment) != self._told(dose) or slot != _ENDS.get(shipment or "", slot)
        ]

    def _told(self, dose: str) -> tuple[Any, ...]:
        record = self._organisation.doses().get(dose, {})
        return record.get("Slot_State__c"), record.get("Shipment_State__c")

    def _doses(self) -> list[Record]:
        every = self._organisation.doses().values()
        return [each for each in every if (each["Order_Reference__c"] or "").startswith(self._prefix)]

    def _record(self, number: str) -> Record:
        return self._organisation.orders()[self._prefix + number]

    async def _until(self, so: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                seen = self._news.calls
                if so():
                    return
                await self._news.wait(seen, PATIENCE_S)


def _said(dose: status_pb2.Dose) -> tuple[str | None, str | None]:
    shipment = dose.shipment.state if dose.HasField("shipment") else 0
    return (
        slotting_pb2.Slot.State.Name(dose.slot_state) if dose.slot_state else None,
        shipment_pb2.Shipment.State.Name(shipment) if shipment else None,
    )


def _text(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S.000Z}"
