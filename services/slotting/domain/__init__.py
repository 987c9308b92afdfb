"""The rules of slotting: plain values and functions, no I/O; time is passed in."""

from services.slotting.domain.book import Allotment, Amount, Book, Run, RunState, Taking
from services.slotting.domain.commands import Claim, Command, Confirm, Cut, Hold, Move, Project, Release, Settle
from services.slotting.domain.decide import Happening, Outcome, Page, decide, settle
from services.slotting.domain.places import Lane, Licence, Site, Window
from services.slotting.domain.slot import Demand, Slot, State

__all__ = [
    "Allotment",
    "Amount",
    "Book",
    "Claim",
    "Command",
    "Confirm",
    "Cut",
    "Demand",
    "Happening",
    "Hold",
    "Lane",
    "Licence",
    "Move",
    "Outcome",
    "Page",
    "Project",
    "Release",
    "Run",
    "RunState",
    "Settle",
    "Site",
    "Slot",
    "State",
    "Taking",
    "Window",
    "decide",
    "settle",
]
