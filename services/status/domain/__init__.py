"""The rules of status: what the timeline of a dose is, and where its shipment stands. No I/O, time passed in."""

from services.status.domain.dose import (
    Attaching,
    BatchFact,
    Dose,
    Entry,
    RunFact,
    Settling,
    Shipment,
    Slot,
    SlotFact,
    attach,
    heard,
    judged,
    produced,
    reported,
    settle,
    settled,
)
from services.status.domain.milestone import Kind, Milestone, MilestoneFact, ShipmentState
from services.status.domain.plausibility import NOTHING_KNOWN, Doubt, Implausible, Production, doubt_of
from services.status.domain.standing import Standing, order_key, standing

__all__ = [
    "NOTHING_KNOWN",
    "Attaching",
    "BatchFact",
    "Dose",
    "Doubt",
    "Entry",
    "Implausible",
    "Kind",
    "Milestone",
    "MilestoneFact",
    "Production",
    "RunFact",
    "Settling",
    "Shipment",
    "ShipmentState",
    "Slot",
    "SlotFact",
    "Standing",
    "attach",
    "doubt_of",
    "heard",
    "judged",
    "order_key",
    "produced",
    "reported",
    "settle",
    "settled",
    "standing",
]
