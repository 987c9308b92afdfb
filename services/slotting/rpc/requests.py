"""What callers ask, as commands: shape is checked here, before anything waits or is looked up."""

import math
import re
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any
from uuid import UUID

from doselane.slotting.v1 import slotting_pb2
from google.protobuf.message import Message

from services.kernel.errors import GatewayError, Invalid
from services.kernel.idempotency import with_plain_id
from services.kernel.identity import Caller
from services.kernel.ids import uuid7, uuid_of
from services.kernel.timestamps import instant, required_instant
from services.slotting.domain import Amount, Change, Claim, Confirm, Cut, Demand, Hold, Move, Release
from services.slotting.domain.decide import require_partner
from services.slotting.events import change_of

HOLD_MINUTES_DEFAULT = 15
HOLD_MINUTES_MAX = 7 * 24 * 60
ACTIVITY_MBQ_MAX = 1e9  # a petabecquerel; no dose comes near it, and the sum of many still fits an int64 of kBq
REASON_LENGTH_MAX = 500
KBQ_MAX = 10**15
CHANGES_MAX = 10_000  # an import of all master data is one preview

_RESOURCE_ID = r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}"
_NAMES = {kind: re.compile(rf"{kind}/{_RESOURCE_ID}") for kind in ("runs", "sites", "lanes", "partners", "products")}
_ORDER_REFERENCE = re.compile(r"[\x21-\x7e]([\x20-\x7e]{0,62}[\x21-\x7e])?")
_PATIENT_REFERENCE = re.compile(r"[A-Za-z0-9._-]{0,64}")


def claim_of(request: slotting_pb2.ClaimSlotRequest, caller: Caller) -> Claim:
    """A claim."""
    demand = demand_of(request.demand, caller)
    return Claim(**signature_of(request, caller), slot_id=uuid7(), demand=demand)


def hold_of(request: slotting_pb2.HoldSlotRequest, caller: Caller) -> Hold:
    """A hold."""
    minutes = request.hold_minutes or HOLD_MINUTES_DEFAULT
    if not 0 < minutes <= HOLD_MINUTES_MAX:
        raise Invalid(f"hold_minutes must be 1 to {HOLD_MINUTES_MAX}.", field="hold_minutes", value=minutes)
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
        run=name_of("runs", request.run, "run"),
        lane=name_of("lanes", request.lane, "lane") if request.lane else None,
        administration=administration,
        site=name_of("sites", request.site, "site") if request.site else None,
        departure_at=_departure_at(request, "departure_time"),
    )


def cut_of(request: slotting_pb2.CutRunCapacityRequest, caller: Caller) -> Cut:
    """A cut."""
    partners = [size.partner for size in request.allotments]
    if len(set(partners)) < len(partners):
        raise Invalid("allotments names a partner twice.", field="allotments")
    return Cut(
        **signature_of(request, caller),
        run=name_of("runs", request.run, "run"),
        pledged=_amount(request.pledged, "pledged"),
        allotments={
            name_of("partners", size.partner, f"allotments[{index}].partner"): _amount(
                size.capacity, f"allotments[{index}].capacity"
            )
            for index, size in enumerate(request.allotments)
        },
        cancel=request.cancel,
        accept_conflicts=request.accept_conflicts,
        validate_only=request.validate_only,
        base_version=request.base_version,
    )


def demand_of(demand: slotting_pb2.SlotDemand, caller: Caller) -> Demand:
    """What is wanted, checked for shape."""
    activity_mbq, administration_at = _administration(demand.administration, "demand.administration")
    if demand.partner:
        name_of("partners", demand.partner, "demand.partner")
    return Demand(
        partner=require_partner(demand.partner, caller.partner, caller.operator),
        run=name_of("runs", demand.run, "demand.run"),
        site=name_of("sites", demand.site, "demand.site"),
        lane=name_of("lanes", demand.lane, "demand.lane") if demand.lane else "",
        activity_mbq=activity_mbq,
        administration_at=administration_at,
        order_reference=order_reference_of(demand.order_reference, "demand.order_reference"),
        patient_reference=_matching(
            _PATIENT_REFERENCE,
            demand.patient_reference,
            "demand.patient_reference",
            "a pseudonym of up to 64 letters, digits and ._-",
        ),
        departure_at=_departure_at(demand, "demand.departure_time"),
    )


