"""Kafka goes and comes back while events are relayed: nothing is lost, and each subject keeps its order."""

import asyncio
from collections.abc import Callable

import pytest

from services.kernel.bus.kafka import KafkaBus
from services.kernel.bus.kafka_settings import KafkaSettings
from services.local.kafka import Kafka
from tests.support.line import Line, Seen, a_database, a_history, of_subject, running

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

SUBJECTS, EACH = 9, 60
PATIENCE_S = 120.0


async def the_line_survives(kafka: Kafka, database_dsn: str, away: Callable[[], None]) -> Seen:
    """Saves events before, during and after the broker's absence, and answers what a consumer saw."""
    history, seen = a_history(SUBJECTS, EACH), Seen(PATIENCE_S)
    thirds = [history[start : start + len(history) // 3] for start in range(0, len(history), len(history) // 3)]
    async with a_database(database_dsn) as database:
        line = Line(database, KafkaBus(KafkaSettings(bootstrap=kafka.bootstrap), partitions=3), "doselane.slotting")
        async with running(line.relay.run(), line.consume("status", seen.handle)):
            await line.save(thirds[0])
            await seen.all_of(thirds[0])
            # No waiting between these: batches are on their way while the broker goes.
            going = asyncio.create_task(asyncio.to_thread(away))
            for start in range(0, len(thirds[1]), 7):
                await line.save(thirds[1][start : start + 7])
            await going
            await line.save(thirds[2])
            assert not {event.id for event in thirds[2]} & {event.id for event in seen.events}
            await asyncio.to_thread(kafka.restart)
            arrived = await seen.all_of(history)
        await line.bus.close()
    assert len(arrived) == len(history)
    for number in range(SUBJECTS):
        assert of_subject(arrived, f"slots/{number}") == list(range(1, EACH + 1))
    return seen


async def test_a_clean_stop_and_start_loses_nothing(own_kafka: Kafka, database_dsn: str) -> None:
    await the_line_survives(own_kafka, database_dsn, own_kafka.pause)


async def test_a_broker_that_is_killed_loses_nothing(own_kafka: Kafka, database_dsn: str) -> None:
    await the_line_survives(own_kafka, database_dsn, own_kafka.kill)


async def test_a_bus_whose_broker_is_away_can_still_be_closed(own_kafka: Kafka, database_dsn: str) -> None:
    history, seen = a_history(SUBJECTS, 2), Seen()
    async with a_database(database_dsn) as database:
        line = Line(database, KafkaBus(KafkaSettings(bootstrap=own_kafka.bootstrap)), "doselane.slotting")
        async with running(line.relay.run(), line.consume("status", seen.handle)):
            await line.save(history)
            await seen.all_of(history)
            await asyncio.to_thread(own_kafka.kill)
            await line.save(a_history(SUBJECTS, 1))
        async with asyncio.timeout(30):
            await line.bus.close()
