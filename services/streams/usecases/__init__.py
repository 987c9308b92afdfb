"""What streams does: record what partners are told, and tell it."""

from services.streams.usecases.following import FeedFollowers
from services.streams.usecases.reading import (
    FeedRange,
    OpenFeed,
    StartingPoint,
    list_entries,
    oldest_entry,
    open_feed,
    starting_place,
)
from services.streams.usecases.recording import record_all

__all__ = [
    "FeedFollowers",
    "FeedRange",
    "OpenFeed",
    "StartingPoint",
    "list_entries",
    "oldest_entry",
    "open_feed",
    "record_all",
    "starting_place",
]
