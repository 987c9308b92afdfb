"""Distribution's values as published, and what it hears of other services."""

from services.distribution.events.heard import HEARD, TOPICS_HEARD, keys_of, milestone_of, references_in, visible_to
from services.distribution.events.messages import Stops, limits_of, shipment_message
from services.distribution.events.published import SOURCE, TOPIC, events_of

__all__ = [
    "HEARD",
    "SOURCE",
    "TOPIC",
    "TOPICS_HEARD",
    "Stops",
    "events_of",
    "keys_of",
    "limits_of",
    "milestone_of",
    "references_in",
    "shipment_message",
    "visible_to",
]
