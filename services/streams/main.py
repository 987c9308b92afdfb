"""Streams as a service: the one place that says which parts are real."""

from doselane.streams.v1 import endpoint_pb2, feed_pb2

from services.kernel import process, standalone
from services.kernel.bus import Bus
from services.kernel.clock import Clock, SystemClock
from services.kernel.db import Database, passes_by_itself
from services.kernel.forgetting import forgetting
from services.kernel.inbox import Consumer
from services.kernel.outbox import Relay
from services.kernel.process import Service
from services.kernel.supervise import periodically
from services.kernel.transactions import Transactions
from services.streams import store
from services.streams.events import CONSUMED_TYPES, TOPICS
from services.streams.posting import WebhookClient
from services.streams.rpc import EndpointRpc, FeedRpc, attempt_bytes
from services.streams.settings import Settings
from services.streams.usecases import (
    DeliveryParts,
    EncodedBodies,
    EndpointChanges,
    EndpointDeliverer,
    FeedFollowers,
    SendingByHand,
    record_all,
)

NAME = "streams"
SCHEMA = store.SCHEMA
TOPIC = "doselane.streams"
HOUSEKEEPING_EVERY_S = 600.0
_ENDPOINTS = endpoint_pb2.DESCRIPTOR.services_by_name["EndpointService"]
_FEEDS = feed_pb2.DESCRIPTOR.services_by_name["FeedService"]


def service(settings: Settings, database: Database, bus: Bus, clock: Clock | None = None) -> Service:
    """Streams, built and not yet started."""
    clock = clock or SystemClock()
    followers = FeedFollowers(database)
    consumer = Consumer(
        bus,
        database,
        NAME,
        TOPICS,
        after_commit=followers.recorded,
        types=CONSUMED_TYPES,
        apply_all=lambda conn, batch: record_all(conn, batch, clock),
    )

    relay = Relay(database, bus, TOPIC)
    client = WebhookClient(loopback=settings.loopback, answer_s_max=settings.answer_within.total_seconds())
    parts = DeliveryParts(
        Transactions(database, relay.wake), clock, client, settings.endpoint_lease, EncodedBodies().of
    )
    endpoints = EndpointRpc(
        parts, EndpointChanges(parts, loopback=settings.loopback), SendingByHand(parts, attempt_bytes)
    )

    async def deliver() -> None:
        try:
            await EndpointDeliverer(parts).run()
        finally:
            await client.close()

    async def forget_attempts() -> None:
        await periodically(
            "forgetting attempts to deliver",
            HOUSEKEEPING_EVERY_S,
            lambda: store.forget_attempts(
                database, clock.now() - settings.attempts_kept, clock.now() - settings.retention
            ),
            passes_by_itself,
        )

    async def keep_days() -> None:
        await periodically(
            "keeping the days of feeds",
            HOUSEKEEPING_EVERY_S,
            lambda: store.keep_days(database, clock.now(), settings.retention),
            passes_by_itself,
        )

    return Service(
        servicers=[
            (_FEEDS, FeedRpc(database, clock, followers, settings.keep_alive, settings.retention)),
            (_ENDPOINTS, endpoints),
        ],
        background=[
            relay.run,
            consumer.run,
            followers.run,
            keep_days,
            deliver,
            forget_attempts,
            forgetting(database, settings.request_retention),
        ],
    )


async def main() -> None:
    """Run streams as a process."""
    await standalone.run(NAME, SCHEMA, Settings, lambda own, on: service(own, on.database, on.bus, on.clock))


if __name__ == "__main__":
    process.main(main)
