"""Master data's changes as events, and what it hears of distribution."""

from services.masterdata.events.resources import SOURCE, TOPIC, event_of

__all__ = ["SOURCE", "TOPIC", "event_of"]
