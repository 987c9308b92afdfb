"""Versions of master data, as the rules take them."""

from doselane.masterdata.v1 import resources_pb2

from services.kernel.event import Event
from services.network import ResourceVersion, reading
from services.slotting.domain import Revise


def revise_of(event: Event) -> Revise | None:
    """What an event of master data means to the ledger; None for what does not concern it."""
    change = _read(reading.resource_in(event))
    return Revise(change, event.actor, event.reason) if change else None


def change_of(resource: resources_pb2.Resource, version: int, *, deleted: bool = False) -> ResourceVersion | None:
    """A version of a resource; None for a kind that the ledger does not need. Raises where it cannot be read."""
    return _read(reading.heard_of(resource, version, deleted=deleted))


def _read(heard: reading.HeardResource | None) -> ResourceVersion | None:
    # Lines make runs, and no slot stands on one.
    return None if heard is None or heard.kind == "line" else reading.version_of(heard)
