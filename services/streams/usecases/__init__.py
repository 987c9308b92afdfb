"""What streams does: record what partners are told, and tell it."""

from services.streams.usecases.endpoint_by_hand import SendingByHand
from services.streams.usecases.endpoint_changes import (
    EndpointAsk,
    EndpointChanges,
    StatedEndpoint,
    get_endpoint,
    list_endpoints,
)
from services.streams.usecases.endpoint_delivering import EncodedBodies, EndpointDeliverer
from services.streams.usecases.endpoint_ledger import DeliveryParts
from services.streams.usecases.feed_relay import FeedRelay
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
    "DeliveryParts",
    "EncodedBodies",
    "EndpointAsk",
    "EndpointChanges",
    "EndpointDeliverer",
    "FeedFollowers",
    "FeedRange",
    "FeedRelay",
    "OpenFeed",
    "SendingByHand",
    "StartingPoint",
    "StatedEndpoint",
    "get_endpoint",
    "list_endpoints",
    "list_entries",
    "oldest_entry",
    "open_feed",
    "record_all",
    "starting_place",
]
