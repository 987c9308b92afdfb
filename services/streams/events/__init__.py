"""What streams hears, what partners are told of it and without what, and in which forms."""

from services.network.reading import RUN_EVENTS
from services.streams.events.copies import FEED_TYPES, audience_of, copy_of
from services.streams.events.endpoints import (
    access_of,
    attempt_message,
    dose_ends_at,
    endpoint_event,
    endpoint_message,
    is_told,
    notice_body,
    parked_message,
    test_message,
    webhook_message,
)
from services.streams.events.messages import (
    binary_record,
    binary_value,
    cloud_event,
    event_message,
    feed_message,
    structured_record,
    structured_value,
    subscribed,
)
from services.streams.events.resources import ToldResource, resource_copies, told_resource
from services.streams.events.runs import ToldProduct, ToldRun, product_in, product_of_run, run_copies, told_run

# Beside what partners are told: how runs stand that they are not told of yet.
CONSUMED_TYPES = FEED_TYPES | RUN_EVENTS.keys()
TOPICS = tuple(sorted({".".join(each.split(".", 2)[:2]) for each in CONSUMED_TYPES}))

__all__ = [
    "CONSUMED_TYPES",
    "FEED_TYPES",
    "RUN_EVENTS",
    "TOPICS",
    "ToldProduct",
    "ToldResource",
    "ToldRun",
    "access_of",
    "attempt_message",
    "audience_of",
    "binary_record",
    "binary_value",
    "cloud_event",
    "copy_of",
    "dose_ends_at",
    "endpoint_event",
    "endpoint_message",
    "event_message",
    "feed_message",
    "is_told",
    "notice_body",
    "parked_message",
    "product_in",
    "product_of_run",
    "resource_copies",
    "run_copies",
    "structured_record",
    "structured_value",
    "subscribed",
    "test_message",
    "told_resource",
    "told_run",
    "webhook_message",
]
