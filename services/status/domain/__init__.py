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
from services.status.domain.milestone import Milestone, MilestoneFact, MilestoneKind, ShipmentState
from services.status.domain.plausibility import NOTHING_KNOWN, Doubt, Implausible, Production, doubt_of
from services.status.domain.standing import ShipmentStanding, order_key, standing

__all__ = [
    "NOTHING_KNOWN",
    "Attaching",
    "BatchFact",
    "Dose",
    "Doubt",
    "Entry",
    "Implausible",
    "Milestone",
    "MilestoneFact",
    "MilestoneKind",
    "Production",
    "RunFact",
    "Settling",
    "Shipment",
    "ShipmentStanding",
    "ShipmentState",
    "Slot",
    "SlotFact",
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
