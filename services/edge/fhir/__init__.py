"""A FHIR R4 façade for schedulers: offers as Slots, claims as Appointments. It translates, and decides nothing."""

from services.edge.fhir.app import PREFIX, app

__all__ = ["PREFIX", "app"]
