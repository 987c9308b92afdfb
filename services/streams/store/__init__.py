"""Streams' rows: feeds under their locks, their entries, and the days that entries are kept in."""

from pathlib import Path

from services.streams.store.days import keep_days
from services.streams.store.endpoint_delivery import (
    WAITING_MAX,
    EndpointLease,
    add_notice,
    claim,
    find_entry,
    forget_attempts,
    keep_pace,
    list_attempts,
    list_parked,
    newest_entry,
    notices,
    park,
    put_attempts,
    put_waiting,
    release,
    renew,
    rest,
    settle_notice,
    unpark,
    waiting,
    worst_failures,
)
from services.streams.store.endpoint_rows import (
    delete_endpoint,
    find_endpoint,
    hurry,
    insert_endpoint,
    list_endpoints,
    lock_room,
    save_endpoint,
    undisturbed_versions,
)
from services.streams.store.entries import append, entries_after, first_position_since
from services.streams.store.feed_topics import all_feeds, entries_of_feeds, save_topic_places, topic_places
from services.streams.store.feeds import find_feed, latest_positions
from services.streams.store.runs import products, resources, runs

SCHEMA = Path(__file__).parent.parent / "schema"

__all__ = [
    "SCHEMA",
    "WAITING_MAX",
    "EndpointLease",
    "add_notice",
    "all_feeds",
    "append",
    "claim",
    "delete_endpoint",
    "entries_after",
    "entries_of_feeds",
    "find_endpoint",
    "find_entry",
    "find_feed",
    "first_position_since",
    "forget_attempts",
    "hurry",
    "insert_endpoint",
    "keep_days",
    "keep_pace",
    "latest_positions",
    "list_attempts",
    "list_endpoints",
    "list_parked",
    "lock_room",
    "newest_entry",
    "notices",
    "park",
    "products",
    "put_attempts",
    "put_waiting",
    "release",
    "renew",
    "resources",
    "rest",
    "runs",
    "save_endpoint",
    "save_topic_places",
    "settle_notice",
    "topic_places",
    "undisturbed_versions",
    "unpark",
    "waiting",
    "worst_failures",
]
