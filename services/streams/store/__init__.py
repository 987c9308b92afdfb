"""Streams' rows: feeds under their locks, their entries, and the days that entries are kept in."""

from pathlib import Path

from services.streams.store.days import keep_days
from services.streams.store.entries import append, entries_after, first_position_since
from services.streams.store.feeds import find_feed, latest_positions
from services.streams.store.runs import products, runs

SCHEMA = Path(__file__).parent.parent / "schema"

__all__ = [
    "SCHEMA",
    "append",
    "entries_after",
    "find_feed",
    "first_position_since",
    "keep_days",
    "latest_positions",
    "products",
    "runs",
]
