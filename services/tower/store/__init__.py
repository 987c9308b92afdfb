"""The tower's rows: the board, incidents, and what it keeps of others; state and events in one transaction."""

from services.tower.store.store import SCHEMA, BoardFilter, IncidentFilter, Store
from services.tower.store.unit import Unit

__all__ = ["SCHEMA", "BoardFilter", "IncidentFilter", "Store", "Unit"]
