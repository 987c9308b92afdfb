"""The rules of status: what the timeline of a dose is. No I/O, time passed in."""

from services.status.domain.dose import (
    Carriage,
    Dose,
    DoseSlot,
    Entry,
    NewsFact,
    Occurrence,
    ShipmentFact,
    SlotFact,
    carried,
    heard,
    told,
)

__all__ = [
    "Carriage",
    "Dose",
    "DoseSlot",
    "Entry",
    "NewsFact",
    "Occurrence",
    "ShipmentFact",
    "SlotFact",
    "carried",
    "heard",
    "told",
]
