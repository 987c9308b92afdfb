"""The rules of slotting: plain values and functions, no I/O; time is passed in."""

from services.slotting.domain.book import Allocation, Allotment, Book, Run, RunState
from services.slotting.domain.commands import (
    Asked,
    Claim,
    Command,
    Confirm,
    Cut,
    Hold,
    Join,
    Leave,
    Move,
    MoveTogether,
    Project,
    RecordShipment,
    RecordVial,
    Release,
    Revise,
    Settle,
    Withdraw,
)
from services.slotting.domain.decide import decide, settle
from services.slotting.domain.network import Network
from services.slotting.domain.page import Happening, Outcome, UnitOfWork
from services.slotting.domain.places import CountedPlace
from services.slotting.domain.rooms import ResourceCounter, ResourceCounters
from services.slotting.domain.slot import Demand, Reservations, Risk, Slot, State
from services.slotting.domain.standby import Queue, Standby, StandbyState
from services.slotting.domain.usage import Usage, usage_of
from services.slotting.domain.vial import FilledVial

__all__ = [
    "Allocation",
    "Allotment",
    "Asked",
    "Book",
    "Claim",
    "Command",
    "Confirm",
    "CountedPlace",
    "Cut",
    "Demand",
    "FilledVial",
    "Happening",
    "Hold",
    "Join",
    "Leave",
    "Move",
    "MoveTogether",
    "Network",
    "Outcome",
    "Project",
    "Queue",
    "RecordShipment",
    "RecordVial",
    "Release",
    "Reservations",
    "ResourceCounter",
    "ResourceCounters",
    "Revise",
    "Risk",
    "Run",
    "RunState",
    "Settle",
    "Slot",
    "Standby",
    "StandbyState",
    "State",
    "UnitOfWork",
    "Usage",
    "Withdraw",
    "decide",
    "settle",
    "usage_of",
]
