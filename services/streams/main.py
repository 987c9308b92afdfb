"""Streams as a service: the one place that says which parts are real."""

from doselane.streams.v1 import endpoint_pb2, feed_pb2

from services.kernel import process, standalone
from services.kernel.background import Background
from services.kernel.bus import Bus
from services.kernel.bus.cloudevents import Record
from services.kernel.bus.kafka_settings import KafkaSettings
from services.kernel.clock import Clock, SystemClock
from services.kernel.db import Database, passes_by_itself
from services.kernel.forgetting import forgetting
from services.kernel.inbox import Consumer
from services.kernel.outbox import Relay
from services.kernel.process import Service
from services.kernel.settings import SettingsError
from services.kernel.standalone import Backing
from services.kernel.supervise import periodically
from services.kernel.transactions import Transactions
from services.streams import store
from services.streams.domain import FeedEntry
from services.streams.domain.feed_topics import RecordMode
from services.streams.events import CONSUMED_TYPES, TOPICS, binary_record, structured_record
from services.streams.feed_topics import KafkaFeedTopics
from services.streams.posting import WebhookClient
from services.streams.pushing import KafkaPusher
from services.streams.rpc import EndpointRpc, FeedRpc, attempt_bytes
from services.streams.settings import Settings
from services.streams.topic_acls import TopicAcls
from services.streams.usecases import (
    DeliveryParts,
    EncodedBodies,
    EndpointChanges,
    EndpointDeliverer,
    FeedFollowers,
    FeedRelay,
    SendingByHand,
    record_all,
)

NAME = "streams"
SCHEMA = store.SCHEMA
TOPIC = "doselane.streams"
HOUSEKEEPING_EVERY_S = 600.0
_ENDPOINTS = endpoint_pb2.DESCRIPTOR.services_by_name["EndpointService"]
_FEEDS = feed_pb2.DESCRIPTOR.services_by_name["FeedService"]


def service(
    settings: Settings,
    database: Database,
    bus: Bus,
    clock: Clock | None = None,
    kafka: KafkaSettings = KafkaSettings(),  # noqa: B008  frozen
) -> Service:
    """Streams, built and not yet started. `kafka`: where topics of feeds are, if there are any."""
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

    relay, bodies = Relay(database, bus, TOPIC), EncodedBodies()
    client = WebhookClient(loopback=settings.loopback, answer_s_max=settings.answer_within.total_seconds())
    pusher = KafkaPusher(loopback=settings.loopback, answer_s_max=settings.answer_within.total_seconds())
    parts = DeliveryParts(
        Transactions(database, relay.wake), clock, client, pusher, settings.endpoint_lease, bodies.of, followers
    )
    endpoints = EndpointRpc(
        parts, EndpointChanges(parts, loopback=settings.loopback), SendingByHand(parts, attempt_bytes)
    )

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
            _delivering(parts, client, pusher),
            forget_attempts,
            forgetting(database, settings.request_retention),
            *([_to_topics(settings, database, kafka, bodies)] if settings.feed_topics else []),
        ],
    )


def _delivering(parts: DeliveryParts, client: WebhookClient, pusher: KafkaPusher) -> Background:
    """What delivers to endpoints."""

    async def run() -> None:
        try:
            await EndpointDeliverer(parts).run()
        finally:
            await client.close()
            await pusher.close()

    return run


def _to_topics(settings: Settings, database: Database, kafka: KafkaSettings, bodies: EncodedBodies) -> Background:
    """What relays feeds to Kafka."""
    if not kafka.bootstrap:
        raise SettingsError(["DOSELANE_STREAMS_FEED_TOPICS needs brokers: set DOSELANE_KAFKA_BOOTSTRAP."])
    acls = TopicAcls(kafka, settings.feed_topic_principal) if settings.feed_topic_principal else None
    topics = KafkaFeedTopics(kafka, settings.feed_topic_prefix, settings.retention, acls)

    def record_of(entry: FeedEntry) -> Record:
        if settings.feed_topic_mode is RecordMode.BINARY:
            return binary_record(entry)
        return structured_record(entry, bodies.of(entry))

    async def run() -> None:
        try:
            await FeedRelay(database, topics, record_of).run()
        finally:
            await topics.close()

    return run


def _of_process(settings: Settings, on: Backing) -> Service:
    return service(settings, on.database, on.bus, on.clock, on.kafka)


async def main() -> None:
    """Run streams as a process."""
    await standalone.run(NAME, SCHEMA, Settings, _of_process)


if __name__ == "__main__":
    process.main(main)
