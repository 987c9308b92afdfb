"""What ERP systems tell: reports of production and the state of production orders; and what is said of a refusal."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from doselane.capacity.v1 import capacity_pb2, events_pb2
from doselane.erp.v1 import erp_pb2
from doselane.erp.v1 import events_pb2 as erp_events

from services.capacity.domain import AskedRun, Ending, Failure, OrderStage, StatedOrder
from services.capacity.events.runs import SOURCE, TOPIC, asked_of, measured_of
from services.kernel.activity import Nuclide
from services.kernel.errors import GatewayError
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.nuclides import PROTO_OF_NUCLIDE
from services.kernel.rpc.shape import require_shape
from services.kernel.stored import storable
from services.kernel.timestamps import instant, optional_instant, required_instant, stamp
from services.network.reading import capacity_message, capacity_of

ERP_TOPIC = "doselane.erp"
PRODUCTION_REPORTED = f"{ERP_TOPIC}.production.reported.v1"
PRODUCTION_ORDER_CHANGED = f"{ERP_TOPIC}.production_order.changed.v1"
ORDER_REFUSED = f"{TOPIC}.production_order.refused.v1"
# As in a run (`Run.production_order`).
ORDER_CHARACTERS_MAX = 100

_STAGES: Mapping[int, OrderStage] = {
    erp_pb2.ProductionOrder.PLANNED: OrderStage.PLANNED,
    erp_pb2.ProductionOrder.RELEASED: OrderStage.RELEASED,
    erp_pb2.ProductionOrder.CANCELLED: OrderStage.CANCELLED,
}


@dataclass(frozen=True, slots=True)
class ErpReport:
    """What an ERP told of one run: its start, end or failure; the run by our name or by the production order."""

    run: str
    production_order: str
    told_by: str
    fact: datetime | Ending | Failure


def report_in(event: Event) -> ErpReport:
    """What an ERP told; Invalid if it says nothing that can be recorded."""
    said = erp_events.ProductionReported.FromString(event.data)
    require_shape(said.report)
    return ErpReport(said.report.run, said.report.production_order, said.adapter, _fact_in(said.report))


def reported_order(event: Event) -> str:
    """The production order that a report names; empty if it names a run of ours."""
    said = erp_events.ProductionReported.FromString(event.data)
    return "" if said.report.run else said.report.production_order


def order_in(event: Event) -> tuple[StatedOrder, str]:
    """What an ERP states of a production order, and which adapter told it; Invalid if it cannot be meant."""
    said = erp_events.ProductionOrderChanged.FromString(event.data)
    order = _counted(said.production_order)
    require_shape(order)
    stated = StatedOrder(
        production_order=order.production_order,
        stage=_STAGES[order.state],
        since=required_instant(order, "state_time", "state_time"),
        product=order.product,
        line=order.line,
        end_of_synthesis_at=optional_instant(order, "end_of_synthesis_time"),
        claim_cutoff_at=optional_instant(order, "claim_cutoff_time"),
        use_by_at=optional_instant(order, "use_by_time"),
        pledged=capacity_of(order.pledged) if order.HasField("pledged") else None,
        vial_kbq_max=(
            order.vial_reference_activity_max_kbq if order.HasField("vial_reference_activity_max_kbq") else None
        ),
        loss_fraction=order.loss_fraction if order.HasField("loss_fraction") else None,
    )
    return stated, said.adapter


def _counted(order: erp_pb2.ProductionOrder) -> erp_pb2.ProductionOrder:
    """What of a statement counts: of an order that is cancelled no figure does, so none can keep its run alive."""
    if order.state != erp_pb2.ProductionOrder.CANCELLED:
        return order
    since = order.state_time if order.HasField("state_time") else None
    return erp_pb2.ProductionOrder(production_order=order.production_order, state=order.state, state_time=since)


def shaped(order: StatedOrder, nuclide: Nuclide) -> AskedRun:
    """The run that an order asks for, judged by the shape of a run that a planner asks for; InvalidFields."""
    message = capacity_pb2.Run(
        product=order.product,
        nuclide=PROTO_OF_NUCLIDE[nuclide],
        line=order.line,
        end_of_synthesis_time=stamp(order.end_of_synthesis_at),
        claim_cutoff_time=stamp(order.claim_cutoff_at),
        use_by_time=stamp(order.use_by_at),
        pledged=capacity_message(order.pledged) if order.pledged is not None else None,
        vial_reference_activity_max_kbq=order.vial_kbq_max,
        loss_fraction=order.loss_fraction,
        production_order=order.production_order,
    )
    require_shape(message, "run")
    return asked_of(message)


def refused_event(event: Event, refusal: GatewayError, number: int, at: datetime) -> Event:
    """Says why the statement in an event cannot be followed; of the partner whose ERP made it. `number` counts such
    refusals of the order from 1."""
    said = erp_events.ProductionOrderChanged.FromString(event.data)
    name = said.production_order.production_order
    refused = events_pb2.ProductionOrderRefused(
        production_order=name,
        reason=refusal.reason,
        detail=refusal.message,
        message=said.message,
        adapter=said.adapter,
    )
    return Event(
        id=uuid7(),
        type=ORDER_REFUSED,
        source=SOURCE,
        subject=refused_subject(event),
        sequence=number,
        time=at,
        data=refused.SerializeToString(),
        partner=said.partner,
        traceparent=event.traceparent,
    )


def refused_subject(event: Event) -> str:
    """What the refusal of an event's statement is about, whatever the statement says."""
    name = erp_events.ProductionOrderChanged.FromString(event.data).production_order.production_order
    return storable(f"productionOrders/{name[:ORDER_CHARACTERS_MAX]}")


def _fact_in(report: erp_pb2.ProductionReport) -> datetime | Ending | Failure:
    kind = report.WhichOneof("fact")
    if kind == "started":
        return instant(report.started.start_time, "started.start_time")
    if kind == "completed":
        ended_at = instant(report.completed.end_of_synthesis_time, "completed.end_of_synthesis_time")
        return Ending(ended_at, measured_of(report.completed.measured))
    return Failure(instant(report.failed.fail_time, "failed.fail_time"), report.failed.cause)
