"""What the tower hears, its values as protobuf, and what it publishes."""

from services.tower.events.messages import entry_message, incident_message, seen_by
from services.tower.events.published import SOURCE, TOPIC, entry_events, incident_event

__all__ = ["SOURCE", "TOPIC", "entry_events", "entry_message", "incident_event", "incident_message", "seen_by"]
