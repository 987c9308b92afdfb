"""What callers ask, as commands; what a request must be like stands in the protos and is judged before."""

from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any
from uuid import UUID

from doselane.slotting.v1 import slotting_pb2
from doselane.type.v1 import type_pb2
from google.protobuf.message import Message

from services.kernel.errors import GatewayError, Invalid
from services.kernel.idempotency import with_plain_id
from services.kernel.identity import Caller
from services.kernel.ids import uuid7, uuid_of
from services.kernel.timestamps import instant
from services.network import ResourceVersion
from services.network.reading import capacity_of
from services.slotting.domain import Claim, Confirm, Cut, Demand, Hold, Move, MoveTogether, Release
from services.slotting.domain.decide import require_partner
from services.slotting.events import change_of

HOLD_MINUTES_DEFAULT = 15


def claim_of(request: slotting_pb2.ClaimSlotRequest, caller: Caller) -> Claim:
    """A claim."""
    demand = demand_of(request.demand, caller)
    return Claim(**signature_of(request, caller), slot_id=uuid7(), demand=demand)


def hold_of(request: slotting_pb2.HoldSlotRequest, caller: Caller) -> Hold:
    """A hold."""
    minutes = request.hold_minutes if request.HasField("hold_minutes") else HOLD_MINUTES_DEFAULT
    demand = demand_of(request.demand, caller)
    return Hold(**signature_of(request, caller), slot_id=uuid7(), demand=demand, lasting=timedelta(minutes=minutes))


def confirm_of(request: slotting_pb2.ConfirmSlotRequest, caller: Caller) -> Confirm:
    """A confirmation."""
    return Confirm(**signature_of(request, caller), slot_id=slot_id_of(request.name), etag=request.etag)


def release_of(request: slotting_pb2.ReleaseSlotRequest, caller: Caller) -> Release:
    """A release."""
    return Release(**signature_of(request, caller), slot_id=slot_id_of(request.name), etag=request.etag)


def move_of(request: slotting_pb2.MoveSlotRequest, caller: Caller) -> Move:
    """A move."""
    administration = None
    if request.HasField("administration"):
        administration = _administration(request.administration, "administration")
    return Move(
        **signature_of(request, caller),
        slot_id=slot_id_of(request.name),
        etag=request.etag,
        run=request.run,
        lane=request.lane or None,
        administration=administration,
        site=request.site or None,
        departure_at=_departure_at(request, "departure_time"),
        replacement_id=uuid7(),
    )


def move_together_of(request: slotting_pb2.BatchMoveSlotsRequest, caller: Caller) -> MoveTogether:
    """Moves that are made together."""
    signature, known = signature_of(request, caller), set[UUID]()
    moves = []
    for index, each in enumerate(request.moves):
        field = f"moves[{index}]"
        slot_id = uuid_of(each.slot.removeprefix("slots/"), f"{field}.slot")
        if slot_id in known:
            raise Invalid("moves names a slot twice.", field=f"{field}.slot", slot=each.slot)
        known.add(slot_id)
        moves.append(_moved_with(each, slot_id, signature, field))
    return MoveTogether(**signature, moves=tuple(moves), exchange=request.exchange)


def _moved_with(move: slotting_pb2.SlotMove, slot_id: UUID, signature: dict[str, Any], field: str) -> Move:
    administration = None
    if move.HasField("administration"):
        administration = _administration(move.administration, f"{field}.administration")
    return Move(
        **signature,
        slot_id=slot_id,
        etag=move.etag,
        run=move.run,
        lane=move.lane or None,
        administration=administration,
        site=move.site or None,
        departure_at=_departure_at(move, f"{field}.departure_time"),
        replacement_id=uuid7(),
        gives_up=move.gives_up,
    )


def cut_of(request: slotting_pb2.CutRunCapacityRequest, caller: Caller) -> Cut:
    """A cut."""
    partners = [size.partner for size in request.allotments]
    if len(set(partners)) < len(partners):
        raise Invalid("allotments names a partner twice.", field="allotments")
    return Cut(
        **signature_of(request, caller),
        run=request.run,
        pledged=capacity_of(request.pledged),
        allotments={size.partner: capacity_of(size.capacity) for size in request.allotments},
        cancel=request.cancel,
        accept_conflicts=request.accept_conflicts,
        validate_only=request.validate_only,
        base_version=request.base_version,
        failed=request.failed,
    )


def demand_of(demand: slotting_pb2.SlotDemand, caller: Caller) -> Demand:
    """What is wanted."""
    activity_mbq, administration_at = _administration(demand.administration, "demand.administration")
    return Demand(
        partner=require_partner(demand.partner, caller.partner, caller.operator),
        run=demand.run,
        site=demand.site,
        lane=demand.lane,
        activity_mbq=activity_mbq,
        administration_at=administration_at,
        order_reference=demand.order_reference,
        patient_reference=demand.patient_reference,
        departure_at=_departure_at(demand, "demand.departure_time"),
    )


def slot_id_of(name: str) -> UUID:
    """The id in `slots/{slot}`."""
    return uuid_of(name.removeprefix("slots/"), "name")


def signature_of(request: Any, caller: Caller) -> dict[str, Any]:
    """What every command carries."""
    return {
        "partner": caller.partner,
        "actor": caller.actor,
        "reason": request.reason,
        "operator": caller.operator,
        "request_id": uuid_of(request.request_id, "request_id"),
        "body_hash": _body_hash(request),
    }


def _body_hash(request: Message) -> bytes:
    """Tells a repetition from another request that uses the same id; the kind of the call is part of it."""
    body = with_plain_id(request).SerializeToString(deterministic=True)
    return blake2b(body, digest_size=16, person=request.DESCRIPTOR.name[:16].encode()).digest()


def _administration(activity: type_pb2.Activity, field: str) -> tuple[float, datetime]:
    return activity.activity_mbq, instant(activity.time, f"{field}.time")


def _departure_at(message: Any, field: str) -> datetime | None:
    return instant(message.departure_time, field) if message.HasField("departure_time") else None


def changes_of(request: slotting_pb2.PreviewNetworkChangeRequest) -> list[ResourceVersion]:
    """Resources as they would be. Kinds that no slot rests on are passed over."""
    changes = []
    for index, resource in enumerate(request.changed):
        try:
            changes.append(change_of(resource, version=0))
        except (ValueError, KeyError, GatewayError) as wrong:
            field = f"changed[{index}]"
            raise Invalid(f"{field} cannot be read: {wrong}", field=field) from None
    return [change for change in changes if change]
