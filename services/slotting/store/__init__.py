"""Slotting's rows: pages that batches are decided on, and reads."""

from services.slotting.store.faults import passes
from services.slotting.store.page import SCHEMA, Answered, Request, RequestKey, load, save
from services.slotting.store.reads import (
    SlotFilter,
    availability,
    find_slot,
    list_slots,
    next_expiry,
    overdue_runs,
    put_lane,
    put_site,
)

__all__ = [
    "SCHEMA",
    "Answered",
    "Request",
    "RequestKey",
    "SlotFilter",
    "availability",
    "find_slot",
    "list_slots",
    "load",
    "next_expiry",
    "overdue_runs",
    "passes",
    "put_lane",
    "put_site",
    "save",
]
