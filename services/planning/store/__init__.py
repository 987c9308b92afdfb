"""Planning's rows: forecasts, deliveries, proposals, and the projections of master data and claims."""

from services.planning.store.unit import SCHEMA, Store

__all__ = ["SCHEMA", "Store"]
