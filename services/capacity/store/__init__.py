"""Capacity's rows: runs and allotments, what was asked and answered; state and events in one transaction."""

from services.capacity.store.requests import Asked, Once
from services.capacity.store.rows import Filter
from services.capacity.store.runs import SCHEMA, Store, Unit

__all__ = ["SCHEMA", "Asked", "Filter", "Once", "Store", "Unit"]
