"""Changes of master data as events."""

from collections.abc import Sequence
from typing import Any

from doselane.masterdata.v1 import events_pb2

from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.masterdata.documents import kind_of
from services.masterdata.documents.views import resource_of
from services.masterdata.domain import Change

SOURCE = "doselane/masterdata"
TOPIC = "doselane.masterdata"
# So that an event fits into one record of the bus. Slotting publishes each slot at risk besides, without any limit.
ACCEPTED_MAX = 10_000


def event_of(change: Change, audience: Sequence[str], accepted: Sequence[str], traceparent: str) -> Event:
    """The event that publishes a change. It belongs to no partner, since it names all that a resource concerns.

    `audience` are the partners that may know of the resource, or of one that is deleted could. `accepted` are the
    promised slots that the whole call puts at risk: an import's are told with each resource that can have done it.
    """
    what, message = _told(change, accepted[:ACCEPTED_MAX])
    message.audience.extend(audience)
    after = change.after
    return Event(
        id=uuid7(),
        type=f"{TOPIC}.resource.{what}.v1",
        source=SOURCE,
        subject=after.name,
        sequence=after.number,
        time=after.by.at,
        data=message.SerializeToString(),
        actor=after.by.actor,
        reason=after.by.reason,
        traceparent=traceparent,
    )


def _told(change: Change, accepted: Sequence[str]) -> tuple[str, Any]:
    before, after = change.before, change.after
    if before is None:
        return "created", events_pb2.ResourceCreated(resource=resource_of(after), version=after.number)
    if after.deleted:
        return "deleted", events_pb2.ResourceDeleted(
            resource=resource_of(before), version=after.number, accepted_conflicts=accepted
        )
    concerned = kind_of(after.kind).concerns_ledger(after.changed_fields)
    return "updated", events_pb2.ResourceUpdated(
        resource=resource_of(after),
        version=after.number,
        changed_fields=after.changed_fields,
        accepted_conflicts=accepted if concerned else (),
    )
