"""Quality's events as commands."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

from doselane.quality.v1 import events_pb2

from services.kernel.errors import Invalid
from services.kernel.event import Event
from services.kernel.timestamps import required_instant
from services.slotting.domain import FilledVial, RecordVial, Withdraw

_WITHDRAWN: Mapping[str, Any] = {
    "doselane.quality.batch.rejected.v1": events_pb2.BatchRejected,
    "doselane.quality.batch.failed_after_use.v1": events_pb2.BatchFailedAfterUse,
}
_VIAL_CHANGED = "doselane.quality.vial.changed.v1"


def withdraw_of(event: Event) -> Withdraw | None:
    """What an event of quality means to the ledger; None for a type that does not concern it."""
    message = _WITHDRAWN.get(event.type)
    if message is None:
        return None
    run = message.FromString(event.data).batch.run
    if not run:
        raise Invalid("The event does not say which run the batch is of.", field="batch.run", event=event.id)
    return Withdraw(run, event.actor, event.reason)


def record_vial_of(event: Event) -> RecordVial | None:
    """What is told of a vial; None for an event of something else. Raises what cannot be relied on."""
    if event.type != _VIAL_CHANGED:
        return None
    told = events_pb2.VialChanged.FromString(event.data)
    vial, filled_mbq = told.vial, told.vial.filled.activity_mbq
    for field, known in (("run", told.run), ("vial.name", vial.name), ("vial.slot", vial.slot)):
        if not known:
            raise Invalid("The event does not say which vial of which run it is.", field=field, event=event.id)
    if not (isfinite(filled_mbq) and filled_mbq > 0):
        raise Invalid("The event does not say what was filled.", field="vial.filled", event=event.id)
    return RecordVial(
        FilledVial(
            name=vial.name,
            version=event.sequence,
            slot=vial.slot,
            run=told.run,
            filled_mbq=filled_mbq,
            filled_at=required_instant(vial, "fill_time", "vial.fill_time"),
            left=vial.HasField("dispatch_time"),
            surplus=vial.HasField("surplus_time"),
            volume_ul=vial.volume_ul if vial.volume_ul > 0 else None,
        )
    )
