"""Master data's rows: resources, their versions; state and events in one transaction."""

from services.masterdata.store.resources import SCHEMA, Reader, Store, Unit, Wanted

__all__ = ["SCHEMA", "Reader", "Store", "Unit", "Wanted"]
