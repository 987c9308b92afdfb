"""Doses are packed as they were filled and measured, and handed over once nothing on the checklist is missing."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from doselane.distribution.v1 import distribution_pb2, shipment_pb2
from doselane.quality.v1 import batch_pb2

from services.kernel.ids import uuid7
from services.kernel.nuclides import NUCLIDE_OF_PROTO
from services.kernel.timestamps import stamp
from services.local import clock
from services.local.demo.doors import Program
from services.local.demo.planning import until
from services.local.demo.releasing import GROSS_WEIGHT_G, INSTRUMENT, ONE_METRE_USV_H, SURFACE_USV_H, Lot

BQ_PER_MBQ = 1e6
Package = shipment_pb2.Package


class PackingStation:
    """Where a vial becomes a package of class 7, and a courier takes it."""

    def __init__(self, planner: Program) -> None:
        self.planner = planner

    async def shipments_of(self, dose: str) -> Sequence[shipment_pb2.Shipment]:
        """The shipments of a dose, newest first; not those that it has left, or that were called off."""
        asked = distribution_pb2.ListShipmentsRequest(dose=dose)
        answer = await self.planner.call("DistributionService", "ListShipments", asked)
        kept = (each for each in answer.shipments if each.state != shipment_pb2.Shipment.CANCELLED)
        return [each for each in kept if dose in {carried.dose for carried in each.doses}]

    async def milestones_of(self, shipment: str) -> set[datetime]:
        """When each milestone that a shipment has heard of was, to the second."""
        asked = distribution_pb2.ListMilestonesRequest(parent=shipment, page_size=100)
        answer = await self.planner.call("DistributionService", "ListMilestones", asked)
        return {each.milestone.time.ToDatetime(UTC).replace(microsecond=0) for each in answer.milestones}

    async def attach(self, dose: str, courier: str, reference: str) -> shipment_pb2.Shipment:
        """Distribution hears of a slot by an event, a moment after slotting has answered. What was booked by itself,
        as its batch was released, is only told what its courier calls it."""
        said: Any = {"courier": courier, "references": [reference], "request_id": str(uuid7())}
        shipment: shipment_pb2.Shipment
        if booked := await self.shipments_of(dose):
            attach = distribution_pb2.AttachReferencesRequest(name=booked[0].name, **said)
            shipment = await self.planner.call("DistributionService", "AttachReferences", attach)
        else:
            book = distribution_pb2.BookShipmentRequest(doses=[dose], **said)
            shipment = await until(lambda: self.planner.call("DistributionService", "BookShipment", book))
        return shipment

    async def pack(self, lot: Lot, vials: Sequence[batch_pb2.Vial], dose: str) -> shipment_pb2.Shipment:
        """A package for each dose that travels with this one. What nobody booked is booked as its batch may leave, by
        an event, a moment after the signature."""
        (shipment, *_) = await until(lambda: self.shipments_of(dose), bool)
        vial_of = {vial.slot.replace("slots/", "doses/"): vial for vial in vials}
        packages = [await self._package(lot, vial_of[each.dose]) for each in shipment.doses]
        request = distribution_pb2.PackShipmentRequest(name=shipment.name, packages=packages, request_id=str(uuid7()))
        packed: shipment_pb2.Shipment = await self.planner.call("DistributionService", "PackShipment", request)
        return packed

    async def hand_over(self, dose: str, courier: str) -> int:
        """The courier takes a dose, once everything on the checklist is there; how much was looked at."""
        name = (await self.shipments_of(dose))[0].name
        asked = distribution_pb2.GetAcceptanceChecklistRequest(name=f"{name}/acceptanceChecklist")
        checklist: distribution_pb2.AcceptanceChecklist = await until(
            lambda: self.planner.call("DistributionService", "GetAcceptanceChecklist", asked),
            lambda found: bool(found.satisfied),
        )
        request = distribution_pb2.RecordHandOverRequest(
            name=name,
            from_party=self.planner.partner,
            to_party=courier,
            place="facilities/tidewater",
            received_by="driver",
            request_id=str(uuid7()),
        )
        await self.planner.call("DistributionService", "RecordHandOver", request)
        return len(checklist.items)

    async def _package(self, lot: Lot, vial: batch_pb2.Vial) -> shipment_pb2.Package:
        """As it was filled, marked, measured and sealed; master data says who sends and who receives it."""
        number = vial.name.rpartition("/")[2]
        content = shipment_pb2.PackageContent(
            nuclide=NUCLIDE_OF_PROTO[lot.run.nuclide],
            activity_bq=vial.filled.activity_mbq * BQ_PER_MBQ,
            time=vial.filled.time,
        )
        return Package(
            package_id=number,
            doses=[vial.slot.replace("slots/", "doses/")],
            design=Package.TYPE_A,
            contents=[content],
            physical_form="liquid",
            chemical_form="ligand in aqueous solution",
            un_number="UN2915",
            proper_shipping_name="RADIOACTIVE MATERIAL, TYPE A PACKAGE",
            surface_dose_rate_usv_per_h=SURFACE_USV_H,
            dose_rate_at_one_metre_usv_per_h=ONE_METRE_USV_H,
            measure_time=stamp(await clock.now(self.planner)),
            measured_by="radiation protection",
            instrument=INSTRUMENT,
            label_category=Package.YELLOW_II,
            labels=2,
            seal_number=f"S-{number}",
            gross_weight_g=GROSS_WEIGHT_G,
        )
