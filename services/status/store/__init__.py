"""Status's rows: what facts need under locks, what they change with its events, and reads for callers."""

from pathlib import Path

from services.status.store.reads import DoseFilter, find_dose, list_doses, list_entries
from services.status.store.writes import Saving, lock_doses, lock_doses_of_all, promised_doses, save, told_sources

SCHEMA = Path(__file__).parent.parent / "schema"

__all__ = [
    "SCHEMA",
    "DoseFilter",
    "Saving",
    "find_dose",
    "list_doses",
    "list_entries",
    "lock_doses",
    "lock_doses_of_all",
    "promised_doses",
    "save",
    "told_sources",
]
