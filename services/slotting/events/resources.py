"""Versions of master data, as the rules take them."""

from typing import Any

from doselane.masterdata.v1 import resources_pb2

from services.kernel.event import Event
from services.network import reading
from services.slotting.domain import Change, Revise

# Lines make runs, and no slot stands on one.
KINDS = reading.MESSAGES.keys() - {"line"}


def revise_of(event: Event) -> Revise | None:
    """What an event of master data means to the ledger; None for what does not concern it."""
    message_type = reading.EVENTS.get(event.type)
    if message_type is None:
        return None
    message: Any = message_type.FromString(event.data)
    deleted = event.type == reading.DELETED
    change = change_of(message.resource, message.version, deleted=deleted)
    return Revise(change, event.actor, event.reason) if change else None


def change_of(resource: resources_pb2.Resource, version: int, *, deleted: bool = False) -> Change | None:
    """A version of a resource; None for a kind that the ledger does not need. Raises where it cannot be read."""
    kind = resource.WhichOneof("kind")
    if kind not in KINDS:
        return None
    message = getattr(resource, kind)
    document = message.SerializeToString(deterministic=True)
    return Change(message.name, kind, version, reading.resource_of(kind, message), deleted, document)
