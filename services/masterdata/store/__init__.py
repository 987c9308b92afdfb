"""Master data's rows: resources, their versions; state and events in one transaction."""

from services.masterdata.store.resources import SCHEMA, Reader, ResourceFilter, Store, Unit

__all__ = ["SCHEMA", "Reader", "ResourceFilter", "Store", "Unit"]
