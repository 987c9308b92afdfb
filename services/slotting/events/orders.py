"""Orders as CRM and ERP systems state them, and what came of them, as protobuf."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

from doselane.crm.v1 import events_pb2 as crm_events
from doselane.erp.v1 import events_pb2 as erp_events
from doselane.slotting.v1 import events_pb2, order_pb2, slotting_pb2

from services.kernel.calendar import EARLIEST
from services.kernel.errors import Invalid
from services.kernel.event import Event
from services.kernel.identity import names_partner
from services.kernel.ids import uuid7
from services.kernel.rpc.shape import shape_violations
from services.kernel.timestamps import instant
from services.slotting.domain.ordering import OrderOutcome, OrderStatement

DECIDED = "doselane.slotting.order.decided.v1"
ORDER_TOPICS = ("doselane.crm", "doselane.erp")
_STATED: Mapping[str, Any] = {
    "doselane.crm.order.changed.v1": crm_events.OrderChanged,
    "doselane.erp.order.changed.v1": erp_events.OrderChanged,
}
ORDER_TYPES = frozenset(_STATED)
# By these an order's slot is another than its system was told of, whoever has brought it about.
MOVED, REPLACED = "doselane.slotting.slot.moved.v1", "doselane.slotting.slot.replaced.v1"
MOVED_TYPES = frozenset({MOVED, REPLACED})
# Without these nobody can say which order a statement is of, or whether it counts.
_PLACING = frozenset({"order_reference", "state_time", "partner"})


@dataclass(frozen=True, slots=True)
class StatedDoseOrder:
    """What a system stated of an order. `stated_at` None: it cannot be placed; `statement` None: `wrong` says why."""

    event: Event
    told: Any  # OrderChanged, of a CRM or an ERP
    digest: bytes
    stated_at: datetime | None
    statement: OrderStatement | None
    wrong: str

    @property
    def partner(self) -> str:
        """Whose order it is. The host lets only the manufacturer's own system name somebody else."""
        named: str = self.told.order.partner
        stated_by: str = self.told.partner
        return named if names_partner(named) else stated_by

    @property
    def order_reference(self) -> str:
        """The partner's own name of the order."""
        reference: str = self.told.order.order_reference
        return reference


@dataclass(frozen=True, slots=True)
class OrderDecision:
    """What came of a statement: the order's slot after it, as published, and why if it was refused."""

    outcome: OrderOutcome
    slot: slotting_pb2.Slot | None = None
    reason: str = ""
    detail: str = ""
    nearest: slotting_pb2.Offer | None = None

    @property
    def slot_id(self) -> UUID | None:
        """The id of that slot."""
        return slot_id_of(self.slot.name) if self.slot is not None else None


def moved_slot_in(event: Event) -> slotting_pb2.Slot:
    """The slot that an event says has moved, or was replaced, as it was after that."""
    message = events_pb2.SlotMoved if event.type == MOVED else events_pb2.SlotReplaced
    slot: slotting_pb2.Slot = message.FromString(event.data).slot  # type: ignore[attr-defined]
    return slot


def stated_before(event: Event, stated_type: str, stated: bytes) -> StatedDoseOrder:
    """What was stated of an order, for telling what has become of it since: by whom, and why, the event says."""
    told_by: str = _STATED[stated_type].FromString(stated).partner
    return stated_in(replace(event, type=stated_type, data=stated, partner=told_by))


def stated_in(event: Event) -> StatedDoseOrder:
    """What an event states of an order; Invalid if it does not say whose system states it, as then nobody is told."""
    told = _STATED[event.type].FromString(event.data)
    if not told.partner or told.partner != event.partner:
        raise Invalid("The event does not say whose system states the order.", field="partner", event=event.id)
    order = told.order
    violations = shape_violations(order)
    wrong = "; ".join(f"{field} {words}".strip() for field, words in violations)
    placed = _PLACING.isdisjoint(field.partition(".")[0] for field, _ in violations)
    return StatedDoseOrder(
        event=event,
        told=told,
        digest=blake2b(order.SerializeToString(deterministic=True), digest_size=16).digest(),
        stated_at=instant(order.state_time, "state_time") if placed else None,
        statement=None if violations else _statement(order.partner or told.partner, order),
        wrong=wrong and f"The order is wrong: {wrong}.",
    )


def _statement(partner: str, order: order_pb2.DoseOrder) -> OrderStatement:
    from_at = until_at = EARLIEST
    if order.HasField("administration_interval"):
        from_at = instant(order.administration_interval.start_time, "administration_interval.start_time")
        until_at = instant(order.administration_interval.end_time, "administration_interval.end_time")
    return OrderStatement(
        partner=partner,
        order_reference=order.order_reference,
        wanted=order.state == order_pb2.DoseOrder.WANTED,
        product=order.product,
        site=order.site,
        from_at=from_at,
        until_at=until_at,
        activity_mbq=order.activity_mbq if order.HasField("activity_mbq") else None,
        patient_reference=order.patient_reference,
    )


def decided_event(stated: StatedDoseOrder, order: UUID, version: int, decision: OrderDecision, at: datetime) -> Event:
    """What came of a statement, as it is published: of whose order it is, signed by the account that it came from."""
    message = events_pb2.OrderDecided(
        order=stated.told.order,
        outcome=decision.outcome.value,  # type: ignore[arg-type]  # the same number; the stubs know the wrapper only
        slot=decision.slot,
        reason=decision.reason,
        detail=decision.detail,
        message=stated.told.message,
        adapter=stated.told.adapter,
        nearest_offer=decision.nearest,
        stated_by=stated.told.partner,
    )
    return Event(
        id=uuid7(),
        type=DECIDED,
        source="doselane/slotting",
        subject=f"orders/{order}",
        sequence=version,
        time=at,
        data=message.SerializeToString(),
        partner=stated.partner,
        actor=stated.event.actor,
        reason=stated.event.reason,
        traceparent=stated.event.traceparent,
    )


def slot_id_of(name: str) -> UUID:
    """The id in a slot's name."""
    return UUID(name.removeprefix("slots/"))


def slot_in(answer: bytes) -> slotting_pb2.Slot:
    """The slot that a command was answered with."""
    return slotting_pb2.Slot.FromString(answer)
