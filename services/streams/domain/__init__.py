"""The rules of feeds: values and pure functions."""

from services.streams.domain.feeds import (
    CursorExpired,
    EventCopy,
    EventFilter,
    Feed,
    FeedEntry,
    feed_unknown,
    numbered,
)

__all__ = ["CursorExpired", "EventCopy", "EventFilter", "Feed", "FeedEntry", "feed_unknown", "numbered"]
