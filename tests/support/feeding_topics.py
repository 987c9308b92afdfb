"""Streams as a process whose feeds go on to partners' topics in Kafka, while its own bus is PostgreSQL."""

import os

from services.kernel import standalone
from services.kernel.bus.kafka_settings import KafkaSettings
from services.kernel.process import Service
from services.kernel.standalone import Backing
from services.streams.main import NAME, SCHEMA, service
from services.streams.settings import Settings

BROKERS = "FEED_TOPICS_BOOTSTRAP"


def _of(own: Settings, on: Backing) -> Service:
    return service(own, on.database, on.bus, on.clock, KafkaSettings(bootstrap=os.environ[BROKERS]))


async def main() -> None:
    """Run it until it is told to stop."""
    await standalone.run(NAME, SCHEMA, Settings, _of)
