"""Distribution's rows: shipments and what belongs to them; state and events in one transaction."""

from services.distribution.store.store import SCHEMA, ShipmentFilter, Store
from services.distribution.store.unit import Unit

__all__ = ["SCHEMA", "ShipmentFilter", "Store", "Unit"]