def slot_id_of(name: str) -> UUID:
    """The id in `slots/{slot}`."""
    kind, _, text = name.partition("/")
    if kind != "slots":
        raise Invalid("A slot is named slots/{slot}.", field="name", value=name[:80])
    return uuid_of(text, "name")


def run_name_of(name: str, field: str = "run") -> str:
    """A run's name, checked for shape."""
    return name_of("runs", name, field)


def order_reference_of(text: str, field: str) -> str:
    """A partner's own reference of an order."""
    return _matching(_ORDER_REFERENCE, text, field, "1 to 64 printable ASCII characters")


def check_reason(reason: str) -> str:
    """Why, in the caller's words: short enough to be stored with every change."""
    if len(reason) > REASON_LENGTH_MAX or "\x00" in reason:
        raise Invalid(f"reason must be at most {REASON_LENGTH_MAX} characters, without NUL.", field="reason")
    return reason


def signature_of(request: Any, caller: Caller) -> dict[str, Any]:
    """What every command carries."""
    return {
        "partner": caller.partner,
        "actor": caller.actor,
        "reason": check_reason(request.reason),
        "operator": caller.operator,
        "request_id": uuid_of(request.request_id, "request_id"),
        "body_hash": _body_hash(request),
    }


def _body_hash(request: Message) -> bytes:
    """Tells a repetition from another request that uses the same id; the kind of the call is part of it."""
    body = with_plain_id(request).SerializeToString(deterministic=True)
    return blake2b(body, digest_size=16, person=request.DESCRIPTOR.name[:16].encode()).digest()


def _administration(activity: Any, field: str) -> tuple[float, Any]:
    mbq = activity.activity_mbq
    if not (math.isfinite(mbq) and 0 < mbq <= ACTIVITY_MBQ_MAX):
        raise Invalid(
            f"{field}.activity_mbq must be a finite number above 0 and at most {ACTIVITY_MBQ_MAX:g}.",
            field=f"{field}.activity_mbq",
            value=mbq,
        )
    return mbq, required_instant(activity, "time", f"{field}.time")


def _departure_at(message: Any, field: str) -> datetime | None:
    return instant(message.departure_time, field) if message.HasField("departure_time") else None


def _amount(capacity: Any, field: str) -> Amount:
    kbq, vials = capacity.reference_activity_kbq, capacity.vials
    if not (0 <= kbq <= KBQ_MAX and vials >= 0):
        raise Invalid(f"{field} must not be negative, nor above {KBQ_MAX} kBq.", field=field, kbq=kbq, vials=vials)
    return Amount(kbq, vials)


def name_of(kind: str, name: str, field: str) -> str:
    """A resource name of a kind, checked for shape."""
    if not _NAMES[kind].fullmatch(name):
        raise Invalid(f"{field} must be {kind}/{{id}}.", field=field, value=name[:80])
    return name


def _matching(pattern: re.Pattern[str], text: str, field: str, wanted: str) -> str:
    if not pattern.fullmatch(text):
        raise Invalid(f"{field} must be {wanted}.", field=field, value=text[:80])
    return text


def changes_of(request: slotting_pb2.PreviewNetworkChangeRequest) -> list[Change]:
    """Resources as they would be. Kinds that no slot rests on are passed over."""
    for field in ("changed", "deleted"):
        if len(getattr(request, field)) > CHANGES_MAX:
            raise Invalid(f"{field} must hold at most {CHANGES_MAX}.", field=field)
    changes = []
    for index, resource in enumerate(request.changed):
        try:
            changes.append(change_of(resource, version=0))
        except (ValueError, KeyError, GatewayError) as wrong:
            field = f"changed[{index}]"
            raise Invalid(f"{field} cannot be read: {wrong}", field=field) from None
    return [change for change in changes if change]
