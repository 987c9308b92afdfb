"""Capacity's rows: runs and allotments, what the ledger was asked; state and events in one transaction."""

from services.capacity.store.rows import RunFilter
from services.capacity.store.runs import SCHEMA, Store, Unit

__all__ = ["SCHEMA", "RunFilter", "Store", "Unit"]
