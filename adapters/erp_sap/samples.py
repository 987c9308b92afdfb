"""What would be written into SAP because of example events, field by field against its own metadata. Pure."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from doselane.capacity.v1.capacity_pb2 import MeasuredYield, Production, Run
from doselane.capacity.v1.events_pb2 import RunProduced
from doselane.quality.v1.batch_pb2 import Batch
from doselane.quality.v1.events_pb2 import BatchCertifiedForUse, BatchRejected
from doselane.slotting.v1.events_pb2 import OrderDecided, SlotConfirmed
from doselane.slotting.v1.order_pb2 import DoseOrder
from doselane.slotting.v1.slotting_pb2 import Slot
from doselane.type.v1.type_pb2 import Activity
from google.protobuf.message import Message

from adapters.erp_sap import writing
from adapters.erp_sap.odata.entities import Written, body_to_change, body_to_create
from adapters.erp_sap.odata.model import DefinitionFault, EntityType, ServiceModel
from adapters.erp_sap.odata.values import ValueFault
from adapters.outbound import Declined
from adapters.preflight import SamplePayload
from services.kernel.event import Event
from services.kernel.timestamps import stamp

PARTNER = "partners/example"
AT = datetime(2026, 12, 1, 9, 0, 0, tzinfo=UTC)
_ID = UUID("01931f8e-7c1a-7000-8000-000000000001")
Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """Why a field does not take what would be written into it."""

    field: str  # of SAP; of what is below an entity with the way there: `to_Item.Material`
    words: str


def yield_body() -> Body:
    """What is kept of a run that was produced."""
    measured = MeasuredYield(activity_kbq=148_123_457, vials=20)
    run = Run(name=f"runs/{_ID}", production_order="1000101", production=Production(measured=measured))
    return _made(writing.produced, writing.PRODUCED, RunProduced(run=run))


def decision_bodies() -> Sequence[Body]:
    """What is kept of a batch that was certified, and of one that was rejected."""
    batch = Batch(name=f"batches/{_ID}", production_order="1000101")
    certified, rejected = BatchCertifiedForUse(batch=batch), BatchRejected(batch=batch)
    return [
        _made(writing.decided_of_batch, f"doselane.quality.{kind}.v1", said)
        for kind, said in (("batch.certified_for_use", certified), ("batch.rejected", rejected))
    ]


def outcome_bodies(site: str) -> Sequence[Body]:
    """What is kept of each outcome that an order can have."""
    slot = Slot(name=f"slots/{_ID}", site=site, delivery_time=stamp(AT))
    numbers = [each.number for each in OrderDecided.Outcome.DESCRIPTOR.values if each.number]
    order = DoseOrder(order_reference="NL-0042", system_reference="0000000401/000010")
    return [
        _made(
            writing.decided_of_order,
            writing.ORDER_DECIDED,
            OrderDecided(order=order, outcome=number, adapter=writing.ADAPTER, slot=slot, stated_by=PARTNER),  # type: ignore[arg-type]
        )
        for number in numbers
    ]


def new_order_body(product: str, site: str) -> Body:
    """What is kept of a slot that was promised elsewhere."""
    slot = Slot(
        name=f"slots/{_ID}",
        order_reference="NL-0042",
        product=product,
        site=site,
        administration=Activity(activity_mbq=7400, time=stamp(AT)),
        delivery_time=stamp(AT),
    )
    return _made(writing.confirmed, writing.SLOT_CONFIRMED, SlotConfirmed(slot=slot))


def problems(model: ServiceModel, entity: EntityType, values: Written, *, is_new: bool) -> Iterator[FieldProblem]:
    """Why fields of an entity do not take these values, all of them."""
    for name, value in values.items():
        if is_new and name in entity.links and isinstance(value, list):
            target = model.target_of(entity.links[name])
            for each in value:
                for below in problems(model, target, each, is_new=True):
                    yield FieldProblem(f"{name}.{below.field}", below.words)
            continue
        try:
            (body_to_create if is_new else body_to_change)(model, entity, {name: value})
        except (DefinitionFault, ValueFault) as fault:
            yield FieldProblem(name, str(fault))


def sample(reaction: str, subject: str, values: Written, found: Sequence[FieldProblem]) -> SamplePayload:
    """How it is shown."""
    body = json.dumps(values, default=str, ensure_ascii=False, indent=2)
    return SamplePayload(reaction, subject, body, "; ".join(each.words for each in found))


def refused(reaction: str, subject: str, body: Body, no: Declined) -> SamplePayload:
    """What cannot even be written."""
    return SamplePayload(reaction, subject, json.dumps(body), str(no))


def _made(make: Any, kind: str, message: Message) -> Body:
    event = Event(_ID, kind, "", "example", 1, AT, message.SerializeToString(), partner=PARTNER)
    (outgoing,) = make(event, PARTNER)
    found: Body = json.loads(outgoing.body)
    return found
