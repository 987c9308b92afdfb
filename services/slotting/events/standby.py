"""Standbys as published, and the agreements that say who is served first."""

from collections.abc import Iterable
from datetime import datetime

from doselane.masterdata.v1 import resources_pb2
from doselane.slotting.v1 import slotting_pb2
from doselane.type.v1 import type_pb2

from services.kernel.timestamps import instant, stamp
from services.slotting.domain import Demand, Standby


def standby_message(standby: Standby) -> slotting_pb2.Standby:
    """A standby as published."""
    updated, (actor, reason) = stamp(standby.updated_at), standby.signature
    return slotting_pb2.Standby(
        name=standby.name,
        partner=standby.demand.partner,
        demand=demand_message(standby.demand),
        state=standby.state.value,  # type: ignore[arg-type]  # the same number; the stubs know the wrapper only
        slot=f"slots/{standby.slot_id}" if standby.slot_id else "",
        answer_until_time=stamp(standby.answer_until),
        etag=standby.etag,
        create_time=stamp(standby.created_at),
        update_time=updated,
        last_change=type_pb2.Change(actor=actor, time=updated, reason=reason),
    )


def demand_message(demand: Demand) -> slotting_pb2.SlotDemand:
    """What is wanted, as it was asked for."""
    return slotting_pb2.SlotDemand(
        run=demand.run,
        site=demand.site,
        lane=demand.lane,
        administration=type_pb2.Activity(activity_mbq=demand.activity_mbq, time=stamp(demand.administration_at)),
        order_reference=demand.order_reference,
        patient_reference=demand.patient_reference,
        partner=demand.partner,
        departure_time=stamp(demand.departure_at),
    )


def priorities_of(documents: Iterable[bytes], now: datetime) -> dict[tuple[str, str], int]:
    """Who is offered freed capacity first, by sponsor and product: as the agreements in force at the instant say."""
    agreed: dict[tuple[str, str], int] = {}
    for document in documents:
        agreement = resources_pb2.Agreement.FromString(document)
        from_at = instant(agreement.valid_from_time, "valid_from_time")
        if from_at <= now < instant(agreement.valid_until_time, "valid_until_time"):
            key = (agreement.partner, agreement.product)
            agreed[key] = max(agreement.standby_priority, agreed.get(key, agreement.standby_priority))
    return agreed
