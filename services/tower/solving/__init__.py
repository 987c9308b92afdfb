"""Choosing moves by CP-SAT, where there are too many choices to look at."""

from services.tower.solving.model import Solving

__all__ = ["Solving"]
