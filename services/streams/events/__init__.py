"""What partners are told: which events, without what, and in which forms."""

from services.streams.events.copies import FEED_TYPES, TOPICS, copies_of
from services.streams.events.messages import cloud_event, event_message, feed_message, subscribed

__all__ = ["FEED_TYPES", "TOPICS", "cloud_event", "copies_of", "event_message", "feed_message", "subscribed"]
