"""Slotting's values as protobuf, its happenings as events, and what others publish as commands."""

from services.kernel.event import Event
from services.slotting.domain import Project, RecordShipment, RecordVial, Revise, Withdraw
from services.slotting.events.batches import record_vial_of, withdraw_of
from services.slotting.events.lanes import LaneAcceptance, lane_acceptance_of, rates_in
from services.slotting.events.published import (
    Outgoing,
    cut_message,
    moved_together_message,
    outgoing,
    resource_bytes,
    slot_message,
    threatened_messages,
)
from services.slotting.events.resources import change_of, revise_of
from services.slotting.events.runs import book_of, project_of
from services.slotting.events.shipments import record_shipment_of
from services.slotting.events.standby import priorities_of, standby_message

__all__ = [
    "LaneAcceptance",
    "Outgoing",
    "book_of",
    "change_of",
    "command_of",
    "cut_message",
    "lane_acceptance_of",
    "moved_together_message",
    "outgoing",
    "priorities_of",
    "rates_in",
    "resource_bytes",
    "slot_message",
    "standby_message",
    "threatened_messages",
]


def command_of(event: Event) -> Project | RecordShipment | RecordVial | Revise | Withdraw | None:
    """What an event of another service means to the ledger; None for a type that does not concern it."""
    readers = (project_of, revise_of, withdraw_of, record_vial_of, record_shipment_of)
    return next((command for read in readers if (command := read(event)) is not None), None)
