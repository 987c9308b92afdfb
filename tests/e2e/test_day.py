"""The demo day, played through the public doors: on the PostgreSQL bus, and over Apache Kafka."""

from pathlib import Path

import pytest

from services.kernel import event_log
from services.local import demo
from services.local.gateway import Gateway, Plan
from services.local.kafka import Kafka


@pytest.mark.slow
async def test_the_day_tells_its_whole_story(database_dsn: str, tmp_path: Path):
    await _play(Plan(database_dsn, tmp_path))


@pytest.mark.kafka
async def test_the_same_day_runs_over_kafka(database_dsn: str, tmp_path: Path, own_kafka: Kafka):
    await _play(Plan(database_dsn, tmp_path, kafka_bootstrap=own_kafka.bootstrap))


@pytest.mark.slow
async def test_a_second_gateway_finds_what_the_first_one_stored(database_dsn: str, tmp_path: Path):
    await _play(Plan(database_dsn, tmp_path))
    async with Gateway(Plan(database_dsn, tmp_path)) as second:
        stored = await second.databases["slotting"].pool.fetchval("SELECT count(*) FROM slot")
        again = await demo.play(second.rest_url, second.grpc_target, print)
        assert stored and await second.databases["slotting"].pool.fetchval("SELECT count(*) FROM slot") > stored
    assert again.good


async def _play(plan: Plan) -> None:
    async with Gateway(plan) as gateway:
        tally = await demo.play(gateway.rest_url, gateway.grpc_target, print)
        for database in gateway.databases.values():
            async with database.transaction() as connection:
                verified = await event_log.verify(connection)
            assert verified.intact, verified
        slots = gateway.databases["slotting"].pool
        assert await slots.fetch("SELECT * FROM violation") == []
        all_legs = "order_reference = 'NL-0200' AND '' NOT IN (qc_place, departure_place, window_place)"
        run_too = "pool_vials + allotment_vials = 1"
        assert await slots.fetchval(f"SELECT count(*) FROM slot WHERE {run_too} AND {all_legs}") == 1
    assert tally.good, tally
    assert (tally.claims, tally.refused, tally.delivered, tally.overbooked) == (12, 3, 10, 0)
