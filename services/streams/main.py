"""Streams as a service: the one place that says which parts are real."""

from doselane.streams.v1 import feed_pb2

from services.kernel import process, standalone
from services.kernel.bus import Bus
from services.kernel.clock import Clock, SystemClock
from services.kernel.db import Database, passes_by_itself
from services.kernel.inbox import Consumer
from services.kernel.process import Service
from services.kernel.supervise import periodically
from services.streams import store
from services.streams.events import CONSUMED_TYPES, TOPICS
from services.streams.rpc import FeedRpc
from services.streams.settings import Settings
from services.streams.usecases import FeedFollowers, record_all

NAME = "streams"
SCHEMA = store.SCHEMA
TOPIC = "doselane.streams"
HOUSEKEEPING_EVERY_S = 600.0
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

    async def keep_days() -> None:
        await periodically(
            "keeping the days of feeds",
            HOUSEKEEPING_EVERY_S,
            lambda: store.keep_days(database, clock.now(), settings.retention),
            passes_by_itself,
        )

    return Service(
        servicers=[(_FEEDS, FeedRpc(database, clock, followers, settings.keep_alive, settings.retention))],
        background=[consumer.run, followers.run, keep_days],
    )


async def main() -> None:
    """Run streams as a process."""
    await standalone.run(NAME, SCHEMA, Settings, lambda own, on: service(own, on.database, on.bus, on.clock))


if __name__ == "__main__":
    process.main(main)
