"""The rules of status: what the timeline of a dose is. No I/O, time passed in."""

from services.status.domain.dose import (
    Carriage,
    Dose,
    Entry,
    NewsFact,
    Occurrence,
    ShipmentFact,
    Slot,
    SlotFact,
    carried,
    heard,
    told,
)

__all__ = [
    "Carriage",
    "Dose",
    "Entry",
    "NewsFact",
    "Occurrence",
    "ShipmentFact",
    "Slot",
    "SlotFact",
    "carried",
    "heard",
    "told",
]
