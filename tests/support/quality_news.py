"""What other services publish that quality hears."""

from datetime import datetime, timedelta
from typing import Any

from doselane.capacity.v1 import capacity_pb2
from doselane.capacity.v1 import events_pb2 as capacity_events
from doselane.distribution.v1 import a2_table_pb2, shipment_pb2
from doselane.distribution.v1 import events_pb2 as distribution_events
from doselane.erp.v1 import erp_pb2
from doselane.erp.v1 import events_pb2 as erp_events
from doselane.lims.v1 import events_pb2 as lims_events
from doselane.lims.v1 import lims_pb2
from doselane.masterdata.v1 import events_pb2 as masterdata_events
from doselane.masterdata.v1 import resources_pb2
from doselane.slotting.v1 import events_pb2 as slotting_events
from doselane.slotting.v1 import slotting_pb2
from doselane.type.v1 import type_pb2
from google.protobuf.message import Message

from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from tests.support.quality import EOS, RUN

PRODUCT, NORTHLAKE, HARBOR, LAB = "products/lu-ligand", "partners/northlake", "partners/harbor", "partners/lab"
SWIFT = "partners/swift-courier"


def event(type_: str, subject: str, said: Message, sequence: int = 1, at: datetime = EOS) -> Event:
    """An event of another service."""
    return Event(
        id=uuid7(),
        type=f"doselane.{type_}.v1",
        source=f"doselane/{type_.partition('.')[0]}",
        subject=subject,
        sequence=sequence,
        time=at,
        data=said.SerializeToString(),
        actor="somebody",
    )


def a_product(version: int = 1, **fields: Any) -> Event:
    """A product, known to Northlake."""
    given: dict[str, Any] = {
        "name": PRODUCT,
        "display_name": "Lu ligand",
        "nuclide": type_pb2.NUCLIDE_LU_177,
        "partners": [NORTHLAKE],
        "activity_nominal_mbq": 1000,
        "shelf_life_minutes": 72 * 60,
        "specification": "specifications/lu-ligand",
        "fill_volume_min_ul": 500,
        "fill_volume_max_ul": 20_000,
        "gtin": "01234567890128",
    }
    product = resources_pb2.Product(**{**given, **fields})
    resource = resources_pb2.Resource(product=product)
    said = masterdata_events.ResourceUpdated(resource=resource, version=version)
    return event("masterdata.resource.updated", PRODUCT, said, version)


def a_place(kind: str, name: str, zone: str = "Europe/Berlin", version: int = 1, **fields: Any) -> Event:
    """A facility or a site."""
    given = {"name": name, "display_name": name.partition("/")[2], "time_zone": zone, **fields}
    resource = {
        "facility": lambda: resources_pb2.Resource(facility=resources_pb2.Facility(**given)),
        "site": lambda: resources_pb2.Resource(site=resources_pb2.Site(**given)),
    }[kind]()
    said = masterdata_events.ResourceCreated(resource=resource, version=version)
    return event("masterdata.resource.created", name, said, version)


def a_slot(slot: str = "slots/01a215bf-0000-7000-8000-000000000001", sequence: int = 1, **fields: Any) -> Event:
    """A confirmed slot of Northlake's: 1 GBq two days after the end of synthesis."""
    given: dict[str, Any] = {
        "name": slot,
        "partner": NORTHLAKE,
        "run": RUN,
        "state": slotting_pb2.Slot.CONFIRMED,
        "site": "sites/lakeside",
        "administration": type_pb2.Activity(activity_mbq=1000, time=stamp(EOS + timedelta(days=2))),
        "departure_time": stamp(EOS + timedelta(hours=6)),
        "delivery_time": stamp(EOS + timedelta(hours=11)),
        "patient_reference": "P-1",
        "order_reference": "order-1",
    }
    said = slotting_events.SlotConfirmed(slot=slotting_pb2.Slot(**{**given, **fields}))
    return event("slotting.slot.confirmed", slot, said, sequence)


