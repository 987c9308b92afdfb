"""What quality hears: runs, slots, products, shipments, and what laboratories tell."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from doselane.capacity.v1 import capacity_pb2
from doselane.capacity.v1.events_pb2 import RunProduced
from doselane.distribution.v1 import shipment_pb2
from doselane.distribution.v1.events_pb2 import ShipmentBooked
from doselane.erp.v1 import erp_pb2
from doselane.erp.v1.events_pb2 import InspectionLotChanged
from doselane.lims.v1 import lims_pb2
from doselane.lims.v1.events_pb2 import ResultReported
from doselane.masterdata.v1 import resources_pb2
from doselane.slotting.v1 import events_pb2 as slotting_events
from doselane.slotting.v1 import slotting_pb2

from services.kernel.event import Event
from services.kernel.nuclides import NUCLIDE_OF_PROTO
from services.kernel.rpc.shape import require_shape
from services.kernel.stored import storable
from services.kernel.timestamps import known_instant, required_instant
from services.network.reading import RESOURCE_EVENTS, product_of, resource_in
from services.quality.domain.batch import BatchYield, ReleaseTerms
from services.quality.domain.lots import LotStatement
from services.quality.domain.product import QualityProduct
from services.quality.domain.samples import AnalysisStage, ReportedResult
from services.quality.domain.vials import FillRange, Order
from services.quality.events.a2_tables import A2_TABLE_EVENTS

RUN_PRODUCED = "doselane.capacity.run.produced.v1"
RESULT_REPORTED = "doselane.lims.result.reported.v1"
INSPECTION_LOT_CHANGED = "doselane.erp.inspection_lot.changed.v1"
# Of a shipment only who carries it, and when it left.
SHIPMENT_EVENTS = frozenset(
    f"doselane.distribution.{news}.v1"
    for news in (
        "shipment.booked",
        "shipment.followed",
        "shipment.handed_over",
        "shipment.rejudged",
        "milestone.recorded",
    )
)
SLOT_EVENTS: Mapping[str, Any] = {
    "doselane.slotting.slot.held.v1": slotting_events.SlotHeld,
    "doselane.slotting.slot.confirmed.v1": slotting_events.SlotConfirmed,
    "doselane.slotting.slot.released.v1": slotting_events.SlotReleased,
    "doselane.slotting.slot.expired.v1": slotting_events.SlotExpired,
    "doselane.slotting.slot.moved.v1": slotting_events.SlotMoved,
    "doselane.slotting.slot.at_risk.v1": slotting_events.SlotAtRisk,
}
HEARD = frozenset(
    {
        RUN_PRODUCED,
        RESULT_REPORTED,
        INSPECTION_LOT_CHANGED,
        *SHIPMENT_EVENTS,
        *SLOT_EVENTS,
        *RESOURCE_EVENTS,
        *A2_TABLE_EVENTS,
    }
)
TOPICS_HEARD = (
    "doselane.masterdata",
    "doselane.slotting",
    "doselane.capacity",
    "doselane.distribution",
    "doselane.lims",
    "doselane.erp",
)
# With its courier, or with whom it went to; a dose that was lost may still be found.
_LEFT = frozenset(
    {
        shipment_pb2.Shipment.COLLECTED,
        shipment_pb2.Shipment.IN_TRANSIT,
        shipment_pb2.Shipment.OUT_FOR_DELIVERY,
        shipment_pb2.Shipment.DELIVERED,
        shipment_pb2.Shipment.RETURNED,
        shipment_pb2.Shipment.LOST,
    }
)


class Carried(NamedTuple):
    """Who carries the dose of a slot, and since when; None: not that anybody told."""

    slot: str
    courier: str
    since: datetime | None


class PlaceTold(NamedTuple):
    """Where a batch is made, or a dose goes, as master data names it. Empty: not known."""

    name: str
    version: int
    display_name: str
    time_zone: str
    address: str
    emergency_contact: str


def production_in(event: Event) -> BatchYield:
    """What a run yielded. Refused if it does not say what was measured, and when: a batch is never made of a guess."""
    run = RunProduced.FromString(event.data).run
    measured = run.production.measured
    return BatchYield(
        run=run.name,
        line=run.line,
        product=run.product,
        nuclide=NUCLIDE_OF_PROTO[run.nuclide],
        end_of_synthesis_at=_end_of_synthesis(run),
        measured_mbq=measured.activity_kbq / 1000,
        measured_at=required_instant(measured, "measure_time", "measure_time"),
        volume_ul=measured.volume_ul if measured.HasField("volume_ul") else None,
        expires_at=required_instant(run, "use_by_time", "use_by_time"),
        production_order=run.production_order,
    )


def lot_in(event: Event) -> LotStatement:
    """What an ERP states of an inspection lot; Invalid if it cannot be meant."""
    said = InspectionLotChanged.FromString(event.data)
    lot = said.inspection_lot
    require_shape(lot)
    return LotStatement(
        lot=lot.inspection_lot,
        production_order=lot.production_order,
        batch_number=lot.batch_number,
        rejected=lot.usage_decision == erp_pb2.InspectionLot.REJECTED,
        code=lot.usage_decision_code,
        since=required_instant(lot, "state_time", "state_time"),
        told_by=f"{said.adapter} of {said.partner}",
    )


def order_in(event: Event) -> Order:
    """A slot after one of its events."""
    slot = SLOT_EVENTS[event.type].FromString(event.data).slot
    return Order(
        slot=slot.name,
        partner=slot.partner,
        run=slot.run,
        site=slot.site,
        confirmed=slot.state == slotting_pb2.Slot.CONFIRMED,
        administration_mbq=slot.administration.activity_mbq,
        administration_at=required_instant(slot.administration, "time", "administration.time"),
        departure_at=known_instant(slot, "departure_time"),
        delivery_at=known_instant(slot, "delivery_time"),
        patient_reference=slot.patient_reference,
        order_reference=slot.order_reference,
    )


def product_in(event: Event) -> tuple[QualityProduct, int] | None:
    """A product after an event of master data, with its version; None for a resource of another kind, or a deletion:
    what is made already is still judged and released by what was last said of it."""
    heard = resource_in(event)
    if heard is None or heard.kind != "product" or heard.deleted:
        return None
    return _product(heard.message), heard.version


def _product(told: resources_pb2.Product) -> QualityProduct:
    product = product_of(told)
    return QualityProduct(
        name=product.name,
        display_name=told.display_name,
        specification=product.specification,
        terms=ReleaseTerms(
            product.assessed_before_dispatch,
            product.certified_by_qualified_person,
            tuple(sorted(kind.name for kind in product.required_documents)),
        ),
        fill=FillRange(
            product.fill_volume_ul_min,
            product.fill_volume_ul_max,
            product.activity_mbq_min or None,
            product.activity_mbq_max or None,
        ),
        shelf_life=product.shelf_life,
        partners=tuple(sorted(product.partners)),
        package=product.package,
        gtin=told.gtin,
        dosage_form=told.dosage_form,
        route_of_administration=told.route_of_administration,
        production_route=told.production_route,
        storage=told.storage,
        shelf_life_origin=product.shelf_life_origin.name,
    )


def place_in(event: Event) -> PlaceTold | None:
    """A facility or a site after an event of master data; None for a resource of another kind."""
    heard = resource_in(event)
    if heard is None or heard.kind not in ("facility", "site"):
        return None
    told = heard.message
    return PlaceTold(heard.name, heard.version, told.display_name, told.time_zone, told.address, told.emergency_contact)


def carried_in(event: Event) -> list[Carried]:
    """Who carries the doses of a shipment, and since when; nobody, while no courier is known."""
    # Every event of a shipment has the shipment as its first field, so one message reads them all.
    shipment = ShipmentBooked.FromString(event.data).shipment
    since = None
    if shipment.state in _LEFT:
        taken = [at for entry in shipment.custody if (at := known_instant(entry, "time"))]
        since = min(taken, default=None) or known_instant(shipment.last_milestone, "time") or event.time
    elif shipment.custody:
        since = known_instant(shipment.custody[0], "time") or event.time
    return [Carried(_slot_of(each.dose), shipment.courier, since) for each in shipment.doses if shipment.courier]


def reported_in(event: Event, received_at: datetime) -> ReportedResult:
    """What a laboratory told of an analysis."""
    report = ResultReported.FromString(event.data)
    told = report.result
    return ReportedResult(
        laboratory=report.laboratory,
        result_id=storable(told.result_id),
        sample="",
        references=tuple(map(storable, told.sample_references)),
        test=storable(told.test),
        test_code=storable(told.test_code),
        replicate=told.replicate if told.HasField("replicate") else None,
        stage=_stage(told.state),
        value=storable(told.value),
        decimal_mark=storable(told.decimal_mark),
        unit=storable(told.unit),
        method=storable(told.method),
        captured_at=known_instant(told, "capture_time"),
        verified_at=known_instant(told, "verify_time"),
        replaces=storable(told.replaces),
        parser=storable(told.parser),
        message=report.message,
        received_at=received_at,
    )


def _stage(state: int) -> AnalysisStage:
    # A number that is newer than this program says nothing to it, and is not guessed.
    known = state and state in lims_pb2.Result.State.values()
    return AnalysisStage(lims_pb2.Result.State.Name(state)) if known else AnalysisStage.UNKNOWN  # type: ignore[arg-type]


def _end_of_synthesis(run: capacity_pb2.Run) -> datetime:
    """The actual end of synthesis, or the planned one where production did not tell."""
    actual = known_instant(run.production, "end_of_synthesis_time")
    return actual or required_instant(run, "end_of_synthesis_time", "end_of_synthesis_time")


def _slot_of(dose: str) -> str:
    return f"slots/{dose.removeprefix('doses/')}"
