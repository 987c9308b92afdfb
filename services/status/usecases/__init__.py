"""What status does: load, decide, save."""

from services.status.usecases.apply import apply_all
from services.status.usecases.read import get_dose, list_doses, list_entries
from services.status.usecases.watch import watch_dose, watch_doses

__all__ = ["apply_all", "get_dose", "list_doses", "list_entries", "watch_dose", "watch_doses"]
