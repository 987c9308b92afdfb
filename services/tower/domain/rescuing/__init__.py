"""Rescue plans: which moves save most doses, and what they ask of people; see the README."""

from services.tower.domain.rescuing.moves import AskedMove, Freed, MoveKind, Promised, RescueMove, Worth, total
from services.tower.domain.rescuing.plans import Chosen, RescuePlan, plans_of, with_swaps
from services.tower.domain.rescuing.problem import RescueProblem, RunRoomLeft, parts_of

__all__ = [
    "AskedMove",
    "Chosen",
    "Freed",
    "MoveKind",
    "Promised",
    "RescueMove",
    "RescuePlan",
    "RescueProblem",
    "RunRoomLeft",
    "Worth",
    "parts_of",
    "plans_of",
    "total",
    "with_swaps",
]
