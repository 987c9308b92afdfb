"""What status does: apply events, attach shipments, settle doubts, answer reads, follow timelines."""

from services.status.usecases.apply import apply_all
from services.status.usecases.attach import AttachRequest, attach_shipment
from services.status.usecases.read import get_dose, list_doses, list_entries, list_unmatched
from services.status.usecases.settle import SettleRequest, settle_milestone
from services.status.usecases.watch import watch_dose, watch_doses

__all__ = [
    "AttachRequest",
    "SettleRequest",
    "apply_all",
    "attach_shipment",
    "get_dose",
    "list_doses",
    "list_entries",
    "list_unmatched",
    "settle_milestone",
    "watch_dose",
    "watch_doses",
]