def a_produced_run(run: str = RUN, volume_ul: int | None = 100_000, **fields: Any) -> Event:
    """A run that yielded 100 GBq in 100 mL."""
    measured = capacity_pb2.MeasuredYield(activity_kbq=100_000_000, measure_time=stamp(EOS), volume_ul=volume_ul)
    given: dict[str, Any] = {
        "name": run,
        "product": PRODUCT,
        "nuclide": type_pb2.NUCLIDE_LU_177,
        "line": "facilities/north/lines/a",
        "state": capacity_pb2.Run.PRODUCED,
        "end_of_synthesis_time": stamp(EOS),
        "use_by_time": stamp(EOS + timedelta(hours=72)),
        "production": capacity_pb2.Production(end_of_synthesis_time=stamp(EOS), measured=measured),
    }
    said = capacity_events.RunProduced(run=capacity_pb2.Run(**{**given, **fields}), version=5)
    return event("capacity.run.produced", run, said, 5)


def a_lot(
    rejected: bool = True, lot: str = "010000000042", order: str = "4711", since: datetime = EOS, **fields: Any
) -> Event:
    """An ERP states an inspection lot of a production order."""
    decision = erp_pb2.InspectionLot.REJECTED if rejected else erp_pb2.InspectionLot.ACCEPTED
    given: dict[str, Any] = {
        "inspection_lot": lot,
        "production_order": order,
        "usage_decision": decision,
        "usage_decision_code": "R2" if rejected else "A",
        "state_time": stamp(since),
    }
    stated = erp_pb2.InspectionLot(**{**given, **fields})
    said = erp_events.InspectionLotChanged(
        partner="partners/cdmo", adapter="erp_tiny", message="messages/1", inspection_lot=stated
    )
    return event("erp.inspection_lot.changed", "messages/1", said)


def a_report(test: str, value: str, unit: str, sample: str, **fields: Any) -> Event:
    """A laboratory's word on an analysis, verified."""
    given: dict[str, Any] = {
        "result_id": f"{sample}/{test}",
        "sample_references": [sample],
        "test": test,
        "state": lims_pb2.Result.VERIFIED,
        "value": value,
        "unit": unit,
        "capture_time": stamp(EOS + timedelta(hours=1)),
    }
    result = lims_pb2.Result(**{**given, **fields})
    said = lims_events.ResultReported(laboratory=LAB, adapter="lims_generic", message="messages/1", result=result)
    return event("lims.result.reported", f"results/{result.result_id}", said)


def a_shipment(slot: str, sequence: int = 1, **fields: Any) -> Event:
    """News of the shipment that carries the dose of a slot."""
    dose = shipment_pb2.CarriedDose(dose=f"doses/{slot.removeprefix('slots/')}")
    given: dict[str, Any] = {"name": "shipments/s", "courier": SWIFT, "references": ["1Z1"], "doses": [dose]}
    said = distribution_events.ShipmentFollowed(shipment=shipment_pb2.Shipment(**{**given, **fields}))
    return event("distribution.shipment.followed", "shipments/s", said, sequence)


def an_attached_shipment(slot: str = "slots/01a215bf-0000-7000-8000-000000000001", courier: str = SWIFT) -> Event:
    """A courier was named for a dose."""
    return a_shipment(slot, courier=courier, state=shipment_pb2.Shipment.BOOKED)


def a_collected_dose(
    slot: str = "slots/01a215bf-0000-7000-8000-000000000001",
    courier: str = SWIFT,
    at: datetime = EOS + timedelta(hours=6),
) -> Event:
    """A dose left with its courier."""
    custody = [shipment_pb2.CustodyEntry(to_party=courier, time=stamp(at))]
    return a_shipment(slot, 2, courier=courier, state=shipment_pb2.Shipment.COLLECTED, custody=custody)


def an_a2_table(
    name: str = "a2Tables/ssr-6", sequence: int = 1, *, a2_tbq: float = 0.7, retired: bool = False, **fields: Any
) -> Event:
    """A table of A2 values that was signed, an hour later with each event; or taken out of force."""
    table = a2_table_pb2.A2Table(
        name=name,
        version=1,
        state=a2_table_pb2.A2Table.RETIRED if retired else a2_table_pb2.A2Table.SIGNED,
        edition=f"edition of {name}",
        rows=[a2_table_pb2.A2TableRow(nuclide="Lu-177", a1_tbq=30, a2_tbq=a2_tbq)],
        signature=a2_table_pb2.A2TableSignature(sign_time=stamp(EOS + timedelta(hours=sequence))),
    )
    table.MergeFrom(a2_table_pb2.A2Table(**fields))
    said = (distribution_events.A2TableRetired if retired else distribution_events.A2TableSigned)(a2_table=table)
    return event(f"distribution.a2_table.{'retired' if retired else 'signed'}", name, said, sequence)
