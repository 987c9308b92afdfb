"""Status's rows: what facts need under locks, what they change with its events, and reads for callers."""

from pathlib import Path

from services.status.store.milestones import Pair, Related, carry, lock_couriers, related, take_milestones
from services.status.store.reads import (
    DoseFilter,
    Unmatched,
    find_dose,
    list_doses,
    list_entries,
    list_unmatched,
)
from services.status.store.runs import doses_of, lock_runs, productions, put_run
from services.status.store.writes import Saving, lock_doses, save, told_sources

SCHEMA = Path(__file__).parent.parent / "schema"

__all__ = [
    "SCHEMA",
    "DoseFilter",
    "Pair",
    "Related",
    "Saving",
    "Unmatched",
    "carry",
    "doses_of",
    "find_dose",
    "list_doses",
    "list_entries",
    "list_unmatched",
    "lock_couriers",
    "lock_doses",
    "lock_runs",
    "productions",
    "put_run",
    "related",
    "save",
    "take_milestones",
    "told_sources",
]
