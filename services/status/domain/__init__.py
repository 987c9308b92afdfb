"""The rules of status: what the timeline of a dose is, and where its shipment stands. No I/O, time passed in."""

from services.status.domain.dose import Attaching, Dose, Entry, Shipment, Slot, SlotFact, attach, heard, reported
from services.status.domain.milestone import (
    Kind,
    Milestone,
    MilestoneFact,
    ShipmentState,
    Standing,
    order_key,
    standing,
)

__all__ = [
    "Attaching",
    "Dose",
    "Entry",
    "Kind",
    "Milestone",
    "MilestoneFact",
    "Shipment",
    "ShipmentState",
    "Slot",
    "SlotFact",
    "Standing",
    "attach",
    "heard",
    "order_key",
    "reported",
    "standing",
]
