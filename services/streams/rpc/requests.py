"""What callers ask, as the use cases take it; its shape was judged by the proto's rules before."""

from typing import Any

from doselane.streams.v1 import feed_pb2

from services.kernel.errors import Invalid
from services.kernel.timestamps import optional_instant
from services.streams.domain import EventFilter
from services.streams.usecases import FeedRange, StartingPoint


def filter_of(request: Any) -> EventFilter:
    """Which events are wanted."""
    return EventFilter(tuple(request.types), tuple(request.subjects))


def range_of(request: feed_pb2.ListFeedEventsRequest) -> FeedRange:
    """Which part of a feed is asked for."""
    first = request.first_position if request.HasField("first_position") else 1
    last = request.last_position if request.HasField("last_position") else None
    since, before = optional_instant(request, "start_time"), optional_instant(request, "end_time")
    if last is not None and last < first:
        raise Invalid("last_position must not lie before first_position.", field="last_position", first_position=first)
    if since and before and before <= since:
        raise Invalid("end_time must lie after start_time.", field="end_time", start_time=since)
    return FeedRange(first, last, since, before)


def start_of(request: feed_pb2.SubscribeRequest) -> StartingPoint:
    """Where a subscription is to begin. The cursor goes first: browsers that come back with
    one send their first request again."""
    since = optional_instant(request, "start_time")
    return StartingPoint(request.cursor, request.start == feed_pb2.SubscribeRequest.EARLIEST, since)
