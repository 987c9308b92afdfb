"""Quality's events as commands."""

from collections.abc import Mapping
from typing import Any

from doselane.quality.v1 import events_pb2

from services.kernel.errors import Invalid
from services.kernel.event import Event
from services.slotting.domain import Withdraw

_WITHDRAWN: Mapping[str, Any] = {
    "doselane.quality.batch.rejected.v1": events_pb2.BatchRejected,
    "doselane.quality.batch.failed_after_use.v1": events_pb2.BatchFailedAfterUse,
}


def withdraw_of(event: Event) -> Withdraw | None:
    """What an event of quality means to the ledger; None for a type that does not concern it."""
    message = _WITHDRAWN.get(event.type)
    if message is None:
        return None
    run = message.FromString(event.data).batch.run
    if not run:
        raise Invalid("The event does not say which run the batch is of.", field="batch.run", event=event.id)
    return Withdraw(run, event.actor, event.reason)
