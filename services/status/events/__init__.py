"""Consumed events as facts, and doses and their entries as published."""

from services.status.events.facts import (
    CONSUMED_TYPES,
    REFERENCE_LENGTH_MAX,
    Fact,
    fact_of,
    keys_of,
    milestone_of,
    storable,
    visible_to,
)
from services.status.events.messages import (
    DOSE_UPDATED,
    MILESTONE_SETTLED,
    SHIPMENT_ATTACHED,
    Cause,
    TimelineEntry,
    attached,
    dose_message,
    entry_in,
    entry_message,
    settlement,
    unmatched_message,
    updated,
)

__all__ = [
    "CONSUMED_TYPES",
    "DOSE_UPDATED",
    "MILESTONE_SETTLED",
    "REFERENCE_LENGTH_MAX",
    "SHIPMENT_ATTACHED",
    "Cause",
    "Fact",
    "TimelineEntry",
    "attached",
    "dose_message",
    "entry_in",
    "entry_message",
    "fact_of",
    "keys_of",
    "milestone_of",
    "settlement",
    "storable",
    "unmatched_message",
    "updated",
    "visible_to",
]
