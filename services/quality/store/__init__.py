"""Quality's rows: batches and what belongs to them; state and events in one transaction."""

from services.quality.store.store import SCHEMA, Store
from services.quality.store.unit import Unit

__all__ = ["SCHEMA", "Store", "Unit"]
