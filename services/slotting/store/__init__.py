"""Slotting's rows: pages that batches are decided on, and reads."""

from services.slotting.store.acceptances import put_acceptance
from services.slotting.store.faults import passes
from services.slotting.store.moves import survey_moves
from services.slotting.store.offers import Reader, find_market, present
from services.slotting.store.orders import lock_known_order, lock_order, save_order, slots_of_order, version_of_slot
from services.slotting.store.page import SCHEMA, Answered, Request, RequestKey, load, save, survey
from services.slotting.store.reads import (
    SlotFilter,
    availability,
    find_slot,
    list_slots,
    next_expiry,
    overdue_runs,
)
from services.slotting.store.resources import known_resources
from services.slotting.store.standbys import StandbyFilter, find_standby, list_standbys, queues_to_look_at
from services.slotting.store.usages import UsageFilter, list_usages

__all__ = [
    "SCHEMA",
    "Answered",
    "Reader",
    "Request",
    "RequestKey",
    "SlotFilter",
    "StandbyFilter",
    "UsageFilter",
    "availability",
    "find_market",
    "find_slot",
    "find_standby",
    "known_resources",
    "list_slots",
    "list_standbys",
    "list_usages",
    "load",
    "lock_known_order",
    "lock_order",
    "next_expiry",
    "overdue_runs",
    "passes",
    "present",
    "put_acceptance",
    "queues_to_look_at",
    "save",
    "save_order",
    "slots_of_order",
    "survey",
    "survey_moves",
    "version_of_slot",
]
