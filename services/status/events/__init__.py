"""What status hears, and what it publishes."""

from services.status.events.facts import CONSUMED_TYPES, Fact, fact_of
from services.status.events.messages import (
    DOSE_UPDATED,
    TimelineEntry,
    dose_message,
    entry_in,
    entry_message,
    updated,
)

__all__ = [
    "CONSUMED_TYPES",
    "DOSE_UPDATED",
    "Fact",
    "TimelineEntry",
    "dose_message",
    "entry_in",
    "entry_message",
    "fact_of",
    "updated",
]
